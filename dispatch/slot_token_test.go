package dispatch

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func tokenSigner() signer {
	return signer{[][]byte{[]byte("the new secret"), []byte("the old secret")}}
}

func FuzzASignedTokenIsReadAsItWasWrittenAndNoOtherIsRead(f *testing.F) {
	s := tokenSigner()
	claim := linkClaim{uuid.MustParse("0193a5c2-7b3e-7010-9c41-2f6d8e0b1a10"), uuid.MustParse("0193a5c2-7b3e-7026-9c41-2f6d8e0b1a26"), 1_800_000_000}
	link, err := s.sign(linkUse, claim)
	if err != nil {
		f.Fatal(err)
	}
	slot, err := s.sign(slotUse, offer{Organization: claim.Organization, Work: "w", Start: 1, End: 2, Tariff: 3, Asked: 4, Green: true, Adjustment: -5, Expires: 6})
	if err != nil {
		f.Fatal(err)
	}
	payload, signature, _ := strings.Cut(link, ".")
	for _, seed := range []string{"", ".", "a.b", link, slot, link + "A", payload + ".", "." + signature, payload + "." + strings.Repeat("A", len(signature)), payload + "=." + signature, link[1:], strings.Repeat("A", 5000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		var l linkClaim
		if s.verify(linkUse, token, &l) && (token != link || l != claim) {
			t.Errorf("%q is read as the link %+v", token, l)
		}
		var o offer
		if s.verify(slotUse, token, &o) && token != slot {
			t.Errorf("%q is read as the slot %+v", token, o)
		}
	})
}

func TestASecretMayBeChangedWhileItsTokensAreOut(t *testing.T) {
	t.Parallel()
	old := signer{[][]byte{[]byte("the old secret")}}
	token, err := old.sign(linkUse, linkClaim{Expires: time.Now().Unix()})
	if err != nil {
		t.Fatal(err)
	}
	var l linkClaim
	if !tokenSigner().verify(linkUse, token, &l) {
		t.Error("a token of the old secret is not read any more")
	}
	if tokenSigner().verify(slotUse, token, &l) {
		t.Error("a link is read as a slot")
	}
	if (signer{[][]byte{[]byte("the new secret")}}).verify(linkUse, token, &l) {
		t.Error("a token of a secret that is gone is read")
	}
	if _, err := (signer{}).sign(linkUse, l); err == nil {
		t.Error("without a secret something is signed")
	}
}
