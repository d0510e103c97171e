package check

import (
	"slices"

	"tournee/scheduler"
)

// resource: at no moment do more visits hold a thing, turnaround included, than
// there are of it, unless those that begin then are frozen. What takes no time
// holds nothing.
func resource(s *sheet, report report) {
	for _, thing := range s.p.Resources {
		var held []*scheduler.Stop
		for i := range s.plan.Routes {
			for j := range s.plan.Routes[i].Stops {
				stop := &s.plan.Routes[i].Stops[j]
				if v := s.visits[stop.Visit]; v != nil && slices.Contains(v.Resources, thing.ID) && stop.Begin < stop.Depart+scheduler.Time(thing.Turnaround) {
					held = append(held, stop)
				}
			}
		}
		for _, a := range held {
			with, planned := 0, false
			for _, b := range held {
				if b.Begin <= a.Begin && a.Begin < b.Depart+scheduler.Time(thing.Turnaround) {
					with++
					planned = planned || !b.Frozen
				}
			}
			if planned && with > thing.Quantity {
				report("", a.Visit, "%d hold %q at %d, there are %d", with, thing.ID, a.Begin, thing.Quantity)
			}
		}
	}
}
