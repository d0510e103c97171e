package identity

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
)

// State is where an account stands.
type State string

// The states of an account.
const (
	Invited     State = "invited"
	Active      State = "active"
	Deactivated State = "deactivated"
)

// Account is a person who may sign in to one organization.
type Account struct {
	ID             uuid.UUID
	OrganizationID uuid.UUID
	Role           dispatch.Role
	ClientID       uuid.UUID // set for clients
	TechnicianID   uuid.UUID // set for technicians
	Email          string    // normalised; "" for someone an external issuer knows without a verified address
	Name           string
	Locale         string
	PasswordHash   string // "" when there is no local sign-in, and in what Service answers
	State          State
	Epoch          int // sessions of an older epoch are over
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// shown is the account as it leaves the package.
func (a Account) shown() Account {
	a.PasswordHash = ""
	return a
}

func (a Account) principal() dispatch.Principal {
	return dispatch.Principal{
		OrganizationID: a.OrganizationID, Role: a.Role, ID: a.ID,
		ClientID: a.ClientID, TechnicianID: a.TechnicianID, Locale: a.Locale,
	}
}

// AccountFilter chooses accounts of one organization, in the order of their ids.
type AccountFilter struct {
	OrganizationID uuid.UUID
	ClientID       uuid.UUID // nil UUID: every client's, and staff
	After          uuid.UUID // those whose id is greater
	Limit          int
}

// mayManage reports whether p may invite, deactivate and see accounts of the role and client: an administrator all of them, a dispatcher
// those of clients, a client those of the same household or company.
func mayManage(p dispatch.Principal, role dispatch.Role, clientID uuid.UUID) bool {
	switch p.Role {
	case dispatch.RoleAdministrator:
		return role != dispatch.RolePartner
	case dispatch.RoleDispatcher:
		return role == dispatch.RoleClient
	case dispatch.RoleClient:
		return role == dispatch.RoleClient && clientID == p.ClientID && clientID != uuid.Nil
	default:
		return false
	}
}

// OwnAccount is the caller's account. Partners have none: not found.
func (s *Service) OwnAccount(ctx context.Context, p dispatch.Principal) (a Account, err error) {
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		a, err = s.store.Account(ctx, p.ID)
		return err
	})
	return a.shown(), err
}

// AccountPatch is what a person changes about their own account; nil leaves it.
type AccountPatch struct {
	Name   *string
	Locale *string
}

// UpdateOwnAccount changes the caller's account, at once on this node and within RevocationDelay on the others. Partners have none: not
// found. Errors: invalid with faults at /name, /locale.
func (s *Service) UpdateOwnAccount(ctx context.Context, p dispatch.Principal, patch AccountPatch, c Caller) (a Account, err error) {
	var f dispatch.Faults
	if patch.Name != nil {
		checkName(&f, "/name", *patch.Name)
	}
	if patch.Locale != nil {
		checkLocale(&f, *patch.Locale)
	}
	if err := f.Err(); err != nil {
		return a, err
	}
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		if a, err = s.store.LockAccount(ctx, p.ID); err != nil {
			return err
		}
		if patch.Name != nil {
			a.Name = *patch.Name
		}
		if patch.Locale != nil {
			a.Locale = *patch.Locale
		}
		a.UpdatedAt = s.now()
		if err := s.store.UpdateAccount(ctx, a); err != nil {
			return err
		}
		return s.record(ctx, c, "account_changed", a.OrganizationID, a.ID, p.ID, nil)
	})
	s.forgetAccount(p.ID)
	return a.shown(), err
}

// ListAccounts gives at most limit accounts with an id greater than after, in id order: for an administrator the organization's, for a
// client those of the same household or company.
func (s *Service) ListAccounts(ctx context.Context, p dispatch.Principal, after uuid.UUID, limit int) (list []Account, err error) {
	f := AccountFilter{OrganizationID: p.OrganizationID, After: after, Limit: limit}
	switch p.Role {
	case dispatch.RoleAdministrator:
	case dispatch.RoleClient:
		f.ClientID = p.ClientID
	default:
		return nil, dispatch.Forbidden()
	}
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		list, err = s.store.Accounts(ctx, f)
		return err
	})
	for i := range list {
		list[i] = list[i].shown()
	}
	return list, err
}

