package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestAPreferredWindowIsWaitedForAndItsEndHasAPrice(t *testing.T) {
	t.Parallel()
	a := job("a", 1)
	a.Prefer = &scheduler.Window{Open: 10 * hour, Close: 11 * hour}
	b := a
	b.ID = "b"
	p := town(a, b)
	p.Shifts = p.Shifts[:1]
	p.Weights.PreferHour = 1200
	plan, _ := day(t, p)
	if begin := min(stopOf(t, plan, "a").Begin, stopOf(t, plan, "b").Begin); begin != 10*hour {
		t.Errorf("the first begins at %d, want 10:00", begin)
	}
	if cost := plan.Cost[scheduler.TermPreferLate]; cost != 0 {
		t.Errorf("11:00 is late for %d", cost)
	}
	p.Visits[0].Duration, p.Visits[1].Duration = 2*hour, 2*hour
	plan, _ = day(t, p)
	if cost := plan.Cost[scheduler.TermPreferLate]; cost != 1200 {
		t.Errorf("12:00 instead of 11:00 costs %d, want 1200", cost)
	}
}

func TestAPromiseIsKeptBeforeAShorterWay(t *testing.T) {
	t.Parallel()
	near, far := job("near", 1), job("far", 3)
	due := scheduler.Time(9*hour + 30*60)
	far.Due, far.LateHour = &due, 100_000
	p := town(near, far)
	p.Shifts = p.Shifts[:1]
	plan := wantRoutes(t, p, "alice-monday: far near")
	if cost := plan.Cost[scheduler.TermLate]; cost != 0 {
		t.Errorf("late for %d", cost)
	}
}

func TestWhatWasToldCostsTheMoreTheNearerItIs(t *testing.T) {
	t.Parallel()
	a := job("a", 1)
	a.Windows = []scheduler.Window{{Open: 12 * hour, Close: 13 * hour}}
	a.Told = &scheduler.Told{Window: &scheduler.Window{Open: 9 * hour, Close: 10 * hour}, Percent: 50}
	p := town(a)
	p.Weights.ToldHour = 1000
	plan, _ := day(t, p)
	if cost := plan.Cost[scheduler.TermToldLate]; cost != 1000 {
		t.Errorf("two hours late at half the price cost %d, want 1000", cost)
	}
}
