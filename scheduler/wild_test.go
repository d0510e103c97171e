package scheduler_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tournee/scheduler"
)

// TestEveryPlanOfAWildProblemIsSoundAndCostsWhatIsKept draws problems with every
// field set at random, roads that keep no triangle inequality, shifts that
// overran, technicians who can do nothing. The independent checker finds no
// fault with any plan, the search has kept count of its cost, and loaded again
// it is the same.
func TestEveryPlanOfAWildProblemIsSoundAndCostsWhatIsKept(t *testing.T) {
	t.Parallel()
	problems := uint64(150)
	if raced {
		problems = 30
	}
	valid := uint64(0)
	for seed := range problems {
		p := wild(seed)
		if scheduler.Validate(p) != nil {
			continue // what was drawn may contradict itself
		}
		valid++
		plan := solve(t, p, scheduler.Options{Seed: seed, Iterations: int64(1 + seed*37%400)})
		live := load(t, p, plan)
		if again := live.Plan(); len(live.Broken) > 0 || again.Cost != plan.Cost {
			t.Errorf("loaded again, %q is broken, it costs %v, %v before", live.Broken, again.Cost, plan.Cost)
		}
		if kept := live.KeptTotal(); kept != plan.Cost.Total() {
			t.Errorf("kept as %d, costs %d", kept, plan.Cost.Total())
		}
		if t.Failed() {
			t.Fatalf("seed %d: %s", seed, routes(plan))
		}
	}
	if valid < problems/2 {
		t.Errorf("only %d of %d problems are valid", valid, problems)
	}
}

// wilderness is a problem being drawn.
type wilderness struct {
	*scheduler.Problem
	g      *rand.Rand
	loads  bool
	frozen map[string]bool
}

func (w *wilderness) on(percent int) bool { return chance(w.g, percent) }

func (w *wilderness) seconds(n int) scheduler.Seconds { return scheduler.Seconds(w.g.IntN(n)) }

func (w *wilderness) time(n int) scheduler.Time { return scheduler.Time(w.g.IntN(n)) }

func (w *wilderness) cost(percent, n int) scheduler.Cost {
	if !w.on(percent) {
		return 0
	}
	return scheduler.Cost(w.g.IntN(n))
}

func (w *wilderness) window(last, length int) *scheduler.Window {
	open := w.time(last)
	return &scheduler.Window{Open: open, Close: open + w.time(length)}
}

func (w *wilderness) technician() string {
	return w.Technicians[w.g.IntN(len(w.Technicians))].ID
}

// wild draws a problem of up to twelve visits and five shifts on up to three
// days.
func wild(seed uint64) *scheduler.Problem {
	g := rand.New(rand.NewPCG(seed, 77))
	w := &wilderness{g: g, frozen: map[string]bool{}, Problem: &scheduler.Problem{
		Start: 1_780_000_000, Length: scheduler.Seconds((1 + g.IntN(3)) * 24 * hour),
		Skills: []string{"a", "b"}, Territories: []string{"north", "south"},
	}}
	w.loads = w.on(30)
	w.weigh()
	w.roads()
	w.people(1 + g.IntN(4))
	w.shifts(1 + int(seed%5))
	if w.on(40) {
		w.Resources = []scheduler.Resource{{ID: "r0", Quantity: g.IntN(3), Turnaround: w.seconds(1800)}, {ID: "r1", Quantity: 1}}
	}
	for v := range int(seed % 13) {
		w.visit(fmt.Sprint("v", v))
	}
	if len(w.Visits) > 1 {
		w.link()
		w.freeze()
	}
	w.pin()
	return w.Problem
}

func (w *wilderness) weigh() {
	w.Weights = scheduler.Weights{
		TravelHour: 3600, Kilometre: w.cost(100, 300), Overqualification: w.cost(100, 200), WaitingHour: w.cost(50, 3600),
		Scarcity: w.cost(30, 200), NotPreferred: w.cost(30, 300), SpareTerritory: w.cost(30, 300), PreferHour: w.cost(30, 3000),
		OtherTechnician: w.cost(30, 3000), ToldHour: w.cost(30, 3000), Fairness: w.cost(25, 100), Unpleasant: w.cost(25, 400),
		Lexicographic: w.on(25),
	}
	if w.on(30) {
		w.Unpleasant = []scheduler.Window{{Open: 6 * hour, Close: 9 * hour}, {Open: 15 * hour, Close: 22 * hour}}
	}
	if w.on(40) {
		w.Rest = w.seconds(12 * hour)
	}
}

