package scheduler

import (
	"maps"
	"math"
	"slices"

	"tournee/scheduler/internal/core"
)

// A Live plan changes without compiling its problem again: visits and places
// come, visits go, and are put into routes and taken out.

// room is how many more visits, or places, a Live makes room for at least.
const room = 64

// Legs are the ways between a new place and those that a Live has, by one
// transport mode: To[i] from place i to the new one, From[i] back.
type Legs struct {
	To, From             []Seconds // Unreachable where there is no way
	ToMetres, FromMetres []Metres  // nil where the mode has no metres
	ToCosts, FromCosts   []Cost    // nil where the mode has no costs of its own
}

// Problem is the live plan's problem as it now is, with the visits and places
// that came and without the visits that went. What counts all visits at once
// keeps the price it had when the model was compiled: how rare a skill is, and
// what leaving out a mandatory visit weighs, or a lexicographic priority. So
// once visits have come or gone, what the problem compiled anew would have the
// plan cost differs in TermScarcity and TermUnassigned, and in nothing else.
func (l *Live) Problem() *Problem {
	p := *l.m.x.p
	p.Shifts, p.Travel = slices.Clone(p.Shifts), slices.Clone(p.Travel)
	for i := range p.Travel {
		t := &p.Travel[i]
		t.Seconds, t.Metres, t.Costs = clipped(t.Seconds), clipped(t.Metres), clipped(t.Costs)
	}
	p.Visits = nil
	for v := range l.m.x.p.Visits {
		if l.present(int32(v)) {
			p.Visits = append(p.Visits, l.m.x.p.Visits[v])
		}
	}
	return &p
}

// present says whether v has not been removed.
func (l *Live) present(v int32) bool { return l.s.ShiftOf(v) >= 0 || l.s.Absent(v) }

// Add takes up a new visit and leaves it out of the plan, in constant time but
// for a look at each shift. It has no pin, no link and no resource. What counts
// all visits at once keeps its price: see Problem. The error is an *Invalid, and
// then nothing has changed.
func (l *Live) Add(visit Visit) error {
	var f faults
	l.checkNew(&f, "/visit", &visit)
	if err := f.err(); err != nil {
		return err
	}
	l.add(visit)
	return nil
}

func (l *Live) checkNew(f *faults, path string, visit *Visit) {
	x := l.m.x
	if visit.ID == "" {
		f.addf(path+"/id", "missing", "must not be empty")
	} else if _, twice := x.visits[visit.ID]; twice {
		f.addf(path+"/id", "duplicate", "there is a visit %q already", visit.ID)
	}
	x.checkVisit(f, path, visit)
	dimensioned(f, path+"/loads", visit.Loads, int(l.m.core.Dims))
	checkAboard(f, path+"/pickups", visit.Pickups, int(l.m.core.Dims))
	if len(visit.Resources) > 0 {
		f.addf(path+"/resources", "contradiction", "a visit that shares something with others cannot join a live plan; compile the problem with it")
	}
	if drop := max(x.ceiling, plus(visit.DropCost, x.each, times(x.point, Cost(visit.Priority)))); Cost(l.s.Total()) > tooMuch-drop {
		f.addf(path+"/drop_cost", "cost_overflow", "the costs of this plan cannot be summed safely")
	}
}

func (l *Live) add(visit Visit) {
	if !l.owned || (len(l.vacant) == 0 && int(l.m.core.Visits) == len(l.m.x.p.Visits)) {
		l.grow()
	}
	one := l.m.alone(visit)
	node := one.core.Nodes[0]
	l.enter(visit, node, one)
}

// alone compiles one visit as the only one of a problem without shifts, which
// shares the model's classes.
func (m *Model) alone(visit Visit) *Model {
	p, x := *m.x.p, *m.x
	p.Visits, p.Shifts, p.Travel, p.Pins, p.Links = []Visit{visit}, nil, nil, nil, nil
	x.p = &p
	x.visits = map[string]int32{visit.ID: 0}
	x.shiftsOf = make([][]int32, len(p.Technicians))
	x.pins, x.frozen, x.frozenTwice = []*Pin{nil}, []int32{-1}, []bool{false}
	one := &Model{x: &x, classes: m.classes, core: &core.Model{
		Visits: 1, Technicians: m.core.Technicians, Assign: m.core.Assign,
	}}
	one.compileVisits()
	x.compileLoads(one.core)
	one.compileWalked()
	return one
}

