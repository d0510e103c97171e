package scheduler

import (
	"cmp"
	"slices"
)

// Blocking is a rule that keeps technicians from a visit, and how many.
type Blocking struct {
	Code        string
	Technicians int
}

// Summary counts, over the explanations of one visit, how many technicians each
// reason keeps from it: once a technician, however many of their shifts it
// closes. Who could do the visit in some shift is not counted, unless only its
// price stands against it. The commonest comes first.
func Summary(why []Why) []Blocking {
	codes := map[string]map[string]bool{} // per technician
	free := map[string]bool{}
	for _, w := range why {
		if w.Feasible && len(w.Reasons) == 0 {
			free[w.Technician] = true
		}
		if codes[w.Technician] == nil {
			codes[w.Technician] = map[string]bool{}
		}
		for _, r := range w.Reasons {
			codes[w.Technician][r.Code] = true
		}
	}
	counts := map[string]int{}
	for technician, own := range codes {
		for code := range own {
			if !free[technician] {
				counts[code]++
			}
		}
	}
	out := make([]Blocking, 0, len(counts))
	for code, n := range counts {
		out = append(out, Blocking{code, n})
	}
	slices.SortFunc(out, func(a, b Blocking) int {
		return cmp.Or(-cmp.Compare(a.Technicians, b.Technicians), cmp.Compare(a.Code, b.Code))
	})
	return out
}
