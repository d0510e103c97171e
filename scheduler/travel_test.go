package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestEachTechnicianTravelsByTheirOwnMode(t *testing.T) {
	t.Parallel()
	p := town(job("far", 4))
	p.Visits[0].Required = []string{"alice"}
	bike := scheduler.Travel{Mode: "bike"}
	for i := range 5 {
		var row []scheduler.Seconds
		for j := range 5 {
			row = append(row, scheduler.Seconds(1800*abs(i-j)))
		}
		bike.Seconds = append(bike.Seconds, row)
	}
	p.Travel = append(p.Travel, bike)
	p.Technicians[0].Mode = "bike"
	plan, _ := day(t, p)
	if s := stopOf(t, plan, "far"); s.Travel != 7200 || s.Distance != 0 {
		t.Errorf("%d s and %d m to the far end, want 7200 s and no distance", s.Travel, s.Distance)
	}
	p.Travel[1].Seconds[0][4] = scheduler.Unreachable
	plan = wantRoutes(t, p, "")
	wantWhyNot(t, p, plan, "far", "alice", "unreachable")
}

func TestMatricesThatAreNotSquareOrNotOfThisWorldAreRefused(t *testing.T) {
	t.Parallel()
	p := town(job("a", 7))
	p.Travel[0].Seconds[1] = p.Travel[0].Seconds[1][:3]
	p.Travel[0].Seconds[2][3] = -2
	p.Travel[0].Metres = p.Travel[0].Metres[:4]
	p.Travel = append(p.Travel, scheduler.Travel{Mode: "car"})
	p.Technicians[1].Mode = "zeppelin"
	wantFaults(t, scheduler.Validate(p), "/travel/0/seconds/1 not_square", "/travel/0/seconds/2/3 out_of_range", "/travel/0/metres not_square",
		"/travel/1/mode duplicate", "/travel/1/seconds not_square", "/technicians/1/mode unknown", "/visits/0/place unknown")
}

func TestCostsThatWouldOverflowAreRefused(t *testing.T) {
	t.Parallel()
	p := town(job("a", 1))
	p.Weights = scheduler.Weights{TravelHour: scheduler.MaxWeight + 1, WaitingHour: -1}
	p.Visits[0].DropCost = scheduler.MaxCost + 1
	p.Visits[0].Duration = -5
	wantFaults(t, scheduler.Validate(p), "/weights/travel_hour out_of_range", "/weights/waiting_hour out_of_range",
		"/visits/0/drop_cost out_of_range", "/visits/0/duration out_of_range")
	p = town(job("a", 1))
	p.Weights.TravelHour = scheduler.MaxWeight
	p.Travel[0].Seconds[0][1] = scheduler.MaxHorizon
	wantFaults(t, scheduler.Validate(p), "/travel/0/seconds/0/1 out_of_range")
}

func TestALegMayHaveItsOwnPriceWhateverItsTime(t *testing.T) {
	t.Parallel()
	p := town(job("a", 1), job("b", 2))
	p.Shifts = p.Shifts[:1]
	p.Travel[0].Costs = [][]scheduler.Cost{ // a toll from 0 to 1, and nowhere else
		{0, 9_000, 5, 5, 5},
		{5, 0, 5, 5, 5},
		{5, 5, 0, 5, 5},
		{5, 5, 5, 0, 5},
		{5, 5, 5, 5, 0},
	}
	plan := wantRoutes(t, p, "alice-monday: b a")
	if got := plan.Cost[scheduler.TermTravel]; got != 15 || plan.Cost[scheduler.TermDistance] != 0 {
		t.Errorf("three legs cost %v, want 15 for travel and nothing for the way", plan.Cost)
	}
	p.Travel[0].Costs[3][4] = -1
	p.Travel[0].Costs[4] = nil
	wantFaults(t, scheduler.Validate(p), "/travel/0/costs/3/4 out_of_range", "/travel/0/costs/4 not_square")
}
