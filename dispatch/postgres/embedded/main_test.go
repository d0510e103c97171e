package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// childFolder names the data folder in the environment of a copy of this test
// program that plays the program to be killed.
const childFolder = "TOURNEE_TEST_EMBEDDED_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		if err := bookUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	for _, dir := range seeds.dirs {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// bookUntilKilled starts the server and commits one booking after another,
// printing the number of each once it is acknowledged.
func bookUntilKilled(dir string) error {
	ctx := context.Background()
	s, err := Start(ctx, Options{DataDir: dir, BinDir: os.Getenv("PG_BIN")})
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, s.URL(Migrator, Database))
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS bookings (number int PRIMARY KEY)"); err != nil {
		return err
	}
	for number := 1; ; number++ {
		if _, err := conn.Exec(ctx, "INSERT INTO bookings VALUES ($1)", number); err != nil {
			return err
		}
		fmt.Println(number)
	}
}

// testRoot is the memory file system where there is one to write to: what a
// kill loses does not depend on the disk.
func testRoot() string {
	const memory = "/dev/shm"
	if os.Getenv("TMPDIR") != "" {
		return os.TempDir()
	}
	probe, err := os.MkdirTemp(memory, "tournee-probe-")
	if err != nil {
		return os.TempDir()
	}
	_ = os.Remove(probe)
	return memory
}

// newDir is an empty folder that the account which runs PostgreSQL can reach.
func newDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(testRoot(), "tournee-embedded-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// seeds are data folders that were started and stopped once, to be copied.
var seeds struct {
	once sync.Once
	dirs []string
	err  error
}

func makeSeed() (dir string, err error) {
	dir, err = os.MkdirTemp(testRoot(), "tournee-embedded-seed-")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	s, err := Start(context.Background(), Options{DataDir: dir, BinDir: os.Getenv("PG_BIN")})
	if err != nil {
		return "", err
	}
	return dir, s.Stop()
}

// usedDir is a data folder whose server ran before and was stopped in order.
func usedDir(t *testing.T) string {
	t.Helper()
	seeds.once.Do(func() {
		var dir string
		dir, seeds.err = makeSeed()
		seeds.dirs = append(seeds.dirs, dir)
	})
	if seeds.err != nil {
		t.Fatal(seeds.err)
	}
	dir := filepath.Join(newDir(t), "data")
	if text, err := exec.Command("cp", "-a", seeds.dirs[0], dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return dir
}

func testOptions(t *testing.T, dir string) Options {
	t.Helper()
	return Options{
		DataDir: dir,
		BinDir:  os.Getenv("PG_BIN"),
		Log:     slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

func mustStart(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := Start(t.Context(), testOptions(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func connect(t *testing.T, s *Server, role string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL(role, Database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func mustExec(t *testing.T, conn *pgx.Conn, statement string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func one[T any](t *testing.T, conn *pgx.Conn, query string) T {
	t.Helper()
	var value T
	if err := conn.QueryRow(t.Context(), query).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}
