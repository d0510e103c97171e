package scheduler_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tournee/scheduler"
)

// shorten takes every short cut there is, so that no detour is faster.
func shorten[T scheduler.Seconds | scheduler.Metres](ways [][]T) {
	for k := range ways {
		for i := range ways {
			for j := range ways {
				if a, b := ways[i][k], ways[k][j]; a >= 0 && b >= 0 && (ways[i][j] < 0 || a+b < ways[i][j]) {
					ways[i][j] = a + b
				}
			}
		}
	}
}

// tiny draws a problem of at most six visits and three shifts with every feature
// mixed, on asymmetric matrices; rough ones lack the triangle inequality.
func tiny(seed uint64, rough bool) *scheduler.Problem {
	g := rand.New(rand.NewPCG(seed, 2))
	p := &scheduler.Problem{
		Start: 1_780_000_000, Length: 16 * 3600,
		Skills: []string{"a", "b"}, Territories: []string{"north", "south"},
		Weights: scheduler.Weights{TravelHour: 3600, Kilometre: scheduler.Cost(g.IntN(300)), Overqualification: scheduler.Cost(g.IntN(200))},
	}
	if chance(g, 50) {
		p.Weights.WaitingHour = scheduler.Cost(g.IntN(3600))
	}
	drawTravel(p, g, rough)
	drawShifts(p, g)
	drawVisits(p, g)
	freezeAndPin(p, g)
	if chance(g, 30) {
		drawLoads(p, g)
	}
	return p
}

func chance(g *rand.Rand, percent int) bool { return g.IntN(100) < percent }

// anywhere is a place, or none in so many cases of a hundred.
func anywhere(p *scheduler.Problem, g *rand.Rand, percent int) int {
	if chance(g, percent) {
		return scheduler.NoPlace
	}
	return g.IntN(len(p.Places))
}

func drawTravel(p *scheduler.Problem, g *rand.Rand, rough bool) {
	places := 3 + g.IntN(5)
	for range places {
		p.Places = append(p.Places, scheduler.Place{})
	}
	for _, mode := range []string{"car", "bike"} {
		t := scheduler.Travel{Mode: mode}
		for i := range places {
			var seconds []scheduler.Seconds
			var metres []scheduler.Metres
			for j := range places {
				d := g.IntN(3600)
				if i == j {
					d = 0
				}
				seconds, metres = append(seconds, scheduler.Seconds(d)), append(metres, scheduler.Metres(d*8+g.IntN(500)))
				if i != j && chance(g, 3) {
					seconds[j] = scheduler.Unreachable
				}
			}
			t.Seconds, t.Metres = append(t.Seconds, seconds), append(t.Metres, metres)
		}
		if !rough {
			shorten(t.Seconds)
		}
		p.Travel = append(p.Travel, t)
	}
}

func drawShifts(p *scheduler.Problem, g *rand.Rand) {
	for t := range 2 {
		tech := scheduler.Technician{ID: fmt.Sprint("t", t), Mode: p.Travel[g.IntN(2)].Mode, Territories: []string{"north"}}
		if chance(g, 60) {
			tech.Territories = append(tech.Territories, "south")
		}
		for _, s := range p.Skills {
			if chance(g, 80) {
				tech.Skills = append(tech.Skills, scheduler.SkillLevel{Skill: s, Level: 1 + g.IntN(4)})
			}
		}
		p.Technicians = append(p.Technicians, tech)
		start := scheduler.Time(g.IntN(2 * 3600))
		shift := scheduler.Shift{
			ID: fmt.Sprint("s", t), Technician: tech.ID, Start: start, End: start + scheduler.Time(4*3600+g.IntN(5*3600)),
			StartPlace: anywhere(p, g, 15), EndPlace: anywhere(p, g, 15), Cost: scheduler.Cost(g.IntN(3000)),
		}
		for b := range g.IntN(3) {
			earliest := start + scheduler.Time(3600+b*5400+g.IntN(1800))
			shift.Breaks = append(shift.Breaks, scheduler.Break{
				ID: fmt.Sprint("b", b), Earliest: earliest, Latest: earliest + scheduler.Time(g.IntN(1800)),
				Duration: scheduler.Seconds(300 + g.IntN(1500)),
			})
		}
		p.Shifts = append(p.Shifts, shift)
	}
	if chance(g, 25) { // an evening shift
		start := p.Shifts[0].End + scheduler.Time(g.IntN(3600))
		p.Shifts = append(p.Shifts, scheduler.Shift{
			ID: "s2", Technician: "t0", Start: start, End: start + scheduler.Time(3600+g.IntN(3*3600)),
			StartPlace: anywhere(p, g, 15), EndPlace: anywhere(p, g, 15),
		})
	}
}

