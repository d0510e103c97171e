package scheduler

// KeptCosts is what the search keeps as the cost of every route in use.
func (l *Live) KeptCosts() []Cost {
	var out []Cost
	for i := range l.m.x.p.Shifts {
		if l.s.Used(int32(i)) {
			total := l.s.Cost(int32(i))
			out = append(out, Cost(total))
		}
	}
	return out
}

// KeptTotal is what the search keeps as the cost of the plan.
func (l *Live) KeptTotal() Cost { return Cost(l.s.Total()) }
