package core

// stop is one position of a route: its start, a node, or its end.
type stop struct {
	node  int32 // or -1 at both ends
	place int32 // or Float
	loc   int32 // where the technician is on leaving

	arrive, begin, dep int32

	late   int32 // latest arrival that keeps what follows feasible
	tail   int32 // travel and service from arrival here to the end
	floor  int32 // the route cannot finish earlier, however early one arrives here
	visits int32 // visits before this position
	room   int32 // how many visits may still come before it
	out    int32 // cost of the leg into this position
	setup  int32 // seconds of setup paid here
	multi  bool  // here or later a node has several windows
}

// route is a shift under construction: stops[0] is the start, the last stop
// the end. Stops up to first are frozen.
type route struct {
	stops  []stop
	first  int32
	served int32 // visits, frozen ones included
	free   int32 // visits, frozen ones left out
	frozen struct {
		legs, assign int64
		wait         int32
	}
	origin  int32 // departure from stops[first]
	work    int32 // travel and service after first
	wait    int32
	load    []int32 // per dimension, frozen visits included
	legs    int64   // all legs
	assign  int64   // all soft assignment costs
	cost    int64   // zero while unused
	version uint64  // set anew by every change, and back by going back
	closed  bool    // as loaded it breaks a rule: nothing is inserted
	plan    *State  // it belongs to
	own     Person  // what the technician shares out
	leaves  int32   // the start place; of models with rules
}

// used says whether the shift is worked at all.
func (r *route) used() bool { return r.served > 0 || r.first > 0 }

// open starts an empty route: its frozen prefix, its breaks, its end.
func (m *Model) open(r *route, shift int32) {
	s := &m.Shifts[shift]
	mx := &m.Matrices[s.Matrix]
	r.stops = append(r.stops[:0], stop{node: -1, place: s.From, loc: s.From, dep: s.Start, begin: s.Start, arrive: s.Start})
	r.frozen.legs, r.frozen.assign, r.frozen.wait = 0, 0, 0
	for _, f := range s.Frozen {
		prev := &r.stops[len(r.stops)-1]
		st := stop{node: f.Node, place: m.Nodes[f.Node].Place, loc: prev.loc, arrive: f.Arrive, begin: f.Begin, dep: f.Depart}
		if st.place != Float {
			st.loc = st.place
			st.out = mx.leg(prev.loc, st.place).Cost
		}
		st.visits = prev.visits
		if prev.node >= 0 && prev.node < m.Visits {
			st.visits++
		}
		r.frozen.wait += max(0, f.Begin-f.Arrive)
		r.frozen.legs += int64(st.out)
		r.frozen.assign += f.Assign
		r.stops = append(r.stops, st)
	}
	r.first = int32(len(r.stops) - 1)
	r.origin = r.stops[r.first].dep
	for _, b := range s.Breaks {
		r.stops = append(r.stops, stop{node: b, place: Float})
	}
	r.stops = append(r.stops, stop{node: -1, place: s.To})
	r.closed = false
	m.refresh(r, shift)
	m.offerBreaks(r, shift)
}

// refresh recomputes a route from its first modifiable stop and says whether
// it keeps every hard rule.
func (m *Model) refresh(r *route, shift int32) bool {
	if len(m.Rules) > 0 {
		return m.rewalk(r, shift)
	}
	ok := m.forward(r, shift)
	m.backward(r, shift)
	r.cost = 0
	if r.used() {
		r.cost = m.Shifts[shift].Cost + r.legs + r.assign + m.WaitingCost(r.wait)
	}
	return ok
}

