package scheduler

import (
	"cmp"
	"slices"

	"tournee/scheduler/internal/core"
)

// Disruption is what has happened since a plan was made.
type Disruption struct {
	Gone      []string // shifts that will not be worked; none of their stops is frozen
	Shifts    []Shift  // shifts as they now are: late, shortened, further on; id, technician, transport, rates and the breaks' ids as before
	Cancelled []string // visits; a crew goes on without them, other links end with them
	Urgent    []Visit  // new visits, as Add takes them
}

// RepairOptions say how to repair. Zero values are the defaults.
type RepairOptions struct {
	Seed            uint64
	Iterations      int64 // default 2,000
	Visits          int   // of the routes that may change, about; default 100
	OtherTechnician Cost  // of giving a planned visit to another technician, beside Weights.OtherTechnician; default: an hour of travel
}

// Defaults of RepairOptions.
const (
	repairIterations = 2_000
	repairVisits     = 100
)

// Repair is a plan restored, as the difference from what it was before.
type Repair struct {
	Moves      []Move    // in the order of the problem's visits
	Routes     []Route   // those that changed, as they are now; emptied ones are not among them
	Emptied    []string  // shifts that were in use and are not any more
	Difference Breakdown // the plan's cost now less its cost before, term by term; cancelled visits count until they are taken out
}

// Move is what changed for one visit: its shift, its beginning, or whether it
// is in the plan.
type Move struct {
	Visit    string
	From, To Appointment
}

// Appointment is when and by whom a visit is done; the zero value: not at all.
type Appointment struct {
	Shift, Technician string
	Begin             Time
}

// Repair restores the live plan after a disruption: what no longer holds is
// released, and planned again with the routes around it by a fixed number of
// iterations in which every planned visit is dearer with another technician.
// Then what was left out before is inserted in these routes where it pays.
// The rest of the plan is untouched, and every hard rule holds, but for what
// was broken elsewhere before. The same plan, disruption and options give the
// same repair. The error is an *Invalid, and then nothing has changed.
func (l *Live) Repair(d *Disruption, o RepairOptions) (*Repair, error) {
	if err := l.checkDisruption(d); err != nil {
		return nil, err
	}
	l.own()
	total := l.s.Total()
	e := &episode{l: l, before: map[int32]*Route{}, from: map[int32]int32{}}
	if l.m.core.Coupled { // what is linked to a visit may be anywhere
		for s := range l.m.x.p.Shifts {
			e.remember(int32(s))
		}
	}
	e.apply(d)
	shifts := l.s.Around(e.displaced, e.changed, cmp.Or(max(0, o.Visits), repairVisits))
	for _, s := range shifts {
		e.remember(s)
	}
	from := make([]int32, len(e.displaced))
	for i, v := range e.displaced {
		from[i] = -1
		if s, ok := e.from[v]; ok {
			from[i] = l.m.core.Shifts[s].Technician
		}
	}
	l.s.Improve(shifts, e.displaced, from, core.Mending{
		Other:  int64(cmp.Or(max(0, o.OtherTechnician), l.m.x.p.Weights.TravelHour)),
		Budget: core.Budget{Seed: o.Seed, Iterations: cmp.Or(max(0, o.Iterations), repairIterations)},
	})
	return e.difference(total), nil
}

// episode is a repair under way.
type episode struct {
	l         *Live
	before    map[int32]*Route // per shift that may change; nil: it was not in use
	from      map[int32]int32  // per visit released, the shift it was in
	displaced []int32
	changed   []int32 // shifts
}

// remember reads a route before it is changed, and those tied to it.
func (e *episode) remember(shift int32) {
	c := e.l.m.core
	shifts := []int32{shift}
	if c.Ties {
		shifts = e.l.m.x.shiftsOf[c.Shifts[shift].Technician]
	}
	if _, done := e.before[shift]; done {
		return
	}
	for s, r := range e.l.read(shifts) {
		if _, done := e.before[s]; !done { // ties may have come with the disruption
			e.before[s] = r
		}
	}
}

