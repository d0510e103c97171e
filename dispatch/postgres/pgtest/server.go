package pgtest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"tournee/dispatch/postgres/embedded"
)

// server is the process's server, started by the first call.
func server(t testing.TB) *embedded.Server {
	t.Helper()
	s, err := running()
	if err != nil {
		t.Fatalf("PostgreSQL for the tests: %v", err)
	}
	return s
}

var running = sync.OnceValues(func() (*embedded.Server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // npm may have to fetch it
	defer cancel()
	dir, err := os.MkdirTemp(fastFolder(), "tournee-pgtest-")
	if err != nil {
		return nil, err
	}
	// As root, PostgreSQL runs as another account, which passes through it.
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	if err := removeAtExit(dir); err != nil {
		return nil, err
	}
	o := embedded.Options{
		DataDir:   filepath.Join(dir, "data"),
		BinDir:    cmp.Or(os.Getenv("TEST_POSTGRES_BIN"), os.Getenv("PG_BIN")),
		Throwaway: true,
		Settings:  map[string]string{"max_connections": "300", "shared_buffers": "64MB"},
	}
	return startCached(ctx, o)
})

// fastFolder is the memory file system where there is a roomy one, on which
// databases are copied twice as fast; else the usual temporary folder.
func fastFolder() string {
	const memory, room = "/dev/shm", 4 << 30
	var fs syscall.Statfs_t
	if os.Getenv("TMPDIR") != "" {
		return os.TempDir()
	}
	probe, err := os.MkdirTemp(memory, "tournee-probe-")
	if err != nil {
		return os.TempDir() // none there, or not for us: a container without shared memory
	}
	defer func() { _ = os.Remove(probe) }()
	if syscall.Statfs(memory, &fs) == nil && int64(fs.Bavail)*int64(fs.Bsize) > room { //nolint:unconvert // types differ by system
		return memory
	}
	return os.TempDir()
}

// startCached starts on a copy of a cluster made by an earlier process, which
// is faster than making one. The cache is a shortcut only: where it fails, a
// new cluster is made.
func startCached(ctx context.Context, o embedded.Options) (*embedded.Server, error) {
	cache, err := cachedCluster(o.BinDir)
	if err != nil {
		return embedded.Start(ctx, o)
	}
	if copyTree(ctx, cache, o.DataDir) == nil {
		if s, err := embedded.Start(ctx, o); err == nil {
			return s, nil
		}
	}
	if err := os.RemoveAll(o.DataDir); err != nil {
		return nil, err
	}
	s, err := embedded.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := s.Stop(); err != nil {
		return nil, err
	}
	_ = refresh(ctx, cache, o.DataDir)
	return embedded.Start(ctx, o)
}

// cachedCluster is where the cluster made by some binaries is kept, which need
// not exist.
func cachedCluster(binDir string) (string, error) {
	user, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	// Another release of Debian or another version of PostgreSQL makes another.
	installed, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %q %d", binDir, installed, os.Geteuid()))
	return filepath.Join(user, "tournee-pgtest", hex.EncodeToString(sum[:8])), nil
}

// refresh replaces the cached cluster; another process may do so meanwhile.
func refresh(ctx context.Context, cache, dataDir string) error {
	if err := os.MkdirAll(filepath.Dir(cache), 0o700); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(cache), "new-")
	if err != nil {
		return err
	}
	made := filepath.Join(work, "data")
	err = copyTree(ctx, dataDir, made)
	if err == nil {
		err = errors.Join(os.RemoveAll(cache), os.Rename(made, cache))
	}
	return errors.Join(err, os.RemoveAll(work))
}

func copyTree(ctx context.Context, from, to string) error {
	if _, err := os.Stat(from); err != nil {
		return err
	}
	if text, err := exec.CommandContext(ctx, "cp", "-a", from, to).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	return nil
}

// leash is the end of a pipe that the system closes when this process ends.
var leash io.Closer //nolint:unused // it is held, for the collector would close it

// removeAtExit has a shell wait for the end of this process, be it killed, then
// stop the server, where it did not stop by itself, and remove the folder.
func removeAtExit(dir string) error {
	const script = `
		cat >/dev/null
		kill -QUIT "$(head -n1 "$1/data/cluster/postmaster.pid")"
		for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			rm -rf "$1" && exit
			sleep 0.2
		done`
	cmd := exec.CommandContext(context.Background(), "sh", "-c", script, "sh", dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C is not for it
	var err error
	if leash, err = cmd.StdinPipe(); err != nil {
		return err
	}
	return cmd.Start()
}
