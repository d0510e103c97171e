package check

import "tournee/scheduler"

// pool: each visit of a pool is done inside it, and nobody travels.
func pool(s *sheet, report report) {
	for i := range s.plan.Routes {
		r := &s.plan.Routes[i]
		sh := s.shifts[r.Shift]
		if !sh.Pool {
			continue
		}
		last := sh.Start
		for _, stop := range r.Stops {
			last = max(last, stop.Depart)
			if stop.Arrive != stop.Begin || stop.Begin < sh.Start || stop.Depart > sh.End {
				report(r.Shift, stop.Visit, "is not done inside the pool")
			}
			if stop.Travel != 0 || stop.Distance != 0 {
				report(r.Shift, stop.Visit, "travels, in a pool")
			}
		}
		if r.Start != sh.Start || r.Finish != last || r.ReturnTravel != 0 || r.ReturnDistance != 0 {
			report(r.Shift, "", "a pool lasts from its start to its last visit's end, without travel")
		}
	}
}

// beside goes through the visits of a pool.
func beside(s *sheet, r *scheduler.Route, each func(leg)) {
	for i := range r.Stops {
		v := s.visits[r.Stops[i].Visit]
		each(leg{stop: &r.Stops[i], moved: v != nil && v.Place != scheduler.NoPlace})
	}
	each(leg{})
}
