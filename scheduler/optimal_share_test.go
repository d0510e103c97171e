package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

// wantFewMissed draws problems of a kind that the search does not always solve to
// the best of all plans: it is to do so for all but one of so many. Fewer are held
// where the race detector watches.
func wantFewMissed(t *testing.T, held, of int, next func() (*scheduler.Problem, uint64)) {
	t.Helper()
	if raced {
		held /= 10
	}
	missed := 0
	for range held {
		p, seed := next()
		plan := solve(t, p, scheduler.Options{Seed: seed, Iterations: 10_000})
		is := rankOf(p, plan)
		e := cheapest(p, is)
		if e.best.below(is) {
			t.Logf("seed %d costs %d, the best of all plans %d: %s", seed, is, e.best, routes(plan))
			missed++
		}
		if e.won != nil {
			wantAsTold(t, e)
		} else if regular(p) {
			t.Errorf("costs %d, and among all plans there is none as good", is)
		}
		if t.Failed() {
			t.Fatalf("seed %d: %s", seed, routes(plan))
		}
	}
	if missed > 1+held/of {
		t.Errorf("%d of %d miss the best of all plans, more than one in %d", missed, held, of)
	}
}

// TestHardlyAnyPlanIsBeatenByOneThatBeginsSooner draws tied visits with costs
// that may fall with the time: free starts, rush hours, unpleasant stretches.
// There a visit that begins later than its links ask can be worth it, and the
// search, which tries moments by chance, may find a plan better than any that
// begins as soon as it can; but seldom one that is worse.
func TestHardlyAnyPlanIsBeatenByOneThatBeginsSooner(t *testing.T) {
	t.Parallel()
	seed := uint64(40_000)
	wantFewMissed(t, 100, 50, func() (*scheduler.Problem, uint64) {
		for ; ; seed++ {
			if p, _ := rich(seed); !regular(p) {
				seed++
				return p, seed - 1
			}
		}
	})
}

// TestHardlyAnyChoiceOfPlacesIsMissed draws problems in which several visits may
// be done at other places each. The search takes for each the place that costs
// least with what else is in the route by then, so it misses a few.
func TestHardlyAnyChoiceOfPlacesIsMissed(t *testing.T) {
	t.Parallel()
	seed := uint64(60_000)
	wantFewMissed(t, 100, 50, func() (*scheduler.Problem, uint64) {
		for ; ; seed++ {
			p, _ := richBut(seed, func(p *scheduler.Problem) {
				smooth(p)
				smoothStarts(p)
				smoothTied(p)
			})
			several := 0
			for v := range p.Visits {
				if len(p.Visits[v].Places) > 0 && !frozen(p, p.Visits[v].ID) {
					several++
				}
			}
			if several > 1 && regular(p) {
				seed++
				return p, seed - 1
			}
		}
	})
}
