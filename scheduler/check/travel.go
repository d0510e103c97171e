package check

import "tournee/scheduler"

// travel: each stop follows the one before by the matrix's travel time, and
// nothing begins before arrival. What has no place happens
// where the technician is. Without a way back from what is frozen, a route ends
// with it.
func travel(s *sheet, report report) {
	for i := range s.plan.Routes {
		r := &s.plan.Routes[i]
		if s.shifts[r.Shift].Pool {
			continue
		}
		now := r.Start
		s.walk(r, func(leg leg) {
			stop := leg.stop
			name, arrive := "", r.Finish
			if stop == nil {
				if leg.seconds != r.ReturnTravel || leg.metres != r.ReturnDistance {
					report(r.Shift, "", "the way back is %d s, %d m, not %d s, %d m", leg.seconds, leg.metres, r.ReturnTravel, r.ReturnDistance)
				}
			} else {
				name, arrive = stop.Visit+stop.Break, stop.Arrive
				if leg.seconds != stop.Travel || leg.metres != stop.Distance {
					report(r.Shift, name, "the way there is %d s, %d m, not %d s, %d m", leg.seconds, leg.metres, stop.Travel, stop.Distance)
				}
			}
			if stop != nil && stop.Frozen {
				now = stop.Depart
				return
			}
			if leg.seconds == scheduler.Unreachable && s.hasFreeVisit(r) {
				report(r.Shift, name, "there is no way there")
			} else if arrive != now+scheduler.Time(max(0, leg.seconds)) {
				report(r.Shift, name, "arrives at %d, having left at %d for %d s", arrive, now, leg.seconds)
			}
			if stop == nil {
				return
			}
			if stop.Begin < stop.Arrive {
				report(r.Shift, name, "begins at %d, before arriving at %d", stop.Begin, stop.Arrive)
			}
			now = stop.Depart
		})
	}
}

// leg is the travel into a stop, or back when stop is nil.
type leg struct {
	stop    *scheduler.Stop
	seconds scheduler.Seconds
	metres  scheduler.Metres
	price   *scheduler.Cost // by the matrix of costs; nil: by time and way
	to      int             // place, or NoPlace
	moved   bool            // to another place, or from nowhere to one
}

// mode is the shift's own transport mode, or its technician's.
func (s *sheet) mode(sh *scheduler.Shift) *scheduler.Travel {
	if sh.Mode != "" {
		return s.modes[sh.Mode]
	}
	return s.modes[s.people[sh.Technician].Mode]
}

// walk follows a route from place to place.
func (s *sheet) walk(r *scheduler.Route, each func(leg)) {
	sh := s.shifts[r.Shift]
	if sh.Pool {
		beside(s, r, each)
		return
	}
	mode := s.mode(sh)
	at, left := sh.StartPlace, r.Start
	travel := func(stop *scheduler.Stop, to int) leg {
		from := at
		if to == scheduler.NoPlace {
			return leg{stop: stop, to: to}
		}
		at = to
		if from == scheduler.NoPlace {
			return leg{stop: stop, to: to, moved: true}
		}
		l := leg{stop: stop, to: to, moved: from != to, seconds: s.takes(mode, from, to, left)}
		if mode.Metres != nil {
			l.metres = mode.Metres[from][to]
		}
		if mode.Costs != nil {
			l.price = &mode.Costs[from][to]
		}
		return l
	}
	for i := range r.Stops {
		each(travel(&r.Stops[i], s.placeOf(&r.Stops[i])))
		left = r.Stops[i].Depart
	}
	each(travel(nil, sh.EndPlace))
}

func (s *sheet) hasFreeVisit(r *scheduler.Route) bool {
	for _, stop := range r.Stops {
		if stop.Visit != "" && !stop.Frozen {
			return true
		}
	}
	return false
}
