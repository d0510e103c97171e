package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

// subcontractor makes Bruno's shift a capacity of two visits at a price each.
func subcontractor(p *scheduler.Problem) {
	p.Shifts = p.Shifts[1:]
	p.Shifts[0].Pool, p.Shifts[0].MaxVisits, p.Shifts[0].VisitCost = true, 2, 9000
}

func TestASubcontractorDoesVisitsSideBySideAtAPrice(t *testing.T) {
	t.Parallel()
	a, b := job("a", 0), job("b", 4)
	a.Duration, b.Duration = 7*hour, 7*hour
	p := town(a, b)
	subcontractor(p)
	plan, _ := day(t, p)
	if len(plan.Unassigned) != 0 || plan.Cost[scheduler.TermVisitPrice] != 18_000 || plan.Cost.Total() != 18_000 {
		t.Errorf("planned %q for %v, want both for 180 and no travel", routes(plan), plan.Cost)
	}
}

func TestASubcontractorsCapacityIsUsedUp(t *testing.T) {
	t.Parallel()
	p := town(job("a", 0), job("b", 1), job("c", 2))
	subcontractor(p)
	p.Visits[2].DropCost--
	plan, _ := day(t, p)
	if len(plan.Unassigned) != 1 || plan.Unassigned[0].Visit != "c" {
		t.Fatalf("planned %q, want c left out", routes(plan))
	}
	wantWhyNot(t, p, plan, "c", "bruno", "pool_full")
}

func TestASubcontractorWorksItsHoursOnly(t *testing.T) {
	t.Parallel()
	v := job("evening", 0)
	v.Windows = []scheduler.Window{{Open: 15*hour + 1800, Close: 18 * hour}}
	p := town(v)
	subcontractor(p)
	plan := wantRoutes(t, p, "")
	wantWhyNot(t, p, plan, "evening", "bruno", "shift_end")
}
