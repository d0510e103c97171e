package core

import "slices"

// regretLimit is the most visits for which every visit's best and second best
// shift are kept; beyond it, or where a shift's offers depend on others, visits
// are inserted in one order.
const regretLimit = 2000

// construct fills the plan by regret insertion (Potvin and Rousseau 1993):
// next comes the visit that would lose most by waiting, its best shift against
// its second best, or against being left out.
func (w *search) construct() {
	if len(w.s.absent) > regretLimit || w.m.Ties {
		w.fillInOrder()
		return
	}
	s, m := w.s, w.m
	choices := make([]choice, m.Visits)
	open := slices.Clone(s.absent)
	slices.Sort(open)
	for _, v := range open {
		choices[v] = w.choose(v)
	}
	for {
		next := int32(-1)
		for _, v := range open {
			c := &choices[v]
			if s.shift[v] < 0 && c.best.shift >= 0 && (next < 0 || c.regret() > choices[next].regret()) {
				next = v
			}
		}
		if next < 0 {
			return
		}
		at := choices[next].best
		s.insert(next, at.shift, at.after)
		for _, v := range open {
			if s.shift[v] < 0 {
				w.rechoose(&choices[v], v, at.shift)
			}
		}
	}
}

// choice is a visit's two best shifts; a shift below zero is being left out.
type choice struct{ best, second place }

func (c *choice) regret() int64 { return c.second.delta - c.best.delta }

func (c *choice) consider(p place) {
	switch {
	case p.delta < c.best.delta:
		c.best, c.second = p, c.best
	case p.delta < c.second.delta:
		c.second = p
	}
}

func (w *search) choose(v int32) choice {
	out := place{delta: w.m.Nodes[v].Drop + 1, shift: -1}
	c := choice{best: out, second: out}
	for i, shift := range w.m.Nodes[v].Candidates {
		c.consider(w.offer(v, i, shift))
	}
	return c
}

// rechoose brings a choice up to date after one shift has changed.
func (w *search) rechoose(c *choice, v, changed int32) {
	switch {
	case c.best.shift == changed || c.second.shift == changed:
		*c = w.choose(v)
	default:
		if i, ok := slices.BinarySearch(w.m.Nodes[v].Candidates, changed); ok {
			c.consider(w.offer(v, i, changed))
		}
	}
}

// fillInOrder inserts what is left out by what it costs to leave out, then by
// how few shifts can take it.
func (w *search) fillInOrder() {
	open := slices.Clone(w.s.absent)
	slices.Sort(open)
	slices.SortStableFunc(open, func(a, b int32) int {
		if w.m.Nodes[a].Drop != w.m.Nodes[b].Drop {
			return -compare(w.m.Nodes[a].Drop, w.m.Nodes[b].Drop)
		}
		return compare(w.keys[byScarcity][a], w.keys[byScarcity][b])
	})
	for _, v := range open {
		if at, ok := w.cheapest(v, 0, 0); ok {
			w.s.insert(v, at.shift, at.after)
		}
	}
}
