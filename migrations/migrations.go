// Package migrations brings a database to the present schema: the business's tables and the job queue's, forward only, under one lock.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// JobSchema is the schema of the job queue's tables, apart from the business's: they are not a tenant's.
const JobSchema = "jobs"

//go:embed *.sql
var files embed.FS

// Up migrates the database behind dsn, as the role that will own the tables. Several programs may call it at once: one works, the
// others wait their turn and find nothing to do.
func Up(ctx context.Context, dsn string, log *slog.Logger) (err error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return fmt.Errorf("migrations: reading the connection string: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("migrations: connecting: %w", err)
	}
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	return locked(ctx, db, func() error {
		if err := upBusiness(ctx, db, log); err != nil {
			return err
		}
		if _, err := pool.Exec(ctx, `GRANT SELECT ON goose_db_version TO tournee`); err != nil { // for Check
			return fmt.Errorf("migrations: granting the version: %w", err)
		}
		return upJobs(ctx, pool, log)
	})
}

// Check refuses a database that is older than this binary, and changes nothing: the serving role behind dsn may. A newer database is
// well, for programs of two versions serve side by side while one replaces the other.
func Check(ctx context.Context, dsn string) error {
	newest, err := Version()
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("migrations: connecting: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var version int64
	err = conn.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	// Before the first migration there is no such table, and a binary older than Check did not let the serving role read it.
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok && (refused.Code == undefinedTable || refused.Code == insufficientPrivilege) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("migrations: reading the database's version: %w", err)
	}
	if version < newest {
		return fmt.Errorf("the database's schema is older than this program, which needs version %d: run tournee migrate with MIGRATE_DATABASE_URL, as the role that owns the schema", newest)
	}
	return nil
}

// PostgreSQL's codes of refusals (its manual, appendix A).
const (
	undefinedTable        = "42P01"
	insufficientPrivilege = "42501"
)

// Version is the newest migration this binary knows.
func Version() (int64, error) {
	sources, err := goose.NewProvider(goose.DialectPostgres, stdlib.OpenDB(pgx.ConnConfig{}), files)
	if err != nil {
		return 0, fmt.Errorf("migrations: %w", err)
	}
	list := sources.ListSources()
	return list[len(list)-1].Version, nil
}

// locked runs fn while holding goose's session lock, polled five times a second for at most two minutes.
func locked(ctx context.Context, db *sql.DB, fn func() error) (err error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120), lock.WithUnlockTimeout(1, 10))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("migrations: connecting: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := locker.SessionLock(ctx, conn); err != nil {
		return fmt.Errorf("migrations: waiting for another program that migrates: %w", err)
	}
	defer func() { err = errors.Join(err, locker.SessionUnlock(context.WithoutCancel(ctx), conn)) }()
	return fn()
}

func upBusiness(ctx context.Context, db *sql.DB, log *slog.Logger) error {
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	done, err := provider.Up(ctx)
	for _, m := range done {
		log.Info("migrated", "file", m.Source.Path, "took", m.Duration)
	}
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	return nil
}

func upJobs(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	if _, err := pool.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS `+JobSchema); err != nil {
		return fmt.Errorf("migrations: job schema: %w", err)
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: JobSchema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("migrations: jobs: %w", err)
	}
	done, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return fmt.Errorf("migrations: jobs: %w", err)
	}
	if len(done.Versions) == 0 {
		return nil
	}
	log.Info("migrated the job queue", "versions", len(done.Versions))
	_, err = pool.Exec(ctx, `GRANT USAGE ON SCHEMA `+JobSchema+` TO tournee;
		GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA `+JobSchema+` TO tournee;
		GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA `+JobSchema+` TO tournee`)
	if err != nil {
		return fmt.Errorf("migrations: granting the job queue: %w", err)
	}
	return nil
}
