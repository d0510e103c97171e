package core

// pollEvery is how many iterations pass between two looks at Budget.Stop.
const pollEvery = 128

// chain anneals one sub-problem after another in the same memory.
type chain struct {
	sub     *sub
	m       *Model // the sub-problem's
	s       *State
	rng     rng
	near    [][]int32 // per visit of the whole
	keys    [][]int64 // per order and visit of the whole
	nearby  [][]int32 // per visit
	flat    []int32
	visits  []int32 // those that may move
	memos   []memo  // [visit*shifts+shift]
	gone    []bool  // per visit, being removed
	removed []int32
	pending []int32
	ranks   []int64 // per pending visit, its key
	order   []int32
	tail    []stop
	open    []int32 // shifts to be looked at
	toBlink int32
	used    int32 // shifts in use when last counted

	best struct {
		cost   int64
		routes []route
		stale  []bool // per shift, differs from the state since the last better plan
		list   []int32
	}
}

// anneal runs n iterations between two positions of the cooling and reports
// false when stopped before.
func (w *chain) anneal(n int64, h heat, from, to int64, stop *stopper) bool {
	w.rememberAll()
	for i := range n {
		if i%pollEvery == 0 {
			if stop.poll() {
				return false
			}
			w.used = w.s.countUsed()
		}
		heat := h.at(from + (to-from)*i/n)
		if i%tailEvery == 0 {
			w.swapTails(w.limit(heat))
		}
		limit := w.limit(heat)
		if !w.ruin() {
			w.forget()
			w.s.back()
			continue
		}
		if !w.recreate(limit) || w.s.cost > limit {
			w.s.back()
			continue
		}
		w.accept()
	}
	return true
}

// limit draws what a plan may cost to be kept at a temperature.
func (w *chain) limit(heat int64) int64 { return w.s.cost + (heat*w.rng.minusLog())>>16 }

// load makes the chain ready for the sub-problem of m with these shifts and
// visits, planned as in s, where leaving visits out is eased.
func (w *chain) load(m *Model, s *State, shifts, visits []int32, seed uint64, ease int64) {
	w.sub.take(m, shifts, visits)
	w.sub.fix(s)
	w.sub.ease(ease)
	w.m = &w.sub.Model
	w.s.reset(w.m)
	w.rng = rng{seed}
	for i, shift := range shifts {
		w.order = w.order[:0]
		r := &s.routes[shift]
		for _, st := range r.stops[r.first+1 : len(r.stops)-1] {
			w.order = append(w.order, w.sub.nodeOf[st.node])
			if m.Alternatives && st.node < m.Visits {
				w.s.Choose(w.sub.nodeOf[st.node], m.alternative(&st))
			}
		}
		w.s.Fill(int32(i), w.order)
		w.s.stamp(&w.s.routes[i])
	}
	w.visits, w.nearby, w.flat = w.visits[:0], w.nearby[:0], w.flat[:0]
	for v := range w.m.Visits {
		if !w.m.Nodes[v].Frozen && w.m.movable(v) {
			w.visits = append(w.visits, v)
		}
		start := len(w.flat)
		for _, u := range w.near[visits[v]] {
			if here := w.sub.nodeOf[u]; here >= 0 {
				w.flat = append(w.flat, here)
			}
		}
		w.nearby = append(w.nearby, w.flat[start:len(w.flat):len(w.flat)])
	}
	w.memos = resize(w.memos, int(w.m.Visits)*len(shifts))
	w.gone = resize(w.gone, int(w.m.Visits))
	clear(w.gone)
	clear(w.memos) // what another sub-problem left would choose between equals
	w.best.routes = resize(w.best.routes, len(shifts))
	w.best.stale = resize(w.best.stale, len(shifts))
	clear(w.best.stale)
	w.best.list = w.best.list[:0]
}

// resize is s with n elements, those it had where it can.
func resize[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	return append(s[:cap(s)], make([]T, n-cap(s))...)
}

// forget clears the marks of a ruin that was given up.
func (w *chain) forget() {
	for _, v := range w.removed {
		w.gone[v] = false
	}
}

// accept keeps the current plan, and remembers it if it is the best so far.
func (w *chain) accept() {
	for _, i := range w.s.touched {
		if !w.best.stale[i] {
			w.best.stale[i] = true
			w.best.list = append(w.best.list, i)
		}
	}
	w.s.keep()
	if w.s.cost >= w.best.cost {
		return
	}
	w.best.cost = w.s.cost
	for _, i := range w.best.list {
		w.best.routes[i].copyFrom(&w.s.routes[i])
		w.best.stale[i] = false
	}
	w.best.list = w.best.list[:0]
}

func (w *chain) rememberAll() {
	w.best.cost = w.s.cost
	for i := range w.s.routes {
		w.best.routes[i].copyFrom(&w.s.routes[i])
	}
}

// write leaves the chain's routes with the part, in the whole's numbers.
func (w *chain) write(p *part) {
	p.last.read(w.sub, w.s.routes)
	p.best.read(w.sub, w.best.routes)
}

// orders are the stops of some routes after the frozen ones, in the whole's
// numbers.
type orders struct {
	nodes []int32
	alts  []int32 // per node, which of its places
	ends  []int32 // per shift, where in nodes its route ends
}

func (o *orders) read(b *sub, routes []route) {
	o.nodes, o.alts, o.ends = o.nodes[:0], o.alts[:0], o.ends[:0]
	for i := range routes {
		r := &routes[i]
		for _, st := range r.stops[r.first+1 : len(r.stops)-1] {
			o.nodes = append(o.nodes, b.nodes[st.node])
			o.alts = append(o.alts, b.alternative(&st))
		}
		o.ends = append(o.ends, int32(len(o.nodes)))
	}
}
