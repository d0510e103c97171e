package check

import "tournee/scheduler"

// lateness: no visit begins before its preferred window or the window that was
// told opens, unless a dispatcher pinned its beginning.
func lateness(s *sheet, report report) {
	s.eachVisit(func(r *scheduler.Route, stop *scheduler.Stop, v *scheduler.Visit, _ *scheduler.Technician) {
		if pin := s.pins[v.ID]; pin != nil && pin.Begin != nil {
			return
		}
		if v.Prefer != nil && stop.Begin < v.Prefer.Open {
			report(r.Shift, v.ID, "begins at %d, before its preferred window", stop.Begin)
		}
		if v.Told != nil && v.Told.Window != nil && stop.Begin < v.Told.Window.Open {
			report(r.Shift, v.ID, "begins at %d, before the window that was told", stop.Begin)
		}
	})
}

// priceLateness prices what begins or ends too late.
func priceLateness(s *sheet, r *scheduler.Route, b *scheduler.Breakdown) {
	for i := range r.Stops {
		s.eachLate(&r.Stops[i], func(term scheduler.Term, by scheduler.Time, hour scheduler.Cost) {
			b[term] += nearest(scheduler.Cost(by)*hour, 3600)
		})
	}
}

// eachLate tells by how long a stop is late for what matters to somebody, and
// at what price an hour.
func (s *sheet) eachLate(stop *scheduler.Stop, tell func(term scheduler.Term, by scheduler.Time, hour scheduler.Cost)) {
	v := s.visits[stop.Visit]
	if v == nil {
		return
	}
	late := func(term scheduler.Term, at, since scheduler.Time, hour scheduler.Cost) {
		if at > since {
			tell(term, at-since, hour)
		}
	}
	if v.Prefer != nil {
		late(scheduler.TermPreferLate, stop.Begin, v.Prefer.Close, s.p.Weights.PreferHour)
	}
	if v.Told != nil && v.Told.Window != nil {
		late(scheduler.TermToldLate, stop.Begin, v.Told.Window.Close, s.p.Weights.ToldHour*scheduler.Cost(v.Told.Percent)/100)
	}
	if v.Due != nil {
		late(scheduler.TermLate, stop.Depart, *v.Due, v.LateHour)
	}
}

// dearestLateness is more than all lateness together can cost: two horizons
// late, each.
func (s *sheet) dearestLateness() scheduler.Cost {
	all, w := scheduler.Cost(0), s.p.Weights
	horizons := scheduler.Cost(2 * s.p.Length)
	for i := range s.p.Visits {
		v := &s.p.Visits[i]
		if v.Prefer != nil {
			all += nearest(horizons*w.PreferHour, 3600)
		}
		if v.Told != nil && v.Told.Window != nil {
			all += nearest(horizons*(w.ToldHour*scheduler.Cost(v.Told.Percent)/100), 3600)
		}
		if v.Due != nil {
			all += nearest(horizons*v.LateHour, 3600)
		}
	}
	return all
}
