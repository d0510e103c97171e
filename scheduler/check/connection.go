package check

import "tournee/scheduler"

// connection: no remote work at a place without connection.
func connection(s *sheet, report report) {
	for i := range s.plan.Routes {
		r := &s.plan.Routes[i]
		if s.shifts[r.Shift].Pool {
			continue
		}
		at := s.shifts[r.Shift].StartPlace
		s.walk(r, func(leg leg) {
			if leg.to != scheduler.NoPlace {
				at = leg.to
			}
			if stop := leg.stop; stop != nil && stop.Visit != "" && !stop.Frozen && leg.to == scheduler.NoPlace &&
				at != scheduler.NoPlace && s.p.Places[at].Offline {
				report(r.Shift, stop.Visit, "is remote work at place %d, which is offline", at)
			}
		})
	}
}
