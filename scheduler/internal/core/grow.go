package core

import "slices"

// Own gives the plan a model that no other plan shares, with room for so many
// more visits behind those it has. The visits keep their numbers, breaks are
// numbered anew behind them; the room is filled by Enter.
func (s *State) Own(more int32) *Model {
	old := s.m
	m := *old
	m.Visits += more
	m.Nodes = make([]Node, 0, len(old.Nodes)+int(more))
	m.Nodes = append(m.Nodes, old.Nodes[:old.Visits]...)
	for range more {
		m.Nodes = append(m.Nodes, Node{Place: Float, Rank: NoRank})
		s.shift = append(s.shift, -1)
		s.slot = append(s.slot, -1)
		if m.Coupled {
			s.held = append(s.held, held{free, free})
		}
	}
	m.Nodes = append(m.Nodes, old.Nodes[old.Visits:]...)
	renumber := func(node *int32) {
		if *node >= old.Visits {
			*node += more
		}
	}
	m.Shifts = slices.Clone(old.Shifts)
	for i := range m.Shifts {
		sh := &m.Shifts[i]
		sh.Breaks, sh.Optional, sh.Frozen = slices.Clone(sh.Breaks), slices.Clone(sh.Optional), slices.Clone(sh.Frozen)
		for _, breaks := range [][]int32{sh.Breaks, sh.Optional} {
			for j := range breaks {
				renumber(&breaks[j])
			}
		}
		for j := range sh.Frozen {
			renumber(&sh.Frozen[j].Node)
		}
	}
	for i := range s.routes {
		for j := range s.routes[i].stops {
			renumber(&s.routes[i].stops[j].node)
		}
	}
	m.Assign = slices.Clip(m.Assign)
	m.Matrices = slices.Clone(m.Matrices)
	s.m = &m
	return s.m
}

// Enter makes a visit of the room, once its node is filled, one that is left out.
func (s *State) Enter(v int32) {
	s.addAbsent(v)
	s.cost += s.m.Nodes[v].Drop
	s.before = s.cost
}

// Leave makes room again of a visit that is left out.
func (s *State) Leave(v int32) {
	s.dropAbsent(v, -1)
	s.slot[v] = -1
	s.cost -= s.m.Nodes[v].Drop
	s.before = s.cost
	s.m.Nodes[v] = Node{Place: Float, Rank: NoRank}
}

// Absent says whether v is a visit and left out of the plan.
func (s *State) Absent(v int32) bool { return s.shift[v] < 0 && s.slot[v] >= 0 }

// Widen makes room for so many more places in the matrices of a plan's own
// model. Nowhere stays the last place; there is no way to the new ones yet.
func (s *State) Widen(more int32) {
	m := s.m
	for i := range m.Matrices {
		m.Matrices[i] = m.Matrices[i].widened(more)
	}
	nowhere := m.Matrices[0].Size - 1
	move := func(place *int32) {
		if *place == nowhere-more {
			*place = nowhere
		}
	}
	for i := range m.Shifts {
		move(&m.Shifts[i].From)
		move(&m.Shifts[i].To)
	}
	for i := range s.routes {
		for j := range s.routes[i].stops {
			move(&s.routes[i].stops[j].place)
			move(&s.routes[i].stops[j].loc)
			s.routes[i].stops[j].known = false
		}
	}
	s.board = board{}
}

func (m *Matrix) widened(more int32) Matrix {
	out := *m
	out.Size = m.Size + more
	out.From, out.To = spread(m.From, m.Size, more, Leg{Seconds: Never}), spread(m.To, m.Size, more, Leg{Seconds: Never})
	if m.Way != nil {
		out.Way = spread(m.Way, m.Size, more, 0)
	}
	if m.Timing != nil {
		t := *m.Timing
		t.Base, t.Price = spread(t.Base, m.Size, more, 0), spread(t.Price, m.Size, more, 0)
		t.Zone = append(slices.Clip(t.Zone), make([]int32, more)...)
		out.Timing = &t
	}
	return out
}

