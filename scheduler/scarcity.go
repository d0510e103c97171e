package scheduler

// Rule: a technician with rare skills is spared for the visits that ask for
// them. A skill that a technician owns and a visit does not ask for costs
// Weights.Scarcity times the visits that ask for it, divided by the technicians
// who own it and rounded down, at most maxRarity times the weight. A visit asks
// for its Skills and for all of its alternatives, whatever their level.

// maxRarity bounds how rare a skill can count.
const maxRarity = 10

// priceRarity prices every skill as if owned and not asked for, and bounds what
// any one technician's skills cost together.
func (x *index) priceRarity() {
	asked := make([]int, len(x.p.Skills))
	for v := range x.p.Visits {
		for s := range x.asks(&x.p.Visits[v]) {
			asked[s]++
		}
	}
	owners := make([]int, len(x.p.Skills))
	for _, levels := range x.levels {
		for s, level := range levels {
			if level > 0 {
				owners[s]++
			}
		}
	}
	x.rarity = make([]Cost, len(x.p.Skills))
	for s := range x.rarity {
		if owners[s] > 0 {
			weight := x.p.Weights.Scarcity
			x.rarity[s] = min(weight*maxRarity, weight*Cost(asked[s])/Cost(owners[s]))
		}
	}
	for t := range x.p.Technicians {
		x.mostScarcity = max(x.mostScarcity, x.scarcity(&Visit{}, int32(t)))
	}
}

// asks is the set of skills that a visit asks for.
func (x *index) asks(v *Visit) map[int32]bool {
	out := make(map[int32]bool, len(v.Skills))
	for _, s := range v.Skills {
		out[x.skills[s.Skill]] = true
	}
	for _, list := range v.AnyOf {
		for _, s := range list {
			out[x.skills[s.Skill]] = true
		}
	}
	return out
}

func (x *index) scarcity(v *Visit, t int32) Cost {
	if x.p.Weights.Scarcity == 0 {
		return 0
	}
	total, asked := Cost(0), x.asks(v)
	for s, level := range x.levels[t] {
		if level > 0 && !asked[int32(s)] {
			total += x.rarity[s]
		}
	}
	return total
}
