package scheduler

// Rule: a technician leaves no earlier than the shift's start and is at its
// end place by its end.

func (x *index) checkShift(f *faults, path string, s *Shift) {
	known(f, x.technicians, path+"/technician", "technician", s.Technician)
	inside := x.within(f, path+"/start", s.Start)
	inside = x.within(f, path+"/end", s.End) && inside
	if inside && s.End < s.Start {
		f.add(path+"/end", "ends_before_start", "the shift ends before it starts")
		inside = false
	}
	x.place(f, path+"/start_place", s.StartPlace)
	x.place(f, path+"/end_place", s.EndPlace)
	cost(f, path+"/cost", s.Cost, MaxCost)
	if inside {
		x.checkBreaks(f, path+"/breaks", s)
	}
	x.checkFrozen(f, path+"/frozen", s)
}
