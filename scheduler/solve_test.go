package scheduler_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"tournee/scheduler"
)

// city draws a problem: places on a square of 40 km, technicians who start and
// end at home, visits over some days. Everything follows from the seed.
func city(seed uint64, visits, technicians, days int) *scheduler.Problem {
	g := rand.New(rand.NewPCG(seed, 1))
	p := &scheduler.Problem{
		Start:  1_780_000_000,
		Length: scheduler.Seconds(days * 86400),
		Skills: []string{"network", "printer", "server", "telephony", "workstation", "cabling", "security", "storage"},
		Weights: scheduler.Weights{
			TravelHour: 36_000, Kilometre: 300, WaitingHour: 3_600, Overqualification: 100,
		},
	}
	type point struct{ x, y int }
	var points []point
	place := func() int {
		points = append(points, point{g.IntN(40_000), g.IntN(40_000)})
		p.Places = append(p.Places, scheduler.Place{})
		return len(points) - 1
	}
	for t := range technicians {
		home := place()
		tech := scheduler.Technician{ID: fmt.Sprintf("tech-%d", t), Mode: "car"}
		for i, s := range p.Skills {
			if (t+i)%3 == 0 || g.IntN(3) == 0 {
				tech.Skills = append(tech.Skills, scheduler.SkillLevel{Skill: s, Level: 1 + g.IntN(4)})
			}
		}
		p.Technicians = append(p.Technicians, tech)
		for d := range days {
			day := scheduler.Time(d * 86400)
			p.Shifts = append(p.Shifts, scheduler.Shift{
				ID: fmt.Sprintf("shift-%d-%d", t, d), Technician: tech.ID,
				Start: day + 8*3600, End: day + 17*3600, StartPlace: home, EndPlace: home,
				Breaks: []scheduler.Break{{ID: "lunch", Earliest: day + 12*3600 - 1800, Latest: day + 13*3600 + 1800, Duration: 2700}},
			})
		}
	}
	for v := range visits {
		visit := scheduler.Visit{
			ID: fmt.Sprintf("visit-%d", v), Place: place(),
			Duration: scheduler.Seconds(1800 + 600*g.IntN(10)),
			Skills:   []scheduler.SkillLevel{{Skill: p.Skills[g.IntN(len(p.Skills))], Level: 1 + g.IntN(3)}},
			DropCost: scheduler.Cost(100_000 + 10_000*g.IntN(100)),
		}
		if v%10 == 0 {
			visit.Place = scheduler.NoPlace
		}
		if g.IntN(10) < 4 {
			open := scheduler.Time(g.IntN(days)*86400 + (8+g.IntN(7))*3600)
			visit.Windows = []scheduler.Window{{Open: open, Close: open + 2*3600}}
		}
		p.Visits = append(p.Visits, visit)
	}
	seconds, metres := make([][]scheduler.Seconds, len(points)), make([][]scheduler.Metres, len(points))
	for i, a := range points {
		for _, b := range points {
			d := abs(a.x-b.x) + abs(a.y-b.y)
			metres[i] = append(metres[i], scheduler.Metres(d))
			seconds[i] = append(seconds[i], scheduler.Seconds(d/12))
		}
	}
	p.Travel = []scheduler.Travel{{Mode: "car", Seconds: seconds, Metres: metres}}
	return p
}

func abs(n int) int { return max(n, -n) }

func TestATerritoryOfThreeDaysIsPlanned(t *testing.T) {
	t.Parallel()
	p := city(1, 120, 12, 3)
	plan := solve(t, p, scheduler.Options{Seed: 1, Iterations: 2_000})
	if len(plan.Routes) == 0 || len(plan.Unassigned) > 10 {
		t.Errorf("%d routes, %d of %d visits unassigned", len(plan.Routes), len(plan.Unassigned), len(p.Visits))
	}
}
