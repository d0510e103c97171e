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
	b := &x.p.Shifts[before]
	end := max(b.End+Time(b.Overtime), x.homeFromUnderWay(before))
	return x.p.Shifts[after].Start-end < Time(x.p.Rest)
}

// homeFromUnderWay is when a shift ends at the latest with nothing but its breaks
// after its frozen stops, which may be long after its End; 0 without any.
func (x *index) homeFromUnderWay(s int32) Time {
	shift := &x.p.Shifts[s]
	if len(shift.Frozen) == 0 {
		return 0
	}
	at, left := shift.StartPlace, shift.Frozen[len(shift.Frozen)-1].Depart
	for _, stop := range shift.Frozen {
		if stop.Visit == "" {
			continue
		}
		if place := x.p.Visits[x.visits[stop.Visit]].placeOf(stop.Alternative); place != NoPlace {
			at = place
		}
	}
	rested := Time(0)
	for _, b := range shift.Breaks { // may still be owed, and waited for
		earliest := b.Earliest
		for _, w := range b.Windows {
			earliest = max(earliest, w.Open)
		}
		if b.FromStart {
			earliest += shift.Start
		}
		left, rested = max(left, earliest), rested+Time(b.Duration)
	}
	left += rested
	if at == NoPlace || shift.EndPlace == NoPlace {
		return left
	}
	return left + Time(max(0, x.takes(x.travelOf(shift), at, shift.EndPlace, left)))
}

func (x *index) tooLittleRest(_, _ int32, seconds int64) Reason {
	return Reason{"rest", minutes(int32(seconds))}
}
