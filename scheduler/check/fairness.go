package check

import "tournee/scheduler"

// priceShares prices a route by what it adds to its technician's share of hours
// and of unpleasant visits, after the routes told before it.
func priceShares(s *sheet, r *scheduler.Route, b *scheduler.Breakdown) {
	t := s.people[s.shifts[r.Shift].Technician]
	hours, bad := t.Hours, t.Unpleasant
	for i := range s.plan.Routes {
		other := &s.plan.Routes[i]
		if s.shifts[other.Shift].Technician != t.ID {
			continue
		}
		mine := other.Shift == r.Shift
		if mine {
			b[scheduler.TermFairness] -= s.fair(hours)
			b[scheduler.TermUnpleasant] -= s.bad(bad)
		}
		hours += scheduler.Seconds(other.Finish - other.Start)
		bad += s.beginsBadly(other)
		if mine {
			b[scheduler.TermFairness] += s.fair(hours)
			b[scheduler.TermUnpleasant] += s.bad(bad)
			return
		}
	}
}

func (s *sheet) fair(hours scheduler.Seconds) scheduler.Cost {
	minutes := scheduler.Cost(hours) / 60
	return nearest(minutes*minutes*s.p.Weights.Fairness, 3600)
}

func (s *sheet) bad(visits int) scheduler.Cost {
	return scheduler.Cost(visits) * scheduler.Cost(visits) * s.p.Weights.Unpleasant
}

// beginsBadly counts the visits of a route that begin in unpleasant stretches.
func (s *sheet) beginsBadly(r *scheduler.Route) (n int) {
	for _, stop := range r.Stops {
		inside := false
		for _, w := range s.p.Unpleasant {
			inside = inside || w.Open <= stop.Begin && stop.Begin <= w.Close
		}
		if inside && stop.Visit != "" {
			n++
		}
	}
	return n
}

// dearestShares lets everybody work two horizons and begin every visit badly.
func (s *sheet) dearestShares() scheduler.Cost {
	all := scheduler.Cost(0)
	for _, t := range s.p.Technicians {
		all += s.fair(t.Hours+2*s.p.Length) + s.bad(t.Unpleasant+len(s.p.Visits))
	}
	return all
}
