package scheduler

// Rule: between the end of a technician's shift and the start of the next lies
// the rest that is owed.

func (x *index) checkRest(f *faults) { duration(f, "/rest", x.p.Rest, MaxHorizon) }
