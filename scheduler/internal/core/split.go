package core

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	partVisits = 150 // visits of a sub-problem, about
	kinship    = 24  // near visits that tell how close two routes are
	spares     = 3   // unused shifts of a kind per sub-problem
)

// part is a sub-problem: whole shifts, the visits on them and some of those
// left out.
type part struct {
	shifts     []int32
	visits     []int32
	iterations int64
	planned    int32

	best, last orders // of its search
}

// cutter is the memory of split.
type cutter struct {
	partOf []int32 // per shift, or -1
	score  []int32 // per shift, near visits in the part that grows
	front  []int32 // shifts with a score
	order  []int32
	absent []int32
	spare  []int32
	kinds  []int32 // per shift
	taken  []int32 // per kind, unused shifts taken
}

func newCutter(m *Model) cutter {
	n := len(m.Shifts)
	return cutter{partOf: make([]int32, n), score: make([]int32, n), kinds: kinds(m)}
}

// split cuts the plan into parts of neighbouring routes. Starting far from a
// random visit, each part grows by the route with most near visits in it.
func (w *search) split() {
	c, s := &w.cutter, w.s
	g := stream(w.b.Seed, w.pace.epoch, 0)
	planned := c.sortRoutes(w, &g)
	count := (planned + partVisits/2) / partVisits
	if count > 4 {
		count -= count % 2 // so that two threads share the work
	}
	count = max(1, count)
	if n := int32(len(c.order)); count > n {
		count = max(1, n)
	}
	w.parts = resize(w.parts, int(count))
	for i := range w.parts {
		p := &w.parts[i]
		p.shifts, p.visits, p.planned = p.shifts[:0], p.visits[:0], 0
	}
	next, left := 0, planned
	for i := range w.parts {
		for next < len(c.order) && c.partOf[c.order[next]] >= 0 {
			next++
		}
		share := left / (count - int32(i))
		if next < len(c.order) {
			w.grow(int32(i), c.order[next], share)
		}
		left -= w.parts[i].planned
	}
	w.spread(&g)
	total := int64(0)
	for i := range w.parts {
		p := &w.parts[i]
		slices.Sort(p.shifts)
		for _, shift := range p.shifts {
			for _, st := range s.routes[shift].stops {
				if st.node >= 0 && st.node < w.m.Visits {
					p.visits = append(p.visits, st.node)
				}
			}
		}
		slices.Sort(p.visits)
		total += int64(len(p.visits))
	}
	left64 := w.pace.length
	for i := range w.parts {
		p := &w.parts[i]
		p.iterations = left64
		if total > 0 {
			p.iterations = left64 * int64(len(p.visits)) / total
		}
		left64 -= p.iterations
		total -= int64(len(p.visits))
	}
}

// sortRoutes lists the shifts in use by how far they are from a random planned
// visit, the farthest first, and the others as spare. It returns how many
// visits the former serve.
func (c *cutter) sortRoutes(w *search, g *rng) (planned int32) {
	s := w.s
	c.order, c.spare = c.order[:0], c.spare[:0]
	for i := range s.routes {
		c.partOf[i], c.score[i] = -1, 0
		switch r := &s.routes[i]; {
		case r.closed:
		case r.free == 0:
			c.spare = append(c.spare, int32(i))
		default:
			c.order = append(c.order, int32(i))
			planned += r.free
		}
	}
	if len(c.order) == 0 {
		return 0
	}
	pivot := w.middle(c.order[g.below(uint32(len(c.order)))])
	for _, shift := range c.order {
		c.score[shift] = w.m.distance(pivot, w.middle(shift))
	}
	slices.SortFunc(c.order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(c.score[b], c.score[a]), cmp.Compare(a, b))
	})
	for _, shift := range c.order {
		c.score[shift] = 0
	}
	return planned
}

// middle is the visit half-way through a route in use.
func (w *search) middle(shift int32) int32 {
	r := &w.s.routes[shift]
	half := r.free / 2
	for _, st := range r.stops[r.first+1:] {
		if st.node >= 0 && st.node < w.m.Visits {
			if half--; half < 0 {
				return st.node
			}
		}
	}
	return 0
}

// grow makes part i of the seed's shift and its nearest until it has its share
// of visits.
func (w *search) grow(i, seed, share int32) {
	c, p := &w.cutter, &w.parts[i]
	c.front = c.front[:0]
	last := i == int32(len(w.parts))-1
	w.addShift(i, seed)
	next := 0
	for p.planned < share || last {
		won := int32(-1)
		for _, shift := range c.front {
			if c.partOf[shift] < 0 && (won < 0 || w.closer(shift, won)) {
				won = shift
			}
		}
		if won < 0 { // nobody is near: take the next of the list
			for next < len(c.order) && c.partOf[c.order[next]] >= 0 {
				next++
			}
			if next == len(c.order) {
				break
			}
			won = c.order[next]
		}
		if over := p.planned + w.s.routes[won].free - share; !last && over > share-p.planned {
			break
		}
		w.addShift(i, won)
	}
	for _, shift := range c.front {
		c.score[shift] = 0
	}
}

