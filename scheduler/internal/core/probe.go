package core

import "slices"

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
		begin, ok := m.begin(n, t)
		if !ok {
			begin = t
			if n == v {
				ws := m.Windows[n]
				o.Late = t - ws[len(ws)-1].Close
			} else {
				o.Misses++
			}
		}
		t = begin + m.Service[n]
	}
	travel(s.To)
	o.Over = max(0, t-s.End)
	return o
}

// FitsWithBreaksMoved says whether v would fit somewhere in the shift if one
// of its breaks, or several in turn, stood elsewhere in the same order of visits.
func (s *State) FitsWithBreaksMoved(shift, v int32) bool {
	return s.place(shift, v, s.freeVisits(shift))
}

// Blockers is a set of planned visits of the shift without which v would fit,
// and none of which could be left in. It keeps in those for which pinned is
// true as long as others will do. V must fit when all of them are gone.
func (s *State) Blockers(shift, v int32, pinned func(int32) bool) []int32 {
	order := s.freeVisits(shift)
	try := slices.Clone(order)
	slices.SortStableFunc(try, func(a, b int32) int {
		switch {
		case pinned(a) == pinned(b):
			return 0
		case pinned(a):
			return -1
		}
		return 1
	})
	out := make(map[int32]bool, len(order))
	for _, u := range order {
		out[u] = true
	}
	left := func() []int32 {
		return slices.DeleteFunc(slices.Clone(order), func(u int32) bool { return out[u] })
	}
	for _, u := range try {
		out[u] = false
		if !s.place(shift, v, left()) {
			out[u] = true
		}
	}
	return slices.DeleteFunc(order, func(u int32) bool { return !out[u] })
}

func (s *State) freeVisits(shift int32) []int32 {
	r := &s.routes[shift]
	var out []int32
	for _, st := range r.stops[r.first+1 : len(r.stops)-1] {
		if st.node < s.m.Visits {
			out = append(out, st.node)
		}
	}
	return out
}

// place says whether v fits anywhere among visits in this order, breaks
// anywhere.
func (s *State) place(shift, v int32, visits []int32) bool {
	for i := range len(visits) + 1 {
		if s.weave(shift, slices.Insert(slices.Clone(visits), i, v), s.m.Shifts[shift].Breaks) {
			return true
		}
	}
	return false
}

// weave says whether breaks, in any positions but in their own order, fit among
// nodes. Shifts have few breaks, so all positions are tried.
func (s *State) weave(shift int32, nodes, breaks []int32) bool {
	if len(breaks) == 0 {
		t := &s.scratch
		r := &s.routes[shift]
		t.copyFrom(r)
		t.stops = t.stops[:t.first+1]
		for _, n := range nodes {
			t.stops = append(t.stops, stop{node: n, place: s.m.Place[n]})
		}
		t.stops = append(t.stops, stop{node: -1, place: s.m.Shifts[shift].To})
		return s.m.refresh(t, shift)
	}
	for i := len(nodes); i >= 0; i-- {
		if i < len(nodes) && nodes[i] >= s.m.Visits {
			break // no break goes before an earlier one
		}
		if s.weave(shift, slices.Insert(slices.Clone(nodes), i, breaks[0]), breaks[1:]) {
			return true
		}
	}
	return false
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
