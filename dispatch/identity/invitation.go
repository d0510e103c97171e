package identity

import (
	"context"

	"github.com/google/uuid"

	"tournee/dispatch"
)

// Invitation asks somebody to join an organization.
type Invitation struct {
	Role         dispatch.Role
	Email        string
	Name         string
	Locale       string
	ClientID     uuid.UUID // for a client; ignored when a client invites: it is their own
	TechnicianID uuid.UUID // for a technician
}

// Invite makes an account that waits, and mails a link. An administrator invites technicians, dispatchers, administrators and clients; a
// dispatcher clients (such as those they entered without an e-mail); a client further members of the same household or company. Inviting
// the same e-mail again in the same organization renews the invitation. That the e-mail has an account in another organization, or
// to a client who invites that it has one outside their own household or company, is not told here but to the owner of the e-mail, on
// acceptance. A client may have waitingMax invitations waiting.
// Errors: forbidden, invalid with faults (at /client_id and /technician_id for one that does not exist too), account_exists,
// invitations_waiting (409).
func (s *Service) Invite(ctx context.Context, p dispatch.Principal, in Invitation, c Caller) (Account, error) {
	if p.Role == dispatch.RoleClient {
		in.ClientID = p.ClientID
	}
	if !mayManage(p, in.Role, in.ClientID) {
		return Account{}, dispatch.Forbidden()
	}
	email, err := in.check()
	if err != nil {
		return Account{}, err
	}
	a, err := s.newAccount(p.OrganizationID, in.Role, email, in.Name, in.Locale)
	if err != nil {
		return Account{}, err
	}
	a.ClientID, a.TechnicianID = in.ClientID, in.TechnicianID
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		if err := s.requireInvited(ctx, a); err != nil {
			return err
		}
		if a, err = s.upsertInvited(ctx, p, a); err != nil {
			return err
		}
		if err := s.record(ctx, c, "account_invited", a.OrganizationID, a.ID, p.ID, map[string]any{"role": a.Role}); err != nil {
			return err
		}
		return s.send(ctx, OneTime{Purpose: ForInvitation, OrganizationID: a.OrganizationID, AccountID: a.ID, Email: email, Locale: a.Locale}, InvitationTTL)
	})
	return a, emailTaken(err)
}

// waitingMax is how many invitations may wait for the members of one household or company before its own members invite no more: anybody
// can sign up, and every invitation is a mail to a stranger.
const waitingMax = 10

// check notes everything wrong with the invitation, and gives the normalised e-mail.
func (in Invitation) check() (string, error) {
	var f dispatch.Faults
	email := checkPerson(&f, in.Email, in.Name, in.Locale)
	switch in.Role {
	case dispatch.RoleClient:
		f.Check(in.ClientID != uuid.Nil, "/client_id", "client_missing")
		f.Check(in.TechnicianID == uuid.Nil, "/technician_id", "technician_unwanted")
	case dispatch.RoleTechnician:
		f.Check(in.TechnicianID != uuid.Nil, "/technician_id", "technician_missing")
		f.Check(in.ClientID == uuid.Nil, "/client_id", "client_unwanted")
	case dispatch.RoleDispatcher, dispatch.RoleAdministrator:
		f.Check(in.ClientID == uuid.Nil, "/client_id", "client_unwanted")
		f.Check(in.TechnicianID == uuid.Nil, "/technician_id", "technician_unwanted")
	default:
		f.Add("/role", "role_not_invitable", nil)
	}
	return email, f.Err()
}

func (s *Service) requireInvited(ctx context.Context, a Account) error {
	switch a.Role {
	case dispatch.RoleClient:
		return named(s.directory.RequireClient(ctx, a.OrganizationID, a.ClientID), "/client_id", "client_unknown")
	case dispatch.RoleTechnician:
		return named(s.directory.RequireTechnician(ctx, a.OrganizationID, a.TechnicianID), "/technician_id", "technician_unknown")
	default:
		return nil
	}
}

