package scheduler_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tournee/scheduler"
)

// TestALivePlanIsThatOfItsProblemCompiledAnew draws days of calls: visits come
// at old and new addresses, are quoted, placed, taken out, cancelled. After
// each, the live plan is the one that a model compiled anew would load.
func TestALivePlanIsThatOfItsProblemCompiledAnew(t *testing.T) {
	t.Parallel()
	did := map[string]int{}
	for seed := range uint64(16) {
		g := rand.New(rand.NewPCG(seed, 11))
		p := tiny(seed, false)
		p.Pins = nil
		if chance(g, 30) {
			limitShifts(p, g)
		}
		for i := range p.Visits {
			p.Visits[i].Mandatory = false // whose price would change with every visit
		}
		live := load(t, p, solve(t, p, scheduler.Options{Seed: seed, Iterations: 40}))
		text := hash(t, &scheduler.Plan{Routes: live.Plan().Routes})
		for i := range 25 {
			step := changeLive(t, g, live, fmt.Sprint("new", i))
			did[step]++
			wantAsAnew(t, live, step)
			if t.Failed() {
				t.Fatalf("seed %d, step %d: %s", seed, i, step)
			}
		}
		if again := load(t, p, solve(t, p, scheduler.Options{Seed: seed, Iterations: 40})); hash(t, &scheduler.Plan{Routes: again.Plan().Routes}) != text {
			t.Fatalf("seed %d: the caller's problem has changed", seed)
		}
	}
	for _, step := range []string{"added", "added at a new address", "placed", "fits nowhere", "released", "removed"} {
		if did[step] < 5 {
			t.Errorf("%s only %d times of %v", step, did[step], did)
		}
	}
}

// changeLive makes one change and says which.
func changeLive(t *testing.T, g *rand.Rand, live *scheduler.Live, id string) string {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	q := live.Problem()
	var in, out []string
	for _, v := range q.Visits {
		if slices.ContainsFunc(live.Plan().Unassigned, func(u scheduler.Unassigned) bool { return u.Visit == v.ID }) {
			out = append(out, v.ID)
		} else if !frozen(q, v.ID) {
			in = append(in, v.ID)
		}
	}
	switch kind := g.IntN(10); {
	case kind < 2:
		must(live.Add(newVisit(g, q, id, g.IntN(len(q.Places)))))
		return "added"
	case kind < 3:
		place, err := live.AddPlace(scheduler.Place{}, newLegs(g, q))
		must(err)
		must(live.Add(newVisit(g, q, id, place)))
		return "added at a new address"
	case kind < 7 && len(out) > 0:
		visit := out[g.IntN(len(out))]
		slots := slotsOf(g)
		quotes, err := live.Quote(visit, slots, 2)
		must(err)
		for i, s := range quotes {
			if len(s.Best) > 0 {
				must(live.Place(visit, s.Best[g.IntN(len(s.Best))], &slots[i]))
				return "placed"
			}
		}
		return "fits nowhere"
	case kind < 8 && len(in) > 0:
		if live.Release(in[g.IntN(len(in))]) == nil {
			return "released"
		}
	case kind < 9 && len(q.Visits) > 0:
		if live.Remove(q.Visits[g.IntN(len(q.Visits))].ID) == nil {
			return "removed"
		}
	}
	return "nothing"
}

func newVisit(g *rand.Rand, p *scheduler.Problem, id string, place int) scheduler.Visit {
	v := scheduler.Visit{ID: id, Place: place, Duration: scheduler.Seconds(g.IntN(5000)), DropCost: scheduler.Cost(g.IntN(50_000))}
	if chance(g, 20) {
		v.Place = scheduler.NoPlace
	}
	if chance(g, 60) {
		open := scheduler.Time(g.IntN(8 * 3600))
		v.Windows = []scheduler.Window{{Open: open, Close: open + scheduler.Time(g.IntN(3*3600))}}
	}
	if chance(g, 15) {
		due := scheduler.Time(g.IntN(8 * 3600))
		v.Due, v.LateHour = &due, scheduler.Cost(g.IntN(9000))
	}
	if chance(g, 20) {
		v.Setup = scheduler.Seconds(g.IntN(900))
	}
	if chance(g, 50) {
		v.Skills = []scheduler.SkillLevel{{Skill: p.Skills[g.IntN(len(p.Skills))], Level: 1 + g.IntN(3)}}
	}
	return v
}

func limitShifts(p *scheduler.Problem, g *rand.Rand) {
	for i := range p.Shifts {
		p.Shifts[i].MaxTravel = scheduler.Seconds(5000 + g.IntN(5000))
		p.Shifts[i].MaxDistance = scheduler.Metres(30_000 + g.IntN(50_000))
		p.Shifts[i].WorkHour, p.Shifts[i].Free = scheduler.Cost(g.IntN(2000)), chance(g, 50)
	}
}

func newLegs(g *rand.Rand, p *scheduler.Problem) []scheduler.Legs {
	out := make([]scheduler.Legs, len(p.Travel))
	for i := range out {
		for range p.Places {
			out[i].To = append(out[i].To, scheduler.Seconds(g.IntN(3600)))
			out[i].From = append(out[i].From, scheduler.Seconds(g.IntN(3600)))
			out[i].ToMetres = append(out[i].ToMetres, scheduler.Metres(g.IntN(30_000)))
			out[i].FromMetres = append(out[i].FromMetres, scheduler.Metres(g.IntN(30_000)))
		}
	}
	return out
}

