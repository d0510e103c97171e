package scheduler_test

import (
	"fmt"
	"slices"
	"testing"

	"tournee/scheduler"
	"tournee/scheduler/check"
)

// regular says whether nothing of a problem with tied visits costs less when
// something begins later. Otherwise tied visits may begin later than they could,
// and the least times are not always the best.
func regular(p *scheduler.Problem) bool {
	free := slices.ContainsFunc(p.Shifts, func(s scheduler.Shift) bool { return s.Free })
	curves := slices.ContainsFunc(p.Travel, func(t scheduler.Travel) bool { return len(t.Curves) > 0 })
	return len(p.Links)+len(p.Resources) == 0 || !free && !curves && len(p.Unpleasant) == 0
}

// wantOptimal holds a plan against all plans there are.
func wantOptimal(t *testing.T, p *scheduler.Problem, plan *scheduler.Plan) {
	t.Helper()
	is := rankOf(p, plan)
	e := cheapest(p, is)
	if e.won == nil {
		t.Errorf("costs %d, and among all plans there is none as good", is)
		return
	}
	if e.best != is {
		t.Errorf("costs %d, the best of all plans %d", is, e.best)
	}
	wantAsTold(t, e)
}

// wantAsTold has the checker judge the best of all plans.
func wantAsTold(t *testing.T, e *exact) {
	t.Helper()
	best := e.plan()
	violations, cost := check.Plan(e.p, best)
	for _, v := range violations {
		if v.Rule != "cost" {
			t.Errorf("the best of all plans breaks %s", v)
		}
	}
	best.Cost = cost
	if r := rankOf(e.p, best); r != e.best {
		t.Errorf("the best of all plans costs %d by the checker, %d by the search of all", r, e.best)
	}
}

// TestSmallRichPlansAreOptimal draws rich problems until so many are proved in
// each share: those with tied visits and costs that may fall are only held to be
// sound here, and to more in TestHardlyAnyPlanIsBeatenByOneThatBeginsSooner.
func TestSmallRichPlansAreOptimal(t *testing.T) {
	t.Parallel()
	each := 60
	if raced {
		each = 3
	}
	for n := range uint64(10) {
		t.Run(fmt.Sprint("share ", n), func(t *testing.T) {
			t.Parallel()
			drawn, each := map[string]int{}, each
			for seed := n * 1_000; each > 0; seed++ {
				p, with := rich(seed)
				plan := solve(t, p, scheduler.Options{Seed: seed, Iterations: 10_000})
				if regular(p) {
					wantOptimal(t, p, plan)
					each--
				}
				if t.Failed() {
					t.Fatalf("seed %d, with %q: %s", seed, with, routes(plan))
				}
				for _, f := range with {
					drawn[f]++
				}
			}
			for _, f := range features {
				if !raced && drawn[f.name] < 5 {
					t.Errorf("%s drawn into %d problems only", f.name, drawn[f.name])
				}
			}
		})
	}
}
