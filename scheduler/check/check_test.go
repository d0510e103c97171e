package check_test

import (
	"os"
	"slices"
	"testing"

	"tournee/scheduler"
	"tournee/scheduler/check"
)

func solved(t *testing.T) (*scheduler.Problem, *scheduler.Plan) {
	t.Helper()
	file, err := os.Open("../testdata/problem.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p, err := scheduler.ReadProblem(file)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := scheduler.Solve(p, scheduler.Options{Seed: 1, Iterations: 500})
	if err != nil {
		t.Fatal(err)
	}
	return p, plan
}

func TestASoundPlanHasNoViolations(t *testing.T) {
	t.Parallel()
	p, plan := solved(t)
	violations, cost := check.Plan(p, plan)
	if len(violations) != 0 || cost != plan.Cost || cost.Total() == 0 {
		t.Errorf("%v, cost %+v, the plan says %+v", violations, cost, plan.Cost)
	}
}

// TestEveryBrokenRuleIsCaught forges one fault after the other into a sound
// plan or its problem.
func TestEveryBrokenRuleIsCaught(t *testing.T) {
	t.Parallel()
	visit := func(p *scheduler.Problem, id string) *scheduler.Visit {
		return &p.Visits[slices.IndexFunc(p.Visits, func(v scheduler.Visit) bool { return v.ID == id })]
	}
	stop := func(plan *scheduler.Plan, name string) *scheduler.Stop {
		for i := range plan.Routes {
			for j := range plan.Routes[i].Stops {
				if s := &plan.Routes[i].Stops[j]; s.Visit+s.Break == name {
					return s
				}
			}
		}
		t.Fatalf("no stop %s", name)
		return nil
	}
	later := scheduler.Time(1)
	for name, forge := range map[string]struct {
		rule  string
		forge func(*scheduler.Problem, *scheduler.Plan)
	}{
		"a visit vanished":        {"structure", func(_ *scheduler.Problem, plan *scheduler.Plan) { plan.Unassigned = nil }},
		"a visit twice":           {"structure", func(_ *scheduler.Problem, plan *scheduler.Plan) { stop(plan, "printers").Visit = "mail" }},
		"a stranger's shift":      {"structure", func(_ *scheduler.Problem, plan *scheduler.Plan) { plan.Routes[0].Technician = "bruno" }},
		"a shift twice":           {"structure", func(_ *scheduler.Problem, plan *scheduler.Plan) { plan.Routes = append(plan.Routes, plan.Routes[0]) }},
		"an unknown shift":        {"structure", func(_ *scheduler.Problem, plan *scheduler.Plan) { plan.Routes[0].Shift = "x" }},
		"a skill above the level": {"skill", func(p *scheduler.Problem, _ *scheduler.Plan) { visit(p, "switch").Skills[0].Level = 4 }},
		"none of the alternatives": {"skill", func(p *scheduler.Problem, _ *scheduler.Plan) {
			visit(p, "switch").AnyOf = [][]scheduler.SkillLevel{{{Skill: "network", Level: 4}, {Skill: "printer", Level: 4}}}
		}},
		"an excluded skill": {"skill", func(p *scheduler.Problem, _ *scheduler.Plan) {
			visit(p, "switch").NoneOf = []scheduler.SkillLevel{{Skill: "network", Level: 1}}
		}},
		"a territory not served":     {"territory", func(p *scheduler.Problem, _ *scheduler.Plan) { visit(p, "printers").Territory = "north" }},
		"a technician not asked for": {"technician", func(p *scheduler.Problem, _ *scheduler.Plan) { visit(p, "switch").Required = []string{"bruno"} }},
		"a forbidden technician":     {"technician", func(p *scheduler.Problem, _ *scheduler.Plan) { visit(p, "switch").Forbidden = []string{"alice"} }},
		"a window missed":            {"window", func(p *scheduler.Problem, _ *scheduler.Plan) { visit(p, "printers").Windows[0].Close = 9 * 3600 }},
		"a shift overrun":            {"shift", func(p *scheduler.Problem, plan *scheduler.Plan) { p.Shifts[0].End = plan.Routes[0].Finish - 1 }},
		"a start before the shift":   {"shift", func(p *scheduler.Problem, plan *scheduler.Plan) { p.Shifts[1].Start = plan.Routes[1].Start + 1 }},
		"overtime into the next shift": {"shift", func(p *scheduler.Problem, plan *scheduler.Plan) {
			s := p.Shifts[0]
			s.ID, s.Start, s.End = "alice-evening", plan.Routes[0].Finish-1, plan.Routes[0].Finish+60
			p.Shifts[0].Overtime, p.Shifts[0].End = scheduler.Seconds(s.End-s.Start), s.Start
			p.Shifts = append(p.Shifts, s)
		}},
		"a van overloaded": {"load", func(p *scheduler.Problem, _ *scheduler.Plan) {
			visit(p, "router").Loads, visit(p, "switch").Loads = []int{0, 3}, []int{9, 2}
			p.Shifts[0].Capacity = []int{9, 4}
		}},
		"a lunch too early": {"breaks", func(p *scheduler.Problem, plan *scheduler.Plan) {
			p.Shifts[0].Breaks[0].Earliest = stop(plan, "lunch").Begin + 1
		}},
		"a lunch said to be missed":   {"breaks", func(_ *scheduler.Problem, plan *scheduler.Plan) { plan.Routes[0].Missed = []string{"lunch"} }},
		"a lunch skipped":             {"breaks", func(p *scheduler.Problem, _ *scheduler.Plan) { p.Shifts[0].Breaks[0].ID = "tea" }},
		"a pinned technician changed": {"pin", func(p *scheduler.Problem, _ *scheduler.Plan) { p.Pins[0].Technician = "alice" }},
		"a pinned shift changed":      {"pin", func(p *scheduler.Problem, _ *scheduler.Plan) { p.Pins[0].Shift = "alice-monday" }},
		"a pinned begin moved":        {"pin", func(p *scheduler.Problem, _ *scheduler.Plan) { *p.Pins[0].Begin += later }},
		"a pinned position lost": {"pin", func(p *scheduler.Problem, _ *scheduler.Plan) {
			p.Pins = append(p.Pins, scheduler.Pin{Visit: "switch", Position: 1})
		}},
		"frozen times changed":         {"frozen", func(_ *scheduler.Problem, plan *scheduler.Plan) { stop(plan, "router").Begin += later }},
		"a frozen stop not marked":     {"frozen", func(_ *scheduler.Problem, plan *scheduler.Plan) { stop(plan, "router").Frozen = false }},
		"a free stop marked frozen":    {"frozen", func(_ *scheduler.Problem, plan *scheduler.Plan) { stop(plan, "printers").Frozen = true }},
		"travel in no time":            {"travel", func(_ *scheduler.Problem, plan *scheduler.Plan) { stop(plan, "switch").Travel -= 1 }},
		"an arrival before travelling": {"travel", func(_ *scheduler.Problem, plan *scheduler.Plan) { stop(plan, "switch").Arrive -= later }},
		"service before arrival":       {"travel", func(_ *scheduler.Problem, plan *scheduler.Plan) { s := stop(plan, "switch"); s.Begin = s.Arrive - 1 }},
		"service cut short":            {"duration", func(p *scheduler.Problem, _ *scheduler.Plan) { visit(p, "switch").Duration += 1 }},
		"no way there": {"travel", func(p *scheduler.Problem, _ *scheduler.Plan) {
			for i := range p.Travel[0].Seconds {
				p.Travel[0].Seconds[i][3] = scheduler.Unreachable
			}
		}},
		"a cost made up":              {"cost", func(_ *scheduler.Problem, plan *scheduler.Plan) { plan.Cost[scheduler.TermTravel]-- }},
		"a route's cost made up":      {"cost", func(_ *scheduler.Problem, plan *scheduler.Plan) { plan.Routes[0].Cost[scheduler.TermWaiting]++ }},
		"a price per visit forgotten": {"cost", func(p *scheduler.Problem, _ *scheduler.Plan) { p.Shifts[0].VisitCost = 1 }},
		"a shift's own rate forgotten": {"cost", func(p *scheduler.Problem, _ *scheduler.Plan) {
			free := scheduler.Cost(0)
			p.Shifts[0].TravelHour = &free
		}},
		"a preference forgotten": {"cost", func(p *scheduler.Problem, _ *scheduler.Plan) {
			visit(p, "switch").Preferred, p.Weights.NotPreferred = []string{"bruno"}, 1
		}},
		"a promised technician forgotten": {"cost", func(p *scheduler.Problem, _ *scheduler.Plan) {
			visit(p, "switch").Told, p.Weights.OtherTechnician = &scheduler.Told{Technician: "bruno", Percent: 100}, 1
		}},
		"a spare territory forgotten": {"cost", func(p *scheduler.Problem, _ *scheduler.Plan) {
			visit(p, "switch").Territory, p.Weights.SpareTerritory = "south", 1
			p.Technicians[0].Territories, p.Technicians[0].Spare = nil, []string{"south"}
		}},
		"rare skills forgotten":     {"cost", func(p *scheduler.Problem, _ *scheduler.Plan) { p.Weights.Scarcity = 1_000 }},
		"expertise wasted for free": {"cost", func(p *scheduler.Problem, _ *scheduler.Plan) { p.Weights.Overqualification++ }},
		"priorities forgotten":      {"cost", func(p *scheduler.Problem, _ *scheduler.Plan) { p.Weights.Lexicographic = true }},
		"a drop cost made up":       {"cost", func(_ *scheduler.Problem, plan *scheduler.Plan) { plan.Unassigned[0].Cost++ }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, plan := solved(t)
			forge.forge(p, plan)
			violations, _ := check.Plan(p, plan)
			if !slices.ContainsFunc(violations, func(v check.Violation) bool { return v.Rule == forge.rule }) {
				t.Errorf("not caught by %s: %v", forge.rule, violations)
			}
		})
	}
}
