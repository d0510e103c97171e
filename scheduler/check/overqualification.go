package check

import "tournee/scheduler"

// overqualification prices each level above the need; of alternatives, the one
// owned that wastes least.
func (s *sheet) overqualification(v *scheduler.Visit, t *scheduler.Technician) scheduler.Cost {
	wasted := 0
	for _, need := range v.Skills {
		if above := owned(t, need.Skill) - need.Level; above > 0 {
			wasted += above
		}
	}
	for _, list := range v.AnyOf {
		for least := range scheduler.MaxLevel {
			fits := false
			for _, alt := range list {
				fits = fits || owned(t, alt.Skill) == alt.Level+least
			}
			if fits {
				wasted += least
				break
			}
		}
	}
	return scheduler.Cost(wasted) * s.p.Weights.Overqualification
}

// mostOverqualification: every skill asked for at the lowest level, owned at
// the highest.
func (s *sheet) mostOverqualification(v *scheduler.Visit) scheduler.Cost {
	asked := len(v.Skills) + len(v.AnyOf)
	return scheduler.Cost(asked*(scheduler.MaxLevel-scheduler.MinLevel)) * s.p.Weights.Overqualification
}
