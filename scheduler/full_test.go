package scheduler_test

import "tournee/scheduler"

func to[T any](v T) *T { return new(v) }

// full is the town with every field of the model in use: a crew, a visit after
// another, a loaner device, a depot, a subcontractor, curves, promises.
func full() *scheduler.Problem {
	p := town()
	p.Rest = 11 * hour
	p.Unpleasant = []scheduler.Window{{Open: 14 * hour, Close: 24 * hour}}
	p.Weights = scheduler.Weights{
		TravelHour: 3600, Kilometre: 10, WaitingHour: 360, Overqualification: 50, Scarcity: 20, NotPreferred: 70, SpareTerritory: 90,
		PreferHour: 600, OtherTechnician: 800, ToldHour: 900, Fairness: 3, Unpleasant: 5, Lexicographic: true,
	}
	for i, id := range []string{"depot", "school", "town-hall", "clinic", "harbour"} {
		p.Places[i] = scheduler.Place{ID: id, Zone: i / 3, Offline: id == "harbour"}
	}
	p.Travel[0].Curves = []scheduler.Curve{
		{{At: 7 * hour, Percent: 100}, {At: 8 * hour, Percent: 130}, {At: 10 * hour, Percent: 100}},
		{{At: 0, Percent: 100}},
	}
	alice, bruno := &p.Technicians[0], &p.Technicians[1]
	alice.Kind, alice.Spare, alice.Hours, alice.Unpleasant = "senior", []string{"south"}, 30*hour, 2
	bruno.Kind = "junior"
	p.Technicians = append(p.Technicians, scheduler.Technician{
		ID: "partner", Mode: "car", Skills: []scheduler.SkillLevel{{Skill: "network", Level: 2}}, Territories: []string{"north", "south"},
	})
	monday := &p.Shifts[0]
	monday.Cost, monday.Overtime, monday.OvertimeHour, monday.WorkHour, monday.Free = 500, hour, 4000, 2500, true
	monday.MaxTravel, monday.MaxDistance, monday.MaxVisits = 3*hour, 90_000, 6
	monday.Capacity, monday.Stock = []int{8}, []scheduler.Part{{Part: "toner", Quantity: 1}}
	monday.Breaks = []scheduler.Break{
		{ID: "lunch", Earliest: 12 * hour, Latest: 13 * hour, Duration: 1800, Windows: []scheduler.Window{{Open: 14 * hour, Close: 15 * hour}}},
		{ID: "coffee", Earliest: 2 * hour, Latest: 3 * hour, Duration: 600, FromStart: true, Optional: true, SkipCost: 40, MaxLoad: []int{8}},
	}
	monday.Frozen = []scheduler.FrozenStop{
		{Visit: "router", Alternative: 1, Arrive: 8 * hour, Begin: 8*hour + 300, Depart: 10 * hour},
		{Break: "coffee", Arrive: 10 * hour, Begin: 10 * hour, Depart: 10*hour + 600},
	}
	p.Shifts[1].Continues = true
	p.Shifts[1].Mode, p.Shifts[1].TravelHour, p.Shifts[1].Kilometre = "car", to(scheduler.Cost(3000)), to(scheduler.Cost(0))
	p.Shifts = append(p.Shifts, scheduler.Shift{
		ID: "partner-monday", Technician: "partner", Start: 8 * hour, End: 18 * hour, StartPlace: scheduler.NoPlace, EndPlace: scheduler.NoPlace,
		VisitCost: 9000, Pool: true, MaxVisits: 3,
	})
	p.Visits = fullVisits()
	p.Pins = []scheduler.Pin{
		{Visit: "audit", Technician: "bruno", Begin: to(scheduler.Time(12 * hour))},
		{Visit: "mail", Shift: "bruno-monday", Position: 3},
	}
	p.Links = []scheduler.Link{
		{ID: "crew", Kind: scheduler.Together, Visits: []string{"rack", "lift"}},
		{ID: "return", Kind: scheduler.After, Visits: []string{"router", "audit"}, Least: hour, Greatest: 8 * hour, Technician: scheduler.DifferentTechnician},
	}
	p.Resources = []scheduler.Resource{{ID: "meter", Quantity: 1, Turnaround: 900}}
	p.Depots = []scheduler.Depot{{
		ID: "store", Place: 1, Duration: 600, Windows: []scheduler.Window{{Open: 8 * hour, Close: 17 * hour}}, Parts: []string{"toner", "fuse"},
	}}
	return p
}

func fullVisits() []scheduler.Visit {
	router, mail, audit := job("router", 0), job("mail", scheduler.NoPlace), job("audit", 2)
	router.Places = []int{1}
	rack, lift, printer := job("rack", 1), job("lift", 1), job("printer", 3)
	rack.Skills = []scheduler.SkillLevel{{Skill: "network", Level: 2}}
	rack.Setup, rack.Territory = 600, "north"
	rack.Durations = []scheduler.DurationFor{{Technician: "bruno", Duration: 2 * hour, Setup: 900}, {Kind: "senior", Duration: 1800}, {Level: 3, Duration: 1200}}
	lift.AnyOf = [][]scheduler.SkillLevel{{{Skill: "network", Level: 1}, {Skill: "printer", Level: 2}}}
	lift.NoneOf = []scheduler.SkillLevel{{Skill: "printer", Level: 4}}
	lift.Mandatory, lift.DropCost, lift.Loads, lift.Pickups = true, 0, []int{3}, []int{1}
	printer.Places, printer.Parts, printer.Resources = []int{2}, []scheduler.Part{{Part: "fuse", Quantity: 2}}, []string{"meter"}
	printer.Windows = []scheduler.Window{{Open: 9 * hour, Close: 11 * hour}, {Open: 13 * hour, Close: 15 * hour}}
	printer.Prefer, printer.Due, printer.LateHour = &scheduler.Window{Open: 9 * hour, Close: 10 * hour}, to(scheduler.Time(12*hour)), 1500
	printer.Required, printer.Preferred, printer.Forbidden = []string{"alice", "bruno"}, []string{"bruno"}, []string{"partner"}
	printer.Priority = 80
	printer.Told = &scheduler.Told{Technician: "bruno", Window: &scheduler.Window{Open: 9 * hour, Close: 11 * hour}, Percent: 150}
	return []scheduler.Visit{router, mail, audit, rack, lift, printer}
}
