package scheduler

// Rule: unpleasant stretches are shared out. The visits that a technician begins
// in them cost by their square, those of before counted in.

func (x *index) checkUnpleasant(f *faults) {
	x.checkWindows(f, "/unpleasant", x.p.Unpleasant)
	for i := range x.p.Technicians {
		count(f, at("/technicians", i)+"/unpleasant", x.p.Technicians[i].Unpleasant, MaxCount)
	}
}
