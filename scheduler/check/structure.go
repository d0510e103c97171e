package check

// structure: every visit is in exactly one place of the plan, every id is known.
func structure(s *sheet, report report) {
	where := map[string]string{}
	place := func(visit, shift string) {
		if s.visits[visit] == nil {
			report(shift, visit, "unknown visit")
			return
		}
		if first, twice := where[visit]; twice {
			report(shift, visit, "is in %q too", first)
		}
		where[visit] = shift
	}
	seen := map[string]bool{}
	for _, r := range s.plan.Routes {
		switch shift := s.shifts[r.Shift]; {
		case shift == nil:
			report(r.Shift, "", "unknown shift")
		case seen[r.Shift]:
			report(r.Shift, "", "has two routes")
		case shift.Technician != r.Technician:
			report(r.Shift, "", "belongs to %q, not %q", shift.Technician, r.Technician)
		}
		seen[r.Shift] = true
		if len(r.Stops) == 0 {
			report(r.Shift, "", "has no stops")
		}
		for _, stop := range r.Stops {
			given := 0
			for _, id := range []string{stop.Visit, stop.Break, stop.Depot} {
				if id != "" {
					given++
				}
			}
			if given != 1 || (stop.Depot != "" && s.depot(stop.Depot) == nil) {
				report(r.Shift, stop.Visit, "must be a visit, a break or a depot")
			} else if stop.Visit != "" {
				place(stop.Visit, r.Shift)
			}
		}
	}
	for _, u := range s.plan.Unassigned {
		place(u.Visit, "unassigned")
	}
	for _, v := range s.p.Visits {
		if _, ok := where[v.ID]; !ok {
			report("", v.ID, "is neither planned nor unassigned")
		}
	}
}