// read prices routes; of tied ones all of a technician's are among them.
func (l *Live) read(shifts []int32) map[int32]*Route {
	out := make(map[int32]*Route, len(shifts))
	var read core.Reading
	shares := sharer{l.m.x, map[int32]core.Person{}}
	for _, s := range slices.Sorted(slices.Values(shifts)) {
		out[s] = nil
		if l.s.Used(s) {
			r := l.m.priced(l.s, s, &read, &shares)
			out[s] = &r
		}
	}
	return out
}

// apply makes the disruption true and collects what it displaces.
func (e *episode) apply(d *Disruption) {
	l := e.l
	x := l.m.x
	for _, id := range d.Cancelled {
		v := x.visits[id]
		shift := l.s.ShiftOf(v)
		if shift >= 0 {
			e.remember(shift)
			e.changed = append(e.changed, shift)
			e.release(l.s.Evict(v), shift)
		}
		for _, link := range l.m.core.Nodes[v].Links {
			if other := l.s.ShiftOf(link.Other); other >= 0 {
				e.changed = append(e.changed, other)
			}
		}
		e.displaced = append(e.displaced, l.forget(id)...)
	}
	shifts := slices.Clone(d.Shifts)
	for _, id := range d.Gone {
		s := x.p.Shifts[x.shifts[id]]
		s.End, s.Breaks = s.Start, nil
		shifts = append(shifts, s)
	}
	for i := range shifts {
		e.replace(shifts[i])
	}
	for i := range shifts {
		e.rejudge(x.shiftsOf[x.technicians[shifts[i].Technician]])
	}
	for i := range d.Urgent {
		l.add(d.Urgent[i])
		e.displaced = append(e.displaced, l.m.x.visits[d.Urgent[i].ID])
	}
	slices.Sort(e.changed)
	e.changed = slices.Compact(e.changed)
	e.displaced = slices.DeleteFunc(e.displaced, func(v int32) bool { return !l.s.Absent(v) })
}

func (e *episode) release(visits []int32, shift int32) {
	for _, v := range visits {
		e.displaced = append(e.displaced, v)
		e.from[v] = shift
	}
}

// replace makes a shift what it now is. What is newly frozen in it leaves the
// route it was in, and loses its pin.
func (e *episode) replace(now Shift) {
	l := e.l
	x := l.m.x
	s := x.shifts[now.ID]
	for _, own := range x.shiftsOf[x.technicians[now.Technician]] {
		e.remember(own)
	}
	for _, stop := range now.Frozen {
		v, ok := x.visits[stop.Visit]
		if !ok {
			continue
		}
		if from := l.s.ShiftOf(v); from >= 0 && from != s {
			e.remember(from)
			e.changed = append(e.changed, from)
			e.release(l.s.Evict(v), from)
		}
		l.unpin(v)
	}
	e.release(l.replace(s, now), s)
	e.changed = append(e.changed, s)
}

// rejudge takes out of a technician's other routes what no longer fits beside
// the changed one.
func (e *episode) rejudge(shifts []int32) {
	for _, s := range shifts {
		if left := e.l.s.Rejudge(s); len(left) > 0 {
			e.release(left, s)
			e.changed = append(e.changed, s)
		}
	}
}

// replace compiles a changed shift and puts it in the place of the old one;
// visits that do not fit any more are listed. The technician's other shifts
// get the overtime and the working days that it leaves them.
func (l *Live) replace(s int32, now Shift) []int32 {
	x, c := l.m.x, l.m.core
	for _, stop := range x.p.Shifts[s].Frozen {
		if v, ok := x.visits[stop.Visit]; ok {
			x.frozen[v] = -1
		}
	}
	for _, stop := range now.Frozen {
		if v, ok := x.visits[stop.Visit]; ok {
			x.frozen[v] = s
		}
	}
	one := l.m.shiftAlone(s, now)
	x.p.Shifts[s] = now
	shift := one.core.Shifts[0]
	rules := one.core.Rules
	if l.m.compileRest() {
		rules = append(rules, core.Rest{})
	}
	for _, own := range x.shiftsOf[shift.Technician] {
		c.Shifts[own].End = c.Shifts[own].Regular + int32(x.overtime(own))
	}
	shift.Day, shift.End = c.Shifts[s].Day, shift.Regular+int32(x.overtime(s))
	l.judge(rules)
	return l.s.Replace(s, shift)
}

