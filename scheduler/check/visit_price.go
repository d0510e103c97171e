package check

import "tournee/scheduler"

// mostVisitPrice is the dearest price per visit of all shifts.
func (s *sheet) mostVisitPrice() scheduler.Cost {
	most := scheduler.Cost(0)
	for i := range s.p.Shifts {
		if c := s.p.Shifts[i].VisitCost; c > most {
			most = c
		}
	}
	return most
}
