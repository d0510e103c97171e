package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

const (
	ownExample   = "../../scheduler/testdata/problem.json"
	vroomExample = "../../scheduler/vroom/testdata/example.json"
)

// solved runs tournee solve and gives what it writes, what it says, and its exit code.
func solved(t *testing.T, in string, args ...string) (wrote, said string, code int) {
	t.Helper()
	cmd := command(t, t.TempDir(), "", append([]string{"solve"}, args...)...)
	var out, log bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &out, &log
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), log.String(), cmd.ProcessState.ExitCode()
}

// vroomAnswer is what these tests read of VROOM's output.
type vroomAnswer struct {
	Code    int
	Error   string
	Summary struct{ Routes, Unassigned, Priority int }
	Routes  []struct{ Steps []struct{ Type string } }
}

func answered(t *testing.T, text string) vroomAnswer {
	t.Helper()
	var a vroomAnswer
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return a
}

func TestAVROOMUserGetsVROOMsAnswer(t *testing.T) {
	t.Parallel()
	wrote, said, code := solved(t, "", "--format", "vroom", "--iterations", "500", vroomExample)
	if a := answered(t, wrote); code != 0 || a.Code != 0 || a.Summary.Routes != 2 || a.Summary.Unassigned != 1 || a.Summary.Priority != 150 {
		t.Errorf("exit code %d, %s", code, wrote)
	}
	if said != "" {
		t.Errorf("it says %q in a pipe", said)
	}
}

func TestAVROOMUserGetsVROOMsExitCodes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{
		`{"vehicles": [{"id": 1, "start_index": 4}], "jobs": [{"id": -1}], "shipments": [{}]}`:      2,
		`{"vehicles": [{"id": 1, "start": [2.3, 48.8]}], "jobs": [{"id": 1, "location": [2, 48]}]}`: 3,
		`{"vehicles": `: 2,
	} {
		wrote, said, code := solved(t, in, "-format=vroom", "-")
		if a := answered(t, wrote); code != want || a.Code != want || a.Error == "" || !strings.Contains(said, "tournee: ") {
			t.Errorf("%s: exit code %d, wrote %s, said %s", in, code, wrote, said)
		}
	}
	wrote, _, code := solved(t, "", "--format", "vroom", filepath.Join(t.TempDir(), "nowhere.json"))
	if a := answered(t, wrote); code != 2 || a.Code != 2 {
		t.Errorf("a file that is not there: exit code %d, %s", code, wrote)
	}
}

func TestWhatCannotBeAskedIsRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--time", "1s", "--iterations", "5", ownExample},
		{"--format", "csv", ownExample},
		{"--threads", "-1", ownExample},
		{"--time", "ten", ownExample},
		{"--quickly", ownExample},
		{ownExample, ownExample},
		{},
	} {
		if wrote, said, code := solved(t, "", args...); code != 2 || wrote != "" || !strings.Contains(said, "tournee: ") {
			t.Errorf("%v: exit code %d, wrote %q, said %q", args, code, wrote, said)
		}
	}
}

func TestTheSamePlanComesOfTheSameSeedWhateverTheThreads(t *testing.T) {
	t.Parallel()
	first, _, code := solved(t, "", "--seed", "7", "--iterations", "300", "--threads", "1", ownExample)
	if code != 0 || !strings.Contains(first, `"core-switch"`) {
		t.Fatalf("exit code %d, %s", code, first)
	}
	for _, threads := range []string{"2", "0"} {
		if again, _, _ := solved(t, "", "--seed", "7", "--iterations", "300", "--threads", threads, ownExample); again != first {
			t.Errorf("with %s threads the plan is %s, with one %s", threads, again, first)
		}
	}
}

func TestAPlanReplacesAFileWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "plan.json")
	if err := os.WriteFile(file, []byte("yesterday's"), 0o640); err != nil {
		t.Fatal(err)
	}
	content := func() string {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if _, said, code := solved(t, `{"start": "soon"}`, "--out", file, "-"); code != 1 || !strings.Contains(said, "/start") || content() != "yesterday's" {
		t.Errorf("a wrong problem: exit code %d, said %s, and the file holds %q", code, said, content())
	}
	if wrote, said, code := solved(t, "", "--out", file, "--time", "50ms", ownExample); code != 0 || wrote != "" || !strings.Contains(content(), `"routes"`) {
		t.Errorf("a good one: exit code %d, wrote %q, said %q, and the file holds %q", code, wrote, said, content())
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file's mode is now %v, %v", info.Mode(), err)
	}
	if _, _, code := solved(t, "{}", "--format", "vroom", "--out", file, "-"); code != 2 || answered(t, content()).Code != 2 {
		t.Errorf("VROOM's refusal: exit code %d, and the file holds %q", code, content())
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
	if _, said, code := solved(t, "", "--out", filepath.Join(dir, "no", "plan.json"), ownExample); code != 1 || !strings.Contains(said, "no such file") {
		t.Errorf("a folder that is not there: exit code %d, said %s", code, said)
	}
}

func TestCtrlCEndsTheSearchWithTheBestPlanSoFar(t *testing.T) {
	t.Parallel()
	problem, err := os.ReadFile(ownExample)
	if err != nil {
		t.Fatal(err)
	}
	cmd := command(t, t.TempDir(), "", "solve", "--iterations", "1000000000000", "-")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// More than a pipe holds: when all is written, the program is reading, and heeds signals.
	if _, err := in.Write(append(bytes.Repeat([]byte(" "), 1<<20), problem...)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, log.String())
	}
	var plan struct {
		Stopped bool
		Routes  []struct{ Stops []any }
	}
	if err := json.Unmarshal(out.Bytes(), &plan); err != nil || !plan.Stopped || len(plan.Routes) == 0 {
		t.Errorf("%v: wrote %s", err, out.String())
	}
}

func TestOnATerminalOneLineSaysHowItGoes(t *testing.T) {
	t.Parallel()
	terminal, screen := openTerminal(t)
	cmd := command(t, t.TempDir(), "", "solve", "--iterations", "2000", ownExample)
	cmd.Stdout, cmd.Stderr = io.Discard, terminal
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	shown, _ := io.ReadAll(screen) // ends with an input/output error: the other side is closed
	if s := string(shown); !strings.HasPrefix(s, "\r\x1b[K") || strings.Count(s, "\n") != 1 || !strings.Contains(s, "iterations, cost ") || !strings.Contains(s, " unassigned") {
		t.Errorf("the terminal shows %q", shown)
	}
}

// openTerminal opens a pseudo-terminal: what is written to the first is read from the second.
func openTerminal(t *testing.T) (terminal, screen *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	var number, locked int32
	for request, value := range map[uintptr]*int32{syscall.TIOCSPTLCK: &locked, syscall.TIOCGPTN: &number} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, screen.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
			t.Fatal(errno)
		}
	}
	if terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	return terminal, screen
}
