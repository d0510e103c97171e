package identity_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"tournee/dispatch"
	"tournee/dispatch/identity"
)

func TestSomebodySignsInUnderAnySpellingOfTheirAddress(t *testing.T) {
	t.Parallel()
	h := open(t)
	p := h.person(dispatch.RoleTechnician, "Camille.Martin@Example.FR")
	for _, email := range []string{"camille.martin@example.fr", " CAMILLE.MARTIN@EXAMPLE.FR ", "ｃamille.martin@example.fr"} {
		tokens, err := h.SignIn(t.Context(), email, password, phone)
		if err != nil {
			t.Fatalf("%q: %v", email, err)
		}
		got, err := h.Authenticate(t.Context(), tokens.AccessToken)
		if err != nil {
			t.Fatal(err)
		}
		if got.ID != p.ID || got.Role != p.Role || got.TechnicianID != p.TechnicianID || got.OrganizationID != p.OrganizationID {
			t.Errorf("%q signs in as %+v, not %+v", email, got, p)
		}
	}
}

func TestAWrongPasswordAnUnknownNameAndADeactivatedAccountAreAnsweredAlike(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
	h.person(dispatch.RoleClient, "client@example.fr")
	gone := h.person(dispatch.RoleDispatcher, "gone@example.fr")
	if _, err := h.DeactivateAccount(t.Context(), admin, gone.ID, phone); err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string][2]string{
		"wrong password": {"client@example.fr", "another password"},
		"no password":    {"client@example.fr", ""},
		"unknown name":   {"nobody@example.fr", password},
		"no address":     {"not an address", password},
		"deactivated":    {"gone@example.fr", password},
		"far too long":   {"client@example.fr", string(make([]byte, 1<<20))},
	} {
		_, err := h.SignIn(t.Context(), try[0], try[1], phone)
		if dispatch.CodeOf(err) != "sign_in_failed" || dispatch.KindOf(err) != dispatch.KindUnauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAStrangerWhoGuessesDoesNotLockTheOwnerOut(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleClient, "owner@example.fr")
	h.signIn("owner@example.fr", phone) // the owner's place is known from now on

	var blocked error
	for range 50 {
		_, err := h.SignIn(t.Context(), "owner@example.fr", "some wild guess", stranger)
		if dispatch.KindOf(err) == dispatch.KindTooMany {
			blocked = err
			break
		}
		refused(t, err, "sign_in_failed")
	}
	refused(t, blocked, "sign_in_backoff")
	h.signIn("owner@example.fr", phone)
	if _, err := h.SignIn(t.Context(), "owner@example.fr", password, stranger); dispatch.CodeOf(err) != "sign_in_backoff" {
		t.Errorf("the right password passes during the wait: %v", err)
	}
	h.clock.pass(identity.WaitMax)
	h.signIn("owner@example.fr", stranger)
}

func TestAGuesserWithManyAddressesIsSlowedDownAndAResetFreesTheOwner(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleClient, "owner@example.fr")
	tried := 0
	for i := range 60 {
		_, err := h.SignIn(t.Context(), "owner@example.fr", "some wild guess", identity.Caller{Address: "10.0." + string(rune('0'+i%10)) + string(rune('0'+i/10)) + ".1"})
		if dispatch.CodeOf(err) == "sign_in_failed" {
			tried++
		}
	}
	if tried > 25 {
		t.Errorf("%d guesses in no time", tried)
	}
	if _, err := h.SignIn(t.Context(), "owner@example.fr", password, phone); dispatch.CodeOf(err) != "sign_in_backoff" {
		t.Fatalf("the owner at a new place: %v", err)
	}
	if err := h.RequestReset(t.Context(), "owner@example.fr", "fr", phone); err != nil {
		t.Fatal(err)
	}
	if err := h.ResetPassword(t.Context(), h.link(), password, phone); err != nil {
		t.Fatal(err)
	}
	h.signIn("owner@example.fr", phone)
}

func TestANameNobodyHasIsSlowedDownLikeAnyOther(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleClient, "owner@example.fr")
	answers := func(email string) (codes []string) {
		for range 8 {
			_, err := h.SignIn(t.Context(), email, "some wild guess", stranger)
			codes = append(codes, dispatch.CodeOf(err))
		}
		return codes
	}
	known, unknown := answers("owner@example.fr"), answers("nobody@example.fr")
	for i := range known {
		if known[i] != unknown[i] {
			t.Errorf("try %d: %s for an account, %s for none", i+1, known[i], unknown[i])
		}
	}
	if last := known[len(known)-1]; last != "sign_in_backoff" {
		t.Errorf("the eighth failure is answered %s", last)
	}
}

func TestAHundredGuessesAtOnceAreCountedAsAHundred(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleClient, "owner@example.fr")
	var mu sync.Mutex
	var wg sync.WaitGroup
	checked := 0
	for range 30 {
		wg.Go(func() {
			_, err := h.SignIn(t.Context(), "owner@example.fr", "some wild guess", stranger)
			mu.Lock()
			defer mu.Unlock()
			if dispatch.CodeOf(err) == "sign_in_failed" {
				checked++
			}
		})
	}
	wg.Wait()
	if checked == 0 || checked > 5 {
		t.Errorf("%d of 30 guesses at once were checked, not the five that are free", checked)
	}
}

func TestOldHashesAreMadeAgainAtTheNextSignIn(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleClient, "owner@example.fr")
	const want = "$argon2id$v=19$m=128,t=2,p=1$"
	if strings.Contains(h.dump(), want) {
		t.Fatal("the hash is dear already")
	}
	dearer := h.config
	dearer.Hashing = identity.Hashing{Memory: 128, Passes: 2, Lanes: 1}
	if _, err := h.node(dearer).SignIn(t.Context(), "owner@example.fr", password, phone); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(h.dump(), want) {
		t.Error("the hash stays as cheap as it was")
	}
	h.signIn("owner@example.fr", phone) // a node not yet changed still takes it
}

func TestSignInsAreAudited(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
	h.signIn("admin@example.fr", phone)
	_, err := h.SignIn(t.Context(), "admin@example.fr", "not the password", stranger)
	refused(t, err, "sign_in_failed")
	h.clock.pass(time.Millisecond)
	list, err := h.ListAudit(t.Context(), admin, [16]byte{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range list {
		got[e.Action] = e.Source
	}
	if len(got) != 2 || got["signed_in"] != "203.0.113.0/24" || got["sign_in_failed"] != "198.51.100.0/24" {
		t.Errorf("audited: %v", got)
	}
}
