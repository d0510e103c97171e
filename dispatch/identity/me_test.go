package identity_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/identity"
)

func TestAPersonChangesTheirNameAndLanguageAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	p := h.person(dispatch.RoleDispatcher, "nadia@example.fr")
	tokens := h.signIn("nadia@example.fr", phone)
	if before, err := h.Authenticate(t.Context(), tokens.AccessToken); err != nil || before.Locale != "fr" {
		t.Fatalf("%+v %v", before, err)
	}
	before, err := h.OwnAccount(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.pass(time.Second)
	english, name := "en", "Nadia Lefèvre"
	if _, err := h.UpdateOwnAccount(t.Context(), p, identity.AccountPatch{Locale: &english}, phone); err != nil {
		t.Fatal(err)
	}
	after, err := h.UpdateOwnAccount(t.Context(), p, identity.AccountPatch{Name: &name}, phone)
	want := before
	want.Name, want.Locale, want.UpdatedAt = name, english, h.clock.Now()
	if d := cmp.Diff(want, after); err != nil || d != "" {
		t.Errorf("%v %s", err, d)
	}
	if kept, err := h.OwnAccount(t.Context(), p); err != nil || !cmp.Equal(kept, after) {
		t.Errorf("kept %+v %v", kept, err)
	}
	if now, err := h.Authenticate(t.Context(), tokens.AccessToken); err != nil || now.Locale != english {
		t.Errorf("the next call is %+v %v", now, err)
	}
	h.signIn("nadia@example.fr", phone) // the password stays
}

func TestAChangeThatIsWrongChangesNothingAndTellsEverything(t *testing.T) {
	t.Parallel()
	h := open(t)
	p := h.person(dispatch.RoleDispatcher, "nadia@example.fr")
	before, err := h.OwnAccount(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	name, locale, good := strings.Repeat("x", 201), "de", "Nadia"
	_, err = h.UpdateOwnAccount(t.Context(), p, identity.AccountPatch{Name: &name, Locale: &locale}, phone)
	if d := cmp.Diff(map[string]string{"/name": "name_invalid", "/locale": "locale_unknown"}, faults(err)); d != "" {
		t.Error(d)
	}
	if _, err := h.UpdateOwnAccount(t.Context(), p, identity.AccountPatch{Name: &good, Locale: &locale}, phone); err == nil {
		t.Error("half a change is taken")
	}
	if after, err := h.OwnAccount(t.Context(), p); err != nil || !cmp.Equal(before, after) {
		t.Errorf("%+v became %+v (%v)", before, after, err)
	}
	partner := dispatch.Principal{OrganizationID: h.organization, Role: dispatch.RolePartner, ID: uuid.New()}
	if _, err := h.UpdateOwnAccount(t.Context(), partner, identity.AccountPatch{Name: &good}, phone); dispatch.KindOf(err) != dispatch.KindNotFound {
		t.Errorf("a partner changes an account: %v", err)
	}
}

func TestAPartnerSeesItsOwnKeyAndNobodyElsesSecret(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, k, text := h.key()
	p, err := h.Authenticate(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	own, err := h.OwnAPIKey(t.Context(), p)
	if err != nil || own.ID != k.ID || own.Name != k.Name || own.SecretHash != nil {
		t.Errorf("%+v %v", own, err)
	}
	boss := h.person(dispatch.RoleAdministrator, "boss@example.fr")
	if _, err := h.OwnAPIKey(t.Context(), boss); dispatch.KindOf(err) != dispatch.KindNotFound {
		t.Errorf("an account has a key: %v", err)
	}
}

func TestKeysAreListedByPartnerPageByPage(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
	ours, theirs := uuid.New(), uuid.New()
	var want []uuid.UUID
	for _, partner := range []uuid.UUID{ours, theirs, ours} {
		h.clock.pass(time.Second) // ids follow the clock
		k, _, err := h.CreateAPIKey(t.Context(), admin, identity.NewKey{PartnerID: partner, Name: "k", Scopes: []string{"visits:read"}}, phone)
		if err != nil {
			t.Fatal(err)
		}
		if got := k.ExpiresAt.Sub(h.clock.Now()); got != 365*24*time.Hour {
			t.Errorf("a key lives %s unless told otherwise", got)
		}
		if partner == ours {
			want = append(want, k.ID)
		}
	}
	var got []uuid.UUID
	f := identity.KeyFilter{PartnerID: ours, Limit: 1}
	for {
		page, err := h.ListAPIKeys(t.Context(), admin, f)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		got = append(got, page[0].ID)
		f.After = page[0].ID
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestAKeyRotatedWithoutMoreWordsEndsAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin, k, text := h.key()
	fresh, newText, err := h.RotateAPIKey(t.Context(), admin, k.ID, time.Time{}, time.Time{}, phone)
	if err != nil || fresh.ExpiresAt.Sub(h.clock.Now()) != 365*24*time.Hour {
		t.Fatalf("%+v %v", fresh, err)
	}
	_, err = h.Authenticate(t.Context(), text)
	refused(t, err, "api_key_expired")
	if _, err := h.Authenticate(t.Context(), newText); err != nil {
		t.Error(err)
	}
}

func TestAKeyIsSplitIntoClientIDAndSecretInOnePlaceOnly(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, k, text := h.key()
	secret := strings.TrimPrefix(text, k.ClientID()+"_")
	if _, err := h.ClientCredentials(t.Context(), k.ClientID(), secret, "", phone); err != nil {
		t.Fatal(err)
	}
	id, rest, _ := strings.Cut(text, "_")
	_, err := h.ClientCredentials(t.Context(), id, rest, "", phone)
	refused(t, err, "invalid_client")
}
