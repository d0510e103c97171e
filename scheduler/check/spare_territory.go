package check

import "tournee/scheduler"

// spareTerritory prices a territory served only in case of need.
func (s *sheet) spareTerritory(v *scheduler.Visit, t *scheduler.Technician) scheduler.Cost {
	for _, id := range t.Territories {
		if id == v.Territory {
			return 0
		}
	}
	for _, id := range t.Spare {
		if id == v.Territory {
			return s.mostSpareTerritory(v)
		}
	}
	return 0
}

func (s *sheet) mostSpareTerritory(v *scheduler.Visit) scheduler.Cost {
	if v.Territory == "" {
		return 0
	}
	return s.p.Weights.SpareTerritory
}
