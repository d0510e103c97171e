package check

import "tournee/scheduler"

// technician: one of those required, none of those forbidden.
func technician(s *sheet, report report) {
	s.eachVisit(func(r *scheduler.Route, stop *scheduler.Stop, v *scheduler.Visit, t *scheduler.Technician) {
		asked := len(v.Required) == 0
		for _, id := range v.Required {
			asked = asked || id == t.ID
		}
		if !asked {
			report(r.Shift, stop.Visit, "%s is not among those required", t.ID)
		}
		for _, id := range v.Forbidden {
			if id == t.ID {
				report(r.Shift, stop.Visit, "%s is forbidden", t.ID)
			}
		}
	})
}
