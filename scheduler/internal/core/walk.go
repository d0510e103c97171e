package core

import "slices"

// Walk goes through a route stop by stop and judges it by every rule: the
// plain ones, and those of Model.Rules in their order. Where a model has such
// rules it decides alone what is feasible and what it costs; the constant-time
// tests of the plain model are then only necessary ones.
type Walk struct {
	m     *Model
	plan  *State // for rules that look at other routes
	index int32  // of the shift
	shift *Shift
	mx    *Matrix

	at, now int32 // where and when the technician is free
	visits  int32 // so far
	free    int32 // of them, not frozen
	start   int32 // leaves the start place
	leaving int32 // with a free start: how much later it could be left and nothing begins dearer or ends later
	travel  int32 // seconds so far
	metres  int64
	wait    int32
	legs    int64 // cost of travel
	assign  int64
	paid    int64 // what walked rules cost
	rested  int64 // what the optional breaks taken save
	lacking Kinds // parts that are to be picked up
	lacks   bool  // some are, on this walk
	fetched bool  // some have been
	own     Person
	aboard  [PickupDims]aboard
	ok      bool

	tally *Tally // nil while searching
	stop  int32  // position being walked
	held  int32  // position that begins no sooner than from
	from  int32
}

// Tally is what a walk costs and breaks, told one by one.
type Tally struct {
	Costs   []Charge
	Broken  []Breach
	Pickups []Pickup
}

// Charge is an amount that a walked rule prices at a position of the route:
// its start is 0, its end the last.
type Charge struct {
	Stop   int32
	Term   Term
	Amount int64
}

// Breach is what a rule forbids at a position of the route.
type Breach struct {
	Stop   int32
	Code   Code
	Amount int64 // how much too much, in the unit that the code says
}

// pay prices what the rule is about.
func (w *Walk) pay(t Term, amount int64) {
	if amount == 0 {
		return
	}
	w.paid += amount
	if w.tally != nil {
		w.tally.Costs = append(w.tally.Costs, Charge{w.stop, t, amount})
	}
}

// forbid makes the route infeasible. What happened already cannot be
// forbidden: as long as all visits are frozen, nothing is.
func (w *Walk) forbid(c Code, amount int64) {
	if w.free == 0 {
		return
	}
	w.ok = false
	if w.tally != nil {
		w.tally.Broken = append(w.tally.Broken, Breach{w.stop, c, amount})
	}
}

// open begins a walk of r with its frozen prefix.
func (w *Walk) open(r *route, shift int32, leave int32) {
	m := r.plan.m
	s := &m.Shifts[shift]
	*w = Walk{m: m, plan: r.plan, index: shift, shift: s, mx: &m.Matrices[s.Matrix], tally: w.tally, ok: true, leaving: Never}
	w.at, w.start = s.From, s.Start+leave
	w.now = w.start
	if m.Parts {
		w.lack(r, -1)
	}
	for i := int32(1); i <= r.first; i++ {
		w.stop = i
		st := &r.plan.passing
		*st = r.stops[i]
		w.past(st)
	}
}

// past adopts a frozen stop with the times it had.
func (w *Walk) past(st *stop) {
	if st.place != Float {
		leg := w.leg(st.place)
		w.travel += leg.Seconds
		w.metres += w.mx.metres(w.at, st.place)
		w.legs += int64(leg.Cost)
		w.at = st.place
	}
	w.wait += max(0, st.begin-st.arrive)
	w.now = st.dep
	w.leaving = 0
	if st.node < w.m.Visits {
		w.visits++
		for _, f := range w.shift.Frozen {
			if f.Node == st.node {
				w.assign += f.Assign
			}
		}
	}
	for _, rule := range w.m.Rules {
		rule.Stop(w, st)
	}
}