// DeactivateAccount ends every session of the account and lets nobody sign in to it again until ReactivateAccount; an account that is
// only invited is deleted. The answer is the account as it now is, or was. Deactivating twice is no error; the last active administrator
// cannot be deactivated (conflict last_administrator).
func (s *Service) DeactivateAccount(ctx context.Context, p dispatch.Principal, id uuid.UUID, c Caller) (a Account, err error) {
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		administrators, err := s.store.LockAdministrators(ctx, p.OrganizationID)
		if err != nil {
			return err
		}
		if a, err = s.managed(ctx, p, id); err != nil || a.State == Deactivated {
			return err
		}
		if err := s.record(ctx, c, "account_deactivated", a.OrganizationID, a.ID, p.ID, nil); err != nil {
			return err
		}
		if len(administrators) == 1 && slices.Contains(administrators, id) {
			return dispatch.Conflict("last_administrator", nil)
		}
		invited := a.State == Invited
		a.State, a.Epoch, a.UpdatedAt = Deactivated, a.Epoch+1, s.now()
		if invited {
			return s.store.DeleteAccount(ctx, id)
		}
		return s.store.UpdateAccount(ctx, a)
	})
	s.forgetAccount(id)
	return a.shown(), err
}

// ReactivateAccount lets a deactivated account sign in again.
func (s *Service) ReactivateAccount(ctx context.Context, p dispatch.Principal, id uuid.UUID, c Caller) error {
	return s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		a, err := s.managed(ctx, p, id)
		if err != nil || a.State != Deactivated {
			return err
		}
		a.State, a.UpdatedAt = Active, s.now()
		if err := s.store.UpdateAccount(ctx, a); err != nil {
			return err
		}
		return s.record(ctx, c, "account_reactivated", a.OrganizationID, a.ID, p.ID, nil)
	})
}

// managed locks an account that p may manage; any other is not found.
func (s *Service) managed(ctx context.Context, p dispatch.Principal, id uuid.UUID) (Account, error) {
	a, err := s.store.LockAccount(ctx, id)
	if err != nil {
		return a, err
	}
	if a.OrganizationID != p.OrganizationID || !mayManage(p, a.Role, a.ClientID) {
		return Account{}, dispatch.NotFound("account")
	}
	return a, nil
}

// NewAccount is an account made without an invitation.
type NewAccount struct {
	OrganizationID uuid.UUID
	Role           dispatch.Role
	ClientID       uuid.UUID
	TechnicianID   uuid.UUID
	Email          string
	Name           string
	Locale         string
	Password       string
}

// Provision makes an active account at once. It asks nobody's leave: it is for the program's own set-up (the demo organization), not for
// callers. The password is held to the same rules.
func (s *Service) Provision(ctx context.Context, n NewAccount) (Account, error) {
	var f dispatch.Faults
	email := checkPerson(&f, n.Email, n.Name, n.Locale)
	checkPassword(&f, "/password", n.Password, email)
	if err := f.Err(); err != nil {
		return Account{}, err
	}
	hash, err := s.hasher.hash(ctx, normalPassword(n.Password))
	if err != nil {
		return Account{}, err
	}
	a, err := s.newAccount(n.OrganizationID, n.Role, email, n.Name, n.Locale)
	if err != nil {
		return Account{}, err
	}
	a.ClientID, a.TechnicianID, a.PasswordHash, a.State = n.ClientID, n.TechnicianID, hash, Active
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error { return s.store.InsertAccount(ctx, a) })
	return a.shown(), emailTaken(err)
}

func (s *Service) newAccount(organizationID uuid.UUID, role dispatch.Role, email, name, locale string) (Account, error) {
	id, err := s.newID()
	now := s.now()
	return Account{
		ID: id, OrganizationID: organizationID, Role: role, Email: email, Name: name, Locale: locale,
		State: Invited, CreatedAt: now, UpdatedAt: now,
	}, err
}

// checkPerson notes what is wrong with /email, /name and /locale, and gives the normalised e-mail.
func checkPerson(f *dispatch.Faults, email, name, locale string) string {
	normal, ok := normalEmail(email)
	f.Check(ok, "/email", "email_invalid")
	checkName(f, "/name", name)
	checkLocale(f, locale)
	return normal
}

func checkLocale(f *dispatch.Faults, locale string) {
	f.Check(locale == "fr" || locale == "en", "/locale", "locale_unknown")
}
