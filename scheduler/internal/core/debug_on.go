//go:build debugcost

package core

import "fmt"

// verify recomputes the whole plan from its sequences and panics when a cost
// kept by differences has drifted.
func (w *search) verify() {
	s := w.s
	total := int64(0)
	for i := range s.routes {
		var fresh route
		fresh.copyFrom(&s.routes[i])
		if !w.m.refresh(&fresh, int32(i)) {
			panic(fmt.Sprintf("shift %d breaks a rule after an insertion", i))
		}
		if fresh.cost != s.routes[i].cost {
			panic(fmt.Sprintf("shift %d costs %d, kept as %d", i, fresh.cost, s.routes[i].cost))
		}
		total += fresh.cost
	}
	for _, v := range s.absent {
		total += w.m.Drop[v]
	}
	if total != s.cost {
		panic(fmt.Sprintf("plan costs %d, kept as %d", total, s.cost))
	}
}