// unpin forgets the pin of a visit that is now under way.
func (l *Live) unpin(v int32) {
	x, c := l.m.x, l.m.core
	if x.pins[v] == nil {
		return
	}
	visit := &x.p.Visits[v]
	x.pins[v] = nil
	x.p.Pins = slices.DeleteFunc(slices.Clone(x.p.Pins), func(pin Pin) bool { return pin.Visit == visit.ID })
	one := l.m.alone(*visit)
	c.Assign = one.core.Assign
	node, free := c.Nodes[v], &one.core.Nodes[0]
	node.Class, node.Windows, node.Rank = free.Class, free.Windows, free.Rank
	node.Drop, node.Mandatory = free.Drop, free.Mandatory
	absent := l.s.Absent(v)
	if absent {
		l.s.Leave(v) // at the old price of leaving it out
	}
	c.Nodes[v] = node
	l.listCandidates(v)
	if absent {
		l.s.Enter(v)
	}
}

// shiftAlone compiles one shift, and the breaks of it, as the only one of a
// problem whose visits are those frozen in it, and numbers its nodes as m does.
func (m *Model) shiftAlone(s int32, now Shift) *Model {
	p, x := *m.x.p, *m.x
	p.Shifts, p.Visits, p.Pins, p.Links = []Shift{now}, nil, nil, nil
	x.p = &p
	x.shifts, x.visits = map[string]int32{now.ID: 0}, map[string]int32{}
	x.shiftsOf = make([][]int32, len(p.Technicians))
	x.fareOf = []int32{m.x.fareOf[s]}
	one := &Model{x: &x, nodes: map[stopID]int32{}, core: &core.Model{Technicians: m.core.Technicians, Matrices: m.core.Matrices}}
	var numbers []int32
	for _, stop := range now.Frozen {
		if v, ok := m.x.visits[stop.Visit]; ok {
			x.visits[stop.Visit] = int32(len(numbers))
			numbers = append(numbers, v)
			p.Visits = append(p.Visits, m.x.p.Visits[v])
			one.core.Nodes = append(one.core.Nodes, m.core.Nodes[v])
		}
	}
	n := len(numbers)
	x.pins, x.frozen, x.frozenTwice = make([]*Pin, n), make([]int32, n), make([]bool, n)
	one.core.Visits = int32(n)
	one.compileShifts()
	x.compileLoads(one.core)
	one.compileWalked()
	for i, name := range one.names {
		number := m.nodes[stopID{s, name.name}]
		m.core.Nodes[number] = one.core.Nodes[n+i]
		numbers = append(numbers, number)
	}
	shift := &one.core.Shifts[0]
	for _, breaks := range [][]int32{shift.Breaks, shift.Optional} {
		for i := range breaks {
			breaks[i] = numbers[breaks[i]]
		}
	}
	for i := range shift.Frozen {
		shift.Frozen[i].Node = numbers[shift.Frozen[i].Node]
	}
	nowhere := m.core.Matrices[shift.Matrix].Size - 1
	if now.StartPlace == NoPlace {
		shift.From = nowhere
	}
	if now.EndPlace == NoPlace {
		shift.To = nowhere
	}
	for len(shift.Capacity) < int(m.core.Dims) {
		shift.Capacity = append(shift.Capacity, maxLoad)
	}
	return one
}

// difference compares the routes remembered with those there are now.
func (e *episode) difference(total int64) *Repair {
	l := e.l
	out := &Repair{}
	var shifts []int32
	for s := range e.before {
		shifts = append(shifts, s)
	}
	slices.Sort(shifts)
	now := l.read(shifts)
	old, fresh := map[string]Appointment{}, map[string]Appointment{}
	for _, s := range shifts {
		was, is := e.before[s], now[s]
		appoint(old, was)
		appoint(fresh, is)
		if was != nil {
			for t, c := range was.Cost {
				out.Difference[t] -= c
			}
		}
		switch {
		case is != nil:
			out.Difference.Add(is.Cost)
			if was == nil || !sameStops(was, is) {
				out.Routes = append(out.Routes, *is)
			}
		case was != nil:
			out.Emptied = append(out.Emptied, was.Shift)
		}
	}
	out.Difference[TermUnassigned] = Cost(l.s.Total()-total) - out.Difference.Total()
	for i := range l.m.x.p.Visits {
		id := l.m.x.p.Visits[i].ID
		if from, to := old[id], fresh[id]; from != to {
			out.Moves = append(out.Moves, Move{id, from, to})
		}
	}
	return out
}

