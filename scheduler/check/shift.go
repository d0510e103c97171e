package check

import "tournee/scheduler"

// shift: the route lies within the shift and its overtime, and is over before
// the technician's next one starts. What is frozen may have overrun it;
// then nothing else is planned.
func shift(s *sheet, report report) {
	for _, r := range s.plan.Routes {
		sh := s.shifts[r.Shift]
		if r.Start < sh.Start {
			report(r.Shift, "", "starts at %d, before the shift at %d", r.Start, sh.Start)
		}
		planned := false
		for _, stop := range r.Stops {
			planned = planned || (stop.Visit != "" && !stop.Frozen)
		}
		if planned && r.Finish > sh.End+scheduler.Time(sh.Overtime) {
			report(r.Shift, "", "finishes at %d, after the shift at %d and %d s of overtime", r.Finish, sh.End, sh.Overtime)
		}
		for i := range s.p.Shifts {
			next := &s.p.Shifts[i]
			if planned && next.Technician == sh.Technician && sh.End <= next.Start && next.ID != sh.ID && r.Finish > next.Start {
				report(r.Shift, "", "finishes at %d, when shift %q of the same technician has started", r.Finish, next.ID)
			}
		}
	}
}
