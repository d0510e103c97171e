package identity

import (
	"context"

	"github.com/google/uuid"
)

// SignIn proves a local account by e-mail and password. Whatever is wrong, name or password or state, the answer and the time it takes are
// the same. Errors: sign_in_failed (401), sign_in_backoff (429, with Params["seconds"]), sign_in_busy (503).
func (s *Service) SignIn(ctx context.Context, email, password string, c Caller) (Tokens, error) {
	email, _ = normalEmail(email) // "" for what is no address: then a name nobody has
	if err := s.reserve(ctx, email, c); err != nil {
		return Tokens{}, err
	}
	var a Account
	err := s.store.Alone(ctx, func(ctx context.Context) (err error) {
		a, err = s.store.AccountByEmail(ctx, email)
		return err
	})
	if err != nil && !isNotFound(err) {
		return Tokens{}, err
	}
	if len(password) > 16*PasswordMax { // longer than any password can be, however its script is spelled: not worth hashing
		password = ""
	}
	password = normalPassword(password)
	ok, outdated, err := s.hasher.matches(ctx, a.PasswordHash, password)
	if err != nil {
		return Tokens{}, err
	}
	if !ok || a.State != Active {
		return Tokens{}, s.signInFailed(ctx, a, c)
	}
	hash := a.PasswordHash
	if outdated {
		if hash, err = s.hasher.hash(ctx, password); err != nil {
			return Tokens{}, err
		}
	}
	session, err := s.admit(ctx, a, hash, c)
	if err != nil {
		return Tokens{}, err
	}
	if session.ID == uuid.Nil {
		return Tokens{}, s.signInFailed(ctx, a, c)
	}
	return s.tokens(ctx, session)
}

// admit starts the session of an account whose password was right, unless the account changed since it was read: then no session.
func (s *Service) admit(ctx context.Context, seen Account, hash string, c Caller) (session Session, err error) {
	err = s.store.Alone(ctx, func(ctx context.Context) error {
		a, err := s.store.LockAccount(ctx, seen.ID)
		if err != nil {
			return err
		}
		if a.State != Active || a.PasswordHash != seen.PasswordHash {
			return nil
		}
		if hash != a.PasswordHash {
			a.PasswordHash, a.UpdatedAt = hash, s.now()
			if err := s.store.UpdateAccount(ctx, a); err != nil {
				return err
			}
		}
		if err := s.refund(ctx, a.Email, c); err != nil {
			return err
		}
		session, err = s.sessionFor(ctx, a, "password", c)
		return err
	})
	return session, err
}

func (s *Service) signInFailed(ctx context.Context, a Account, c Caller) error {
	err := s.store.Alone(ctx, func(ctx context.Context) error {
		return s.record(ctx, c, "sign_in_failed", a.OrganizationID, a.ID, uuid.Nil, nil)
	})
	if err != nil {
		return err
	}
	return refused("sign_in_failed", nil)
}

// sessionFor starts a session inside the transaction in ctx and notes how the person proved themselves.
func (s *Service) sessionFor(ctx context.Context, a Account, by string, c Caller) (Session, error) {
	session, err := s.begin(ctx, a, c)
	if err != nil {
		return session, err
	}
	return session, s.record(ctx, c, "signed_in", a.OrganizationID, a.ID, a.ID, map[string]any{"by": by})
}
