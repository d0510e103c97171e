package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestAnExpertIsSparedWhenAnotherIsAboutAsNear(t *testing.T) {
	t.Parallel()
	easy := job("easy", 2)
	easy.Skills = []scheduler.SkillLevel{{Skill: "network", Level: 1}}
	plan := wantRoutes(t, town(easy), "bruno-monday: easy")
	if plan.Cost[scheduler.TermOverqualification] != 0 {
		t.Errorf("over-qualification costs %d", plan.Cost[scheduler.TermOverqualification])
	}
	p := town(easy)
	p.Visits[0].Forbidden = []string{"bruno"}
	if plan := wantRoutes(t, p, "alice-monday: easy"); plan.Cost[scheduler.TermOverqualification] != 2*50 {
		t.Errorf("two levels wasted cost %d, want 100", plan.Cost[scheduler.TermOverqualification])
	}
}

func TestOfAlternativesTheOneThatWastesLeastCounts(t *testing.T) {
	t.Parallel()
	v := job("panne", 4)
	v.AnyOf = [][]scheduler.SkillLevel{{{Skill: "network", Level: 1}, {Skill: "printer", Level: 1}}}
	p := town(v)
	p.Technicians[1].Skills = []scheduler.SkillLevel{{Skill: "network", Level: 4}, {Skill: "printer", Level: 2}}
	wantTerm(t, wantRoutes(t, p, "bruno-monday: panne"), scheduler.TermOverqualification, 50)
}
