package embedded

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// How long a server may take to write its data out before it is stopped
// harder; it then recovers from its log at the next start.
const (
	fastStopPatience      = 60 * time.Second
	immediateStopPatience = 10 * time.Second
)

// command prepares a PostgreSQL program to run as the account, apart from this
// program's session, so that Ctrl-C reaches this program first, and to get sig
// when this program dies.
func (a account) command(ctx context.Context, sig syscall.Signal, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = "/" // one that every account can enter
	// Messages in English, whatever the person's language: they are compared.
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC", "PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if a.switched {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	dieWithParent(cmd.SysProcAttr, sig)
	return cmd
}

// onItsThread calls run on a thread that lives as long as the call: the
// parent-death signal comes when the thread that started the child ends, which
// in Go may be long before the program does.
func onItsThread(run func()) {
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		run()
	}()
}

// output runs the command to its end and returns all it said.
func output(cmd *exec.Cmd) (text []byte, err error) {
	done := make(chan struct{})
	onItsThread(func() {
		defer close(done)
		text, err = cmd.CombinedOutput()
	})
	<-done
	return text, err
}

// process is a running postmaster.
type process struct {
	pid  int
	os   *os.Process
	done chan struct{} // closed when it has ended
	err  error         // how it ended; set before done is closed
	tail *tail         // its last messages
}

// startProcess starts the command; its messages go to the log.
func startProcess(cmd *exec.Cmd, log *slog.Logger) (*process, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = w, w
	p := &process{done: make(chan struct{}), tail: &tail{log: log, read: make(chan struct{})}}
	started := make(chan error)
	onItsThread(func() {
		err := cmd.Start()
		if err == nil {
			p.pid, p.os = cmd.Process.Pid, cmd.Process
		}
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.done)
	})
	err = <-started
	_ = w.Close()
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	go p.tail.follow(r)
	return p, nil
}

// stop asks for a fast shutdown, which writes all data out, then for an
// immediate one, then kills.
func (p *process) stop() error {
	steps := []struct {
		signal   syscall.Signal
		patience time.Duration
	}{
		{syscall.SIGINT, fastStopPatience},
		{syscall.SIGQUIT, immediateStopPatience},
		{syscall.SIGKILL, immediateStopPatience},
	}
	for _, step := range steps {
		if err := p.os.Signal(step.signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop PostgreSQL (process %d): %w", p.pid, err)
		}
		select {
		case <-p.done:
			return nil
		case <-time.After(step.patience):
		}
	}
	return fmt.Errorf("PostgreSQL (process %d) does not end", p.pid)
}

// tail passes on a server's messages and remembers the last of them.
type tail struct {
	log  *slog.Logger
	read chan struct{} // closed when all has been read

	mu    sync.Mutex
	lines []string
}

const tailLines = 20

func (t *tail) follow(r *os.File) {
	defer close(t.read)
	defer func() { _ = r.Close() }()
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			t.add(line)
		}
		if err != nil {
			return
		}
	}
}

func (t *tail) add(line string) {
	t.log.Log(context.Background(), level(line), "PostgreSQL: "+line)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, line)
	if len(t.lines) > tailLines {
		t.lines = t.lines[1:]
	}
}

// text is what a server that has ended said last. A child of the server's may
// keep the pipe open for a while, so it waits only so long for the rest.
func (t *tail) text() string {
	select {
	case <-t.read:
	case <-time.After(200 * time.Millisecond):
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}

// level ranks a message. What failed for one client is at debug level: that
// client has the error.
func level(line string) slog.Level {
	switch {
	case strings.HasPrefix(line, "PANIC:  "):
		return slog.LevelError
	case strings.HasPrefix(line, "WARNING:  "):
		return slog.LevelWarn
	default:
		return slog.LevelDebug
	}
}
