package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestServiceBeginsInTheFirstWindowThatCanBeMet(t *testing.T) {
	t.Parallel()
	v := job("shop", 2)
	v.Windows = []scheduler.Window{{Open: 13 * hour, Close: 14 * hour}, {Open: 7 * hour, Close: 8*hour + 600}}
	p := town(v)
	plan, _ := day(t, p)
	if s := stopOf(t, plan, "shop"); s.Begin != 13*hour || s.Arrive >= s.Begin {
		t.Errorf("arrives at %d, begins at %d, want to wait for 13:00", s.Arrive, s.Begin)
	}
	if plan.Cost[scheduler.TermWaiting] == 0 {
		t.Error("waiting costs nothing")
	}
	p.Visits[0].Windows = p.Visits[0].Windows[1:]
	plan = wantRoutes(t, p, "")
	reasons := wantWhyNot(t, p, plan, "shop", "alice", "too_far")
	if len(reasons) == 1 && reasons[0].Params["minutes"] != int64(10) {
		t.Errorf("said to be %v minutes late, want 10", reasons[0].Params["minutes"])
	}
	p.Visits[0].Windows = []scheduler.Window{{Open: 20 * hour, Close: 21 * hour}}
	wantWhyNot(t, p, plan, "shop", "bruno", "window_outside_shift")
}

func TestWindowsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	v := job("v", 1)
	v.Windows = []scheduler.Window{{Open: 10 * hour, Close: 9 * hour}, {Open: -1, Close: 25 * hour}}
	wantFaults(t, scheduler.Validate(town(v)),
		"/visits/0/windows/0 ends_before_start", "/visits/0/windows/1/open outside_horizon", "/visits/0/windows/1/close outside_horizon")
}
