package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestWorkUnderWayIsNotMovedAndTheRestFollows(t *testing.T) {
	t.Parallel()
	done := job("done", 3) // alice lacks nothing, but was late and out of its window
	done.Windows = []scheduler.Window{{Open: 8 * hour, Close: 8 * hour}}
	next := job("next", 3)
	next.Required = []string{"alice"}
	p := town(done, next)
	p.Shifts[0].Breaks = lunch(9*hour, 10*hour)
	p.Shifts[0].Frozen = []scheduler.FrozenStop{{Visit: "done", Arrive: 9 * hour, Begin: 10 * hour, Depart: 11 * hour}}
	plan := wantRoutes(t, p, "alice-monday: done next") // too late for lunch
	if got := plan.Routes[0].Missed; len(got) != 1 {
		t.Errorf("missed %q, want the lunch", got)
	}
	if s := stopOf(t, plan, "next"); s.Begin != 11*hour || s.Travel != 0 {
		t.Errorf("next begins at %d after %d s of travel, want 11:00 on the spot", s.Begin, s.Travel)
	}
	wantWhyNot(t, p, plan, "done", "bruno", "under_way")
}

func TestATechnicianWhoOverranTheShiftGetsNothingMore(t *testing.T) {
	t.Parallel()
	next := job("next", 0)
	next.Required, next.Duration = []string{"alice"}, 0
	p := town(job("done", 3), next)
	p.Shifts[0].Frozen = []scheduler.FrozenStop{{Visit: "done", Arrive: 9 * hour, Begin: 10 * hour, Depart: 17 * hour}}
	plan := wantRoutes(t, p, "alice-monday: done")
	wantWhyNot(t, p, plan, "next", "alice", "shift_end")
}

func TestFrozenStopsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	p := town(job("a", 1))
	p.Shifts[0].Frozen = []scheduler.FrozenStop{
		{Visit: "a", Arrive: 9 * hour, Begin: 8 * hour, Depart: 10 * hour},
		{Visit: "a", Break: "lunch", Arrive: 9 * hour, Begin: 9 * hour, Depart: 25 * hour},
		{Break: "tea"},
		{Visit: "b", Arrive: 11 * hour, Begin: 11 * hour, Depart: 12 * hour},
	}
	wantFaults(t, scheduler.Validate(p), "/shifts/0/frozen/0 out_of_order", "/shifts/0/frozen/0/visit duplicate", "/shifts/0/frozen/1 missing",
		"/shifts/0/frozen/1/visit duplicate", "/shifts/0/frozen/1/depart outside_horizon", "/shifts/0/frozen/2/break unknown",
		"/shifts/0/frozen/2 out_of_order", "/shifts/0/frozen/3/visit unknown")
}

func TestALunchLeftOutStaysLeftOutWhereAllTheRestIsDone(t *testing.T) {
	t.Parallel()
	p := town(job("done", 3))
	p.Shifts[0].Breaks = lunch(12*hour, 13*hour)
	p.Shifts[0].Breaks[0].Optional, p.Shifts[0].Breaks[0].SkipCost = true, 400
	p.Shifts[0].Frozen = []scheduler.FrozenStop{{Visit: "done", Arrive: 9 * hour, Begin: 9 * hour, Depart: 10 * hour}}
	for taken, stops := range map[scheduler.Cost][]scheduler.Stop{
		0:   {{Visit: "done"}, {Break: "lunch"}},
		400: {{Visit: "done"}},
	} {
		plan := load(t, p, &scheduler.Plan{Routes: []scheduler.Route{{Shift: "alice-monday", Stops: stops}}}).Plan()
		if cost := plan.Cost[scheduler.TermSkippedBreaks]; cost != taken || len(plan.Routes[0].Stops) != len(stops) {
			t.Errorf("%v is loaded as %q, the lunch left out for %d, want %d", stops, routes(plan), cost, taken)
		}
	}
}

func TestWithoutAWayHomeTheDayEndsWithWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	for _, most := range []int{0, 5} { // by the plain rules, and by those that routes are walked through
		p := town(job("done", 3))
		p.Travel[0].Seconds[3][0] = scheduler.Unreachable
		p.Shifts[0].MaxVisits = most
		p.Shifts[0].Frozen = []scheduler.FrozenStop{{Visit: "done", Arrive: 9 * hour, Begin: 10 * hour, Depart: 11 * hour}}
		plan := wantRoutes(t, p, "alice-monday: done")
		if got := plan.Routes[0].Finish; got != 11*hour {
			t.Errorf("ends at %d, want 11:00", got)
		}
		next := job("next", 3)
		next.Required = []string{"alice"}
		p.Visits = append(p.Visits, next)
		plan = wantRoutes(t, p, "alice-monday: done")
		wantWhyNot(t, p, plan, "next", "alice", "unreachable")
	}
}
