package backup

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tournee/dispatch/postgres/pgtest"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// A schema with all that is hard to carry over, as a migration leaves it.
var migrated = pgtest.NewTemplate("backup", func(ctx context.Context, url string) error {
	return run(ctx, url, `
		CREATE TABLE goose_db_version (id int GENERATED ALWAYS AS IDENTITY, version_id bigint);
		INSERT INTO goose_db_version (version_id) VALUES (7);
		CREATE SCHEMA jobs;
		CREATE UNLOGGED TABLE jobs.leader (name text);
		INSERT INTO jobs.leader VALUES ('volatile');
		CREATE TABLE jobs."Queue" ("the id" bigserial PRIMARY KEY, args jsonb NOT NULL, state text);
		-- Named so that order by name is against the references.
		CREATE TABLE a_visits (
			organization_id uuid NOT NULL, id uuid NOT NULL, technician_id uuid NOT NULL, parent_id uuid, during tstzrange NOT NULL,
			PRIMARY KEY (organization_id, id),
			FOREIGN KEY (organization_id, parent_id) REFERENCES a_visits,
			EXCLUDE USING gist (organization_id WITH =, technician_id WITH =, during WITH &&));
		CREATE TABLE b_technicians (
			organization_id uuid NOT NULL, id uuid NOT NULL, name text NOT NULL, skills text[], photo bytea, leads uuid, last_visit uuid,
			pay numeric(12, 2), rate float8, shift interval, since timestamptz,
			name_key text GENERATED ALWAYS AS (lower(name)) STORED,
			PRIMARY KEY (organization_id, id));
		ALTER TABLE a_visits ADD FOREIGN KEY (organization_id, technician_id) REFERENCES b_technicians;
		ALTER TABLE b_technicians ADD CONSTRAINT last FOREIGN KEY (organization_id, last_visit) REFERENCES a_visits;
		CREATE TABLE c_organizations (id uuid PRIMARY KEY, metadata jsonb);
		ALTER TABLE b_technicians ADD FOREIGN KEY (organization_id) REFERENCES c_organizations;
		CREATE TABLE events (
			organization_id uuid NOT NULL REFERENCES c_organizations, id bigint GENERATED ALWAYS AS IDENTITY,
			written_by xid8 NOT NULL DEFAULT pg_current_xact_id(), kind text) PARTITION BY LIST (kind);
		CREATE TABLE events_planned PARTITION OF events FOR VALUES IN ('planned');
		CREATE TABLE events_other PARTITION OF events DEFAULT;
		ALTER TABLE a_visits ENABLE ROW LEVEL SECURITY;
		ALTER TABLE a_visits FORCE ROW LEVEL SECURITY;
		CREATE POLICY own ON a_visits USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);`)
})

const org = "'0198c0de-0000-7000-8000-000000000001'"

// A day's work, circles and odd characters included.
const work = `
	INSERT INTO c_organizations VALUES (` + org + `, '{"b": [1, 2.50, null], "a": "l''été \\n \" ☃"}');
	INSERT INTO b_technicians (organization_id, id, name, skills, photo, pay, rate, shift, since)
	SELECT ` + org + `, ('0198c0de-0000-7000-8000-1' || lpad(n::text, 11, '0'))::uuid,
		E'Éloïse\t"\\N"\n' || n, CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN '{}' ELSE '{"réseau, wifi","NULL",NULL}'::text[] END,
		decode(md5(n::text), 'hex'), n * 1234.56, 1 / n::float8, make_interval(months => n, mins => n, secs => 0.000001), '2026-10-25 02:30:00.123456+02'
	FROM generate_series(1, 50) n;
	INSERT INTO a_visits SELECT organization_id, id, id AS technician_id, NULL, tstzrange('2026-11-21 09:00+01', '2026-11-21 10:00+01') FROM b_technicians;
	INSERT INTO a_visits SELECT organization_id, gen_random_uuid(), technician_id, id, tstzrange('2026-11-21 10:00+01', NULL, '(]') FROM a_visits;
	UPDATE b_technicians SET last_visit = id;
	INSERT INTO jobs."Queue" (args, state) SELECT jsonb_build_object('n', n, 'text', ''), CASE WHEN n % 2 = 0 THEN '' END FROM generate_series(1, 20) n;
	INSERT INTO events (organization_id, kind) SELECT ` + org + `, CASE WHEN n % 2 = 0 THEN 'planned' ELSE 'refused' END FROM generate_series(1, 30) n;
	DELETE FROM events WHERE id = 30;
	-- As on a cluster that has seen more transactions than the one restored to.
	UPDATE events SET written_by = '900000000000';`

var schema = Schema{
	Version: func(ctx context.Context, tx pgx.Tx) (version string, err error) {
		err = tx.QueryRow(ctx, "SELECT max(version_id)::text FROM public.goose_db_version").Scan(&version)
		return version, err
	},
	Skip: []string{"public.goose_db_version"},
}

var at = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

func run(ctx context.Context, url, statements string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.PgConn().Exec(ctx, statements).ReadAll()
	return errors.Join(err, conn.Close(ctx))
}

