package scheduler_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tournee/scheduler"
)

// disrupt draws what goes wrong: somebody is sick, late or leaves early, a
// client cancels, another's network is down.
func disrupt(g *rand.Rand, p *scheduler.Problem, plan *scheduler.Plan, step int) *scheduler.Disruption {
	d := &scheduler.Disruption{}
	s := p.Shifts[g.IntN(len(p.Shifts))]
	kind := g.IntN(6)
	switch {
	case kind == 0 && len(s.Frozen) == 0:
		d.Gone = []string{s.ID}
	case kind == 1:
		s.End -= (s.End - s.Start) / 3
		s.Breaks = slices.DeleteFunc(slices.Clone(s.Breaks), func(b scheduler.Break) bool { return b.Latest+scheduler.Time(b.Duration) > s.End })
		d.Shifts = []scheduler.Shift{s}
	case kind == 2:
		if late, ok := lateUnderWay(g, s, plan); ok {
			d.Shifts = []scheduler.Shift{late}
		}
	case kind == 3 && len(p.Visits) > 0:
		if v := p.Visits[g.IntN(len(p.Visits))].ID; !frozen(p, v) {
			d.Cancelled = []string{v}
		}
	}
	if kind > 3 || len(d.Gone)+len(d.Shifts)+len(d.Cancelled) == 0 {
		for i := range 1 + g.IntN(2) {
			v := newVisit(g, p, fmt.Sprintf("urgent-%d-%d", step, i), g.IntN(len(p.Places)))
			v.DropCost *= 20
			d.Urgent = append(d.Urgent, v)
		}
	}
	return d
}

// lateUnderWay freezes the first free stop of a shift's route, half an hour or so
// later than planned.
func lateUnderWay(g *rand.Rand, s scheduler.Shift, plan *scheduler.Plan) (scheduler.Shift, bool) {
	for _, r := range plan.Routes {
		if r.Shift != s.ID || len(s.Frozen) == len(r.Stops) {
			continue
		}
		stop := r.Stops[len(s.Frozen)]
		late := scheduler.Time(g.IntN(3000))
		f := scheduler.FrozenStop{Visit: stop.Visit, Break: stop.Break, Arrive: stop.Arrive + late, Begin: stop.Begin + late, Depart: stop.Depart + late}
		s.Frozen = append(slices.Clone(s.Frozen), f)
		return s, f.Depart < 16*3600
	}
	return s, false
}

// TestARepairedPlanIsSoundAndToldAsItIs disrupts many small days again and
// again; each time the checker judges the plan, and the difference told is the
// difference there is.
func TestARepairedPlanIsSoundAndToldAsItIs(t *testing.T) {
	t.Parallel()
	moves, left := 0, 0
	for seed := range uint64(50) {
		g := rand.New(rand.NewPCG(seed, 21))
		p := tiny(seed, false)
		p.Pins = nil
		for i := range p.Visits {
			p.Visits[i].Mandatory = false
		}
		if chance(g, 30) {
			limitShifts(p, g)
		}
		live := load(t, p, solve(t, p, scheduler.Options{Seed: seed, Iterations: 60}))
		for step := range 4 {
			if len(live.Broken) > 0 {
				break
			}
			before, q := live.Plan(), live.Problem()
			d := disrupt(g, q, before, step)
			twin := load(t, q, before)
			o := scheduler.RepairOptions{Seed: seed, Iterations: 100}
			repair, err := live.Repair(d, o)
			must(t, err)
			wantRepaired(t, live, before, repair, d)
			again, err := twin.Repair(d, o)
			must(t, err)
			if again.Difference != repair.Difference { // of plans that cost the same, either
				t.Errorf("repaired again: %s, %v; before %s, %v", routes(twin.Plan()), again.Difference, routes(live.Plan()), repair.Difference)
			}
			moves += len(repair.Moves)
			left += len(live.Plan().Unassigned)
			if t.Failed() {
				t.Fatalf("seed %d, step %d: %+v", seed, step, d)
			}
		}
	}
	if moves < 100 || left < 20 {
		t.Errorf("%d moves, %d left out", moves, left)
	}
}

