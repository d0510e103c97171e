package check

import (
	"slices"

	"tournee/scheduler"
)

// notPreferred prices anyone but the preferred technicians.
func (s *sheet) notPreferred(v *scheduler.Visit, t *scheduler.Technician) scheduler.Cost {
	if slices.Contains(v.Preferred, t.ID) {
		return 0
	}
	return s.mostNotPreferred(v)
}

func (s *sheet) mostNotPreferred(v *scheduler.Visit) scheduler.Cost {
	if len(v.Preferred) == 0 {
		return 0
	}
	return s.p.Weights.NotPreferred
}
