package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tournee/dispatch/postgres/embedded"

	"github.com/jackc/pgx/v5"
)

var migrated atomic.Int32

var bookings = NewTemplate("bookings", func(ctx context.Context, url string) error {
	migrated.Add(1)
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `CREATE TABLE bookings (number int PRIMARY KEY); GRANT SELECT, INSERT ON bookings TO `+embedded.Serving)
	return errors.Join(err, conn.Close(ctx))
})

func open(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestEachTestBooksInADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			conn := open(t, bookings.New(t).Serving)
			var count, roles int
			if _, err := conn.Exec(t.Context(), "INSERT INTO bookings VALUES (1)"); err != nil {
				t.Fatal(err)
			}
			if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM bookings").Scan(&count); err != nil || count != 1 {
				t.Errorf("%d bookings, %v", count, err)
			}
			err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_roles WHERE rolname = current_user AND NOT rolsuper AND NOT rolbypassrls").Scan(&roles)
			if err != nil || roles != 1 {
				t.Errorf("the serving role bypasses row-level security (%v)", err)
			}
			if _, err := conn.Exec(t.Context(), "CREATE TABLE mine (id int)"); err == nil {
				t.Error("the serving role creates tables")
			}
			if have := migrated.Load(); have != 1 {
				t.Errorf("the template was migrated %d times", have)
			}
		})
	}
}

func TestADatabaseIsDroppedWhenItsTestEnds(t *testing.T) {
	t.Parallel()
	var db *DB
	t.Run("uses it", func(t *testing.T) {
		db = New(t)
		if _, err := open(t, db.Migrator).Exec(t.Context(), "CREATE TABLE mine (during tstzrange, who int, EXCLUDE USING gist (who WITH =, during WITH &&))"); err != nil {
			t.Error(err)
		}
	})
	conn, err := pgx.Connect(t.Context(), db.Superuser)
	if err == nil {
		_ = conn.Close(t.Context())
		t.Fatal("it is still there")
	}
	if !strings.Contains(err.Error(), "3D000") {
		t.Errorf("got %v, want that the database does not exist", err)
	}
}

// childTest is set in the environment of a copy of this program that is killed.
const childTest = "TOURNEE_TEST_PGTEST_CHILD"

func TestTheServerAndItsFolderGoWithTheProcess(t *testing.T) {
	t.Parallel()
	if os.Getenv(childTest) != "" {
		New(t)
		fmt.Println("ready")
		_, _ = io.Copy(io.Discard, os.Stdin) // until killed
		return
	}
	dir, err := os.MkdirTemp("", "pgtest-kill-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), childTest+"=1", "TMPDIR="+dir)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the child says %q (%v)", line, err)
	}
	if made, _ := filepath.Glob(filepath.Join(dir, "*", "data", "cluster")); len(made) != 1 {
		t.Fatalf("the child's folders: %v", made)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		if left, _ := os.ReadDir(dir); len(left) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
	t.Errorf("left behind: %v", left)
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		bookings.New(b)
	}
}
