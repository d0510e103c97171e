package scheduler_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tournee/scheduler"
)

func hash(t testing.TB, plan *scheduler.Plan) [32]byte {
	t.Helper()
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(text)
}

func TestTheSameSeedGivesTheSamePlanAndAnotherSeedAnother(t *testing.T) {
	t.Parallel()
	p := city(3, 150, 15, 2)
	first := hash(t, solve(t, p, scheduler.Options{Seed: 5, Iterations: 3_000}))
	if hash(t, solve(t, p, scheduler.Options{Seed: 5, Iterations: 3_000})) != first {
		t.Error("the same seed gave another plan")
	}
	if hash(t, solve(t, p, scheduler.Options{Seed: 6, Iterations: 3_000})) == first {
		t.Error("another seed gave the same plan, seed and all")
	}
}

// TestThePlanIsTheOneRecorded pins a plan's hash: it changes only when the
// search does, never with the machine or the version of Go.
func TestThePlanIsTheOneRecorded(t *testing.T) {
	t.Parallel()
	plan := solve(t, example(t), scheduler.Options{Seed: 1, Iterations: 500})
	if got, want := routes(plan), "alice-monday: router switch lunch; bruno-monday: mail printers"; got != want {
		t.Errorf("planned %q, recorded %q", got, want)
	}
}

func TestStoppedAtAnyMomentThePlanIsSound(t *testing.T) {
	t.Parallel()
	p := city(4, 80, 6, 1) // more than can be done
	for polls := range 6 {
		left := polls
		plan := solve(t, p, scheduler.Options{Seed: 1, Iterations: 100_000, Stop: func() bool { left--; return left < 0 }})
		if !plan.Stopped || plan.Iterations >= 100_000 {
			t.Errorf("after %d polls: stopped %v at %d", polls, plan.Stopped, plan.Iterations)
		}
		if polls == 0 && plan.Iterations != 0 {
			t.Errorf("stopped at once, yet %d iterations", plan.Iterations)
		}
	}
}

func TestAStoppedRunCanBeRepeated(t *testing.T) {
	t.Parallel()
	p := city(4, 80, 6, 1)
	polls := 0
	o := scheduler.Options{Seed: 9, Iterations: 50_000, Stop: func() bool { polls++; return polls > 60 }}
	stopped := solve(t, p, o)
	again := solve(t, p, scheduler.Options{Seed: stopped.Seed, Iterations: stopped.Budget, StopAt: stopped.Iterations})
	if hash(t, again) != hash(t, stopped) {
		t.Errorf("%d of %d iterations gave %d, repeated %d", stopped.Iterations, stopped.Budget, stopped.Cost.Total(), again.Cost.Total())
	}
}

func TestProgressIsToldAndNeverGetsWorse(t *testing.T) {
	t.Parallel()
	p := city(5, 100, 10, 1)
	var told []scheduler.Progress
	plan := solve(t, p, scheduler.Options{Seed: 1, Iterations: 3_000, Observe: func(x scheduler.Progress) { told = append(told, x) }})
	if len(told) < 2 {
		t.Fatalf("told %d times", len(told))
	}
	if !slices.IsSortedFunc(told, func(a, b scheduler.Progress) int { return int(b.Cost - a.Cost) }) {
		t.Errorf("the best cost rose: %v", told)
	}
	if last := told[len(told)-1]; plan.Cost.Total() > last.Cost {
		t.Errorf("the plan costs %d, %d was told", plan.Cost.Total(), last.Cost)
	}
}

func TestAWarmStartIsNeverWorseThanItsStart(t *testing.T) {
	t.Parallel()
	p := city(6, 120, 8, 1)
	start := solve(t, p, scheduler.Options{Seed: 1, Iterations: 2_000})
	for _, iterations := range []int64{1, 500} {
		plan := solve(t, p, scheduler.Options{Seed: 2, Iterations: iterations, Start: start})
		if plan.Cost.Total() > start.Cost.Total() {
			t.Errorf("%d iterations from %d gave %d", iterations, start.Cost.Total(), plan.Cost.Total())
		}
	}
}

