package core

import (
	"cmp"
	"slices"
)

// Mending says how to repair a plan.
type Mending struct {
	Other  int64 // price of giving a planned visit to another technician
	Budget Budget
}

// Evict takes v out of its route or of what is left out; visits that the route
// then cannot keep are listed. Those that depend on v stay, for the repair to
// judge. V must not be frozen.
func (s *State) Evict(v int32) (left []int32) {
	shift := s.shift[v]
	if shift < 0 || s.takeOut([]int32{v}) {
		return nil
	}
	gone := make([]bool, s.m.Visits)
	gone[v] = true
	others := s.freeVisits(shift)
	s.release(shift, gone)
	s.keep()
	s.mend(shift)
	s.relay(shift)
	for _, u := range others {
		if u != v && s.shift[u] < 0 {
			left = append(left, u)
		}
	}
	return left
}

// empty takes all visits, frozen ones too, out of a route.
func (s *State) empty(shift int32) (out []int32) {
	r := &s.routes[shift]
	s.detach(shift)
	for _, st := range r.stops {
		if n := st.node; n >= 0 && n < s.m.Visits {
			out = append(out, n)
			s.m.Nodes[n].Frozen = false
			s.cost += s.m.Nodes[n].Drop
			s.addAbsent(n)
		}
	}
	frozen := s.m.Shifts[shift].Frozen
	s.m.Shifts[shift].Frozen = nil
	s.m.open(r, shift)
	s.m.Shifts[shift].Frozen = frozen
	s.stamp(r)
	s.stale(shift)
	s.attach(shift)
	s.before = s.cost
	return out
}

// Replace gives a shift other limits or frozen stops. What is newly frozen
// must be in no other route; the other visits stay in their order as far as
// they fit, and those that do not are listed. The plan must own its model.
func (s *State) Replace(shift int32, now Shift) (left []int32) {
	r := &s.routes[shift]
	var order []int32
	for i := range r.stops {
		if st := &r.stops[i]; st.node >= 0 {
			order = append(order, st.node)
			if st.node < s.m.Visits {
				s.Choose(st.node, s.m.alternative(st))
			}
		}
	}
	s.empty(shift)
	for _, f := range now.Frozen {
		if f.Node >= s.m.Visits {
			continue
		}
		s.m.Nodes[f.Node].Frozen = true
		s.cost -= s.m.Nodes[f.Node].Drop
		s.dropAbsent(f.Node, shift)
	}
	s.detach(shift)
	s.m.Shifts[shift] = now
	s.m.open(r, shift)
	s.attach(shift)

	order = slices.DeleteFunc(order, func(n int32) bool {
		if n >= s.m.Visits {
			return !slices.Contains(now.Breaks, n) && !slices.Contains(now.Optional, n)
		}
		return s.m.Nodes[n].Frozen || !s.m.serves(n, shift)
	})

	if !s.Fill(shift, order) {
		s.mend(shift)
	}
	s.stamp(r)
	s.board = board{}
	for _, n := range order {
		if n < s.m.Visits && s.shift[n] < 0 {
			left = append(left, n)
		}
	}
	return left
}

// Rejudge walks a route again, what its rules look at outside of it having
// changed. Where it no longer holds, its visits are inserted anew as far as they
// fit, and those that do not are listed.
func (s *State) Rejudge(shift int32) (left []int32) {
	r := &s.routes[shift]
	if r.closed {
		return nil
	}
	visits := s.freeVisits(shift)
	s.detach(shift)
	ok := s.m.refresh(r, shift)
	s.stamp(r)
	s.stale(shift)
	s.attach(shift)
	s.keep()
	s.board = board{}
	if ok {
		return nil
	}
	s.mend(shift)
	for _, v := range visits {
		if s.shift[v] < 0 {
			left = append(left, v)
		}
	}
	return left
}

// Improve plans the displaced visits again among the given shifts, ascending,
// and improves these by Search. All other routes stay as they are. For each of
// the displaced, from tells the technician it had, or -1. Coupled visits stay
// when they are; those that have lost what they depend on are left out, and
// inserted again only where one after the other can be.
func (s *State) Improve(shifts, displaced, from []int32, b Mending) {
	defer s.settleCouples(shifts)
	if len(shifts) == 0 {
		return
	}
	visits := s.within(shifts, displaced)
	sub := newSub(s.m)
	sub.take(s.m, shifts, visits)
	sub.fix(s)
	sub.charge(s.m, visits, func(v int32) int32 {
		if shift := s.shift[v]; shift >= 0 {
			return s.m.Shifts[shift].Technician
		}
		if i := slices.Index(displaced, v); i >= 0 {
			return from[i]
		}
		return -1
	}, b.Other)
	small := NewState(&sub.Model)
	for i, shift := range shifts {
		o := s.sequence(shift)
		for j, n := range o.nodes {
			o.nodes[j] = sub.nodeOf[n]
		}
		small.fill(int32(i), o)
	}
	small.Mend() // a search is for routes that hold
	Search(&sub.Model, small, b.Budget)

	s.adopt(small, sub)
	if !s.m.Coupled {
		s.fillUp(shifts)
	}
}

