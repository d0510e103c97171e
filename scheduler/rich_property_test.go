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

// TestNamesAndOrderDoNotChangeTheBestRichPlan lists the same things in another
// order and under other names.
func TestNamesAndOrderDoNotChangeTheBestRichPlan(t *testing.T) {
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
		q := reordered(renamed(p, "other-"), rand.New(rand.NewPCG(seed, 9)))
		o := scheduler.Options{Seed: seed, Iterations: 10_000}
		if before, after := rankOf(p, solve(t, p, o)), rankOf(q, solve(t, q, o)); after != before {
			t.Errorf("seed %d: costs %d, in another order %d", seed, before, after)
		}
	}
}

// TestWhateverMoneyIsCountedInTheBestRichPlanIsTheSame multiplies all prices. They
// are such that nothing is rounded: whole per second, per metre and per percent.
func TestWhateverMoneyIsCountedInTheBestRichPlanIsTheSame(t *testing.T) {
	t.Parallel()
	most := uint64(40)
	if raced {
		most = 6
	}
	held := uint64(0)
	for seed := range most {
		p, _ := rich(5_000 + seed)
		for v := range p.Visits {
			if told := p.Visits[v].Told; told != nil {
				told.Percent -= told.Percent % 100
			}
		}
		p = dearer(p, 18_000)
		times := 2 + scheduler.Cost(seed%2)
		q := dearer(p, times)
		if !regular(p) || scheduler.Validate(q) != nil { // a price may be too high
			continue
		}
		held++
		o := scheduler.Options{Seed: seed, Iterations: 10_000}
		plan := solve(t, p, o)
		wantOptimal(t, p, plan)
		want := rankOf(p, plan)
		if want[3] *= times; rankOf(q, solve(t, q, o)) != want {
			t.Errorf("seed %d: costs %d with prices times %d, want %d", seed, rankOf(q, solve(t, q, o)), times, want)
		}
	}
	if held < most/2 {
		t.Errorf("only %d problems held", held)
	}
}

// TestTwoRichRegionsCostWhatEachCosts joins two small problems that share nothing
// but their weights: the best plan of both is that of each, proved apart.
func TestTwoRichRegionsCostWhatEachCosts(t *testing.T) {
	t.Parallel()
	most := uint64(24)
	if raced {
		most = 3
	}
	held := uint64(0)
	for seed := uint64(7_000); held < most; seed++ {
		north, _ := rich(2 * seed)
		south, _ := rich(2*seed + 1)
		south.Weights, south.Rest, south.Unpleasant = north.Weights, north.Rest, north.Unpleasant
		north.Length = max(north.Length, south.Length)
		south.Length = north.Length
		both := joined(north, south)
		if scheduler.Validate(south) != nil || scheduler.Validate(both) != nil || !regular(both) {
			continue
		}
		held++
		o := scheduler.Options{Seed: seed, Iterations: 10_000}
		var sum rank
		for _, p := range []*scheduler.Problem{north, south} {
			plan := solve(t, p, o)
			wantOptimal(t, p, plan)
			for i, x := range rankOf(p, plan) {
				sum[i] += x
			}
		}
		if o.Iterations *= 3; len(both.Links)+len(both.Resources) > 0 {
			o.Iterations = 60_000 // moments at which tied visits begin are found by chance
		}
		if is := rankOf(both, solve(t, both, o)); is != sum {
			t.Errorf("seed %d: costs %d together, %d apart", seed, is, sum)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestMoreRoomNeverMakesTheBestRichPlanDearer lets windows close later and
// limits go: of all plans there is one no dearer than the best before, and where
// all costs rise with the time the search finds it.
func TestMoreRoomNeverMakesTheBestRichPlanDearer(t *testing.T) {
	t.Parallel()
	held := 0
	for seed := range uint64(150) {
		p, _ := rich(seed)
		o := scheduler.Options{Seed: seed, Iterations: 2_000}
		e := cheapest(p, rankOf(p, solve(t, p, o)))
		if e.won == nil {
			continue // tied visits begin later than they could, at less cost
		}
		before := e.best
		relax(p)
		if held++; cheapest(p, before).won == nil {
			t.Errorf("seed %d: with more room no plan costs %d or less", seed, before)
		}
		if o.Iterations = 10_000; !raced && regular(p) {
			if after := rankOf(p, solve(t, p, o)); before.below(after) {
				t.Errorf("seed %d: costs %d with more room, %d before", seed, after, before)
			}
		}
	}
	if held < 120 {
		t.Errorf("only %d problems held", held)
	}
}

// relax gives a problem more room. Where beginning sooner can cost more, or come
// too early for what was the best depot, only the last window of a visit closes
// later, so that everything may begin when it did.
func relax(p *scheduler.Problem) {
	free := slices.ContainsFunc(p.Shifts, func(s scheduler.Shift) bool { return s.Free })
	hours := slices.ContainsFunc(p.Depots, func(d scheduler.Depot) bool { return len(d.Windows) > 0 })
	sooner := !free && !hours && len(p.Unpleasant) == 0 && len(p.Travel[0].Curves) == 0
	for i := range p.Visits {
		last := scheduler.Time(0)
		for _, w := range p.Visits[i].Windows {
			last = max(last, w.Close)
		}
		for j := range p.Visits[i].Windows {
			if w := &p.Visits[i].Windows[j]; sooner || w.Close == last {
				w.Close = min(w.Close+1800, scheduler.Time(p.Length))
			}
		}
	}
	for i := range p.Shifts {
		s := &p.Shifts[i]
		s.MaxTravel, s.MaxDistance, s.MaxVisits, s.Capacity = 0, 0, 0, nil
	}
	for i := range p.Places {
		p.Places[i].Offline = false
	}
}
