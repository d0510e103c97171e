package scheduler

import (
	"slices"
	"strings"

	"tournee/scheduler/internal/core"
)

// Explain says for every technician what stands between a visit and each of
// their shifts, the rest of the plan staying as it is, or that it fits and at
// what cost. A planned visit is explained as if it were not in the plan.
func Explain(p *Problem, plan *Plan, visit string) ([]Why, error) {
	m, err := Compile(p)
	if err != nil {
		return nil, err
	}
	l, err := m.Load(plan)
	if err != nil {
		return nil, err
	}
	return l.Explain(visit)
}

// Explain says for every technician what stands between a visit and each of
// their shifts; see the function of the same name. The error is an *Invalid
// when the visit is unknown.
func (l *Live) Explain(visit string) ([]Why, error) {
	var f faults
	if !known(&f, l.m.x.visits, "/visit", "visit", visit) {
		return nil, f.err()
	}
	v := l.m.x.visits[visit]
	var why []Why
	l.s.Without(v, func() { why = l.why(v) })
	return why, nil
}

// why explains a visit that is not in the plan.
func (l *Live) why(v int32) []Why {
	x := l.m.x
	out := make([]Why, 0, len(x.p.Technicians))
	for t := range x.p.Technicians {
		var reasons []Reason
		id := x.p.Technicians[t].ID
		if x.frozen[v] >= 0 {
			reasons = append(reasons, Reason{"under_way", map[string]any{"shift": x.p.Shifts[x.frozen[v]].ID}})
		}
		x.allows(v, int32(t), &reasons)
		if len(x.shiftsOf[t]) == 0 {
			reasons = append(reasons, Reason{"no_shift", map[string]any{}})
		}
		if len(reasons) > 0 {
			out = append(out, Why{Technician: id, Reasons: reasons})
			continue
		}
		for _, s := range x.shiftsOf[t] {
			w := l.whyShift(v, s)
			w.Technician, w.Shift = id, x.p.Shifts[s].ID
			out = append(out, w)
		}
	}
	return out
}

// whyShift explains a visit and a shift whose technician may do it.
func (l *Live) whyShift(v, s int32) Why {
	x := l.m.x
	if x.pinnedElsewhere(v, s) {
		return Why{Reasons: []Reason{{"pinned_to_shift", map[string]any{"shift": x.pins[v].Shift}}}}
	}
	if !x.candidate(l.m.core, v, s) {
		return Why{Reasons: []Reason{{"window_outside_shift", map[string]any{}}}}
	}
	if l.s.Closed(s) {
		return Why{Reasons: []Reason{{"route_broken", map[string]any{}}}}
	}
	if past, ok := x.positionPast(v, s); ok {
		return Why{Reasons: []Reason{past}}
	}
	if link, forbidden := l.s.LinkForbids(v, s); forbidden {
		technician := ""
		if other := l.s.ShiftOf(link.Other); other >= 0 {
			technician = x.p.Shifts[other].Technician
		}
		return Why{Reasons: []Reason{x.linkForbids(v, link, technician)}}
	}
	if best, ok := l.cheapest(v, s); ok {
		return l.feasible(v, best)
	}
	if reasons := l.alone(v, s); len(reasons) > 0 {
		return Why{Reasons: reasons}
	}
	if reasons := l.walkedWhy(v, s); len(reasons) > 0 {
		return Why{Reasons: reasons}
	}
	return Why{Reasons: l.blocked(v, s)}
}

func (l *Live) cheapest(v, s int32) (core.Option, bool) {
	options := l.s.Options(s, v, nil)
	if len(options) == 0 {
		return core.Option{}, false
	}
	return slices.MinFunc(options, func(a, b core.Option) int { return int(min(1, max(-1, a.Delta-b.Delta))) }), true
}

func (l *Live) feasible(v int32, o core.Option) Why {
	w := Why{Feasible: true, Cost: Cost(o.Delta)}
	if drop := l.m.core.Nodes[v].Drop; o.Delta > drop {
		w.Reasons = []Reason{{"dropped_for_cost", map[string]any{"cost": o.Delta, "drop_cost": drop, "difference": o.Delta - drop}}}
	}
	return w
}

// alone says why a visit does not fit in a shift even with no other visit than
// the frozen ones: the order of it and the breaks that breaks the least.
func (l *Live) alone(v, s int32) []Reason {
	o := l.m.core.Alone(s, v, false)
	switch {
	case o.Unreachable:
		return []Reason{{"unreachable", map[string]any{"mode": l.m.x.travel(s).Mode}}}
	case o.Overload:
		return []Reason{l.m.x.overload(v, s)}
	case o.Misses > 0:
		return []Reason{{"break", map[string]any{}}}
	}
	var out []Reason
	if o.Late > 0 {
		code := "window_closed"
		if l.m.core.Alone(s, v, true).Late == 0 {
			code = "too_far"
		}
		out = append(out, Reason{code, minutes(o.Late)})
	}
	if shift := &l.m.core.Shifts[s]; o.Over > 0 {
		code := "shift_end"
		if shift.End > shift.Regular {
			code = "overtime"
		}
		if l.m.x.lasts(v, shift.Technician).Duration > Seconds(shift.End-shift.Start) {
			code = "shift_too_short"
		}
		out = append(out, Reason{code, minutes(o.Over)})
	}
	return out
}

// minutes gives a length of time exactly and for reading, rounded up.
func minutes(seconds int32) map[string]any {
	return map[string]any{"seconds": int64(seconds), "minutes": int64(seconds+59) / 60}
}

// blocked names what is in the way of a visit that would fit alone: the breaks
// as they are placed, or a least set of visits without which it would fit.
func (l *Live) blocked(v, s int32) []Reason {
	if l.s.FitsWithBreaksMoved(s, v) {
		return []Reason{{"break_in_the_way", map[string]any{}}}
	}
	set := l.s.Blockers(s, v, func(u int32) bool { return l.m.x.pins[u] != nil })
	names := make([]string, len(set))
	pinned := 0
	for i, u := range set {
		names[i] = l.m.x.p.Visits[u].ID
		if l.m.x.pins[u] != nil {
			pinned++
		}
	}
	params := map[string]any{"visits": strings.Join(names, ", "), "count": int64(len(names)), "pinned": int64(pinned)}
	return []Reason{{"blocked_by", params}}
}
