package scheduler_test

import "testing"

func TestAShiftKeepsItsLimits(t *testing.T) {
	t.Parallel()
	p := town(job("a", 1), job("c", 3))
	p.Shifts = p.Shifts[:1]
	p.Visits[0].DropCost++
	p.Shifts[0].MaxVisits = 1
	plan := wantRoutes(t, p, "alice-monday: a")
	wantWhyNot(t, p, plan, "c", "alice", "max_visits")
	p.Shifts[0].MaxVisits = 0
	p.Shifts[0].MaxTravel = 59 * 60 // an hour to c and back
	plan = wantRoutes(t, p, "alice-monday: a")
	wantWhyNot(t, p, plan, "c", "alice", "max_travel")
	p.Shifts[0].MaxTravel = 0
	p.Shifts[0].MaxDistance = 29_999
	plan = wantRoutes(t, p, "alice-monday: a")
	wantWhyNot(t, p, plan, "c", "alice", "max_distance")
}
