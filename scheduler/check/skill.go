package check

import "tournee/scheduler"

// skill: the technician owns each skill needed, at the level or above, one of
// each list of alternatives, and none of those excluded.
func skill(s *sheet, report report) {
	s.eachVisit(func(r *scheduler.Route, stop *scheduler.Stop, v *scheduler.Visit, t *scheduler.Technician) {
		for _, need := range v.Skills {
			if has := owned(t, need.Skill); has < need.Level {
				report(r.Shift, stop.Visit, "needs %s at %d, %s has %d", need.Skill, need.Level, t.ID, has)
			}
		}
		for _, list := range v.AnyOf {
			one := false
			for _, s := range list {
				one = one || owned(t, s.Skill) >= s.Level
			}
			if !one {
				report(r.Shift, stop.Visit, "%s has none of %v", t.ID, list)
			}
		}
		for _, s := range v.NoneOf {
			if has := owned(t, s.Skill); has >= s.Level {
				report(r.Shift, stop.Visit, "%s has %s at %d, excluded from %d on", t.ID, s.Skill, has, s.Level)
			}
		}
	})
}

func owned(t *scheduler.Technician, skill string) int {
	for _, have := range t.Skills {
		if have.Skill == skill {
			return have.Level
		}
	}
	return 0
}
