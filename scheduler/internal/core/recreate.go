package core

import (
	"cmp"
	"slices"
)

// blinks is the chance, of 1024, that a position is overlooked.
const blinks = 10

// revisit is how many visits left out are tried again in an iteration.
const revisit = 10

// orders are the ways to sort what is to be inserted, each as often as its
// weight. Keys ascend; ties and the random order fall to a shuffle before.
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
func (w *search) recreate(limit int64) bool {
	w.gather()
	pending := int64(0)
	for _, v := range w.pending {
		pending += w.m.Drop[v]
	}
	for _, v := range w.pending {
		pending -= w.m.Drop[v]
		if at, ok := w.cheapest(v, blinks); ok {
			w.s.insert(v, at.shift, at.after)
			w.verify()
		}
		if w.s.cost-pending > limit {
			return false
		}
	}
	return true
}

// cheapest is the best position for v in all its shifts, if any costs no more
// than leaving it out.
func (w *search) cheapest(v int32, blink uint32) (place, bool) {
	won := place{delta: w.m.Drop[v] + 1}
	found := false
	for _, shift := range w.m.Candidates[v] {
		if at, ok := w.m.best(&w.s.routes[shift], shift, v, won.delta, blink, &w.rng); ok {
			won, found = at, true
		}
	}
	return won, found
}

// gather lists what to insert, in a random one of the orders.
func (w *search) gather() {
	s := w.s
	w.pending = append(w.pending[:0], w.removed...)
	for _, v := range w.removed {
		w.gone[v] = false
	}
	old := len(s.absent) - len(w.removed) // those just removed are at the end
	if old <= revisit {
		w.pending = append(w.pending, s.absent[:old]...)
	} else {
		from := w.rng.below(uint32(old))
		for i := range uint32(revisit) {
			w.pending = append(w.pending, s.absent[(from+i)%uint32(old)])
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
	keys := w.keys[by]
	slices.SortStableFunc(w.pending, func(a, b int32) int { return cmp.Compare(keys[a], keys[b]) })
}

// sortKeys computes for every order its key per visit.
func sortKeys(m *Model) [][]int64 {
	keys := make([][]int64, byDrop+1)
	for o := range keys {
		keys[o] = make([]int64, m.Visits)
	}
	for v := range m.Visits {
		ws := m.Windows[v]
		open, closing := int64(ws[0].Open), int64(ws[len(ws)-1].Close)
		far := int64(0)
		if cs := m.Candidates[v]; len(cs) > 0 && m.Place[v] != Float {
			for _, c := range cs {
				sh := &m.Shifts[c]
				far += int64(m.Matrices[sh.Matrix].leg(sh.From, m.Place[v]).Seconds)
			}
			far /= int64(len(cs))
		}
		keys[byDuration][v] = -int64(m.Service[v])
		keys[byFar][v] = -far
		keys[byClose][v] = far
		keys[byWidth][v] = closing - open
		keys[byOpen][v] = open
		keys[byClosing][v] = -closing
		keys[byScarcity][v] = int64(len(m.Candidates[v]))
		keys[byDrop][v] = -m.Drop[v]
	}
	return keys
}
