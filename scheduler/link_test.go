package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

// crew makes two visits begin together.
func crew(p *scheduler.Problem, visits ...string) {
	p.Links = append(p.Links, scheduler.Link{ID: "crew", Kind: scheduler.Together, Visits: visits})
}

func TestACrewBeginsTogetherWhoeverIsNearer(t *testing.T) {
	t.Parallel()
	chief, hand := job("chief", 1), job("hand", 1)
	chief.Skills = []scheduler.SkillLevel{{Skill: "network", Level: 3}}
	p := town(chief, hand, job("alone", 3))
	crew(p, "chief", "hand")
	plan, _ := day(t, p)
	if len(plan.Unassigned) != 0 || len(plan.Routes) != 2 {
		t.Fatalf("planned %q, want all, by both", routes(plan))
	}
	a, b := stopOf(t, plan, "chief"), stopOf(t, plan, "hand")
	if a.Begin != b.Begin {
		t.Errorf("one begins at %d, the other at %d", a.Begin, b.Begin)
	}
}

func TestHalfACrewIsNoCrew(t *testing.T) {
	t.Parallel()
	chief, hand := job("chief", 1), job("hand", 1)
	chief.Skills = []scheduler.SkillLevel{{Skill: "network", Level: 3}}
	hand.Skills = chief.Skills // and there is only Alice
	p := town(chief, hand, job("alone", 3))
	crew(p, "chief", "hand")
	plan, _ := day(t, p)
	if len(plan.Unassigned) != 2 {
		t.Errorf("planned %q, want only the one alone", routes(plan))
	}
	wantWhyNot(t, p, plan, "hand", "alice", "crew_incomplete")
}

func TestTheSecondVisitKeepsTheGapToTheFirst(t *testing.T) {
	t.Parallel()
	p := town(job("collect", 1), job("return", 1), job("near", 2))
	p.Shifts = p.Shifts[:1]
	p.Links = []scheduler.Link{{ID: "bench", Kind: scheduler.After, Visits: []string{"collect", "return"}, Least: 2 * hour, Greatest: 3 * hour}}
	plan := wantRoutes(t, p, "alice-monday: collect near return")
	gap := stopOf(t, plan, "return").Begin - stopOf(t, plan, "collect").Depart
	if gap < 2*hour || gap > 3*hour {
		t.Errorf("%d s lie between, want two to three hours", gap)
	}
	p.Visits[0].Windows = []scheduler.Window{{Open: 20 * hour, Close: 21 * hour}} // nobody can collect
	plan = wantRoutes(t, p, "alice-monday: near")
	wantWhyNot(t, p, plan, "return", "alice", "after_missing")
}

func TestTheOneWhoCameFirstComesAgain(t *testing.T) {
	t.Parallel()
	for _, who := range []scheduler.SameOr{scheduler.SameTechnician, scheduler.DifferentTechnician} {
		p := town(job("first", 1), job("second", 3))
		p.Links = []scheduler.Link{{ID: "again", Kind: scheduler.After, Visits: []string{"first", "second"}, Technician: who}}
		plan, _ := day(t, p)
		if len(plan.Unassigned) != 0 {
			t.Fatalf("%s: planned %q, want both", who, routes(plan))
		}
		if want := map[scheduler.SameOr]int{scheduler.SameTechnician: 1, scheduler.DifferentTechnician: 2}[who]; len(plan.Routes) != want {
			t.Errorf("%s: planned %q", who, routes(plan))
		}
	}
}

func TestACrewIsFollowedByAVisitOfOneOfThem(t *testing.T) {
	t.Parallel()
	p := town(job("a", 1), job("b", 1), job("after", 1))
	crew(p, "a", "b")
	p.Links = append(p.Links, scheduler.Link{ID: "then", Kind: scheduler.After, Visits: []string{"a", "after"}, Least: 30 * 60, Greatest: 30 * 60, Technician: scheduler.SameTechnician})
	plan, _ := day(t, p)
	if len(plan.Unassigned) != 0 {
		t.Fatalf("left out %v of %q", plan.Unassigned[0].Visit, routes(plan))
	}
}

