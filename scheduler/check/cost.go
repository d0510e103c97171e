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
	sh := s.shifts[r.Shift]
	hour, kilometre := s.rates(sh)
	b := scheduler.Breakdown{scheduler.TermShifts: sh.Cost}
	waited := scheduler.Cost(0)
	s.walk(r, func(leg leg) {
		switch {
		case leg.seconds < 0:
		case leg.price != nil:
			b[scheduler.TermTravel] += *leg.price
		default:
			b[scheduler.TermTravel] += nearest(scheduler.Cost(leg.seconds)*hour, 3600)
			b[scheduler.TermDistance] += nearest(scheduler.Cost(leg.metres)*kilometre, 1000)
		}
		if leg.stop == nil {
			return
		}
		waited += scheduler.Cost(leg.stop.Begin - leg.stop.Arrive)
		if v := s.visits[leg.stop.Visit]; v != nil {
			t := s.people[sh.Technician]
			b[scheduler.TermVisitPrice] += sh.VisitCost
			b[scheduler.TermOverqualification] += s.overqualification(v, t)
			b[scheduler.TermScarcity] += s.scarcity(v, t)
			b[scheduler.TermNotPreferred] += s.notPreferred(v, t)
			b[scheduler.TermSpareTerritory] += s.spareTerritory(v, t)
			b[scheduler.TermOtherTechnician] += s.otherTechnician(v, t)
		}
	})
	b[scheduler.TermWaiting] = nearest(waited*s.p.Weights.WaitingHour, 3600)
	for _, price := range prices {
		price(s, r, &b)
	}
	return b
}

// prices is the list a rule is added to that prices a route, each in the file
// of its name.
var prices = []func(*sheet, *scheduler.Route, *scheduler.Breakdown){priceBreaks, priceLateness, priceWorkTime, priceShares}

// nearest divides, rounding halves up.
func nearest(amount, by scheduler.Cost) scheduler.Cost { return (amount + by/2) / by }
