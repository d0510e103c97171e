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

func TestSkillsOutOfRangeUnknownOrTwiceAreRefused(t *testing.T) {
	t.Parallel()
	bad := job("bad", 1)
	bad.Skills = []scheduler.SkillLevel{{Skill: "network", Level: 0}, {Skill: "plumbing", Level: 5}, {Skill: "network", Level: 4}}
	wantFaults(t, scheduler.Validate(town(bad)),
		"/visits/0/skills/0/level out_of_range", "/visits/0/skills/1/skill unknown",
		"/visits/0/skills/1/level out_of_range", "/visits/0/skills/2/skill duplicate")
}

func TestOneOfSeveralSkillsIsEnough(t *testing.T) {
	t.Parallel()
	v := job("imprimante réseau", 2)
	v.AnyOf = [][]scheduler.SkillLevel{{{Skill: "network", Level: 2}, {Skill: "printer", Level: 2}}}
	p := town(v)
	p.Visits[0].Forbidden = []string{"alice"}
	wantRoutes(t, p, "bruno-monday: imprimante réseau")
	p.Visits[0].AnyOf[0][1].Level = 3
	p.Visits[0].Forbidden = nil
	plan := wantRoutes(t, p, "alice-monday: imprimante réseau")
	reasons := wantWhyNot(t, p, plan, "imprimante réseau", "bruno", "skill_none_of_these")
	if got := reasons[0].Params["skills"]; got != "network 2, printer 3" {
		t.Errorf("the skills asked for are told as %q", got)
	}
}

func TestAnExpertIsKeptAwayFromWorkForApprentices(t *testing.T) {
	t.Parallel()
	v := job("stage", 0)
	v.NoneOf = []scheduler.SkillLevel{{Skill: "network", Level: 3}}
	p := town(v)
	plan := wantRoutes(t, p, "bruno-monday: stage")
	wantWhyNot(t, p, plan, "stage", "alice", "skill_excluded")
	p.Visits[0].NoneOf[0].Level = 1
	plan = wantRoutes(t, p, "")
	wantWhyNot(t, p, plan, "stage", "bruno", "skill_excluded")
}

func TestFaultsInAlternativesAndExclusionsAreTold(t *testing.T) {
	t.Parallel()
	v := job("v", 1)
	v.AnyOf = [][]scheduler.SkillLevel{{}, {{Skill: "gas", Level: 1}}}
	v.NoneOf = []scheduler.SkillLevel{{Skill: "network", Level: 5}}
	wantFaults(t, scheduler.Validate(town(v)),
		"/visits/0/any_of/0 missing", "/visits/0/any_of/1/0/skill unknown", "/visits/0/none_of/0/level out_of_range")
}