// spread is a square of that size with so many more rows and columns before
// the last ones, filled with none.
func spread[T any](square []T, size, more int32, none T) []T {
	wide := size + more
	out := make([]T, wide*wide)
	for i := range size - 1 {
		row := out[i*wide : (i+1)*wide]
		copy(row, square[i*size:(i+1)*size-1])
		for j := size - 1; j < wide-1; j++ {
			row[j] = none
		}
	}
	for i := size - 1; i < wide-1; i++ {
		row := out[i*wide : (i+1)*wide-1]
		for j := range row {
			row[j] = none
		}
	}
	return out
}

// SetLegs writes the legs from place p to the places before it and from them
// to p, by one matrix.
func (m *Matrix) SetLegs(p int32, from, to []Leg) {
	copy(m.From[p*m.Size:], from)
	copy(m.To[p*m.Size:], to)
	for q := range p {
		m.From[q*m.Size+p] = to[q]
		m.To[q*m.Size+p] = from[q]
	}
	m.From[p*m.Size+p], m.To[p*m.Size+p] = Leg{}, Leg{}
}

// SetWays writes the metres of the same legs, where they are counted.
func (m *Matrix) SetWays(p int32, from, to []int32) {
	if m.Way == nil {
		return
	}
	copy(m.Way[p*m.Size:], from)
	for q := range p {
		m.Way[q*m.Size+p] = to[q]
	}
}

// Judge walks every route through these rules from now on. They must find
// nothing to forbid or price in the plan that those before did not.
func (s *State) Judge(rules []Rule) {
	s.m.Rules = rules
	s.tie()
	for i := range s.routes {
		s.m.refresh(&s.routes[i], int32(i))
	}
	s.board = board{}
}

// Put inserts v, which is left out, after position k of a shift's route, or
// reports false and changes nothing where it does not fit.
func (s *State) Put(v, shift, k int32) bool {
	r := &s.routes[shift]
	if r.closed || k < r.first || k >= int32(len(r.stops))-1 || !s.m.serves(v, shift) || !s.allows(v, shift) {
		return false
	}
	if _, ok := s.option(shift, v, k); !ok {
		return false
	}
	s.insert(v, shift, k)
	s.keep()
	s.relay(shift)
	return true
}

// Release takes v out of its route and leaves it out, and so all that depends on
// it (see dependants). It reports false and changes nothing where v is frozen or
// the rest would no longer hold.
func (s *State) Release(v int32) bool {
	if s.shift[v] < 0 || s.m.Nodes[v].Frozen {
		return false
	}
	return s.takeOut(append(s.dependants(v), v))
}

// takeOut leaves out planned visits, or reports false and changes nothing where
// the rest of a route that held would no longer hold.
func (s *State) takeOut(visits []int32) bool {
	gone := make([]bool, s.m.Visits)
	var shifts []int32
	for _, v := range visits {
		gone[v] = true
		shifts = append(shifts, s.shift[v])
	}
	slices.Sort(shifts)
	shifts = slices.Compact(shifts)
	holds := make([]bool, len(shifts))
	for i, shift := range shifts {
		holds[i] = s.release(shift, gone)
		if !holds[i] && !s.routes[shift].closed {
			s.back()
			return false
		}
	}
	for i, shift := range shifts {
		for _, u := range s.freeVisits(shift) {
			holds[i] = holds[i] && s.m.serves(u, shift)
		}
		s.routes[shift].closed = !holds[i]
	}
	s.keep()
	for _, shift := range shifts {
		s.relay(shift)
	}
	return true
}

// Total is what the plan costs.
func (s *State) Total() int64 { return s.cost }

// SetTiming writes how the legs from place p to the places before it and back
// vary, where they do.
func (m *Matrix) SetTiming(p, zone int32, base, price func(from, to int32) int32) {
	if m.Timing == nil {
		return
	}
	m.Timing.Zone[p] = zone
	for q := range p {
		m.Timing.Base[p*m.Size+q], m.Timing.Base[q*m.Size+p] = base(p, q), base(q, p)
		m.Timing.Price[p*m.Size+q], m.Timing.Price[q*m.Size+p] = price(p, q), price(q, p)
	}
}
