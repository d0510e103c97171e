package check

import "tournee/scheduler"

// cost: what the plan says it costs, in all and by route and rule, is what it
// costs.
func cost(s *sheet, report report) {
	if want := s.price(); s.plan.Cost != want {
		report("", "", "the plan says it costs %v, it costs %v", s.plan.Cost, want)
	}
	for i := range s.plan.Routes {
		r := &s.plan.Routes[i]
		if want := s.priceRoute(r); r.Cost != want {
			report(r.Shift, "", "the route says it costs %v, it costs %v", r.Cost, want)
		}
	}
	for _, u := range s.plan.Unassigned {
		if want := s.leftOut(s.visits[u.Visit]); u.Cost != want {
			report("", u.Visit, "leaving it out costs %d, not %d", want, u.Cost)
		}
	}
}

func (s *sheet) price() scheduler.Breakdown {
	var b scheduler.Breakdown
	for i := range s.plan.Routes {
		for term, c := range s.priceRoute(&s.plan.Routes[i]) {
			b[term] += c
		}
	}
	for _, u := range s.plan.Unassigned {
		b[scheduler.TermUnassigned] += s.leftOut(s.visits[u.Visit])
	}
	return b
}

func (s *sheet) priceRoute(r *scheduler.Route) scheduler.Breakdown {
	w := s.p.Weights
	sh := s.shifts[r.Shift]
	b := scheduler.Breakdown{scheduler.TermShifts: sh.Cost}
	waited := scheduler.Cost(0)
	s.walk(r, func(leg leg) {
		switch {
		case leg.seconds < 0:
		case leg.price != nil:
			b[scheduler.TermTravel] += *leg.price
		default:
			b[scheduler.TermTravel] += nearest(scheduler.Cost(leg.seconds)*w.TravelHour, 3600)
			b[scheduler.TermDistance] += nearest(scheduler.Cost(leg.metres)*w.Kilometre, 1000)
		}
		if leg.stop == nil {
			return
		}
		waited += scheduler.Cost(leg.stop.Begin - leg.stop.Arrive)
		if v := s.visits[leg.stop.Visit]; v != nil {
			for _, need := range v.Skills {
				if above := owned(s.people[sh.Technician], need.Skill) - need.Level; above > 0 {
					b[scheduler.TermOverqualification] += scheduler.Cost(above) * w.Overqualification
				}
			}
		}
	})
	b[scheduler.TermWaiting] = nearest(waited*w.WaitingHour, 3600)
	for _, price := range prices {
		price(s, r, &b)
	}
	return b
}

// prices is the list a rule is added to that prices a route, each in the file
// of its name.
var prices = []func(*sheet, *scheduler.Route, *scheduler.Breakdown){priceLateness, priceWorkTime, priceShares}

// nearest divides, rounding halves up.
func nearest(amount, by scheduler.Cost) scheduler.Cost { return (amount + by/2) / by }

// leftOut is what it costs to leave a visit out: its drop cost or, if it is
// mandatory, the ceiling.
func (s *sheet) leftOut(v *scheduler.Visit) scheduler.Cost {
	if v.Mandatory || s.pins[v.ID] != nil {
		return s.ceiling
	}
	return v.DropCost
}

// dearestPlan is more than any plan could cost that leaves out no mandatory
// visit.
func (s *sheet) dearestPlan() scheduler.Cost {
	w := s.p.Weights
	all := scheduler.Cost(1)
	most := 0
	for i := range s.p.Visits {
		all += s.p.Visits[i].DropCost
		if n := len(s.p.Visits[i].Skills); n > most {
			most = n
		}
	}
	all += scheduler.Cost(most*len(s.p.Visits)*(scheduler.MaxLevel-scheduler.MinLevel)) * w.Overqualification
	for i := range s.p.Shifts {
		all += s.p.Shifts[i].Cost + nearest(scheduler.Cost(s.p.Length)*w.WaitingHour, 3600)
	}
	all += s.dearestLateness() + s.dearestWorkTime() + s.dearestShares()
	dearest := scheduler.Cost(0)
	for _, t := range s.p.Travel {
		for i, row := range t.Seconds {
			for j, seconds := range row {
				if seconds < 0 {
					continue
				}
				leg := nearest(scheduler.Cost(seconds)*w.TravelHour, 3600)
				if t.Costs != nil {
					leg = t.Costs[i][j]
				} else if t.Metres != nil {
					leg += nearest(scheduler.Cost(t.Metres[i][j])*w.Kilometre, 1000)
				}
				if leg > dearest {
					dearest = leg
				}
			}
		}
	}
	return all + dearest*scheduler.Cost(len(s.p.Visits)+len(s.p.Shifts))
}
