package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// clusterVersion is the major version that made the cluster, 0 if there is no
// cluster yet.
func (f folder) clusterVersion() (int, error) {
	path := filepath.Join(f.clusterDir, "PG_VERSION")
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Lstat(f.clusterDir); err == nil {
			return 0, fmt.Errorf("%s exists but is no PostgreSQL data directory (it has no PG_VERSION): move it away", f.clusterDir)
		}
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("%s does not hold a version: %w", path, err)
	}
	return major, nil
}

// ensureCluster makes the cluster unless there is one. It is made aside and
// then renamed, so that there is a whole one or none.
func (f folder) ensureCluster(ctx context.Context, bin binaries, password string, throwaway bool) (err error) {
	if err := f.removeUnfinished(); err != nil {
		return err
	}
	major, err := f.clusterVersion()
	if err != nil || major != 0 {
		return err
	}
	work, err := os.MkdirTemp(f.dir, unfinished)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	data, passwordFile := filepath.Join(work, "data"), filepath.Join(work, "password")
	err = errors.Join(
		f.account.own(work),
		os.Mkdir(data, 0o700), f.account.own(data),
		os.WriteFile(passwordFile, []byte(password+"\n"), 0o600), f.account.own(passwordFile),
	)
	if err != nil {
		return err
	}
	text, err := output(f.account.command(ctx, syscall.SIGKILL, bin.path("initdb"), initdbFlags(data, passwordFile, throwaway)...))
	if err != nil {
		return fmt.Errorf("create the database cluster: %w\n%s", errors.Join(ctx.Err(), err), text)
	}
	if err := os.Rename(data, f.clusterDir); err != nil {
		return err
	}
	return syncDir(f.dir)
}

// unfinished is the name of clusters being made.
const unfinished = "cluster.new-*"

func (f folder) removeUnfinished() error {
	left, err := filepath.Glob(filepath.Join(f.dir, unfinished))
	for _, dir := range left {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

func initdbFlags(data, passwordFile string, throwaway bool) []string {
	flags := []string{
		"--pgdata=" + data,
		"--username=" + Superuser,
		"--pwfile=" + passwordFile,
		"--auth=scram-sha-256",
		"--data-checksums",
		"--encoding=UTF8",
		"--lc-messages=C",
		"--no-instructions",
	}
	// Byte order sorts alike on every machine and for ever, where a language's
	// order changes with the C library and corrupts indexes on text; the
	// character types are UTF-8's all the same, so that É lowers to é.
	if runtime.GOOS == "darwin" {
		flags = append(flags, "--locale=C", "--lc-ctype=UTF-8")
	} else {
		flags = append(flags, "--locale=C.UTF-8")
	}
	if throwaway {
		flags = append(flags, "--no-sync")
	}
	return flags
}
