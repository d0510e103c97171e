package check

// pickup: what is aboard, stop by stop, is within the capacity and, during a
// break, within what the break allows.
func pickup(s *sheet, report report) {
	for i := range s.plan.Routes {
		r := &s.plan.Routes[i]
		sh := s.shifts[r.Shift]
		if !s.hasFreeVisit(r) {
			continue
		}
		for d, most := range sh.Capacity {
			aboard := 0
			for _, stop := range r.Stops {
				if v := s.visits[stop.Visit]; v != nil && d < len(v.Loads) {
					aboard += v.Loads[d]
				}
			}
			for _, stop := range r.Stops {
				if v := s.visits[stop.Visit]; v != nil && d < len(v.Pickups) {
					aboard += v.Pickups[d]
				}
				if v := s.visits[stop.Visit]; v != nil && d < len(v.Loads) {
					aboard -= v.Loads[d]
				}
				if v := s.visits[stop.Visit]; v != nil && len(v.Pickups) > 0 && aboard > most {
					report(r.Shift, stop.Visit, "leaves with %d in dimension %d, the capacity is %d", aboard, d+1, most)
				}
				if b := named(sh, stop.Break); b != nil && d < len(b.MaxLoad) && aboard > b.MaxLoad[d] {
					report(r.Shift, stop.Break, "is taken with %d in dimension %d, not more than %d", aboard, d+1, b.MaxLoad[d])
				}
			}
		}
	}
}
