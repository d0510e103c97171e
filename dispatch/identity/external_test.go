package identity_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/identity"
)

var jeanne = identity.External{Issuer: "https://issuer.example", Subject: "42", Email: "Jeanne@example.fr", EmailVerified: true, Name: "Jeanne Petit"}

func (h *house) external(says identity.External, slug string) (identity.Tokens, error) {
	h.issuer.says = says
	return h.SignInExternal(h.t.Context(), identity.ExternalSignIn{Provider: "oidc", IDToken: "…", Nonce: says.Nonce, OrganizationSlug: slug, Locale: "fr"}, phone)
}

func (h *house) who(tokens identity.Tokens) dispatch.Principal {
	h.t.Helper()
	p, err := h.Authenticate(h.t.Context(), tokens.AccessToken)
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

func TestAnExternalIdentityIsLinkedToTheAccountItsIssuerVouchesFor(t *testing.T) {
	t.Parallel()
	h := open(t)
	p := h.person(dispatch.RoleDispatcher, "jeanne@example.fr")
	unverified := jeanne
	unverified.EmailVerified = false
	_, err := h.external(unverified, "")
	refused(t, err, "sign_in_failed")
	tokens, err := h.external(jeanne, "")
	if err != nil {
		t.Fatal(err)
	}
	if h.who(tokens).ID != p.ID {
		t.Error("another account")
	}
	moved := identity.External{Issuer: jeanne.Issuer, Subject: jeanne.Subject, Email: "new-address@example.fr"}
	if tokens, err = h.external(moved, ""); err != nil || h.who(tokens).ID != p.ID {
		t.Errorf("the subject decides, not the address: %v", err)
	}
	imposter := jeanne
	imposter.Issuer, imposter.EmailVerified = "https://other.example", false
	_, err = h.external(imposter, "")
	refused(t, err, "sign_in_failed")
}

func TestAnExternalIdentityAcceptsAnInvitation(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
	a, err := h.Invite(t.Context(), admin, identity.Invitation{Role: dispatch.RoleTechnician, Email: "jeanne@example.fr", Name: "J", Locale: "fr", TechnicianID: uuid.New()}, phone)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := h.external(jeanne, "depannage")
	if err != nil {
		t.Fatal(err)
	}
	if p := h.who(tokens); p.ID != a.ID || p.Role != dispatch.RoleTechnician {
		t.Errorf("joined as %+v", p)
	}
	if len(h.directory.clients) != 0 {
		t.Error("and became a client as well")
	}
}

func TestAnExternalIdentityComesTooLateForAnInvitation(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
	_, err := h.Invite(t.Context(), admin, identity.Invitation{Role: dispatch.RoleAdministrator, Email: "jeanne@example.fr", Name: "J", Locale: "fr"}, phone)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.pass(identity.InvitationTTL)
	_, err = h.external(jeanne, "")
	refused(t, err, "sign_in_failed")
}

func TestAnExternalIdentityNobodyKnowsSignsUpWhereItNamesAnOrganization(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, err := h.external(jeanne, "")
	refused(t, err, "sign_in_failed")
	_, err = h.external(jeanne, "no-such")
	refused(t, err, "not_found")
	tokens, err := h.external(jeanne, "depannage")
	if err != nil {
		t.Fatal(err)
	}
	first := h.who(tokens)
	if first.Role != dispatch.RoleClient || first.ClientID == uuid.Nil {
		t.Errorf("signed up as %+v", first)
	}
	if tokens, err = h.external(jeanne, "depannage"); err != nil || h.who(tokens).ID != first.ID || len(h.directory.clients) != 1 {
		t.Errorf("the second time: %v, %d clients", err, len(h.directory.clients))
	}
	byPhone := identity.External{Issuer: jeanne.Issuer, Subject: "43"} // no address at all
	if tokens, err = h.external(byPhone, "depannage"); err != nil {
		t.Fatal(err)
	}
	if a, err := h.OwnAccount(t.Context(), h.who(tokens)); err != nil || a.Email != "" || a.Name == "" {
		t.Errorf("%+v %v", a, err)
	}
}

func TestAnIDTokenThatProvesNothingIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
	h.issuer.err = errors.New("bad signature")
	_, err := h.external(jeanne, "depannage")
	refused(t, err, "id_token_invalid")
	h.issuer.err = &dispatch.Error{Kind: dispatch.KindUnavailable, Code: "issuer_unavailable"}
	_, err = h.external(jeanne, "depannage")
	refused(t, err, "issuer_unavailable")
	h.issuer.err = nil
	for name, nonces := range map[string][2]string{"of another sign-in": {"n1", "n2"}, "missing": {"", "n2"}, "unasked": {"n1", ""}} {
		h.issuer.says = jeanne
		h.issuer.says.Nonce = nonces[0]
		_, err := h.SignInExternal(t.Context(), identity.ExternalSignIn{Provider: "oidc", Nonce: nonces[1], OrganizationSlug: "depannage", Locale: "fr"}, phone)
		if dispatch.CodeOf(err) != "id_token_invalid" {
			t.Errorf("a nonce %s: %v", name, err)
		}
	}
	_, err = h.SignInExternal(t.Context(), identity.ExternalSignIn{Provider: "carrier pigeon", Locale: "fr"}, phone)
	if faults(err)["/provider"] != "provider_unknown" {
		t.Errorf("an unknown provider: %v", err)
	}
	tokens, err := h.external(jeanne, "depannage")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.DeactivateAccount(t.Context(), admin, tokens.AccountID, phone); err != nil {
		t.Fatal(err)
	}
	_, err = h.external(jeanne, "depannage")
	refused(t, err, "sign_in_failed")
}
