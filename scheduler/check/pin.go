package check

// pin: what was pinned is as pinned.
func pin(s *sheet, report report) {
	for _, r := range s.plan.Routes {
		before := 0
		for _, stop := range r.Stops {
			if stop.Visit == "" {
				continue
			}
			if p := s.pins[stop.Visit]; p != nil && !stop.Frozen {
				if p.Technician != "" && p.Technician != r.Technician {
					report(r.Shift, stop.Visit, "is pinned to technician %s", p.Technician)
				}
				if p.Shift != "" && p.Shift != r.Shift {
					report(r.Shift, stop.Visit, "is pinned to shift %s", p.Shift)
				}
				if p.Position > 0 && before >= p.Position && !s.shifts[r.Shift].Pool {
					report(r.Shift, stop.Visit, "is pinned to position %d, %d visits come before", p.Position, before)
				}
				if p.Begin != nil && *p.Begin != stop.Begin {
					report(r.Shift, stop.Visit, "is pinned to begin at %d, not %d", *p.Begin, stop.Begin)
				}
			}
			before++
		}
	}
}
