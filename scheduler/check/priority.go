package check

import "tournee/scheduler"

// leftOut is what it costs to leave a visit out: more than all else if it is
// mandatory; otherwise its drop cost and, where priorities come first, its
// weight.
func (s *sheet) leftOut(v *scheduler.Visit) scheduler.Cost {
	if s.mandatory(v) {
		return s.ceiling
	}
	return v.DropCost + s.weight(v)
}

func (s *sheet) mandatory(v *scheduler.Visit) bool { return v.Mandatory || s.pins[v.ID] != nil }

// weight makes one visit more, and one point of priority more, each dearer than
// everything that comes after it in order.
func (s *sheet) weight(v *scheduler.Visit) scheduler.Cost {
	if !s.p.Weights.Lexicographic || s.mandatory(v) {
		return 0
	}
	return s.money + s.money*scheduler.Cost(v.Priority)*scheduler.Cost(1+s.optional)
}

// scale finds the three numbers that weights are made of.
func (s *sheet) scale() {
	s.money = s.mostMoney()
	for i := range s.p.Visits {
		if !s.mandatory(&s.p.Visits[i]) {
			s.optional++
		}
	}
	s.ceiling = s.money
	for i := range s.p.Visits {
		s.ceiling += s.weight(&s.p.Visits[i])
	}
}

// mostMoney is more than any plan could cost, and all drop costs, without
// weights of priorities and mandatory visits left out.
func (s *sheet) mostMoney() scheduler.Cost {
	all := 1 + s.dearestLeg()*scheduler.Cost(len(s.p.Visits)+len(s.p.Shifts))
	all += (s.mostVisitPrice() + s.mostScarcity()) * scheduler.Cost(len(s.p.Visits))
	for i := range s.p.Visits {
		v := &s.p.Visits[i]
		all += v.DropCost + s.mostOverqualification(v) + s.mostNotPreferred(v) +
			s.mostSpareTerritory(v) + s.mostOtherTechnician(v)
	}
	for i := range s.p.Shifts {
		all += s.p.Shifts[i].Cost + nearest(scheduler.Cost(s.p.Length)*s.p.Weights.WaitingHour, 3600)
	}
	return all + s.dearestLateness() + s.dearestWorkTime() + s.dearestBreaks() + s.dearestShares()
}