func (w *wilderness) roads() {
	drawTravel(w.Problem, w.g, w.on(30))
	if w.on(15) {
		w.Travel[0].Metres = nil
	}
	if w.on(20) {
		for _, row := range w.Travel[1].Seconds {
			costs := make([]scheduler.Cost, len(row))
			for i := range costs {
				costs[i] = w.cost(100, 2000)
			}
			w.Travel[1].Costs = append(w.Travel[1].Costs, costs)
		}
	}
	curves := w.on(25)
	if curves {
		w.Travel[0].Curves = []scheduler.Curve{
			{{At: 0, Percent: 100}, {At: 3 * hour, Percent: 100}, {At: 5 * hour, Percent: 150}, {At: 8 * hour, Percent: 150}, {At: 12 * hour, Percent: 90}},
			{{At: 0, Percent: 80 + w.g.IntN(60)}},
		}
	}
	for i := range w.Places {
		w.Places[i].Offline = w.on(10)
		if curves {
			w.Places[i].Zone = w.g.IntN(2)
		}
	}
}

func (w *wilderness) people(n int) {
	for i := range n {
		t := scheduler.Technician{ID: fmt.Sprint("t", i), Mode: w.Travel[w.g.IntN(2)].Mode, Territories: []string{"north"}, Kind: []string{"", "x"}[w.g.IntN(2)]}
		if w.on(40) {
			t.Territories = append(t.Territories, "south")
		} else if w.on(50) {
			t.Spare = []string{"south"}
		}
		for _, s := range w.Skills {
			if w.on(80) {
				t.Skills = append(t.Skills, scheduler.SkillLevel{Skill: s, Level: 1 + w.g.IntN(4)})
			}
		}
		if w.on(30) {
			t.Hours, t.Unpleasant = w.seconds(100_000), w.g.IntN(5)
		}
		w.Technicians = append(w.Technicians, t)
	}
}

func (w *wilderness) shifts(n int) {
	last := map[string]scheduler.Time{}
	for i := range n {
		s := scheduler.Shift{ID: fmt.Sprint("s", i), Technician: w.technician(), StartPlace: anywhere(w.Problem, w.g, 15), EndPlace: anywhere(w.Problem, w.g, 15), Cost: w.cost(100, 3000)}
		s.Start = last[s.Technician] + w.time(13*hour)
		s.End = s.Start + 2*hour + w.time(7*hour)
		if s.End > scheduler.Time(w.Length) {
			continue
		}
		last[s.Technician] = s.End
		s.Continues, s.VisitCost, s.WorkHour = w.on(20), w.cost(20, 500), w.cost(30, 3000)
		if w.on(10) {
			s.Mode = w.Travel[w.g.IntN(2)].Mode
		}
		if w.on(15) {
			s.TravelHour, s.Kilometre = to(w.cost(100, 5000)), to(w.cost(100, 500))
		}
		if w.on(20) {
			s.MaxVisits = 1 + w.g.IntN(4)
		}
		if w.loads && w.on(70) {
			s.Capacity = []int{w.g.IntN(14), w.g.IntN(8)}
		}
		if s.Pool = w.on(12); !s.Pool {
			w.limit(&s)
		}
		w.Shifts = append(w.Shifts, s)
	}
}

// limit draws what only a shift that travels has.
func (w *wilderness) limit(s *scheduler.Shift) {
	s.Free = w.on(30)
	if w.on(30) && s.End+2*hour <= scheduler.Time(w.Length) {
		s.Overtime, s.OvertimeHour = w.seconds(2*hour), w.cost(100, 4000)
	}
	if w.on(15) {
		s.MaxTravel = 1 + w.seconds(2*hour)
	}
	if w.on(15) {
		s.MaxDistance = scheduler.Metres(1 + w.g.IntN(60_000))
	}
	for i := range w.g.IntN(3) {
		b := scheduler.Break{ID: fmt.Sprint("b", i), Duration: 300 + w.seconds(1500)}
		room := int(s.End-s.Start) - int(b.Duration)
		b.Earliest = scheduler.Time(w.g.IntN(room))
		b.Latest = min(b.Earliest+w.time(hour), scheduler.Time(room))
		if b.FromStart = w.on(25); !b.FromStart {
			b.Earliest, b.Latest = b.Earliest+s.Start, b.Latest+s.Start
		}
		if b.Optional = w.on(40); b.Optional {
			b.SkipCost = w.cost(100, 800)
		}
		if w.loads && w.on(20) {
			b.MaxLoad = []int{w.g.IntN(10), w.g.IntN(8)}
		}
		s.Breaks = append(s.Breaks, b)
	}
}

func (w *wilderness) visit(id string) {
	v := scheduler.Visit{ID: id, Place: anywhere(w.Problem, w.g, 12), Duration: w.seconds(4000), DropCost: w.cost(100, 8000), Mandatory: w.on(7), Priority: 20 * w.g.IntN(5)}
	if w.on(5) {
		v.Duration = 0
	}
	if w.on(20) {
		v.Setup = w.seconds(900)
	}
	for range w.g.IntN(3) {
		v.Windows = append(v.Windows, *w.window(int(w.Length)-6000, 6000))
	}
	if w.on(20) {
		v.Prefer = w.window(6*hour, 6*hour)
	}
	if w.on(20) {
		v.Due, v.LateHour = to(w.time(12*hour)), w.cost(100, 3000)
	}
	if w.on(30) {
		v.Territory = w.Territories[w.g.IntN(2)]
	}
	w.who(&v)
	if w.loads {
		v.Loads, v.Pickups = []int{w.g.IntN(5), w.g.IntN(3)}, []int{w.g.IntN(3), w.g.IntN(2)}
	}
	for _, r := range w.Resources {
		if w.on(18) {
			v.Resources = append(v.Resources, r.ID)
		}
	}
	w.Visits = append(w.Visits, v)
}

