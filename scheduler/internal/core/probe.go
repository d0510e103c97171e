package core

// Outcome is what an order of stops would break.
type Outcome struct {
	Late        int32 // the visit would begin so long after its last window closes
	Over        int32 // the shift would end so much too late
	Misses      int32 // breaks that could not begin in time
	Unreachable bool
	Overload    bool // its loads, with those of the frozen stops, exceed a capacity
}

func (o Outcome) worse(p Outcome) bool {
	if o.Misses != p.Misses {
		return o.Misses > p.Misses
	}
	return int64(o.Late)+int64(o.Over) > int64(p.Late)+int64(p.Over)
}

// Alone says what visit v would break as the only visit of a shift after its
// frozen stops, in the order with its breaks that breaks least. With near, its
// place is taken to be wherever the technician is.
func (m *Model) Alone(shift, v int32, near bool) Outcome {
	if s := &m.Shifts[shift]; s.Pool {
		return m.aloneInPool(s, v)
	}
	breaks := m.Shifts[shift].Breaks
	nodes := make([]int32, len(breaks)+1)
	best := Outcome{Misses: int32(len(nodes)) + 1}
	for i := range nodes {
		copy(nodes, breaks[:i])
		nodes[i] = v
		copy(nodes[i+1:], breaks[i:])
		for j := range int32(len(m.Nodes[v].Places) + 1) {
			if o := m.simulate(shift, v, m.Nodes[v].place(j), nodes, near); best.worse(o) {
				best = o
			}
		}
	}
	return best
}

// simulate walks an order of v, at a place, and breaks after the frozen stops, letting each
// begin late.
func (m *Model) simulate(shift, v, place int32, nodes []int32, near bool) Outcome {
	s := &m.Shifts[shift]
	mx := &m.Matrices[s.Matrix]
	at, t := s.From, s.Start
	for _, f := range s.Frozen {
		t = f.Depart
		if f.Place != Float {
			at = f.Place
		}
	}
	o := Outcome{Overload: !m.carries(s, v)}
	travel := func(to int32) (moved bool) {
		moved = to != at
		seconds := mx.timed(at, to, t).Seconds
		if seconds >= Never {
			o.Unreachable = true
			seconds = 0
		}
		t += seconds
		at = to
		return moved
	}
	for _, n := range nodes {
		moved := n == v && place != Float && !near && travel(place)
		service, setup := m.Nodes[n].onSite(s.Technician, moved)
		start, ok := begin(m.Nodes[n].Windows, t)
		if !ok {
			start = t
			if n == v {
				ws := m.Nodes[n].Windows
				o.Late = t - ws[len(ws)-1].Close
			} else {
				o.Misses++
			}
		}
		t = start + setup + service
	}
	travel(s.To)
	o.Over = max(0, t-s.End)
	return o
}

// carries says whether the loads of v fit beside those of the frozen stops.
func (m *Model) carries(s *Shift, v int32) bool {
	for d, l := range m.Nodes[v].Load {
		for _, f := range s.Frozen {
			if f.Node < m.Visits {
				l += m.Nodes[f.Node].Load[d]
			}
		}
		if l > s.Capacity[d] && m.Nodes[v].Load[d] > 0 {
			return false
		}
	}
	return true
}

// FitsWithBreaksMoved says whether v would fit somewhere in the shift if its
// breaks stood elsewhere, its visits keeping their order.
func (s *State) FitsWithBreaksMoved(shift, v int32) bool {
	t := s.thread(shift, v)
	return t.possible()
}

// Blockers is a set of planned visits of the shift without which v would fit,
// breaks anywhere, and none of which could be left in. It keeps in those for
// which pinned is true as long as others will do. V must fit alone.
func (s *State) Blockers(shift, v int32, pinned func(int32) bool) []int32 {
	t := s.thread(shift, v)
	for i := range t.skip {
		t.skip[i] = true
	}
	for _, wanted := range []bool{true, false} {
		for i, u := range t.visits {
			if pinned(u) == wanted {
				t.skip[i] = false
				t.skip[i] = !t.possible()
			}
		}
	}
	var out []int32
	for i, u := range t.visits {
		if t.skip[i] {
			out = append(out, u)
		}
	}
	return out
}

// thread tries to run a visit through a route whose visits keep their order.
type thread struct {
	m      *Model
	shift  *Shift
	matrix *Matrix
	load   []int32 // of the whole route
	v      int32
	visits []int32
	places []int32 // of these
	skip   []bool  // per visit of the route: taken out
	start  moment
}

