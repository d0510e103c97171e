package scheduler

// Rule: a technician owns every skill a visit asks for, at its level or above.
// What is owned above the need can be priced, so that rare people stay free.

func (x *index) checkSkills(f *faults, path string, list []SkillLevel) {
	seen := make(map[string]bool, len(list))
	for i, s := range list {
		if known(f, x.skills, at(path, i)+"/skill", "skill", s.Skill) && seen[s.Skill] {
			f.addf(at(path, i)+"/skill", "duplicate", "skill %q comes twice", s.Skill)
		}
		seen[s.Skill] = true
		level(f, at(path, i)+"/level", s.Level)
	}
}

func level(f *faults, path string, l int) {
	if l < MinLevel || l > MaxLevel {
		f.addf(path, "out_of_range", "level %d is not between %d and %d", l, MinLevel, MaxLevel)
	}
}

func (x *index) checkAnyOf(f *faults, path string, lists [][]SkillLevel) {
	for i, list := range lists {
		if len(list) == 0 {
			f.addf(at(path, i), "missing", "one skill at least must be named")
		}
		x.checkSkills(f, at(path, i), list)
	}
}

func (x *index) skillAllows(v *Visit, t int32, why *[]Reason) bool {
	allowed := true
	for _, need := range v.Skills {
		has := x.levels[t][x.skills[need.Skill]]
		if has >= need.Level {
			continue
		}
		allowed = false
		if why == nil {
			return false
		}
		if has == 0 {
			*why = append(*why, Reason{"skill_missing", map[string]any{"skill": need.Skill, "needs": need.Level}})
		} else {
			*why = append(*why, Reason{"skill_level_too_low", map[string]any{"skill": need.Skill, "needs": need.Level, "has": has}})
		}
	}
	return allowed
}

// overqualification prices the levels t owns above those v needs.
func (x *index) overqualification(v *Visit, t int32) Cost {
	levels := 0
	for _, need := range v.Skills {
		levels += max(0, x.levels[t][x.skills[need.Skill]]-need.Level)
	}
	return Cost(levels) * x.p.Weights.Overqualification
}
