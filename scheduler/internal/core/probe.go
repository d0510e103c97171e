package core

// Outcome is what an order of stops would break.
type Outcome struct {
	Late        int32 // the visit would begin so long after its last window closes
	Over        int32 // the shift would end so much too late
	Misses      int32 // breaks that could not begin in time
	Unreachable bool
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
	breaks := m.Shifts[shift].Breaks
	nodes := make([]int32, len(breaks)+1)
	best := Outcome{Misses: int32(len(nodes)) + 1}
	for i := range nodes {
		copy(nodes, breaks[:i])
		nodes[i] = v
		copy(nodes[i+1:], breaks[i:])
		if o := m.simulate(shift, v, nodes, near); best.worse(o) {
			best = o
		}
	}
	return best
}

// simulate walks an order of v and breaks after the frozen stops, letting each
// begin late.
func (m *Model) simulate(shift, v int32, nodes []int32, near bool) Outcome {
	s := &m.Shifts[shift]
	mx := &m.Matrices[s.Matrix]
	at, t := s.From, s.Start
	for _, f := range s.Frozen {
		t = f.Depart
		if p := m.Place[f.Node]; p != Float {
			at = p
		}
	}
	var o Outcome
	travel := func(to int32) {
		seconds := mx.leg(at, to).Seconds
		if seconds >= Never {
			o.Unreachable = true
			seconds = 0
		}
		t += seconds
		at = to
	}
	for _, n := range nodes {
		if m.Place[n] != Float && !near {
			travel(m.Place[n])
		}
		start, ok := begin(m.Windows[n], t)
		if !ok {
			start = t
			if n == v {
				ws := m.Windows[n]
				o.Late = t - ws[len(ws)-1].Close
			} else {
				o.Misses++
			}
		}
		t = start + m.Service[n]
	}
	travel(s.To)
	o.Over = max(0, t-s.End)
	return o
}

// FitsWithBreaksMoved says whether v would fit somewhere in the shift if its
// breaks stood elsewhere, its visits keeping their order.
func (s *State) FitsWithBreaksMoved(shift, v int32) bool {
	t := s.thread(shift, v)
	return t.fits(t.start)
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
				t.skip[i] = !t.fits(t.start)
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
	v      int32
	visits []int32
	skip   []bool // per visit of the route: taken out
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
	t := &thread{m: s.m, shift: sh, matrix: &s.m.Matrices[sh.Matrix], v: v, visits: s.freeVisits(shift)}
	t.skip = make([]bool, len(t.visits))
	t.start = moment{at: r.stops[r.first].loc, time: r.origin, served: r.served - r.free}
	return t
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
		if t.step(&y, t.visits[x.visit]) && t.fits(y) {
			return true
		}
	}
	if !x.done {
		ahead = true
		y := x
		y.done = true
		y.served++
		if t.step(&y, t.v) && t.fits(y) {
			return true
		}
	}
	if int(x.breaks) < len(t.shift.Breaks) {
		ahead = true
		y := x
		y.breaks++
		if t.step(&y, t.shift.Breaks[x.breaks]) && t.fits(y) {
			return true
		}
	}
	return !ahead && x.time+t.matrix.leg(x.at, t.shift.To).Seconds <= t.shift.End
}

func (t *thread) step(x *moment, node int32) bool {
	if p := t.m.Place[node]; p != Float {
		x.time += t.matrix.leg(x.at, p).Seconds
		x.at = p
	}
	if node < t.m.Visits && x.served-1 > t.m.Rank[node] {
		return false
	}
	start, ok := begin(t.m.Windows[node], x.time)
	x.time = start + t.m.Service[node]
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
	if shift < 0 || s.m.Frozen[v] || s.routes[shift].closed {
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
// anew, in their order, where they fit; the others are left out.
func (s *State) Mend() {
	for i := range s.routes {
		shift := int32(i)
		r := &s.routes[i]
		if !r.closed {
			continue
		}
		visits := s.freeVisits(shift)
		s.cost -= r.cost
		s.m.open(r, shift)
		s.cost += r.cost
		for _, v := range visits {
			s.cost += s.m.Drop[v]
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
}
