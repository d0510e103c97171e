package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"tournee/dispatch"
	"tournee/dispatch/identity"
)

// Identity keeps accounts, sessions and keys: the tables of schema identity, which belong to no tenant. It is an identity.Store.
type Identity struct{ *DB }

var _ identity.Store = Identity{}

// Alone runs fn in a transaction of its own, apart from one that ctx may carry.
func (i Identity) Alone(ctx context.Context, fn func(ctx context.Context) error) error {
	return i.Tx(context.WithValue(ctx, txKey{}, nil), uuid.Nil, fn)
}

// MailJob is the queued order to send a mail. It holds ids alone (identity.Mail says why).
type MailJob struct {
	identity.Mail
}

// Kind names the job in the queue's table.
func (MailJob) Kind() string { return "mail" }

// MailWorker adds the worker that sends queued mails to StartJobs' workers; deliver is identity.Service.DeliverMail.
func MailWorker(deliver func(ctx context.Context, m identity.Mail) error) func(*river.Workers) {
	return func(all *river.Workers) {
		river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[MailJob]) error { return deliver(ctx, j.Args.Mail) }))
	}
}

// EnqueueMail adds a MailJob in the transaction.
func (i Identity) EnqueueMail(ctx context.Context, m identity.Mail) error {
	_, err := i.jobs.InsertTx(ctx, i.tx(ctx), MailJob{Mail: m}, &river.InsertOpts{MaxAttempts: 12})
	return err
}

// orNull is nil for the zero value: what the tables keep as NULL.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// orZero is the zero value for NULL.
func orZero[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

func (i Identity) deleted(ctx context.Context, statement string, before time.Time) (int64, error) {
	tag, err := i.tx(ctx).Exec(ctx, statement, before)
	return tag.RowsAffected(), err
}

// absent turns no row into NotFound(noun).
func absent(err error, noun string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return dispatch.NotFound(noun)
	}
	return err
}

// exactly scans the one row; no row is NotFound(noun).
func exactly[T any](rows pgx.Rows, err error, scan pgx.RowToFunc[T], noun string) (T, error) {
	if err != nil {
		var zero T
		return zero, err
	}
	v, err := pgx.CollectExactlyOneRow(rows, scan)
	return v, absent(err, noun)
}

// all scans every row.
func all[T any](rows pgx.Rows, err error, scan pgx.RowToFunc[T]) ([]T, error) {
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}
