package scheduler

// Rule: what a dispatcher pinned stays: the technician, the shift, the place
// in the shift's order, the moment of beginning.

func (x *index) checkPins(f *faults) {
	seen := make(map[string]int, len(x.p.Pins))
	for i := range x.p.Pins {
		pin, path := &x.p.Pins[i], at("/pins", i)
		if first, twice := seen[pin.Visit]; twice {
			f.addf(path+"/visit", "duplicate", "visit %q is already pinned at %s", pin.Visit, at("/pins", first))
		}
		seen[pin.Visit] = i
		v, ok := x.visits[pin.Visit]
		if !known(f, x.visits, path+"/visit", "visit", pin.Visit) {
			ok = false
		}
		if pin.Technician != "" {
			known(f, x.technicians, path+"/technician", "technician", pin.Technician)
		}
		if pin.Position < 0 {
			f.addf(path+"/position", "out_of_range", "position %d is below 1", pin.Position)
		}
		if pin.Shift != "" && known(f, x.shifts, path+"/shift", "shift", pin.Shift) {
			s := &x.p.Shifts[x.shifts[pin.Shift]]
			if pin.Technician != "" && s.Technician != pin.Technician {
				f.addf(path, "contradiction", "shift %q is not of technician %q", pin.Shift, pin.Technician)
			}
			if pin.Begin != nil && (*pin.Begin < s.Start || *pin.Begin > s.End) {
				f.addf(path+"/begin", "contradiction", "%d s is outside shift %q", *pin.Begin, pin.Shift)
			}
		}
		if pin.Technician == "" && pin.Shift == "" && pin.Position == 0 && pin.Begin == nil {
			f.addf(path, "missing", "nothing is pinned")
		}
		if !ok {
			continue
		}
		if x.frozen[v] >= 0 {
			f.addf(path+"/visit", "contradiction", "visit %q is frozen in shift %q already", pin.Visit, x.p.Shifts[x.frozen[v]].ID)
		}
		if pin.Begin != nil && x.within(f, path+"/begin", *pin.Begin) && !inWindows(x.p.Visits[v].Windows, *pin.Begin) {
			f.addf(path+"/begin", "contradiction", "%d s is in no window of visit %q", *pin.Begin, pin.Visit)
		}
	}
}

func inWindows(ws []Window, t Time) bool {
	for _, w := range ws {
		if w.Open <= t && t <= w.Close {
			return true
		}
	}
	return len(ws) == 0
}

func (x *index) pinAllows(v, t int32, why *[]Reason) bool {
	pin := x.pins[v]
	if pin == nil {
		return true
	}
	technician := pin.Technician
	if pin.Shift != "" {
		technician = x.p.Shifts[x.shifts[pin.Shift]].Technician
	}
	if technician == "" || technician == x.p.Technicians[t].ID {
		return true
	}
	if why != nil {
		*why = append(*why, Reason{"pinned_to_technician", map[string]any{"technician": technician}})
	}
	return false
}

// pinnedElsewhere says whether a pin keeps v out of a shift of an eligible
// technician.
func (x *index) pinnedElsewhere(v, shift int32) bool {
	pin := x.pins[v]
	return pin != nil && pin.Shift != "" && pin.Shift != x.p.Shifts[shift].ID
}

// positionPast says whether the frozen visits of a shift alone put v behind
// the position it is pinned to.
func (x *index) positionPast(v, shift int32) (Reason, bool) {
	pin := x.pins[v]
	if pin == nil || pin.Position == 0 {
		return Reason{}, false
	}
	before := 0
	for _, stop := range x.p.Shifts[shift].Frozen {
		if stop.Visit != "" {
			before++
		}
	}
	return Reason{"pinned_to_position", map[string]any{"position": pin.Position, "before": before}}, before >= pin.Position
}
