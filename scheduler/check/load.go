package check

// load: what a route's visits load is within the shift's capacity, in every
// dimension, unless it is frozen stops alone that are too much.
func load(s *sheet, report report) {
	for i := range s.plan.Routes {
		r := &s.plan.Routes[i]
		for d, most := range s.shifts[r.Shift].Capacity {
			sum := 0
			last := "" // free visit that loads anything
			for _, stop := range r.Stops {
				if v := s.visits[stop.Visit]; v != nil && d < len(v.Loads) && v.Loads[d] > 0 {
					sum += v.Loads[d]
					if !stop.Frozen {
						last = stop.Visit
					}
				}
			}
			if sum > most && last != "" {
				report(r.Shift, last, "loads %d in dimension %d, the capacity is %d", sum, d+1, most)
			}
		}
	}
}
