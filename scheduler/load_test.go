package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

// parcel is a visit that loads so much, in kilograms and in pieces.
func parcel(id string, place int, loads ...int) scheduler.Visit {
	v := job(id, place)
	v.Loads = loads
	return v
}

func TestAVanTakesNoMoreThanItCanCarry(t *testing.T) {
	t.Parallel()
	p := town(parcel("copier", 1, 80, 1), parcel("rack", 1, 70, 1), job("mail", 1))
	for i := range p.Shifts {
		p.Shifts[i].Capacity = []int{100, 5}
	}
	plan := wantRoutes(t, p, "alice-monday: mail copier; bruno-monday: rack")
	why := wantWhyNot(t, p, plan, "rack", "alice", "blocked_by")
	if len(why) != 1 || why[0].Params["visits"] != "copier" {
		t.Errorf("in the way: %v, want the copier only", why)
	}
}

func TestAVisitThatFitsInNoVanIsLeftOutWithItsReason(t *testing.T) {
	t.Parallel()
	p := town(parcel("mast", 2, 0, 9), job("mail", 1))
	for i := range p.Shifts {
		p.Shifts[i].Capacity = []int{100, 8}
	}
	plan := wantRoutes(t, p, "alice-monday: mail")
	why := wantWhyNot(t, p, plan, "mast", "bruno", "load")
	if len(why) != 1 || why[0].Params["dimension"] != int64(2) || why[0].Params["load"] != int64(9) || why[0].Params["room"] != int64(8) {
		t.Errorf("the reason says %v", why)
	}
}

func TestWhatIsLoadedAlreadyTakesItsRoom(t *testing.T) {
	t.Parallel()
	p := town(parcel("done", 0, 6), parcel("next", 1, 5), parcel("light", 1, 2))
	p.Shifts = p.Shifts[:1]
	p.Shifts[0].Capacity = []int{10}
	p.Shifts[0].Frozen = []scheduler.FrozenStop{{Visit: "done", Arrive: 8 * hour, Begin: 8 * hour, Depart: 9 * hour}}
	plan := wantRoutes(t, p, "alice-monday: done light")
	why := wantWhyNot(t, p, plan, "next", "alice", "load")
	if len(why) != 1 || why[0].Params["room"] != int64(4) {
		t.Errorf("the reason says %v, want room for 4", why)
	}
}

func TestLoadsThatCannotBeAddedUpAreRefused(t *testing.T) {
	t.Parallel()
	p := town(parcel("a", 1, 5, 1), parcel("b", 1, 5), parcel("c", 1, -1, 1<<31), parcel("d", 1, 0, 1<<30))
	p.Shifts[0].Capacity = []int{1, 2, 3}
	p.Shifts[1].Capacity = []int{1, -2}
	wantFaults(t, scheduler.Validate(p),
		"/visits/1/loads wrong_length", "/visits/2/loads/0 out_of_range", "/visits/2/loads/1 out_of_range",
		"/visits/3/loads/1 out_of_range", "/shifts/0/capacity wrong_length", "/shifts/1/capacity/1 out_of_range")
}