// enter gives a compiled visit its number: one that was vacated, or the next.
func (l *Live) enter(visit Visit, node core.Node, one *Model) {
	x, c := l.m.x, l.m.core
	v := int32(len(x.p.Visits))
	if n := len(l.vacant); n > 0 {
		v = l.vacant[n-1]
		l.vacant = l.vacant[:n-1]
		x.p.Visits[v] = visit
	} else {
		x.p.Visits = append(x.p.Visits, visit)
		x.pins = append(x.pins, nil)
		x.frozen = append(x.frozen, -1)
		x.frozenTwice = append(x.frozenTwice, false)
	}
	x.visits[visit.ID] = v
	for len(node.Load) < int(c.Dims) {
		node.Load = append(node.Load, 0)
	}
	c.Assign = one.core.Assign
	c.Setups = c.Setups || node.Setup > 0
	c.Nodes[v] = node
	l.listCandidates(v)
	l.s.Enter(v)
	if len(c.Offline) == 0 {
		c.Offline = one.core.Offline
	}
	c.Parts = c.Parts || one.core.Parts
	c.Alternatives = c.Alternatives || one.core.Alternatives
	l.judge(one.core.Rules)
}

// listCandidates lists the shifts that a visit may join.
func (l *Live) listCandidates(v int32) {
	var list []int32
	for s := range l.m.core.Shifts {
		if l.m.x.candidate(l.m.core, v, int32(s)) {
			list = append(list, int32(s))
		}
	}
	l.m.core.Nodes[v].Candidates = list
}

// judge takes up walked rules that only the visits that came need.
func (l *Live) judge(more []core.Rule) {
	c := l.m.core
	var rules []core.Rule
	for _, w := range walked {
		if slices.Contains(c.Rules, w.rule) || slices.Contains(more, w.rule) {
			rules = append(rules, w.rule)
		}
	}
	if len(rules) > len(c.Rules) {
		l.s.Judge(rules)
	}
}

// own gives the live plan a model that it alone changes.
func (l *Live) own() {
	if !l.owned {
		l.grow()
	}
}

// grow gives the live plan a model of its own with room for more visits.
func (l *Live) grow() {
	m, x := *l.m, *l.m.x
	more := int32(max(room, len(x.p.Visits)/16))
	m.core = l.s.Own(more)
	m.nodes = make(map[stopID]int32, len(l.m.nodes))
	for id, n := range l.m.nodes {
		m.nodes[id] = n + more
	}
	m.x = &x
	if !l.owned {
		p := *x.p
		x.p = &p
		p.Visits, p.Places, p.Travel = slices.Clone(p.Visits), slices.Clip(p.Places), slices.Clone(p.Travel)
		p.Shifts = slices.Clone(p.Shifts)
		x.visits = maps.Clone(x.visits)
		x.pins, x.frozen, x.frozenTwice = slices.Clone(x.pins), slices.Clone(x.frozen), slices.Clone(x.frozenTwice)
		m.classes = maps.Clone(m.classes)
	}
	l.m, l.owned = &m, true
}

