package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestAFirstStartMakesTheRolesAndTheDatabase(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(newDir(t), "made", "on", "the", "way")
	s := mustStart(t, dir)

	for _, role := range []string{Migrator, Serving} {
		conn := connect(t, s, role)
		if one[bool](t, conn, "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user") {
			t.Errorf("%s has rights of an administrator", role)
		}
	}
	migrator, serving := connect(t, s, Migrator), connect(t, s, Serving)
	mustExec(t, migrator, "CREATE TABLE shifts (technician int, during tstzrange, EXCLUDE USING gist (technician WITH =, during WITH &&))")
	for _, statement := range []string{"CREATE TABLE mine (id int)", "CREATE SCHEMA mine", "CREATE TEMPORARY TABLE mine (id int)"} {
		var refusal *pgconn.PgError
		if _, err := serving.Exec(t.Context(), statement); !errors.As(err, &refusal) || refusal.Code != "42501" {
			t.Errorf("%s as %s: got %v, want a refusal for lack of rights", statement, Serving, err)
		}
	}
	for setting, want := range map[string]string{
		"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "data_checksums": "on",
		"listen_addresses": "", "server_encoding": "UTF8", "TimeZone": "UTC",
	} {
		if have := one[string](t, migrator, "SELECT current_setting('"+setting+"')"); have != want {
			t.Errorf("%s is %q, want %q", setting, have, want)
		}
	}
	if have := one[string](t, migrator, "SELECT lower('ÉTÉ')"); have != "été" {
		t.Errorf("ÉTÉ in small letters is %q", have)
	}
}

func TestWhatIsInTheDataFolderIsClosedToOthers(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	s := mustStart(t, dir)
	for name, want := range map[string]os.FileMode{"passwords.json": 0o600, "lock": 0o600, "cluster": 0o700 | os.ModeDir, "socket": 0o700 | os.ModeDir} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), want)
		}
	}
	uid, _, _, err := ownerOf(s.folder.clusterDir)
	if err != nil {
		t.Fatal(err)
	}
	if uid == 0 {
		t.Error("the cluster belongs to root")
	}
	wrong := strings.Replace(s.URL(Serving, Database), s.passwords[Serving], "wrong", 1)
	conn, err := pgx.Connect(t.Context(), wrong)
	if err == nil {
		_ = conn.Close(t.Context())
		t.Error("a wrong password opens the database")
	}
}

func TestARestartKeepsTheData(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	s := mustStart(t, dir)
	mustExec(t, connect(t, s, Migrator), "CREATE TABLE requests AS SELECT 'l''imprimante fume' AS text")
	for range 2 {
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-s.Done():
	default:
		t.Error("Done is still open after Stop")
	}
	if _, err := os.Stat(filepath.Join(dir, "socket")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket's folder is left after Stop: %v", err)
	}
	s = mustStart(t, dir)
	if have := one[string](t, connect(t, s, Migrator), "SELECT text FROM requests"); have != "l'imprimante fume" {
		t.Errorf("the request reads %q", have)
	}
}

func TestASecondProgramOnTheFolderIsRefused(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	s := mustStart(t, dir)
	_, err := Start(t.Context(), testOptions(t, dir))
	var inUse *InUseError
	if !errors.As(err, &inUse) || inUse.PID != os.Getpid() || inUse.Dir != s.folder.dir {
		t.Fatalf("got %v, want a refusal that names this process", err)
	}
	if have := one[int](t, connect(t, s, Serving), "SELECT 1"); have != 1 {
		t.Error("the first program's server is disturbed")
	}
}

func TestALongDataFolderStillGetsAShortSocket(t *testing.T) {
	t.Parallel()
	short := usedDir(t)
	long := filepath.Join(newDir(t), strings.Repeat("très-long-", 10))
	if err := os.Mkdir(long, 0o755); err != nil {
		t.Fatal(err)
	}
	long = filepath.Join(long, "data")
	if err := os.Rename(short, long); err != nil {
		t.Fatal(err)
	}
	s := mustStart(t, long)
	if path := socketPath(s.folder.socketDir); len(path) > maxSocketPath {
		t.Errorf("the socket's address %s has %d bytes", path, len(path))
	}
	if have := one[string](t, connect(t, s, Superuser), "SHOW unix_socket_directories"); have != s.folder.socketDir {
		t.Errorf("the socket is in %s", have)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.folder.socketDir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left after Stop", s.folder.socketDir)
	}
}

func TestASocketFolderTakenBySomeoneElseIsRefused(t *testing.T) {
	t.Parallel()
	f := folder{socketDir: filepath.Join(newDir(t), "socket"), account: account{name: "me", uid: os.Geteuid(), gid: os.Getegid()}}
	if err := os.Mkdir(f.socketDir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.ensureSocketDir(); err != nil {
		t.Fatalf("its own folder: %v", err)
	}
	if err := os.Chmod(f.socketDir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := f.ensureSocketDir(); err == nil {
		t.Error("a folder open to all is accepted")
	}
	if err := os.Remove(f.socketDir); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(newDir(t), f.socketDir); err != nil {
		t.Fatal(err)
	}
	if err := f.ensureSocketDir(); err == nil {
		t.Error("a link is accepted")
	}
}

func TestAStartInterruptedInInitdbLeavesNothingHalfMade(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { // as soon as initdb works
		for ctx.Err() == nil {
			if begun, _ := filepath.Glob(filepath.Join(dir, unfinished, "data", "PG_VERSION")); len(begun) > 0 {
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if s, err := Start(ctx, testOptions(t, dir)); !errors.Is(err, context.Canceled) {
		if err == nil {
			_ = s.Stop()
		}
		t.Fatalf("got %v, want an interruption", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "cluster*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	// A program killed at that point cannot clean up itself.
	if err := os.MkdirAll(filepath.Join(dir, "cluster.new-123", "data", "base"), 0o755); err != nil {
		t.Fatal(err)
	}
	mustStart(t, dir)
	if left, _ := filepath.Glob(filepath.Join(dir, unfinished)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestMissingPasswordsAreReportedAndNotReplaced(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	path := filepath.Join(dir, "passwords.json")
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), testOptions(t, dir)); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names %s", err, path)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("new passwords were made up for an old cluster")
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	mustStart(t, dir)
}