func drawVisits(p *scheduler.Problem, g *rand.Rand) {
	for v := range 1 + g.IntN(6) {
		visit := scheduler.Visit{
			ID: fmt.Sprint("v", v), Place: anywhere(p, g, 20), Duration: scheduler.Seconds(g.IntN(5400)),
			DropCost: scheduler.Cost(g.IntN(8000)), Mandatory: chance(g, 10),
		}
		for range g.IntN(3) {
			open := scheduler.Time(g.IntN(8 * 3600))
			visit.Windows = append(visit.Windows, scheduler.Window{Open: open, Close: open + scheduler.Time(g.IntN(5400))})
		}
		if chance(g, 50) {
			visit.Skills = []scheduler.SkillLevel{{Skill: p.Skills[g.IntN(2)], Level: 1 + g.IntN(3)}}
		}
		if chance(g, 30) {
			visit.Territory = p.Territories[g.IntN(2)]
		}
		if chance(g, 10) {
			visit.Required = []string{p.Technicians[g.IntN(2)].ID}
		}
		if chance(g, 10) {
			visit.Forbidden = []string{p.Technicians[g.IntN(2)].ID}
		}
		p.Visits = append(p.Visits, visit)
	}
}

func drawLoads(p *scheduler.Problem, g *rand.Rand) {
	for v := range p.Visits {
		if chance(g, 80) {
			p.Visits[v].Loads = []int{g.IntN(5), g.IntN(3)}
		}
	}
	for s := range p.Shifts {
		if chance(g, 80) {
			p.Shifts[s].Capacity = []int{g.IntN(10), g.IntN(6)}
		}
	}
}

func freezeAndPin(p *scheduler.Problem, g *rand.Rand) {
	first := 0
	if g.IntN(4) == 0 && len(p.Visits) > 1 {
		s := &p.Shifts[g.IntN(2)]
		arrive := s.Start + scheduler.Time(g.IntN(3600))
		begin := arrive + scheduler.Time(g.IntN(600))
		depart := begin + scheduler.Time(g.IntN(4*3600))
		s.Frozen = []scheduler.FrozenStop{{Visit: p.Visits[0].ID, Arrive: arrive, Begin: begin, Depart: min(depart, scheduler.Time(p.Length))}}
		first = 1
	}
	for v := first; v < len(p.Visits); v++ {
		pin := scheduler.Pin{Visit: p.Visits[v].ID}
		switch g.IntN(24) {
		case 0:
			pin.Technician = p.Technicians[g.IntN(2)].ID
		case 1:
			pin.Shift = p.Shifts[g.IntN(len(p.Shifts))].ID
		case 2:
			pin.Position = 1 + g.IntN(2)
		case 3:
			begin := scheduler.Time(g.IntN(8 * 3600))
			if ws := p.Visits[v].Windows; len(ws) > 0 {
				begin = ws[0].Open + scheduler.Time(g.IntN(int(ws[0].Close-ws[0].Open)+1))
			}
			pin.Begin = &begin
		default:
			continue
		}
		p.Pins = append(p.Pins, pin)
	}
}

// cheapestPlan tries every assignment, every order and every position of the
// breaks, and returns the least cost of all.
func cheapestPlan(t testing.TB, p *scheduler.Problem) scheduler.Cost {
	t.Helper()
	n := len(p.Visits)
	everything := 1<<n - 1
	free := everything
	for _, s := range p.Shifts {
		for _, f := range s.Frozen {
			free &^= 1 << visitIndex(p, f.Visit)
		}
	}
	best := make([]scheduler.Cost, everything+1)
	for set := range best {
		best[set] = math.MaxInt64 / 4
	}
	best[0] = 0
	for s := range p.Shifts {
		costs := shiftCosts(p, s, free)
		next := make([]scheduler.Cost, everything+1)
		for set := range next {
			next[set] = math.MaxInt64 / 4
			for sub := set; ; sub = (sub - 1) & set {
				next[set] = min(next[set], best[set&^sub]+costs[sub])
				if sub == 0 {
					break
				}
			}
		}
		best = next
	}
	least := scheduler.Cost(math.MaxInt64)
	for set := range best {
		if set&^free != 0 {
			continue
		}
		left := scheduler.Cost(0)
		for v := range n {
			if free>>v&1 == 1 && set>>v&1 == 0 {
				left += dropCost(t, p, v)
			}
		}
		least = min(least, best[set]+left)
	}
	return least
}

