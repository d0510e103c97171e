package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

// carrying is a visit that delivers and picks up.
func carrying(id string, place, delivers, picks int) scheduler.Visit {
	v := job(id, place)
	v.Loads, v.Pickups = []int{delivers}, []int{picks}
	return v
}

func TestAVanPicksUpOnlyWhatItHasRoomForOnTheWay(t *testing.T) {
	t.Parallel()
	// The van holds four. Picking three up at the first stop leaves no room
	// beside the four to deliver at the second: the farther one comes first.
	p := town(carrying("returns", 1, 0, 3), carrying("new-screens", 2, 4, 0))
	p.Shifts = p.Shifts[:1]
	p.Shifts[0].Capacity = []int{4}
	wantRoutes(t, p, "alice-monday: new-screens returns")
	p.Visits[0].Windows = []scheduler.Window{{Open: 8 * hour, Close: 9 * hour}}
	p.Visits[1].DropCost *= 2
	plan := wantRoutes(t, p, "alice-monday: new-screens")
	reasons := wantWhyNot(t, p, plan, "returns", "alice", "load")
	if len(reasons) == 1 && (reasons[0].Params["load"] != int64(3) || reasons[0].Params["room"] != int64(0)) {
		t.Errorf("the reason says %v", reasons[0].Params)
	}
	p.Shifts[0].Capacity = []int{7}
	wantRoutes(t, p, "alice-monday: returns new-screens")
}

func TestABreakIsTakenWithNoMoreAboardThanItAllows(t *testing.T) {
	t.Parallel()
	p := town(carrying("morning", 1, 2, 0), carrying("anytime", 2, 3, 0))
	p.Shifts = p.Shifts[:1]
	p.Visits[0].Windows = []scheduler.Window{{Open: 8 * hour, Close: 10 * hour}}
	p.Shifts[0].Capacity = []int{9}
	p.Shifts[0].Breaks = []scheduler.Break{{ID: "lunch", Earliest: 9*hour + 600, Latest: 9*hour + 1800, Duration: 900, MaxLoad: []int{3}}}
	wantRoutes(t, p, "alice-monday: morning lunch anytime")
	p.Shifts[0].Breaks[0].MaxLoad = []int{2} // the three must be gone by then
	wantRoutes(t, p, "alice-monday: anytime lunch morning")
}

func TestWrongPickupsAreRefused(t *testing.T) {
	t.Parallel()
	p := town(carrying("a", 1, 2, -1), carrying("b", 1, 2, 1<<30), carrying("c", 1, 0, 1))
	p.Visits[2].Pickups = []int{1, 2}
	p.Shifts[0].Breaks = []scheduler.Break{{ID: "lunch", Earliest: 12 * hour, Latest: 13 * hour, Duration: 900, MaxLoad: []int{1, 1, 1, 1, 1}}}
	p.Visits = append(p.Visits, carrying("d", 1, 0, 1))
	wantFaults(t, scheduler.Validate(p), "/visits/0/pickups/0 out_of_range", "/visits/2/pickups wrong_length",
		"/visits/3/pickups/0 out_of_range", "/shifts/0/breaks/0/max_load wrong_length")
}

func TestAVanThatWasOverloadedPicksUpNoMoreThanItHolds(t *testing.T) {
	t.Parallel()
	p := town(carrying("delivered", 1, 9, 0), carrying("returns", 1, 0, 5))
	p.Shifts = p.Shifts[:1]
	p.Shifts[0].Capacity = []int{4}
	p.Shifts[0].Frozen = []scheduler.FrozenStop{{Visit: "delivered", Arrive: 9 * hour, Begin: 9 * hour, Depart: 10 * hour}}
	wantRoutes(t, p, "alice-monday: delivered")
	p.Visits[1].Pickups[0] = 4 // the van is empty again
	wantRoutes(t, p, "alice-monday: delivered returns")
}