func wantRepaired(t *testing.T, live *scheduler.Live, before *scheduler.Plan, repair *scheduler.Repair, d *scheduler.Disruption) {
	t.Helper()
	after := live.Plan()
	wantSound(t, live.Problem(), after)
	if kept := live.KeptTotal(); kept != after.Cost.Total() {
		t.Errorf("the plan costs %v, kept as %d", after.Cost, kept)
	}
	if is := after.Cost.Total() - before.Cost.Total(); is != repair.Difference.Total() {
		t.Errorf("the difference is told as %v, the plan went from %v to %v", repair.Difference, before.Cost, after.Cost)
	}
	for i, c := range repair.Difference {
		if after.Cost[i]-before.Cost[i] != c {
			t.Errorf("%v is told to change by %d, went from %d to %d", scheduler.Term(i), c, before.Cost[i], after.Cost[i])
		}
	}
	was, is := appointments(before), appointments(after)
	told := map[string]bool{}
	for _, m := range repair.Moves {
		told[m.Visit] = true
		if m.From != was[m.Visit] || m.To != is[m.Visit] {
			t.Errorf("%s is told to move from %v to %v: it went from %v to %v", m.Visit, m.From, m.To, was[m.Visit], is[m.Visit])
		}
	}
	for visit := range was {
		if is[visit] != was[visit] && !told[visit] && !slices.Contains(d.Cancelled, visit) {
			t.Errorf("%s moved untold", visit)
		}
	}
	for _, r := range after.Routes {
		if slices.Contains(d.Gone, r.Shift) {
			t.Errorf("shift %s is gone, yet works", r.Shift)
		}
	}
	for _, r := range repair.Routes {
		if !slices.ContainsFunc(after.Routes, func(o scheduler.Route) bool {
			return o.Shift == r.Shift && slices.Equal(o.Stops, r.Stops) && o.Finish == r.Finish
		}) {
			t.Errorf("the route of %s is not as told", r.Shift)
		}
	}
}

func appointments(plan *scheduler.Plan) map[string]scheduler.Appointment {
	out := map[string]scheduler.Appointment{}
	for _, r := range plan.Routes {
		for _, s := range r.Stops {
			if s.Visit != "" {
				out[s.Visit] = scheduler.Appointment{Shift: r.Shift, Technician: r.Technician, Begin: s.Begin}
			}
		}
	}
	return out
}

func TestASickTechniciansVisitsGoToOthersAndTheRestStays(t *testing.T) {
	t.Parallel()
	p := city(5, 200, 30, 1)
	live := load(t, p, solve(t, p, scheduler.Options{Seed: 1, Iterations: 500}))
	before := live.Plan()
	sick := before.Routes[3]
	repair, err := live.Repair(&scheduler.Disruption{Gone: []string{sick.Shift}}, scheduler.RepairOptions{Seed: 1})
	must(t, err)
	wantRepaired(t, live, before, repair, &scheduler.Disruption{Gone: []string{sick.Shift}})
	served := 0
	is := appointments(live.Plan())
	for _, s := range sick.Stops {
		if is[s.Visit].Shift != "" {
			served++
		}
	}
	if visits := len(sick.Stops) - 1; served*2 < visits { // one stop is the lunch
		t.Errorf("%d of %d visits are served by others", served, visits)
	}
	if n := changedHands(repair, sick.Shift); n == 0 {
		t.Error("nobody else's visits moved: the next test proves nothing")
	}
}

// changedHands counts the visits of other shifts that got another technician.
func changedHands(repair *scheduler.Repair, but string) (n int) {
	for _, m := range repair.Moves {
		if m.From.Shift != but && m.From.Technician != m.To.Technician {
			n++
		}
	}
	return n
}

func TestNobodyElsesVisitsChangeHandsWhereThatIsTooDear(t *testing.T) {
	t.Parallel()
	p := city(5, 200, 30, 1)
	live := load(t, p, solve(t, p, scheduler.Options{Seed: 1, Iterations: 500}))
	sick := live.Plan().Routes[3]
	repair, err := live.Repair(&scheduler.Disruption{Gone: []string{sick.Shift}}, scheduler.RepairOptions{Seed: 1, OtherTechnician: 10_000_000})
	must(t, err)
	if n := changedHands(repair, sick.Shift); n > 0 || len(repair.Moves) == 0 {
		t.Errorf("%d visits changed hands in %d moves", n, len(repair.Moves))
	}
}

func TestAnUrgentVisitIsServedAtTheCostOfALesserOne(t *testing.T) {
	t.Parallel()
	a, b := job("small", 1), job("other", 2)
	a.DropCost, b.DropCost = 1_000, 2_000
	a.Duration, b.Duration = 3*hour, 4*hour
	p := town(a, b)
	p.Shifts = p.Shifts[:1]
	p.Technicians = p.Technicians[:1]
	live := load(t, p, &scheduler.Plan{Routes: []scheduler.Route{{Shift: "alice-monday", Stops: []scheduler.Stop{{Visit: "small"}, {Visit: "other"}}}}})
	urgent := job("server down", 3)
	urgent.Windows = []scheduler.Window{{Open: 9 * hour, Close: 11 * hour}}
	urgent.Duration = 2 * hour
	repair, err := live.Repair(&scheduler.Disruption{Urgent: []scheduler.Visit{urgent}}, scheduler.RepairOptions{})
	must(t, err)
	if got := routes(live.Plan()); got != "alice-monday: server down other" {
		t.Errorf("repaired to %q", got)
	}
	if len(repair.Moves) != 3 || repair.Moves[0] != (scheduler.Move{Visit: "small", From: scheduler.Appointment{Shift: "alice-monday", Technician: "alice", Begin: 8*hour + 600}}) {
		t.Errorf("moves: %+v", repair.Moves)
	}
}

func TestADisruptionThatCannotBeIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	p := town(job("a", 1), job("b", 2))
	p.Shifts[0].Frozen = []scheduler.FrozenStop{{Visit: "a", Arrive: 9 * hour, Begin: 9 * hour, Depart: 10 * hour}}
	live := load(t, p, &scheduler.Plan{})
	before := hash(t, live.Plan())
	other := p.Shifts[1]
	other.Technician = "alice"
	other.Frozen = p.Shifts[0].Frozen
	_, err := live.Repair(&scheduler.Disruption{
		Gone: []string{"alice-monday", "nobody"}, Shifts: []scheduler.Shift{other, {ID: "x"}},
		Cancelled: []string{"a", "b", "b", "c"}, Urgent: []scheduler.Visit{{ID: "b", Place: 9}, job("new", 1), job("new", 1)},
	}, scheduler.RepairOptions{})
	wantFaults(t, err, "/shifts/0/technician contradiction", "/shifts/0/frozen/0/visit contradiction", "/shifts/1/id unknown",
		"/gone/0 contradiction", "/gone/1 unknown", "/cancelled/0 contradiction", "/cancelled/2 duplicate", "/cancelled/3 unknown",
		"/urgent/0/id duplicate", "/urgent/0/place unknown", "/urgent/2/id duplicate")
	if hash(t, live.Plan()) != before {
		t.Error("the plan has changed")
	}
}

// twoShifts is Alice's day in two shifts, the second of which one visit fills.
func twoShifts(first, second scheduler.Visit) *scheduler.Problem {
	p := town(first, second)
	p.Length = 48 * hour
	evening := p.Shifts[0]
	evening.ID, evening.Start, evening.End = "alice-evening", 18*hour, 22*hour
	p.Shifts = []scheduler.Shift{p.Shifts[0], evening}
	return p
}

func TestAChangedShiftsOvertimeEndsWhereTheNextShiftStarts(t *testing.T) {
	t.Parallel()
	long := job("long", 1)
	long.Duration = 9 * hour
	p := twoShifts(long, job("evening", 1))
	p.Shifts[0].Overtime = 2 * hour
	p.Visits[1].Windows = []scheduler.Window{{Open: 18 * hour, Close: 20 * hour}}
	live := load(t, p, wantRoutes(t, p, "alice-monday: long; alice-evening: evening"))
	late := p.Shifts[0]
	late.Start, late.Overtime = 8*hour+1800, 4*hour // home at 17:50 without a rest
	_, err := live.Repair(&scheduler.Disruption{Shifts: []scheduler.Shift{late}}, scheduler.RepairOptions{})
	must(t, err)
	wantSound(t, live.Problem(), live.Plan())
	late.Start = 9 * hour // that would be 18:20
	_, err = live.Repair(&scheduler.Disruption{Shifts: []scheduler.Shift{late}}, scheduler.RepairOptions{})
	must(t, err)
	wantSound(t, live.Problem(), live.Plan())
	if got := routes(live.Plan()); got != "alice-evening: evening" {
		t.Errorf("repaired to %q, want the long visit left out", got)
	}
}

func TestTheOvertimeBeforeAShiftThatStartsSoonerIsCutShort(t *testing.T) {
	t.Parallel()
	long := job("long", 1)
	long.Duration = 9 * hour // home at 17:20
	p := twoShifts(long, job("evening", 1))
	p.Shifts[0].Overtime = 2 * hour
	p.Visits[1].Windows = []scheduler.Window{{Open: 17*hour + 600, Close: 20 * hour}}
	live := load(t, p, wantRoutes(t, p, "alice-monday: long; alice-evening: evening"))
	sooner := p.Shifts[1]
	sooner.Start = 17 * hour
	repair, err := live.Repair(&scheduler.Disruption{Shifts: []scheduler.Shift{sooner}}, scheduler.RepairOptions{})
	must(t, err)
	wantSound(t, live.Problem(), live.Plan())
	if got := routes(live.Plan()); got != "alice-evening: evening" || len(repair.Moves) != 2 {
		t.Errorf("repaired to %q, told as %+v; want the long visit left out and the other sooner", got, repair.Moves)
	}
}

