package dispatch

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

func pathOf(change int) string { return fmt.Sprintf("/changes/%d", change) }

// checkChanges notes everything wrong with changes in themselves.
func (s *Service) checkChanges(changes []Change) error {
	var faults Faults
	if len(changes) == 0 || len(changes) > maxChanges {
		faults.Add("/changes", "override.count", map[string]any{"most": maxChanges})
		return faults.Err()
	}
	for i, c := range changes {
		at := pathOf(i)
		faults.Check(c.VisitID != uuid.Nil || c.Kind == ChangeResequence || c.Kind == ChangeOvertime, at+"/visit_id", "field.required")
		switch c.Kind {
		case ChangeAssign:
			faults.Check(c.TechnicianID != uuid.Nil || c.ShiftID != uuid.Nil, at+"/technician_id", "field.required")
		case ChangeMove:
			faults.Check(c.Begin != nil, at+"/begin_at", "field.required")
		case ChangeSwap:
			faults.Check(c.OtherVisitID != uuid.Nil && c.OtherVisitID != c.VisitID, at+"/other_visit_id", "override.other_visit")
		case ChangeResequence:
			faults.Check(c.ShiftID != uuid.Nil, at+"/shift_id", "field.required")
			faults.Check(len(c.Order) <= maxPosition, at+"/order", "override.order")
		case ChangeOvertime:
			faults.Check(c.ShiftID != uuid.Nil, at+"/shift_id", "field.required")
			faults.Check(c.Overtime > 0 && c.Overtime <= maxOvertime, at+"/overtime", "override.overtime")
		case ChangePin, ChangeUnpin, ChangeUnassign, ChangeSplit:
		default:
			faults.Add(at+"/kind", "field.enum", nil)
		}
		if c.Begin != nil {
			faults.Check(c.Begin.After(s.clock()), at+"/begin_at", "window.past")
		}
		bounded(&faults, at+"/position", c.Position, 0, maxPosition)
		for j, pin := range c.Pins {
			faults.Check(slices.Contains([]PinKind{PinTechnician, PinPosition, PinTime}, pin), fmt.Sprintf("%s/pins/%d", at, j), "field.enum")
		}
	}
	return faults.Err()
}

