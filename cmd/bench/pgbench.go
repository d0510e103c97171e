package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// errNoPgbench says how to get it.
var errNoPgbench = errors.New("pgbench is missing: it comes with Debian's package postgresql, or set PG_BIN to the folder that has it")

// findPgbench looks beside the server's binaries and on the PATH.
func findPgbench() (string, error) {
	places, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	for _, place := range append([]string{filepath.Join(os.Getenv("PG_BIN"), "pgbench")}, places...) {
		if path, err := exec.LookPath(place); err == nil && filepath.IsAbs(path) {
			return path, nil
		}
	}
	if path, err := exec.LookPath("pgbench"); err == nil {
		return path, nil
	}
	return "", errNoPgbench
}

// pgbench replays a script on the program's own PostgreSQL, through the same socket and as the same role.
type pgbench struct {
	path   string
	folder string // for the script and its logs
	server string // connection string
	script script
	runs   int // so that no two runs make the same ids
}

// run makes each client run the script so many times, one after the other.
func (p *pgbench) run(ctx context.Context, clients, each int) (sample, error) {
	p.runs++
	file := filepath.Join(p.folder, "creation.sql")
	if err := os.WriteFile(file, []byte(p.script.text), 0o600); err != nil {
		return sample{}, err
	}
	u, err := url.Parse(p.server)
	if err != nil {
		return sample{}, err
	}
	password, _ := u.User.Password()
	log := filepath.Join(p.folder, fmt.Sprintf("pgbench-%d", p.runs))
	args := []string{
		"-n", "-M", "prepared", "-c", strconv.Itoa(clients), "-j", strconv.Itoa(min(clients, 2)), "-t", strconv.Itoa(each), "-f", file, "-l", "--log-prefix", log,
		"-h", u.Query().Get("host"), "-p", u.Query().Get("port"), "-U", u.User.Username(), "-D", "i=0", "-D", fmt.Sprintf("base=%d", int64(p.runs)*1e13),
	}
	for _, v := range p.script.variables {
		args = append(args, "-D", v)
	}
	cmd := exec.CommandContext(ctx, p.path, append(args, strings.TrimPrefix(u.Path, "/"))...)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+password)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return sample{}, fmt.Errorf("pgbench: %w\n%s", err, out)
	}
	if done := fmt.Sprintf("number of transactions actually processed: %d/%d", clients*each, clients*each); !strings.Contains(string(out), done) {
		return sample{}, fmt.Errorf("pgbench did not run every transaction:\n%s", out)
	}
	s := sample{}
	if s.rate, err = tps(string(out)); err != nil {
		return s, err
	}
	s.latencies, err = readLatencies(log)
	return s, err
}

// tps is the rate that pgbench reports, connecting left out.
func tps(out string) (float64, error) {
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) > 2 && f[0] == "tps" {
			return strconv.ParseFloat(f[2], 64)
		}
	}
	return 0, fmt.Errorf("pgbench reports no rate:\n%s", out)
}

// readLatencies reads pgbench's logs: client, transaction, microseconds, script, and when.
func readLatencies(prefix string) ([]time.Duration, error) {
	files, err := filepath.Glob(prefix + ".*")
	if err != nil {
		return nil, err
	}
	var all []time.Duration
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			fields := strings.Fields(lines.Text())
			if len(fields) < 3 {
				continue
			}
			us, err := strconv.ParseInt(fields[2], 10, 64)
			if err != nil {
				return nil, errors.Join(fmt.Errorf("pgbench's log: %w", err), f.Close())
			}
			all = append(all, time.Duration(us)*time.Microsecond)
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// simpleUpdates is how many of pgbench's own simple updates (-N) the server commits a second with so many clients: what it can do at best on this
// disk. The tables are pgbench's, in a database of their own.
func (p *pgbench) simpleUpdates(ctx context.Context, clients int, lasting time.Duration) (float64, error) {
	u, err := url.Parse(p.server)
	if err != nil {
		return 0, err
	}
	password, _ := u.User.Password()
	to := []string{"-h", u.Query().Get("host"), "-p", u.Query().Get("port"), "-U", u.User.Username()}
	run := func(args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, p.path, append(append(args, to...), "postgres")...)
		cmd.Env = append(os.Environ(), "PGPASSWORD="+password)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("pgbench: %w\n%s", err, out)
		}
		return string(out), nil
	}
	if _, err := run("-i", "-q", "-s", "10"); err != nil {
		return 0, err
	}
	out, err := run("-n", "-N", "-M", "prepared", "-c", strconv.Itoa(clients), "-j", strconv.Itoa(min(clients, 2)), "-T", strconv.Itoa(max(1, int(lasting.Seconds()))))
	if err != nil {
		return 0, err
	}
	return tps(out)
}