// step goes on to a stop, sets its times and judges it.
func (w *Walk) step(st *stop) {
	node := &w.m.Nodes[st.node]
	if st.node < w.m.Visits {
		w.free++
	}
	if w.lacks && w.uses(node) {
		w.pickUp(st.place)
	}
	moved := w.reach(st)
	service, setup := node.onSite(w.shift.Technician, moved)
	start, fits := w.begin(node, st, setup+service)
	if !fits {
		start = st.arrive
	}
	st.begin = start
	st.setup = setup
	st.dep = start + setup + service
	if st.dep >= Never {
		st.dep = Never
		w.ok = false
	}
	if w.stop == 1 && w.shift.Free && w.mx.Timing != nil && !w.fetched {
		w.depart(st)
	}
	if w.shift.Pool {
		w.besides(st)
	} else {
		w.now = st.dep
	}
	w.wait += start - st.arrive
	st.visits = w.visits
	w.leaving = min(w.leaving, w.wait+w.room(node, st))
	if st.node < w.m.Visits {
		if w.visits > node.Rank && !w.shift.Pool {
			w.forbid(BadRank, 0)
		}
		w.visits++
		w.assign += max(0, w.m.AssignCost(st.node, w.index))
	}
	for _, rule := range w.m.Rules {
		rule.Stop(w, st)
	}
}

// reach travels to a stop, or stays where there is nowhere to go.
func (w *Walk) reach(st *stop) (moved bool) {
	if w.shift.Pool {
		return w.beside(st)
	}
	st.arrive, st.out = w.now, 0
	if st.place != Float {
		moved = st.place != w.at
		leg := w.leg(st.place)
		if leg.Seconds >= Never && st.node >= 0 {
			w.forbid(NoWay, 0)
		} else if leg.Seconds >= Never && w.free == 0 {
			leg.Seconds = 0 // no way back from what is frozen: the work ends there
		}
		st.arrive += leg.Seconds
		st.out = leg.Cost
		w.travel += leg.Seconds
		w.metres += w.mx.metres(w.at, st.place)
		w.legs += int64(leg.Cost)
		w.at = st.place
	}
	st.loc = w.at
	return moved
}

// leg is the way from where the technician is, leaving now.
func (w *Walk) leg(to int32) Leg { return w.mx.timed(w.at, to, w.now) }

// begin is when a stop reached at its arrival can begin, if it lasts so long.
func (w *Walk) begin(node *Node, st *stop, lasts int32) (start int32, ok bool) {
	t := st.arrive
	if w.stop == w.held {
		t = max(t, w.from)
	}
	code, amount := LateStop, int64(0)
	if w.m.Coupled && node.coupled() {
		start, code, amount, ok = w.plan.beginCoupled(st.node, t, lasts)
	} else if start, ok = begin(node.Windows, t); !ok {
		amount = int64(t - node.Windows[len(node.Windows)-1].Close)
	}
	if !ok {
		w.ok = false
		if w.tally != nil {
			w.tally.Broken = append(w.tally.Broken, Breach{w.stop, code, amount})
		}
	}
	return start, ok
}

// room is how much later a stop could begin in the same window, cost no more and
// stay inside the unpleasant stretches that it is in and outside all others.
func (w *Walk) room(node *Node, st *stop) int32 {
	room := Never
	if w.m.Coupled && node.coupled() {
		return 0
	}
	for _, x := range node.Windows {
		if x.Open <= st.begin && st.begin <= x.Close {
			room = x.Close - st.begin
		}
	}
	for _, d := range node.Deadlines {
		room = min(room, max(0, d.At-d.moment(st)))
	}
	if st.node < w.m.Visits {
		room = min(room, w.m.Shares.room(st.begin))
	}
	return room
}

// close travels to the end and judges the whole.
func (w *Walk) close(st *stop) {
	w.reach(st)
	st.begin, st.dep, st.visits, st.setup = st.arrive, st.arrive, w.visits, 0
	w.now = st.arrive
	if w.leaving = max(0, min(w.leaving, w.wait)); w.shift.Free {
		w.start += w.leaving
		w.wait -= w.leaving
	}
	if w.now > w.shift.End {
		w.forbid(LateEnd, int64(w.now-w.shift.End))
	}
	for _, rule := range w.m.Rules {
		rule.Close(w)
	}
}

// total is what the route walked costs by itself.
func (w *Walk) total() int64 {
	return w.shift.Cost + w.legs + w.assign + w.m.WaitingCost(w.wait) + w.paid
}

