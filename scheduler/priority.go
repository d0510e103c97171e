package scheduler

// Rule: every visit can be left out, at a cost. By default that is its
// DropCost. Where Weights.Lexicographic is set, plans are compared by the sum of
// the priorities left out first, then by how many visits are left out, then by
// all costs. Leaving out a mandatory visit costs more than everything else
// together.

func checkPriority(f *faults, path string, v *Visit) {
	count(f, path+"/priority", v.Priority, MaxPriority)
}

// weighPriorities finds what leaving a visit out weighs beside its DropCost.
// With n visits that are not mandatory, and M more than any money there is to
// pay, a visit weighs M and a point of priority (n+1) x M, so that no saving
// makes up for more of either. It faults a problem that this takes beyond what
// can be summed safely.
func (x *index) weighPriorities(f *faults, mandatory Cost) {
	most := x.mostMoney()
	x.ceiling = most
	if !x.p.Weights.Lexicographic {
		return
	}
	optional := Cost(len(x.p.Visits)) - mandatory
	x.each, x.point = most, times(most, optional+1)
	for v := range x.p.Visits {
		if !x.mandatory(int32(v)) {
			x.ceiling = plus(x.ceiling, x.each, times(x.point, Cost(x.p.Visits[v].Priority)))
		}
	}
	if times(x.ceiling, mandatory+1) >= tooMuch {
		f.addf("/weights/lexicographic", "cost_overflow",
			"the priorities of %d visits cannot be weighed above costs up to %d and below %d mandatory visits; lower the priorities or costs, or plan fewer visits at once",
			optional, most, mandatory)
	}
}

// mandatory says whether leaving v out must cost more than all else.
func (x *index) mandatory(v int32) bool { return x.p.Visits[v].Mandatory || x.pins[v] != nil }

// drop is what leaving v out costs.
func (x *index) drop(v int32) Cost {
	if x.mandatory(v) {
		return x.ceiling
	}
	visit := &x.p.Visits[v]
	return visit.DropCost + x.each + Cost(visit.Priority)*x.point
}
