package scheduler_test

import (
	"fmt"
	"slices"
	"testing"

	"tournee/scheduler"
)

// field draws a small problem in which what happens away from the office counts
// most: other places, depots, cellars, subcontractors; all else seldom. Little is
// cheap enough to leave out.
func field(seed uint64) (*scheduler.Problem, []string) {
	return drawRich(seed, func(f int) int {
		if slices.Contains([]string{"places", "parts", "connection", "subcontractor"}, features[f].name) {
			return 60
		}
		return features[f].percent / 3
	}, func(p *scheduler.Problem) {
		smoothAll(p)
		for v := range p.Visits {
			p.Visits[v].DropCost *= 4
		}
	})
}

// TestSmallPlansInTheFieldAreOptimal holds to all plans there are those that pick
// up parts, choose a place, look for a connection or leave work to others.
func TestSmallPlansInTheFieldAreOptimal(t *testing.T) {
	t.Parallel()
	each := 60
	if raced {
		each = 3
	}
	for n := range uint64(5) {
		t.Run(fmt.Sprint("share ", n), func(t *testing.T) {
			t.Parallel()
			used, each := map[string]int{}, each
			for seed := 100_000 + n*1_000; each > 0; seed++ {
				p, with := field(seed)
				if !regular(p) {
					continue
				}
				plan := solve(t, p, scheduler.Options{Seed: seed, Iterations: 10_000})
				if wantOptimal(t, p, plan); t.Failed() {
					t.Fatalf("seed %d, with %q: %s", seed, with, routes(plan))
				}
				countUses(p, plan, used)
				each--
			}
			for _, use := range []string{"depot", "other place", "pool", "remote"} {
				if !raced && used[use] < 5 {
					t.Errorf("the plans have %d stops of this kind only: %s", used[use], use)
				}
			}
		})
	}
}

// countUses counts the stops of a plan that rules drawn seldom bring about.
func countUses(p *scheduler.Problem, plan *scheduler.Plan, used map[string]int) {
	for _, r := range plan.Routes {
		pool := p.Shifts[slices.IndexFunc(p.Shifts, func(s scheduler.Shift) bool { return s.ID == r.Shift })].Pool
		offline := slices.ContainsFunc(p.Places, func(o scheduler.Place) bool { return o.Offline })
		for _, stop := range r.Stops {
			for use, is := range map[string]bool{
				"depot": stop.Depot != "", "other place": stop.Alternative > 0 && !stop.Frozen, "pool": pool,
				"remote": offline && stop.Visit != "" && p.Visits[visitIndex(p, stop.Visit)].Place == scheduler.NoPlace,
			} {
				if is {
					used[use]++
				}
			}
		}
	}
}
