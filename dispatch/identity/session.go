package identity

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
)

// Session is one sign-in on one device: a family of refresh tokens, numbered by generation, of which only the newest is good
// (RFC 9700 §4.14.2: refresh token rotation).
type Session struct {
	ID         uuid.UUID
	AccountID  uuid.UUID
	Epoch      int // the account's when the session began
	Generation int // of the newest refresh token, from 1
	UserAgent  string
	CreatedAt  time.Time
	RotatedAt  time.Time
	ExpiresAt  time.Time
	RevokedAt  time.Time // zero while not revoked
}

// Tokens are what a signed-in person's app keeps.
type Tokens struct {
	AccountID        uuid.UUID
	AccessToken      string
	ExpiresIn        time.Duration // of the access token
	RefreshToken     string
	RefreshExpiresAt time.Time // unless refreshed
}

type presented uint8

// What the presentation of a refresh token means.
const (
	sessionOver presented = iota // revoked, expired, or of an older epoch
	rotate                       // the newest token: make the next
	repeat                       // the one before, again, by the same app, in the grace time: the answer was lost; give the same next token again
	reuse                        // an older token: two parties hold the family, so it ends
)

// present decides what a refresh token of the generation means now.
//
// The grace: when the answer to a refresh is lost on the way, the app knows the old token only and presents it again. Within
// RefreshGrace of the rotation, and with the same user agent, it gets the very token that was lost, not another branch of the family.
// A thief who uses the grace therefore ends up with the same token as the owner, and the next time both use it the second one is
// reuse: the theft is found one rotation later, never missed.
func (s Session) present(generation, epoch int, userAgent string, now time.Time) presented {
	switch {
	case !s.live(epoch, now), generation > s.Generation: // a greater one comes from a database since restored from a backup
		return sessionOver
	case generation == s.Generation:
		return rotate
	case generation == s.Generation-1 && !now.After(s.RotatedAt.Add(RefreshGrace)) && userAgent == s.UserAgent:
		return repeat
	default:
		return reuse
	}
}

// live reports whether the session goes on, given its account's epoch.
func (s Session) live(epoch int, now time.Time) bool {
	return s.RevokedAt.IsZero() && s.Epoch == epoch && now.Before(s.ExpiresAt)
}

// rotated is the session with its next refresh token.
func (s Session) rotated(now time.Time) Session {
	s.Generation++
	s.RotatedAt = now
	s.ExpiresAt = sessionExpiry(s.CreatedAt, now)
	return s
}

func sessionExpiry(created, now time.Time) time.Time {
	idle, end := now.Add(RefreshIdle), created.Add(SessionTTL)
	if end.Before(idle) {
		return end
	}
	return idle
}

const (
	refreshPrefix = "trr_" // lets a scanner for leaked secrets know one
	refreshSize   = 16 + 4 // session id, generation
)

func (s *Service) refreshToken(id uuid.UUID, generation int) string {
	return refreshPrefix + s.secrets.mint("refresh", binary.BigEndian.AppendUint32(id[:], uint32(generation)))
}

// parseRefresh reads a refresh token; one that we never made is an error.
func (s *Service) parseRefresh(token string) (id uuid.UUID, generation int, err error) {
	body, ok := strings.CutPrefix(token, refreshPrefix)
	if !ok {
		return uuid.Nil, 0, errNotOurs
	}
	data, err := s.secrets.open("refresh", body, refreshSize)
	if err != nil {
		return uuid.Nil, 0, err
	}
	return uuid.UUID(data[:16]), int(binary.BigEndian.Uint32(data[16:])), nil
}

// begin starts a session of the account inside the transaction in ctx.
func (s *Service) begin(ctx context.Context, a Account, c Caller) (Session, error) {
	id, err := s.newID()
	if err != nil {
		return Session{}, err
	}
	now := s.now()
	session := Session{
		ID: id, AccountID: a.ID, Epoch: a.Epoch, Generation: 1, UserAgent: c.agent(),
		CreatedAt: now, RotatedAt: now, ExpiresAt: sessionExpiry(now, now),
	}
	return session, s.store.InsertSession(ctx, session)
}

