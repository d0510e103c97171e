package dispatch

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
)

// offer is what a signed slot says: for whose work, when, at what price, until when. It names no place in a route; whoever takes the slot is
// found one then.
type offer struct {
	Organization uuid.UUID `json:"o"`
	Work         string    `json:"w"` // workHash
	Start        int64     `json:"s"` // Unix seconds
	End          int64     `json:"e"`
	Tariff       int       `json:"t,omitempty"` // the version; 0: no price
	Asked        int64     `json:"a"`
	Green        bool      `json:"g,omitempty"`
	Adjustment   int64     `json:"p,omitempty"`
	Expires      int64     `json:"x"`
}

func (o offer) span() Span {
	return Span{Start: time.Unix(o.Start, 0).UTC(), End: time.Unix(o.End, 0).UTC()}
}

// offerAge is how long a slot may be taken at its price after it was offered.
const offerAge = 15 * time.Minute

// signer signs what the program gives out and gets back. The first secret signs, all verify.
type signer struct{ secrets [][]byte }

// mac is the signature of a text, as text.
func (s signer) mac(secret []byte, use, text string) string {
	key, err := hkdf.Key(sha256.New, secret, nil, "tournee dispatch "+use, sha256.Size) // RFC 5869: a MAC for one use is never good for another
	if err != nil {
		panic(err) // only for a key longer than 255 hashes
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// sign writes a value as a text that verify alone reads: the value is legible to anyone.
func (s signer) sign(use string, value any) (string, error) {
	if len(s.secrets) == 0 {
		return "", errors.New("dispatch: there is no secret to sign with")
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(raw)
	return text + "." + s.mac(s.secrets[0], use, text), nil
}

// verify reads what sign wrote for the same use; false for anything else.
func (s signer) verify(use, token string, value any) bool {
	text, signature, ok := strings.Cut(token, ".")
	if !ok || len(token) > 4096 {
		return false
	}
	for _, secret := range s.secrets {
		if hmac.Equal([]byte(signature), []byte(s.mac(secret, use, text))) {
			raw, err := base64.RawURLEncoding.DecodeString(text)
			return err == nil && json.Unmarshal(raw, value) == nil
		}
	}
	return false
}

// workHash tells pieces of work apart, as far as their price and their place in a route go.
func workHash(v Visit, r Request) string {
	raw, err := json.Marshal(map[string]any{
		"client": v.ClientID, "site": v.SiteID, "mode": v.Mode, "category": r.Category, "severity": r.Severity, "priority": v.Priority, "duration": v.Duration, "skills": v.RequiredSkills, "rules": v.Rules,
	})
	if err != nil {
		panic(err) // nothing of a visit cannot be written
	}
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// slotUse is what a slot is signed for.
const slotUse = "slot"

// readOffer reads a signed slot that is still good for a piece of work of the organization.
func (s *Service) readOffer(org uuid.UUID, token, work string) (offer, error) {
	var o offer
	if !s.signer.verify(slotUse, token, &o) || o.Organization != org {
		var faults Faults
		faults.Add("/slot", "slot.forged", nil)
		return o, faults.Err()
	}
	if o.Work != work {
		var faults Faults
		faults.Add("/slot", "slot.other_work", nil)
		return o, faults.Err()
	}
	if !s.clock().Before(time.Unix(o.Expires, 0)) {
		return o, Conflict("slot.expired", nil)
	}
	return o, nil
}
