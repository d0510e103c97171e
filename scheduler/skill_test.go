package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestAVisitGoesToWhoeverHasTheSkillAtTheLevel(t *testing.T) {
	t.Parallel()
	near := job("router", 4) // next to Bruno, who has network at 1 only
	near.Skills = []scheduler.SkillLevel{{Skill: "network", Level: 2}}
	p := town(near)
	plan := wantRoutes(t, p, "alice-monday: router")
	wantWhyNot(t, p, plan, "router", "bruno", "skill_level_too_low")
	p.Visits[0].Skills[0] = scheduler.SkillLevel{Skill: "printer", Level: 1}
	plan = wantRoutes(t, p, "bruno-monday: router")
	wantWhyNot(t, p, plan, "router", "alice", "skill_missing")
}

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

func TestSkillsOutOfRangeUnknownOrTwiceAreRefused(t *testing.T) {
	t.Parallel()
	bad := job("bad", 1)
	bad.Skills = []scheduler.SkillLevel{{Skill: "network", Level: 0}, {Skill: "plumbing", Level: 5}, {Skill: "network", Level: 4}}
	wantFaults(t, scheduler.Validate(town(bad)),
		"/visits/0/skills/0/level out_of_range", "/visits/0/skills/1/skill unknown",
		"/visits/0/skills/1/level out_of_range", "/visits/0/skills/2/skill duplicate")
}
