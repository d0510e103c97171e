package scheduler

import (
	"cmp"
	"slices"
)

// Rule: a shift in use takes each of its breaks, beginning between the break's
// earliest and latest start. A break that what is frozen, or another break such
// as an absence at a fixed time, makes impossible is not owed: the route tells
// it as missed.

func (x *index) checkBreaks(f *faults, path string, s *Shift) {
	seen := make(map[string]bool, len(s.Breaks))
	for i, b := range s.Breaks {
		p := at(path, i)
		switch {
		case b.ID == "":
			f.addf(p+"/id", "missing", "must not be empty")
		case seen[b.ID]:
			f.addf(p+"/id", "duplicate", "break %q comes twice", b.ID)
		}
		seen[b.ID] = true
		duration(f, p+"/duration", b.Duration, MaxHorizon)
		cost(f, p+"/skip_cost", b.SkipCost, MaxCost)
		checkBreakWindow(f, p, s, &b, Window{b.Earliest, b.Latest})
		for j, w := range b.Windows {
			checkBreakWindow(f, at(p+"/windows", j), s, &b, w)
		}
	}
}

// checkBreakWindow faults one of the stretches in which a break may begin.
func checkBreakWindow(f *faults, path string, s *Shift, b *Break, w Window) {
	open, end := int64(w.Open), int64(w.Close)+int64(b.Duration)
	if b.FromStart {
		open, end = open+int64(s.Start), end+int64(s.Start)
	}
	if w.Close < w.Open {
		f.addf(path, "ends_before_start", "the latest start is before the earliest")
	}
	if open < int64(s.Start) || end > int64(s.End) {
		f.addf(path, "outside_shift", "the break does not lie within its shift")
	}
}

// missedBreaks lists the ids of breaks that are neither frozen nor owed.
func missedBreaks(s *Shift) []string {
	kept := make(map[string]bool, len(s.Breaks))
	for _, stop := range s.Frozen {
		kept[stop.Break] = true
	}
	for _, i := range owedBreaks(s) {
		kept[s.Breaks[i].ID] = true
	}
	var out []string
	for i := range s.Breaks {
		if id := s.Breaks[i].ID; !kept[id] {
			out = append(out, id)
		}
	}
	return out
}

// owedBreaks lists, by index and in the order they can be taken, the breaks
// still ahead of a shift: those not frozen that can begin in time after the
// frozen stops and one another, soonest latest start first.
func owedBreaks(s *Shift) []int {
	free := s.Start
	taken := make(map[string]bool, len(s.Frozen))
	for _, stop := range s.Frozen {
		free = stop.Depart
		taken[stop.Break] = true
	}
	order := make([]int, len(s.Breaks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.Breaks[a].Latest, s.Breaks[b].Latest) })
	var owed []int
	for _, i := range order {
		b := &s.Breaks[i]
		if taken[b.ID] || free > b.Latest {
			continue
		}
		free = max(free, b.Earliest) + Time(b.Duration)
		owed = append(owed, i)
	}
	return owed
}
