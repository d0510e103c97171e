package check

import "tournee/scheduler"

// territory: the technician serves the visit's territory, if only in case of
// need.
func territory(s *sheet, report report) {
	s.eachVisit(func(r *scheduler.Route, stop *scheduler.Stop, v *scheduler.Visit, t *scheduler.Technician) {
		serves := v.Territory == ""
		for _, mine := range t.Territories {
			serves = serves || mine == v.Territory
		}
		for _, spare := range t.Spare {
			serves = serves || spare == v.Territory
		}
		if !serves {
			report(r.Shift, stop.Visit, "%s does not serve %s", t.ID, v.Territory)
		}
	})
}
