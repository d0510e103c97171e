package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestTheTechnicianWhoWasToldComesUnlessChangingPays(t *testing.T) {
	t.Parallel()
	v := job("promis", 3) // Alice drives 40 minutes and 20 km further than Bruno
	v.Told = &scheduler.Told{Technician: "alice", Percent: 100}
	p := town(v)
	p.Weights.OtherTechnician = 1_001
	wantTerm(t, wantRoutes(t, p, "bruno-monday: promis"), scheduler.TermOtherTechnician, 1_001)
	p.Visits[0].Told.Percent = 50
	wantTerm(t, wantRoutes(t, p, "bruno-monday: promis"), scheduler.TermOtherTechnician, 501)
	p.Visits[0].Told.Percent = 1_000 // it is today
	wantTerm(t, wantRoutes(t, p, "alice-monday: promis"), scheduler.TermOtherTechnician, 0)
	p.Visits[0].Told = &scheduler.Told{Window: &scheduler.Window{Open: 8 * hour, Close: 16 * hour}, Percent: 1_000} // no name was told
	wantTerm(t, wantRoutes(t, p, "bruno-monday: promis"), scheduler.TermOtherTechnician, 0)
}
