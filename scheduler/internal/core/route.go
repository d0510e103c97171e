package core

// stop is one position of a route: its start, a node, or its end.
type stop struct {
	dep   int32
	late  int32 // latest arrival that keeps what follows feasible
	place int32 // or Float
	loc   int32 // where the technician is on leaving
	out   int32 // cost of the leg into this position
	room  int32 // how many visits may still come before it

	visits int32 // visits before this position
	node   int32 // or -1 at both ends

	arrive, begin int32

	setup  int32 // seconds of setup paid here
	travel int32 // seconds of the leg into this position
	tail   int32 // travel, setup and service from arrival here to the end
	floor  int32 // the route cannot finish earlier, however early one arrives here
	multi  bool  // here or later a node has several windows

	// Of the node and the leg, kept near; models with rules do without.
	known       bool
	several     bool  // windows
	from        int32 // where the leg comes from
	service     int32
	open, close int32 // of the first window and the last
	rank        int32
	assign      int64
}

// route is a shift under construction: stops[0] is the start, the last stop
// the end. Stops up to first are frozen.
type route struct {
	spare   int32  // capacity left in the first dimension
	version uint64 // set anew by every change, and back by going back
	stops   []stop
	first   int32
	served  int32 // visits, frozen ones included
	free    int32 // visits, frozen ones left out
	frozen  struct {
		legs, assign int64
		wait         int32
	}
	origin int32 // departure from stops[first]
	work   int32 // travel and service after first
	wait   int32
	load   []int32 // per dimension, frozen visits included
	legs   int64   // all legs
	assign int64   // all soft assignment costs
	cost   int64   // zero while unused
	closed bool    // as loaded it breaks a rule: nothing is inserted
	plan   *State  // it belongs to
	own    Person  // what the technician shares out
	leaves int32   // the start place; of models with rules
	lacks  bool    // parts are picked up on the way
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
		st := stop{node: f.Node, place: f.Place, loc: prev.loc, arrive: f.Arrive, begin: f.Begin, dep: f.Depart}
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
	m.weigh(r, s)
	m.refresh(r, shift)
	m.offerBreaks(r, shift)
}

// refresh recomputes a route from its first modifiable stop and says whether
// it keeps every hard rule.
func (m *Model) refresh(r *route, shift int32) bool {
	if len(r.load) > 0 {
		r.spare = m.Shifts[shift].Capacity[0] - r.load[0]
	}
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

// know copies into a stop what forward and backward need of its node.
func (m *Model) know(st *stop, shift int32) {
	st.known, st.from = true, Float
	if st.node < 0 {
		return
	}
	node := &m.Nodes[st.node]
	st.service, st.rank = node.Service, node.Rank
	st.several = len(node.Windows) > 1
	st.open, st.close = node.Windows[0].Open, node.Windows[len(node.Windows)-1].Close
	st.assign = 0
	if st.node < m.Visits {
		st.assign = max(0, m.AssignCost(st.node, shift))
	}
}

func (m *Model) forward(r *route, shift int32) bool {
	s := &m.Shifts[shift]
	mx := &m.Matrices[s.Matrix]
	ok := true
	work, legs, assign := int32(0), r.frozen.legs, r.frozen.assign
	frozen := int32(0)
	for i := int32(1); i <= r.first; i++ {
		if r.stops[i].node < m.Visits {
			frozen++
		}
	}
	served := frozen
	st := r.stops[r.first:]
	loc, t := st[0].loc, st[0].dep
	for i := 1; i < len(st); i++ {
		cur := &st[i]
		if !cur.known {
			m.know(cur, shift)
		}
		moved := cur.place != Float && cur.place != loc
		if cur.place != Float {
			if cur.from != loc {
				leg := mx.leg(loc, cur.place)
				cur.from, cur.travel, cur.out = loc, leg.Seconds, leg.Cost
			}
			loc = cur.place
			if i < len(st)-1 || served > frozen || cur.travel < Never { // without a way back from what is frozen, the work ends there
				t += cur.travel
				work += cur.travel
			}
			legs += int64(cur.out)
		}
		cur.loc, cur.arrive, cur.visits = loc, t, served
		if i == len(st)-1 {
			cur.begin, cur.dep = t, t
			break
		}
		if t < cur.open {
			t = cur.open
		}
		if cur.several {
			if start, fits := begin(m.Nodes[cur.node].Windows, cur.arrive); fits {
				t = start
			}
		}
		ok = ok && t <= cur.close
		cur.begin = t
		onSite := cur.service
		if m.Setups {
			cur.setup = 0
			if moved {
				cur.setup = m.Nodes[cur.node].Setup
			}
			onSite += cur.setup
		}
		t += onSite
		work += onSite
		if cur.node < m.Visits {
			ok = ok && served <= cur.rank
			served++
			assign += cur.assign
		}
		if t >= Never { // no way there: nothing after matters, and nothing may overflow
			t = Never
			ok = false
		}
		cur.dep = t
	}
	r.served, r.free = served, served-frozen
	r.work, r.legs, r.assign = work, legs, assign
	r.wait = r.frozen.wait + t - r.origin - work
	return ok && (r.free == 0 || t <= s.End)
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

// drop takes the loads of a visit away.
func (r *route) drop(node *Node) {
	for d, l := range node.Load {
		r.load[d] -= l
	}
}

func (m *Model) backward(r *route, shift int32) {
	st := r.stops[r.first:]
	end := len(st) - 1
	next := &st[end]
	next.late, next.tail, next.floor, next.room, next.multi = m.Shifts[shift].End, 0, minTime, NoRank, false
	for i := end - 1; i > 0; i-- {
		cur := &st[i]
		after := cur.setup + cur.service
		if next.place != Float {
			after += next.travel
		}
		late := minTime
		if next.late > minTime {
			limit := next.late - after
			switch {
			case cur.several:
				late = m.latest(cur.node, limit)
			case cur.open <= limit:
				late = min(cur.close, limit)
			}
		}
		cur.late = late
		cur.tail = after + next.tail
		cur.floor = max(cur.open+cur.tail, next.floor)
		cur.multi = next.multi || cur.several
		cur.room = next.room
		if cur.rank < NoRank {
			cur.room = min(cur.room, cur.rank-cur.visits)
		}
		next = cur
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
