package scheduler

import "tournee/scheduler/internal/core"

// RouteCosts says what each stop of a route causes. The stops and the shift add
// up, term by term, to the route's cost; all routes and the unassigned visits to
// the plan's.
type RouteCosts struct {
	Shift string
	Stops []Breakdown // per stop of the route: the way there, waiting there, who does it, how late
	Whole Breakdown   // of the shift as a whole: its use, its hours and overtime, its share, the way back
}

// Costs tells for every route in use, in the plan's order, what causes its
// cost.
func (l *Live) Costs() []RouteCosts {
	var out []RouteCosts
	var read core.Reading
	shares := sharer{l.m.x, map[int32]core.Person{}}
	for i := range l.m.x.p.Shifts {
		if s := int32(i); l.s.Used(s) {
			route := l.m.priced(l.s, s, &read, &shares)
			out = append(out, l.m.causes(s, &route, &read))
		}
	}
	return out
}

// causes splits the cost of a route among its stops. What is rounded once for
// the whole route is told by its growth from stop to stop.
func (m *Model) causes(s int32, route *Route, read *core.Reading) RouteCosts {
	out := RouteCosts{Shift: route.Shift, Stops: make([]Breakdown, len(read.Stops)), Whole: route.Cost}
	waited := int32(0)
	for i, st := range read.Stops {
		b := &out.Stops[i]
		m.x.leg(s, st, b)
		if st.Node < m.core.Visits {
			b.Add(m.x.assignmentTerms(st.Node, m.core.Shifts[s].Technician))
			b[TermVisitPrice] += m.x.p.Shifts[s].VisitCost
		}
		before := m.core.WaitingCost(waited)
		waited += st.Begin - st.Arrive
		b[TermWaiting] = Cost(m.core.WaitingCost(waited) - before)
	}
	for _, c := range read.Charges {
		if i := int(c.Stop) - 1; i >= 0 && i < len(out.Stops) {
			out.Stops[i][walkedTerms[c.Term]] += Cost(c.Amount)
		}
	}
	for i := range out.Stops {
		for t, c := range out.Stops[i] {
			out.Whole[t] -= c
		}
	}
	return out
}
