// Package embedded runs a PostgreSQL server as a child of this program, on a
// data folder of its own, so that one machine needs no database installed by
// hand. The server listens on a Unix socket only.
//
// The data folder holds:
//
//	lock            locked while a program runs the server; holds its process id
//	passwords.json  the passwords of the three roles, readable by this account only
//	cluster/        the PostgreSQL data directory
//	socket/         the server's socket
//
// The program, PostgreSQL or both may be killed at any moment: the next Start
// stops what was left running, lets PostgreSQL recover from its log, and loses
// nothing that a commit acknowledged.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
)

// The roles and the database of every cluster. Neither Migrator nor Serving is
// a superuser or bypasses row-level security.
const (
	Superuser = "postgres"         // provisioning, backup and restore only
	Migrator  = "tournee_migrator" // owns the database; creates the schema
	Serving   = "tournee"          // serves requests; creates nothing
	Database  = "tournee"
)

// Options says where the server's data and binaries are. The zero value is
// ready to use.
type Options struct {
	// DataDir is the data folder; empty means DefaultDataDir.
	DataDir string
	// BinDir holds the PostgreSQL binaries to use (the PG_BIN setting); empty
	// means search for them.
	BinDir string
	// CacheDir is where binaries from npm are kept; empty means
	// /var/cache/tournee as root, else tournee in the user's cache folder.
	CacheDir string
	// Settings are PostgreSQL settings by name, such as "shared_buffers".
	Settings map[string]string
	// Throwaway gives up durability for speed: for databases of tests.
	Throwaway bool
	// Log receives the launcher's messages and PostgreSQL's; nil means none.
	Log *slog.Logger
}

// Server is a running PostgreSQL server.
type Server struct {
	folder     folder
	passwords  map[string]string
	postmaster *process
	lock       *os.File

	stopping sync.Once
	stopErr  error
}

// Start runs PostgreSQL on the data folder, which it creates if need be, and
// returns when the server answers and its roles and database exist. The context
// bounds the start only. An *InUseError tells that another program runs on the
// folder.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s, err := start(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("embedded PostgreSQL: %w", err)
	}
	return s, nil
}

func start(ctx context.Context, o Options) (_ *Server, err error) {
	f, err := openFolder(o.DataDir)
	if err != nil {
		return nil, err
	}
	lock, err := f.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = lock.Close()
		}
	}()
	bin, err := findBinaries(ctx, o, f)
	if err != nil {
		return nil, err
	}
	o.Log.Info("starting PostgreSQL", "version", bin.version, "binaries", bin.dir, "data", f.dir)
	passwords, err := f.passwords()
	if err != nil {
		return nil, err
	}
	if err := f.ensureCluster(ctx, bin, passwords[Superuser], o.Throwaway); err != nil {
		return nil, err
	}
	if err := f.ensureSocketDir(); err != nil {
		return nil, err
	}
	s := &Server{folder: f, passwords: passwords, lock: lock}
	s.postmaster, err = s.launch(ctx, bin, o)
	if err != nil {
		return nil, err
	}
	if err := s.provision(ctx); err != nil {
		return nil, errors.Join(err, s.postmaster.stop())
	}
	return s, nil
}

// URL is the connection string of a role (Superuser, Migrator or Serving) to a
// database, over the server's socket. It holds the role's password.
func (s *Server) URL(role, database string) string {
	u := url.URL{
		Scheme: "postgres",
		User:   url.UserPassword(role, s.passwords[role]),
		Path:   "/" + database,
		RawQuery: url.Values{
			"host":    {s.folder.socketDir},
			"port":    {socketPort},
			"sslmode": {"disable"},
		}.Encode(),
	}
	return u.String()
}

// Attach gives the connection strings, as Server.URL does, of the server that
// another program runs on the data folder: for a tool that works beside it.
func Attach(dataDir string) (url func(role, database string) string, err error) {
	f, err := openFolder(dataDir)
	if err != nil {
		return nil, fmt.Errorf("embedded PostgreSQL: %w", err)
	}
	passwords, err := f.passwords()
	if err != nil {
		return nil, fmt.Errorf("embedded PostgreSQL: %w", err)
	}
	return (&Server{folder: f, passwords: passwords}).URL, nil
}

// Done is closed when PostgreSQL has ended, for whatever reason.
func (s *Server) Done() <-chan struct{} { return s.postmaster.done }

// Stop closes the server's connections, lets it write its data out and end, and
// frees the data folder. Repeated calls return what the first returned.
func (s *Server) Stop() error {
	s.stopping.Do(func() {
		s.stopErr = errors.Join(s.postmaster.stop(), s.folder.removeSocketDir(), s.lock.Close())
	})
	return s.stopErr
}

// DefaultDataDir is /var/lib/tournee as root, where the account that runs
// PostgreSQL can reach it, else tournee in $XDG_DATA_HOME, which defaults to
// ~/.local/share.
func DefaultDataDir() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/lib/tournee", nil
	}
	if data := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(data) {
		return filepath.Join(data, "tournee"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no data folder given, and no home folder to put it in: %w", err)
	}
	return filepath.Join(home, ".local", "share", "tournee"), nil
}
