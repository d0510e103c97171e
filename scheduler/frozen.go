package scheduler

// Rule: the stops done or under way stay first in their shift, in their order
// and at their times; no other rule judges them.

func (x *index) checkFrozen(f *faults, path string, s *Shift) {
	breaks := make(map[string]bool, len(s.Breaks))
	for _, b := range s.Breaks {
		breaks[b.ID] = true
	}
	done := make(map[string]bool, len(s.Frozen))
	last := Time(0)
	for i, stop := range s.Frozen {
		p := at(path, i)
		switch {
		case (stop.Visit == "") == (stop.Break == ""):
			f.addf(p, "missing", "exactly one of visit and break must be given")
		case stop.Break != "" && !breaks[stop.Break]:
			f.addf(p+"/break", "unknown", "the shift has no break %q", stop.Break)
		case stop.Break != "" && done[stop.Break]:
			f.addf(p+"/break", "duplicate", "break %q is frozen twice", stop.Break)
		}
		done[stop.Break] = true
		if stop.Break != "" && stop.Alternative != 0 {
			f.addf(p+"/alternative", "contradiction", "a break happens at no place")
		}
		if stop.Visit != "" && known(f, x.visits, p+"/visit", "visit", stop.Visit) {
			v := x.visits[stop.Visit]
			checkAlternative(f, p, &x.p.Visits[v], stop.Alternative)
			if x.frozenTwice[v] {
				f.addf(p+"/visit", "duplicate", "visit %q is frozen twice", stop.Visit)
			}
		}
		inside := x.within(f, p+"/arrive", stop.Arrive)
		inside = x.within(f, p+"/begin", stop.Begin) && inside
		inside = x.within(f, p+"/depart", stop.Depart) && inside
		if !inside {
			continue
		}
		if stop.Arrive < last || stop.Begin < stop.Arrive || stop.Depart < stop.Begin {
			f.addf(p, "out_of_order", "arrive, begin and depart must follow one another and the stop before")
		}
		last = stop.Depart
	}
}
