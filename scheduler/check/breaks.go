package check

import (
	"slices"

	"tournee/scheduler"
)

// breaks: each break of a used shift is taken once, in its window, for its
// duration, unless what is frozen made that impossible.
func breaks(s *sheet, report report) {
	for _, r := range s.plan.Routes {
		sh := s.shifts[r.Shift]
		taken := map[string]int{}
		for _, stop := range r.Stops {
			if stop.Break == "" {
				continue
			}
			taken[stop.Break]++
			b := named(sh, stop.Break)
			switch {
			case b == nil:
				report(r.Shift, stop.Break, "the shift has no such break")
			case taken[stop.Break] > 1:
				report(r.Shift, stop.Break, "is taken twice")
			case stop.Frozen:
			case stop.Begin < b.Earliest || stop.Begin > b.Latest:
				report(r.Shift, stop.Break, "begins at %d, not between %d and %d", stop.Begin, b.Earliest, b.Latest)
			}
		}
		owed := stillOwed(sh)
		for i := range sh.Breaks {
			if id := sh.Breaks[i].ID; owed[id] && taken[id] == 0 {
				report(r.Shift, id, "is not taken")
			}
			if id := sh.Breaks[i].ID; slices.Contains(r.Missed, id) != (taken[id] == 0) {
				report(r.Shift, id, "is told as missed wrongly, or not told")
			}
		}
	}
}

func named(sh *scheduler.Shift, id string) *scheduler.Break {
	for i := range sh.Breaks {
		if sh.Breaks[i].ID == id {
			return &sh.Breaks[i]
		}
	}
	return nil
}

// stillOwed walks the breaks not frozen by their latest start and keeps those
// that can begin in time, were there nothing else to do.
func stillOwed(sh *scheduler.Shift) map[string]bool {
	now := sh.Start
	left := map[string]bool{}
	for i := range sh.Breaks {
		left[sh.Breaks[i].ID] = true
	}
	for _, f := range sh.Frozen {
		now = f.Depart
		delete(left, f.Break)
	}
	owed := map[string]bool{}
	for len(left) > 0 {
		var next *scheduler.Break
		for i := range sh.Breaks {
			if b := &sh.Breaks[i]; left[b.ID] && (next == nil || b.Latest < next.Latest) {
				next = b
			}
		}
		delete(left, next.ID)
		if now > next.Latest {
			continue
		}
		owed[next.ID] = true
		if now < next.Earliest {
			now = next.Earliest
		}
		now += scheduler.Time(next.Duration)
	}
	return owed
}
