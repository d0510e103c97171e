// Package postgres keeps the business in PostgreSQL: it is the only place with SQL. One file per noun, rows to domain values and back.
//
// Every statement runs inside a transaction that DB.Tx puts into the context; the transaction carries the organization that
// row-level security compares (design: "Row-level security").
package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"tournee/dispatch"
)

// DB is the store of every organization, on one pool of connections of the serving role.
type DB struct {
	pool *pgxpool.Pool
	jobs *river.Client[pgx.Tx] // enqueues only; StartJobs makes the one that works
}

// defaultConns is the size of the pool unless the connection string has a pool_max_conns. pgx's own default, one for each processor but at least
// four, makes calls wait for a connection while those that have one wait for the disk: of sixteen clients' requests, some 30 % fewer were taken in a second.
const defaultConns = 16

// Open connects as the serving role and refuses a role that row-level security does not bind.
func Open(ctx context.Context, dsn string, maxConns int32) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("postgres: reading the connection string: %w", err)
	}
	switch {
	case maxConns > 0:
		cfg.MaxConns = maxConns
	case !strings.Contains(dsn, "pool_max_conns"):
		cfg.MaxConns = max(cfg.MaxConns, defaultConns)
	}
	// A lost client must not hold row locks: no transaction of ours waits for anything but its own next statement.
	cfg.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "15s"
	cfg.ConnConfig.RuntimeParams["lock_timeout"] = "10s"
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.AfterConnect = registerUUID
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("postgres: connecting: %w", err)
	}
	db := &DB{pool: pool}
	if err := db.refuseBypass(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return db, nil
}

// Close returns every connection.
func (d *DB) Close() { d.pool.Close() }

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error { return d.pool.Ping(ctx) }

func (d *DB) refuseBypass(ctx context.Context) error {
	var role string
	var bypass bool
	err := d.pool.QueryRow(ctx, `SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user`).Scan(&role, &bypass)
	if err != nil {
		return fmt.Errorf("postgres: reading the serving role: %w", err)
	}
	if bypass {
		return fmt.Errorf("postgres: refusing to serve as role %q: it bypasses row-level security, which keeps organizations apart; connect as a role with NOSUPERUSER NOBYPASSRLS", role)
	}
	return nil
}

type txKey struct{}

// scope is the transaction in a context and the organization it is bound to (the zero UUID: the tenant-free identity tables only).
type scope struct {
	tx  pgx.Tx
	org uuid.UUID
}

// Tx runs fn in one transaction bound to the organization; fn's context carries it, and every method of DB called with that
// context is part of it. A transaction already in ctx is joined through a savepoint: an error from fn undoes fn's part alone.
// It commits when fn gives nil. A zero organization opens the identity tables only.
func (d *DB) Tx(ctx context.Context, org uuid.UUID, fn func(ctx context.Context) error) error {
	if s, ok := ctx.Value(txKey{}).(scope); ok {
		return d.nest(ctx, s, org, fn)
	}
	begin := "BEGIN"
	if org != uuid.Nil {
		begin += "; SET LOCAL app.organization_id = '" + org.String() + "'" // a UUID's text holds nothing to escape; one round trip instead of two
	}
	tx, err := d.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		return unavailable(fmt.Errorf("postgres: beginning: %w", err))
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // does nothing after Commit
	if err := fn(context.WithValue(ctx, txKey{}, scope{tx: tx, org: org})); err != nil {
		return translate(err)
	}
	return translate(tx.Commit(ctx))
}

// Apart implements dispatch.Store.
func (d *DB) Apart(ctx context.Context) context.Context {
	return context.WithValue(context.WithoutCancel(ctx), txKey{}, nil)
}

// Join is Tx, but for the savepoint inside another transaction: that is two round trips less on the busiest paths. The caller gives fn's error
// on to whoever began the transaction, which undoes all of it; a transaction in which a statement failed cannot be committed anyhow.
func (d *DB) Join(ctx context.Context, org uuid.UUID, fn func(ctx context.Context) error) error {
	if s, ok := ctx.Value(txKey{}).(scope); !ok || s.org != org {
		return d.Tx(ctx, org, fn)
	}
	return translate(fn(ctx))
}

