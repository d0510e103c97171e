package scheduler_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tournee/scheduler"
)

// TestAnyRichPlanIsSoundWheneverStopped stops a run at any moment, and repeats
// it from what the plan says, with any number of threads. Under the build tag
// debugcost every insertion is recomputed too.
func TestAnyRichPlanIsSoundWheneverStopped(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64Range(0, 1<<40).Draw(t, "seed")
		p, _ := rich(seed)
		left := rapid.IntRange(0, 40).Draw(t, "polls")
		plan, err := scheduler.Solve(p, scheduler.Options{Seed: seed, Iterations: 2_000, Stop: func() bool { left--; return left < 0 }})
		if err != nil {
			t.Fatal(err)
		}
		wantSound(t, p, plan)
		if plan.Iterations == 0 {
			return // StopAt 0 is not to stop
		}
		threads := rapid.SampledFrom([]int{1, 2, 8}).Draw(t, "threads")
		again, err := scheduler.Solve(p, scheduler.Options{Seed: plan.Seed, Iterations: plan.Budget, StopAt: plan.Iterations, Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		if again.Stopped = plan.Stopped; routes(again) != routes(plan) || again.Cost != plan.Cost {
			t.Errorf("stopped at %d of %d: %s; repeated: %s", plan.Iterations, plan.Budget, routes(plan), routes(again))
		}
	})
}

// TestOrderDoesNotChangeTheBestRichPlan lists the same things in another order.
func TestOrderDoesNotChangeTheBestRichPlan(t *testing.T) {
	t.Parallel()
	most := uint64(60)
	if raced {
		most = 10
	}
	for seed := range most {
		p, _ := rich(seed)
		if !regular(p) {
			continue
		}
		before := rankOf(p, solve(t, p, scheduler.Options{Seed: seed, Iterations: 10_000}))
		g := rand.New(rand.NewPCG(seed, 9))
		g.Shuffle(len(p.Visits), func(i, j int) { p.Visits[i], p.Visits[j] = p.Visits[j], p.Visits[i] })
		g.Shuffle(len(p.Technicians), func(i, j int) { p.Technicians[i], p.Technicians[j] = p.Technicians[j], p.Technicians[i] })
		g.Shuffle(len(p.Links), func(i, j int) { p.Links[i], p.Links[j] = p.Links[j], p.Links[i] })
		if after := rankOf(p, solve(t, p, scheduler.Options{Seed: seed, Iterations: 10_000})); after != before {
			t.Errorf("seed %d: costs %d, in another order %d", seed, before, after)
		}
	}
}

// TestMoreRoomNeverMakesTheBestRichPlanDearer lets windows close later and
// limits go: of all plans there is one no dearer than the best before. Left out
// are problems in which beginning sooner, as more room may allow, can cost more.
func TestMoreRoomNeverMakesTheBestRichPlanDearer(t *testing.T) {
	t.Parallel()
	held := 0
	for seed := range uint64(150) {
		p, _ := rich(seed)
		free := slices.ContainsFunc(p.Shifts, func(s scheduler.Shift) bool { return s.Free })
		if free || len(p.Unpleasant) > 0 || len(p.Travel[0].Curves) > 0 {
			continue
		}
		before := rankOf(p, solve(t, p, scheduler.Options{Seed: seed, Iterations: 2_000}))
		for i := range p.Visits {
			for j := range p.Visits[i].Windows {
				p.Visits[i].Windows[j].Close = min(p.Visits[i].Windows[j].Close+1800, scheduler.Time(p.Length))
			}
		}
		for i := range p.Shifts {
			p.Shifts[i].MaxTravel, p.Shifts[i].MaxDistance, p.Shifts[i].MaxVisits = 0, 0, 0
		}
		if held++; cheapest(p, before).won == nil {
			t.Errorf("seed %d: with more room no plan costs %d or less", seed, before)
		}
	}
	if held < 50 {
		t.Errorf("only %d problems held", held)
	}
}