// apply makes the draft as the changes want it, one after the other; each sees what those before it made.
func (s *Service) apply(d *draft, changes []Change) error {
	for i, c := range changes {
		if err := s.applyOne(d, pathOf(i), c); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) applyOne(d *draft, at string, c Change) error {
	for _, id := range []uuid.UUID{c.VisitID, c.OtherVisitID} {
		if id == uuid.Nil {
			continue
		}
		if err := d.changeable(id); err != nil {
			return err
		}
		d.named[id] = true
	}
	switch c.Kind {
	case ChangeAssign:
		return s.assignDraft(d, c)
	case ChangeMove:
		return s.moveDraft(d, c)
	case ChangeSwap:
		return d.swap(c)
	case ChangeResequence:
		return d.resequence(at, c)
	case ChangePin:
		return d.pin(c)
	case ChangeUnpin:
		d.unpin(c)
	case ChangeUnassign:
		return d.unassign(c)
	case ChangeOvertime:
		return d.extend(at, c)
	case ChangeSplit:
		return d.split(c)
	}
	return nil
}

// changeable refuses visits that no dispatcher moves any more, or that have no place in routes.
func (d *draft) changeable(id uuid.UUID) error {
	v := d.visits[id]
	switch {
	case v.Status.Over() || v.Status.UnderWay():
		return Conflict("visit.has_begun", map[string]any{"status": v.Status})
	case v.Mode == Hotline:
		return Conflict("visit.hotline", nil)
	case v.Status == Draft:
		return Conflict("override.draft", map[string]any{"visit": v.Reference})
	}
	if v.Assignment != nil {
		if _, here := d.order[v.Assignment.ShiftID]; !here || !slices.Contains(d.order[v.Assignment.ShiftID], id) {
			return Conflict("override.shift_over", map[string]any{"visit": v.Reference})
		}
	}
	return nil
}

// assignDraft gives a visit to a technician or shift and pins it there, at the position and the time given.
func (s *Service) assignDraft(d *draft, c Change) error {
	shifts, err := d.shiftsFor(c, d.visits[c.VisitID])
	if err != nil {
		return err
	}
	d.pull(c.VisitID)
	v := d.visits[c.VisitID]
	v.PinnedTechnician, v.PinnedPosition, v.PinnedStart = d.shifts[shifts[0]].TechnicianID, 0, nil
	if c.Begin != nil {
		at := c.Begin.UTC()
		v.PinnedStart = &at
		d.timed[v.ID] = true
	}
	d.visits[c.VisitID] = v
	if c.Position > 0 && len(shifts) == 1 {
		d.put(c.VisitID, shifts[0], c.Position-1-d.done[shifts[0]])
		d.setPosition(c.VisitID, shifts[0])
		return nil
	}
	return s.putBest(d, c.VisitID, shifts)
}

// setPosition pins a visit to where it is in the order of its shift.
func (d *draft) setPosition(id, shift uuid.UUID) {
	v := d.visits[id]
	v.PinnedPosition = min(d.done[shift]+slices.Index(d.order[shift], id)+1, maxPosition)
	d.visits[id] = v
}

// shiftsFor lists the shifts in which a change may place a visit: the one it names, the technician's that are on at the time it names, or
// those that meet the visit's windows, else all that are still to come.
func (d *draft) shiftsFor(c Change, v Visit) ([]uuid.UUID, error) {
	technician := c.TechnicianID
	if c.ShiftID != uuid.Nil {
		shift := d.shifts[c.ShiftID]
		if _, on := d.order[c.ShiftID]; !on || (technician != uuid.Nil && shift.TechnicianID != technician) {
			return nil, Conflict("override.no_shift", nil)
		}
		if c.Begin != nil && !d.lasts(shift).Contains(*c.Begin) {
			return nil, Conflict("override.no_shift", nil)
		}
		return []uuid.UUID{c.ShiftID}, nil
	}
	if technician == uuid.Nil && v.Assignment != nil {
		technician = v.Assignment.TechnicianID
	}
	var all, meeting []uuid.UUID
	for _, shift := range d.view.Shifts {
		if _, on := d.order[shift.ID]; !on || shift.TechnicianID != technician || (c.Begin != nil && !d.lasts(d.shifts[shift.ID]).Contains(*c.Begin)) {
			continue
		}
		all = append(all, shift.ID)
		if slices.ContainsFunc(v.open(), shift.Overlaps) {
			meeting = append(meeting, shift.ID)
		}
	}
	if len(meeting) > 0 {
		all = meeting
	}
	if len(all) == 0 {
		return nil, Conflict("override.no_shift", nil)
	}
	return all, nil
}

// lasts is a shift with its overtime.
func (d *draft) lasts(shift Shift) Span {
	return Span{Start: shift.Start, End: shift.End.Add(time.Duration(shift.Rules.Overtime) * time.Second)}
}

// open are the stretches in which the visit may begin: what its client was told, else its windows.
func (v Visit) open() []Span {
	if v.Promise != nil {
		return []Span{*v.Promise}
	}
	return v.Windows
}

// moveDraft has a visit begin at a moment, with the technician who has it.
func (s *Service) moveDraft(d *draft, c Change) error {
	v := d.visits[c.VisitID]
	if v.Assignment == nil {
		return Conflict("override.no_place", map[string]any{"visit": v.Reference})
	}
	shifts, err := d.shiftsFor(c, v)
	if err != nil {
		return err
	}
	d.pull(c.VisitID)
	v = d.visits[c.VisitID]
	at := c.Begin.UTC()
	v.PinnedStart, v.PinnedPosition = &at, 0
	if v.PinnedTechnician != uuid.Nil {
		v.PinnedTechnician = d.shifts[shifts[0]].TechnicianID
	}
	d.visits[c.VisitID], d.timed[c.VisitID] = v, true
	return s.putBest(d, c.VisitID, shifts)
}

// swap has two visits take each other's place, each with the other's technician.
func (d *draft) swap(c Change) error {
	a, b := d.visits[c.VisitID], d.visits[c.OtherVisitID]
	for _, v := range []Visit{a, b} {
		if v.Assignment == nil {
			return Conflict("override.no_place", map[string]any{"visit": v.Reference})
		}
	}
	here, there := a.Assignment.ShiftID, b.Assignment.ShiftID
	i, j := slices.Index(d.order[here], a.ID), slices.Index(d.order[there], b.ID)
	d.pull(a.ID)
	d.pull(b.ID)
	if here == there && i > j {
		here, there, i, j, a, b = there, here, j, i, b, a
	}
	d.put(b.ID, here, i)
	d.put(a.ID, there, j)
	for _, id := range []uuid.UUID{a.ID, b.ID} {
		v := d.visits[id]
		v.PinnedTechnician, v.PinnedPosition, v.PinnedStart = v.Assignment.TechnicianID, 0, nil
		d.visits[id] = v
	}
	return nil
}

// resequence has a shift's visits come in another order, and stay in it.
func (d *draft) resequence(at string, c Change) error {
	order, on := d.order[c.ShiftID]
	if !on {
		return Conflict("override.no_shift", nil)
	}
	sorted := func(ids []uuid.UUID) []uuid.UUID {
		return slices.SortedFunc(slices.Values(ids), func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	}
	if !slices.Equal(sorted(order), sorted(c.Order)) {
		var faults Faults
		faults.Add(at+"/order", "override.order", nil)
		return faults.Err()
	}
	d.order[c.ShiftID] = slices.Clone(c.Order)
	d.touched[c.ShiftID] = true
	for _, id := range c.Order {
		v := d.visits[id]
		v.PinnedTechnician = v.Assignment.TechnicianID
		d.visits[id], d.named[id] = v, true
		d.setPosition(id, c.ShiftID)
	}
	return nil
}

// wants reports whether a change is about this kind of pin.
func (c Change) wants(pin PinKind) bool { return len(c.Pins) == 0 || slices.Contains(c.Pins, pin) }

// pin fixes a visit where it is.
func (d *draft) pin(c Change) error {
	v := d.visits[c.VisitID]
	if v.Assignment == nil {
		return Conflict("override.no_place", map[string]any{"visit": v.Reference})
	}
	d.touched[v.Assignment.ShiftID] = true
	if c.wants(PinTechnician) {
		v.PinnedTechnician = v.Assignment.TechnicianID
	}
	if c.wants(PinTime) {
		at := v.Assignment.Begin.UTC()
		v.PinnedStart = &at
	}
	d.visits[v.ID] = v
	if c.wants(PinPosition) {
		d.setPosition(v.ID, v.Assignment.ShiftID)
	}
	return nil
}

func (d *draft) unpin(c Change) {
	v := d.visits[c.VisitID]
	if v.Assignment != nil {
		d.touched[v.Assignment.ShiftID] = true
	}
	if c.wants(PinTechnician) {
		v.PinnedTechnician = uuid.Nil
	}
	if c.wants(PinPosition) {
		v.PinnedPosition = 0
	}
	if c.wants(PinTime) {
		v.PinnedStart = nil
	}
	d.visits[v.ID] = v
}

// unassign takes a visit out of its route, and its pins away.
func (d *draft) unassign(c Change) error {
	v := d.visits[c.VisitID]
	switch {
	case v.Status == Held:
		return Conflict("override.held", map[string]any{"visit": v.Reference})
	case v.Assignment == nil:
		return Conflict("override.no_place", map[string]any{"visit": v.Reference})
	}
	d.pull(c.VisitID)
	v = d.visits[c.VisitID]
	v.PinnedTechnician, v.PinnedPosition, v.PinnedStart = uuid.Nil, 0, nil
	d.visits[c.VisitID] = v
	return nil
}

// extend lets a shift go on for longer.
func (d *draft) extend(at string, c Change) error {
	shift, known := d.shifts[c.ShiftID]
	if _, on := d.order[c.ShiftID]; !known || !on {
		return Conflict("override.no_shift", nil)
	}
	shift.Rules.Overtime += c.Overtime
	var faults Faults
	faults.Check(shift.Rules.Overtime <= maxOvertime && !shift.Rules.Pool, at+"/overtime", "override.overtime")
	d.shifts[shift.ID], d.touched[shift.ID] = shift, true
	return faults.Err()
}

// split takes a visit out of its crew; the others stay together.
func (d *draft) split(c Change) error {
	links := map[uuid.UUID]VisitLinks{}
	for id, v := range d.visits {
		links[id] = v.Links
	}
	crew := crews(links)
	var rest []uuid.UUID
	for id := range d.visits {
		if crew[id] == crew[c.VisitID] && id != c.VisitID {
			rest = append(rest, id)
		}
	}
	if len(rest) == 0 {
		return Conflict("override.no_crew", map[string]any{"visit": d.visits[c.VisitID].Reference})
	}
	slices.SortFunc(rest, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	for i, id := range append(slices.Clone(rest), c.VisitID) {
		v := d.visits[id]
		v.Links.Together = nil
		if i == 0 {
			v.Links.Together = rest[1:]
		}
		d.visits[id] = v
		if v.Assignment != nil {
			d.touched[v.Assignment.ShiftID] = true
		}
		d.named[id] = true
	}
	return nil
}
