package core

import "slices"

// regretLimit is the most pairs of a visit and a shift for which every visit's
// best and second best shift are kept; beyond it, or where a shift's offers
// depend on others, visits are inserted in one order.
const regretLimit = 4 << 20

// construct fills the plan with the visits left out. Where not all fit and
// what is left out outweighs travel, those that count most go first; regret,
// which looks at travel and at who else could come, would give their places
// away.
func (w *search) construct() {
	w.s.keep()
	regret := len(w.s.absent)*len(w.m.Shifts) <= regretLimit && !w.m.Ties && !w.m.Coupled
	w.fillInOrder()
	if regret && !w.dominated() {
		w.s.back()
		fillByRegret(w.s)
	}
	w.s.keep()
}

// regrets is what regret insertion knows of the visits left out.
type regrets struct {
	s       *State
	open    []int32
	choices []choice // per open visit
	offers  []int64  // [open*shifts+shift], the price of the best position
}

// fillByRegret inserts what is left out by regret (Potvin and Rousseau 1993):
// next comes the visit that would lose most by waiting, its best shift against
// its second best, or against being left out.
func fillByRegret(s *State) {
	m := s.m
	w := regrets{s: s, open: slices.Clone(s.absent)}
	slices.Sort(w.open)
	w.choices = make([]choice, len(w.open))
	w.offers = make([]int64, len(w.open)*len(m.Shifts))
	for i, v := range w.open {
		for _, shift := range m.Nodes[v].Candidates {
			w.offer(i, shift)
		}
		w.choose(i)
	}
	for {
		next := -1
		for i, v := range w.open {
			c := &w.choices[i]
			if s.shift[v] < 0 && c.best.shift >= 0 && (next < 0 || c.regret() > w.choices[next].regret()) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		changed := w.choices[next].best.shift
		at, _ := m.best(&s.routes[changed], changed, w.open[next], noCost, 0, nil)
		s.insert(w.open[next], changed, at.after)
		for i, v := range w.open {
			if s.shift[v] < 0 && m.serves(v, changed) {
				w.rechoose(i, changed)
			}
		}
	}
}

// choice is a visit's two best shifts; a shift below zero is being left out.
type choice struct{ best, second offer }

type offer struct {
	delta int64
	shift int32
}

func (c *choice) regret() int64 { return c.second.delta - c.best.delta }

func (c *choice) consider(o offer) {
	switch {
	case o.delta < c.best.delta:
		c.best, c.second = o, c.best
	case o.delta < c.second.delta:
		c.second = o
	}
}

// offer prices an open visit in a shift.
func (w *regrets) offer(i int, shift int32) offer {
	at, _ := w.s.m.best(&w.s.routes[shift], shift, w.open[i], noCost, 0, nil)
	w.offers[i*len(w.s.routes)+int(shift)] = at.delta
	return offer{at.delta, shift}
}

func (w *regrets) choose(i int) {
	v := w.open[i]
	out := offer{delta: w.s.m.Nodes[v].Drop + 1, shift: -1}
	w.choices[i] = choice{best: out, second: out}
	row := w.offers[i*len(w.s.routes):]
	for _, shift := range w.s.m.Nodes[v].Candidates {
		w.choices[i].consider(offer{row[shift], shift})
	}
}

// rechoose brings a choice up to date after one shift has changed.
func (w *regrets) rechoose(i int, changed int32) {
	o, c := w.offer(i, changed), &w.choices[i]
	if c.best.shift == changed || c.second.shift == changed {
		w.choose(i)
		return
	}
	c.consider(o)
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
		if at, ok := w.m.cheapest(w.s, v, w.m.Nodes[v].Drop+1); ok {
			w.s.insert(v, at.shift, at.after)
		}
	}
}
