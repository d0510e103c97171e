package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch/identity"
)

// InsertOneTime adds a one-time token's row.
func (i Identity) InsertOneTime(ctx context.Context, t identity.OneTime) error {
	_, err := i.tx(ctx).Exec(ctx, `
		INSERT INTO identity.one_time_tokens (id, purpose, organization_id, account_id, email, locale, name, details, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		t.ID, t.Purpose, orNull(t.OrganizationID), orNull(t.AccountID), t.Email, t.Locale, t.Name, t.Client, t.CreatedAt, t.ExpiresAt)
	return err
}

const oneTimeColumns = `id, purpose, organization_id, account_id, email, locale, name, details, created_at, expires_at`

func scanOneTime(row pgx.CollectableRow) (t identity.OneTime, err error) {
	var organization, account *uuid.UUID
	err = row.Scan(&t.ID, &t.Purpose, &organization, &account, &t.Email, &t.Locale, &t.Name, &t.Client, &t.CreatedAt, &t.ExpiresAt)
	t.OrganizationID, t.AccountID = orZero(organization), orZero(account)
	return t, err
}

// OneTime reads a one-time token's row.
func (i Identity) OneTime(ctx context.Context, id uuid.UUID) (identity.OneTime, error) {
	rows, err := i.tx(ctx).Query(ctx, `SELECT `+oneTimeColumns+` FROM identity.one_time_tokens WHERE id = $1`, id)
	return exactly(rows, err, scanOneTime, "link")
}

// TakeOneTime deletes the row and gives it: to one caller only.
func (i Identity) TakeOneTime(ctx context.Context, id uuid.UUID) (identity.OneTime, error) {
	rows, err := i.tx(ctx).Query(ctx, `DELETE FROM identity.one_time_tokens WHERE id = $1 RETURNING `+oneTimeColumns, id)
	return exactly(rows, err, scanOneTime, "link")
}

// LatestOneTimes gives those of a purpose under an e-mail, newest first.
func (i Identity) LatestOneTimes(ctx context.Context, p identity.Purpose, email string) ([]identity.OneTime, error) {
	rows, err := i.tx(ctx).Query(ctx, `
		SELECT `+oneTimeColumns+` FROM identity.one_time_tokens WHERE email = $1 AND purpose = $2 ORDER BY id DESC`, email, p)
	return all(rows, err, scanOneTime)
}

// DeleteOneTimes deletes those of a purpose under an e-mail.
func (i Identity) DeleteOneTimes(ctx context.Context, p identity.Purpose, email string) error {
	_, err := i.tx(ctx).Exec(ctx, `DELETE FROM identity.one_time_tokens WHERE email = $1 AND purpose = $2`, email, p)
	return err
}

// DeleteExpiredOneTimes deletes those that ran out before the time.
func (i Identity) DeleteExpiredOneTimes(ctx context.Context, before time.Time) (int64, error) {
	return i.deleted(ctx, `DELETE FROM identity.one_time_tokens WHERE expires_at < $1`, before)
}
