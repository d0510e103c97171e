package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestTheVanIsUnpackedOncePerAddress(t *testing.T) {
	t.Parallel()
	first, second, other := job("first", 2), job("second", 2), job("other", 3)
	for _, v := range []*scheduler.Visit{&first, &second, &other} {
		v.Setup = 15 * 60
	}
	p := town(first, second, other)
	p.Shifts = p.Shifts[:1]
	plan, _ := day(t, p)
	setups := 0
	for _, s := range plan.Routes[0].Stops {
		if s.Depart-s.Begin == hour+15*60 {
			setups++
		} else if s.Depart-s.Begin != hour {
			t.Errorf("%s takes %d s", s.Visit, s.Depart-s.Begin)
		}
	}
	if len(plan.Routes[0].Stops) != 3 || setups != 2 {
		t.Errorf("planned %q with %d setups, want 3 visits and one setup at each of two addresses", routes(plan), setups)
	}
}

func TestNobodyUnpacksWhereTheDayBegins(t *testing.T) {
	t.Parallel()
	v := job("workshop", 0)
	v.Setup = hour
	p := town(v)
	p.Shifts = p.Shifts[:1]
	plan := wantRoutes(t, p, "alice-monday: workshop")
	if s := stopOf(t, plan, "workshop"); s.Depart-s.Begin != hour {
		t.Errorf("takes %d s at Alice's own depot", s.Depart-s.Begin)
	}
}

func TestAVisitTakesAsLongAsItTakesWhoeverDoesIt(t *testing.T) {
	t.Parallel()
	for name, exception := range map[string]scheduler.DurationFor{
		"Bruno knows the house":         {Technician: "bruno"},
		"apprentices are slow":          {Kind: "apprentice"},
		"from level 2 on it goes quick": {Level: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := job("boiler", 2)
			v.Skills = []scheduler.SkillLevel{{Skill: "printer", Level: 1}}
			exception.Duration, exception.Setup = 2*hour, 600
			v.Durations = []scheduler.DurationFor{{Technician: "alice", Duration: 5 * hour}, exception, {Level: 1, Duration: 60}}
			p := town(v)
			p.Technicians[1].Kind = "apprentice"
			plan := wantRoutes(t, p, "bruno-monday: boiler")
			if s := stopOf(t, plan, "boiler"); s.Depart-s.Begin != 2*hour+600 {
				t.Errorf("takes Bruno %d s, want two hours and ten minutes", s.Depart-s.Begin)
			}
		})
	}
}

func TestWhoIsQuickerGetsTheVisitWhenTheDayIsShort(t *testing.T) {
	t.Parallel()
	v := job("server", 1) // nearer to Alice
	v.Durations = []scheduler.DurationFor{{Technician: "alice", Duration: 8 * hour}}
	p := town(v)
	plan := wantRoutes(t, p, "bruno-monday: server")
	wantWhyNot(t, p, plan, "server", "alice", "shift_end")
}