func TestWhoWorksLongerRestsBeforeTheNextShift(t *testing.T) {
	t.Parallel()
	morning := job("morning", 0)
	morning.Windows = []scheduler.Window{{Open: 32 * hour, Close: 34 * hour}}
	for name, departs := range map[string]scheduler.Time{"in time": 20 * hour, "an hour late": 22 * hour} {
		p := nights(job("evening", 0), morning)
		p.Visits[0].Windows = []scheduler.Window{{Open: 18 * hour, Close: 18 * hour}}
		p.Shifts[1].Start = 33 * hour // twelve hours after Monday's end
		live := load(t, p, wantRoutes(t, p, "monday: evening; tuesday: morning"))
		late := p.Shifts[0]
		late.Frozen = []scheduler.FrozenStop{{Visit: "evening", Arrive: 18 * hour, Begin: 18 * hour, Depart: departs + 1}}
		_, err := live.Repair(&scheduler.Disruption{Shifts: []scheduler.Shift{late}}, scheduler.RepairOptions{})
		must(t, err)
		wantSound(t, live.Problem(), live.Plan())
		if got, rests := len(live.Plan().Routes), departs < 22*hour; (got == 2) != rests {
			t.Errorf("%s: %q", name, routes(live.Plan()))
		}
	}
}

func TestAPinIsForgottenOnceTheVisitIsUnderWay(t *testing.T) {
	t.Parallel()
	p := town(job("a", 1), job("b", 3))
	p.Pins = []scheduler.Pin{{Visit: "a", Technician: "alice", Position: 1}, {Visit: "b", Technician: "bruno"}}
	live := load(t, p, wantRoutes(t, p, "alice-monday: a; bruno-monday: b"))
	under := p.Shifts[0]
	under.Frozen = []scheduler.FrozenStop{{Visit: "a", Arrive: 9 * hour, Begin: 9 * hour, Depart: 10 * hour}}
	_, err := live.Repair(&scheduler.Disruption{Shifts: []scheduler.Shift{under}}, scheduler.RepairOptions{})
	must(t, err)
	must(t, scheduler.Validate(live.Problem()))
	if pins := live.Problem().Pins; len(pins) != 1 || pins[0].Visit != "b" || len(p.Pins) != 2 {
		t.Errorf("pinned: %+v; the caller's: %+v", pins, p.Pins)
	}
	_, err = live.Repair(&scheduler.Disruption{Shifts: p.Shifts[:1]}, scheduler.RepairOptions{}) // it was not, after all
	must(t, err)
	wantSound(t, live.Problem(), live.Plan())
}

func TestLinksEndWithAVisitThatIsCancelled(t *testing.T) {
	t.Parallel()
	names := []string{"lift", "carry", "hold", "test"}
	var visits []scheduler.Visit
	for _, name := range names {
		visits = append(visits, job(name, 2))
	}
	p := town(visits...)
	third := p.Shifts[0]
	third.ID, third.Technician = "carla-monday", "carla"
	p.Technicians = append(p.Technicians, scheduler.Technician{ID: "carla", Mode: "car"})
	p.Shifts = append(p.Shifts, third)
	p.Links = []scheduler.Link{
		{ID: "crew", Kind: scheduler.Together, Visits: names[:3]},
		{ID: "then", Kind: scheduler.After, Visits: []string{"lift", "test"}, Least: 3 * hour},
	}
	for _, remove := range []bool{false, true} {
		plan, _ := day(t, p)
		live := load(t, p, plan)
		if before := stopOf(t, plan, "test"); before.Begin < 11*hour {
			t.Fatalf("tested at %d, before it is due", before.Begin)
		}
		if remove {
			must(t, live.Remove("lift"))
		} else {
			_, err := live.Repair(&scheduler.Disruption{Cancelled: []string{"lift"}}, scheduler.RepairOptions{})
			must(t, err)
			if stop := stopOf(t, live.Plan(), "test"); stop.Begin >= 11*hour {
				t.Errorf("tested at %d, though nothing comes before it any more", stop.Begin)
			}
		}
		wantSound(t, live.Problem(), live.Plan())
		links := live.Problem().Links
		if len(links) != 1 || links[0].ID != "crew" || len(links[0].Visits) != 2 || len(p.Links) != 2 || len(p.Links[0].Visits) != 3 {
			t.Errorf("linked: %+v; the caller's: %+v", links, p.Links)
		}
		must(t, live.Remove("carry"))
		wantSound(t, live.Problem(), live.Plan())
		if links := live.Problem().Links; len(links) != 0 {
			t.Errorf("linked: %+v, though one alone is no crew", links)
		}
	}
}
