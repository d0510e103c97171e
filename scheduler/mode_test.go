package scheduler_test

import (
	"testing"

	"tournee/scheduler"
	"tournee/scheduler/check"
)

func TestATechnicianGoesByTheShiftsOwnTransport(t *testing.T) {
	t.Parallel()
	matrix := func(seconds scheduler.Seconds) [][]scheduler.Seconds {
		return [][]scheduler.Seconds{{0, seconds}, {seconds, 0}}
	}
	p := &scheduler.Problem{
		Length: 2 * 86_400,
		Places: []scheduler.Place{{ID: "home"}, {ID: "client"}},
		Travel: []scheduler.Travel{{Mode: "bike", Seconds: matrix(1800)}, {Mode: "car", Seconds: matrix(600)}},
		Technicians: []scheduler.Technician{
			{ID: "karim", Mode: "bike"},
		},
		Shifts: []scheduler.Shift{
			{ID: "monday", Technician: "karim", Start: 0, End: 36_000},
			{ID: "tuesday", Technician: "karim", Mode: "car", Start: 86_400, End: 86_400 + 36_000},
		},
		Visits: []scheduler.Visit{
			{ID: "on monday", Place: 1, Duration: 3600, Windows: []scheduler.Window{{Open: 0, Close: 36_000}}, DropCost: 1000},
			{ID: "on tuesday", Place: 1, Duration: 3600, Windows: []scheduler.Window{{Open: 86_400, Close: 120_000}}, DropCost: 1000},
		},
	}
	plan, err := scheduler.Solve(p, scheduler.Options{Seed: 1, Iterations: 100})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]scheduler.Seconds{"on monday": 1800, "on tuesday": 600}
	for _, r := range plan.Routes {
		for _, s := range r.Stops {
			if s.Travel != want[s.Visit] {
				t.Errorf("%s: %d s of travel, want %d", s.Visit, s.Travel, want[s.Visit])
			}
			delete(want, s.Visit)
		}
	}
	if len(want) > 0 {
		t.Errorf("not planned: %v", want)
	}
	if broken, _ := check.Plan(p, plan); len(broken) > 0 {
		t.Errorf("the checker says %v", broken)
	}
	p.Shifts[1].Mode = "balloon"
	if scheduler.Validate(p) == nil {
		t.Error("an unknown mode of a shift is let through")
	}
}