// settleCouples leaves out coupled visits whose links are broken, and fills up
// the given shifts.
func (s *State) settleCouples(shifts []int32) {
	if s.m.Coupled {
		s.disband()
		s.board = board{}
		s.fillUp(shifts)
	}
}

// charge gives every visit a class of its own, in which another technician
// than the one before costs.
func (b *sub) charge(m *Model, visits []int32, was func(v int32) int32, other int64) {
	if len(b.Matrices) > 0 && b.Matrices[0].From == nil { // by which neighbours are told, used or not
		b.Matrices[0] = b.matrix(&m.Matrices[0], int32(len(b.places)))
	}
	t := int(m.Technicians)
	b.Assign = make([]int64, 0, len(visits)*t)
	for i, v := range visits {
		class := m.Nodes[v].Class
		b.Nodes[i].Class = int32(i)
		b.Assign = append(b.Assign, m.Assign[int(class)*t:(int(class)+1)*t]...)
		row := b.Assign[i*t:]
		before := was(v)
		for j := range row {
			if before >= 0 && int32(j) != before && row[j] >= 0 {
				row[j] += other
			}
		}
	}
}

// adopt takes over the routes of a repaired sub-problem, or none of them where
// one would not hold in the whole.
func (s *State) adopt(small *State, b *sub) {
	before, after := make([]sequence, len(b.shifts)), make([]sequence, len(b.shifts))
	for i, shift := range b.shifts {
		before[i], after[i] = s.sequence(shift), small.sequence(int32(i))
		for j, n := range after[i].nodes {
			after[i].nodes[j] = b.nodes[n]
		}
	}
	if !s.refill(b.shifts, after) {
		s.refill(b.shifts, before)
	}
}

// refill gives routes other stops after their frozen ones, and says whether
// they hold.
func (s *State) refill(shifts []int32, orders []sequence) bool {
	gone := make([]bool, s.m.Visits)
	for _, shift := range shifts {
		for _, v := range s.freeVisits(shift) {
			gone[v] = true
		}
	}
	held := slices.Clone(s.held)
	for _, shift := range shifts {
		s.release(shift, gone)
		s.keep()
	}
	for v := range held {
		if gone[v] && held[v].begin != free {
			s.hold(int32(v), held[v].begin, held[v].done)
		}
	}
	ok := true
	for i, shift := range shifts {
		if s.routes[shift].used() || slices.ContainsFunc(orders[i].nodes, func(n int32) bool { return n < s.m.Visits }) {
			ok = s.fill(shift, orders[i]) && ok
			s.stamp(&s.routes[shift])
		}
		s.relay(shift)
	}
	return ok
}

// sequence is the visits and breaks of a route after its frozen stops, and at
// which of its places each visit is done.
type sequence struct{ nodes, alternatives []int32 }

func (s *State) sequence(shift int32) (o sequence) {
	r := &s.routes[shift]
	for i := r.first + 1; i < int32(len(r.stops)-1); i++ {
		o.nodes = append(o.nodes, r.stops[i].node)
		o.alternatives = append(o.alternatives, s.m.alternative(&r.stops[i]))
	}
	return o
}

// fill is Fill with each visit at its place of the sequence.
func (s *State) fill(shift int32, o sequence) bool {
	for i, n := range o.nodes {
		if n < s.m.Visits {
			s.Choose(n, o.alternatives[i])
		}
	}
	return s.Fill(shift, o.nodes)
}

// within lists, ascending, the visits of the shifts and those displaced.
func (s *State) within(shifts, displaced []int32) []int32 {
	visits := slices.DeleteFunc(slices.Clone(displaced), func(v int32) bool { return s.m.Nodes[v].coupled() })
	for _, shift := range shifts {
		for _, st := range s.routes[shift].stops {
			if st.node >= 0 && st.node < s.m.Visits {
				visits = append(visits, st.node)
			}
		}
	}
	slices.Sort(visits)
	return visits
}

