// Package redistest gives a test a real Redis server of its own, on a free port
// of the loopback interface, keeping nothing on disk.
package redistest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Server is a Redis server that ends with its test.
type Server struct {
	Addr string // host:port

	program string
	dir     string    // its working folder, by which it is told from another's server
	cmd     *exec.Cmd // nil while killed
	leash   io.Closer
	said    *bytes.Buffer // what the program wrote; read once cmd has ended
}

// Start runs redis-server, found on the PATH, until the test ends. Where it is
// not installed the test is skipped; in CI (the environment has CI=true) it
// fails.
func Start(t testing.TB) *Server {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("redis-server is missing: CI must have it: %v", err)
	}
	if err != nil {
		t.Skip("SKIPPED, redis-server is missing (on Debian: apt-get install redis-server)")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir()) // as Redis names it
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{program: program, dir: dir}
	t.Cleanup(s.Kill)
	// Another program may take the free port before Redis does.
	for range 5 {
		if s.Addr, err = freeAddr(); err != nil {
			t.Fatal(err)
		}
		if err = s.run(); err == nil {
			return s
		}
	}
	t.Fatal(err)
	return nil
}

// Kill ends the server at once, as in an outage. Its data is lost.
func (s *Server) Kill() {
	if s.cmd == nil {
		return
	}
	_ = s.leash.Close()
	_ = s.cmd.Wait() // the shell says only that it killed
	s.cmd = nil
}

// Restart runs an empty server on the same address, killing the present one.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Kill()
	if err := s.run(); err != nil {
		t.Fatal(err)
	}
}

func freeAddr() (string, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// run starts the server under a shell that kills it when its standard input is
// closed, which the system does when this process ends, be it killed.
func (s *Server) run() error {
	const script = `
		"$@" </dev/null &
		cat >/dev/null
		kill -9 $!
		wait $!`
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	s.said = new(bytes.Buffer)
	s.cmd = exec.CommandContext(context.Background(), "sh", "-c", script, "sh", s.program, "--bind", host, "--port", port,
		"--save", "", "--appendonly", "no", "--dir", s.dir, "--daemonize", "no", "--loglevel", "warning")
	s.cmd.Stdout, s.cmd.Stderr = s.said, s.said
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C ends it by ending the test
	if s.leash, err = s.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		s.cmd = nil
		return err
	}
	if err := s.waitReady(); err != nil {
		s.Kill()
		return fmt.Errorf("%s on %s: %w\n%s", s.program, s.Addr, err, s.said)
	}
	return nil
}

func (s *Server) waitReady() error {
	client := redis.NewClient(&redis.Options{Addr: s.Addr, MaxRetries: -1})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for {
		config, err := client.ConfigGet(ctx, "dir").Result()
		if err == nil && config["dir"] != s.dir {
			err = errors.New("another server has taken the port")
		}
		if err == nil || ctx.Err() != nil || config != nil {
			return errors.Join(err, client.Close())
		}
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}
