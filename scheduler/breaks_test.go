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

func TestALunchWithTwoSittingsIsTakenInEither(t *testing.T) {
	t.Parallel()
	v := job("meeting", 0)
	v.Duration, v.Windows = 2*hour, []scheduler.Window{{Open: 12 * hour, Close: 12 * hour}}
	p := town(v)
	p.Shifts = p.Shifts[:1]
	p.Shifts[0].Breaks = lunch(12*hour, 12*hour+1800)
	p.Shifts[0].Breaks[0].Windows = []scheduler.Window{{Open: 14 * hour, Close: 14 * hour}}
	plan := wantRoutes(t, p, "alice-monday: meeting lunch")
	if s := stopOf(t, plan, "lunch"); s.Begin != 14*hour {
		t.Errorf("lunch at %d, want the second sitting at 14:00", s.Begin)
	}
}

func TestABreakMayCountFromTheStartOfTheShift(t *testing.T) {
	t.Parallel()
	p := town(job("a", 0))
	p.Shifts = p.Shifts[:1]
	p.Shifts[0].Start = 9 * hour
	p.Shifts[0].Breaks = []scheduler.Break{{ID: "tea", Earliest: 2 * hour, Latest: 2 * hour, Duration: 900, FromStart: true}}
	if s := stopOf(t, wantRoutes(t, p, "alice-monday: a tea"), "tea"); s.Begin != 11*hour {
		t.Errorf("tea at %d, want two hours after nine", s.Begin)
	}
}

func TestAnOptionalBreakIsLeftOutForWhatIsWorthMore(t *testing.T) {
	t.Parallel()
	v := job("all-day", 0)
	v.Duration, v.DropCost = 7*hour+1800, 5000
	p := town(v)
	p.Shifts = p.Shifts[:1]
	p.Shifts[0].Breaks = lunch(12*hour, 12*hour)
	p.Shifts[0].Breaks[0].Optional, p.Shifts[0].Breaks[0].SkipCost = true, 4000
	plan := wantRoutes(t, p, "alice-monday: all-day")
	if cost := plan.Cost[scheduler.TermSkippedBreaks]; cost != 4000 || len(plan.Routes[0].Missed) != 1 {
		t.Errorf("lunch left out for %d, told as missed: %q", cost, plan.Routes[0].Missed)
	}
	p.Shifts[0].Breaks[0].SkipCost = 6000
	wantRoutes(t, p, "")
	p.Visits[0].Duration = 4 * hour
	plan = wantRoutes(t, p, "alice-monday: all-day lunch")
	if cost := plan.Cost[scheduler.TermSkippedBreaks]; cost != 0 || len(plan.Routes[0].Missed) != 0 {
		t.Errorf("lunch is taken, and costs %d", cost)
	}
}

func TestAnAbsenceLaterInTheDayLeavesRoomForAnEarlySitting(t *testing.T) {
	t.Parallel()
	p := town(job("a", 0))
	p.Shifts = p.Shifts[:1]
	p.Shifts[0].Breaks = []scheduler.Break{
		{ID: "doctor", Earliest: 12 * hour, Latest: 12 * hour, Duration: 3 * hour},
		{ID: "lunch", Earliest: 11 * hour, Latest: 13 * hour, Duration: 1800},
	}
	if plan := wantRoutes(t, p, "alice-monday: a lunch doctor"); len(plan.Routes[0].Missed) != 0 {
		t.Errorf("missed %q", plan.Routes[0].Missed)
	}
}