func visitIndex(p *scheduler.Problem, id string) int {
	for v := range p.Visits {
		if p.Visits[v].ID == id {
			return v
		}
	}
	panic("no visit " + id)
}

// dropCost asks the checker what leaving one visit out costs.
func dropCost(t testing.TB, p *scheduler.Problem, v int) scheduler.Cost {
	t.Helper()
	pinned := p.Visits[v].Mandatory
	for _, pin := range p.Pins {
		pinned = pinned || pin.Visit == p.Visits[v].ID
	}
	if !pinned {
		return p.Visits[v].DropCost
	}
	return 1_000_000_000 // taken off again by comparable
}

// shiftCosts is, for each set of free visits, the least cost of a shift that
// serves just them.
func shiftCosts(p *scheduler.Problem, s, free int) []scheduler.Cost {
	costs := make([]scheduler.Cost, 1<<len(p.Visits))
	for set := range costs {
		costs[set] = math.MaxInt64 / 4
	}
	sh := &p.Shifts[s]
	walk := newWalk(p, sh)
	costs[0] = 0
	if len(sh.Frozen) > 0 {
		costs[0] = walk.idle()
	}
	var order []int
	var extend func(set int)
	extend = func(set int) {
		if set != 0 {
			if c, ok := walk.price(order); ok {
				costs[set] = min(costs[set], c)
			}
		}
		for v := range p.Visits {
			if free>>v&1 == 1 && set>>v&1 == 0 && allowed(p, sh, v) {
				order = append(order, v)
				extend(set | 1<<v)
				order = order[:len(order)-1]
			}
		}
	}
	extend(0)
	return costs
}

func allowed(p *scheduler.Problem, sh *scheduler.Shift, v int) bool {
	var tech scheduler.Technician
	for _, t := range p.Technicians {
		if t.ID == sh.Technician {
			tech = t
		}
	}
	visit := &p.Visits[v]
	for _, need := range visit.Skills {
		ok := false
		for _, has := range tech.Skills {
			ok = ok || has.Skill == need.Skill && has.Level >= need.Level
		}
		if !ok {
			return false
		}
	}
	in := slices.Contains[[]string]
	for _, pin := range p.Pins {
		if pin.Visit == visit.ID && (pin.Technician != "" && pin.Technician != tech.ID || pin.Shift != "" && pin.Shift != sh.ID) {
			return false
		}
	}
	return (visit.Territory == "" || in(tech.Territories, visit.Territory)) &&
		(len(visit.Required) == 0 || in(visit.Required, tech.ID)) && !in(visit.Forbidden, tech.ID)
}

// priced is the plan's cost with mandatory visits priced as dropCost does.
func priced(p *scheduler.Problem, plan *scheduler.Plan) scheduler.Cost {
	total := plan.Cost.Total()
	for _, u := range plan.Unassigned {
		v := &p.Visits[visitIndex(p, u.Visit)]
		pinned := v.Mandatory
		for _, pin := range p.Pins {
			pinned = pinned || pin.Visit == v.ID
		}
		if pinned {
			total += 1_000_000_000 - u.Cost
		}
	}
	return total
}

func TestSmallPlansAreOptimal(t *testing.T) {
	t.Parallel()
	planned, left := 0, 0
	for seed := range uint64(300) {
		p := tiny(seed, false)
		if err := scheduler.Validate(p); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		plan := solve(t, p, scheduler.Options{Seed: seed, Iterations: 3_000})
		if want, is := cheapestPlan(t, p), priced(p, plan); is != want {
			t.Errorf("seed %d: costs %d, the best of all plans %d", seed, is, want)
		}
		planned += len(p.Visits) - len(plan.Unassigned)
		left += len(plan.Unassigned)
		if t.Failed() {
			t.FailNow()
		}
	}
	if planned < 300 || left < 100 {
		t.Errorf("%d visits planned, %d left out: the problems are too easy or too hard", planned, left)
	}
}
