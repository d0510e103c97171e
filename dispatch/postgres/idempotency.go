package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tournee/dispatch"
)

// idempotencyHours is how long an answer is given again (design: "Idempotency keys").
const idempotencyHours = "interval '24 hours'"

// Once runs fn in a transaction of the principal's organization unless the key was answered in the last 24 hours: then the same
// answer comes back, replayed. The answer is stored in the transaction that holds what fn wrote, so both are there or neither is.
// An error from fn, or an answer that refuses, undoes what fn wrote; a refusal that is kept is then stored alone.
// Errors: dispatch.KeyReused for another hash, dispatch.KeyInProgress while another transaction works on the key, fn's own, and
// the commit's.
func (d *DB) Once(ctx context.Context, p dispatch.Principal, k dispatch.IdempotencyKey, fn func(ctx context.Context) (dispatch.Answer, error)) (a dispatch.Answer, replayed bool, err error) {
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		return a, false, unavailable(fmt.Errorf("postgres: connecting: %w", err))
	}
	defer conn.Release()
	a, replayed, err = d.once(ctx, conn, p, k, fn)
	if err != nil || replayed || !a.Undone() || !a.Kept() {
		return a, replayed, translate(err)
	}
	return a, false, translate(keepRefusal(ctx, conn, p, k, a))
}

// once is Once without the refusals that are kept.
func (d *DB) once(ctx context.Context, conn *pgxpool.Conn, p dispatch.Principal, k dispatch.IdempotencyKey, fn func(ctx context.Context) (dispatch.Answer, error)) (a dispatch.Answer, replayed bool, err error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{BeginQuery: "BEGIN; SET LOCAL app.organization_id = '" + p.OrganizationID.String() + "'"})
	if err != nil {
		return a, false, unavailable(fmt.Errorf("postgres: beginning: %w", err))
	}
	committed := false
	defer func() {
		if !committed { // after the pipelined COMMIT below there is nothing to undo, and no round trip to spend on it
			_ = tx.Rollback(context.WithoutCancel(ctx))
		}
	}()
	if a, replayed, err = claim(ctx, tx, p, k); err != nil || replayed {
		return a, replayed, err
	}
	if a, err = fn(context.WithValue(ctx, txKey{}, scope{tx: tx, org: p.OrganizationID})); err != nil || a.Undone() {
		return a, false, err
	}
	err = keepAndCommit(ctx, conn, p, k, a)
	committed = err == nil
	return a, false, err
}

// claim takes the key for this transaction and looks for its answer, in one round trip. The lock is asked for first, by a statement
// of its own: the look-up's snapshot is then younger than the commit of whoever held it.
func claim(ctx context.Context, tx pgx.Tx, p dispatch.Principal, k dispatch.IdempotencyKey) (a dispatch.Answer, replayed bool, err error) {
	var free bool
	var hash []byte
	var status int16
	batch := &pgx.Batch{}
	batch.Queue(`SELECT pg_try_advisory_xact_lock($1)`, lockOf(p, k)).QueryRow(func(row pgx.Row) error { return row.Scan(&free) })
	batch.Queue(`
		SELECT request_hash, status, headers, body FROM idempotency_keys
		WHERE organization_id = $1 AND principal_id = $2 AND operation = $3 AND key = $4 AND created_at > now() - `+idempotencyHours,
		p.OrganizationID, p.ID, k.Operation, k.Key).QueryRow(func(row pgx.Row) error {
		err := row.Scan(&hash, &status, &a.Headers, &a.Body)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		replayed = err == nil
		return err
	})
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return a, false, fmt.Errorf("postgres: idempotency key: %w", err)
	}
	switch {
	case replayed && !bytes.Equal(hash, k.Hash):
		return dispatch.Answer{}, false, dispatch.KeyReused()
	case replayed:
		a.Status = int(status)
		return a, true, nil
	case !free:
		return a, false, dispatch.KeyInProgress()
	}
	return a, false, nil
}

// keepSQL replaces an answer of another age: only an expired row can be met by who holds the key's lock.
const keepSQL = `
	INSERT INTO idempotency_keys (organization_id, principal_id, operation, key, request_hash, status, headers, body)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (organization_id, principal_id, operation, key) DO UPDATE SET
		request_hash = excluded.request_hash, status = excluded.status, headers = excluded.headers, body = excluded.body,
		created_at = excluded.created_at
	WHERE idempotency_keys.created_at <= excluded.created_at - ` + idempotencyHours

func keepArgs(p dispatch.Principal, k dispatch.IdempotencyKey, a dispatch.Answer) []any {
	headers, body := a.Headers, a.Body
	if headers == nil {
		headers = map[string]string{}
	}
	if body == nil {
		body = []byte{}
	}
	return []any{p.OrganizationID, p.ID, k.Operation, k.Key, k.Hash, int16(a.Status), headers, body}
}

// keepAndCommit stores the answer and commits, in one round trip. PostgreSQL skips the COMMIT when the INSERT fails.
func keepAndCommit(ctx context.Context, conn *pgxpool.Conn, p dispatch.Principal, k dispatch.IdempotencyKey, a dispatch.Answer) error {
	batch := &pgx.Batch{}
	batch.Queue(keepSQL, keepArgs(p, k, a)...)
	batch.Queue(`COMMIT`)
	results := conn.SendBatch(ctx, batch)
	_, err := results.Exec()
	if err == nil {
		tag, commitErr := results.Exec()
		err = commitErr
		if err == nil && tag.String() != "COMMIT" { // a transaction that failed answers COMMIT with ROLLBACK
			err = pgx.ErrTxCommitRollback
		}
	}
	return errors.Join(err, results.Close())
}

// keepRefusal stores an answer whose writes were undone. Whoever answered the key meanwhile stays the one remembered.
func keepRefusal(ctx context.Context, conn *pgxpool.Conn, p dispatch.Principal, k dispatch.IdempotencyKey, a dispatch.Answer) error {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{BeginQuery: "BEGIN; SET LOCAL app.organization_id = '" + p.OrganizationID.String() + "'"})
	if err != nil {
		return unavailable(fmt.Errorf("postgres: beginning: %w", err))
	}
	if err := keepAndCommit(ctx, conn, p, k, a); err != nil {
		return errors.Join(err, tx.Rollback(context.WithoutCancel(ctx)))
	}
	return nil
}

// lockOf is the advisory lock of a key: 64 bits of a hash, so that two different keys practically never meet.
func lockOf(p dispatch.Principal, k dispatch.IdempotencyKey) int64 {
	h := sha256.New()
	h.Write(p.OrganizationID[:])
	h.Write(p.ID[:])
	h.Write([]byte(k.Operation + "\x00" + k.Key))
	return int64(binary.BigEndian.Uint64(h.Sum(nil)))
}
