package scheduler

import (
	"cmp"
	"slices"

	"tournee/scheduler/internal/core"
)

// Rule: a shift in use takes each of its breaks, beginning inside one of the
// break's windows. An optional break may be left out at its price. A break that
// what is frozen, or another break such as an absence at a fixed time, makes
// impossible is not owed. The route tells the breaks it does not take as missed.

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

// missedBreaks lists the ids of breaks that a route does not take: those that
// cannot be taken, and optional ones left out.
func missedBreaks(s *Shift, taken []Stop) []string {
	var out []string
	for i := range s.Breaks {
		id := s.Breaks[i].ID
		if !slices.ContainsFunc(taken, func(stop Stop) bool { return stop.Break == id }) {
			out = append(out, id)
		}
	}
	return out
}

// breakWindows are the stretches in which a break may begin, counted from the
// horizon's start.
func breakWindows(s *Shift, b *Break) []core.Window {
	ws := append([]Window{{b.Earliest, b.Latest}}, b.Windows...)
	if b.FromStart {
		for i := range ws {
			ws[i].Open += s.Start
			ws[i].Close += s.Start
		}
	}
	return joined(ws)
}

// owedBreaks lists, by index and in an order in which they can be taken, the
// breaks still ahead of a shift. One by one, soonest latest start first, a break
// that is neither frozen nor optional is owed if it can be taken after the
// frozen stops before, between or after those owed already.
func owedBreaks(s *Shift) []int {
	free := s.Start
	frozen := frozenBreaks(s)
	if n := len(s.Frozen); n > 0 {
		free = s.Frozen[n-1].Depart
	}
	windows := make([][]core.Window, len(s.Breaks))
	var order, owed []int
	for i := range s.Breaks {
		windows[i] = breakWindows(s, &s.Breaks[i])
		if b := &s.Breaks[i]; !b.Optional && !frozen[b.ID] {
			order = append(order, i)
		}
	}
	latest := func(i int) int32 { return windows[i][len(windows[i])-1].Close }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(latest(a), latest(b)) })
	possible := func(order []int) bool {
		now := int32(free)
		for _, i := range order {
			at := slices.IndexFunc(windows[i], func(w core.Window) bool { return now <= w.Close })
			if at < 0 {
				return false
			}
			now = max(now, windows[i][at].Open) + int32(s.Breaks[i].Duration)
		}
		return true
	}
	for _, i := range order {
		for at := len(owed); at >= 0; at-- {
			if with := slices.Insert(slices.Clone(owed), at, i); possible(with) {
				owed = with
				break
			}
		}
	}
	return owed
}

func frozenBreaks(s *Shift) map[string]bool {
	out := make(map[string]bool, len(s.Frozen))
	for _, stop := range s.Frozen {
		out[stop.Break] = true
	}
	return out
}

// compileOptionalBreaks prices the breaks that may be left out.
func (m *Model) compileOptionalBreaks() (used bool) {
	for i := range m.x.p.Shifts {
		s, c := &m.x.p.Shifts[i], &m.core.Shifts[i]
		frozen := frozenBreaks(s)
		for j := range s.Breaks {
			b := &s.Breaks[j]
			if !b.Optional {
				continue
			}
			node := m.nodes[stopID{int32(i), b.ID}]
			m.core.Nodes[node].Skip = int64(b.SkipCost)
			c.Skip += int64(b.SkipCost)
			if !frozen[b.ID] {
				c.Optional = append(c.Optional, node)
				m.core.Optional = true
			}
			used = used || b.SkipCost > 0
		}
	}
	return used
}

func (x *index) dearestBreaks() Cost {
	total := Cost(0)
	for i := range x.p.Shifts {
		for _, b := range x.p.Shifts[i].Breaks {
			if b.Optional {
				total += b.SkipCost
			}
		}
	}
	return total
}
