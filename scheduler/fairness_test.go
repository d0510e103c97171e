package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestHoursAreSharedOut(t *testing.T) {
	t.Parallel()
	p := town(job("a", 2), job("b", 2))
	for i := range p.Shifts { // both are at hand
		p.Shifts[i].StartPlace, p.Shifts[i].EndPlace, p.Shifts[i].Free = 2, 2, true
	}
	p.Weights.Fairness = 1000
	plan, _ := day(t, p)
	if len(plan.Routes) != 2 {
		t.Errorf("planned %q, want one each", routes(plan))
	}
	if fair := plan.Cost[scheduler.TermFairness]; fair != 2000 {
		t.Errorf("an hour each costs %d, want 2000", fair)
	}
	p.Technicians[1].Hours = 40 * hour // Bruno has worked enough
	plan = wantRoutes(t, p, routes(onlyOf(t, p, "alice")))
	if fair := plan.Cost[scheduler.TermFairness]; fair != 4000 {
		t.Errorf("two hours of Alice's cost %d, want 4000", fair)
	}
}

// onlyOf plans with one technician's shifts alone.
func onlyOf(t *testing.T, p *scheduler.Problem, technician string) *scheduler.Plan {
	t.Helper()
	q := *p
	q.Shifts = nil
	for _, s := range p.Shifts {
		if s.Technician == technician {
			q.Shifts = append(q.Shifts, s)
		}
	}
	plan, _ := day(t, &q)
	return plan
}

func TestUnpleasantVisitsAreSharedOut(t *testing.T) {
	t.Parallel()
	a, b := job("a", 2), job("b", 2)
	a.Windows = []scheduler.Window{{Open: 13 * hour, Close: 15 * hour}}
	b.Windows = a.Windows
	p := town(a, b)
	p.Shifts[0].StartPlace, p.Shifts[0].EndPlace = 2, 2
	if plan, _ := day(t, p); len(plan.Routes) != 1 {
		t.Fatalf("planned %q; the nearer one does both", routes(plan))
	}
	p.Unpleasant = []scheduler.Window{{Open: 12 * hour, Close: 24 * hour}}
	p.Weights.Unpleasant = 100_000
	plan, _ := day(t, p)
	if len(plan.Routes) != 2 {
		t.Errorf("planned %q, want one each", routes(plan))
	}
	if cost := plan.Cost[scheduler.TermUnpleasant]; cost != 200_000 {
		t.Errorf("one bad afternoon each costs %d", cost)
	}
	p.Technicians[0].Unpleasant = 3
	plan, _ = day(t, p)
	if len(plan.Routes) != 1 || plan.Routes[0].Technician != "bruno" {
		t.Errorf("planned %q; it is Bruno's turn", routes(plan))
	}
}

func TestWhoMayLeaveLateDoesNotRunIntoTheBadHours(t *testing.T) {
	t.Parallel()
	evening := job("evening", 1)
	evening.Windows = []scheduler.Window{{Open: 15 * hour, Close: 15 * hour}}
	p := town(job("anytime", 1), evening)
	p.Shifts = p.Shifts[:1]
	p.Shifts[0].Free, p.Shifts[0].End = true, 17*hour
	p.Weights.Unpleasant = 1000
	p.Unpleasant = []scheduler.Window{{Open: 12 * hour, Close: 13*hour - 1}}
	plan := wantRoutes(t, p, "alice-monday: anytime evening")
	if got := stopOf(t, plan, "anytime"); got.Begin != 12*hour-1 || plan.Cost[scheduler.TermUnpleasant] != 0 {
		t.Errorf("begins at %d, want right before the bad hours, at %d", got.Begin, 12*hour-1)
	}
	p.Unpleasant[0].Open = 8 * hour // and here it is bad however soon she leaves
	plan = wantRoutes(t, p, "alice-monday: anytime evening")
	if got := stopOf(t, plan, "anytime"); got.Begin != 13*hour-1 || plan.Cost[scheduler.TermUnpleasant] != 1000 {
		t.Errorf("begins at %d, want at the end of the bad hours, at %d", got.Begin, 13*hour-1)
	}
	if live := load(t, p, plan); live.KeptTotal() != plan.Cost.Total() {
		t.Errorf("kept as %d, costs %d", live.KeptTotal(), plan.Cost.Total())
	}
}

func TestTheCheapestPlaceIsFoundWhereItShortensTheDay(t *testing.T) {
	t.Parallel()
	setUp := job("set-up", 2)
	setUp.Setup = 2 * hour
	onTheWay := job("on-the-way", 2)
	onTheWay.Duration = 600
	p := town(setUp, onTheWay)
	p.Weights.Fairness = 1000
	p.Shifts[1].VisitCost = 5000 // dearer than Alice's way, but for two hours less work
	live := load(t, p, &scheduler.Plan{Routes: []scheduler.Route{{Shift: "bruno-monday", Stops: []scheduler.Stop{{Visit: "set-up"}}}}})
	quotes, err := live.Quote("on-the-way", []scheduler.Window{{Open: 8 * hour, Close: 16 * hour}}, 1)
	must(t, err)
	best, err := live.Insert("on-the-way", 1)
	must(t, err)
	if len(quotes[0].Best) != 1 || quotes[0].Best[0] != best[0] || best[0].Technician != "bruno" || best[0].Cost >= 0 {
		t.Errorf("quotes %v, the cheapest place is %v", quotes[0].Best, best)
	}
}
