package embedded

import (
	"bufio"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// killed starts a program that books without end, has it killed after some
// bookings were acknowledged, and returns the last acknowledged number.
func killed(t *testing.T, dir string, kill func(program *os.Process, postmaster int)) (acknowledged int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childFolder+"="+dir)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if acknowledged, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
		if acknowledged == 20 {
			postmaster, err := folder{clusterDir: filepath.Join(dir, "cluster")}.postmasterPID()
			if err != nil || postmaster == 0 {
				t.Fatalf("no postmaster: %v", err)
			}
			kill(cmd.Process, postmaster)
		}
	}
	_ = cmd.Wait()
	if acknowledged < 20 {
		t.Fatalf("the program ended after %d bookings", acknowledged)
	}
	return acknowledged
}

func TestNothingAcknowledgedIsLostInAKill(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(program *os.Process, postmaster int){
		"of the program": func(program *os.Process, _ int) { _ = program.Kill() },
		"of PostgreSQL":  func(_ *os.Process, postmaster int) { _ = syscall.Kill(postmaster, syscall.SIGKILL) },
		"of both at once": func(program *os.Process, postmaster int) {
			_ = program.Kill()
			_ = syscall.Kill(postmaster, syscall.SIGKILL)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := usedDir(t)
			acknowledged := killed(t, dir, kill)
			s := mustStart(t, dir)
			if have := one[int](t, connect(t, s, Migrator), "SELECT count(*) FROM bookings"); have < acknowledged {
				t.Errorf("%d bookings were acknowledged, %d are left", acknowledged, have)
			}
		})
	}
}

func TestPostgreSQLEndsWithItsProgram(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a parent-death signal")
	}
	dir := usedDir(t)
	var postmaster int
	killed(t, dir, func(program *os.Process, pid int) {
		postmaster = pid
		_ = program.Kill()
	})
	for deadline := time.Now().Add(30 * time.Second); strings.Contains(commandLine(postmaster), dir); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it runs on")
		}
	}
}

func TestPostgreSQLOutlivesTheThreadThatAskedForIt(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	var s *Server
	var err error
	var asked sync.WaitGroup
	asked.Go(func() {
		runtime.LockOSThread() // the thread ends with the goroutine
		s, err = Start(t.Context(), testOptions(t, dir))
	})
	asked.Wait()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	if have := one[int](t, connect(t, s, Serving), "SELECT 1 FROM pg_sleep(0.1)"); have != 1 {
		t.Error("the server does not answer")
	}
}

func TestCtrlCDoesNotReachPostgreSQL(t *testing.T) {
	t.Parallel()
	s := mustStart(t, usedDir(t))
	mine, err := syscall.Getpgid(0)
	if err != nil {
		t.Fatal(err)
	}
	its, err := syscall.Getpgid(s.postmaster.pid)
	if err != nil {
		t.Fatal(err)
	}
	if its == mine {
		t.Error("PostgreSQL is in the process group that a terminal interrupts")
	}
}

func TestAPostgreSQLLeftWithoutItsProgramIsStopped(t *testing.T) {
	t.Parallel()
	f, err := openFolder(usedDir(t))
	if err != nil {
		t.Fatal(err)
	}
	o := testOptions(t, f.dir)
	bin, err := findBinaries(t.Context(), o, f)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.ensureSocketDir(); err != nil {
		t.Fatal(err)
	}
	// As left by a killed program on a system without the parent-death signal:
	// it runs, and no one holds the folder's lock.
	orphan, err := startProcess(f.account.command(context.Background(), syscall.SIGKILL, bin.path("postgres"), f.postgresFlags(o)...), o.Log)
	if err != nil {
		t.Fatal(err)
	}
	passwords, err := f.passwords()
	if err != nil {
		t.Fatal(err)
	}
	if err := (&Server{folder: f, passwords: passwords}).waitReady(t.Context(), orphan); err != nil {
		t.Fatal(err)
	}
	s := mustStart(t, f.dir)
	<-orphan.done
	if have := one[int](t, connect(t, s, Serving), "SELECT 1"); have != 1 {
		t.Error("the new server does not answer")
	}
}

func TestTheDeathOfPostgreSQLIsSeen(t *testing.T) {
	t.Parallel()
	s := mustStart(t, usedDir(t))
	if err := syscall.Kill(s.postmaster.pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if err := s.Stop(); err != nil {
		t.Errorf("Stop after the death: %v", err)
	}
	mustStart(t, s.folder.dir)
}

func TestAnOldPostmasterFileStopsNothing(t *testing.T) {
	t.Parallel()
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	dir := usedDir(t)
	a, err := accountFor(filepath.Join(dir, "cluster"))
	if err != nil {
		t.Fatal(err)
	}
	// Another process of PostgreSQL's account has the number by now.
	unrelated, err := startProcess(a.command(context.Background(), syscall.SIGKILL, "sleep", "600"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unrelated.stop() })
	// Its parent does not ask how it ended, as some process 1 in containers.
	zombie := a.command(context.Background(), syscall.SIGKILL, "true")
	if err := zombie.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = zombie.Wait() })

	for name, pid := range map[string]int{
		"of a process that ended":  ended.Process.Pid,
		"of an unrelated process":  unrelated.pid,
		"of a process not buried":  zombie.Process.Pid,
		"of this program's number": os.Getpid(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := usedDir(t)
			socket := filepath.Join(dir, "socket")
			if err := os.Mkdir(socket, 0o700); err != nil {
				t.Fatal(err)
			}
			text := strings.Join([]string{strconv.Itoa(pid), filepath.Join(dir, "cluster"), "1700000000", "5432", socket, "", "  5432001         7", "ready   "}, "\n") + "\n"
			for _, path := range []string{filepath.Join(dir, "cluster", "postmaster.pid"), socketPath(socket) + ".lock"} {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := a.own(path); err != nil {
					t.Fatal(err)
				}
			}
			s := mustStart(t, dir)
			if have := one[int](t, connect(t, s, Serving), "SELECT 1"); have != 1 {
				t.Error("the server does not answer")
			}
			select {
			case <-unrelated.done:
				t.Error("the unrelated process was stopped")
			default:
			}
		})
	}
}
