package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestAShiftTravelsAtItsOwnRates(t *testing.T) {
	t.Parallel()
	p := town(job("a", 2)) // 20 minutes and 10 km from either
	p.Weights.Kilometre = 100
	hourly, kilometre := scheduler.Cost(1_800), scheduler.Cost(50)
	p.Shifts[1].TravelHour, p.Shifts[1].Kilometre = &hourly, &kilometre
	plan := wantRoutes(t, p, "bruno-monday: a")
	wantTerm(t, plan, scheduler.TermTravel, 2*600)
	wantTerm(t, plan, scheduler.TermDistance, 2*500)
	p.Visits[0].Required = []string{"alice"}
	plan = wantRoutes(t, p, "alice-monday: a")
	wantTerm(t, plan, scheduler.TermTravel, 2*1_200)
	wantTerm(t, plan, scheduler.TermDistance, 2*1_000)
}

func TestATechnicianOnFootPaysNothingForKilometres(t *testing.T) {
	t.Parallel()
	p := town(job("a", 1))
	p.Visits[0].Required = []string{"alice"}
	nothing := scheduler.Cost(0)
	p.Shifts[0].Kilometre = &nothing
	wantTerm(t, wantRoutes(t, p, "alice-monday: a"), scheduler.TermDistance, 0)
}

func TestRatesThatCannotBeSummedAreRefused(t *testing.T) {
	t.Parallel()
	p := town(job("a", 2))
	below, above := scheduler.Cost(-1), scheduler.MaxWeight+1 // a thousand million by the kilometre
	p.Shifts[0].TravelHour, p.Shifts[1].Kilometre = &below, &above
	wantFaults(t, scheduler.Validate(p), "/shifts/0/travel_hour out_of_range", "/shifts/1/kilometre out_of_range", "/travel/0/seconds/0/1 out_of_range")
}
