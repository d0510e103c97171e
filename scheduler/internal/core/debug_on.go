//go:build debugcost

package core

import "fmt"

// verifyCost recomputes the whole plan from its sequences and panics when it
// does not cost what the difference promised.
func (w *chain) verifyCost(want int64) {
	s := w.s
	total := int64(0)
	for i := range s.routes {
		var fresh route
		fresh.copyFrom(&s.routes[i])
		if !w.m.refresh(&fresh, int32(i)) {
			panic(fmt.Sprintf("shift %d breaks a rule after an insertion", i))
		}
		total += fresh.cost
	}
	total += s.shares()
	for _, v := range s.absent {
		total += w.m.Nodes[v].Drop
	}
	if total != want || s.cost != want {
		panic(fmt.Sprintf("plan costs %d, kept as %d, promised as %d", total, s.cost, want))
	}
}

// verifyBest tries every position of a route in full and panics when the
// constant-time test found another price for the best below a bound.
func (w *chain) verifyBest(v, shift int32, bound int64, at place, found bool) {
	least := bound
	for _, o := range w.s.Options(shift, v, nil) {
		least = min(least, o.Delta)
	}
	if least != at.delta || found != (least < bound) {
		panic(fmt.Sprintf("visit %d joins shift %d for %d, found as %d", v, shift, least, at.delta))
	}
}
