package identity

import (
	"context"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
)

// Purpose is what a one-time token is for.
type Purpose string

// The purposes of a one-time token.
const (
	ForSignUp        Purpose = "sign_up"
	ForInvitation    Purpose = "invitation"
	ForPasswordReset Purpose = "password_reset"
	ForBootstrap     Purpose = "bootstrap"
)

// OneTime is a token that works once. The token is a MAC over purpose and id (Service.oneTimeToken): the row cannot give it away.
type OneTime struct {
	ID             uuid.UUID
	Purpose        Purpose
	OrganizationID uuid.UUID // sign-up: whose client the person becomes
	AccountID      uuid.UUID // invitation: who is invited
	Email          string    // normalised; "" for bootstrap
	Locale         string
	Name           string    // sign-up: of the person
	Client         NewClient // sign-up: who the client will be
	CreatedAt      time.Time
	ExpiresAt      time.Time
}

// How many links one address is sent. Older links stay good when a newer one is sent, so that a stranger who asks for another
// cannot spoil the owner's.
const (
	linkPause = time.Minute
	linksLive = 5 // live links per purpose and e-mail
)

func (s *Service) oneTimeToken(p Purpose, id uuid.UUID) string {
	return s.secrets.mint("one-time "+string(p), id[:])
}

// oneTime looks at a token without spending it. Errors: link_invalid (401) for one that is not ours, spent, or expired.
func (s *Service) oneTime(ctx context.Context, p Purpose, token string) (t OneTime, err error) {
	raw, err := s.secrets.open("one-time "+string(p), token, 16)
	if err != nil {
		return t, refused("link_invalid", err)
	}
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		t, err = s.store.OneTime(ctx, uuid.UUID(raw))
		return err
	})
	return t, s.spent(t, p, err)
}

// take spends a token looked at before, inside the transaction in ctx, with every other of its purpose and e-mail.
func (s *Service) take(ctx context.Context, seen OneTime) error {
	t, err := s.store.TakeOneTime(ctx, seen.ID)
	if err := s.spent(t, seen.Purpose, err); err != nil {
		return err
	}
	return s.store.DeleteOneTimes(ctx, t.Purpose, t.Email)
}

func (s *Service) spent(t OneTime, p Purpose, err error) error {
	if isNotFound(err) || err == nil && (t.Purpose != p || !s.now().Before(t.ExpiresAt)) {
		return refused("link_invalid", err)
	}
	return err
}

// send makes a one-time token and enqueues the mail that carries it, in the transaction in ctx; it silently does neither when the address
// was sent one a moment ago, or has enough.
func (s *Service) send(ctx context.Context, t OneTime, ttl time.Duration) error {
	now := s.now()
	latest, err := s.store.LatestOneTimes(ctx, t.Purpose, t.Email)
	if err != nil {
		return err
	}
	live := 0
	for _, l := range latest {
		if now.Before(l.ExpiresAt) {
			live++
		}
	}
	if live >= linksLive || len(latest) > 0 && now.Before(latest[0].CreatedAt.Add(linkPause)) {
		return nil
	}
	if t.ID, err = s.newID(); err != nil {
		return err
	}
	t.CreatedAt, t.ExpiresAt = now, now.Add(ttl)
	if err := s.store.InsertOneTime(ctx, t); err != nil {
		return err
	}
	return s.store.EnqueueMail(ctx, Mail{Template: string(t.Purpose), OneTimeID: t.ID})
}

// checkedHash is the hash of a new password, or every fault of it at /password.
func (s *Service) checkedHash(ctx context.Context, password, email string) (string, error) {
	var f dispatch.Faults
	checkPassword(&f, "/password", password, email)
	if err := f.Err(); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, normalPassword(password))
}