// moment is how far a thread has come.
type moment struct {
	at, time      int32
	visit, breaks int32 // how many of each are behind
	served        int32
	done          bool // v is behind
}

func (s *State) thread(shift, v int32) *thread {
	r := &s.routes[shift]
	sh := &s.m.Shifts[shift]
	t := &thread{m: s.m, shift: sh, load: r.load, matrix: &s.m.Matrices[sh.Matrix], v: v, visits: s.freeVisits(shift)}
	t.skip = make([]bool, len(t.visits))
	for _, u := range t.visits {
		t.places = append(t.places, r.stops[r.find(u)].place)
	}
	t.start = moment{at: r.stops[r.first].loc, time: r.origin, served: r.served - r.free}
	return t
}

// possible says whether v can join the visits that are not taken out.
func (t *thread) possible() bool {
	for d, l := range t.m.Nodes[t.v].Load {
		sum := t.load[d] + l
		for i, u := range t.visits {
			if t.skip[i] {
				sum -= t.m.Nodes[u].Load[d]
			}
		}
		if l > 0 && sum > t.shift.Capacity[d] {
			return false
		}
	}
	return t.shift.Pool || t.fits(t.start)
}

// fits says whether all that is ahead can be done, depth first: the next visit,
// the next break or v comes next.
func (t *thread) fits(x moment) bool {
	for int(x.visit) < len(t.visits) && t.skip[x.visit] {
		x.visit++
	}
	ahead := false
	if int(x.visit) < len(t.visits) {
		ahead = true
		y := x
		y.visit++
		y.served++
		if t.step(&y, t.visits[x.visit], t.places[x.visit]) && t.fits(y) {
			return true
		}
	}
	if !x.done {
		ahead = true
		node := &t.m.Nodes[t.v]
		for i := range int32(len(node.Places) + 1) {
			y := x
			y.done = true
			y.served++
			if t.step(&y, t.v, node.place(i)) && t.fits(y) {
				return true
			}
		}
	}
	if int(x.breaks) < len(t.shift.Breaks) {
		ahead = true
		y := x
		y.breaks++
		if t.step(&y, t.shift.Breaks[x.breaks], Float) && t.fits(y) {
			return true
		}
	}
	return !ahead && x.time+t.matrix.timed(x.at, t.shift.To, x.time).Seconds <= t.shift.End
}

func (t *thread) step(x *moment, node, p int32) bool {
	moved := false
	if p != Float {
		moved = p != x.at
		x.time += t.matrix.timed(x.at, p, x.time).Seconds
		x.at = p
	}
	if node < t.m.Visits && x.served-1 > t.m.Nodes[node].Rank {
		return false
	}
	start, ok := begin(t.m.Nodes[node].Windows, x.time)
	service, setup := t.m.Nodes[node].onSite(t.shift.Technician, moved)
	x.time = start + setup + service
	return ok && x.time <= t.shift.End
}

func (s *State) freeVisits(shift int32) []int32 {
	r := &s.routes[shift]
	out := make([]int32, 0, r.free)
	for _, st := range r.stops[r.first+1 : len(r.stops)-1] {
		if st.node < s.m.Visits {
			out = append(out, st.node)
		}
	}
	return out
}

// Without takes v out of its route while f runs.
func (s *State) Without(v int32, f func()) {
	shift := s.shift[v]
	if shift < 0 || s.m.Nodes[v].Frozen || s.routes[shift].closed {
		f()
		return
	}
	gone := make([]bool, s.m.Visits)
	gone[v] = true
	s.release(shift, gone)
	f()
	s.back()
}

// Mend makes every closed route keep the rules again: its visits are inserted
// anew, in their order, where they fit; the others are left out, and so is what is linked to them.
func (s *State) Mend() {
	for i := range s.routes {
		if s.routes[i].closed {
			s.mend(int32(i))
		}
	}
	s.disband()
}

func (s *State) mend(shift int32) {
	r := &s.routes[shift]
	visits := s.freeVisits(shift)
	s.detach(shift)
	s.m.open(r, shift)
	s.attach(shift)
	for _, v := range visits {
		s.cost += s.m.Nodes[v].Drop
		s.unhold(v)
		s.addAbsent(v)
		if !s.m.serves(v, shift) {
			continue
		}
		if at, ok := s.m.best(r, shift, v, noCost, 0, nil); ok {
			s.insert(v, shift, at.after)
		}
	}
	s.keep()
}
