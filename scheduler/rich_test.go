package scheduler_test

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"tournee/scheduler"
)

// features are what the full model has beside what tiny draws, each drawn into
// its share of the small rich problems.
var features = []struct {
	name    string
	percent int
	draw    func(*scheduler.Problem, *rand.Rand)
}{
	{"next day", 30, drawNextDay},
	{"durations", 25, drawDurations},
	{"breaks", 25, drawBreaks},
	{"hours", 20, drawHours},
	{"people", 30, drawPeople},
	{"prices", 30, drawPrices},
	{"lateness", 30, drawLateness},
	{"limits", 25, drawLimits},
	{"work time", 30, drawWorkTime},
	{"rest", 25, drawRest},
	{"shares", 20, drawShares},
	{"priorities", 25, drawPriorities},
	{"links", 35, drawLinks},
	{"resources", 25, drawResources},
	{"places", 20, drawOtherPlaces},
	{"parts", 25, drawParts},
	{"connection", 20, drawCellars},
	{"subcontractor", 20, drawSubcontractor},
}

// rich draws a small problem with a random part of the features, and says
// which: one that the search should solve to the best of all plans.
func rich(seed uint64) (*scheduler.Problem, []string) {
	return richBut(seed, smoothAll)
}

func smoothAll(p *scheduler.Problem) {
	smooth(p)
	smoothStarts(p)
	smoothPlaces(p)
	smoothTied(p)
}

// richBut is rich with another change.
func richBut(seed uint64, change func(*scheduler.Problem)) (*scheduler.Problem, []string) {
	return drawRich(seed, func(f int) int { return features[f].percent }, change)
}

// drawRich draws each feature into so many problems of a hundred, and has the
// problem changed.
func drawRich(seed uint64, percent func(feature int) int, change func(*scheduler.Problem)) (*scheduler.Problem, []string) {
	for try := uint64(0); ; try++ {
		p, g := tiny(seed*1_000+try, false), rand.New(rand.NewPCG(seed, try))
		var with []string
		for i, f := range features {
			if chance(g, percent(i)) {
				f.draw(p, g)
				with = append(with, f.name)
			}
		}
		change(p)
		if scheduler.Validate(p) == nil { // two features may contradict one another
			return p, with
		}
	}
}

func drawNextDay(p *scheduler.Problem, g *rand.Rand) {
	p.Length = 40 * 3600
	if len(p.Shifts) == 3 {
		p.Shifts = p.Shifts[:2]
		p.Pins = slices.DeleteFunc(p.Pins, func(pin scheduler.Pin) bool { return pin.Shift == "s2" })
	}
	s := p.Shifts[g.IntN(2)]
	s.ID, s.Frozen, s.Breaks = "s3", nil, nil
	s.Start += 24 * 3600
	s.End += 24*3600 - scheduler.Time(g.IntN(2*3600))
	p.Shifts = append(p.Shifts, s)
	for v := range p.Visits {
		for w := range p.Visits[v].Windows {
			if chance(g, 30) {
				p.Visits[v].Windows[w].Open += 24 * 3600
				p.Visits[v].Windows[w].Close += 24 * 3600
			}
		}
	}
}

func drawPeople(p *scheduler.Problem, g *rand.Rand) {
	w := &p.Weights
	w.Scarcity, w.NotPreferred, w.SpareTerritory, w.OtherTechnician = draw(g, 500), draw(g, 1500), draw(g, 1500), draw(g, 1500)
	if t := &p.Technicians[1]; len(t.Territories) == 1 {
		t.Spare = []string{"south"}
	}
	for i := range p.Visits {
		v := &p.Visits[i]
		if chance(g, 30) {
			v.AnyOf = [][]scheduler.SkillLevel{{{Skill: "a", Level: 1 + g.IntN(3)}, {Skill: "b", Level: 1 + g.IntN(3)}}}
		}
		if chance(g, 15) {
			v.NoneOf = []scheduler.SkillLevel{{Skill: p.Skills[g.IntN(2)], Level: 3 + g.IntN(2)}}
		}
		if chance(g, 30) {
			v.Preferred = []string{p.Technicians[g.IntN(2)].ID}
		}
		if chance(g, 30) {
			v.Told = &scheduler.Told{Technician: p.Technicians[g.IntN(2)].ID, Percent: g.IntN(300)}
		}
	}
}

// draw is a price of at most so much.
func draw(g *rand.Rand, most int) scheduler.Cost { return scheduler.Cost(g.IntN(most + 1)) }

func drawPrices(p *scheduler.Problem, g *rand.Rand) {
	for i := range p.Shifts {
		s := &p.Shifts[i]
		s.VisitCost = draw(g, 1000)
		if chance(g, 50) {
			s.Mode = p.Travel[g.IntN(2)].Mode
		}
		if chance(g, 50) {
			hour, kilometre := draw(g, 6000), draw(g, 300)
			s.TravelHour, s.Kilometre = &hour, &kilometre
		}
	}
	if chance(g, 30) {
		t := &p.Travel[0]
		for i := range t.Seconds {
			t.Costs = append(t.Costs, make([]scheduler.Cost, len(t.Seconds)))
			for j := range t.Seconds {
				t.Costs[i][j] = draw(g, 3000)
			}
		}
	}
}

