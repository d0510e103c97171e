package core

// Strings removed per iteration, after Christiaens and Vanden Berghe: about ten
// visits on average. Their strings of at most ten are few where routes are that
// long, and then hardly a visit changes its route: shorter and more are better.
const (
	meanRemoved   = 10
	longestString = 8
	mostStrings   = 4
)

// shortRoute is the most visits of a route that is emptied beside another.
const shortRoute = 15

// ruin takes visits out of the plan around a seed and reports false when what
// is left breaks a rule.
func (w *chain) ruin() bool {
	w.removed = w.removed[:0]
	if w.m.Optional {
		w.s.shakeIdle(int32(w.rng.below(uint32(len(w.m.Shifts)))), &w.rng)
	}
	if len(w.visits) == 0 {
		return true
	}
	kind := w.rng.below(16)
	seed := w.visits[w.rng.below(uint32(len(w.visits)))]
	absent := w.s.absent
	if len(absent) > 0 && kind < 6 {
		seed = absent[w.rng.below(uint32(len(absent)))]
	}
	if kind == 15 {
		if w.rng.below(2) == 0 {
			return w.ruinRoutes(seed)
		}
		return w.ruinRoute(seed)
	}
	return w.ruinStrings(seed)
}

// ruinStrings removes a string of visits from each of some routes near the
// seed. Around a seed that is left out, only routes that could serve it count.
func (w *chain) ruinStrings(seed int32) bool {
	s, m := w.s, w.m
	longest := min(longestString, max(1, w.meanRoute()))
	most := max(4*meanRemoved/(1+longest)-1, mostStrings)
	strings := w.rng.between(1, most)
	ok := true
	around := func(v int32) {
		shift := s.shift[v]
		if shift < 0 || s.mark[shift] || m.Nodes[v].Frozen || m.Nodes[v].Group > 0 {
			return
		}
		if s.shift[seed] < 0 && m.AssignCost(seed, shift) < 0 {
			return
		}
		length := w.rng.between(1, min(longest, s.routes[shift].free))
		ok = w.removeString(v, shift, length) && ok
		strings--
	}
	around(seed)
	for _, v := range w.nearby[seed] {
		if strings <= 0 {
			break
		}
		around(v)
	}
	return ok
}

// meanRoute is the mean number of visits of the routes in use, and one more, so
// that short routes too can be emptied by a string.
func (w *chain) meanRoute() int32 {
	planned := w.m.Visits - int32(len(w.s.absent))
	return planned/max(1, w.used) + 1
}

// removeString removes length visits in a row around v; half the time it
// spares one inner visit, rarely more, taking as many from further on.
func (w *chain) removeString(v, shift, length int32) bool {
	r := &w.s.routes[shift]
	w.order = w.order[:0]
	at := int32(0)
	for i := r.first + 1; i < int32(len(r.stops)-1); i++ {
		if n := r.stops[i].node; w.m.movable(n) {
			if n == v {
				at = int32(len(w.order))
			}
			w.order = append(w.order, n)
		}
	}
	spare, all := int32(0), int32(len(w.order))
	length = min(length, all)
	if length > 1 && length < all && w.rng.below(2) == 0 {
		spare = 1
		for length+spare < all && w.rng.below(100) == 0 {
			spare++
		}
	}
	span := length + spare
	low := max(0, at-span+1)
	high := min(at, all-span)
	from := w.rng.between(low, high)
	skip := int32(0)
	if spare > 0 {
		skip = w.rng.between(1, length-1)
	}
	for i := range span {
		if spare > 0 && i >= skip && i < skip+spare {
			continue
		}
		w.take(w.order[from+i])
	}
	return w.settle(shift)
}

// ruinRoutes empties the seed's route and one or two next to it, where they are
// short: what fills three routes may fit into two others, which strings never
// show.
func (w *chain) ruinRoutes(seed int32) bool {
	if w.s.shift[seed] < 0 {
		return true
	}
	more := 1 + w.rng.below(2)
	ok := w.ruinRoute(seed)
	for _, v := range w.nearby[seed] {
		if more == 0 || !ok {
			break
		}
		shift := w.s.shift[v]
		if shift < 0 || w.s.mark[shift] || w.s.routes[shift].free > shortRoute || !w.m.movable(v) {
			continue
		}
		ok = w.ruinRoute(v)
		more--
	}
	return ok
}

// ruinRoute empties the seed's route.
func (w *chain) ruinRoute(seed int32) bool {
	shift := w.s.shift[seed]
	if shift < 0 {
		return true
	}
	r := &w.s.routes[shift]
	for i := r.first + 1; i < int32(len(r.stops)-1); i++ {
		if n := r.stops[i].node; w.m.movable(n) {
			w.take(n)
		}
	}
	return w.settle(shift)
}

func (w *chain) take(v int32) {
	w.gone[v] = true
	w.removed = append(w.removed, v)
}

// settle removes what was taken from a route and, half the time, moves a break
// of it, since visits are only ever inserted around them.
func (w *chain) settle(shift int32) bool {
	ok := w.s.release(shift, w.gone)
	if sh := &w.m.Shifts[shift]; ok && len(sh.Breaks)+len(sh.Optional) > 0 && w.rng.below(2) == 0 {
		w.s.shake(shift, &w.rng)
	}
	return ok
}

// movable says whether a node is a visit that is taken out by itself. Coupled
// ones are placed by groups.
func (m *Model) movable(n int32) bool { return n < m.Visits && m.Nodes[n].Group == 0 }
