package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestTheDeviceIsHandedOverAtThePlaceThatIsOnTheWay(t *testing.T) {
	t.Parallel()
	v := job("hand-over", 4)
	v.Places = []int{3, 1}
	p := town(v, job("site", 2))
	p.Shifts = p.Shifts[:1]
	plan, _ := day(t, p)
	stop := stopOf(t, plan, "hand-over")
	if stop.Alternative != 2 || plan.Cost[scheduler.TermTravel] != 2400 {
		t.Errorf("handed over at alternative %d, travel costs %d; want the second, place 1, on the way", stop.Alternative, plan.Cost[scheduler.TermTravel])
	}
}

func TestAPlanThatIsGivenKeepsItsPlaces(t *testing.T) {
	t.Parallel()
	v := job("hand-over", 4)
	v.Places = []int{3, 1}
	p := town(v)
	given := &scheduler.Plan{Routes: []scheduler.Route{{Shift: "alice-monday", Stops: []scheduler.Stop{{Visit: "hand-over", Alternative: 1}}}}}
	plan := load(t, p, given).Plan()
	wantSound(t, p, plan)
	if stop := stopOf(t, plan, "hand-over"); stop.Alternative != 1 || stop.Travel != 1800 {
		t.Errorf("at alternative %d after %d s, want the first, half an hour away", stop.Alternative, stop.Travel)
	}
	given.Routes[0].Stops[0].Alternative = 3
	m, err := scheduler.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Load(given)
	wantFaults(t, err, "/routes/0/stops/0/alternative out_of_range")
}

func TestAVisitIsUnreachableOnlyWhenAllItsPlacesAre(t *testing.T) {
	t.Parallel()
	v := job("island", 4)
	v.Places = []int{2}
	p := town(v)
	p.Shifts = p.Shifts[:1]
	for i := range 4 {
		p.Travel[0].Seconds[i][4] = scheduler.Unreachable
	}
	wantRoutes(t, p, "alice-monday: island")
	p.Visits[0].Places = nil
	wantWhyNot(t, p, wantRoutes(t, p, ""), "island", "alice", "unreachable")
}

func TestARepairLeavesAVisitAtThePlaceThatWasFoundForIt(t *testing.T) {
	t.Parallel()
	v := job("hand-over", 4) // too far for a short morning of Alice's
	v.Places, v.Required = []int{1}, []string{"alice"}
	p := town(v, job("site", 3))
	p.Shifts[0].End = 11 * hour
	live := load(t, p, &scheduler.Plan{Routes: []scheduler.Route{{Shift: "bruno-monday", Stops: []scheduler.Stop{{Visit: "site"}}}}})
	must(t, live.Place("hand-over", scheduler.Insertion{Shift: "alice-monday"}, nil))
	shorter := p.Shifts[0]
	shorter.End = 10 * hour
	for _, d := range []scheduler.Disruption{{Urgent: []scheduler.Visit{job("urgent", 3)}}, {Shifts: []scheduler.Shift{shorter}}} {
		_, err := live.Repair(&d, scheduler.RepairOptions{Iterations: 100})
		must(t, err)
		plan := live.Plan()
		wantSound(t, live.Problem(), plan)
		if stop := stopOf(t, plan, "hand-over"); stop.Alternative != 1 {
			t.Errorf("%q at alternative %d, want it handed over at the first", routes(plan), stop.Alternative)
		}
	}
}