// rewalk recomputes a route of a model with rules from its first modifiable
// stop and says whether it keeps every hard rule.
func (m *Model) rewalk(r *route, shift int32) bool {
	s := &m.Shifts[shift]
	w := &r.plan.walk
	w.tally = nil
	ok := w.all(r, shift, 0)
	r.served, r.free = w.visits, w.free
	r.wait, r.legs, r.assign = w.wait, w.legs, w.assign
	ok = m.weigh(r, s) && ok
	r.cost, r.own, r.leaves, r.lacks = 0, Person{}, w.start, w.lacks
	if r.used() {
		r.cost = w.total()
		r.own = w.own
	}
	m.limit(r, shift)
	return ok
}

// weigh adds up the loads of a route and says whether those that are not frozen
// fit.
func (m *Model) weigh(r *route, s *Shift) bool {
	r.load = r.load[:0]
	for range m.Dims {
		r.load = append(r.load, 0)
	}
	ok := true
	for i := range r.stops {
		if n := r.stops[i].node; n >= 0 && n < m.Visits {
			fits := r.carry(&m.Nodes[n], s.Capacity)
			ok = ok && (fits || int32(i) <= r.first)
		}
	}
	return ok
}

// all walks a whole route, left so many seconds after the shift's start, and
// writes the times of its stops.
func (w *Walk) all(r *route, shift, leave int32) bool {
	w.open(r, shift, leave)
	end := int32(len(r.stops) - 1)
	for i := r.first + 1; i < end; i++ {
		w.stop = i
		w.step(&r.stops[i])
	}
	w.stop = end
	w.close(&r.stops[end])
	return w.ok
}

// latestBegin is the last moment at which the stop at a position of r can
// begin, inside its windows, and every rule still be kept.
func (m *Model) latestBegin(r *route, shift, position int32) int32 {
	w := &r.plan.walk
	try := func(t int32) bool {
		w.tally = nil
		w.open(r, shift, 0)
		w.held, w.from = position, t
		end := int32(len(r.stops) - 1)
		for i := r.first + 1; i < end; i++ {
			r.plan.passing = r.stops[i]
			w.stop = i
			w.step(&r.plan.passing)
		}
		r.plan.passing = r.stops[end]
		w.stop = end
		w.close(&r.plan.passing)
		return w.ok
	}
	st := &r.stops[position]
	for _, x := range slices.Backward(m.Nodes[st.node].Windows) {
		low, high := max(x.Open, st.begin), min(x.Close, st.late)
		if high < low || !try(low) {
			continue
		}
		for low < high {
			if middle := low + (high-low+1)/2; try(middle) {
				low = middle
			} else {
				high = middle - 1
			}
		}
		return low
	}
	return st.begin
}

// settle walks the route of a shift for the last time, leaving as late as a
// free start allows, and tells what walked rules charge.
func (s *State) settle(shift int32, out *Reading) *route {
	r := &s.scratch
	r.copyFrom(&s.routes[shift])
	w := &s.walk
	w.tally = nil
	w.all(r, shift, 0)
	leave := int32(0)
	if w.shift.Free {
		leave = w.leaving
	}
	w.tally = &Tally{}
	w.all(r, shift, leave)
	out.Start, out.Wait, out.Own, out.Charges, out.Pickups = w.start, w.wait, w.own, w.tally.Costs, w.tally.Pickups
	w.tally = nil
	return r
}

// limit computes, backward, by when each stop must be reached at the latest for
// what follows to have a chance: legs, services and setups are taken at their
// shortest.
func (m *Model) limit(r *route, shift int32) {
	s := &m.Shifts[shift]
	if s.Pool {
		m.limitPool(r, s)
		return
	}
	mx := &m.Matrices[s.Matrix]
	st := r.stops
	end := int32(len(st) - 1)
	st[end].late, st[end].room = s.End, NoRank
	for i := end - 1; i > r.first; i-- {
		next, cur := &st[i+1], &st[i]
		node := &m.Nodes[cur.node]
		after := node.Service
		if next.place != Float && !r.lacks {
			after += mx.leg(cur.loc, next.place).Seconds
		}
		cur.late = minTime
		if next.late > minTime {
			cur.late = r.plan.latest(cur.node, next.late-after)
		}
		cur.room = next.room
		if node.Rank < NoRank {
			cur.room = min(cur.room, node.Rank-cur.visits)
		}
	}
}