// tokens are the session's newest.
func (s *Service) tokens(ctx context.Context, session Session) (Tokens, error) {
	access, err := s.accessToken(ctx, session.AccountID, session.ID)
	return Tokens{
		AccountID: session.AccountID, AccessToken: access, ExpiresIn: AccessTTL,
		RefreshToken: s.refreshToken(session.ID, session.Generation), RefreshExpiresAt: session.ExpiresAt,
	}, err
}

// Refresh exchanges a refresh token for new tokens; the old one is then spent. A spent token presented again, but for the grace that
// Session.present explains, ends the session for everyone who holds one of its tokens. Errors: session_ended (401).
func (s *Service) Refresh(ctx context.Context, token string, c Caller) (Tokens, error) {
	id, generation, err := s.parseRefresh(token)
	if err != nil {
		return Tokens{}, refused("session_ended", err)
	}
	var session Session
	var meaning presented
	err = s.store.Alone(ctx, func(ctx context.Context) error {
		session, err = s.store.LockSession(ctx, id)
		if isNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		a, err := s.store.Account(ctx, session.AccountID)
		if err != nil {
			return err
		}
		now := s.now()
		meaning = session.present(generation, a.Epoch, c.agent(), now)
		switch meaning {
		case rotate:
			session = session.rotated(now)
			return s.store.UpdateSession(ctx, session)
		case reuse:
			session.RevokedAt = now
			return errors.Join(s.store.UpdateSession(ctx, session),
				s.record(ctx, c, "refresh_token_reused", a.OrganizationID, a.ID, a.ID, map[string]any{"session": session.ID}))
		default:
			return nil
		}
	})
	if err != nil {
		return Tokens{}, err
	}
	if meaning == reuse {
		s.sessions.drop(session.ID)
	}
	if meaning != rotate && meaning != repeat {
		return Tokens{}, refused("session_ended", nil)
	}
	return s.tokens(ctx, session)
}

// SignOut ends the session that the refresh token belongs to. A token that is not ours, or of a session long over, is no error: the
// caller is signed out either way (as RFC 7009 §2.2 has it).
func (s *Service) SignOut(ctx context.Context, token string, c Caller) error {
	id, _, err := s.parseRefresh(token)
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		session, err := s.store.LockSession(ctx, id)
		if isNotFound(err) || err == nil && !session.RevokedAt.IsZero() {
			return nil
		}
		if err != nil {
			return err
		}
		session.RevokedAt = s.now()
		if err := s.store.UpdateSession(ctx, session); err != nil {
			return err
		}
		a, err := s.store.Account(ctx, session.AccountID)
		if err != nil {
			return err
		}
		return s.record(ctx, c, "signed_out", a.OrganizationID, a.ID, a.ID, nil)
	})
	s.sessions.drop(id)
	return err
}

// SignOutEverywhere ends every session of the caller's account, at once on this node and within RevocationDelay on the others.
// Partners have no sessions (forbidden); they revoke a key.
func (s *Service) SignOutEverywhere(ctx context.Context, p dispatch.Principal, c Caller) error {
	if p.Role == dispatch.RolePartner {
		return dispatch.Forbidden()
	}
	err := s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		a, err := s.store.LockAccount(ctx, p.ID)
		if err != nil {
			return err
		}
		a.Epoch, a.UpdatedAt = a.Epoch+1, s.now()
		if err := s.store.UpdateAccount(ctx, a); err != nil {
			return err
		}
		return s.record(ctx, c, "signed_out_everywhere", a.OrganizationID, a.ID, a.ID, nil)
	})
	s.forgetAccount(p.ID)
	return err
}
