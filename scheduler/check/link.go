package check

import (
	"slices"

	"tournee/scheduler"
)

// link: a crew begins at one moment, each with another technician, or not at
// all; a visit after another is done only when the other is, keeps the gap, and
// has the technician asked. What is frozen happened: only what is not can be at
// fault.
func link(s *sheet, report report) {
	done := map[string]*scheduler.Stop{}
	who := map[string]string{}
	for i := range s.plan.Routes {
		r := &s.plan.Routes[i]
		for j := range r.Stops {
			if stop := &r.Stops[j]; stop.Visit != "" {
				done[stop.Visit], who[stop.Visit] = stop, s.shifts[r.Shift].Technician
			}
		}
	}
	for i := range s.p.Links {
		l := &s.p.Links[i]
		for j, b := range l.Visits {
			for _, a := range l.Visits[:j] {
				first, second := done[a], done[b]
				if first != nil && second != nil && first.Frozen && second.Frozen {
					continue
				}
				switch l.Kind {
				case scheduler.Together:
					together(l, a, b, first, second, who, report)
				case scheduler.After:
					after(l, a, b, first, second, who, report)
				}
			}
		}
	}
}

func together(l *scheduler.Link, a, b string, first, second *scheduler.Stop, who map[string]string, report report) {
	switch {
	case first == nil && second == nil:
	case first == nil && second.Frozen || second == nil && first.Frozen:
	case first == nil || second == nil:
		report("", a, "link %q: of %q and %q only one is done", l.ID, a, b)
	case first.Begin != second.Begin:
		report("", a, "link %q: begins at %d, %q at %d", l.ID, first.Begin, b, second.Begin)
	case who[a] == who[b]:
		report("", a, "link %q: %q does %q as well", l.ID, who[a], b)
	}
}

func after(l *scheduler.Link, a, b string, first, second *scheduler.Stop, who map[string]string, report report) {
	if second == nil || first == nil && second.Frozen {
		return
	}
	if first == nil {
		report("", b, "link %q: %q, before it, is not done", l.ID, a)
		return
	}
	gap := scheduler.Seconds(second.Begin - first.Depart)
	if gap < l.Least || l.Greatest > 0 && gap > l.Greatest {
		report("", b, "link %q: begins %d s after %q", l.ID, gap, a)
	}
	if l.Technician == scheduler.SameTechnician && who[a] != who[b] || l.Technician == scheduler.DifferentTechnician && who[a] == who[b] {
		report("", b, "link %q: done by %q, %q by %q", l.ID, who[b], a, who[a])
	}
}

// linked says whether a visit depends on others, or others on it.
func (s *sheet) linked(visit string) bool {
	for _, l := range s.p.Links {
		if slices.Contains(l.Visits, visit) {
			return true
		}
	}
	return false
}
