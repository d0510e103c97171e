package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

// nights is a late Monday and an early Tuesday of Alice's, ten hours apart.
func nights(visits ...scheduler.Visit) *scheduler.Problem {
	p := town(visits...)
	p.Length = 48 * hour
	p.Shifts = []scheduler.Shift{
		{ID: "monday", Technician: "alice", Start: 12 * hour, End: 21 * hour, StartPlace: 0, EndPlace: 0},
		{ID: "tuesday", Technician: "alice", Start: 31 * hour, End: 39 * hour, StartPlace: 0, EndPlace: 0},
	}
	p.Rest = 11 * hour
	return p
}

func TestElevenHoursLieBetweenTwoShifts(t *testing.T) {
	t.Parallel()
	evening, morning := job("evening", 0), job("morning", 0)
	evening.Windows = []scheduler.Window{{Open: 20 * hour, Close: 20 * hour}}
	morning.Windows = []scheduler.Window{{Open: 31 * hour, Close: 31 * hour}}
	evening.DropCost += 10_000
	p := nights(evening, morning)
	plan := wantRoutes(t, p, "monday: evening")
	reasons := wantWhyNot(t, p, plan, "morning", "alice", "window_outside_shift", "rest")
	if m := reasons[1].Params["minutes"]; m != int64(60) {
		t.Errorf("%v min of rest are lacking, want 60", m)
	}
	p.Visits[0].Windows[0] = scheduler.Window{Open: 19 * hour, Close: 19 * hour}
	wantRoutes(t, p, "monday: evening; tuesday: morning")
}

func TestASplitDayNeedsNoRest(t *testing.T) {
	t.Parallel()
	evening, morning := job("evening", 0), job("morning", 0)
	evening.Windows = []scheduler.Window{{Open: 20 * hour, Close: 20 * hour}}
	morning.Windows = []scheduler.Window{{Open: 31 * hour, Close: 31 * hour}}
	p := nights(evening, morning)
	p.Shifts[1].Continues = true
	wantRoutes(t, p, "monday: evening; tuesday: morning")
}

func TestWhoMayLeaveLateRestsUntilThen(t *testing.T) {
	t.Parallel()
	evening, morning := job("evening", 0), job("morning", 0)
	evening.Windows = []scheduler.Window{{Open: 20 * hour, Close: 20 * hour}}
	morning.Windows = []scheduler.Window{{Open: 32 * hour, Close: 32 * hour}}
	p := nights(evening, morning)
	p.Shifts[1].Free = true
	wantRoutes(t, p, "monday: evening; tuesday: morning")
}

func TestWhereNoRestIsOwedAShiftThatOverranKeepsNobodyFromTheNext(t *testing.T) {
	t.Parallel()
	p := nights(job("evening", 0), job("morning", 0))
	p.Visits[1].Windows = []scheduler.Window{{Open: 31 * hour, Close: 38 * hour}}
	p.Shifts[0].Frozen = []scheduler.FrozenStop{{Visit: "evening", Arrive: 20 * hour, Begin: 20 * hour, Depart: 32 * hour}}
	p.Rest = 0
	wantRoutes(t, p, "monday: evening; tuesday: morning")
	p.Rest = 1
	wantRoutes(t, p, "monday: evening")
}

func TestABreakStillOwedAfterOverrunningCountsBeforeTheRest(t *testing.T) {
	t.Parallel()
	p := nights(job("evening", 0), job("morning", 0))
	p.Visits[1].Windows = []scheduler.Window{{Open: 31 * hour, Close: 31 * hour}}
	p.Shifts[0].Frozen = []scheduler.FrozenStop{{Visit: "evening", Arrive: 18 * hour, Begin: 18 * hour, Depart: 20 * hour}}
	p.Shifts[0].Breaks = lunch(20*hour, 20*hour)
	p.Shifts[0].Breaks[0].Duration = hour
	p.Shifts[0].EndPlace = 1
	p.Rest = 10 * hour
	wantRoutes(t, p, "monday: evening lunch")
}
