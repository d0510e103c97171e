package scheduler_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tournee/scheduler"
)

// FuzzReadProblem reads any text: it is refused with faults, or solved soundly
// and written as it was read.
func FuzzReadProblem(f *testing.F) {
	text, err := os.ReadFile("testdata/problem.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	var every bytes.Buffer
	if err := scheduler.WriteProblem(&every, full()); err != nil {
		f.Fatal(err)
	}
	f.Add(every.String())
	f.Add(`{"start":"2026-06-01T00:00:00Z","end":"2026-06-02T00:00:00Z","visits":[{"id":"v","duration":60,"drop_cost":1}]}`)
	f.Add(`{"start":"2026-06-01T00:00:00Z","end":"2026-06-02T00:00:00Z","places":[{"id":"a"}],"travel":[{"mode":"car","seconds":[[0]]}],"technicians":[{"id":"t","mode":"car"}],"shifts":[{"id":"s","technician":"t","start":"2026-06-01T08:00:00Z","end":"2026-06-01T09:00:00Z"}],"visits":[{"id":"v","place":"a","duration":60,"drop_cost":1}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := scheduler.ReadProblem(strings.NewReader(text))
		if err != nil {
			wantFaultsAtAll(t, err)
			return
		}
		readAgain(t, p)
		wantSolvable(t, p)
	})
}

// FuzzValidate takes any problem a program could make, numbers out of all
// bounds too: it is refused with faults, or solved soundly.
func FuzzValidate(f *testing.F) {
	for _, p := range []*scheduler.Problem{full(), town(job("a", 1)), {}} {
		text, err := json.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p := &scheduler.Problem{}
		if json.Unmarshal(text, p) != nil {
			return
		}
		if err := scheduler.Validate(p); err != nil {
			wantFaultsAtAll(t, err)
			return
		}
		wantSolvable(t, p)
	})
}

// TestWhateverIsAcceptedIsPlannedSoundly changes the problem of every field here
// and there, so that rules meet in ways that nobody thought of.
func TestWhateverIsAcceptedIsPlannedSoundly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { wantSolvable(t, varied(t)) })
}

func wantFaultsAtAll(t *testing.T, err error) {
	t.Helper()
	var invalid *scheduler.Invalid
	if !errors.As(err, &invalid) || len(invalid.Faults) == 0 {
		t.Fatalf("refused without faults: %v", err)
	}
}

// wantSolvable solves a small problem; a large one would take too long for a
// single input.
func wantSolvable(t interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, p *scheduler.Problem,
) {
	t.Helper()
	if len(p.Visits) > 12 || len(p.Shifts) > 8 {
		return
	}
	plan, err := scheduler.Solve(p, scheduler.Options{Seed: 1, Iterations: 50})
	if err != nil {
		t.Fatalf("accepted but not solved: %v", err)
	}
	wantSound(t, p, plan)
}
