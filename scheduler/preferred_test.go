package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestAPreferredTechnicianComesUnlessTheWayIsTooDear(t *testing.T) {
	t.Parallel()
	v := job("habitué", 3)
	v.Preferred = []string{"alice"}
	p := town(v)
	p.Weights.NotPreferred = 500
	wantTerm(t, wantRoutes(t, p, "bruno-monday: habitué"), scheduler.TermNotPreferred, 500)
	p.Weights.NotPreferred = 5_000
	wantTerm(t, wantRoutes(t, p, "alice-monday: habitué"), scheduler.TermNotPreferred, 0)
	p.Visits[0].Forbidden = []string{"alice"}
	wantTerm(t, wantRoutes(t, p, "bruno-monday: habitué"), scheduler.TermNotPreferred, 5_000)
	p.Visits[0].Preferred = []string{"zoe"}
	wantFaults(t, scheduler.Validate(p), "/visits/0/preferred/0 unknown")
}