// upsertInvited keeps the invited account, over an earlier invitation of the same e-mail in the organization if p may manage that one.
func (s *Service) upsertInvited(ctx context.Context, p dispatch.Principal, a Account) (Account, error) {
	known, err := s.store.AccountByEmail(ctx, a.Email)
	if err != nil && !isNotFound(err) {
		return a, err
	}
	if err == nil && known.OrganizationID == a.OrganizationID && (p.Role != dispatch.RoleClient || known.ClientID == p.ClientID) {
		return a, dispatch.Conflict("account_exists", nil)
	}
	waiting, err := s.store.InvitedAccounts(ctx, a.Email)
	if err != nil {
		return a, err
	}
	for _, w := range waiting {
		if w.OrganizationID != a.OrganizationID {
			continue
		}
		if !mayManage(p, w.Role, w.ClientID) {
			return a, dispatch.Conflict("account_exists", nil)
		}
		a.ID, a.CreatedAt = w.ID, w.CreatedAt
		return a, s.store.UpdateAccount(ctx, a)
	}
	if p.Role == dispatch.RoleClient {
		if err := s.refuseManyWaiting(ctx, a); err != nil {
			return a, err
		}
	}
	return a, s.store.InsertAccount(ctx, a)
}

// refuseManyWaiting keeps a client from inviting more while waitingMax invitations wait.
func (s *Service) refuseManyWaiting(ctx context.Context, a Account) error {
	waiting, f := 0, AccountFilter{OrganizationID: a.OrganizationID, ClientID: a.ClientID, Limit: 500}
	for {
		page, err := s.store.Accounts(ctx, f)
		if err != nil {
			return err
		}
		for _, other := range page {
			if other.State == Invited {
				waiting++
			}
		}
		if waiting >= waitingMax {
			return dispatch.Conflict("invitations_waiting", map[string]any{"max": waitingMax})
		}
		if len(page) < f.Limit {
			return nil
		}
		f.After = page[len(page)-1].ID
	}
}

// AcceptInvitation makes the invited account active with the password, and signs the person in. Errors: link_invalid (401), invalid with
// faults at /password, account_exists (409) when the e-mail has come to sign in elsewhere.
func (s *Service) AcceptInvitation(ctx context.Context, token, password string, c Caller) (Tokens, error) {
	t, err := s.oneTime(ctx, ForInvitation, token)
	if err != nil {
		return Tokens{}, err
	}
	hash, err := s.checkedHash(ctx, password, t.Email)
	if err != nil {
		return Tokens{}, err
	}
	var session Session
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		if _, err := s.store.TakeOneTime(ctx, t.ID); err != nil {
			return s.spent(t, ForInvitation, err)
		}
		a, err := s.store.LockAccount(ctx, t.AccountID)
		if isNotFound(err) || err == nil && a.State != Invited {
			return refused("link_invalid", err)
		}
		if err != nil {
			return err
		}
		a.PasswordHash = hash
		session, err = s.join(ctx, a, "invitation", c)
		return err
	})
	if err != nil {
		return Tokens{}, emailTaken(err)
	}
	return s.tokens(ctx, session)
}

// join makes an invited account active and starts a session, inside the transaction in ctx.
func (s *Service) join(ctx context.Context, a Account, by string, c Caller) (Session, error) {
	a.State, a.UpdatedAt = Active, s.now()
	if err := s.store.UpdateAccount(ctx, a); err != nil {
		return Session{}, err
	}
	if err := s.refund(ctx, a.Email, c); err != nil {
		return Session{}, err
	}
	if err := s.record(ctx, c, "invitation_accepted", a.OrganizationID, a.ID, a.ID, map[string]any{"role": a.Role}); err != nil {
		return Session{}, err
	}
	return s.sessionFor(ctx, a, by, c)
}