// AddPlace takes up a new place, with its legs by every transport mode in the
// problem's order, and tells its number. The error is an *Invalid, and then
// nothing has changed.
func (l *Live) AddPlace(place Place, legs []Legs) (int, error) {
	if err := l.checkLegs(legs); err != nil {
		return 0, err
	}
	if err := l.m.x.checkNewHours(place, legs); err != nil {
		return 0, err
	}
	l.own()
	x, c := l.m.x, l.m.core
	n := len(x.p.Places)
	if !l.wide {
		for i := range x.p.Travel {
			t := &x.p.Travel[i]
			t.Seconds, t.Metres, t.Costs = clipped(t.Seconds), clipped(t.Metres), clipped(t.Costs)
		}
		l.wide = true
	}
	if len(c.Matrices) > 0 && int(c.Matrices[0].Size)-1 == n {
		l.s.Widen(int32(max(room, n/16)))
	}
	x.p.Places = append(x.p.Places, place)
	l.connect(place)
	from, to := make([]core.Leg, n), make([]core.Leg, n)
	for i := range x.p.Travel {
		t := &x.p.Travel[i]
		t.Seconds = grown(t.Seconds, legs[i].To, legs[i].From)
		if t.Metres != nil {
			t.Metres = grown(t.Metres, legs[i].ToMetres, legs[i].FromMetres)
		}
		if t.Costs != nil {
			t.Costs = grown(t.Costs, legs[i].ToCosts, legs[i].FromCosts)
		}
	}
	for i, fare := range x.fares {
		for j := range n {
			to[j], from[j] = x.coreLeg(fare, j, n), x.coreLeg(fare, n, j)
		}
		c.Matrices[i].SetLegs(int32(n), from, to)
		c.Matrices[i].SetTiming(int32(n), int32(place.Zone),
			func(p, q int32) int32 { return x.base(fare, int(p), int(q)) },
			func(p, q int32) int32 { return x.priceApart(fare, int(p), int(q)) })
		if leg := &legs[fare.mode]; x.p.Travel[fare.mode].Metres != nil {
			c.Matrices[i].SetWays(int32(n), ways(leg.FromMetres), ways(leg.ToMetres))
		}
	}
	return n, nil
}

// clipped copies a matrix's list of rows, each of which is copied when it
// grows. No metres stay none.
func clipped[T any](rows [][]T) [][]T {
	if rows == nil {
		return nil
	}
	out := make([][]T, len(rows))
	for i, row := range rows {
		out[i] = slices.Clip(row)
	}
	return out
}

func ways(metres []Metres) []int32 {
	out := make([]int32, len(metres))
	for i, m := range metres {
		out[i] = int32(m)
	}
	return out
}

// grown is a square matrix with one row and one column more.
func grown[T ~int32 | ~int64](rows [][]T, to, from []T) [][]T {
	for i := range rows {
		rows[i] = append(rows[i], to[i])
	}
	return append(rows, append(slices.Clone(from), 0))
}

func (l *Live) checkLegs(legs []Legs) error {
	var f faults
	x := l.m.x
	if len(legs) != len(x.p.Travel) {
		f.addf("/legs", "wrong_length", "has legs for %d of %d transport modes", len(legs), len(x.p.Travel))
		return f.err()
	}
	for i := range legs {
		path, t, leg := at("/legs", i), &x.p.Travel[i], &legs[i]
		ok := legList(&f, path+"/to", leg.To, len(x.p.Places), Unreachable, MaxHorizon)
		ok = legList(&f, path+"/from", leg.From, len(x.p.Places), Unreachable, MaxHorizon) && ok
		if t.Metres != nil {
			ok = legList(&f, path+"/to_metres", leg.ToMetres, len(x.p.Places), 0, MaxDistance) && ok
			ok = legList(&f, path+"/from_metres", leg.FromMetres, len(x.p.Places), 0, MaxDistance) && ok
		}
		if t.Costs != nil {
			ok = legList(&f, path+"/to_costs", leg.ToCosts, len(x.p.Places), 0, MaxLegCost) && ok
			ok = legList(&f, path+"/from_costs", leg.FromCosts, len(x.p.Places), 0, MaxLegCost) && ok
		}
		if !ok {
			continue
		}
		one := Travel{Seconds: [][]Seconds{leg.To, leg.From}}
		if t.Costs != nil {
			one.Costs = [][]Cost{leg.ToCosts, leg.FromCosts}
		}
		if t.Metres != nil {
			one.Metres = [][]Metres{leg.ToMetres, leg.FromMetres}
		}
		x.checkLegCosts(&f, path, &one, x.greatestRates(t))
	}
	return f.err()
}

