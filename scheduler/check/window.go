package check

import "tournee/scheduler"

// window: service begins inside one of the windows.
func window(s *sheet, report report) {
	s.eachVisit(func(r *scheduler.Route, stop *scheduler.Stop, v *scheduler.Visit, _ *scheduler.Technician) {
		open := len(v.Windows) == 0
		for _, w := range v.Windows {
			open = open || (w.Open <= stop.Begin && stop.Begin <= w.Close)
		}
		if !open {
			report(r.Shift, stop.Visit, "begins at %d, in no window", stop.Begin)
		}
	})
}
