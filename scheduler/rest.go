package scheduler

import (
	"cmp"
	"slices"
)

// Rule: between the end of a technician's shift and the start of the next lies
// the rest that is owed.

func (x *index) checkRest(f *faults) { duration(f, "/rest", x.p.Rest, MaxHorizon) }

// compileRest numbers each technician's working days.
func (m *Model) compileRest() (used bool) {
	x, c := m.x, m.core
	if x.p.Rest == 0 {
		return false
	}
	c.Rest = int32(x.p.Rest)
	for _, own := range x.shiftsOf {
		order := slices.Clone(own)
		slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(x.p.Shifts[a].Start, x.p.Shifts[b].Start) })
		day := int32(0)
		for i, s := range order {
			if i > 0 && !x.p.Shifts[s].Continues {
				day++
				used = used || x.mayRestTooLittle(order[i-1], s)
			}
			c.Shifts[s].Day = day
		}
	}
	c.Ties = c.Ties || used
	return used
}

// mayRestTooLittle says whether two shifts, worked to the last minute, leave
// too little rest between them.
func (x *index) mayRestTooLittle(before, after int32) bool {
	return x.p.Shifts[after].Start-x.p.Shifts[before].End-Time(x.p.Shifts[before].Overtime) < Time(x.p.Rest)
}

func (x *index) tooLittleRest(_, _ int32, seconds int64) Reason {
	return Reason{"rest", minutes(int32(seconds))}
}