func TestARouteThatRunsLateIsClosedToQuotesAndMendedBySolve(t *testing.T) {
	t.Parallel()
	a, b := job("a", 2), job("b", 2)
	for _, v := range []*scheduler.Visit{&a, &b} {
		v.Windows = []scheduler.Window{{Open: 9 * hour, Close: 10 * hour}}
		v.Duration = 2 * hour
		v.Required = []string{"alice"}
	}
	p := town(a, b, job("c", 1))
	late := &scheduler.Plan{Routes: []scheduler.Route{{Shift: "alice-monday", Stops: []scheduler.Stop{{Visit: "a"}, {Visit: "b"}}}}}
	live := load(t, p, late)
	if !slices.Equal(live.Broken, []string{"alice-monday"}) {
		t.Fatalf("broken: %q", live.Broken)
	}
	wantWhyNot(t, p, late, "c", "alice", "route_broken")
	quotes, err := live.Insert("c", 10)
	if err != nil || len(quotes) != 1 || quotes[0].Shift != "bruno-monday" {
		t.Errorf("quotes %+v, %v, want one with bruno", quotes, err)
	}
	plan := solve(t, p, scheduler.Options{Seed: 1, Iterations: 200, Start: late})
	if len(plan.Unassigned) != 1 {
		t.Errorf("%d unassigned, want one of a and b", len(plan.Unassigned))
	}
}

func TestAStartThatDoesNotFitTheProblemIsRefused(t *testing.T) {
	t.Parallel()
	p := town(job("a", 1))
	start := &scheduler.Plan{Routes: []scheduler.Route{
		{Shift: "alice-monday", Stops: []scheduler.Stop{{Visit: "a"}, {Visit: "a"}, {Visit: "b"}, {Break: "tea"}}}, {Shift: "x"},
	}}
	_, err := scheduler.Solve(p, scheduler.Options{Start: start})
	wantFaults(t, err, "/routes/0/stops/1 duplicate", "/routes/0/stops/2/visit unknown", "/routes/0/stops/3/break unknown", "/routes/1/shift unknown")
}

// shuffled is a problem in another order and under other names.
func shuffled(p *scheduler.Problem, seed uint64) *scheduler.Problem {
	g := rand.New(rand.NewPCG(seed, 3))
	text, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	q := &scheduler.Problem{}
	if err := json.Unmarshal(text, q); err != nil {
		panic(err)
	}
	rename := func(id *string) {
		if *id != "" {
			*id = "z" + *id
		}
	}
	for i := range q.Visits {
		rename(&q.Visits[i].ID)
	}
	for i := range q.Pins {
		rename(&q.Pins[i].Visit)
		rename(&q.Pins[i].Shift)
	}
	for i := range q.Shifts {
		rename(&q.Shifts[i].ID)
		for j := range q.Shifts[i].Frozen {
			rename(&q.Shifts[i].Frozen[j].Visit)
		}
	}
	g.Shuffle(len(q.Visits), func(i, j int) { q.Visits[i], q.Visits[j] = q.Visits[j], q.Visits[i] })
	g.Shuffle(len(q.Shifts), func(i, j int) { q.Shifts[i], q.Shifts[j] = q.Shifts[j], q.Shifts[i] })
	g.Shuffle(len(q.Technicians), func(i, j int) { q.Technicians[i], q.Technicians[j] = q.Technicians[j], q.Technicians[i] })
	return q
}

func TestOrderAndNamesDoNotChangeWhatTheBestPlanCosts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64Range(1_000, 1_500).Draw(t, "seed")
		p := tiny(seed, false)
		o := scheduler.Options{Seed: seed, Iterations: 6_000}
		a, err := scheduler.Solve(p, o)
		if err != nil {
			t.Fatal(err)
		}
		b, err := scheduler.Solve(shuffled(p, seed), o)
		if err != nil {
			t.Fatal(err)
		}
		if a.Cost.Total() != b.Cost.Total() {
			t.Errorf("seed %d: %d, shuffled %d", seed, a.Cost.Total(), b.Cost.Total())
		}
	})
}

func TestWiderWindowsNeverMakeTheBestPlanDearer(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		p := tiny(2_000+seed, false)
		before := priced(p, solve(t, p, scheduler.Options{Seed: seed, Iterations: 6_000}))
		for i := range p.Visits {
			for j := range p.Visits[i].Windows {
				p.Visits[i].Windows[j].Close += 1800
			}
		}
		after := priced(p, solve(t, p, scheduler.Options{Seed: seed, Iterations: 6_000}))
		if after > before {
			t.Errorf("seed %d: %d with windows wider by half an hour, %d before", seed, after, before)
		}
	}
}

