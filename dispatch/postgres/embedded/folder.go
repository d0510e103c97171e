package embedded

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	socketPort = "5432"
	// The longest address of a Unix socket is 104 bytes on macOS, 108 on Linux,
	// its ending zero included.
	maxSocketPath = 100
)

// folder is the data folder of one server.
type folder struct {
	dir        string
	clusterDir string
	socketDir  string
	account    account // runs PostgreSQL and owns clusterDir and socketDir
}

// openFolder creates the data folder if need be; an empty dir means the default.
func openFolder(dir string) (folder, error) {
	if dir == "" {
		var err error
		if dir, err = DefaultDataDir(); err != nil {
			return folder{}, err
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return folder{}, err
	}
	mode := os.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o755 // the account that runs PostgreSQL passes through it
	}
	if err := os.MkdirAll(dir, mode); err != nil {
		return folder{}, err
	}
	// One folder has one name, whatever links lead to it.
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return folder{}, err
	}
	f := folder{dir: dir, clusterDir: filepath.Join(dir, "cluster")}
	if f.account, err = accountFor(f.clusterDir); err != nil {
		return folder{}, err
	}
	if err := f.account.checkReach(dir); err != nil {
		return folder{}, err
	}
	f.socketDir = f.chooseSocketDir()
	return f, nil
}

// InUseError tells that another program runs on the data folder.
type InUseError struct {
	Dir string
	PID int // the other program's process id; 0 if unknown
}

func (e *InUseError) Error() string {
	holder := "another program"
	if e.PID != 0 {
		holder = "the program with process id " + strconv.Itoa(e.PID)
	}
	return fmt.Sprintf("%s is in use by %s: stop it first, or choose another data folder", e.Dir, holder)
}

// lock takes the folder for this program until the file is closed or the
// program ends. The system may hold the lock of a program just killed for a
// moment, so it tries for a second.
func (f folder) lock(ctx context.Context) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(f.dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			if err := rewrite(file, strconv.Itoa(os.Getpid())+"\n"); err != nil {
				return nil, errors.Join(err, file.Close())
			}
			return file, nil
		case !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR):
			return nil, errors.Join(fmt.Errorf("lock %s: %w", file.Name(), err), file.Close())
		case try == 20:
			text, _ := io.ReadAll(file)
			pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
			return nil, errors.Join(&InUseError{Dir: f.dir, PID: pid}, file.Close())
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
}

func rewrite(file *os.File, text string) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(text), 0)
	return err
}

// passwords returns the password of each role. They are made once, before the
// cluster, and never change.
func (f folder) passwords() (map[string]string, error) {
	path := filepath.Join(f.dir, "passwords.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Stat(f.clusterDir); err == nil {
			return nil, fmt.Errorf("%s is missing, and the database in %s cannot be opened without it: put it back", path, f.clusterDir)
		}
		return newPasswords(path)
	}
	if err != nil {
		return nil, err
	}
	var passwords map[string]string
	if err := json.Unmarshal(text, &passwords); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	for _, role := range []string{Superuser, Migrator, Serving} {
		if passwords[role] == "" {
			return nil, fmt.Errorf("%s has no password for the role %s", path, role)
		}
	}
	return passwords, nil
}

func newPasswords(path string) (map[string]string, error) {
	passwords := map[string]string{Superuser: rand.Text(), Migrator: rand.Text(), Serving: rand.Text()}
	text, err := json.MarshalIndent(passwords, "", "  ")
	if err != nil {
		return nil, err
	}
	return passwords, writeDurably(path, append(text, '\n'))
}

// writeDurably writes a file that only this account may read; after a crash
// there is either the whole file or none.
func writeDurably(path string, text []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	_, err = file.Write(text)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// chooseSocketDir is a folder in the data folder or, where that makes too long
// an address, one in /tmp that is named after the data folder.
func (f folder) chooseSocketDir() string {
	dir := filepath.Join(f.dir, "socket")
	if len(socketPath(dir)) <= maxSocketPath {
		return dir
	}
	sum := sha256.Sum256([]byte(f.dir))
	return fmt.Sprintf("/tmp/tournee-%d-%s", f.account.uid, hex.EncodeToString(sum[:8]))
}

func socketPath(dir string) string {
	return filepath.Join(dir, ".s.PGSQL."+socketPort)
}

// ensureSocketDir makes the socket's folder, closed to every other account and
// empty. Names in /tmp can be taken by anyone, so one that is not this folder's
// own is refused.
func (f folder) ensureSocketDir() error {
	if err := os.Mkdir(f.socketDir, 0o700); err == nil {
		return f.account.own(f.socketDir)
	} else if !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(f.socketDir)
	if err != nil {
		return err
	}
	uid, _, _, err := ownerOf(f.socketDir)
	if err != nil {
		return err
	}
	if uid == os.Geteuid() { // stopped between Mkdir and own
		uid, err = f.account.uid, f.account.own(f.socketDir)
	}
	if err != nil {
		return err
	}
	if !info.IsDir() || info.Mode().Perm() != 0o700 || uid != f.account.uid {
		return fmt.Errorf("%s must be a folder that only %s may enter: remove it", f.socketDir, f.account.name)
	}
	return nil
}

func (f folder) removeSocketDir() error { return os.RemoveAll(f.socketDir) }

// pause waits, or returns the context's error.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
