package check

import "tournee/scheduler"

// duration: each stop lasts as long as it takes its technician, and its setup
// more when the technician comes from another place.
func duration(s *sheet, report report) {
	for i := range s.plan.Routes {
		r := &s.plan.Routes[i]
		s.walk(r, func(leg leg) {
			stop := leg.stop
			if stop == nil || stop.Frozen {
				return
			}
			if took, want := scheduler.Seconds(stop.Depart-stop.Begin), s.lasts(r, leg); took != want {
				report(r.Shift, stop.Visit+stop.Break, "lasts %d s, not %d s", took, want)
			}
		})
	}
}

func (s *sheet) lasts(r *scheduler.Route, leg leg) scheduler.Seconds {
	if b := named(s.shifts[r.Shift], leg.stop.Break); b != nil {
		return b.Duration
	}
	if leg.stop.Depot != "" {
		return s.depot(leg.stop.Depot).Duration
	}
	v := s.visits[leg.stop.Visit]
	if v == nil {
		return 0
	}
	length, setup := v.Duration, v.Setup
	t := s.people[s.shifts[r.Shift].Technician]
	for i := len(v.Durations) - 1; i >= 0; i-- { // the first that applies comes last
		d := &v.Durations[i]
		if d.Technician == t.ID || (d.Kind != "" && d.Kind == t.Kind) || (d.Level > 0 && owned(t, v.Skills[0].Skill) >= d.Level) {
			length, setup = d.Duration, d.Setup
		}
	}
	if !leg.moved {
		return length
	}
	return length + setup
}
