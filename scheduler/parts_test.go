package scheduler_test

import (
	"strings"
	"testing"

	"tournee/scheduler"
)

// boiler is a visit that uses up a pump.
func boiler(id string, place int) scheduler.Visit {
	v := job(id, place)
	v.Parts = []scheduler.Part{{Part: "pump", Quantity: 1}}
	return v
}

func depots(plan *scheduler.Plan) string {
	var names []string
	for _, r := range plan.Routes {
		for _, s := range r.Stops {
			names = append(names, s.Visit+s.Break+s.Depot)
		}
	}
	return strings.Join(names, " ")
}

func TestWhatTheVanLacksIsPickedUpOnceBeforeTheFirstVisitThatNeedsIt(t *testing.T) {
	t.Parallel()
	p := town(boiler("a", 2), boiler("b", 3))
	p.Shifts = p.Shifts[:1]
	p.Shifts[0].Stock = []scheduler.Part{{Part: "pump", Quantity: 1}}
	p.Depots = []scheduler.Depot{
		{ID: "far", Place: 4, Duration: 600, Parts: []string{"pump"}},
		{ID: "near", Place: 1, Duration: 600, Parts: []string{"pump"}, Windows: []scheduler.Window{{Open: 9 * hour, Close: 10 * hour}}},
	}
	plan, _ := day(t, p)
	if got := depots(plan); got != "near a b" && got != "near b a" {
		t.Fatalf("planned %q", got)
	}
	if s := plan.Routes[0].Stops[0]; s.Begin != 9*hour || s.Depart != 9*hour+600 {
		t.Errorf("at the depot from %d to %d, want from when it opens at 9:00, ten minutes", s.Begin, s.Depart)
	}
	p.Shifts[0].Stock[0].Quantity = 2
	if plan, _ = day(t, p); len(plan.Routes[0].Stops) != 2 {
		t.Errorf("planned %q though nothing lacks", depots(plan))
	}
}

func TestAPartThatNobodyHasIsNamed(t *testing.T) {
	t.Parallel()
	p := town(boiler("a", 2))
	p.Shifts = p.Shifts[:1]
	plan := wantRoutes(t, p, "")
	reasons := wantWhyNot(t, p, plan, "a", "alice", "part_missing")
	if len(reasons) == 1 && (reasons[0].Params["part"] != "pump" || reasons[0].Params["needs"] != int64(1) || reasons[0].Params["has"] != int64(0)) {
		t.Errorf("told %v", reasons[0].Params)
	}
	p.Depots = []scheduler.Depot{{ID: "closed", Place: 1, Parts: []string{"pump"}, Windows: []scheduler.Window{{Open: 0, Close: 7 * hour}}}}
	wantWhyNot(t, p, plan, "a", "alice", "no_pickup")
}
