package identity_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

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

func (h *house) signInWith(email, password string) identity.Tokens {
	h.t.Helper()
	tokens, err := h.SignIn(h.t.Context(), email, password, phone)
	if err != nil {
		h.t.Fatal(err)
	}
	return tokens
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
	if dispatch.KindOf(err) != dispatch.KindNotFound {
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
		"deactivate": h.DeactivateAccount(t.Context(), theirs, ours.ID, phone),
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
	keys, err2 := h.ListAPIKeys(t.Context(), theirs, uuid.Nil, 10)
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
	if err := h.DeactivateAccount(t.Context(), neighbour, a.ID, phone); dispatch.KindOf(err) != dispatch.KindNotFound {
		t.Errorf("a neighbour removes a member: %v", err)
	}
	link := h.link()
	if err := h.DeactivateAccount(t.Context(), boss, a.ID, phone); err != nil {
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
	if err := h.DeactivateAccount(t.Context(), admin, tech.ID, phone); err != nil {
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
	refused(t, h.DeactivateAccount(t.Context(), admin, admin.ID, phone), "last_administrator")
	if err := h.DeactivateAccount(t.Context(), tech, admin.ID, phone); dispatch.KindOf(err) != dispatch.KindNotFound {
		t.Errorf("a technician deactivates: %v", err)
	}
}

func TestTwoAdministratorsCannotDeactivateOneAnotherAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	a, b := h.person(dispatch.RoleAdministrator, "a@example.fr"), h.person(dispatch.RoleAdministrator, "b@example.fr")
	var wg sync.WaitGroup
	var errs [2]error
	wg.Go(func() { errs[0] = h.DeactivateAccount(t.Context(), a, b.ID, phone) })
	wg.Go(func() { errs[1] = h.DeactivateAccount(t.Context(), b, a.ID, phone) })
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("both or neither succeeded: %v, %v", errs[0], errs[1])
	}
}

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

// Whoever reads the database or the queue must not come by a token that works.
func TestNoSecretIsKept(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
	_, key, err := h.CreateAPIKey(t.Context(), admin, h.newKey(), phone)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.RequestReset(t.Context(), "admin@example.fr", "fr", phone); err != nil {
		t.Fatal(err)
	}
	queued := fmt.Sprintf("%+v", h.queue.mails)
	reset := h.link()
	tokens := h.signIn("admin@example.fr", phone)
	dump := queued + h.dump()
	_, keySecret, _ := strings.Cut(strings.TrimPrefix(key, "trn_"), "_")
	for name, secret := range map[string]string{"password": password, "refresh token": tokens.RefreshToken, "access token": tokens.AccessToken, "API key": keySecret, "reset link": reset} {
		if secret == "" || strings.Contains(dump, secret) || strings.Contains(dump, strings.TrimPrefix(secret, "trr_")) {
			t.Errorf("the %s is kept in the clear", name)
		}
	}
	if !strings.Contains(dump, "admin@example.fr") || !strings.Contains(dump, "signed_in") {
		t.Error("the dump does not hold the tables")
	}
}

// dump is every row of the identity schema as text.
func (h *house) dump() string {
	h.t.Helper()
	conn, err := pgx.Connect(h.t.Context(), h.db.Superuser)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(h.t.Context())) }()
	var b strings.Builder
	for _, table := range []string{"accounts", "external_subjects", "sessions", "one_time_tokens", "sign_in_counters", "api_keys", "signing_keys", "audit"} {
		rows, err := conn.Query(h.t.Context(), "SELECT to_jsonb(x)::text FROM identity."+table+" x")
		if err != nil {
			h.t.Fatal(err)
		}
		list, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			h.t.Fatal(err)
		}
		b.WriteString(strings.Join(list, "\n"))
	}
	return b.String()
}

func TestTheSweepForgetsWhatHasHadItsTimeAndNothingElse(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.person(dispatch.RoleAdministrator, "admin@example.fr")
	h.signIn("admin@example.fr", phone)
	if err := h.RequestReset(t.Context(), "admin@example.fr", "fr", phone); err != nil {
		t.Fatal(err)
	}
	if n, err := h.Sweep(t.Context()); err != nil || n != 0 {
		t.Errorf("%d rows swept at once: %v", n, err)
	}
	h.clock.pass(h.config.Retention + time.Hour)
	fresh := h.signIn("admin@example.fr", phone)
	if _, err := h.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := h.ListAudit(t.Context(), admin, uuid.Nil, 10)
	if err != nil || len(list) != 1 {
		t.Errorf("%d entries left: %v", len(list), err)
	}
	if dump := h.dump(); strings.Contains(dump, "password_reset") || strings.Count(dump, `"generation"`) != 1 || strings.Count(dump, `"sealed_key"`) != 1 {
		t.Errorf("left: %s", dump)
	}
	if _, err := h.Authenticate(t.Context(), fresh.AccessToken); err != nil {
		t.Error(err)
	}
}
