package check

import "tournee/scheduler"

// shift: the route lies within the shift. What is frozen may have overrun it;
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
	}
}
