package check

import (
	"slices"

	"tournee/scheduler"
)

// spareTerritory prices a territory served only in case of need.
func (s *sheet) spareTerritory(v *scheduler.Visit, t *scheduler.Technician) scheduler.Cost {
	if slices.Contains(t.Territories, v.Territory) {
		return 0
	}
	if slices.Contains(t.Spare, v.Territory) {
		return s.mostSpareTerritory(v)
	}
	return 0
}

func (s *sheet) mostSpareTerritory(v *scheduler.Visit) scheduler.Cost {
	if v.Territory == "" {
		return 0
	}
	return s.p.Weights.SpareTerritory
}
