package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

// rush makes legs take double at eight, falling to the usual time at ten.
func rush(p *scheduler.Problem) {
	p.Travel[0].Curves = []scheduler.Curve{{{At: 8 * hour, Percent: 200}, {At: 10 * hour, Percent: 100}}}
}

func TestTheWayTakesLongerInTheRushHour(t *testing.T) {
	t.Parallel()
	p := town(job("a", 2))
	p.Shifts = p.Shifts[:1]
	rush(p)
	plan := wantRoutes(t, p, "alice-monday: a")
	out, back := stopOf(t, plan, "a").Travel, plan.Routes[0].ReturnTravel
	// Twenty minutes at eight take forty; back at 9:40 they take 1/6 more.
	if out != 2*1200 || back != 1200*7/6 {
		t.Errorf("%d s there and %d s back, want 2400 and 1400", out, back)
	}
	if cost := plan.Cost[scheduler.TermTravel]; cost != 2400+1400 {
		t.Errorf("travel costs %d, not what it takes", cost)
	}
}

func TestOnlyTheZoneThatIsLeftCounts(t *testing.T) {
	t.Parallel()
	p := town(job("a", 2))
	p.Shifts = p.Shifts[:1]
	rush(p)
	p.Travel[0].Curves = append(p.Travel[0].Curves, scheduler.Curve{{At: 0, Percent: 50}})
	p.Places[2].Zone = 1
	plan := wantRoutes(t, p, "alice-monday: a")
	if out, back := stopOf(t, plan, "a").Travel, plan.Routes[0].ReturnTravel; out != 2400 || back != 600 {
		t.Errorf("%d s out of town and %d s back, want 2400 and 600", out, back)
	}
}

func TestWhoMayLeaveLateAvoidsTheRushHour(t *testing.T) {
	t.Parallel()
	v := job("a", 2)
	v.Windows = []scheduler.Window{{Open: 11 * hour, Close: 11 * hour}}
	p := town(v)
	p.Shifts = p.Shifts[:1]
	p.Shifts[0].Free, p.Shifts[0].WorkHour = true, 3600
	rush(p)
	plan := wantRoutes(t, p, "alice-monday: a")
	if r := plan.Routes[0]; r.Start != 10*hour+40*60 || r.Stops[0].Travel != 1200 {
		t.Errorf("leaves at %d for %d s, want at 10:40 for 1200", r.Start, r.Stops[0].Travel)
	}
}

func TestALegThatTheRushHourMakesTooLongIsToldAsSuch(t *testing.T) {
	t.Parallel()
	v := job("a", 4)
	v.Windows = []scheduler.Window{{Open: 8 * hour, Close: 9 * hour}}
	p := town(v)
	p.Shifts = p.Shifts[:1]
	rush(p)
	plan := wantRoutes(t, p, "")
	reasons := wantWhyNot(t, p, plan, "a", "alice", "too_far")
	if len(reasons) == 1 && reasons[0].Params["minutes"] != int64(20) {
		t.Errorf("late by %v min, want 20", reasons[0].Params["minutes"])
	}
}
