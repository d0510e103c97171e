package main_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// imports runs tournee import on a file's text, beside whatever runs on the data folder, and gives what it says and its exit code.
func imports(t *testing.T, dataDir, text string, args ...string) (said string, code int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "staff.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, arg := range args {
		if arg == "FILE" {
			args[i] = file
		}
	}
	cmd := command(t, dataDir, "http://127.0.0.1:1/v1", append([]string{"import"}, args...)...)
	out, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func TestAFileIsImportedBesideTheRunningProgram(t *testing.T) {
	t.Parallel()
	c := found(t)
	const good = "external_id;name;employment;transport;lat;lon\nT-17;Sofia Reyes;employee;bike;48,857;2,379\n"
	staff := func() string {
		_, answer, err := c.ask(t.Context(), "GET", "/v1/technicians", c.boss, nil)
		if err != nil {
			t.Fatal(err)
		}
		return string(answer)
	}
	bad := strings.NewReplacer("bike", "plane", "48,857", "north").Replace(good)
	said, code := imports(t, c.dataDir, bad, "technicians", "FILE")
	if code != 1 || !strings.Contains(said, "staff.csv:2, transport: ") || !strings.Contains(said, "staff.csv:2, lat: ") || !strings.Contains(said, "nothing of ") {
		t.Errorf("a wrong file: exit code %d, %s", code, said)
	}
	if said, code = imports(t, c.dataDir, good, "technicians", "FILE", "--dry-run"); code != 0 || !strings.Contains(said, "1 new, 0 changed, 0 as they were; this was a dry run") {
		t.Errorf("a dry run: exit code %d, %s", code, said)
	}
	if strings.Contains(staff(), "Sofia Reyes") {
		t.Error("a wrong file and a dry run wrote something")
	}
	if said, code = imports(t, c.dataDir, good, "--organization", "depannage", "technicians", "FILE"); code != 0 || !strings.Contains(said, "1 new, 0 changed") {
		t.Errorf("the file: exit code %d, %s", code, said)
	}
	if said, code = imports(t, c.dataDir, good, "technicians", "FILE"); code != 0 || !strings.Contains(said, "0 changed, 1 as they were") || !strings.Contains(staff(), "Sofia Reyes") {
		t.Errorf("the file again: exit code %d, %s, and now there are %s", code, said, staff())
	}
	for _, wrong := range [][]string{{"technicians"}, {"visits", "FILE"}, {"technicians", "FILE", "--all"}} {
		if said, code := imports(t, c.dataDir, good, wrong...); code != 2 || !strings.Contains(said, "tournee") {
			t.Errorf("import %v: exit code %d, %s", wrong, code, said)
		}
	}
	if said, code := imports(t, c.dataDir, "caf\xe9\n", "skills", "FILE"); code != 1 || strings.Contains(said, "import.not_utf8") || !strings.Contains(said, "UTF-8") {
		t.Errorf("a file in another encoding: exit code %d, %s", code, said)
	}
	if said, code := imports(t, c.dataDir, good, "technicians", "FILE", "--organization", "nobody"); code != 1 || !strings.Contains(said, `no organization "nobody"`) {
		t.Errorf("an unknown organization: exit code %d, %s", code, said)
	}
}
