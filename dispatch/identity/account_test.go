package identity_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/identity"
)

func TestWhoMayInviteWhom(t *testing.T) {
	t.Parallel()
	h := open(t)
	client := uuid.New()
	for role, may := range map[dispatch.Role]string{
		dispatch.RoleAdministrator: "client technician dispatcher administrator",
		dispatch.RoleDispatcher:    "client",
		dispatch.RoleClient:        "client",
		dispatch.RoleTechnician:    "",
		dispatch.RolePartner:       "",
	} {
		p := dispatch.Principal{OrganizationID: h.organization, Role: role, ID: uuid.New()}
		if role == dispatch.RoleClient {
			p.ClientID = client
		}
		for _, invited := range dispatch.Roles() {
			in := identity.Invitation{Role: invited, Email: fmt.Sprintf("%s-%s@example.fr", role, invited), Name: "Jeanne Petit", Locale: "fr"}
			switch invited {
			case dispatch.RoleClient:
				in.ClientID = uuid.New()
			case dispatch.RoleTechnician:
				in.TechnicianID = uuid.New()
			}
			a, err := h.Invite(t.Context(), p, in, phone)
			if allowed := strings.Contains(may, string(invited)); allowed != (err == nil) || !allowed && dispatch.KindOf(err) != dispatch.KindForbidden {
				t.Errorf("%s invites %s: %v", role, invited, err)
			}
			if err == nil && role == dispatch.RoleClient && a.ClientID != client {
				t.Error("a client invites somebody into another client")
			}
		}
	}
}

func TestATechnicianIsInvitedAndJoins(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
	in := identity.Invitation{Role: dispatch.RoleTechnician, Email: "tech@example.fr", Name: "Karim", Locale: "fr", TechnicianID: uuid.New()}
	a, err := h.Invite(t.Context(), admin, in, phone)
	if err != nil {
		t.Fatal(err)
	}
	first := h.link()
	h.clock.pass(2 * time.Minute)
	in.Name = "Karim Benali"
	again, err := h.Invite(t.Context(), admin, in, phone)
	if err != nil || again.ID != a.ID {
		t.Fatalf("inviting again makes account %s beside %s: %v", again.ID, a.ID, err)
	}
	_, err = h.SignIn(t.Context(), "tech@example.fr", password, phone)
	refused(t, err, "sign_in_failed")
	tokens, err := h.AcceptInvitation(t.Context(), h.link(), password, phone)
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.Authenticate(t.Context(), tokens.AccessToken)
	if err != nil || p.TechnicianID != in.TechnicianID || p.Role != dispatch.RoleTechnician {
		t.Errorf("joined as %+v: %v", p, err)
	}
	_, err = h.AcceptInvitation(t.Context(), first, "un tout autre secret", stranger)
	refused(t, err, "link_invalid")
	_, err = h.Invite(t.Context(), admin, in, phone)
	refused(t, err, "account_exists")
}

func TestAnInvitationDoesNotReachAcrossOrganizations(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
	h.personOf(uuid.New(), dispatch.RoleDispatcher, "elsewhere@example.fr")
	foreign := uuid.New()
	h.directory.others = map[uuid.UUID]bool{foreign: true}
	_, err := h.Invite(t.Context(), admin, identity.Invitation{Role: dispatch.RoleTechnician, Email: "t@example.fr", Name: "T", Locale: "fr", TechnicianID: foreign}, phone)
	if faults(err)["/technician_id"] != "technician_unknown" {
		t.Errorf("another organization's technician: %v", err)
	}
	// That somebody works elsewhere is told to them, not to the administrator here.
	if _, err := h.Invite(t.Context(), admin, identity.Invitation{Role: dispatch.RoleDispatcher, Email: "elsewhere@example.fr", Name: "E", Locale: "fr"}, phone); err != nil {
		t.Fatal(err)
	}
	_, err = h.AcceptInvitation(t.Context(), h.link(), password, phone)
	refused(t, err, "account_exists")
	h.signIn("elsewhere@example.fr", phone)
}

func TestAClientDoesNotLearnByInvitingWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	h := open(t)
	boss := dispatch.Principal{OrganizationID: h.organization, Role: dispatch.RoleClient, ID: uuid.New(), ClientID: uuid.New()}
	h.person(dispatch.RoleDispatcher, "nadia@example.fr")
	_, err := h.Invite(t.Context(), boss, identity.Invitation{Role: dispatch.RoleClient, Email: "nadia@example.fr", Name: "E", Locale: "fr"}, phone)
	if err != nil {
		t.Fatalf("the client is told of an account: %v", err)
	}
	_, err = h.AcceptInvitation(t.Context(), h.link(), password, phone)
	refused(t, err, "account_exists")
	h.signIn("nadia@example.fr", phone)
}

func TestAClientMayHaveSomeInvitationsWaiting(t *testing.T) {
	t.Parallel()
	h := open(t)
	boss := dispatch.Principal{OrganizationID: h.organization, Role: dispatch.RoleClient, ID: uuid.New(), ClientID: uuid.New()}
	invite := func(i int) (identity.Account, error) {
		return h.Invite(t.Context(), boss, identity.Invitation{Role: dispatch.RoleClient, Email: fmt.Sprintf("e%d@example.fr", i), Name: "E", Locale: "fr"}, phone)
	}
	var last identity.Account
	for i := range 10 {
		var err error
		if last, err = invite(i); err != nil {
			t.Fatal(err)
		}
	}
	_, err := invite(10)
	refused(t, err, "invitations_waiting")
	if _, err := invite(9); err != nil {
		t.Errorf("renewing an invitation: %v", err)
	}
	if _, err := h.DeactivateAccount(t.Context(), boss, last.ID, phone); err != nil {
		t.Fatal(err)
	}
	if _, err := invite(10); err != nil {
		t.Errorf("after one was withdrawn: %v", err)
	}
}