func mustRun(t *testing.T, url, statements string) {
	t.Helper()
	if err := run(t.Context(), url, statements); err != nil {
		t.Fatal(err)
	}
}

// contents is every row that a person would miss, as text.
func contents(t *testing.T, db *pgtest.DB) map[string][]string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), db.Superuser)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	all := map[string][]string{}
	for name, query := range map[string]string{
		"organizations": "SELECT o::text FROM c_organizations o ORDER BY 1",
		"technicians":   "SELECT r::text FROM b_technicians r ORDER BY 1",
		"visits":        "SELECT v::text FROM a_visits v ORDER BY 1",
		"jobs":          `SELECT q::text FROM jobs."Queue" q ORDER BY 1`,
		"events":        "SELECT (organization_id, id, kind, tableoid::regclass)::text FROM events ORDER BY id",
	} {
		rows, err := conn.Query(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		if all[name], err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// backedUp is a database with a day's work in it, and its backup.
func backedUp(t *testing.T) (db *pgtest.DB, path string, m Manifest) {
	t.Helper()
	db = migrated.New(t)
	mustRun(t, db.Superuser, work)
	path = filepath.Join(t.TempDir(), "tournee.backup")
	m, err := Write(t.Context(), db.Superuser, path, schema, at)
	if err != nil {
		t.Fatal(err)
	}
	return db, path, m
}

func TestABackupRestoredIntoANewDatabaseGivesTheSameRows(t *testing.T) {
	t.Parallel()
	from, path, written := backedUp(t)
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("the file's mode is %v (%v), want that only its owner reads it", info.Mode(), err)
	}
	if written.Rows() != 1+50+100+20+29 || written.SchemaVersion != "7" || !written.Created.Equal(at) {
		t.Errorf("the manifest says %+v", written)
	}
	to := migrated.New(t)
	read, err := Restore(t.Context(), to.Superuser, path, schema)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(written, read); diff != "" {
		t.Errorf("the manifest read differs from the one written (-written +read):\n%s", diff)
	}
	if diff := cmp.Diff(contents(t, from), contents(t, to)); diff != "" {
		t.Errorf("the rows differ (-backed up +restored):\n%s", diff)
	}
	conn, err := pgx.Connect(t.Context(), to.Superuser)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	var event, job int64
	if err := conn.QueryRow(t.Context(), `INSERT INTO events (organization_id, kind) VALUES (`+org+`, 'planned') RETURNING id`).Scan(&event); err != nil || event != 31 {
		t.Errorf("the next event is %d (%v), want 31: a number once given is not given again", event, err)
	}
	if err := conn.QueryRow(t.Context(), `INSERT INTO jobs."Queue" (args) VALUES ('{}') RETURNING "the id"`).Scan(&job); err != nil || job != 21 {
		t.Errorf("the next job is %d (%v), want 21", job, err)
	}
	var loose int
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND condeferrable").Scan(&loose); err != nil || loose > 0 {
		t.Errorf("%d foreign keys were left deferrable (%v)", loose, err)
	}
}

func TestABackupSeesOneInstantWhileOthersWrite(t *testing.T) {
	t.Parallel()
	db := migrated.New(t)
	mustRun(t, db.Superuser, work)
	moving := schema
	moving.Version = func(ctx context.Context, tx pgx.Tx) (string, error) {
		version, err := schema.Version(ctx, tx)
		// The snapshot is taken; what comes now is too late for it.
		return version, errors.Join(err, run(ctx, db.Superuser, "DELETE FROM a_visits WHERE parent_id IS NOT NULL; INSERT INTO events (organization_id, kind) VALUES ("+org+", 'late')"))
	}
	path := filepath.Join(t.TempDir(), "tournee.backup")
	m, err := Write(t.Context(), db.Superuser, path, moving, at)
	if err != nil {
		t.Fatal(err)
	}
	if m.Rows() != 1+50+100+20+29 {
		t.Errorf("the backup holds %d rows", m.Rows())
	}
	if _, err := Restore(t.Context(), migrated.New(t).Superuser, path, schema); err != nil {
		t.Error(err)
	}
}

func TestARestoreThatDoesNotFitChangesNothing(t *testing.T) {
	t.Parallel()
	_, path, _ := backedUp(t)
	for name, c := range map[string]struct{ before, want string }{
		"a database in use":        {"INSERT INTO c_organizations VALUES (" + org + ")", "not empty (public.c_organizations)"},
		"another schema version":   {"INSERT INTO goose_db_version (version_id) VALUES (8)", "schema version 7 and the database of version 8"},
		"a schema changed by hand": {"ALTER TABLE a_visits ADD note text", "differ"},
		"a stricter rule":          {"ALTER TABLE events_planned ADD CHECK (id < 20)", "events_planned"},
		"another set of tables":    {`ALTER TABLE jobs."Queue" SET UNLOGGED`, "differ"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := migrated.New(t)
			mustRun(t, to.Superuser, c.before)
			before := contents(t, to)
			_, err := Restore(t.Context(), to.Superuser, path, schema)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "nothing was changed") {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if diff := cmp.Diff(before, contents(t, to)); diff != "" {
				t.Errorf("the database was changed:\n%s", diff)
			}
		})
	}
}

