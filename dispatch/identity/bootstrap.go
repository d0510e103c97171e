package identity

import (
	"context"

	"github.com/google/uuid"

	"tournee/dispatch"
)

// Bootstrap makes the first organization and its administrator.
type Bootstrap struct {
	Token            string
	OrganizationName string
	OrganizationSlug string
	TimeZone         string // IANA
	Email            string
	Name             string
	Locale           string
	Password         string
}

// BootstrapToken is what whoever runs the program needs to make the first administrator, good for BootstrapTTL and once; "" when there is an
// administrator. While one is live it is given again, so that every node prints the same.
func (s *Service) BootstrapToken(ctx context.Context) (token string, err error) {
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		if err := s.store.LockSigningKeys(ctx); err != nil { // two nodes that start at once make one
			return err
		}
		exists, err := s.store.AnyAdministrator(ctx)
		if err != nil || exists {
			return err
		}
		latest, err := s.store.LatestOneTimes(ctx, ForBootstrap, "")
		if err != nil {
			return err
		}
		now := s.now()
		if len(latest) > 0 && now.Before(latest[0].ExpiresAt) {
			token = s.oneTimeToken(ForBootstrap, latest[0].ID)
			return nil
		}
		id, err := s.newID()
		if err != nil {
			return err
		}
		token = s.oneTimeToken(ForBootstrap, id)
		return s.store.InsertOneTime(ctx, OneTime{ID: id, Purpose: ForBootstrap, Locale: s.config.Locale, CreatedAt: now, ExpiresAt: now.Add(BootstrapTTL)})
	})
	return token, err
}

// Bootstrap makes an organization and its administrator, and signs them in. Errors: link_invalid (401), bootstrap_done (409), account_exists
// (409), invalid with faults at /email, /name, /locale, /password and those the Directory finds.
func (s *Service) Bootstrap(ctx context.Context, b Bootstrap, c Caller) (Tokens, error) {
	t, err := s.oneTime(ctx, ForBootstrap, b.Token)
	if err != nil {
		return Tokens{}, err
	}
	var f dispatch.Faults
	email := checkPerson(&f, b.Email, b.Name, b.Locale)
	checkName(&f, "/organization_name", b.OrganizationName)
	checkPassword(&f, "/password", b.Password, email)
	if err := f.Err(); err != nil {
		return Tokens{}, err
	}
	hash, err := s.hasher.hash(ctx, normalPassword(b.Password))
	if err != nil {
		return Tokens{}, err
	}
	var session Session
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		if err := s.take(ctx, t); err != nil {
			return err
		}
		exists, err := s.store.AnyAdministrator(ctx)
		if err != nil {
			return err
		}
		if exists {
			return dispatch.Conflict("bootstrap_done", nil)
		}
		organizationID, err := s.directory.CreateOrganization(ctx, NewOrganization{
			Name: b.OrganizationName, Slug: b.OrganizationSlug, TimeZone: b.TimeZone, Locale: b.Locale,
		})
		if err != nil {
			return err
		}
		a, err := s.newAccount(organizationID, dispatch.RoleAdministrator, email, b.Name, b.Locale)
		if err != nil {
			return err
		}
		a.PasswordHash, a.State = hash, Active
		if err := s.store.InsertAccount(ctx, a); err != nil {
			return err
		}
		if err := s.record(ctx, c, "bootstrapped", organizationID, a.ID, a.ID, nil); err != nil {
			return err
		}
		session, err = s.sessionFor(ctx, a, "bootstrap", c)
		return err
	})
	if err != nil {
		return Tokens{}, emailTaken(err)
	}
	return s.tokens(ctx, session)
}
