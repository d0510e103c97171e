package scheduler_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"tournee/scheduler"
	"tournee/scheduler/check"
)

// office draws a problem of remote visits only, which anyone has time for: what
// a plan costs is who does what.
func office(seed uint64) *scheduler.Problem {
	g := rand.New(rand.NewPCG(seed, 3))
	price := func() scheduler.Cost { return scheduler.Cost(g.IntN(1_000)) }
	p := &scheduler.Problem{
		Length: 24 * hour, Places: []scheduler.Place{{}}, Skills: []string{"gaz", "fibre", "serrure"}, Territories: []string{"nord", "sud"},
		Travel: []scheduler.Travel{{Mode: "pied", Seconds: [][]scheduler.Seconds{{0}}}},
		Weights: scheduler.Weights{
			Overqualification: price(), Scarcity: price(), NotPreferred: price(),
			SpareTerritory: price(), OtherTechnician: price(), Lexicographic: chance(g, 50),
		},
	}
	for i := range 2 + g.IntN(2) {
		id := fmt.Sprint("t", i)
		p.Technicians = append(p.Technicians, scheduler.Technician{
			ID: id, Mode: "pied", Skills: levels(g, p.Skills, 70), Territories: some(g, p.Territories, 50), Spare: some(g, p.Territories, 50),
		})
		p.Shifts = append(p.Shifts, scheduler.Shift{
			ID: "s" + id, Technician: id, End: 24 * hour, StartPlace: scheduler.NoPlace, EndPlace: scheduler.NoPlace,
			Cost: price(), VisitCost: price(),
		})
	}
	for i := range 1 + g.IntN(4) {
		p.Visits = append(p.Visits, task(g, p, fmt.Sprint("v", i)))
	}
	return p
}

// task draws a visit with every wish about who does it.
func task(g *rand.Rand, p *scheduler.Problem, id string) scheduler.Visit {
	people := []string{p.Technicians[0].ID, p.Technicians[1].ID}
	v := scheduler.Visit{
		ID: id, Place: scheduler.NoPlace, Duration: 600, Skills: levels(g, p.Skills, 30), NoneOf: levels(g, p.Skills, 10),
		Required: some(g, people, 15), Preferred: some(g, people, 30), Forbidden: some(g, people, 15),
		Priority: g.IntN(4), DropCost: scheduler.Cost(g.IntN(6_000)),
		Mandatory: chance(g, 10),
	}
	if list := levels(g, p.Skills, 60); len(list) > 0 && chance(g, 40) {
		v.AnyOf = append(v.AnyOf, list)
	}
	if chance(g, 50) {
		v.Territory = p.Territories[g.IntN(2)]
	}
	if chance(g, 40) {
		v.Told = &scheduler.Told{Technician: people[g.IntN(2)], Percent: g.IntN(1_001)}
	}
	return v
}

func some(g *rand.Rand, list []string, percent int) (out []string) {
	for _, id := range list {
		if chance(g, percent) {
			out = append(out, id)
		}
	}
	return out
}

func levels(g *rand.Rand, skills []string, percent int) (out []scheduler.SkillLevel) {
	for _, s := range some(g, skills, percent) {
		out = append(out, scheduler.SkillLevel{Skill: s, Level: 1 + g.IntN(4)})
	}
	return out
}

// given writes the plan in which person who[v] does visit v; one past the last
// person leaves it out.
func given(p *scheduler.Problem, who []int) *scheduler.Plan {
	plan := &scheduler.Plan{}
	for s := range p.Shifts {
		r := scheduler.Route{Shift: p.Shifts[s].ID}
		for v, person := range who {
			if person == s {
				r.Stops = append(r.Stops, scheduler.Stop{Visit: p.Visits[v].ID})
			}
		}
		if len(r.Stops) > 0 {
			plan.Routes = append(plan.Routes, r)
		}
	}
	return plan
}

// TestWorkGoesToWhomeverItIsBestGivenTo tries every way to share the work out.
// Model and checker must agree on who may do what and on every term of its
// price, and no way may be cheaper than the plan that is found.
func TestWorkGoesToWhomeverItIsBestGivenTo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := office(rapid.Uint64().Draw(t, "seed"))
		m, err := scheduler.Compile(p)
		if err != nil {
			t.Fatal(err)
		}
		least := scheduler.Cost(math.MaxInt64)
		who := make([]int, len(p.Visits))
		for more := true; more; more = next(who, len(p.Technicians)) {
			if plan, ok := judged(t, m, p, who); ok {
				least = min(least, plan.Cost.Total())
			}
		}
		plan, err := m.Solve(scheduler.Options{Seed: 1, Iterations: 1_000})
		if err != nil {
			t.Fatal(err)
		}
		wantSound(t, p, plan)
		if plan.Cost.Total() != least {
			t.Errorf("planned at %v, the best of all ways costs %d", plan.Cost, least)
		}
	})
}

// judged loads one way to share the work out and says whether it is allowed.
func judged(t *rapid.T, m *scheduler.Model, p *scheduler.Problem, who []int) (*scheduler.Plan, bool) {
	l, err := m.Load(given(p, who))
	if err != nil {
		t.Fatal(err)
	}
	plan := l.Plan()
	violations, cost := check.Plan(p, plan)
	if (len(violations) == 0) != (len(l.Broken) == 0) {
		t.Errorf("%v: broken %v, the checker says %v", who, l.Broken, violations)
	}
	if cost != plan.Cost {
		t.Errorf("%v: costs %v, the checker says %v", who, plan.Cost, cost)
	}
	return plan, len(violations) == 0
}

// next counts up in base most+1, and says false after the last.
func next(digits []int, most int) bool {
	for i := range digits {
		if digits[i] < most {
			digits[i]++
			return true
		}
		digits[i] = 0
	}
	return false
}
