package identity_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
	"tournee/dispatch/identity"
)

func (h *house) newKey() identity.NewKey {
	return identity.NewKey{
		PartnerID: uuid.MustParse("0196a000-0000-7000-8000-0000000000aa"), Name: "Assureur",
		Scopes: []string{"visits:read", "requests:write", "visits:read"}, ExpiresAt: h.clock.Now().Add(90 * 24 * time.Hour),
	}
}

func (h *house) key() (dispatch.Principal, identity.APIKey, string) {
	h.t.Helper()
	admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
	k, text, err := h.CreateAPIKey(h.t.Context(), admin, h.newKey(), phone)
	if err != nil {
		h.t.Fatal(err)
	}
	return admin, k, text
}

func TestAPartnerIsKnownByItsKey(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, k, text := h.key()
	p, err := h.Authenticate(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	if p.Role != dispatch.RolePartner || p.ID != k.ID || p.PartnerID != k.PartnerID || p.OrganizationID != h.organization ||
		!slices.Equal(p.Scopes, []string{"requests:write", "visits:read"}) {
		t.Errorf("known as %+v", p)
	}
}

func TestAMistypedKeyIsRefusedWithoutAskingTheDatabase(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, _, text := h.key()
	conn, err := pgx.Connect(t.Context(), h.db.Superuser)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if _, err := conn.Exec(t.Context(), "ALTER TABLE identity.api_keys RENAME TO away"); err != nil { // a look-up would now fail otherwise
		t.Fatal(err)
	}
	for i := len("trn_"); i < len(text); i++ {
		typo := []byte(text)
		typo[i] = 'a' + (typo[i]-'a'+1)%26
		_, err := h.Authenticate(t.Context(), string(typo))
		refused(t, err, "api_key_invalid")
	}
	_, err = h.Authenticate(t.Context(), text[:len(text)-1])
	refused(t, err, "api_key_invalid")
	if _, err := h.Authenticate(t.Context(), text); dispatch.KindOf(err) != dispatch.KindInternal {
		t.Errorf("the whole key asks the database: %v", err)
	}
}

func TestAnotherKeysSecretIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin, _, one := h.key()
	_, two, err := h.CreateAPIKey(t.Context(), admin, h.newKey(), phone)
	if err != nil {
		t.Fatal(err)
	}
	id1, _, _ := cutKey(one)
	_, secret2, _ := cutKey(two)
	_, err = h.ClientCredentials(t.Context(), id1, secret2, "", phone)
	refused(t, err, "invalid_client")
}

// cutKey splits a key into client_id and client_secret, as a partner does.
func cutKey(key string) (id, secret string, ok bool) {
	i := strings.LastIndex(key, "_")
	return key[:i], key[i+1:], i > 0
}

func TestAKeyIsRotatedWithAnOverlap(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin, k, old := h.key()
	now := h.clock.Now()
	fresh, text, err := h.RotateAPIKey(t.Context(), admin, k.ID, now.Add(365*24*time.Hour), now.Add(time.Hour), phone)
	if err != nil {
		t.Fatal(err)
	}
	if fresh.PartnerID != k.PartnerID || !slices.Equal(fresh.Scopes, k.Scopes) || fresh.ID == k.ID {
		t.Errorf("rotated into %+v", fresh)
	}
	for _, key := range []string{old, text} {
		if _, err := h.Authenticate(t.Context(), key); err != nil {
			t.Error(err)
		}
	}
	h.clock.pass(time.Hour)
	_, err = h.Authenticate(t.Context(), old)
	refused(t, err, "api_key_expired")
	if _, err := h.Authenticate(t.Context(), text); err != nil {
		t.Error(err)
	}
	_, _, err = h.RotateAPIKey(t.Context(), admin, k.ID, now.Add(48*time.Hour), now.Add(2*time.Hour), phone)
	refused(t, err, "api_key_over")
}

