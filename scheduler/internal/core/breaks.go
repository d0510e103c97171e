package core

import "slices"

// Rule: an optional break is taken, or left out at its price. The breaks that
// are owed stand in every route.

// Breaks walks the optional breaks of shifts.
type Breaks struct{}

// Stop counts what an optional break taken saves.
func (Breaks) Stop(w *Walk, st *stop) {
	if st.node >= w.m.Visits {
		w.rested += w.m.Nodes[st.node].Skip
	}
}

// Close prices the optional breaks that are left out.
func (Breaks) Close(w *Walk) { w.pay(SkippedBreaks, w.shift.Skip-w.rested) }

// shake moves a break that is owed, or leaves out one that is optional.
func (s *State) shake(shift int32, g *rng) {
	sh := &s.m.Shifts[shift]
	i := int(g.below(uint32(len(sh.Breaks) + len(sh.Optional))))
	if i < len(sh.Breaks) {
		s.moveBreak(shift, sh.Breaks[i], g)
	} else {
		s.skipBreak(shift, sh.Optional[i-len(sh.Breaks)])
	}
}

// moveBreak moves one break of a touched route to another position, if it fits.
func (s *State) moveBreak(shift, moved int32, g *rng) {
	r := &s.routes[shift]
	from := r.find(moved)
	to := g.between(r.first+1, int32(len(r.stops)-2))
	if from == to {
		return
	}
	s.detach(shift)
	shiftStop(r.stops, from, to)
	if !s.m.refresh(r, shift) {
		shiftStop(r.stops, to, from)
		s.m.refresh(r, shift)
	}
	s.changed(shift)
}

// skipBreak leaves an optional break of a touched route out.
func (s *State) skipBreak(shift, b int32) {
	r := &s.routes[shift]
	at := r.find(b)
	if at < 0 {
		return
	}
	s.scratch.copyFrom(r)
	s.scratch.stops = slices.Delete(s.scratch.stops, int(at), int(at)+1)
	if s.m.refresh(&s.scratch, shift) {
		s.detach(shift)
		r.copyFrom(&s.scratch)
		s.changed(shift)
	}
}

// takeBreaks puts the optional breaks that touched routes leave out where they
// cost the least, if that costs less than leaving them out.
func (s *State) takeBreaks() {
	for _, shift := range s.touched {
		r := &s.routes[shift]
		for _, b := range s.m.Shifts[shift].Optional {
			if !r.used() || r.find(b) >= 0 {
				continue
			}
			if k := s.cheapestBreak(shift, b); k >= 0 {
				s.detach(shift)
				s.m.insert(r, shift, b, k)
				s.changed(shift)
			}
		}
	}
}

// cheapestBreak is after which position a break saves most, or -1.
func (s *State) cheapestBreak(shift, b int32) int32 {
	r, t := &s.routes[shift], &s.scratch
	best, won := int64(0), int32(-1)
	for k := r.first; k < int32(len(r.stops)-1); k++ {
		t.copyFrom(r)
		if !s.m.insert(t, shift, b, k) {
			continue
		}
		if delta := t.cost - r.cost + s.shared(shift, t.own); delta < best {
			best, won = delta, k
		}
	}
	return won
}

// offerBreaks puts the optional breaks of an opened route where they fit.
func (m *Model) offerBreaks(r *route, shift int32) {
	for _, b := range m.Shifts[shift].Optional {
		m.offerBreak(r, shift, b)
	}
}

func (m *Model) offerBreak(r *route, shift, b int32) {
	t := &r.plan.scratch
	for k := int32(len(r.stops) - 2); k >= r.first; k-- {
		t.copyFrom(r)
		if m.insert(t, shift, b, k) {
			r.copyFrom(t)
			return
		}
	}
}

// shakeIdle takes an optional break out of a route without visits of its own,
// or puts it in: the first visit may come with it or without.
func (s *State) shakeIdle(shift int32, g *rng) {
	r, optional := &s.routes[shift], s.m.Shifts[shift].Optional
	if r.free > 0 || r.closed || len(optional) == 0 {
		return
	}
	s.touch(shift)
	b := optional[g.below(uint32(len(optional)))]
	if r.find(b) >= 0 {
		s.skipBreak(shift, b)
		return
	}
	s.detach(shift)
	s.m.offerBreak(r, shift, b)
	s.changed(shift)
}

// find is the position of a node after the frozen stops, or -1.
func (r *route) find(node int32) int32 {
	for i := r.first + 1; i < int32(len(r.stops)-1); i++ {
		if r.stops[i].node == node {
			return i
		}
	}
	return -1
}

// changed ends what detach began.
func (s *State) changed(shift int32) {
	s.stamp(&s.routes[shift])
	s.stale(shift)
	s.attach(shift)
}

// shiftStop moves the stop at from to index to, closing up the rest.
func shiftStop(stops []stop, from, to int32) {
	moving := stops[from]
	if from < to {
		copy(stops[from:to], stops[from+1:to+1])
	} else {
		copy(stops[to+1:from+1], stops[to:from])
	}
	stops[to] = moving
}
