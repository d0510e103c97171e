package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// program is the real binary, serving from its own PostgreSQL on a data folder of the benchmark's.
type program struct {
	cmd     *exec.Cmd
	address string
	log     string // path of what it wrote to its standard error
	said    *bytes.Buffer
	ready   time.Duration // from its start to its first 200 from /readyz
}

const (
	patience = 2 * time.Minute // for a start or a stop: far beyond what either takes
	poll     = 2 * time.Millisecond
)

// start runs the binary until it is ready. Settings beside the environment's own are name=value.
func start(ctx context.Context, binary, dataDir string, settings ...string) (*program, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	p := &program{address: address, log: filepath.Join(dataDir, "..", "program.log"), said: &bytes.Buffer{}}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	p.cmd = exec.CommandContext(context.WithoutCancel(ctx), binary, "serve")
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "PG_BIN=" + os.Getenv("PG_BIN"), "DATA_DIR=" + dataDir, "ADDR=" + address, "LOG_FORMAT=json"}, settings...)
	p.cmd.Stdout, p.cmd.Stderr = p.said, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C comes to the benchmark, which stops it in order
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	if err := p.waitReady(ctx); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	p.ready = time.Since(began)
	return p, nil
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (p *program) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/readyz", nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		if syscall.Kill(p.cmd.Process.Pid, 0) != nil || p.ended() {
			return p.failure("ended while starting")
		}
		select {
		case <-ctx.Done():
			return p.failure("is not ready")
		case <-time.After(poll):
		}
	}
}

// ended reports whether the process is over and only waits to be asked about (state Z); without /proc it is not known.
func (p *program) ended() bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	return err == nil && bytes.Contains(stat, []byte(") Z "))
}

func (p *program) failure(what string) error {
	log, _ := os.ReadFile(p.log)
	return fmt.Errorf("the program %s; its log ends:\n%s", what, log[max(0, len(log)-2000):])
}

// stop ends the program and its PostgreSQL in order.
func (p *program) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	kill := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	return p.cmd.Wait()
}

var tokenLine = regexp.MustCompile(`"token": "([^"]+)"`)

// bootstrapToken is what the program printed for making the first administrator.
func (p *program) bootstrapToken() (string, error) {
	m := tokenLine.FindSubmatch(p.said.Bytes())
	if m == nil {
		return "", fmt.Errorf("the program printed no bootstrap token, but: %s", p.said)
	}
	return string(m[1]), nil
}

// memory is what a process group of the program's holds, in bytes: resident of the program itself, and of PostgreSQL its share (memory
// that processes share is divided among them).
type memory struct{ program, postgres int64 }

// memory reads /proc; elsewhere than on Linux it fails.
func (p *program) memory(dataDir string) (memory, error) {
	var m memory
	var err error
	if m.program, err = procValue(p.cmd.Process.Pid, "status", "VmRSS:"); err != nil {
		return m, err
	}
	pidFile, err := os.ReadFile(filepath.Join(dataDir, "cluster", "postmaster.pid"))
	if err != nil {
		return m, err
	}
	first, _, _ := strings.Cut(string(pidFile), "\n")
	postmaster, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return m, err
	}
	pids, err := children(postmaster)
	if err != nil {
		return m, err
	}
	for _, pid := range append(pids, postmaster) {
		share, err := procValue(pid, "smaps_rollup", "Pss:")
		if errors.Is(err, os.ErrNotExist) {
			continue // it has ended meanwhile
		}
		if err != nil {
			return m, err
		}
		m.postgres += share
	}
	return m, nil
}

// processor is the processor time that the program has used so far; 0 where there is no /proc.
func (p *program) processor() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(after)
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * (time.Second / 100) // USER_HZ is 100 on every Linux that Go runs on
}

func children(parent int) ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		_, after, _ := strings.Cut(string(text), ") ") // the name in parentheses may hold anything
		if f := strings.Fields(after); len(f) > 1 && f[1] == strconv.Itoa(parent) {
			pid, _ := strconv.Atoi(strings.Split(path, "/")[2])
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// procValue reads a line such as "VmRSS: 123 kB" of a process, in bytes.
func procValue(pid int, file, name string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == name {
			kB, err := strconv.ParseInt(f[1], 10, 64)
			return kB << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/%s has no %s", pid, file, name)
}
