package identity_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/identity"
)

var newcomer = identity.SignUp{
	OrganizationSlug: "depannage", Kind: "household", Email: "Nouvelle@example.fr", Name: "Jeanne Petit", Locale: "fr",
}

func TestAHouseholdSignsUpByALinkAndChoosesItsPasswordThere(t *testing.T) {
	t.Parallel()
	h := open(t)
	if err := h.SignUp(t.Context(), newcomer, phone); err != nil {
		t.Fatal(err)
	}
	if len(h.directory.clients) != 0 {
		t.Error("the client exists before the address is confirmed")
	}
	tokens, err := h.ConfirmSignUp(t.Context(), h.link(), password, phone)
	if err != nil {
		t.Fatal(err)
	}
	p := h.who(tokens)
	if p.Role != dispatch.RoleClient || p.OrganizationID != h.organization || p.ClientID == uuid.Nil {
		t.Errorf("signed in as %+v", p)
	}
	h.signIn(newcomer.Email, phone)
	want := identity.NewClient{Kind: "household", Name: "Jeanne Petit", Email: "nouvelle@example.fr", Locale: "fr"}
	if len(h.directory.clients) != 1 || h.directory.clients[0] != want {
		t.Errorf("clients: %+v", h.directory.clients)
	}
}

func TestABadPasswordDoesNotSpendTheLink(t *testing.T) {
	t.Parallel()
	h := open(t)
	if err := h.SignUp(t.Context(), newcomer, phone); err != nil {
		t.Fatal(err)
	}
	link := h.link()
	_, err := h.ConfirmSignUp(t.Context(), link, "court", phone)
	if faults(err)["/password"] != "password_too_short" {
		t.Errorf("refused with %v", err)
	}
	if _, err := h.ConfirmSignUp(t.Context(), link, password, phone); err != nil {
		t.Error(err)
	}
}

func TestSigningUpTellsNobodyWhetherAnAddressHasAnAccount(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleDispatcher, "nouvelle@example.fr")
	if err := h.SignUp(t.Context(), newcomer, phone); err != nil {
		t.Fatalf("the caller learns that the address is taken: %v", err)
	}
	mails := h.deliver()
	if len(mails) != 1 || mails[0].To != "nouvelle@example.fr" || strings.Contains(mails[0].Body, "token") || !strings.Contains(mails[0].Subject, "déjà") {
		t.Errorf("the owner is told: %+v", mails)
	}
}

func TestALinkWorksOnceForOneCallerAndNotForever(t *testing.T) {
	t.Parallel()
	h := open(t)
	if err := h.SignUp(t.Context(), newcomer, phone); err != nil {
		t.Fatal(err)
	}
	link := h.link()
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		wg.Go(func() { _, errs[i] = h.ConfirmSignUp(t.Context(), link, password, phone) })
	}
	wg.Wait()
	confirmed := 0
	for _, err := range errs {
		if err == nil {
			confirmed++
		} else if code := dispatch.CodeOf(err); code != "link_invalid" {
			t.Errorf("the link spent meanwhile is answered %v", err)
		}
	}
	if confirmed != 1 {
		t.Errorf("%d callers confirmed with one link", confirmed)
	}
	late := newcomer
	late.Email = "tardive@example.fr"
	if err := h.SignUp(t.Context(), late, phone); err != nil {
		t.Fatal(err)
	}
	link = h.link()
	h.clock.pass(identity.SignUpTTL)
	_, err := h.ConfirmSignUp(t.Context(), link, password, phone)
	refused(t, err, "link_invalid")
}

func TestALinkForOneThingIsGoodForNoOther(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleClient, "owner@example.fr")
	if err := h.RequestReset(t.Context(), "owner@example.fr", "fr", phone); err != nil {
		t.Fatal(err)
	}
	link := h.link()
	_, err := h.ConfirmSignUp(t.Context(), link, password, phone)
	refused(t, err, "link_invalid")
	_, err = h.AcceptInvitation(t.Context(), link, password, phone)
	refused(t, err, "link_invalid")
	_, err = h.Bootstrap(t.Context(), identity.Bootstrap{Token: link}, phone)
	refused(t, err, "link_invalid")
}

func TestEverythingWrongWithASignUpIsToldAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	err := h.SignUp(t.Context(), identity.SignUp{Kind: "company", Email: "a@b", Name: "x\r\nBcc: all@example.fr", Locale: "de"}, phone)
	got := faults(err)
	for path, code := range map[string]string{"/email": "email_invalid", "/name": "name_invalid", "/client_name": "name_invalid", "/locale": "locale_unknown"} {
		if got[path] != code {
			t.Errorf("%s: %q, not %s", path, got[path], code)
		}
	}
	unknown := newcomer
	unknown.OrganizationSlug = "no-such"
	if err := h.SignUp(t.Context(), unknown, phone); dispatch.KindOf(err) != dispatch.KindNotFound {
		t.Errorf("an unknown organization: %v", err)
	}
}

func TestAStrangerCannotFloodAMailboxNorSpoilTheOwnersLink(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleClient, "owner@example.fr")
	if err := h.RequestReset(t.Context(), "owner@example.fr", "fr", phone); err != nil {
		t.Fatal(err)
	}
	link := h.link()
	sent := 0
	for range 60 { // every ten seconds, for ten minutes
		h.clock.pass(10 * time.Second)
		if err := h.RequestReset(t.Context(), "owner@example.fr", "fr", stranger); err != nil {
			t.Fatal(err)
		}
		sent += len(h.deliver())
	}
	if sent > 4 {
		t.Errorf("%d more mails", sent)
	}
	if err := h.ResetPassword(t.Context(), link, "un tout autre secret", phone); err != nil {
		t.Error(err)
	}
}

func TestAResetSetsThePasswordAndEndsEverySession(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleClient, "owner@example.fr")
	stolen := h.signIn("owner@example.fr", stranger)
	if err := h.RequestReset(t.Context(), "OWNER@example.fr", "en", phone); err != nil {
		t.Fatal(err)
	}
	link := h.link()
	if err := h.ResetPassword(t.Context(), link, "un tout autre secret", phone); err != nil {
		t.Fatal(err)
	}
	if mails := h.deliver(); len(mails) != 1 || !strings.Contains(mails[0].Subject, "changé") {
		t.Errorf("the owner is not told: %v", mails)
	}
	_, err := h.Authenticate(t.Context(), stolen.AccessToken)
	refused(t, err, "session_ended")
	_, err = h.Refresh(t.Context(), stolen.RefreshToken, stranger)
	refused(t, err, "session_ended")
	_, err = h.SignIn(t.Context(), "owner@example.fr", password, phone)
	refused(t, err, "sign_in_failed")
	h.signInWith("owner@example.fr", "un tout autre secret")
	refused(t, h.ResetPassword(t.Context(), link, "encore un autre secret", phone), "link_invalid")
}

func TestAResetForAnAddressNobodyHasSaysAndSendsNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, email := range []string{"nobody@example.fr", "not an address"} {
		if err := h.RequestReset(t.Context(), email, "fr", phone); err != nil {
			t.Errorf("%s: %v", email, err)
		}
	}
	if mails := h.deliver(); len(mails) != 0 {
		t.Errorf("sent: %v", mails)
	}
}
