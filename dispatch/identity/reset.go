package identity

import (
	"context"

	"github.com/google/uuid"
)

// RequestReset mails a link that sets a new password. The answer, and the work done before it, are the same for an e-mail nobody has: the job
// that sends the mail finds out, and sends nothing. Anything that is no address is taken for one nobody has. locale is of the caller.
func (s *Service) RequestReset(ctx context.Context, email, locale string, _ Caller) error {
	normal, ok := normalEmail(email)
	if !ok {
		return nil
	}
	if locale != "en" {
		locale = "fr"
	}
	return s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		return s.send(ctx, OneTime{Purpose: ForPasswordReset, Email: normal, Locale: locale}, ResetTTL)
	})
}

// ResetPassword sets the password of the account behind a mailed link, ends every session of it and clears the counts of failed sign-ins.
// The person signs in again with the new password; a mail tells them of the change. Errors: link_invalid (401), invalid with faults at /password.
func (s *Service) ResetPassword(ctx context.Context, token, password string, c Caller) error {
	t, err := s.oneTime(ctx, ForPasswordReset, token)
	if err != nil {
		return err
	}
	hash, err := s.checkedHash(ctx, password, t.Email)
	if err != nil {
		return err
	}
	var a Account
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		if err := s.take(ctx, t); err != nil {
			return err
		}
		found, err := s.store.AccountByEmail(ctx, t.Email)
		if isNotFound(err) {
			return refused("link_invalid", err)
		}
		if err != nil {
			return err
		}
		if a, err = s.store.LockAccount(ctx, found.ID); err != nil {
			return err
		}
		if a.State != Active || a.Email != t.Email {
			return refused("link_invalid", nil)
		}
		a.PasswordHash, a.Epoch, a.UpdatedAt = hash, a.Epoch+1, s.now()
		if err := s.store.UpdateAccount(ctx, a); err != nil {
			return err
		}
		if err := s.forgive(ctx, a.Email, c); err != nil {
			return err
		}
		if err := s.record(ctx, c, "password_reset", a.OrganizationID, a.ID, a.ID, nil); err != nil {
			return err
		}
		return s.store.EnqueueMail(ctx, Mail{Template: passwordChanged, AccountID: a.ID})
	})
	s.forgetAccount(a.ID)
	return err
}
