package check

// frozen: a shift's frozen stops head its route, unchanged, and no other stop
// is marked frozen.
func frozen(s *sheet, report report) {
	used := map[string]bool{}
	for _, r := range s.plan.Routes {
		used[r.Shift] = true
		want := s.shifts[r.Shift].Frozen
		for i, stop := range r.Stops {
			switch {
			case i >= len(want):
				if stop.Frozen {
					report(r.Shift, stop.Visit+stop.Break, "is marked frozen, and is not")
				}
			case !stop.Frozen || stop.Visit != want[i].Visit || stop.Break != want[i].Break || stop.Alternative != want[i].Alternative:
				report(r.Shift, want[i].Visit+want[i].Break, "is frozen at place %d and not there", i)
			case stop.Arrive != want[i].Arrive || stop.Begin != want[i].Begin || stop.Depart != want[i].Depart:
				report(r.Shift, stop.Visit+stop.Break, "has other times than those frozen")
			}
		}
		if len(r.Stops) < len(want) {
			report(r.Shift, "", "lacks frozen stops")
		}
	}
	for i := range s.p.Shifts {
		if sh := &s.p.Shifts[i]; len(sh.Frozen) > 0 && !used[sh.ID] {
			report(sh.ID, "", "has frozen stops and no route")
		}
	}
}