// bestWalk is best for a model with rules: a position that passes the
// necessary tests is priced by walking on from it.
func (m *Model) bestWalk(r *route, shift, v int32, bound int64, blink uint32, g *rng) (place, bool) {
	won := place{delta: bound}
	node := &m.Nodes[v]
	s := &m.Shifts[shift]
	assign := m.AssignCost(v, shift)
	if assign < 0 || r.closed || !r.fits(node, s.Capacity) || !r.plan.allows(v, shift) {
		return won, false
	}
	if s.Pool {
		return m.bestInPool(r, shift, v, bound, blink, g)
	}
	least := s.Cost + r.legs + r.assign + assign - r.cost + r.plan.relief(shift)
	head := &r.plan.head
	head.tally = nil
	head.open(r, shift, 0)
	if m.Parts {
		head.lack(r, v)
	}
	loose := head.lacks || r.lacks // a stop at a depot comes or moves
	found := false
	for k := r.first; k < int32(len(r.stops)-1); k++ {
		if k > r.first {
			head.stop = k
			r.plan.passing = r.stops[k]
			head.step(&r.plan.passing)
		}
		if head.now > node.Windows[len(node.Windows)-1].Close {
			break
		}
		delta := won.delta
		for i := range int32(len(node.Places) + 1) {
			p := node.place(i)
			low, ok := m.mayFit(r, s, v, p, k)
			if !loose && (!ok || (!m.Falling && least+low >= delta)) {
				continue
			}
			w := &r.plan.walk
			*w = *head
			if w.onward(r, v, p, k) {
				delta = min(delta, w.total()-r.cost+r.plan.shared(shift, w.own))
			}
		}
		if delta >= won.delta || (blink > 0 && g.below(1024) < blink) {
			continue
		}
		won, found = place{delta: delta, shift: shift, after: k}, true
	}
	return won, found
}

// onward walks v, at a place, after position k and all that follows.
func (w *Walk) onward(r *route, v, at, k int32) bool {
	st := &r.plan.passing
	*st = stop{node: v, place: at}
	w.stop = k + 1
	w.step(st)
	end := int32(len(r.stops) - 1)
	for i := k + 1; i < end && w.ok; i++ {
		w.stop = i + 1
		*st = r.stops[i]
		w.step(st)
	}
	if !w.ok {
		return false
	}
	w.stop = end + 1
	*st = r.stops[end]
	w.close(st)
	return w.ok
}

// mayFit is the necessary test of v, at place p, after position k, with the least that its
// legs add to the cost.
func (m *Model) mayFit(r *route, s *Shift, v, p, k int32) (least int64, ok bool) {
	node := &m.Nodes[v]
	at, next := &r.stops[k], &r.stops[k+1]
	if next.visits > node.Rank || next.room < 1 {
		return 0, false
	}
	if p == Float {
		t, ok := begin(node.Windows, at.dep)
		if !ok {
			return 0, false
		}
		t += node.Service
		if next.place != Float {
			t += m.Matrices[s.Matrix].leg(at.loc, next.place).Seconds
		}
		return 0, t <= next.late
	}
	mx := &m.Matrices[s.Matrix]
	j := k + 1
	for r.stops[j].place == Float {
		j++
	}
	inward, onward := mx.leg(at.loc, p), mx.leg(p, r.stops[j].place)
	least = int64(inward.Cost) + int64(onward.Cost) - int64(r.stops[j].out)
	t, ok := begin(node.Windows, at.dep+inward.Seconds)
	if !ok {
		return 0, false
	}
	if t += node.Service; j > k+1 {
		if t, ok = m.through(r, k+1, j, t); !ok {
			return 0, false
		}
	}
	return least, t+onward.Seconds <= r.stops[j].late
}
