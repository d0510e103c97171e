package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func lunch(earliest, latest scheduler.Time) []scheduler.Break {
	return []scheduler.Break{{ID: "lunch", Earliest: earliest, Latest: latest, Duration: 1800}}
}

func TestLunchIsTakenInItsHoursBetweenVisits(t *testing.T) {
	t.Parallel()
	long, short := job("long", 1), job("short", 1)
	long.Duration, long.Required, short.Required = 3*hour, []string{"alice"}, []string{"alice"}
	p := town(long, short)
	p.Shifts[0].Breaks = lunch(12*hour, 13*hour)
	plan, _ := day(t, p)
	if s := stopOf(t, plan, "lunch"); s.Begin < 12*hour || s.Begin > 13*hour || s.Depart-s.Begin != 1800 {
		t.Errorf("lunch from %d to %d", s.Begin, s.Depart)
	}
	if len(plan.Unassigned) != 0 {
		t.Errorf("%d unassigned", len(plan.Unassigned))
	}
}

func TestAVisitThatLeavesNoRoomForLunchIsLeftOutAndSaidWhy(t *testing.T) {
	t.Parallel()
	v := job("noon", 0)
	v.Duration, v.Required = 4*hour, []string{"alice"}
	v.Windows = []scheduler.Window{{Open: 10 * hour, Close: 10 * hour}}
	p := town(v)
	p.Shifts[0].Breaks = lunch(11*hour, 13*hour)
	plan := wantRoutes(t, p, "")
	wantWhyNot(t, p, plan, "noon", "alice", "window_closed")
	p.Shifts[0].Breaks = lunch(9*hour, 13*hour)
	wantRoutes(t, p, "alice-monday: lunch noon")
}

func TestALunchPlannedInTheWayIsSaidToBe(t *testing.T) {
	t.Parallel()
	a, b := job("a", 0), job("b", 0)
	a.Windows = []scheduler.Window{{Open: 11 * hour, Close: 11 * hour}}
	b.Windows = []scheduler.Window{{Open: 12*hour + 1800, Close: 12*hour + 1800}}
	a.Required, b.Required = []string{"alice"}, []string{"alice"}
	p := town(a, b)
	p.Shifts[0].Breaks = lunch(9*hour, 13*hour)
	between := &scheduler.Plan{Routes: []scheduler.Route{{Shift: "alice-monday", Stops: []scheduler.Stop{{Visit: "a"}, {Break: "lunch"}}}}}
	p.Shifts[0].Breaks[0].Duration = 3 * hour / 2 // from 12 to 13:30 as planned
	wantWhyNot(t, p, between, "b", "alice", "break_in_the_way")
	if plan, _ := day(t, p); len(plan.Unassigned) != 0 {
		t.Error("Solve does not move the lunch")
	}
}

func TestALunchInsideAnAbsenceIsToldAsMissed(t *testing.T) {
	t.Parallel()
	p := town(job("a", 0))
	p.Visits[0].Required = []string{"alice"}
	p.Shifts[0].Breaks = append(lunch(12*hour, 13*hour), scheduler.Break{ID: "dentist", Earliest: 11*hour + 1800, Latest: 11*hour + 1800, Duration: 2 * hour})
	plan := wantRoutes(t, p, "alice-monday: a dentist")
	if got := plan.Routes[0].Missed; len(got) != 1 || got[0] != "lunch" {
		t.Errorf("missed %q, want the lunch", got)
	}
}

func TestBreaksThatCannotBeTakenAreRefused(t *testing.T) {
	t.Parallel()
	p := town()
	p.Shifts[0].Breaks = []scheduler.Break{
		{ID: "a", Earliest: 7 * hour, Latest: 9 * hour, Duration: 60},
		{ID: "a", Earliest: 12 * hour, Latest: 11 * hour, Duration: -1},
	}
	wantFaults(t, scheduler.Validate(p), "/shifts/0/breaks/0 outside_shift", "/shifts/0/breaks/1/id duplicate",
		"/shifts/0/breaks/1 ends_before_start", "/shifts/0/breaks/1/duration out_of_range")
}
