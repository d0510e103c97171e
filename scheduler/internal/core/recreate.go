package core

import (
	"cmp"
	"slices"
)

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
const (
	ventures          = 8
	ventureLoss int64 = noCost / 2
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
func (w *search) recreate(limit int64) bool {
	w.gather()
	pending := int64(0)
	for _, v := range w.pending {
		pending += w.m.Nodes[v].Drop
	}
	venture := w.rng.below(ventures) == 0
	blink := uint32(blinks)
	if venture {
		blink = w.rng.below(ventureBlinks)
	}
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
	return true
}

// cheapest is the best position for v in all its shifts, if any costs no more
// than leaving it out and a loss. A shift that blinks offers what it can with
// half its positions overlooked.
func (w *search) cheapest(v int32, loss int64, blink uint32) (place, bool) {
	won := place{delta: w.m.Nodes[v].Drop + loss + 1}
	found := false
	for i, shift := range w.m.Nodes[v].Candidates {
		at := w.offer(v, i, shift)
		if at.delta >= won.delta {
			continue
		}
		if blink > 0 && w.rng.below(1024) < blink {
			var ok bool
			if at, ok = w.m.best(&w.s.routes[shift], shift, v, won.delta, 512, &w.rng); !ok {
				continue
			}
		}
		won, found = at, true
	}
	return won, found
}

// memo is the best place of a visit in one version of a route.
type memo struct {
	delta int64
	key   uint64 // version << 16 | position
}

// offer is the best place for v in its i-th candidate shift, at noCost if there
// is none. Few routes change from one iteration to the next, so most offers
// are remembered.
func (w *search) offer(v int32, i int, shift int32) place {
	r := &w.s.routes[shift]
	e := &w.memos[v][i]
	if e.key>>16 != r.version {
		at, _ := w.m.best(r, shift, v, noCost, 0, nil)
		e.delta = at.delta
		e.key = r.version<<16 | uint64(at.after)
		w.verifyBest(v, shift, at.delta)
	}
	return place{delta: e.delta, shift: shift, after: int32(e.key & 0xffff)}
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
		ws := m.Nodes[v].Windows
		open, closing := int64(ws[0].Open), int64(ws[len(ws)-1].Close)
		far := int64(0)
		if cs := m.Nodes[v].Candidates; len(cs) > 0 && m.Nodes[v].Place != Float {
			for _, c := range cs {
				sh := &m.Shifts[c]
				far += int64(m.Matrices[sh.Matrix].leg(sh.From, m.Nodes[v].Place).Seconds)
			}
			far /= int64(len(cs))
		}
		keys[byDuration][v] = -int64(m.Nodes[v].Service)
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
