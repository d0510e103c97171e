package core

// The chances, of 1024, that a shift is overlooked: always, and at most in a
// venture.
const (
	blinks        = 10
	ventureBlinks = 700
)

// revisit is how many visits left out are tried again in an iteration.
const revisit = 10

// In one recreation of so many, all visits but the last are inserted even at a
// loss, and blinks are more: two visits may be worth a shift, or fill the
// waiting in one, that neither is worth alone. Annealing judges the outcome.
// While nothing is left out there is less to win by it.
const (
	ventures           = 8
	fullVentures       = 32
	ventureLoss  int64 = noCost / 2
)

// order is a way to sort what is to be inserted, drawn as often as the
// wheel has it. Keys ascend; ties and the random order fall to a shuffle before.
type order int

const (
	byChance order = iota
	byDuration
	byFar
	byClose
	byWidth
	byOpen
	byClosing
	byScarcity
	byDrop
)

var wheel = []order{
	byChance, byChance, byChance, byChance,
	byDuration, byDuration, byDuration, byDuration,
	byFar, byFar, byClose, byWidth, byOpen, byClosing,
	byScarcity, byScarcity, byScarcity, byScarcity,
	byDrop, byDrop, byDrop, byDrop,
}

// recreate inserts the visits removed, and some left out before, each at its
// cheapest position or not at all. It gives up, reporting false, once the plan
// cannot come below limit any more.
func (w *chain) recreate(limit int64) bool {
	rate := uint32(ventures)
	if len(w.s.absent) == len(w.removed) {
		rate = fullVentures
	}
	venture := w.rng.below(rate) == 0
	w.gather(venture)
	pending := int64(0)
	for _, v := range w.pending {
		pending += w.m.Nodes[v].Drop
	}
	blink := uint32(blinks)
	if venture {
		blink = 1 + w.rng.below(ventureBlinks)
	}
	w.drawBlink(blink)
	for i, v := range w.pending {
		pending -= w.m.Nodes[v].Drop
		loss := int64(0)
		if venture && i+1 < len(w.pending) {
			loss = ventureLoss
		}
		if at, ok := w.cheapest(v, loss, blink); ok {
			want := w.s.cost + at.delta - w.m.Nodes[v].Drop
			w.s.insert(v, at.shift, at.after)
			w.verifyCost(want)
		}
		if !venture && w.s.cost-pending > limit {
			return false // but for waiting it fills, a visit only adds cost
		}
	}
	w.s.takeBreaks()
	return true
}

// cheapest is the best position for v in all its shifts, if any costs no more
// than leaving it out and a loss. What is remembered is looked at first: it
// bounds the search of the routes that have changed. A shift that blinks offers
// what it can with half its positions overlooked.
func (w *chain) cheapest(v int32, loss int64, blink uint32) (place, bool) {
	won := place{delta: w.m.Nodes[v].Drop + loss + 1, shift: -1}
	routes := w.s.routes
	row := w.memos[int(v)*len(routes):][:len(routes)]
	open, hint := w.open[:0], noCost
	node, need := &w.m.Nodes[v], minTime
	if len(node.Load) > 0 && node.Load[0] > 0 {
		need = node.Load[0]
	}
	for _, shift := range node.Candidates {
		if routes[shift].spare < need {
			continue
		}
		e := &row[shift]
		if w.blinks(blink) {
			if at, ok := w.m.best(&routes[shift], shift, v, won.delta, 512, &w.rng); ok {
				won = at
			}
			continue
		}
		stale := e.version != routes[shift].version
		if !stale && e.delta >= won.delta {
			continue
		}
		if stale || e.after < 0 {
			open = append(open, shift)
			if e.delta < hint { // it was the best, and may still be: a tight bound for the others
				hint = e.delta
				open[0], open[len(open)-1] = shift, open[0]
			}
			continue
		}
		won = place{delta: e.delta, shift: shift, after: e.after}
	}
	for _, shift := range open {
		r, e := &routes[shift], &row[shift]
		if e.version == r.version && e.delta >= won.delta {
			continue
		}
		at, ok := w.m.best(r, shift, v, won.delta, 0, nil)
		w.verifyBest(v, shift, won.delta, at, ok)
		*e = memo{delta: at.delta, version: r.version, after: -1}
		if ok {
			e.after = at.after
			won = at
		}
	}
	w.open = open
	return won, won.shift >= 0
}

