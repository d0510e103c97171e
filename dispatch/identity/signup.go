package identity

import (
	"context"

	"github.com/google/uuid"

	"tournee/dispatch"
)

// SignUp is a household or company that wants to become a client of an organization.
type SignUp struct {
	OrganizationSlug string
	Kind             string // "household" or "company"
	ClientName       string // of the company; a household takes the person's
	Email            string
	Name             string // of the person
	Locale           string
}

func (u SignUp) client(email string) NewClient {
	name := u.ClientName
	if u.Kind == "household" {
		name = u.Name
	}
	return NewClient{Kind: u.Kind, Name: name, Email: email, Locale: u.Locale}
}

// SignUp sends a link that confirms the e-mail. It takes no password: the password is chosen with the link in hand (ConfirmSignUp), so that
// nobody can prepare an account under another person's address and wait for them to confirm it. The answer, and the work done before it,
// are the same whether the e-mail has an account or not; the job that sends the mail finds out, and tells the owner of an account.
// Errors: not_found for the slug, invalid with faults at /kind, /client_name, /email, /name, /locale.
func (s *Service) SignUp(ctx context.Context, u SignUp, _ Caller) error {
	var f dispatch.Faults
	email := checkPerson(&f, u.Email, u.Name, u.Locale)
	f.Check(u.Kind == "household" || u.Kind == "company", "/kind", "client_kind_unknown")
	if u.Kind == "company" {
		checkName(&f, "/client_name", u.ClientName)
	}
	if err := f.Err(); err != nil {
		return err
	}
	return s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		organizationID, err := s.directory.OrganizationBySlug(ctx, u.OrganizationSlug)
		if err != nil {
			return err
		}
		return s.send(ctx, OneTime{
			Purpose: ForSignUp, OrganizationID: organizationID, Email: email, Locale: u.Locale, Name: u.Name, Client: u.client(email),
		}, SignUpTTL)
	})
}

// ConfirmSignUp makes the client and its account with the password, and signs the person in. Errors: link_invalid (401), invalid with
// faults at /password, account_exists (409).
func (s *Service) ConfirmSignUp(ctx context.Context, token, password string, c Caller) (Tokens, error) {
	t, err := s.oneTime(ctx, ForSignUp, token)
	if err != nil {
		return Tokens{}, err
	}
	hash, err := s.checkedHash(ctx, password, t.Email)
	if err != nil {
		return Tokens{}, err
	}
	a, err := s.newAccount(t.OrganizationID, dispatch.RoleClient, t.Email, t.Name, t.Locale)
	if err != nil {
		return Tokens{}, err
	}
	a.PasswordHash, a.State = hash, Active
	var session Session
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		if err := s.take(ctx, t); err != nil {
			return err
		}
		session, err = s.insertClient(ctx, a, t.Client, "sign_up", c)
		return err
	})
	if err != nil {
		return Tokens{}, emailTaken(err)
	}
	return s.tokens(ctx, session)
}

// insertClient makes the client and its first account, and starts a session, inside the transaction in ctx.
func (s *Service) insertClient(ctx context.Context, a Account, n NewClient, by string, c Caller) (session Session, err error) {
	err = s.store.Tx(ctx, a.OrganizationID, func(ctx context.Context) error {
		a.ClientID, err = s.directory.CreateClient(ctx, a.OrganizationID, n)
		return err
	})
	if err != nil {
		return session, err
	}
	if err := s.store.InsertAccount(ctx, a); err != nil {
		return session, err
	}
	if a.Email != "" {
		if err := s.refund(ctx, a.Email, c); err != nil {
			return session, err
		}
	}
	if err := s.record(ctx, c, "account_created", a.OrganizationID, a.ID, a.ID, map[string]any{"role": a.Role}); err != nil {
		return session, err
	}
	return s.sessionFor(ctx, a, by, c)
}
