package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// built is the folder of the program under test, made by binary.
var built string

// binary is the program, built once a process.
var binary = sync.OnceValues(func() (string, error) {
	var err error
	if built, err = os.MkdirTemp("", "tournee-e2e-"); err != nil {
		return "", err
	}
	path := filepath.Join(built, "tournee")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building: %w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

// secretKey keeps people signed in whatever folder the data are restored into.
var secretKey = strings.Repeat("5e", 32)

// program is a running tournee with its own data folder.
type program struct {
	t        *testing.T
	dataDir  string
	fcm      string
	settings []string // as NAME=value, over those of command
	cmd      *exec.Cmd
	log      *journal
	out      *journal
	address  string
	ended    chan struct{}
}

// newDir is an empty folder that the account which runs PostgreSQL can reach, also when this test runs as root.
func newDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "tournee-e2e-") // short: a socket's path has 104 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func command(t *testing.T, dataDir, fcm string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "ADDR=127.0.0.1:0", "DATA_DIR="+dataDir, "DATABASE_URL=", "REDIS_URL=", "SECRET_KEY="+secretKey, "PUBLIC_URL=http://tournee.test",
		"FCM_PROJECT=demo", "FCM_ENDPOINT="+fcm, "LOG_FORMAT=json", "LOG_LEVEL=info", "GEOCODER_URL=", "TRAVEL_URL=", "SMTP_URL=")
	return cmd
}

// start runs the program on the folder and waits until it serves.
func start(t *testing.T, dataDir, fcm string) *program {
	t.Helper()
	p := &program{t: t, dataDir: dataDir, fcm: fcm}
	p.run()
	t.Cleanup(p.stop)
	return p
}

var served = regexp.MustCompile(`serves on http://([0-9.:]+)`)

func (p *program) run() {
	p.t.Helper()
	p.log, p.out, p.ended = &journal{}, &journal{}, make(chan struct{})
	p.cmd = command(p.t, p.dataDir, p.fcm, "serve")
	p.cmd.Env = append(p.cmd.Env, p.settings...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.log
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func(cmd *exec.Cmd, ended chan struct{}) {
		_ = cmd.Wait()
		close(ended)
	}(p.cmd, p.ended)
	p.eventually("the program serves", func() bool {
		select {
		case <-p.ended:
			p.t.Fatalf("the program ended: %s%s", p.out, p.log)
		default:
		}
		found := served.FindStringSubmatch(p.out.String())
		if found == nil {
			return false
		}
		p.address = found[1]
		return p.ready()
	})
}

// ready reports whether the program and its database answer.
func (p *program) ready() bool {
	response, err := http.Get("http://" + p.address + "/readyz")
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode == http.StatusOK
}

// stop ends the program in order.
func (p *program) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(40 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// kill ends the program as a power cut would.
func (p *program) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	<-p.ended
}

// killPostgres ends PostgreSQL's first process as a power cut would.
func (p *program) killPostgres() {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dataDir, "cluster", "postmaster.pid"))
	if err != nil {
		p.t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		p.t.Fatal(err)
	}
}

// tool runs another command of the program on a data folder, to its end.
func tool(t *testing.T, dataDir string, args ...string) {
	t.Helper()
	if out, err := command(t, dataDir, "http://127.0.0.1:1/v1", args...).CombinedOutput(); err != nil {
		t.Fatalf("tournee %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// eventually asks again until the answer is yes.
func (p *program) eventually(what string, ask func() bool) {
	p.t.Helper()
	again := time.NewTicker(100 * time.Millisecond) // below the limits of the API
	defer again.Stop()
	deadline := time.After(90 * time.Second)
	for !ask() {
		select {
		case <-again.C:
		case <-deadline:
			p.t.Fatalf("it did not come about that %s; the log: %s", what, p.log)
		}
	}
}

type fields = map[string]any

// ask makes a call; an error means that there was no answer.
func (p *program) ask(ctx context.Context, method, path, bearer string, body any, headers ...string) (status int, answer []byte, err error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+p.address+path, content)
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// call makes a call that must go well and reads its answer into v.
func (p *program) call(method, path, bearer string, body, v any, headers ...string) {
	p.t.Helper()
	status, answer, err := p.ask(p.t.Context(), method, path, bearer, body, headers...)
	if err != nil || status >= 300 {
		p.t.Fatalf("%s %s: %d %s %v", method, path, status, answer, err)
	}
	if v != nil {
		if err := json.Unmarshal(answer, v); err != nil {
			p.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
		}
	}
}

// made creates a record and gives its id.
func (p *program) made(path, bearer string, body any) string {
	p.t.Helper()
	var record struct{ ID string }
	p.call("POST", path, bearer, body, &record)
	return record.ID
}

// link is the token in the mail to the address, which stands in the log where no mail server is configured.
func (p *program) link(to string) (token string) {
	p.t.Helper()
	p.eventually("a mail goes to "+to, func() bool {
		for line := range strings.Lines(p.log.String()) {
			var entry struct{ To, Body string }
			if json.Unmarshal([]byte(line), &entry) == nil && entry.To == to {
				_, rest, _ := strings.Cut(entry.Body, "#token=")
				token, _, _ = strings.Cut(rest, "\n")
			}
		}
		return token != ""
	})
	return token
}

// stream reads events from the cursor on until there are n of them.
func (p *program) stream(bearer, after string, n int) (events []event) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/v1/events", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	if after != "" {
		r.Header.Set("Last-Event-ID", after)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(response.Body)
		p.t.Fatalf("the event stream answers %d: %s", response.StatusCode, text)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	var e event
	for len(events) < n && lines.Scan() {
		switch name, value, _ := strings.Cut(lines.Text(), ": "); name {
		case "id":
			e.id = value
		case "data":
			e.data = value
		case "":
			if e.data != "" {
				events = append(events, e)
			}
			e = event{}
		}
	}
	if len(events) < n {
		p.t.Fatalf("%d of %d events came: %v", len(events), n, lines.Err())
	}
	return events
}

type event struct{ id, data string }

// journal keeps what a program writes.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
