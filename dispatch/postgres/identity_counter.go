package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"tournee/dispatch/identity"
)

const counterColumns = `name, source, failures, failed_at, succeeded_at`

// Counter reads a count of failed sign-ins; one never written is zero.
func (i Identity) Counter(ctx context.Context, name []byte, source string) (identity.Counter, error) {
	c, err := scanCounter(i.tx(ctx).QueryRow(ctx, `SELECT `+counterColumns+` FROM identity.sign_in_counters WHERE name = $1 AND source = $2`, name, source))
	if errors.Is(err, pgx.ErrNoRows) {
		return identity.Counter{Name: name, Source: source}, nil
	}
	return c, err
}

// LockCounter reads a count, made if need be, and keeps it until the transaction ends.
func (i Identity) LockCounter(ctx context.Context, name []byte, source string, at time.Time) (identity.Counter, error) {
	return scanCounter(i.tx(ctx).QueryRow(ctx, `
		INSERT INTO identity.sign_in_counters AS c (name, source, failures, failed_at) VALUES ($1, $2, 0, $3)
		ON CONFLICT (name, source) DO UPDATE SET failures = c.failures RETURNING `+counterColumns, name, source, at))
}

func scanCounter(row pgx.Row) (c identity.Counter, err error) {
	var succeeded *time.Time
	err = row.Scan(&c.Name, &c.Source, &c.Failures, &c.FailedAt, &succeeded)
	c.SucceededAt = orZero(succeeded)
	return c, err
}

// UpdateCounter writes a count.
func (i Identity) UpdateCounter(ctx context.Context, c identity.Counter) error {
	_, err := i.tx(ctx).Exec(ctx, `UPDATE identity.sign_in_counters SET failures = $3, failed_at = $4, succeeded_at = $5 WHERE name = $1 AND source = $2`,
		c.Name, c.Source, c.Failures, c.FailedAt, orNull(c.SucceededAt))
	return err
}

// DeleteCounters deletes counts that neither failed nor succeeded since the time.
func (i Identity) DeleteCounters(ctx context.Context, before time.Time) (int64, error) {
	return i.deleted(ctx, `DELETE FROM identity.sign_in_counters WHERE failed_at < $1 AND (succeeded_at IS NULL OR succeeded_at < $1)`, before)
}
