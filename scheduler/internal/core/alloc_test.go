//go:build !debugcost

package core

import "testing"

// Verifying every insertion allocates, so this holds without it only.
func TestAnIterationAllocatesNothing(t *testing.T) {
	m := grid(150, 15)
	w := newSearch(m, NewState(m), Budget{Seed: 1, Iterations: 1})
	w.construct()
	w.pace.next(&w.result)
	w.split()
	c, p, warm := w.chains[0], &w.parts[0], &stopper{}
	c.load(m, w.s, p.shifts, p.visits, 1, 1)
	c.anneal(5_000, heat{16 * 100}, 0, whole, warm)
	const n = 2_000
	if each := testing.AllocsPerRun(3, func() { c.anneal(n, heat{16 * 100}, 0, whole, warm) }); each > 0 {
		t.Errorf("%g allocations in %d iterations", each, n)
	}
}
