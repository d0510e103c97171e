package migrations_test

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tournee/dispatch/postgres/pgtest"
	"tournee/migrations"
)

func up(t *testing.T, dsn string) error {
	t.Helper()
	return migrations.Up(t.Context(), dsn, slog.New(slog.DiscardHandler))
}

// applied lists the versions in the order in which they were applied.
func applied(t *testing.T, dsn string) (versions []int64, jobs int) {
	t.Helper()
	conn := connect(t, dsn)
	err := conn.QueryRow(t.Context(), `SELECT array_agg(version_id ORDER BY id) FILTER (WHERE is_applied AND version_id > 0), (SELECT count(*) FROM jobs.river_migration) FROM goose_db_version`).
		Scan(&versions, &jobs)
	if err != nil {
		t.Fatal(err)
	}
	return versions, jobs
}

func checkApplied(t *testing.T, dsn string) {
	t.Helper()
	newest, err := migrations.Version()
	if err != nil {
		t.Fatal(err)
	}
	versions, jobs := applied(t, dsn)
	if int64(len(versions)) != newest || jobs == 0 {
		t.Fatalf("applied are %v and %d of the queue's, want each up to %d once", versions, jobs, newest)
	}
	for i, v := range versions {
		if v != int64(i)+1 {
			t.Fatalf("applied are %v, want each up to %d once, in order", versions, newest)
		}
	}
}

func TestMigratingTwiceFindsNothingToDo(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for range 2 {
		if err := up(t, db.Migrator); err != nil {
			t.Fatal(err)
		}
		checkApplied(t, db.Superuser)
	}
}

func TestProgramsThatMigrateAtOnceTakeTurns(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	faults := make([]error, 4)
	var all sync.WaitGroup
	for i := range faults {
		all.Go(func() { faults[i] = up(t, db.Migrator) })
	}
	all.Wait()
	if err := errors.Join(faults...); err != nil {
		t.Fatal(err)
	}
	checkApplied(t, db.Superuser)
}

func TestTheServingRoleCannotMigrate(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	var refused *pgconn.PgError
	if err := up(t, db.Serving); !errors.As(err, &refused) || refused.Code != "42501" { // insufficient_privilege
		t.Errorf("migrating as the serving role gave %v, want a refusal for want of rights", err)
	}
}

func TestTheServingRoleRefusesADatabaseThatIsTooOld(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	check := func() error { return migrations.Check(t.Context(), db.Serving) }
	refused := func(when string) {
		t.Helper()
		if err := check(); err == nil || !strings.Contains(err.Error(), "older than this program") {
			t.Errorf("%s: got %v, want that it is too old", when, err)
		}
	}
	refused("never migrated")
	if err := up(t, db.Migrator); err != nil {
		t.Fatal(err)
	}
	if err := check(); err != nil {
		t.Errorf("migrated: %v", err)
	}
	owner := connect(t, db.Migrator)
	change := func(statement string) {
		t.Helper()
		if _, err := owner.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	change(`INSERT INTO goose_db_version (version_id, is_applied) SELECT max(version_id) + 1, true FROM goose_db_version`)
	if err := check(); err != nil {
		t.Errorf("migrated by a newer program: %v", err)
	}
	change(`DELETE FROM goose_db_version WHERE version_id > 1`)
	refused("migrated by an older program")
	change(`REVOKE SELECT ON goose_db_version FROM tournee`)
	refused("migrated by a program that kept the version to itself")
}

func TestAStatementTooMuchChangesNothing(t *testing.T) {
	t.Parallel()
	conn := connect(t, schema.New(t).Serving)
	for _, statement := range []string{
		`UPDATE events SET kind = 'x'`, `DELETE FROM events`, `TRUNCATE visits`, `CREATE TABLE mine (id int)`, `CREATE TEMPORARY TABLE mine (id int)`,
		`CREATE SCHEMA mine`, `ALTER TABLE visits NO FORCE ROW LEVEL SECURITY`, `DROP POLICY tenant ON visits`, `SET ROLE tournee_migrator`,
	} {
		var refused *pgconn.PgError
		if _, err := conn.Exec(t.Context(), statement); !errors.As(err, &refused) || refused.Code != "42501" {
			t.Errorf("the serving role's %q gave %v, want a refusal for want of rights", statement, err)
		}
	}
}
