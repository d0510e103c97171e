package scheduler_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"tournee/scheduler"
)

func example(t testing.TB) *scheduler.Problem {
	t.Helper()
	file, err := os.Open("testdata/problem.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p, err := scheduler.ReadProblem(file)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheExampleIsReadSolvedAndWritten(t *testing.T) {
	t.Parallel()
	p := example(t)
	plan, err := scheduler.Solve(p, scheduler.Options{Seed: 7, Iterations: 2_000})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := scheduler.WritePlan(&out, p, plan); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"visit": "router"`, `"frozen": true`,
		`"begin": "2026-06-01T09:30:00+02:00"`, // the pinned remote visit
		`"visit": "core-switch"`, `"code": "skill_level_too_low"`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the written plan lacks %s:\n%s", want, &out)
		}
	}
	if len(plan.Unassigned) != 1 || plan.Unassigned[0].Visit != "core-switch" {
		t.Errorf("unassigned: %+v, want core-switch alone", plan.Unassigned)
	}
}

func TestEveryFaultOfAFileIsToldAtOnce(t *testing.T) {
	t.Parallel()
	text := `{"start": "2026-06-01T00:00:00+02:00", "end": "tomorrow", "colour": 1, "skills": "network",
		"technicians": [{"id": "a", "mode": 3}], "visits": [{"id": "v", "id": "w", "place": "moon", "duration": 1.5}]}`
	_, err := scheduler.ReadProblem(strings.NewReader(text))
	wantFaults(t, err, "/end not_a_time", "/colour unknown_field", "/skills wrong_type", "/technicians/0/mode wrong_type",
		"/visits/0/id duplicate", "/visits/0/place unknown", "/visits/0/duration wrong_type")
}

func TestATextThatIsNotJSONIsRefusedByLine(t *testing.T) {
	t.Parallel()
	_, err := scheduler.ReadProblem(strings.NewReader("{\n\"start\": 1,\n}"))
	wantFaults(t, err, " malformed")
	if !strings.Contains(err.Error(), "line 3") {
		t.Errorf("error %q names no line", err)
	}
}

// wantFaults checks that an error holds exactly these "path code" faults, in
// any order.
func wantFaults(t *testing.T, err error, want ...string) {
	t.Helper()
	var invalid *scheduler.Invalid
	if !errors.As(err, &invalid) {
		t.Fatalf("error is %v, want faults %q", err, want)
	}
	left := map[string]int{}
	for _, f := range invalid.Faults {
		left[f.Path+" "+f.Code]++
	}
	for _, w := range want {
		left[w]--
	}
	for fault, n := range left {
		if n > 0 {
			t.Errorf("unexpected fault %s", fault)
		} else if n < 0 {
			t.Errorf("missing fault %s", fault)
		}
	}
	if t.Failed() {
		t.Logf("faults: %v", err)
	}
}

func FuzzReadProblem(f *testing.F) {
	text, err := os.ReadFile("testdata/problem.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(`{"start":"2026-06-01T00:00:00Z","end":"2026-06-02T00:00:00Z","visits":[{"id":"v","duration":60,"drop_cost":1}]}`)
	f.Add(`{"start":"2026-06-01T00:00:00Z","end":"2026-06-02T00:00:00Z","places":[{"id":"a"}],"travel":[{"mode":"car","seconds":[[0]]}],"technicians":[{"id":"t","mode":"car"}],"shifts":[{"id":"s","technician":"t","start":"2026-06-01T08:00:00Z","end":"2026-06-01T09:00:00Z"}],"visits":[{"id":"v","place":"a","duration":60,"drop_cost":1}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := scheduler.ReadProblem(strings.NewReader(text))
		if err != nil {
			var invalid *scheduler.Invalid
			if !errors.As(err, &invalid) || len(invalid.Faults) == 0 {
				t.Fatalf("refused without faults: %v", err)
			}
			return
		}
		plan, err := scheduler.Solve(p, scheduler.Options{Seed: 1, Iterations: 20})
		if err != nil {
			t.Fatalf("read but not solved: %v", err)
		}
		wantSound(t, p, plan)
	})
}
