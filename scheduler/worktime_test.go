package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestWhoIsFreeLeavesHomeAsLateAsStillPossible(t *testing.T) {
	t.Parallel()
	a, b := job("a", 1), job("b", 2)
	a.Windows = []scheduler.Window{{Open: 10 * hour, Close: 11 * hour}}
	b.Windows = []scheduler.Window{{Open: 12 * hour, Close: 12 * hour}}
	p := town(a, b)
	p.Shifts = p.Shifts[:1]
	p.Shifts[0].Free, p.Shifts[0].WorkHour = true, 3600
	plan := wantRoutes(t, p, "alice-monday: a b")
	// b at 12:00 is reached from a, left by 11:50, begun by 10:50, ten minutes from home.
	if start := plan.Routes[0].Start; start != 10*hour+40*60 {
		t.Errorf("Alice leaves at %d, want 10:40", start)
	}
	if paid := plan.Cost[scheduler.TermWork]; paid != 2*3600+40*60 { // back at 13:20
		t.Errorf("paid %d, want 2 h 40 min", paid)
	}
	if plan.Cost[scheduler.TermWaiting] != 0 {
		t.Errorf("waits for %d; nobody waits who may leave late", plan.Cost[scheduler.TermWaiting])
	}
}

func TestLeavingLaterMayNotMakeAPromiseLate(t *testing.T) {
	t.Parallel()
	a, b := job("a", 1), job("b", 2)
	due := scheduler.Time(9*hour + 30*60)
	a.Due, a.LateHour = &due, 3600
	b.Windows = []scheduler.Window{{Open: 12 * hour, Close: 12 * hour}}
	p := town(a, b)
	p.Shifts = p.Shifts[:1]
	p.Shifts[0].Free, p.Shifts[0].WorkHour = true, 60
	plan := wantRoutes(t, p, "alice-monday: a b")
	if stop := stopOf(t, plan, "a"); stop.Depart != due {
		t.Errorf("a is done at %d, want just in time at %d", stop.Depart, due)
	}
	if plan.Cost[scheduler.TermLate] != 0 {
		t.Errorf("late for %d", plan.Cost[scheduler.TermLate])
	}
}

func TestOvertimeIsPaidAndHasAnEnd(t *testing.T) {
	t.Parallel()
	late := job("late", 1)
	late.Windows = []scheduler.Window{{Open: 15*hour + 30*60, Close: 17 * hour}} // ends at 16:30, home at 16:40
	p := town(late)
	p.Shifts = p.Shifts[:1]
	plan, got := day(t, p)
	if got != "" {
		t.Errorf("planned %q without overtime", got)
	}
	wantWhyNot(t, p, plan, "late", "alice", "shift_end")
	p.Shifts[0].Overtime, p.Shifts[0].OvertimeHour = hour, 6000
	plan = wantRoutes(t, p, "alice-monday: late")
	if over := plan.Cost[scheduler.TermOvertime]; over != 4000 {
		t.Errorf("forty minutes cost %d, want 4000", over)
	}
	p.Shifts[0].Overtime = 39 * 60
	plan, got = day(t, p)
	if got != "" {
		t.Errorf("planned %q with a minute too little overtime", got)
	}
	wantWhyNot(t, p, plan, "late", "alice", "overtime")
}

func TestOvertimeEndsWhereTheTechniciansNextShiftStarts(t *testing.T) {
	t.Parallel()
	long := job("long", 1)
	long.Duration = 8*hour + 10*60 // and ten minutes there and back
	p := town(long)
	evening := p.Shifts[0]
	evening.ID, evening.Start, evening.End, evening.Continues = "alice-evening", 16*hour+30*60, 20*hour, true
	p.Shifts = []scheduler.Shift{p.Shifts[0], evening}
	p.Shifts[0].Overtime = 2 * hour
	wantRoutes(t, p, "alice-monday: long")
	p.Visits[0].Duration++
	plan := wantRoutes(t, p, "")
	wantWhyNot(t, p, plan, "long", "alice", "overtime", "shift_too_short")
}

func TestNobodyLeavesLaterForAPromiseThatIsMissedAlready(t *testing.T) {
	t.Parallel()
	a, b := job("a", 1), job("b", 2)
	a.Due, a.LateHour = to(scheduler.Time(8*hour)), 1 // a second late is worth less than a unit
	a.Windows = []scheduler.Window{{Open: 8 * hour, Close: 9 * hour}}
	b.Windows = []scheduler.Window{{Open: 12 * hour, Close: 12 * hour}}
	p := town(a, b)
	p.Shifts = p.Shifts[:1]
	p.Shifts[0].Free = true
	if plan := wantRoutes(t, p, "alice-monday: a b"); plan.Routes[0].Start != 8*hour {
		t.Errorf("Alice leaves at %d, want 8:00", plan.Routes[0].Start)
	}
}