// who draws what ties a visit to people.
func (w *wilderness) who(v *scheduler.Visit) {
	if w.on(15) {
		v.Durations = append(v.Durations, scheduler.DurationFor{Technician: w.technician(), Duration: w.seconds(6000), Setup: w.seconds(600)})
	}
	if w.on(10) {
		v.Durations = append(v.Durations, scheduler.DurationFor{Kind: "x", Duration: w.seconds(6000)})
	}
	if w.on(35) {
		v.Skills = []scheduler.SkillLevel{{Skill: w.Skills[w.g.IntN(2)], Level: 1 + w.g.IntN(3)}}
	}
	if w.on(8) {
		v.AnyOf = [][]scheduler.SkillLevel{{{Skill: "a", Level: 2}, {Skill: "b", Level: 2}}}
	}
	if w.on(8) {
		v.NoneOf = []scheduler.SkillLevel{{Skill: "b", Level: 4}}
	}
	if w.on(6) {
		v.Required = []string{w.technician()}
	}
	if w.on(6) {
		v.Forbidden = []string{w.technician()}
	}
	if w.on(12) {
		v.Preferred = []string{w.technician()}
	}
	if w.on(20) {
		v.Told = &scheduler.Told{Percent: w.g.IntN(300), Technician: w.technician()}
		if w.on(60) {
			v.Told.Window = w.window(6*hour, 2*hour)
		}
	}
}

func (w *wilderness) link() {
	if w.on(50) {
		return
	}
	crewed := map[int]bool{}
	for i := range 1 + len(w.Visits)/5 {
		pair := w.g.Perm(len(w.Visits))[:2]
		slices.Sort(pair) // no cycles
		l := scheduler.Link{ID: fmt.Sprint("l", i), Kind: scheduler.Together, Visits: []string{w.Visits[pair[0]].ID, w.Visits[pair[1]].ID}}
		if w.on(60) || crewed[pair[0]] || crewed[pair[1]] {
			l.Kind, l.Least = scheduler.After, w.seconds(hour)
			if w.on(50) {
				l.Greatest = l.Least + 1 + w.seconds(2*hour)
			}
			l.Technician = []scheduler.SameOr{scheduler.AnyTechnician, scheduler.SameTechnician, scheduler.DifferentTechnician}[w.g.IntN(3)]
		} else {
			crewed[pair[0]], crewed[pair[1]] = true, true
		}
		w.Links = append(w.Links, l)
	}
}

// freeze has a technician be under way, now and then where nobody should be.
func (w *wilderness) freeze() {
	if w.on(65) || len(w.Shifts) == 0 {
		return
	}
	s := &w.Shifts[w.g.IntN(len(w.Shifts))]
	if s.Pool {
		return
	}
	now := s.Start
	for _, v := range w.g.Perm(len(w.Visits))[:1+w.g.IntN(2)] {
		f := scheduler.FrozenStop{Visit: w.Visits[v].ID, Arrive: now + w.time(3000)}
		f.Begin = f.Arrive + w.time(600)
		f.Depart = f.Begin + w.time(2*hour)
		if f.Depart > scheduler.Time(w.Length) {
			break
		}
		s.Frozen, now = append(s.Frozen, f), f.Depart
		w.frozen[f.Visit] = true
	}
	if end := now + 600; w.on(30) && len(s.Breaks) > 0 && end <= scheduler.Time(w.Length) {
		s.Frozen = append(s.Frozen, scheduler.FrozenStop{Break: s.Breaks[0].ID, Arrive: now, Begin: now, Depart: end})
	}
}

func (w *wilderness) pin() {
	for i := range w.Visits {
		v := &w.Visits[i]
		if w.frozen[v.ID] || len(w.Shifts) == 0 || !w.on(10) {
			continue
		}
		pin := scheduler.Pin{Visit: v.ID}
		switch w.g.IntN(4) {
		case 0:
			pin.Technician = w.technician()
		case 1:
			pin.Shift = w.Shifts[w.g.IntN(len(w.Shifts))].ID
		case 2:
			pin.Position = 1 + w.g.IntN(3)
		case 3:
			pin.Begin = to(w.time(8 * hour))
			if len(v.Windows) > 0 {
				pin.Begin = to(v.Windows[0].Open)
			}
		}
		w.Pins = append(w.Pins, pin)
	}
}