func (m *Model) forward(r *route, shift int32) bool {
	s := &m.Shifts[shift]
	mx := &m.Matrices[s.Matrix]
	st := r.stops
	ok := true
	work, legs, assign := int32(0), r.frozen.legs, r.frozen.assign
	served := int32(0)
	r.load = r.load[:0]
	for range m.Dims {
		r.load = append(r.load, 0)
	}
	for i := int32(1); i <= r.first; i++ {
		if st[i].node < m.Visits {
			served++
			r.carry(&m.Nodes[st[i].node], s.Capacity)
		}
	}
	frozenVisits := served
	end := int32(len(st) - 1)
	for i := r.first + 1; i <= end; i++ {
		prev, cur := &st[i-1], &st[i]
		cur.loc, cur.arrive, cur.out = prev.loc, prev.dep, 0
		if cur.place != Float {
			leg := mx.leg(prev.loc, cur.place)
			cur.loc, cur.out = cur.place, leg.Cost
			cur.arrive += leg.Seconds
			work += leg.Seconds
			legs += int64(leg.Cost)
		}
		cur.visits = served
		if i == end {
			cur.begin, cur.dep = cur.arrive, cur.arrive
			break
		}
		node := &m.Nodes[cur.node]
		start, fits := begin(node.Windows, cur.arrive)
		if !fits {
			ok = false
			start = cur.arrive
		}
		cur.begin = start
		cur.setup = 0
		if cur.place != Float && cur.place != prev.loc {
			cur.setup = node.Setup
		}
		cur.dep = start + cur.setup + node.Service
		work += cur.setup + node.Service
		if cur.node < m.Visits {
			if served > node.Rank || !r.carry(node, s.Capacity) {
				ok = false
			}
			served++
			assign += max(0, m.AssignCost(cur.node, shift))
		}
		if cur.dep >= Never { // no way there: nothing after matters, and nothing may overflow
			cur.dep = Never
			ok = false
		}
	}
	r.served, r.free = served, served-frozenVisits
	r.work, r.legs, r.assign = work, legs, assign
	r.wait = r.frozen.wait + st[end].arrive - r.origin - work
	return ok && (r.free == 0 || st[end].arrive <= s.End)
}

// carry adds the loads of a visit and says whether they fit.
func (r *route) carry(node *Node, capacity []int32) bool {
	ok := true
	for d, l := range node.Load {
		r.load[d] += l
		ok = ok && (l == 0 || r.load[d] <= capacity[d])
	}
	return ok
}

// fits says whether the loads of a visit not in the route fit as well.
func (r *route) fits(node *Node, capacity []int32) bool {
	for d, l := range node.Load {
		if l > 0 && r.load[d]+l > capacity[d] {
			return false
		}
	}
	return true
}

func (m *Model) backward(r *route, shift int32) {
	s := &m.Shifts[shift]
	mx := &m.Matrices[s.Matrix]
	st := r.stops
	end := int32(len(st) - 1)
	last := &st[end]
	last.late, last.tail, last.floor, last.room, last.multi = s.End, 0, minTime, NoRank, false
	for i := end - 1; i > r.first; i-- {
		next, cur := &st[i+1], &st[i]
		node := &m.Nodes[cur.node]
		after := cur.setup + node.Service
		if next.place != Float {
			after += mx.leg(cur.loc, next.place).Seconds
		}
		cur.late = minTime
		if next.late > minTime {
			cur.late = m.latest(cur.node, next.late-after)
		}
		ws := node.Windows
		cur.tail = after + next.tail
		cur.floor = max(ws[0].Open+cur.tail, next.floor)
		cur.multi = next.multi || len(ws) > 1
		cur.room = next.room
		if node.Rank < NoRank {
			cur.room = min(cur.room, node.Rank-cur.visits)
		}
	}
}

// finish is when the route ends if position j is reached at t: exact whatever
// the windows, in constant time unless one of them is an alternative.
func (m *Model) finish(r *route, shift, j, t int32) int32 {
	at := &r.stops[j]
	if !at.multi {
		return max(t+at.tail, at.floor)
	}
	mx := &m.Matrices[m.Shifts[shift].Matrix]
	end := int32(len(r.stops) - 1)
	for i := j; i < end; i++ {
		cur, next := &r.stops[i], &r.stops[i+1]
		t, _ = begin(m.Nodes[cur.node].Windows, t)
		if t == cur.begin {
			return r.stops[end].arrive
		}
		t += cur.setup + m.Nodes[cur.node].Service
		if next.place != Float {
			t += mx.leg(cur.loc, next.place).Seconds
		}
	}
	return t
}