// mostFilledUp is how many visits left out are looked at in a repair.
const mostFilledUp = 100

// fillUp inserts visits left out into the given shifts where that pays, the
// dearest to leave out first.
func (s *State) fillUp(shifts []int32) {
	absent := slices.Clone(s.absent)
	slices.SortFunc(absent, func(a, b int32) int {
		return cmp.Or(-cmp.Compare(s.m.Nodes[a].Drop, s.m.Nodes[b].Drop), cmp.Compare(a, b))
	})
	for _, v := range absent[:min(len(absent), mostFilledUp)] {
		won, found := place{delta: s.m.Nodes[v].Drop}, false
		for _, shift := range shifts {
			if !s.m.serves(v, shift) {
				continue
			}
			if at, ok := s.m.best(&s.routes[shift], shift, v, won.delta, 0, nil); ok {
				won, found = at, true
			}
		}
		if found {
			s.insert(v, won.shift, won.after)
			s.keep()
			s.relay(won.shift)
		}
	}
}

// Around chooses whole routes: those that changed, then, for one displaced
// visit after the other, the nearest that may serve it, until they have so many
// visits. Routes of a technician that are tied come together.
func (s *State) Around(displaced, changed []int32, most int) []int32 {
	chosen := make([]bool, len(s.routes))
	var shifts []int32
	visits := 0
	take := func(shift int32) {
		tied := []int32{shift}
		if s.m.Ties {
			tied = s.shiftsOf[s.m.Shifts[shift].Technician]
		}
		for _, t := range tied {
			if !chosen[t] && !s.routes[t].closed {
				chosen[t] = true
				shifts = append(shifts, t)
				visits += int(s.routes[t].served)
			}
		}
	}
	for _, shift := range changed {
		take(shift)
	}
	near := make([][]int32, 0, len(displaced))
	for _, v := range displaced {
		near = append(near, s.nearest(v))
	}
	for _, shift := range changed {
		near = append(near, s.nearestTo(shift))
	}
	for i := 0; visits < most; i++ {
		more := false
		for _, list := range near {
			if i < len(list) && visits < most {
				take(list[i])
				more = true
			}
		}
		if !more {
			break
		}
	}
	slices.Sort(shifts)
	return shifts
}

// nearby is how many routes are looked for around one visit.
const nearby = 40

// nearest lists the routes that may serve v by the least detour of its legs,
// those first whose technician would be there in time.
func (s *State) nearest(v int32) []int32 {
	type near struct {
		shift  int32
		detour int64
	}
	if len(s.board.lanes) == 0 {
		s.lay()
	}
	m, node := s.m, &s.m.Nodes[v]
	open, shut := node.Windows[0].Open, node.Windows[len(node.Windows)-1].Close
	var list []near
	for i := range s.board.lanes {
		l := &s.board.lanes[i]
		if l.start > shut || l.end < open || l.n == 0 || m.AssignCost(v, l.shift) < 0 || !m.serves(v, l.shift) {
			continue
		}
		least := noCost
		for j := l.at; j < l.at+l.n; j++ {
			h := &s.board.hot[j]
			d := int64(0)
			if node.Place != Float {
				mx := &m.Matrices[l.matrix]
				in, on := mx.To[node.Place*mx.Size+h.loc], mx.From[node.Place*mx.Size+h.next]
				if h.dep+in.Seconds > shut || in.Seconds >= Never || on.Seconds >= Never {
					continue
				}
				d = int64(in.Cost) + int64(on.Cost) - int64(h.out)
			}
			least = min(least, d)
		}
		if least < noCost {
			list = append(list, near{l.shift, least})
		}
	}
	slices.SortFunc(list, func(a, b near) int { return cmp.Or(cmp.Compare(a.detour, b.detour), cmp.Compare(a.shift, b.shift)) })
	out := make([]int32, 0, nearby)
	for _, x := range list[:min(nearby, len(list))] {
		out = append(out, x.shift)
	}
	return out
}

// nearestTo lists the routes that might take over a visit of a changed one.
func (s *State) nearestTo(shift int32) []int32 {
	var lists [][]int32
	for _, v := range s.freeVisits(shift) {
		lists = append(lists, s.nearest(v))
	}
	var out []int32
	for i := range nearby {
		for _, list := range lists {
			if i < len(list) && !slices.Contains(out, list[i]) {
				out = append(out, list[i])
			}
		}
	}
	return out
}