func (w *search) closer(a, b int32) bool {
	c := &w.cutter
	x := int64(c.score[a]) * int64(w.s.routes[b].free)
	y := int64(c.score[b]) * int64(w.s.routes[a].free)
	return x > y || x == y && a < b
}

// addShift puts a shift into a part, and with it those whose routes depend on
// its route.
func (w *search) addShift(i, shift int32) {
	c := &w.cutter
	if c.partOf[shift] >= 0 || w.s.routes[shift].closed {
		return
	}
	p, r := &w.parts[i], &w.s.routes[shift]
	c.partOf[shift] = i
	p.shifts = append(p.shifts, shift)
	p.planned += r.free
	for _, st := range r.stops[r.first+1 : len(r.stops)-1] {
		if st.node >= w.m.Visits {
			continue
		}
		near := w.near[st.node]
		for _, u := range near[:min(kinship, len(near))] {
			other := w.s.shift[u]
			if other < 0 || c.partOf[other] >= 0 || w.s.routes[other].free == 0 || w.s.routes[other].closed {
				continue
			}
			if w.m.AssignCost(u, shift) < 0 && w.m.AssignCost(st.node, other) < 0 {
				continue
			}
			if c.score[other] == 0 {
				c.front = append(c.front, other)
			}
			c.score[other]++
		}
	}
	if w.m.Ties {
		for _, tied := range w.s.shiftsOf[w.m.Shifts[shift].Technician] {
			w.addShift(i, tied)
		}
	}
}

// spread gives each part unused shifts, a few of each kind, and visits left
// out, each where a near visit is served by someone who could serve it too.
func (w *search) spread(g *rng) {
	c, s := &w.cutter, w.s
	c.shuffle(c.spare, g)
	c.taken = resize(c.taken, len(s.routes))
	clear(c.taken)
	parts := int32(len(w.parts))
	for _, shift := range c.spare {
		n := &c.taken[c.kinds[shift]]
		if c.partOf[shift] < 0 && *n < spares*parts {
			w.addShift((*n+c.kinds[shift])%parts, shift)
			*n++
		}
	}
	c.absent = append(c.absent[:0], s.absent...)
	c.shuffle(c.absent, g)
	for _, v := range c.absent {
		if !w.m.movable(v) {
			continue
		}
		if i := w.partFor(v, g); i >= 0 {
			if p := &w.parts[i]; int32(len(p.visits)) < p.planned+partVisits/2 {
				p.visits = append(p.visits, v)
			}
		}
	}
}

func (c *cutter) shuffle(list []int32, g *rng) {
	for i := len(list) - 1; i > 0; i-- {
		j := g.below(uint32(i + 1))
		list[i], list[j] = list[j], list[i]
	}
}

// partFor is the part of a visit left out, or -1 when no shift could serve it.
func (w *search) partFor(v int32, g *rng) int32 {
	for _, u := range w.near[v] {
		shift := w.s.shift[u]
		if shift >= 0 && w.cutter.partOf[shift] >= 0 && w.m.AssignCost(v, shift) >= 0 && g.below(4) > 0 {
			return w.cutter.partOf[shift]
		}
	}
	candidates := w.m.Nodes[v].Candidates
	if len(candidates) == 0 {
		return -1
	}
	return w.cutter.partOf[candidates[g.below(uint32(len(candidates)))]]
}

// anneal searches every part, as many at once as there are threads, and
// reports false when it was stopped: nothing may be joined then.
func (w *search) anneal() bool {
	heat, ease := schedule(w.s), w.ease()
	var stop stopper
	stop.ask = w.b.Stop
	var taken atomic.Int64
	work := func(worker int) {
		c := w.chains[worker]
		for i := taken.Add(1) - 1; i < int64(len(w.parts)); i = taken.Add(1) - 1 {
			p := &w.parts[i]
			g := stream(w.b.Seed, w.pace.epoch, uint64(i)+1)
			c.load(w.m, w.s, p.shifts, p.visits, g.next(), ease)
			if !c.anneal(p.iterations, heat, w.pace.from, w.pace.to, &stop) {
				return
			}
			c.write(p)
		}
	}
	run := w.b.Run
	if run == nil {
		run = sideBySide
	}
	run(len(w.chains), work)
	if stop.stopped.Load() {
		return false
	}
	w.result.Iterations += w.pace.length
	return true
}

// sideBySide runs work(0) to work(n-1) at once and waits for all.
func sideBySide(n int, work func(int)) {
	var wg sync.WaitGroup
	for i := 1; i < n; i++ {
		wg.Go(func() { work(i) })
	}
	work(0)
	wg.Wait()
}

// stopper asks Budget.Stop from one thread at a time until it says yes.
type stopper struct {
	ask     func() bool
	mu      sync.Mutex
	stopped atomic.Bool
}

func (s *stopper) poll() bool {
	if s.ask != nil && !s.stopped.Load() && s.mu.TryLock() {
		if s.ask() {
			s.stopped.Store(true)
		}
		s.mu.Unlock()
	}
	return s.stopped.Load()
}
