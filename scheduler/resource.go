package scheduler

// Rule: a scarce thing is held by no more visits at one moment than there are
// of it.

func (x *index) checkResources(f *faults) {
	for i := range x.p.Resources {
		r, path := &x.p.Resources[i], at("/resources", i)
		count(f, path+"/quantity", r.Quantity, MaxCount)
		duration(f, path+"/turnaround", r.Turnaround, MaxHorizon)
	}
}
