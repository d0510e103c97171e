package check

import (
	"slices"

	"tournee/scheduler"
)

// rest: between two routes of a technician on different working days lies the
// rest that is owed, unless all of one is frozen.
func rest(s *sheet, report report) {
	if s.p.Rest == 0 {
		return // what is frozen may last into the next shift
	}
	for i := range s.plan.Routes {
		for j := range s.plan.Routes {
			before, after := &s.plan.Routes[i], &s.plan.Routes[j]
			if s.shifts[before.Shift].Technician != s.shifts[after.Shift].Technician || s.shifts[before.Shift].Start >= s.shifts[after.Shift].Start {
				continue
			}
			if s.sameDay(before.Shift, after.Shift) || !s.hasFreeVisit(before) && !s.hasFreeVisit(after) {
				continue
			}
			if rested := scheduler.Seconds(after.Start - before.Finish); rested < s.p.Rest {
				report(after.Shift, "", "starts %d s after shift %q, the rest is %d s", rested, before.Shift, s.p.Rest)
			}
		}
	}
}

// sameDay says whether every shift of the technician from the one after before
// up to after continues the one before it.
func (s *sheet) sameDay(before, after string) bool {
	from, to := s.shifts[before], s.shifts[after]
	return !slices.ContainsFunc(s.p.Shifts, func(x scheduler.Shift) bool {
		return x.Technician == from.Technician && x.Start > from.Start && x.Start <= to.Start && !x.Continues
	})
}
