// Package pgtest gives a test a PostgreSQL database of its own on a real
// server. The first test of a process that asks starts the server, with fsync
// off; it ends, and its folder goes, when the process does, however that ends.
//
// A database is a copy of a template that is migrated once a process:
//
//	var schema = pgtest.NewTemplate("dispatch", migrations.Up)
//
//	func TestBooking(t *testing.T) {
//		db := schema.New(t)
//		pool, err := pgxpool.New(t.Context(), db.Serving)
//
// The environment's TEST_POSTGRES_BIN, else PG_BIN, names the folder of
// PostgreSQL binaries to use.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tournee/dispatch/postgres/embedded"

	"github.com/jackc/pgx/v5"
)

// DB is one test's database: its connection strings as each role. Only the
// superuser bypasses row-level security.
type DB struct {
	Serving, Migrator, Superuser string
}

// Template is a database that is made once a process and then copied.
type Template struct {
	name    string
	migrate func(ctx context.Context, migratorURL string) error

	once sync.Once
	err  error
}

// NewTemplate declares a template. The name is unique in the process; migrate
// fills a new database, which has the extension btree_gist and nothing else,
// and leaves no connection to it open.
func NewTemplate(name string, migrate func(ctx context.Context, migratorURL string) error) *Template {
	return &Template{name: "template_" + name, migrate: migrate}
}

// New copies the template. The copy is dropped when the test ends.
func (tp *Template) New(t testing.TB) *DB {
	t.Helper()
	s := server(t)
	tp.once.Do(func() { tp.err = tp.make(s) })
	if tp.err != nil {
		t.Fatalf("the database template %s: %v", tp.name, tp.err)
	}
	return copyOf(t, s, tp.name)
}

// New gives an empty database, which has the extension btree_gist and nothing
// else. It is dropped when the test ends.
func New(t testing.TB) *DB {
	t.Helper()
	return copyOf(t, server(t), embedded.Database)
}

func (tp *Template) make(s *embedded.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := create(ctx, s, tp.name, embedded.Database); err != nil {
		return err
	}
	return tp.migrate(ctx, s.URL(embedded.Migrator, tp.name))
}

var copies atomic.Int64

func copyOf(t testing.TB, s *embedded.Server, template string) *DB {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	name := "test_" + strconv.FormatInt(copies.Add(1), 10)
	if err := create(ctx, s, name, template); err != nil {
		t.Fatalf("copy the database %s: %v", template, err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := execute(ctx, s, "DROP DATABASE "+quoted(name)+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return &DB{
		Serving:   s.URL(embedded.Serving, name),
		Migrator:  s.URL(embedded.Migrator, name),
		Superuser: s.URL(embedded.Superuser, name),
	}
}

// create copies a database with the rights that the embedded server gives on
// its own, which PostgreSQL does not copy.
func create(ctx context.Context, s *embedded.Server, name, template string) error {
	return execute(ctx, s,
		fmt.Sprintf("CREATE DATABASE %s OWNER %s TEMPLATE %s", quoted(name), embedded.Migrator, quoted(template)),
		fmt.Sprintf("REVOKE ALL ON DATABASE %s FROM PUBLIC", quoted(name)),
		fmt.Sprintf("GRANT CONNECT ON DATABASE %s TO %s", quoted(name), embedded.Serving),
	)
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// execute runs statements as the superuser, each in a transaction of its own.
func execute(ctx context.Context, s *embedded.Server, statements ...string) error {
	conn, err := pgx.Connect(ctx, s.URL(embedded.Superuser, "postgres"))
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err = conn.Exec(ctx, statement); err != nil {
			break
		}
	}
	return errors.Join(err, conn.Close(ctx))
}