func sameStops(a, b *Route) bool {
	return a.Start == b.Start && a.Finish == b.Finish && slices.Equal(a.Stops, b.Stops)
}

func appoint(list map[string]Appointment, r *Route) {
	if r == nil {
		return
	}
	for i := range r.Stops {
		if s := &r.Stops[i]; s.Visit != "" {
			list[s.Visit] = Appointment{r.Shift, r.Technician, s.Begin}
		}
	}
}

// checkDisruption faults what does not go with the plan.
func (l *Live) checkDisruption(d *Disruption) error {
	var f faults
	x := l.m.x
	seen := map[string]bool{}
	once := func(path, what, id string) {
		if seen[what+id] {
			f.addf(path, "duplicate", "%s %q comes twice", what, id)
		}
		seen[what+id] = true
	}
	frozen := map[string]bool{}
	for i := range d.Shifts {
		path := at("/shifts", i)
		once(path+"/id", "shift", d.Shifts[i].ID)
		l.checkChanged(&f, path, &d.Shifts[i])
		for _, stop := range d.Shifts[i].Frozen {
			frozen[stop.Visit] = true
		}
	}
	for i, id := range d.Gone {
		path := at("/gone", i)
		once(path, "shift", id)
		if known(&f, x.shifts, path, "shift", id) && len(x.p.Shifts[x.shifts[id]].Frozen) > 0 {
			f.addf(path, "contradiction", "shift %q is under way; shorten it instead", id)
		}
	}
	for i, id := range d.Cancelled {
		path := at("/cancelled", i)
		once(path, "visit", id)
		if known(&f, x.visits, path, "visit", id) && (x.frozen[x.visits[id]] >= 0 || frozen[id]) {
			f.addf(path, "contradiction", "visit %q is under way", id)
		}
	}
	for i := range d.Urgent {
		path := at("/urgent", i)
		l.checkNew(&f, path, &d.Urgent[i])
		once(path+"/id", "new visit", d.Urgent[i].ID)
	}
	return f.err()
}

// checkChanged faults a changed shift that is not the same person's, has other
// breaks, overlaps another, or has frozen what is frozen elsewhere.
func (l *Live) checkChanged(f *faults, path string, now *Shift) {
	x := l.m.x
	if !known(f, x.shifts, path+"/id", "shift", now.ID) {
		return
	}
	i := x.shifts[now.ID]
	old := &x.p.Shifts[i]
	before := len(*f)
	x.checkShift(f, path, now)
	if now.Technician != old.Technician {
		f.addf(path+"/technician", "contradiction", "shift %q is another technician's", now.ID)
	}
	if len(*f) == before && x.fare(now) != x.fares[x.fareOf[i]] {
		f.addf(path, "contradiction", "shift %q has another transport mode or other rates", now.ID)
	}
	for j, b := range now.Breaks {
		if _, ok := l.m.nodes[stopID{i, b.ID}]; !ok {
			f.addf(at(path+"/breaks", j)+"/id", "unknown", "shift %q had no break %q", now.ID, b.ID)
		}
	}
	dimensioned(f, path+"/capacity", now.Capacity, int(l.m.core.Dims))
	for _, s := range x.shiftsOf[x.technicians[old.Technician]] {
		if o := &x.p.Shifts[s]; s != i && now.Start < o.End && o.Start < now.End {
			f.addf(path, "overlap", "shift %q of the same technician overlaps it", o.ID)
		}
	}
	for j, stop := range now.Frozen {
		if v, ok := x.visits[stop.Visit]; ok && x.frozen[v] >= 0 && x.frozen[v] != i {
			f.addf(at(path+"/frozen", j)+"/visit", "contradiction", "visit %q is under way in shift %q", stop.Visit, x.p.Shifts[x.frozen[v]].ID)
		}
	}
}
