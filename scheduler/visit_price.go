package scheduler

// Rule: each visit of a shift that asks for a price per visit, as a
// subcontractor's does, costs Shift.VisitCost.

func checkVisitPrice(f *faults, path string, s *Shift) {
	cost(f, path+"/visit_cost", s.VisitCost, MaxCost)
}

// mostVisitPrice is the dearest price of a visit.
func (x *index) mostVisitPrice() Cost {
	most := Cost(0)
	for i := range x.p.Shifts {
		most = max(most, x.p.Shifts[i].VisitCost)
	}
	return most
}
