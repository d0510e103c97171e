package check

import "tournee/scheduler"

// parts: what the van lacks for the visits that are not frozen is picked up
// right before the first of them that uses any of it, and nothing else is.
func parts(s *sheet, report report) {
	for i := range s.plan.Routes {
		r := &s.plan.Routes[i]
		if s.shifts[r.Shift].Pool {
			continue
		}
		lacking := s.lacking(r)
		var due []string // depots that must come now
		place, leave := s.shifts[r.Shift].StartPlace, r.Start
		for j := range r.Stops {
			stop := &r.Stops[j]
			if due == nil && !stop.Frozen && s.fetchesNext(r, j, lacking) {
				due = s.fetch(r, place, leave, s.nextPlace(r, j), lacking)
				if len(lacking) > 0 {
					report(r.Shift, stop.Visit, "%d kinds of part are not to be had", len(lacking))
				}
			}
			if stop.Depot != "" {
				if len(due) == 0 || due[0] != stop.Depot {
					report(r.Shift, stop.Depot, "nothing is to be picked up here now, but at %q", due)
				} else {
					due = due[1:]
				}
				if !s.isOpen(s.depot(stop.Depot), stop.Begin) {
					report(r.Shift, stop.Depot, "is not open at %d", stop.Begin)
				}
			} else if len(due) > 0 {
				report(r.Shift, stop.Visit+stop.Break, "parts lack: %q should come before", due)
			}
			if to := s.placeOf(stop); to != scheduler.NoPlace {
				place = to
			}
			leave = stop.Depart
		}
	}
}

// lacking is what a route's visits need more than the van has.
func (s *sheet) lacking(r *scheduler.Route) map[string]bool {
	left := map[string]int{}
	for _, part := range s.shifts[r.Shift].Stock {
		left[part.Part] = part.Quantity
	}
	for _, frozen := range []bool{true, false} {
		for _, stop := range r.Stops {
			v := s.visits[stop.Visit]
			if v == nil || stop.Frozen != frozen {
				continue
			}
			for _, part := range v.Parts {
				left[part.Part] -= part.Quantity
			}
		}
		for part, n := range left {
			if frozen && n < 0 {
				left[part] = 0
			}
		}
	}
	out := map[string]bool{}
	for part, n := range left {
		if n < 0 {
			out[part] = true
		}
	}
	return out
}

// fetchesNext says whether the first visit from stop j on, depots before it left
// aside, uses anything that lacks.
func (s *sheet) fetchesNext(r *scheduler.Route, j int, lacking map[string]bool) bool {
	for ; j < len(r.Stops) && r.Stops[j].Depot != ""; j++ {
	}
	if j == len(r.Stops) {
		return false
	}
	if v := s.visits[r.Stops[j].Visit]; v != nil {
		for _, part := range v.Parts {
			if part.Quantity > 0 && lacking[part.Part] {
				return true
			}
		}
	}
	return false
}

func (s *sheet) nextPlace(r *scheduler.Route, j int) int {
	for r.Stops[j].Depot != "" {
		j++
	}
	return s.placeOf(&r.Stops[j])
}

// fetch lists the depots for all that lacks, and takes it out of lacking.
func (s *sheet) fetch(r *scheduler.Route, place int, leave scheduler.Time, to int, lacking map[string]bool) []string {
	mode := s.mode(s.shifts[r.Shift])
	way := func(from, to int) scheduler.Seconds {
		if from == scheduler.NoPlace || to == scheduler.NoPlace {
			return 0
		}
		return mode.Seconds[from][to]
	}
	out := []string{}
	for len(lacking) > 0 {
		var won *scheduler.Depot
		most, least := 0, scheduler.Seconds(0)
		for i := range s.p.Depots {
			d := &s.p.Depots[i]
			n := 0
			for _, part := range d.Parts {
				if lacking[part] {
					n++
				}
			}
			inward, onward := way(place, d.Place), way(d.Place, to)
			if n == 0 || inward < 0 || onward < 0 {
				continue
			}
			arrive := leave
			if place != scheduler.NoPlace {
				arrive += scheduler.Time(s.takes(mode, place, d.Place, leave))
			}
			if _, open := s.opens(d, arrive); !open {
				continue
			}
			if n > most || (n == most && inward+onward < least) {
				won, most, least = d, n, inward+onward
			}
		}
		if won == nil {
			return out
		}
		if place != scheduler.NoPlace {
			leave += scheduler.Time(s.takes(mode, place, won.Place, leave))
		}
		begin, _ := s.opens(won, leave)
		leave, place = begin+scheduler.Time(won.Duration), won.Place
		for _, part := range won.Parts {
			delete(lacking, part)
		}
		out = append(out, won.ID)
	}
	return out
}

func (s *sheet) depot(id string) *scheduler.Depot {
	for i := range s.p.Depots {
		if s.p.Depots[i].ID == id {
			return &s.p.Depots[i]
		}
	}
	return nil
}

// opens is when a depot serves who arrives at a moment.
func (s *sheet) opens(d *scheduler.Depot, at scheduler.Time) (scheduler.Time, bool) {
	windows := d.Windows
	if len(windows) == 0 {
		windows = []scheduler.Window{{Open: 0, Close: scheduler.Time(s.p.Length)}}
	}
	best, found := scheduler.Time(0), false
	for _, w := range windows {
		if w.Close < at {
			continue
		}
		if t := max(at, w.Open); !found || t < best {
			best, found = t, true
		}
	}
	return best, found
}

func (s *sheet) isOpen(d *scheduler.Depot, at scheduler.Time) bool {
	t, ok := s.opens(d, at)
	return ok && t == at
}
