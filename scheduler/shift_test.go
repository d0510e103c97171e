package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestEveryoneIsBackByTheEndOfTheShift(t *testing.T) {
	t.Parallel()
	v := job("rack", 2)
	v.Duration = 8*hour - 2*1200 + 60 // a minute more than there is
	p := town(v)
	plan := wantRoutes(t, p, "")
	reasons := wantWhyNot(t, p, plan, "rack", "alice", "shift_end")
	if len(reasons) == 1 && reasons[0].Params["seconds"] != int64(60) {
		t.Errorf("the shift is said to end %v s late, want 60", reasons[0].Params["seconds"])
	}
	p.Shifts[0].End += 60
	wantRoutes(t, p, "alice-monday: rack")
	p.Visits[0].Duration = 9 * hour
	wantWhyNot(t, p, plan, "rack", "bruno", "shift_too_short")
}

func TestAShiftIsOpenedOnlyWhenItPays(t *testing.T) {
	t.Parallel()
	p := town(job("a", 1), job("b", 3))
	p.Shifts[0].Cost, p.Shifts[1].Cost = 5_000, 5_000
	plan, _ := day(t, p)
	if len(plan.Routes) != 1 || plan.Cost[scheduler.TermShifts] != 5_000 {
		t.Errorf("%d shifts used for %d, want one", len(plan.Routes), plan.Cost[scheduler.TermShifts])
	}
}

func TestARemoteVisitNeedsNoTravelAndAShiftMayEndAnywhere(t *testing.T) {
	t.Parallel()
	p := town(job("call", scheduler.NoPlace), job("shop", 4))
	p.Visits[1].Required, p.Visits[0].Required = []string{"alice"}, []string{"alice"}
	p.Shifts[0].EndPlace = scheduler.NoPlace
	plan, _ := day(t, p)
	if r := plan.Routes[0]; r.ReturnTravel != 0 || r.Finish != 8*hour+2*hour+2400 {
		t.Errorf("finishes at %d after %d s of travel back", r.Finish, r.ReturnTravel)
	}
	if plan.Cost[scheduler.TermTravel] != 2400 {
		t.Errorf("travel costs %d, want the one way to the shop", plan.Cost[scheduler.TermTravel])
	}
}

func TestShiftsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	p := town()
	p.Shifts[0].Start, p.Shifts[0].StartPlace = 17*hour, 9
	p.Shifts[1].Technician, p.Shifts[1].Cost, p.Shifts[1].End = "zoe", -1, 25*hour
	p.Shifts = append(p.Shifts,
		scheduler.Shift{ID: "late", Technician: "bruno", Start: 15 * hour, End: 20 * hour},
		scheduler.Shift{ID: "late", Technician: "bruno", Start: 19 * hour, End: 21 * hour})
	wantFaults(t, scheduler.Validate(p), "/shifts/0/end ends_before_start", "/shifts/0/start_place unknown",
		"/shifts/1/technician unknown", "/shifts/1/cost out_of_range", "/shifts/1/end outside_horizon",
		"/shifts/3/id duplicate", "/shifts/3/start overlap")
}
