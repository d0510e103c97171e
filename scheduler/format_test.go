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

func TestNumbersThatAreNoneAreRefusedByPath(t *testing.T) {
	t.Parallel()
	text := `{"start": "2026-06-01T00:00:00Z", "end": "2026-06-02T00:00:00Z", "rest": 1e999, "skills": ["a", null],
		"places": [{"id": "p", "zone": 0.5}], "travel": [{"mode": "car", "seconds": [[0, 1.5], [null, "9"]], "metres": 3,
			"curves": [[{"at": "2026-06-01T08:00:00Z", "percent": 1e2}], {}]}],
		"unpleasant": [{"open": "2026-06-01T18:00:00Z"}],
		"shifts": [{"id": "s", "technician": "t", "start": "2026-06-01T08:00:00Z", "end": "2026-06-01T09:00:00Z", "capacity": [1, 2.5],
			"max_distance": 99999999999999, "overtime_hour": "12", "kilometre": 1.5, "breaks": [{"id": "b", "from_start": true,
			"earliest": "2026-06-01T08:00:00Z", "latest": 3000000000, "duration": 60}]}],
		"visits": [{"id": "v", "duration": 60, "places": ["p", "q", 3], "told": {"window": {}}, "due": "noon", "any_of": [{"skill": "a"}],
			"durations": [{"level": "three", "duration": 9223372036854775808}], "loads": [null]}],
		"links": [{"id": "l", "kind": 1, "visits": "v", "least": -0.5}], "resources": [{"id": "r"}], "depots": [{"id": "d"}],
		"weights": {"fairness": "much", "lexicographic": 1}}`
	_, err := scheduler.ReadProblem(strings.NewReader(text))
	wantFaults(t, err, "/rest wrong_type", "/skills/1 wrong_type", "/places/0/zone wrong_type",
		"/travel/0/seconds/0/1 wrong_type", "/travel/0/seconds/1/0 wrong_type", "/travel/0/seconds/1/1 wrong_type", "/travel/0/metres wrong_type",
		"/travel/0/curves/0/0/percent wrong_type", "/travel/0/curves/1 wrong_type", "/unpleasant/0/close missing",
		"/shifts/0/capacity/1 wrong_type", "/shifts/0/max_distance wrong_type", "/shifts/0/overtime_hour wrong_type", "/shifts/0/kilometre wrong_type",
		"/shifts/0/breaks/0/earliest wrong_type", "/shifts/0/breaks/0/latest wrong_type",
		"/visits/0/places/1 unknown", "/visits/0/places/2 wrong_type",
		"/visits/0/told/window/open missing", "/visits/0/told/window/close missing", "/visits/0/told/percent missing", "/visits/0/due not_a_time",
		"/visits/0/any_of/0 wrong_type", "/visits/0/durations/0/level wrong_type", "/visits/0/durations/0/duration wrong_type", "/visits/0/loads/0 wrong_type",
		"/links/0/kind wrong_type", "/links/0/visits wrong_type", "/links/0/least wrong_type", "/resources/0/quantity missing", "/depots/0/place missing",
		"/weights/fairness wrong_type", "/weights/lexicographic wrong_type")
	_, err = scheduler.ReadProblem(strings.NewReader(`{"start": NaN}`))
	wantFaults(t, err, " malformed")
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
