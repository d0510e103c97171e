package check

import "tournee/scheduler"

// scarcity prices each skill owned and not asked for: the weight times the
// visits that ask for it by the technicians who own it, ten times the weight at
// most.
func (s *sheet) scarcity(v *scheduler.Visit, t *scheduler.Technician) scheduler.Cost {
	total := scheduler.Cost(0)
	for _, have := range t.Skills {
		if !asksFor(v, have.Skill) {
			total += s.rarity[have.Skill]
		}
	}
	return total
}

// rarities prices each skill of the problem that somebody owns.
func rarities(p *scheduler.Problem) map[string]scheduler.Cost {
	out := map[string]scheduler.Cost{}
	for _, skill := range p.Skills {
		var demand, supply scheduler.Cost
		for i := range p.Visits {
			if asksFor(&p.Visits[i], skill) {
				demand++
			}
		}
		for i := range p.Technicians {
			if owned(&p.Technicians[i], skill) > 0 {
				supply++
			}
		}
		if supply == 0 {
			continue
		}
		out[skill] = demand * p.Weights.Scarcity / supply
		if demand > 10*supply {
			out[skill] = 10 * p.Weights.Scarcity
		}
	}
	return out
}

func asksFor(v *scheduler.Visit, skill string) bool {
	for _, s := range v.Skills {
		if s.Skill == skill {
			return true
		}
	}
	for _, list := range v.AnyOf {
		for _, s := range list {
			if s.Skill == skill {
				return true
			}
		}
	}
	return false
}

// mostScarcity: the technician with the rarest skills does what asks for none.
func (s *sheet) mostScarcity() scheduler.Cost {
	most := scheduler.Cost(0)
	for i := range s.p.Technicians {
		if c := s.scarcity(&scheduler.Visit{}, &s.p.Technicians[i]); c > most {
			most = c
		}
	}
	return most
}
