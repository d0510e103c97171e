package check

import "tournee/scheduler"

// worktime: a shift goes on after its end no longer than its overtime, and one
// that may be left late is: a second later, something would begin outside its
// window, later than is free, or the route would end later.
func worktime(s *sheet, report report) {
	for i := range s.plan.Routes {
		r := &s.plan.Routes[i]
		sh := s.shifts[r.Shift]
		if !sh.Free && r.Start != sh.Start {
			report(r.Shift, "", "starts at %d, not with the shift at %d", r.Start, sh.Start)
		}
		if sh.Free && len(sh.Frozen) == 0 && s.couldLeaveLater(r) {
			report(r.Shift, "", "starts at %d, and could start later", r.Start)
		}
	}
}

// couldLeaveLater pushes a route by one second until a wait takes it up.
func (s *sheet) couldLeaveLater(r *scheduler.Route) bool {
	if len(s.mode(s.shifts[r.Shift]).Curves) > 0 {
		return s.couldPutOff(r)
	}
	for i := range r.Stops {
		stop := &r.Stops[i]
		if stop.Begin > stop.Arrive {
			return true
		}
		if !s.couldBegin(r, stop, stop.Begin+1) {
			return false
		}
	}
	return false
}

// couldBegin says whether a stop may begin at another moment at no more cost.
func (s *sheet) couldBegin(r *scheduler.Route, stop *scheduler.Stop, at scheduler.Time) bool {
	v := s.visits[stop.Visit]
	if stop.Depot != "" {
		return s.isOpen(s.depot(stop.Depot), at)
	}
	if v == nil {
		b := named(s.shifts[r.Shift], stop.Break)
		return pauses(s.shifts[r.Shift], b, at)
	}
	later := *stop
	later.Depart += at - stop.Begin
	later.Begin = at
	costs := false // even where a second is not worth a unit
	s.eachLate(&later, func(_ scheduler.Term, _ scheduler.Time, hour scheduler.Cost) { costs = costs || hour > 0 })
	if pin := s.pins[v.ID]; pin != nil && pin.Begin != nil || s.linked(v.ID) || len(v.Resources) > 0 || costs || at > scheduler.Time(s.p.Length) {
		return false
	}
	for _, w := range s.p.Unpleasant {
		in := func(t scheduler.Time) bool { return w.Open <= t && t <= w.Close }
		if s.p.Weights.Unpleasant > 0 && in(at) != in(stop.Begin) {
			return false
		}
	}
	for _, w := range v.Windows {
		if w.Open <= at && at <= w.Close {
			return true
		}
	}
	return len(v.Windows) == 0
}

// priceWorkTime prices paid time: the shift, or from leaving to the end; and
// what goes beyond its end.
func priceWorkTime(s *sheet, r *scheduler.Route, b *scheduler.Breakdown) {
	sh := s.shifts[r.Shift]
	paid := sh.End - sh.Start
	if sh.Free {
		paid = r.Finish - r.Start
	}
	b[scheduler.TermWork] += nearest(scheduler.Cost(paid)*sh.WorkHour, 3600)
	if over := r.Finish - sh.End; over > 0 {
		b[scheduler.TermOvertime] += nearest(scheduler.Cost(over)*sh.OvertimeHour, 3600)
	}
}

// dearestWorkTime is more than all time together can cost: two horizons, each
// shift.
func (s *sheet) dearestWorkTime() scheduler.Cost {
	all := scheduler.Cost(0)
	for i := range s.p.Shifts {
		sh := &s.p.Shifts[i]
		all += nearest(scheduler.Cost(2*s.p.Length)*sh.WorkHour, 3600) + nearest(scheduler.Cost(2*s.p.Length)*sh.OvertimeHour, 3600)
	}
	return all
}
