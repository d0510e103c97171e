package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// lockPatience is how long what a killed server left running may hold the
	// cluster.
	lockPatience = 20 * time.Second
	// clusterName marks the servers that this package starts.
	clusterName = "tournee-embedded"

	cannotConnectNow = "57P03" // SQLSTATE while a server starts, recovers or stops
)

// errHeld tells that the cluster is still held by what a killed server left.
var errHeld = errors.New("the cluster is held by another PostgreSQL")

// launch starts the postmaster and waits until it answers. Just after a kill the
// former server's processes may still hold the cluster, so it tries again for
// some seconds.
func (s *Server) launch(ctx context.Context, bin binaries, o Options) (*process, error) {
	deadline := time.Now().Add(lockPatience)
	for {
		if err := s.folder.clearTheWay(ctx, o.Log); err != nil {
			return nil, err
		}
		cmd := s.folder.account.command(context.Background(), syscall.SIGQUIT, bin.path("postgres"), s.folder.postgresFlags(o)...)
		p, err := startProcess(cmd, o.Log)
		if err != nil {
			return nil, err
		}
		if err = s.waitReady(ctx, p); err == nil {
			return p, nil
		}
		err = errors.Join(err, p.stop())
		if !errors.Is(err, errHeld) || time.Now().After(deadline) {
			return nil, err
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

func (f folder) postgresFlags(o Options) []string {
	settings := map[string]string{
		"log_timezone":    "UTC",
		"timezone":        "UTC",
		"log_line_prefix": "",
	}
	if o.Throwaway {
		maps.Copy(settings, map[string]string{"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"})
	}
	maps.Copy(settings, o.Settings)
	maps.Copy(settings, map[string]string{
		"cluster_name":            clusterName,
		"listen_addresses":        "",
		"port":                    socketPort,
		"unix_socket_directories": f.socketDir,
		"unix_socket_permissions": "0700",
		"logging_collector":       "off",
		"log_destination":         "stderr",
	})
	flags := []string{"-D", f.clusterDir}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		flags = append(flags, "-c", name+"="+settings[name])
	}
	return flags
}

// waitReady waits until the process answers a query. Recovery after a crash may
// take long, so only the context bounds it.
func (s *Server) waitReady(ctx context.Context, p *process) error {
	for {
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
		select {
		case <-p.done:
			return startFailure(p)
		default:
		}
		// The file may be a former server's, and what answers on the socket too.
		if pid, _ := s.folder.postmasterPID(); pid != p.pid {
			continue
		}
		ready, err := s.answers(ctx)
		if ready || err != nil {
			return err
		}
	}
}

// answers tells whether the server answers a query; the error is one that
// waiting does not mend.
func (s *Server) answers(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL(Superuser, "postgres"))
	if refusal := (*pgconn.PgError)(nil); errors.As(err, &refusal) && refusal.Code != cannotConnectNow {
		return false, err
	}
	if err != nil {
		return false, nil // not listening yet
	}
	_, err = conn.Exec(ctx, "SELECT 1")
	return err == nil, conn.Close(ctx)
}

func startFailure(p *process) error {
	said := p.tail.text()
	for _, sign := range []string{
		`lock file "postmaster.pid"`,
		"pre-existing shared memory block",
	} {
		if strings.Contains(said, sign) {
			return fmt.Errorf("%w:\n%s", errHeld, said)
		}
	}
	return fmt.Errorf("PostgreSQL ended while starting: %w\n%s", p.err, said)
}

// postmasterPID is the process id in the cluster's postmaster.pid, 0 if there is
// none.
func (f folder) postmasterPID() (int, error) {
	text, err := os.ReadFile(filepath.Join(f.clusterDir, "postmaster.pid"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(first))
	return max(pid, 0), nil
}

// clearTheWay removes what a killed program or server left in the way of a new
// server: the orphan itself, its socket, and a postmaster.pid that now names an
// unrelated process. It is called with the data folder locked.
func (f folder) clearTheWay(ctx context.Context, log *slog.Logger) error {
	pid, err := f.postmasterPID()
	if err != nil {
		return err
	}
	if pid != 0 && pid != os.Getpid() && exists(pid) {
		line := commandLine(pid)
		switch {
		case f.isOurs(line):
			log.Warn("stopping the PostgreSQL that a killed program left", "pid", pid)
			if err := stopOrphan(ctx, pid); err != nil {
				return err
			}
			if err := f.disown(pid); err != nil {
				return err
			}
		case !strings.Contains(line, f.clusterDir):
			log.Warn("postmaster.pid names a process that is no PostgreSQL", "pid", pid, "command", line)
			if err := f.disown(pid); err != nil {
				return err
			}
		}
	}
	// No server of this folder runs any more, so its socket's lock file is stale,
	// and would stop a new one if its process id is taken by now.
	left, err := filepath.Glob(socketPath(f.socketDir) + "*")
	for _, path := range left {
		if e := os.Remove(path); !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

func (f folder) isOurs(commandLine string) bool {
	return strings.Contains(commandLine, "-D "+f.clusterDir+" ") &&
		strings.Contains(commandLine, "cluster_name="+clusterName)
}

// disown replaces the process id in postmaster.pid by this program's, which
// PostgreSQL, as its child, knows for stale. The rest of the file stays: by it
// PostgreSQL finds processes that still use the former server's memory.
func (f folder) disown(pid int) error {
	path := filepath.Join(f.clusterDir, "postmaster.pid")
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	rest := strings.TrimPrefix(string(text), strconv.Itoa(pid))
	return os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+rest), 0o600)
}

// exists tells whether a process id is taken, be it by a process that has ended
// and that its parent has not asked about yet: PostgreSQL takes that one for
// running, for ever where process 1 never asks.
func exists(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// stopOrphan ends a server that has no program any more. Nobody uses it, so
// what it has committed need not be written out: it is in the log.
func stopOrphan(ctx context.Context, pid int) error {
	for _, sig := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGKILL} {
		if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop the PostgreSQL that a killed program left (process %d): %w", pid, err)
		}
		for range int(immediateStopPatience / (20 * time.Millisecond)) {
			if !exists(pid) || commandLine(pid) == "" { // empty once it has ended
				return nil
			}
			if err := pause(ctx, 20*time.Millisecond); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("the PostgreSQL that a killed program left (process %d) does not end", pid)
}
