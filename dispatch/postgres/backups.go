package postgres

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"tournee/dispatch/postgres/backup"
	"tournee/migrations"
)

// Backup writes the whole database behind dsn to a new file. The role must be one that row-level security does not bind.
func Backup(ctx context.Context, dsn, path string, now time.Time) (backup.Manifest, error) {
	return backup.Write(ctx, dsn, path, backupSchema(), now)
}

// Restore fills a migrated, empty database from a backup. What it restores belongs to an earlier era: new events come after it
// whatever the transaction ids of the two clusters are, and a reader of events goes on where it was.
func Restore(ctx context.Context, dsn, path string) (backup.Manifest, error) {
	return backup.Restore(ctx, dsn, path, backupSchema())
}

// Analyze refreshes the statistics that query plans are chosen by. PostgreSQL does it by itself within minutes; after many rows came at once it
// should not wait. The role must own the tables.
func Analyze(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("postgres: connecting: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, `DO $$ DECLARE t regclass; BEGIN
		FOR t IN SELECT c.oid FROM pg_class c WHERE c.relkind = 'r' AND pg_has_role(c.relowner, 'USAGE') AND c.relnamespace IN
			(SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'identity', '`+migrations.JobSchema+`')) LOOP
			EXECUTE format('ANALYZE %s', t);
		END LOOP; END $$`); err != nil {
		return fmt.Errorf("postgres: analyzing: %w", err)
	}
	return nil
}

func backupSchema() backup.Schema {
	return backup.Schema{
		Version: func(ctx context.Context, tx pgx.Tx) (version string, err error) {
			err = tx.QueryRow(ctx, `SELECT max(version_id)::text FROM public.goose_db_version WHERE is_applied`).Scan(&version)
			return version, err
		},
		Skip:   []string{"public.goose_db_version", "jobs.river_migration"},
		Settle: beginEra,
	}
}

// beginEra makes the events written from now on those of the era after every restored one.
func beginEra(ctx context.Context, tx pgx.Tx) error {
	var last int
	if err := tx.QueryRow(ctx, `SELECT coalesce(max(era), 0) FROM public.events`).Scan(&last); err != nil {
		return fmt.Errorf("reading the last era: %w", err)
	}
	_, err := tx.Exec(ctx, `CREATE OR REPLACE FUNCTION public.current_era() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT `+strconv.Itoa(last+1)+` $$`)
	return err
}
