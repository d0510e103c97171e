package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch/identity"
)

const sessionColumns = `s.id, s.account_id, s.epoch, s.generation, s.user_agent, s.created_at, s.rotated_at, s.expires_at, s.revoked_at`

func sessionTargets(s *identity.Session, revoked **time.Time) []any {
	return []any{&s.ID, &s.AccountID, &s.Epoch, &s.Generation, &s.UserAgent, &s.CreatedAt, &s.RotatedAt, &s.ExpiresAt, revoked}
}

// InsertSession adds a session.
func (i Identity) InsertSession(ctx context.Context, s identity.Session) error {
	_, err := i.tx(ctx).Exec(ctx, `
		INSERT INTO identity.sessions (id, account_id, epoch, generation, user_agent, created_at, rotated_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		s.ID, s.AccountID, s.Epoch, s.Generation, s.UserAgent, s.CreatedAt, s.RotatedAt, s.ExpiresAt)
	return err
}

// LockSession reads a session; presentations of its tokens wait for one another.
func (i Identity) LockSession(ctx context.Context, id uuid.UUID) (s identity.Session, err error) {
	var revoked *time.Time
	err = i.tx(ctx).QueryRow(ctx, `SELECT `+sessionColumns+` FROM identity.sessions s WHERE s.id = $1 FOR UPDATE`, id).Scan(sessionTargets(&s, &revoked)...)
	s.RevokedAt = orZero(revoked)
	return s, absent(err, "session")
}

// UpdateSession writes generation, rotation, expiry and revocation.
func (i Identity) UpdateSession(ctx context.Context, s identity.Session) error {
	_, err := i.tx(ctx).Exec(ctx, `UPDATE identity.sessions SET generation = $2, rotated_at = $3, expires_at = $4, revoked_at = $5 WHERE id = $1`,
		s.ID, s.Generation, s.RotatedAt, s.ExpiresAt, orNull(s.RevokedAt))
	return err
}

// SessionAccount reads a session and its account in one query.
func (i Identity) SessionAccount(ctx context.Context, id uuid.UUID) (s identity.Session, a identity.Account, err error) {
	var revoked *time.Time
	var n accountNulls
	err = i.tx(ctx).QueryRow(ctx, `
		SELECT `+sessionColumns+`, `+accountColumns+`
		FROM identity.sessions s JOIN identity.accounts a ON a.id = s.account_id WHERE s.id = $1`, id).
		Scan(append(sessionTargets(&s, &revoked), accountTargets(&a, &n)...)...)
	s.RevokedAt = orZero(revoked)
	n.fill(&a)
	return s, a, absent(err, "session")
}

// DeleteSessions deletes sessions over since before the time.
func (i Identity) DeleteSessions(ctx context.Context, before time.Time) (int64, error) {
	return i.deleted(ctx, `DELETE FROM identity.sessions WHERE expires_at < $1 OR revoked_at < $1`, before)
}