// TestTwoRegionsCostWhatEachCosts joins two small problems that share nothing.
func TestTwoRegionsCostWhatEachCosts(t *testing.T) {
	t.Parallel()
	north, south := town(job("n1", 1), job("n2", 2)), town(job("s1", 3), job("s2", 4))
	both := town()
	for i := range north.Visits {
		v := north.Visits[i]
		v.Required = []string{"alice"}
		north.Visits[i].Required = v.Required
		w := south.Visits[i]
		w.Required = []string{"bruno"}
		south.Visits[i].Required = w.Required
		both.Visits = append(both.Visits, w, v)
	}
	o := scheduler.Options{Seed: 1, Iterations: 1_000}
	if n, s, b := solve(t, north, o), solve(t, south, o), solve(t, both, o); n.Cost.Total()+s.Cost.Total() != b.Cost.Total() {
		t.Errorf("%d and %d apart, %d together", n.Cost.Total(), s.Cost.Total(), b.Cost.Total())
	}
}

func TestAnyPlanOfAnyProblemIsSoundEvenOnRoughRoads(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		p := tiny(seed, rapid.Bool().Draw(t, "rough"))
		plan, err := scheduler.Solve(p, scheduler.Options{Seed: seed, Iterations: rapid.Int64Range(1, 400).Draw(t, "iterations")})
		if err != nil {
			t.Fatal(err)
		}
		wantSound(t, p, plan)
		var out bytes.Buffer
		if err := scheduler.WritePlan(&out, p, plan); err != nil || !json.Valid(out.Bytes()) {
			t.Errorf("the plan cannot be written: %v", err)
		}
	})
}

func TestAnOverloadedDayLeavesOutTheCheapestFirst(t *testing.T) {
	t.Parallel()
	p := city(8, 200, 8, 1)
	plan := solve(t, p, scheduler.Options{Seed: 1, Iterations: 3_000})
	left := map[string]bool{}
	for _, u := range plan.Unassigned {
		left[u.Visit] = true
		if len(u.Why) == 0 {
			t.Errorf("%s is left out without a reason", u.Visit)
		}
	}
	var in, out, nIn, nOut scheduler.Cost
	for _, v := range p.Visits {
		if left[v.ID] {
			out, nOut = out+v.DropCost, nOut+1
		} else {
			in, nIn = in+v.DropCost, nIn+1
		}
	}
	if nIn == 0 || nOut == 0 || in/nIn <= out/nOut {
		t.Errorf("%d planned worth %d, %d left out worth %d", nIn, in, nOut, out)
	}
}

func TestAnyNumberOfThreadsGivesTheSamePlan(t *testing.T) {
	t.Parallel()
	p := city(3, 500, 50, 1)
	want := hash(t, solve(t, p, scheduler.Options{Seed: 2, Iterations: 12_000}))
	for _, threads := range []int{2, 8} {
		if got := hash(t, solve(t, p, scheduler.Options{Seed: 2, Iterations: 12_000, Threads: threads})); got != want {
			t.Errorf("%d threads give another plan than one", threads)
		}
	}
}

func TestARunAgainstTheClockCanBeReplayed(t *testing.T) {
	t.Parallel()
	p := city(4, 300, 25, 1)
	polls := 0
	first := solve(t, p, scheduler.Options{Seed: 3, Elapsed: func() float64 {
		polls++
		return float64(polls*polls) / 150 // the later, the slower the machine
	}})
	if len(first.Elapsed) < 8 || first.Iterations == 0 {
		t.Fatalf("%d iterations, asked how late it is %d times", first.Iterations, len(first.Elapsed))
	}
	again := solve(t, p, scheduler.Options{Seed: first.Seed, Elapsed: scheduler.Replay(first.Elapsed), Threads: 2})
	if hash(t, again) != hash(t, first) {
		t.Errorf("%d iterations gave %d, replayed %d gave %d", first.Iterations, first.Cost.Total(), again.Iterations, again.Cost.Total())
	}
}
