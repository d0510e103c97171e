package core

// Rule: the visits of a pool run side by side, each inside the shift, without
// travel: someone is there when one begins.

// Pools walks the shifts that are a subcontractor's capacity.
type Pools struct{}

// Stop has nothing to add: see Walk.beside.
func (Pools) Stop(*Walk, *stop) {}

// Close has nothing to add.
func (Pools) Close(*Walk) {}

// beside begins a stop of a pool with the shift, whatever else is done, and
// ends the pool's work with the last stop.
func (w *Walk) beside(st *stop) (moved bool) {
	st.arrive, st.out, st.loc = w.start, 0, w.at
	if st.node < 0 {
		st.arrive = w.now
	}
	return st.place != Float
}

// besides ends a stop of a pool whose times are known.
func (w *Walk) besides(st *stop) {
	st.arrive = st.begin
	w.now = max(w.now, st.dep)
	w.leaving = 0
}

// poolSpot is after which position of a pool a visit comes: stops stand in the
// order in which they begin.
func (m *Model) poolSpot(r *route, shift, v int32) int32 {
	t, _ := begin(m.Nodes[v].Windows, m.Shifts[shift].Start)
	k := int32(len(r.stops) - 2)
	for k > 0 && r.stops[k].begin > t {
		k--
	}
	return k
}

// bestInPool prices v in a pool, where every position is the same.
func (m *Model) bestInPool(r *route, shift, v int32, bound int64, blink uint32, g *rng) (place, bool) {
	k := m.poolSpot(r, shift, v)
	w := &r.plan.walk
	w.tally = nil
	w.open(r, shift, 0)
	for i := int32(1); i <= k; i++ {
		w.stop = i
		r.plan.passing = r.stops[i]
		w.step(&r.plan.passing)
	}
	if !w.onward(r, v, m.Nodes[v].Place, k) {
		return place{delta: bound}, false
	}
	delta := w.total() - r.cost + r.plan.shared(shift, w.own)
	if delta >= bound || (blink > 0 && g.below(1024) < blink) {
		return place{delta: bound}, false
	}
	return place{delta: delta, shift: shift, after: k}, true
}

// limitPool computes by when each stop of a pool must be begun.
func (m *Model) limitPool(r *route, s *Shift) {
	end := int32(len(r.stops) - 1)
	r.stops[end].late, r.stops[end].room = s.End, NoRank
	for i := r.first + 1; i < end; i++ {
		st := &r.stops[i]
		st.late, st.room = m.latest(st.node, s.End-m.Nodes[st.node].Service), NoRank
	}
}

// aloneInPool says what v would break as the only visit of a pool.
func (m *Model) aloneInPool(s *Shift, v int32) Outcome {
	o := Outcome{Overload: !m.carries(s, v)}
	ws := m.Nodes[v].Windows
	t, ok := begin(ws, s.Start)
	if !ok {
		t = s.Start
		o.Late = t - ws[len(ws)-1].Close
	}
	service, setup := m.Nodes[v].onSite(s.Technician, m.Nodes[v].Place != Float)
	o.Over = max(0, t+setup+service-s.End)
	return o
}