func TestARevokedKeyAndItsTokensAreOut(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin, k, text := h.key()
	id, secret, _ := cutKey(text)
	token, err := h.ClientCredentials(t.Context(), id, secret, "", phone)
	if err != nil {
		t.Fatal(err)
	}
	other := h.node(h.config)
	for _, bearer := range []string{text, token.AccessToken} {
		if _, err := other.Authenticate(t.Context(), bearer); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.RevokeAPIKey(t.Context(), admin, k.ID, phone); err != nil {
		t.Fatal(err)
	}
	h.clock.pass(identity.RevocationDelay)
	for _, node := range []*identity.Service{h.Service, other} {
		for _, bearer := range []string{text, token.AccessToken} {
			_, err := node.Authenticate(t.Context(), bearer)
			refused(t, err, "api_key_expired")
		}
	}
}

func TestAPartnersKeysAllEndWithThePartner(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, k, text := h.key()
	if _, err := h.Authenticate(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	if err := h.RevokePartnerKeys(t.Context(), h.organization, k.PartnerID); err != nil {
		t.Fatal(err)
	}
	_, err := h.Authenticate(t.Context(), text)
	refused(t, err, "api_key_expired")
}

func TestListingShowsNoSecretAndTheLastUseToTheMinute(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin, _, text := h.key()
	used := func() time.Time {
		list, err := h.ListAPIKeys(t.Context(), admin, identity.KeyFilter{Limit: 10})
		if err != nil || len(list) != 1 || list[0].SecretHash != nil {
			t.Fatalf("%+v %v", list, err)
		}
		return list[0].LastUsedAt
	}
	if !used().IsZero() {
		t.Error("used before it was")
	}
	first := h.clock.Now()
	for _, step := range []struct {
		pass time.Duration
		want time.Duration
	}{{0, 0}, {30 * time.Second, 0}, {30 * time.Second, time.Minute}, {59 * time.Second, time.Minute}} {
		h.clock.pass(step.pass)
		for _, node := range []*identity.Service{h.Service, h.node(h.config)} { // another node does not write more often
			if _, err := node.Authenticate(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
		if got := used(); !got.Equal(first.Add(step.want)) {
			t.Errorf("last used %s after the start, not %s", got.Sub(first), step.want)
		}
	}
}

func TestClientCredentialsNarrowTheScopes(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, k, text := h.key()
	id, secret, _ := cutKey(text)
	if id != k.ClientID() {
		t.Errorf("the client id %s is not the key's %s", id, k.ClientID())
	}
	all, err := h.ClientCredentials(t.Context(), id, secret, "", phone)
	if err != nil || all.Scope != "requests:write visits:read" || all.ExpiresIn != identity.ClientTTL {
		t.Errorf("%+v %v", all, err)
	}
	one, err := h.ClientCredentials(t.Context(), id, secret, " visits:read  visits:read ", phone) //nolint:dupword // on purpose
	if err != nil || one.Scope != "visits:read" {
		t.Errorf("%+v %v", one, err)
	}
	p, err := h.Authenticate(t.Context(), one.AccessToken)
	if err != nil || !slices.Equal(p.Scopes, []string{"visits:read"}) || p.Role != dispatch.RolePartner || p.ID != k.ID {
		t.Errorf("%+v %v", p, err)
	}
	_, err = h.ClientCredentials(t.Context(), id, secret, "visits:read requests:read", phone)
	refused(t, err, "invalid_scope")
	_, err = h.ClientCredentials(t.Context(), id, secret[1:]+secret[:1], "", phone)
	refused(t, err, "invalid_client")
	h.clock.pass(identity.ClientTTL)
	_, err = h.Authenticate(t.Context(), one.AccessToken)
	refused(t, err, "token_expired")
}

func TestEverythingWrongWithAKeyIsToldAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
	_, _, err := h.CreateAPIKey(t.Context(), admin, identity.NewKey{Scopes: []string{"visits:read", "everything"}, ExpiresAt: h.clock.Now()}, phone)
	got := faults(err)
	for path, code := range map[string]string{"/name": "name_invalid", "/scopes/1": "scope_unknown", "/expires_at": "key_expiry_invalid"} {
		if got[path] != code {
			t.Errorf("%s: %q, not %s", path, got[path], code)
		}
	}
	for _, role := range []dispatch.Role{dispatch.RoleClient, dispatch.RoleTechnician, dispatch.RoleDispatcher, dispatch.RolePartner} {
		if _, _, err := h.CreateAPIKey(t.Context(), dispatch.Principal{Role: role, OrganizationID: h.organization}, h.newKey(), phone); dispatch.KindOf(err) != dispatch.KindForbidden {
			t.Errorf("a %s makes a key: %v", role, err)
		}
	}
}