func TestManyCrewsStayWholeHoweverTheyAreTried(t *testing.T) {
	t.Parallel()
	var visits []scheduler.Visit
	for i := range 14 {
		v := job(string(rune('a'+i)), i%5)
		v.Duration = scheduler.Seconds(hour/2 + 600*(i%4))
		v.DropCost = scheduler.Cost(2000 + 300*(i%5))
		visits = append(visits, v)
	}
	p := town(visits...)
	for i := 0; i < 10; i += 2 {
		p.Links = append(p.Links, scheduler.Link{ID: visits[i].ID + "-crew", Kind: scheduler.Together, Visits: []string{visits[i].ID, visits[i+1].ID}})
	}
	for seed := range uint64(12) {
		plan := solve(t, p, scheduler.Options{Seed: seed, Iterations: 3_000}) // which has the checker look at it
		if len(plan.Routes) == 0 {
			t.Fatal("nothing is planned")
		}
	}
}

func TestAQuoteAsksWhatTheVisitComesAfter(t *testing.T) {
	t.Parallel()
	p := town(job("collect", 1), job("return", 2))
	p.Links = []scheduler.Link{{ID: "bench", Kind: scheduler.After, Visits: []string{"collect", "return"}, Least: hour, Technician: scheduler.SameTechnician}}
	live := load(t, p, &scheduler.Plan{})
	slots := []scheduler.Window{{Open: 8 * hour, Close: 15 * hour}}
	quotes, err := live.Quote("return", slots, 3)
	must(t, err)
	if len(quotes[0].Best) != 0 {
		t.Errorf("offers %v for what comes after a visit that nobody does", quotes[0].Best)
	}
	wantFaults(t, live.Place("return", scheduler.Insertion{Shift: "alice-monday"}, nil), "/insertion does_not_fit")

	must(t, live.Place("collect", scheduler.Insertion{Shift: "alice-monday"}, nil))
	quotes, err = live.Quote("return", slots, 3)
	must(t, err)
	if len(quotes[0].Best) != 1 || quotes[0].Best[0].Technician != "alice" || quotes[0].Best[0].Position != 1 {
		t.Fatalf("offers %v, want Alice after she has collected", quotes[0].Best)
	}
	if earliest := stopOf(t, live.Plan(), "collect").Depart + hour; quotes[0].Best[0].Earliest != earliest {
		t.Errorf("begins at %d, want an hour after the first, at %d", quotes[0].Best[0].Earliest, earliest)
	}
	wantFaults(t, live.Place("return", scheduler.Insertion{Shift: "bruno-monday"}, nil), "/insertion does_not_fit")
	must(t, live.Place("return", quotes[0].Best[0], nil))
	wantSound(t, p, live.Plan())
}

func TestWhoIsTakenOutTakesAlongWhatDependsOnIt(t *testing.T) {
	t.Parallel()
	p := town(job("chief", 1), job("hand", 1), job("after", 1), job("near", 2))
	crew(p, "chief", "hand")
	p.Links = append(p.Links, scheduler.Link{ID: "then", Kind: scheduler.After, Visits: []string{"chief", "after"}})
	plan, _ := day(t, p)
	live := load(t, p, plan)
	if len(plan.Unassigned) != 0 {
		t.Fatalf("planned %q, want all", routes(plan))
	}
	must(t, live.Release("after"))
	wantSound(t, p, live.Plan())
	if got := len(live.Plan().Unassigned); got != 1 {
		t.Errorf("taking out the last leaves %d out, want 1", got)
	}
	live = load(t, p, plan)
	must(t, live.Release("hand"))
	wantSound(t, p, live.Plan())
	if got := live.Plan(); len(got.Unassigned) != 3 || len(got.Routes) != 1 {
		t.Errorf("%q is left, want only what is near", routes(got))
	}
}

func TestWhatIsUnderWayBreaksNoLink(t *testing.T) {
	t.Parallel()
	collect, hand := job("collect", 1), job("hand", 1)
	collect.Windows = []scheduler.Window{{Open: 20 * hour, Close: 21 * hour}} // nobody is there
	hand.Forbidden = []string{"alice", "bruno"}
	p := town(job("chief", 1), hand, collect, job("return", 3))
	crew(p, "chief", "hand")
	p.Links = append(p.Links, scheduler.Link{ID: "bench", Kind: scheduler.After, Visits: []string{"collect", "return"}})
	p.Shifts[0].Frozen = []scheduler.FrozenStop{{Visit: "chief", Arrive: 9 * hour, Begin: 9 * hour, Depart: 10 * hour}}
	p.Shifts[1].Frozen = []scheduler.FrozenStop{{Visit: "return", Arrive: 9 * hour, Begin: 9 * hour, Depart: 10 * hour}}
	wantRoutes(t, p, "alice-monday: chief; bruno-monday: return")
}
