package check

import (
	"slices"

	"tournee/scheduler"
)

// breaks: each break of a used shift is taken once, in one of its windows,
// unless it is optional or what is frozen made that impossible.
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
			case !pauses(sh, b, stop.Begin):
				report(r.Shift, stop.Break, "begins at %d, in none of its windows", stop.Begin)
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

// stretches are when a break may begin.
func stretches(sh *scheduler.Shift, b *scheduler.Break) []scheduler.Window {
	all := []scheduler.Window{{Open: b.Earliest, Close: b.Latest}}
	all = append(all, b.Windows...)
	for i := range all {
		if b.FromStart {
			all[i] = scheduler.Window{Open: sh.Start + all[i].Open, Close: sh.Start + all[i].Close}
		}
	}
	return all
}

// pauses says whether a break may begin at a moment.
func pauses(sh *scheduler.Shift, b *scheduler.Break, at scheduler.Time) bool {
	for _, w := range stretches(sh, b) {
		if w.Open <= at && at <= w.Close {
			return true
		}
	}
	return false
}

// latestPause is the last moment at which a break may begin.
func latestPause(sh *scheduler.Shift, b *scheduler.Break) scheduler.Time {
	latest := scheduler.Time(-1)
	for _, w := range stretches(sh, b) {
		latest = max(latest, w.Close)
	}
	return latest
}

// stillOwed takes the breaks that are neither frozen nor optional by their
// latest start and keeps those that can be taken as well as all kept before,
// whose order stays, were there nothing else to do.
func stillOwed(sh *scheduler.Shift) map[string]bool {
	now := sh.Start
	left := map[string]bool{}
	for i := range sh.Breaks {
		left[sh.Breaks[i].ID] = !sh.Breaks[i].Optional
	}
	for _, f := range sh.Frozen {
		now = f.Depart
		left[f.Break] = false
	}
	owed := map[string]bool{}
	var row []*scheduler.Break
	for {
		var next *scheduler.Break
		for i := range sh.Breaks {
			if b := &sh.Breaks[i]; left[b.ID] && (next == nil || latestPause(sh, b) < latestPause(sh, next)) {
				next = b
			}
		}
		if next == nil {
			return owed
		}
		left[next.ID] = false
		for at := len(row); at >= 0; at-- {
			var with []*scheduler.Break
			with = append(append(append(with, row[:at]...), next), row[at:]...)
			if inTime(sh, now, with) {
				row = with
				owed[next.ID] = true
				break
			}
		}
	}
}

// inTime says whether breaks can be taken one after the other, each as soon as
// it may begin.
func inTime(sh *scheduler.Shift, now scheduler.Time, row []*scheduler.Break) bool {
	for _, b := range row {
		begin := scheduler.Time(-1)
		for _, w := range stretches(sh, b) {
			if w.Close >= now && (begin < 0 || max(now, w.Open) < begin) {
				begin = max(now, w.Open)
			}
		}
		if begin < 0 {
			return false
		}
		now = begin + scheduler.Time(b.Duration)
	}
	return true
}

// priceBreaks prices the optional breaks that a route leaves out.
func priceBreaks(s *sheet, r *scheduler.Route, b *scheduler.Breakdown) {
	sh := s.shifts[r.Shift]
	for i := range sh.Breaks {
		pause := &sh.Breaks[i]
		taken := !pause.Optional
		for j := range r.Stops {
			taken = taken || r.Stops[j].Break == pause.ID
		}
		if !taken {
			b[scheduler.TermSkippedBreaks] += pause.SkipCost
		}
	}
}

// dearestBreaks is what leaving out all optional breaks costs.
func (s *sheet) dearestBreaks() scheduler.Cost {
	all := scheduler.Cost(0)
	for i := range s.p.Shifts {
		for _, pause := range s.p.Shifts[i].Breaks {
			if pause.Optional {
				all += pause.SkipCost
			}
		}
	}
	return all
}
