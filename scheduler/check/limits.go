package check

import "tournee/scheduler"

// limits: a shift travels no longer, goes no further and serves no more visits
// than it may, unless what is frozen did.
func limits(s *sheet, report report) {
	for i := range s.plan.Routes {
		r := &s.plan.Routes[i]
		sh := s.shifts[r.Shift]
		if !s.hasFreeVisit(r) {
			continue
		}
		var seconds scheduler.Seconds
		var metres scheduler.Metres
		visits := 0
		s.walk(r, func(leg leg) {
			seconds += max(0, leg.seconds)
			metres += leg.metres
			if leg.stop != nil && leg.stop.Visit != "" {
				visits++
			}
		})
		if sh.MaxTravel > 0 && seconds > sh.MaxTravel {
			report(r.Shift, "", "travels %d s, more than %d s", seconds, sh.MaxTravel)
		}
		if sh.MaxDistance > 0 && metres > sh.MaxDistance {
			report(r.Shift, "", "goes %d m, more than %d m", metres, sh.MaxDistance)
		}
		if sh.MaxVisits > 0 && visits > sh.MaxVisits {
			report(r.Shift, "", "serves %d visits, more than %d", visits, sh.MaxVisits)
		}
	}
}
