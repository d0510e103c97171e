package scheduler

import "tournee/scheduler/internal/core"

// Rule: a visit begins no earlier than its preferred window and the window that
// was told open; each hour after they close, and each hour after a promise is
// due, has a price. Three deadlines, three terms: see prefer, told and due.

func (x *index) checkLateness(f *faults, path string, v *Visit) {
	if v.Prefer != nil {
		x.checkWindow(f, path+"/prefer", *v.Prefer)
	}
	if v.Due != nil {
		x.within(f, path+"/due", *v.Due)
	}
	cost(f, path+"/late_hour", v.LateHour, MaxWeight)
	if v.Told != nil {
		x.checkTold(f, path+"/told", v.Told)
	}
}

func (x *index) checkTold(f *faults, path string, told *Told) {
	if told.Technician == "" && told.Window == nil {
		f.addf(path, "missing", "neither a technician nor a window was told")
	}
	if told.Technician != "" {
		known(f, x.technicians, path+"/technician", "technician", told.Technician)
	}
	if told.Window != nil {
		x.checkWindow(f, path+"/window", *told.Window)
	}
	if told.Percent < 0 || told.Percent > maxPercent {
		f.addf(path+"/percent", "out_of_range", "%d is not between 0 and %d", told.Percent, maxPercent)
	}
}

func (m *Model) compileDeadlines() (used bool) {
	for v := range m.x.p.Visits {
		m.core.Nodes[v].Deadlines = m.x.deadlines(int32(v))
		used = used || len(m.core.Nodes[v].Deadlines) > 0
	}
	return used
}

// deadlines lists what a visit may be late for, at a price.
func (x *index) deadlines(v int32) (out []core.Deadline) {
	visit := &x.p.Visits[v]
	add := func(at Time, hour Cost, term core.Term, done bool) {
		if hour > 0 {
			out = append(out, core.Deadline{At: int32(at), Hour: int64(hour), Term: term, Done: done})
		}
	}
	if visit.Prefer != nil {
		add(visit.Prefer.Close, x.p.Weights.PreferHour, core.PreferLate, false)
	}
	if visit.Told != nil && visit.Told.Window != nil {
		add(visit.Told.Window.Close, x.toldHour(visit), core.ToldLate, false)
	}
	if visit.Due != nil {
		add(*visit.Due, visit.LateHour, core.Late, true)
	}
	return out
}

// toldHour is the price of an hour after the window that was told.
func (x *index) toldHour(v *Visit) Cost {
	return x.p.Weights.ToldHour * Cost(v.Told.Percent) / 100
}

// notBefore is the moment that a visit may not begin before, whatever its
// windows.
func notBefore(v *Visit) Time {
	least := Time(0)
	if v.Prefer != nil {
		least = max(least, v.Prefer.Open)
	}
	if v.Told != nil && v.Told.Window != nil {
		least = max(least, v.Told.Window.Open)
	}
	return least
}

func (x *index) dearestLateness() Cost {
	total := Cost(0)
	for v := range x.p.Visits {
		for _, d := range x.deadlines(int32(v)) {
			total += hourly(2*x.p.Length, Cost(d.Hour))
		}
	}
	return total
}
