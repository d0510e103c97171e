package scheduler_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tournee/scheduler"
)

func TestTheTermsOfEveryRouteAddUpToWhatTheSearchKept(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := tiny(rapid.Uint64().Draw(t, "seed"), rapid.Bool().Draw(t, "rough"))
		m, err := scheduler.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := m.Solve(scheduler.Options{Seed: 1, Iterations: 200})
		if err != nil {
			t.Fatal(err)
		}
		l, err := m.Load(plan)
		if err != nil {
			t.Fatal(err)
		}
		kept := l.KeptCosts()
		for i, r := range plan.Routes {
			if r.Cost.Total() != kept[i] {
				t.Errorf("%s costs %v, the search kept %d", r.Shift, r.Cost, kept[i])
			}
		}
	})
}

func TestACostIsWrittenTermByTermAndReadBack(t *testing.T) {
	t.Parallel()
	var b scheduler.Breakdown
	for i, term := range scheduler.Terms() {
		b[term] = scheduler.Cost(1) << i
	}
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`{"total":524287,"travel":1,`, `"visit_price":64,`, `"unassigned":262144}`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	var back scheduler.Breakdown
	if err := json.Unmarshal(text, &back); err != nil || back != b {
		t.Errorf("read back as %v, %v", back, err)
	}
	for _, bad := range []string{`{"total":1}`, `{"total":1,"travel":1,"tea":0}`, `[1]`, `{"travel":1.5}`} {
		if err := json.Unmarshal([]byte(bad), &back); err == nil {
			t.Errorf("%s is read as %v", bad, back)
		}
	}
	if back != b {
		t.Error("a refused cost changed the one there was")
	}
	if got := (scheduler.Breakdown{scheduler.TermTravel: 5, scheduler.TermLate: 7}).String(); got != "total 12, travel 5, late 7" {
		t.Errorf("said as %q", got)
	}
}

// wantTerm checks one term of a plan's cost.
func wantTerm(t *testing.T, plan *scheduler.Plan, term scheduler.Term, want scheduler.Cost) {
	t.Helper()
	if got := plan.Cost[term]; got != want {
		t.Errorf("%v costs %d, want %d", term, got, want)
	}
}
