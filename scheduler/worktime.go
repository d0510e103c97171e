package scheduler

// Rule: a shift in use is paid by WorkHour, whole, or from leaving as late as
// is still possible where the technician is Free; after its End it may go on
// for its Overtime, at OvertimeHour, until the technician's next shift starts.

func (x *index) checkWorkTime(f *faults, path string, s *Shift) {
	duration(f, path+"/overtime", s.Overtime, x.p.Length)
	cost(f, path+"/overtime_hour", s.OvertimeHour, MaxWeight)
	cost(f, path+"/work_hour", s.WorkHour, MaxWeight)
}

func (m *Model) compileWorkTime() (used bool) {
	for i := range m.x.p.Shifts {
		s, c := &m.x.p.Shifts[i], &m.core.Shifts[i]
		c.End = c.Regular + int32(m.x.overtime(int32(i)))
		c.OvertimeHour, c.WorkHour, c.Free = int64(s.OvertimeHour), int64(s.WorkHour), s.Free
		c.Cost += int64(m.x.paidShift(int32(i)))
		used = used || (s.Overtime > 0 && s.OvertimeHour > 0) || s.Free
	}
	return used
}

// overtime is how long a shift may go on after its end: no longer than until
// the technician's next one starts, since nobody works two at once.
func (x *index) overtime(s int32) Seconds {
	shift := &x.p.Shifts[s]
	allowed := shift.Overtime
	for _, o := range x.shiftsOf[x.technicians[shift.Technician]] {
		if next := &x.p.Shifts[o]; o != s && next.Start >= shift.End {
			allowed = min(allowed, Seconds(next.Start-shift.End))
		}
	}
	return allowed
}

// paidShift is the price of a shift's own hours, where they are paid whole.
func (x *index) paidShift(s int32) Cost {
	shift := &x.p.Shifts[s]
	if shift.Free {
		return 0
	}
	return hourly(Seconds(shift.End-shift.Start), shift.WorkHour)
}

func (x *index) dearestWorkTime() Cost {
	total := Cost(0)
	for i := range x.p.Shifts {
		s := &x.p.Shifts[i]
		total += hourly(2*x.p.Length, s.WorkHour) + hourly(2*x.p.Length, s.OvertimeHour)
	}
	return total
}