func drawLateness(p *scheduler.Problem, g *rand.Rand) {
	p.Weights.PreferHour, p.Weights.ToldHour = draw(g, 5000), draw(g, 5000)
	for i := range p.Visits {
		v := &p.Visits[i]
		open := scheduler.Time(g.IntN(7 * 3600))
		w := scheduler.Window{Open: open, Close: open + scheduler.Time(g.IntN(3600))}
		if chance(g, 35) {
			v.Prefer = &w
		}
		if chance(g, 35) {
			due := scheduler.Time(g.IntN(9 * 3600))
			v.Due, v.LateHour = &due, draw(g, 5000)
		}
		if v.Told == nil && chance(g, 35) {
			w.Open += scheduler.Time(g.IntN(1800))
			w.Close += 1800
			told := w
			v.Told = &scheduler.Told{Window: &told, Percent: g.IntN(300)}
		}
	}
}

func drawLimits(p *scheduler.Problem, g *rand.Rand) {
	for i := range p.Shifts {
		s := &p.Shifts[i]
		if chance(g, 50) {
			s.MaxTravel = scheduler.Seconds(1800 + g.IntN(2*3600))
		}
		if chance(g, 50) {
			s.MaxDistance = scheduler.Metres(20_000 + g.IntN(50_000))
		}
		if chance(g, 50) {
			s.MaxVisits = 1 + g.IntN(3)
		}
	}
}

// smooth keeps a visit from being possible only with another, which makes the
// way shorter or later and so keeps a limit: the search, whose every plan is
// feasible, puts in one visit at a time.
func smooth(p *scheduler.Problem) {
	for i := range p.Travel {
		shorten(p.Travel[i].Metres)
	}
	if len(p.Travel[0].Curves) > 0 {
		for i := range p.Shifts {
			p.Shifts[i].MaxTravel = 0
		}
	}
}

func drawWorkTime(p *scheduler.Problem, g *rand.Rand) {
	for i := range p.Shifts {
		s := &p.Shifts[i]
		s.Free, s.WorkHour = chance(g, 50), draw(g, 2500)
		if chance(g, 60) {
			s.End -= scheduler.Time(min(int(s.End-s.Start), g.IntN(2*3600)))
			s.Overtime, s.OvertimeHour = scheduler.Seconds(g.IntN(2*3600)), draw(g, 4000)
		}
	}
}

func drawRest(p *scheduler.Problem, g *rand.Rand) {
	if len(p.Shifts) == 2 {
		drawNextDay(p, g)
	}
	last := &p.Shifts[len(p.Shifts)-1]
	last.Continues = chance(g, 20)
	p.Rest = scheduler.Seconds(g.IntN(3 * 3600))
	if last.ID == "s3" {
		p.Rest += 13 * 3600
	}
}

func drawShares(p *scheduler.Problem, g *rand.Rand) {
	p.Weights.Fairness, p.Weights.Unpleasant = draw(g, 300), draw(g, 800)
	for i := range p.Technicians {
		p.Technicians[i].Hours, p.Technicians[i].Unpleasant = scheduler.Seconds(g.IntN(20*3600)), g.IntN(4)
	}
	for range g.IntN(3) {
		open := scheduler.Time(g.IntN(8 * 3600))
		p.Unpleasant = append(p.Unpleasant, scheduler.Window{Open: open, Close: open + scheduler.Time(g.IntN(3*3600))})
	}
}

func drawPriorities(p *scheduler.Problem, g *rand.Rand) {
	p.Weights.Lexicographic = true
	for i := range p.Visits {
		p.Visits[i].Priority = g.IntN(101)
		if chance(g, 50) {
			p.Visits[i].Priority = g.IntN(3)
		}
	}
}

// drawLinks ties visits that are not frozen, so that no link is broken before
// the search begins; a frozen one may come before another.
func drawLinks(p *scheduler.Problem, g *rand.Rand) {
	if len(p.Visits) > 5 {
		trim(p, 5)
	}
	order := g.Perm(len(p.Visits))
	for n := 1 + g.IntN(2); n > 0 && len(order) >= 2; n-- {
		a, b := p.Visits[order[0]].ID, p.Visits[order[1]].ID
		l := scheduler.Link{ID: fmt.Sprint("l", n), Kind: scheduler.Together, Visits: []string{a, b}}
		if chance(g, 60) || frozen(p, a) {
			l.Kind, l.Least = scheduler.After, scheduler.Seconds(g.IntN(3600))
			if chance(g, 60) {
				l.Greatest = l.Least + scheduler.Seconds(g.IntN(2*3600))
			}
			l.Technician = []scheduler.SameOr{scheduler.AnyTechnician, scheduler.SameTechnician, scheduler.DifferentTechnician}[g.IntN(3)]
		}
		if order = order[1+g.IntN(2):]; !frozen(p, b) {
			p.Links = append(p.Links, l)
		}
	}
}

// trim leaves out all visits but so many.
func trim(p *scheduler.Problem, n int) {
	for _, v := range p.Visits[n:] {
		p.Pins = slices.DeleteFunc(p.Pins, func(pin scheduler.Pin) bool { return pin.Visit == v.ID })
	}
	p.Visits = p.Visits[:n]
}

func drawResources(p *scheduler.Problem, g *rand.Rand) {
	if len(p.Visits) > 5 {
		trim(p, 5)
	}
	for r := range 1 + g.IntN(2) {
		thing := scheduler.Resource{ID: fmt.Sprint("r", r), Quantity: 1, Turnaround: scheduler.Seconds(g.IntN(1800))}
		if chance(g, 20) {
			thing.Quantity = g.IntN(3)
		}
		p.Resources = append(p.Resources, thing)
	}
	for i := range p.Visits {
		v := &p.Visits[i]
		if chance(g, 60) {
			v.Resources = []string{p.Resources[g.IntN(len(p.Resources))].ID}
		}
		v.Duration++ // nothing is held for no time at all
		for j := range v.Durations {
			v.Durations[j].Duration++
		}
	}
}
