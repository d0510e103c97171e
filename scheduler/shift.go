package scheduler

import (
	"cmp"
	"slices"
)

// Rule: a technician leaves no earlier than the shift's start and is at its
// end place by its end. Nobody works two shifts at once.

func (x *index) checkShift(f *faults, path string, s *Shift) {
	known(f, x.technicians, path+"/technician", "technician", s.Technician)
	if s.Mode != "" {
		known(f, x.modes, path+"/mode", "transport mode", s.Mode)
	}
	inside := x.within(f, path+"/start", s.Start)
	inside = x.within(f, path+"/end", s.End) && inside
	if inside && s.End < s.Start {
		f.addf(path+"/end", "ends_before_start", "the shift ends before it starts")
		inside = false
	}
	x.place(f, path+"/start_place", s.StartPlace)
	x.place(f, path+"/end_place", s.EndPlace)
	cost(f, path+"/cost", s.Cost, MaxCost)
	checkVisitPrice(f, path, s)
	checkRates(f, path, s)
	x.checkWorkTime(f, path, s)
	x.checkLimits(f, path, s)
	checkParts(f, path+"/stock", s.Stock)
	x.checkPool(f, path, s)
	if inside {
		x.checkBreaks(f, path+"/breaks", s)
	}
	x.checkFrozen(f, path+"/frozen", s)
}

// checkOverlaps faults shifts of one technician that overlap.
func (x *index) checkOverlaps(f *faults) {
	for _, own := range x.shiftsOf {
		order := slices.Clone(own)
		slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(x.p.Shifts[a].Start, x.p.Shifts[b].Start) })
		for i := 1; i < len(order); i++ {
			if before, s := &x.p.Shifts[order[i-1]], &x.p.Shifts[order[i]]; s.Start < before.End {
				f.addf(at("/shifts", int(order[i]))+"/start", "overlap", "shift %q of the same technician still lasts", before.ID)
			}
		}
	}
}