func TestAnAdministratorOfAnotherOrganizationSeesAndChangesNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	ours := h.person(dispatch.RoleDispatcher, "ours@example.fr")
	admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
	theirs := h.personOf(uuid.New(), dispatch.RoleAdministrator, "theirs@example.fr")
	key, _, err := h.CreateAPIKey(t.Context(), admin, h.newKey(), phone)
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"deactivate": func() error {
			_, err := h.DeactivateAccount(t.Context(), theirs, ours.ID, phone)
			return err
		}(),
		"reactivate": h.ReactivateAccount(t.Context(), theirs, ours.ID, phone),
		"revoke":     h.RevokeAPIKey(t.Context(), theirs, key.ID, phone),
		"rotate": func() error {
			_, _, err := h.RotateAPIKey(t.Context(), theirs, key.ID, h.clock.Now().Add(time.Hour), h.clock.Now(), phone)
			return err
		}(),
	} {
		if dispatch.KindOf(err) != dispatch.KindNotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	accounts, err1 := h.ListAccounts(t.Context(), theirs, uuid.Nil, 10)
	keys, err2 := h.ListAPIKeys(t.Context(), theirs, identity.KeyFilter{Limit: 10})
	audit, err3 := h.ListAudit(t.Context(), theirs, uuid.Nil, 10)
	if err1 != nil || err2 != nil || err3 != nil || len(accounts) != 1 || len(keys) != 0 || len(audit) != 0 {
		t.Errorf("sees %d accounts, %d keys, %d entries (%v %v %v)", len(accounts), len(keys), len(audit), err1, err2, err3)
	}
}

func TestMembersOfAClientSeeAndRemoveOneAnotherOnly(t *testing.T) {
	t.Parallel()
	h := open(t)
	boss := h.person(dispatch.RoleClient, "boss@example.fr")
	neighbour := h.person(dispatch.RoleClient, "neighbour@example.fr")
	a, err := h.Invite(t.Context(), boss, identity.Invitation{Role: dispatch.RoleClient, Email: "employee@example.fr", Name: "E", Locale: "fr"}, phone)
	if err != nil {
		t.Fatal(err)
	}
	list, err := h.ListAccounts(t.Context(), boss, uuid.Nil, 10)
	if err != nil || len(list) != 2 {
		t.Errorf("sees %d accounts: %v", len(list), err)
	}
	if _, err := h.DeactivateAccount(t.Context(), neighbour, a.ID, phone); dispatch.KindOf(err) != dispatch.KindNotFound {
		t.Errorf("a neighbour removes a member: %v", err)
	}
	link := h.link()
	if _, err := h.DeactivateAccount(t.Context(), boss, a.ID, phone); err != nil {
		t.Fatal(err)
	}
	_, err = h.AcceptInvitation(t.Context(), link, password, phone)
	refused(t, err, "link_invalid")
}

func TestADeactivatedAccountIsOutAtOnceAndTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
	tech := h.person(dispatch.RoleTechnician, "tech@example.fr")
	tokens := h.signIn("tech@example.fr", phone)
	if _, err := h.Authenticate(t.Context(), tokens.AccessToken); err != nil {
		t.Fatal(err)
	}
	if _, err := h.DeactivateAccount(t.Context(), admin, tech.ID, phone); err != nil {
		t.Fatal(err)
	}
	_, err := h.Authenticate(t.Context(), tokens.AccessToken)
	refused(t, err, "session_ended")
	_, err = h.Refresh(t.Context(), tokens.RefreshToken, phone)
	refused(t, err, "session_ended")
	if err := h.ReactivateAccount(t.Context(), admin, tech.ID, phone); err != nil {
		t.Fatal(err)
	}
	_, err = h.Authenticate(t.Context(), tokens.AccessToken)
	refused(t, err, "session_ended") // what ended stays ended
	h.signIn("tech@example.fr", phone)
	_, err = h.DeactivateAccount(t.Context(), admin, admin.ID, phone)
	refused(t, err, "last_administrator")
	if _, err := h.DeactivateAccount(t.Context(), tech, admin.ID, phone); dispatch.KindOf(err) != dispatch.KindNotFound {
		t.Errorf("a technician deactivates: %v", err)
	}
}

func TestTwoAdministratorsCannotDeactivateOneAnotherAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	a, b := h.person(dispatch.RoleAdministrator, "a@example.fr"), h.person(dispatch.RoleAdministrator, "b@example.fr")
	var wg sync.WaitGroup
	var errs [2]error
	wg.Go(func() { _, errs[0] = h.DeactivateAccount(t.Context(), a, b.ID, phone) })
	wg.Go(func() { _, errs[1] = h.DeactivateAccount(t.Context(), b, a.ID, phone) })
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("both or neither succeeded: %v, %v", errs[0], errs[1])
	}
}
