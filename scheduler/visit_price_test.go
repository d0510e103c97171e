package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestASubcontractorIsPaidByTheVisit(t *testing.T) {
	t.Parallel()
	p := town(job("a", 3), job("b", 4), job("c", 4))
	p.Shifts[1].VisitCost = 700
	plan, _ := day(t, p)
	wantTerm(t, plan, scheduler.TermVisitPrice, 3*700)
	p.Shifts[1].VisitCost = 20_000
	plan, _ = day(t, p)
	wantTerm(t, plan, scheduler.TermVisitPrice, 0)
	if len(plan.Routes) != 1 || plan.Routes[0].Technician != "alice" {
		t.Errorf("planned %q, want Alice alone", routes(plan))
	}
	p.Shifts[1].VisitCost = -1
	wantFaults(t, scheduler.Validate(p), "/shifts/1/visit_cost out_of_range")
}

func TestWhatASubcontractorBeganIsPaid(t *testing.T) {
	t.Parallel()
	p := town(job("a", 4))
	p.Shifts[1].VisitCost = 700
	p.Shifts[1].Frozen = []scheduler.FrozenStop{{Visit: "a", Arrive: 8 * hour, Begin: 8 * hour, Depart: 9 * hour}}
	wantTerm(t, wantRoutes(t, p, "bruno-monday: a"), scheduler.TermVisitPrice, 700)
}