func legList[T ~int32 | ~int64](f *faults, path string, list []T, n int, low, high T) bool {
	if len(list) != n {
		f.addf(path, "wrong_length", "has %d legs for %d places", len(list), n)
		return false
	}
	ok := true
	for i, d := range list {
		if d < low || d > high {
			f.addf(at(path, i), "out_of_range", "%d is not between %d and %d", d, low, high)
			ok = false
		}
	}
	return ok
}

// Place puts a visit that is left out where an insertion says. With a slot, it
// must from now on begin in that slot, as a quote for the slot has it. The
// error is an *Invalid, and then nothing has changed.
func (l *Live) Place(visit string, at Insertion, slot *Window) error {
	var f faults
	v, ok := l.absent(&f, visit)
	known(&f, l.m.x.shifts, "/insertion/shift", "shift", at.Shift)
	if !ok || len(f) > 0 {
		return f.err()
	}
	l.own()
	node := &l.m.core.Nodes[v]
	whole := node.Windows
	if slot != nil {
		node.Windows = core.Cut(whole, core.Window{Open: int32(slot.Open), Close: int32(slot.Close)})
		if len(node.Windows) == 0 {
			node.Windows = whole
			f.addf("/slot", "contradiction", "no window of visit %q meets the slot", visit)
			return f.err()
		}
	}
	if !l.s.Put(v, l.m.x.shifts[at.Shift], int32(min(max(at.Position, -1), math.MaxInt32))) {
		node.Windows = whole
		f.addf("/insertion", "does_not_fit", "visit %q does not fit there", visit)
		return f.err()
	}
	if slot != nil {
		ws := make([]Window, len(node.Windows))
		for i, w := range node.Windows {
			ws[i] = Window{Time(w.Open), Time(w.Close)}
		}
		l.m.x.p.Visits[v].Windows = ws
	}
	return nil
}

// absent looks up a visit that must not be in the plan.
func (l *Live) absent(f *faults, visit string) (int32, bool) {
	if !known(f, l.m.x.visits, "/visit", "visit", visit) {
		return 0, false
	}
	v := l.m.x.visits[visit]
	if s := l.s.ShiftOf(v); s >= 0 {
		f.addf("/visit", "contradiction", "visit %q is in shift %q already", visit, l.m.x.p.Shifts[s].ID)
		return 0, false
	}
	return v, true
}

// Release takes a visit out of its route and leaves it out of the plan, and so
// those that depend on it, but for what is frozen: the rest of its crew, what
// comes after it. The other stops stay in their order. The error is an *Invalid, and then nothing
// has changed.
func (l *Live) Release(visit string) error {
	var f faults
	if !known(&f, l.m.x.visits, "/visit", "visit", visit) {
		return f.err()
	}
	v := l.m.x.visits[visit]
	if l.s.Absent(v) {
		return nil
	}
	switch {
	case l.m.x.frozen[v] >= 0:
		f.addf("/visit", "contradiction", "visit %q is under way", visit)
	case !l.s.Release(v):
		f.addf("/visit", "does_not_fit", "the rest of the route would not hold without visit %q", visit)
	}
	return f.err()
}

// Remove forgets a visit, in the plan or not, with its pin and its links; what
// depends on it is left out, as by Release. The error is an *Invalid, and then
// nothing has changed.
func (l *Live) Remove(visit string) error {
	if err := l.Release(visit); err != nil {
		return err
	}
	l.own()
	l.forget(visit)
	return nil
}

// forget removes a visit that is left out, and lists those that were linked to
// it and do not fit where they are any more.
func (l *Live) forget(visit string) (left []int32) {
	v := l.m.x.visits[visit]
	left = l.unlink(visit)
	l.s.Leave(v)
	delete(l.m.x.visits, visit)
	l.m.x.p.Visits[v] = Visit{}
	l.m.x.pins[v] = nil
	l.m.x.p.Pins = slices.DeleteFunc(slices.Clone(l.m.x.p.Pins), func(pin Pin) bool { return pin.Visit == visit })
	l.vacant = append(l.vacant, v)
	return left
}