func TestARoleThatSeesOnlySomeRowsMayNeitherBackUpNorRestore(t *testing.T) {
	t.Parallel()
	db, path, _ := backedUp(t)
	dir := t.TempDir()
	if _, err := Write(t.Context(), db.Migrator, filepath.Join(dir, "b"), schema, at); err == nil || !strings.Contains(err.Error(), "row-level security binds this role on public.a_visits") {
		t.Errorf("backup: got %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("a failed backup left %v", left)
	}
	if _, err := Restore(t.Context(), migrated.New(t).Migrator, path, schema); err == nil || !strings.Contains(err.Error(), "row-level security binds") {
		t.Errorf("restore: got %v", err)
	}
}

func TestABackupReplacesNoFile(t *testing.T) {
	t.Parallel()
	db, path, _ := backedUp(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.Context(), db.Superuser, path, schema, at); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("got %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the first backup was changed (%v)", err)
	}
}

func TestADamagedBackupIsRefusedAndNothingChanged(t *testing.T) {
	t.Parallel()
	_, path, _ := backedUp(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := migrated.New(t)
	empty := contents(t, to)
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/3] ^= 1
	for name, c := range map[string]struct {
		damaged []byte
		want    string
	}{
		"cut off":           {whole[:len(whole)/2], "no whole backup"},
		"its end missing":   {whole[:len(whole)-1], "no whole backup"},
		"a bit flipped":     {flipped, "damaged"},
		"a row added":       {rewritten(t, whole, "tables/public.c_organizations.copy", func(s string) string { return s + s }), "c_organizations is damaged: it holds 2 rows"},
		"a row altered":     {rewritten(t, whole, "tables/public.a_visits.copy", func(s string) string { return strings.Replace(s, "09:00", "09:30", 1) }), "a_visits is damaged: it holds 100 rows"},
		"a table cut off":   {rewritten(t, whole, "tables/public.a_visits.copy", func(s string) string { return s[:len(s)-5] }), "a_visits is damaged: the last row is cut off"},
		"of another format": {rewritten(t, whole, manifestEntry, func(s string) string { return strings.Replace(s, `"format": 1`, `"format": 2`, 1) }), "format 2"},
		"empty":             {nil, "no whole backup"},
	} {
		file := filepath.Join(t.TempDir(), "damaged")
		if err := os.WriteFile(file, c.damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Restore(t.Context(), to.Superuser, file, schema); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Fatalf("%s: got %v, want %q", name, err, c.want)
		}
		if diff := cmp.Diff(empty, contents(t, to)); diff != "" {
			t.Errorf("%s: the database was changed:\n%s", name, diff)
		}
	}
	if _, err := Restore(t.Context(), to.Superuser, path, schema); err != nil {
		t.Errorf("the whole backup, afterwards: %v", err)
	}
}

// rewritten is an archive with one entry changed by someone who keeps the
// archive itself sound.
func rewritten(t *testing.T, archive []byte, entry string, change func(string) string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	changed := false
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == entry {
			after := change(string(text))
			changed = after != string(text)
			text = []byte(after)
		}
		e, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil || !changed {
		t.Fatalf("%s is as it was (%v)", entry, err)
	}
	return out.Bytes()
}

func TestNoFlippedByteGoesUnnoticed(t *testing.T) {
	t.Parallel()
	_, path, want := backedUp(t)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range file {
		if i%31 != 0 && i < len(file)-250 { // the end whole, the rest in part
			continue
		}
		file[i] ^= 0x10
		archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
		if err == nil {
			var have Manifest
			// Where the byte bears no content, such as an entry's date, the content
			// is all there.
			if have, err = check(archive); err == nil && !cmp.Equal(have, want) {
				t.Errorf("byte %d flipped: accepted as %+v", i, have)
			}
		}
		file[i] ^= 0x10
	}
}

func TestARestoreSettlesTheDatabaseInTheSameTransaction(t *testing.T) {
	t.Parallel()
	_, path, _ := backedUp(t)
	to := migrated.New(t)
	settling := schema
	settling.Settle = func(context.Context, pgx.Tx) error { return errors.New("cannot settle here") }
	if _, err := Restore(t.Context(), to.Superuser, path, settling); err == nil {
		t.Fatal("a restore that could not be settled is told as done")
	}
	settling.Settle = func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "COMMENT ON TABLE public.events IS 'settled'")
		return err
	}
	if _, err := Restore(t.Context(), to.Superuser, path, settling); err != nil {
		t.Fatalf("after the failed one, which left nothing, a restore gave %v", err)
	}
	conn, err := pgx.Connect(t.Context(), to.Superuser)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	var comment string
	if err := conn.QueryRow(t.Context(), "SELECT obj_description('events'::regclass)").Scan(&comment); err != nil || comment != "settled" {
		t.Errorf("the comment is %q (%v)", comment, err)
	}
}