func wantAsAnew(t *testing.T, live *scheduler.Live, step string) {
	t.Helper()
	plan, p := live.Plan(), live.Problem()
	if len(live.Broken) > 0 {
		return
	}
	wantSound(t, p, plan)
	if anew := load(t, p, plan).Plan(); hash(t, anew) != hash(t, plan) {
		t.Errorf("%s: %s, compiled anew %s", step, routes(plan), routes(anew))
	}
}

func TestManyVisitsComeAndGoInTheRoomOfFew(t *testing.T) {
	t.Parallel()
	p := town(job("a", 1))
	live := load(t, p, &scheduler.Plan{})
	for i := range 300 {
		if err := live.Add(job(fmt.Sprint("v", i), i%5)); err != nil {
			t.Fatal(err)
		}
		if i%3 > 0 {
			if err := live.Remove(fmt.Sprint("v", i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := len(live.Plan().Unassigned); n != 101 || len(live.Problem().Visits) != 101 {
		t.Errorf("%d visits are left out of %d, want 101", n, len(live.Problem().Visits))
	}
	wantAsAnew(t, live, "300 calls")
}

func TestAChangeThatCannotBeIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	p := town(job("a", 1), job("b", 2))
	p.Visits[1].Required = []string{"bruno"}
	p.Shifts[0].Frozen = []scheduler.FrozenStop{{Visit: "a", Arrive: 9 * hour, Begin: 9 * hour, Depart: 10 * hour}}
	live := load(t, p, &scheduler.Plan{})
	before := hash(t, live.Plan())
	wantFaults(t, live.Add(scheduler.Visit{ID: "a", Place: 7, Duration: -1, Territory: "moon"}),
		"/visit/id duplicate", "/visit/place unknown", "/visit/duration out_of_range", "/visit/territory unknown")
	wantFaults(t, live.Add(scheduler.Visit{Place: 1, Loads: []int{1}}), "/visit/id missing", "/visit/loads wrong_length")
	_, err := live.AddPlace(scheduler.Place{}, nil)
	wantFaults(t, err, "/legs wrong_length")
	_, err = live.AddPlace(scheduler.Place{}, []scheduler.Legs{{To: make([]scheduler.Seconds, 5), From: []scheduler.Seconds{1, 2, 3, 4, -5}, ToMetres: make([]scheduler.Metres, 5)}})
	wantFaults(t, err, "/legs/0/from/4 out_of_range", "/legs/0/from_metres wrong_length")
	wantFaults(t, live.Place("b", scheduler.Insertion{Shift: "alice-monday"}, nil), "/insertion does_not_fit")
	wantFaults(t, live.Place("b", scheduler.Insertion{Shift: "bruno-monday", Position: 1}, nil), "/insertion does_not_fit")
	wantFaults(t, live.Place("b", scheduler.Insertion{Shift: "bruno-monday"}, &scheduler.Window{Open: -2, Close: -1}), "/slot contradiction")
	wantFaults(t, live.Place("c", scheduler.Insertion{Shift: "x"}, nil), "/visit unknown", "/insertion/shift unknown")
	wantFaults(t, live.Release("a"), "/visit contradiction")
	wantFaults(t, live.Remove("a"), "/visit contradiction")
	wantFaults(t, live.Remove("c"), "/visit unknown")
	if hash(t, live.Plan()) != before {
		t.Error("the plan has changed")
	}
}

func TestOnlyWhatCountsAllVisitsKeepsItsPriceWhenOneComes(t *testing.T) {
	t.Parallel()
	printer := job("printer", 4)
	printer.Skills = []scheduler.SkillLevel{{Skill: "printer", Level: 1}}
	audit, bulb := job("audit", 1), job("bulb", 3)
	audit.Mandatory, audit.Windows = true, []scheduler.Window{{Open: hour, Close: hour}} // nobody can
	bulb.Required = []string{"bruno"}
	p := town(printer, audit, bulb)
	p.Weights.Scarcity = 100
	live := load(t, p, &scheduler.Plan{Routes: []scheduler.Route{{Shift: "bruno-monday", Stops: []scheduler.Stop{{Visit: "printer"}, {Visit: "bulb"}}}}})
	second := printer
	second.ID = "second printer"
	must(t, live.Add(second))
	before, err := live.Insert(second.ID, 1)
	must(t, err)
	total := live.Plan().Cost
	must(t, live.Place(second.ID, before[0], nil))
	kept := live.Plan().Cost
	if more := kept.Total() - total.Total(); more != before[0].Cost-second.DropCost {
		t.Errorf("placed for %d more, told as %d with the price of leaving it out, %d, still to take off", more, before[0].Cost, second.DropCost)
	}
	anew := load(t, live.Problem(), live.Plan()).Plan().Cost
	for _, term := range scheduler.Terms() {
		moved := term == scheduler.TermScarcity || term == scheduler.TermUnassigned
		if (kept[term] != anew[term]) != moved {
			t.Errorf("%v costs %d, compiled anew %d", term, kept[term], anew[term])
		}
	}
	if kept[scheduler.TermScarcity] != 100 || anew[scheduler.TermScarcity] != 200 {
		t.Errorf("the bulb wastes a rare skill for %d, compiled anew %d", kept[scheduler.TermScarcity], anew[scheduler.TermScarcity])
	}
	why, err := live.Explain(second.ID)
	must(t, err)
	for _, w := range why {
		if w.Feasible && w.Cost != before[0].Cost {
			t.Errorf("explained at %d, quoted at %d", w.Cost, before[0].Cost)
		}
	}
}