// blinks says whether to overlook something, which happens with a chance of
// rate/1024: how often it does not is drawn at once.
func (w *chain) blinks(rate uint32) bool {
	if w.toBlink > 0 {
		w.toBlink--
		return false
	}
	w.drawBlink(rate)
	return true
}

func (w *chain) drawBlink(rate uint32) {
	w.toBlink = int32(w.rng.minusLog() * 1024 / int64(rate) >> 16)
}

// memo is the best place of a visit in one version of a route, or, after being
// below zero, a bound that no place comes below.
type memo struct {
	delta   int64
	version uint64 // of the route
	after   int32
}

// gather lists what to insert, in a random one of the orders: what was removed
// and some, in a venture about half of those, of what was left out.
func (w *chain) gather(venture bool) {
	s := w.s
	w.pending = append(w.pending[:0], w.removed...)
	for _, v := range w.removed {
		w.gone[v] = false
	}
	old := len(s.absent) - len(w.removed) // those just removed are at the end
	from, tried := 0, min(old, revisit)
	if old > revisit {
		from = int(w.rng.below(uint32(old)))
	}
	for i := range tried {
		if !venture || w.rng.below(2) == 0 {
			w.pending = append(w.pending, s.absent[(from+i)%old])
		}
	}
	for i := len(w.pending) - 1; i > 0; i-- {
		j := w.rng.below(uint32(i + 1))
		w.pending[i], w.pending[j] = w.pending[j], w.pending[i]
	}
	by := wheel[w.rng.below(uint32(len(wheel)))]
	if by == byChance {
		return
	}
	w.sort(w.keys[by])
}

// sort orders the pending visits by their keys, ties as they were.
func (w *chain) sort(keys []int64) {
	w.ranks = w.ranks[:0]
	for i, v := range w.pending {
		key := keys[w.sub.nodes[v]]
		w.ranks = append(w.ranks, key)
		j := i
		for ; j > 0 && w.ranks[j-1] > key; j-- {
			w.ranks[j], w.pending[j] = w.ranks[j-1], w.pending[j-1]
		}
		w.ranks[j], w.pending[j] = key, v
	}
}

// farSample is about how many shifts the mean distance to a visit is taken of.
const farSample = 32

// sortKeys computes for every order its key per visit.
func sortKeys(m *Model) [][]int64 {
	keys := make([][]int64, byDrop+1)
	for o := range keys {
		keys[o] = make([]int64, m.Visits)
	}
	for v := range m.Visits {
		ws := m.Nodes[v].Windows
		open, closing := int64(ws[0].Open), int64(ws[len(ws)-1].Close)
		far := int64(0)
		if cs := m.Nodes[v].Candidates; len(cs) > 0 && m.Nodes[v].Place != Float {
			step := len(cs)/farSample + 1
			for c := 0; c < len(cs); c += step {
				sh := &m.Shifts[cs[c]]
				far += int64(m.Matrices[sh.Matrix].leg(sh.From, m.Nodes[v].Place).Seconds)
			}
			far /= int64((len(cs) + step - 1) / step)
		}
		keys[byDuration][v] = -int64(m.Nodes[v].Service) << 20
		for _, l := range m.Nodes[v].Load {
			keys[byDuration][v] -= int64(l)
		}
		keys[byFar][v] = -far
		keys[byClose][v] = far
		keys[byWidth][v] = closing - open
		keys[byOpen][v] = open
		keys[byClosing][v] = -closing
		keys[byScarcity][v] = int64(len(m.Nodes[v].Candidates))
		keys[byDrop][v] = -m.Nodes[v].Drop
	}
	return keys
}
