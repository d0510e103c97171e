package scheduler_test

import (
	"slices"
	"strings"
	"testing"

	"tournee/scheduler"
)

const hour = 3600

// town is one Monday with five places along a road, ten minutes and 5 km
// apart. Alice (network 3, north) drives from place 0 and back, Bruno (network
// 1, printer 2, south) from place 4 and back, both from 8 to 16 o'clock.
func town(visits ...scheduler.Visit) *scheduler.Problem {
	p := &scheduler.Problem{
		Start: 1_780_264_800, Length: 24 * hour, Offset: 2 * hour,
		Places:      make([]scheduler.Place, 5),
		Skills:      []string{"network", "printer"},
		Territories: []string{"north", "south"},
		Technicians: []scheduler.Technician{
			{ID: "alice", Mode: "car", Skills: []scheduler.SkillLevel{{Skill: "network", Level: 3}}, Territories: []string{"north"}},
			{ID: "bruno", Mode: "car", Skills: []scheduler.SkillLevel{{Skill: "network", Level: 1}, {Skill: "printer", Level: 2}}, Territories: []string{"south"}},
		},
		Shifts: []scheduler.Shift{
			{ID: "alice-monday", Technician: "alice", Start: 8 * hour, End: 16 * hour, StartPlace: 0, EndPlace: 0},
			{ID: "bruno-monday", Technician: "bruno", Start: 8 * hour, End: 16 * hour, StartPlace: 4, EndPlace: 4},
		},
		Visits:  visits,
		Weights: scheduler.Weights{TravelHour: 3600, Kilometre: 10, WaitingHour: 360, Overqualification: 50},
	}
	car := scheduler.Travel{Mode: "car"}
	for i := range 5 {
		var seconds []scheduler.Seconds
		var metres []scheduler.Metres
		for j := range 5 {
			seconds = append(seconds, scheduler.Seconds(600*abs(i-j)))
			metres = append(metres, scheduler.Metres(5000*abs(i-j)))
		}
		car.Seconds, car.Metres = append(car.Seconds, seconds), append(car.Metres, metres)
	}
	p.Travel = []scheduler.Travel{car}
	return p
}

// job is an hour's visit that is dear to leave out.
func job(id string, place int) scheduler.Visit {
	return scheduler.Visit{ID: id, Place: place, Duration: hour, DropCost: 1_000_000}
}

// day solves a problem and writes each route as "alice-monday: a b".
func day(t *testing.T, p *scheduler.Problem) (*scheduler.Plan, string) {
	t.Helper()
	plan := solve(t, p, scheduler.Options{Seed: 1, Iterations: 1_000})
	return plan, routes(plan)
}

func routes(plan *scheduler.Plan) string {
	var lines []string
	for _, r := range plan.Routes {
		names := []string{r.Shift + ":"}
		for _, s := range r.Stops {
			names = append(names, s.Visit+s.Break)
		}
		lines = append(lines, strings.Join(names, " "))
	}
	return strings.Join(lines, "; ")
}

func wantRoutes(t *testing.T, p *scheduler.Problem, want string) *scheduler.Plan {
	t.Helper()
	plan, got := day(t, p)
	if got != want {
		t.Errorf("planned %q, want %q", got, want)
	}
	return plan
}

// wantWhyNot checks the codes given for a visit and a shift's technician.
func wantWhyNot(t *testing.T, p *scheduler.Problem, plan *scheduler.Plan, visit, technician string, want ...string) []scheduler.Reason {
	t.Helper()
	why, err := scheduler.Explain(p, plan, visit)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	var reasons []scheduler.Reason
	for _, w := range why {
		if w.Technician != technician {
			continue
		}
		reasons = append(reasons, w.Reasons...)
		wantTellable(t, w.Reasons)
		for _, r := range w.Reasons {
			codes = append(codes, r.Code)
		}
	}
	if !slices.Equal(codes, want) {
		t.Errorf("%s and %s: %q, want %q", visit, technician, codes, want)
	}
	return reasons
}

func stopOf(t *testing.T, plan *scheduler.Plan, name string) scheduler.Stop {
	t.Helper()
	for _, r := range plan.Routes {
		for _, s := range r.Stops {
			if s.Visit+s.Break == name {
				return s
			}
		}
	}
	t.Fatalf("%s is not in the plan %q", name, routes(plan))
	return scheduler.Stop{}
}
