package scheduler

// Rule: hours are shared out. What a technician works costs by its square, what
// was worked before counted in.

func (x *index) checkHours(f *faults, path string, t *Technician) {
	duration(f, path+"/hours", t.Hours, MaxHorizon)
}
