package identity_test

import (
	"testing"

	"tournee/dispatch"
	"tournee/dispatch/identity"
)

func TestTheFirstAdministratorIsMadeWithATokenThatWorksOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	token, err := h.BootstrapToken(t.Context())
	if err != nil || token == "" {
		t.Fatalf("no token: %v", err)
	}
	if again, err := h.node(h.config).BootstrapToken(t.Context()); err != nil || again != token {
		t.Errorf("another node prints another token (%v)", err)
	}
	b := identity.Bootstrap{
		Token: token, OrganizationName: "Dépannage du Marais", OrganizationSlug: "marais", TimeZone: "Europe/Paris",
		Email: "patronne@example.fr", Name: "Anne Roux", Locale: "fr", Password: "court",
	}
	_, err = h.Bootstrap(t.Context(), b, phone)
	if faults(err)["/password"] != "password_too_short" {
		t.Fatalf("refused with %v", err)
	}
	b.Password = password
	tokens, err := h.Bootstrap(t.Context(), b, phone)
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.Authenticate(t.Context(), tokens.AccessToken)
	if err != nil || p.Role != dispatch.RoleAdministrator || p.OrganizationID != h.directory.slugs["marais"] {
		t.Errorf("%+v: %v", p, err)
	}
	_, err = h.Bootstrap(t.Context(), b, phone)
	refused(t, err, "link_invalid")
	if token, err := h.BootstrapToken(t.Context()); err != nil || token != "" {
		t.Errorf("a token although there is an administrator: %q %v", token, err)
	}
}
