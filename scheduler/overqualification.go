package scheduler

// Rule: levels owned above those that a visit asks for have a price, so that
// experts stay free. Of alternatives, the one that wastes least counts.

func (x *index) overqualification(v *Visit, t int32) Cost {
	levels := 0
	for _, need := range v.Skills {
		levels += max(0, x.level(t, need.Skill)-need.Level)
	}
	for _, list := range v.AnyOf {
		levels += x.leastWasted(list, t)
	}
	return Cost(levels) * x.p.Weights.Overqualification
}

// leastWasted is how many levels t owns above the best suited of the
// alternatives that t masters, zero where there is none.
func (x *index) leastWasted(list []SkillLevel, t int32) int {
	least, mastered := 0, false
	for _, s := range list {
		if above := x.level(t, s.Skill) - s.Level; above >= 0 && (!mastered || above < least) {
			least, mastered = above, true
		}
	}
	return least
}

// mostOverqualification is more than overqualification gives for anyone.
func (x *index) mostOverqualification(v *Visit) Cost {
	return Cost((MaxLevel-MinLevel)*(len(v.Skills)+len(v.AnyOf))) * x.p.Weights.Overqualification
}
