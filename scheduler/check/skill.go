package check

import "tournee/scheduler"

// skill: the technician owns each skill needed, at the level or above.
func skill(s *sheet, report report) {
	s.eachVisit(func(r *scheduler.Route, stop *scheduler.Stop, v *scheduler.Visit, t *scheduler.Technician) {
		for _, need := range v.Skills {
			if has := owned(t, need.Skill); has < need.Level {
				report(r.Shift, stop.Visit, "needs %s at %d, %s has %d", need.Skill, need.Level, t.ID, has)
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