func (d *DB) nest(ctx context.Context, s scope, org uuid.UUID, fn func(ctx context.Context) error) error {
	if s.org != org && s.org != uuid.Nil && org != uuid.Nil {
		return fmt.Errorf("postgres: a transaction of organization %s asked for rows of %s", s.org, org)
	}
	sp, err := s.tx.Begin(ctx)
	if err != nil {
		return fmt.Errorf("postgres: savepoint: %w", err)
	}
	defer func() { _ = sp.Rollback(context.WithoutCancel(ctx)) }()
	if s.org == uuid.Nil && org != uuid.Nil {
		if _, err := sp.Exec(ctx, `SELECT set_config('app.organization_id', $1, true)`, org.String()); err != nil {
			return fmt.Errorf("postgres: binding the organization: %w", err)
		}
		s.org = org
	}
	s.tx = sp
	if err := fn(context.WithValue(ctx, txKey{}, s)); err != nil {
		return translate(err)
	}
	return translate(sp.Commit(ctx))
}

// tx is the transaction in ctx. Calling a method of DB outside DB.Tx is a defect, told as such.
func (d *DB) tx(ctx context.Context) pgx.Tx {
	s, ok := ctx.Value(txKey{}).(scope)
	if !ok {
		panic("postgres: called outside a transaction")
	}
	return s.tx
}

// org is the organization the transaction in ctx is bound to.
func org(ctx context.Context) uuid.UUID {
	s, _ := ctx.Value(txKey{}).(scope)
	return s.org
}

// The conditions a caller can act on, by SQLSTATE (PostgreSQL manual, appendix A).
const (
	sqlUnique      = "23505"
	sqlForeignKey  = "23503"
	sqlExclusion   = "23P01"
	sqlSerialize   = "40001"
	sqlDeadlock    = "40P01"
	sqlLockTimeout = "55P03"
)

// translate gives a database error the kind its caller acts on; other errors pass unchanged.
func translate(err error) error {
	var known *dispatch.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		if lost(err) {
			return unavailable(err)
		}
		return err
	}
	switch pg.Code {
	case sqlUnique:
		if strings.HasSuffix(pg.ConstraintName, "_external_id_key") {
			return &dispatch.Error{Kind: dispatch.KindConflict, Code: "external_id.taken", Err: err}
		}
		return &dispatch.Error{Kind: dispatch.KindConflict, Code: "already_exists", Params: map[string]any{"constraint": pg.ConstraintName}, Err: err}
	case sqlForeignKey:
		return &dispatch.Error{Kind: dispatch.KindConflict, Code: "still_in_use", Params: map[string]any{"constraint": pg.ConstraintName}, Err: err}
	case sqlExclusion:
		if pg.ConstraintName == "shifts_do_not_overlap" {
			return &dispatch.Error{Kind: dispatch.KindConflict, Code: "shift.overlap", Err: err}
		}
		return &dispatch.Error{Kind: dispatch.KindConflict, Code: "double_booking", Err: err}
	case sqlSerialize, sqlDeadlock, sqlLockTimeout:
		return &dispatch.Error{Kind: dispatch.KindConflict, Code: "busy", Err: err}
	case "57P01", "57P02", "57P03", "53300", "08006", "08003": // shutting down, crashed, starting, too many connections, connection gone
		return unavailable(err)
	}
	return err
}

// lost says whether the connection failed rather than what was asked over it: a database that is killed does not always have the time
// to say so. Whether a commit under way came through is then not known; a repeat with the same key tells.
func lost(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	_, broken := errors.AsType[*net.OpError](err)
	return broken || pgconn.SafeToRetry(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, pgconn.ErrConnClosed) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

func unavailable(err error) error {
	return &dispatch.Error{Kind: dispatch.KindUnavailable, Code: "database_unavailable", Err: err}
}
