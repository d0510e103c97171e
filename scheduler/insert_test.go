package scheduler_test

import (
	"slices"
	"testing"

	"tournee/scheduler"
)

// with is a plan with one visit more, at a position of a shift's stops.
func with(p *scheduler.Problem, plan *scheduler.Plan, visit, shift string, position int) *scheduler.Plan {
	out := &scheduler.Plan{}
	found := false
	for _, r := range plan.Routes {
		if r.Shift == shift {
			found = true
			r.Stops = slices.Insert(slices.Clone(r.Stops), position, scheduler.Stop{Visit: visit})
		}
		out.Routes = append(out.Routes, r)
	}
	if !found {
		stops := owedStops(p, shift)
		out.Routes = append(out.Routes, scheduler.Route{Shift: shift, Stops: slices.Insert(stops, position, scheduler.Stop{Visit: visit})})
	}
	return out
}

// owedStops is an empty shift's stops: its breaks.
func owedStops(p *scheduler.Problem, shift string) []scheduler.Stop {
	var out []scheduler.Stop
	for _, s := range p.Shifts {
		if s.ID == shift {
			for _, b := range s.Breaks {
				out = append(out, scheduler.Stop{Break: b.ID})
			}
		}
	}
	return out
}

func load(t testing.TB, p *scheduler.Problem, plan *scheduler.Plan) *scheduler.Live {
	t.Helper()
	m, err := scheduler.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	live, err := m.Load(plan)
	if err != nil {
		t.Fatal(err)
	}
	return live
}

func TestAQuoteIsTheExactDifferenceAndNoPlaceIsForgotten(t *testing.T) {
	t.Parallel()
	quotes := 0
	for seed := range uint64(150) {
		p := tiny(seed, true)
		full := solve(t, p, scheduler.Options{Seed: seed, Iterations: 100})
		for _, v := range p.Visits {
			if frozen(p, v.ID) {
				continue
			}
			live := load(t, p, without(full, v.ID))
			if len(live.Broken) > 0 {
				continue // without the triangle inequality, less can be too much
			}
			before := live.Plan()
			insertions, err := live.Insert(v.ID, 1000)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.IsSortedFunc(insertions, func(a, b scheduler.Insertion) int { return int(a.Cost - b.Cost) }) {
				t.Errorf("seed %d: insertions of %s are not best first", seed, v.ID)
			}
			few, err := live.Insert(v.ID, 2)
			if err != nil || !slices.Equal(few, insertions[:min(2, len(insertions))]) {
				t.Errorf("seed %d: the two best are %+v, of all %+v", seed, few, insertions)
			}
			for _, i := range insertions {
				quotes++
				wantQuoteTrue(t, p, before, v.ID, i)
			}
			if want := places(t, p, before, v.ID); len(insertions) != want {
				t.Errorf("seed %d: %d places quoted for %s, there are %d", seed, len(insertions), v.ID, want)
			}
		}
	}
	if quotes < 500 {
		t.Errorf("only %d quotes tried", quotes)
	}
}

func frozen(p *scheduler.Problem, visit string) bool {
	for _, s := range p.Shifts {
		for _, f := range s.Frozen {
			if f.Visit == visit {
				return true
			}
		}
	}
	return false
}

// wantQuoteTrue makes the insertion, has the checker judge it, and compares
// its cost; then it has the visit begin at the latest moment, and after it.
func wantQuoteTrue(t *testing.T, p *scheduler.Problem, before *scheduler.Plan, visit string, i scheduler.Insertion) {
	t.Helper()
	live := load(t, p, with(p, before, visit, i.Shift, i.Position))
	after := live.Plan()
	wantSound(t, p, after)
	left := scheduler.Cost(0)
	for _, u := range before.Unassigned {
		if u.Visit == visit {
			left = u.Cost
		}
	}
	if is := after.Cost.Total() - before.Cost.Total() + left; is != i.Cost {
		t.Errorf("%s in %s at %d was quoted %d, costs %d", visit, i.Shift, i.Position, i.Cost, is)
	}
	for begin, want := range map[scheduler.Time]bool{i.Earliest: true, i.Latest: true, i.Latest + 1: false, i.Earliest - 1: false} {
		if is := fitsAt(t, p, before, visit, i, begin); is != want {
			t.Errorf("%s in %s at %d, quoted from %d to %d, at %d fits: %v", visit, i.Shift, i.Position, i.Earliest, i.Latest, begin, is)
		}
	}
}

// fitsAt says whether an insertion is feasible when the visit may begin at one
// moment only.
func fitsAt(t *testing.T, p *scheduler.Problem, before *scheduler.Plan, visit string, i scheduler.Insertion, begin scheduler.Time) bool {
	t.Helper()
	v := &p.Visits[visitIndex(p, visit)]
	inside := func(w scheduler.Window) bool { return begin >= w.Open && begin <= w.Close }
	if len(v.Windows) > 0 && !slices.ContainsFunc(v.Windows, inside) {
		return false
	}
	q := *p
	q.Pins = slices.Clone(p.Pins)
	at := slices.IndexFunc(q.Pins, func(x scheduler.Pin) bool { return x.Visit == visit })
	if at < 0 {
		at = len(q.Pins)
		q.Pins = append(q.Pins, scheduler.Pin{Visit: visit})
	}
	if q.Pins[at].Begin != nil {
		return *q.Pins[at].Begin == begin
	}
	q.Pins[at].Begin = &begin
	if scheduler.Validate(&q) != nil {
		return false // pinned outside its shift
	}
	return len(load(t, &q, with(p, before, visit, i.Shift, i.Position)).Broken) == 0
}

// places counts the positions in which a visit can be put, by trying each.
func places(t *testing.T, p *scheduler.Problem, before *scheduler.Plan, visit string) int {
	t.Helper()
	n := 0
	for _, s := range p.Shifts {
		stops := len(owedStops(p, s.ID))
		for _, r := range before.Routes {
			if r.Shift == s.ID {
				stops = len(r.Stops)
			}
		}
		for position := len(s.Frozen); position <= stops; position++ {
			if len(load(t, p, with(p, before, visit, s.ID, position)).Broken) == 0 {
				n++
			}
		}
	}
	return n
}

func TestAVisitInThePlanIsNotQuoted(t *testing.T) {
	t.Parallel()
	p := example(t)
	plan := solve(t, p, scheduler.Options{Seed: 1, Iterations: 200})
	_, err := scheduler.Insert(p, plan, "switch", 3)
	wantFaults(t, err, "/visit contradiction")
	_, err = scheduler.Insert(p, plan, "nobody", 3)
	wantFaults(t, err, "/visit unknown")
	got, err := scheduler.Insert(p, without(plan, "switch"), "switch", 1)
	if err != nil || len(got) != 1 || got[0].Shift != "alice-monday" {
		t.Errorf("got %+v, %v, want one place in alice-monday", got, err)
	}
}
