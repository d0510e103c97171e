package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestARareSkillIsSparedForWhoNeedsIt(t *testing.T) {
	t.Parallel()
	first, second := job("imprimante 1", 4), job("imprimante 2", 4)
	for _, v := range []*scheduler.Visit{&first, &second} {
		v.Skills = []scheduler.SkillLevel{{Skill: "printer", Level: 2}}
	}
	p := town(job("ampoule", 3), first, second)
	if plan, _ := day(t, p); len(plan.Routes) != 1 {
		t.Errorf("planned %q, want all three for Bruno next door", routes(plan))
	}
	p.Weights.Scarcity = 2_500
	plan, _ := day(t, p)
	if len(plan.Routes) != 2 || len(plan.Routes[0].Stops) != 1 || plan.Routes[0].Stops[0].Visit != "ampoule" {
		t.Errorf("planned %q, want the bulb for Alice", routes(plan))
	}
	wantTerm(t, plan, scheduler.TermScarcity, 0) // nobody asks for network

	p.Visits[0].Forbidden = []string{"alice"}
	plan, _ = day(t, p)
	wantTerm(t, plan, scheduler.TermScarcity, 2*2_500) // two visits ask for printers, Bruno alone knows them
}

func TestScarcityIsSharedByOwnersAndBounded(t *testing.T) {
	t.Parallel()
	p := town(job("z", 1))
	network := []scheduler.SkillLevel{{Skill: "network", Level: 1}}
	for _, id := range []string{"a", "b", "c"} {
		v := job(id, 1)
		v.Skills = network
		p.Visits = append(p.Visits, v)
	}
	p.Weights.Scarcity = 101
	plan, _ := day(t, p)
	wantTerm(t, plan, scheduler.TermScarcity, 3*101/2) // z wastes network, of which three need and two have

	p.Technicians[1].Skills = nil
	p.Visits[0].Required, p.Visits[0].Mandatory = []string{"alice"}, true
	for i := range 18 {
		v := job("more "+string(rune('a'+i)), 1)
		v.Skills = network
		p.Visits = append(p.Visits, v)
	}
	plan, _ = day(t, p)
	wantTerm(t, plan, scheduler.TermScarcity, 10*101)
}
