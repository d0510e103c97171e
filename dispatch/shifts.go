package dispatch

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
)

// ShiftDraft is a shift as a caller describes it; nil fields take the technician's home, transport and rules of shifts.
type ShiftDraft struct {
	ExternalID   string
	TechnicianID uuid.UUID
	Span
	StartPlace *geo.Position
	EndPlace   *geo.Position
	Transport  *geo.Mode
	Breaks     []Break
	Rules      *ShiftRules
}

// The longest shifts. An employee has a right to 11 hours of rest a day (Code du travail, L3131-1), which leaves 13.
const (
	maxShift         = 24 * time.Hour
	maxEmployeeShift = 13 * time.Hour
	maxBreaks        = 6
)

// visibleShift reads a shift of a given version: technicians see their own, dispatchers see all.
func (s *Service) visibleShift(ctx context.Context, p Principal, id uuid.UUID, version int) (Shift, error) {
	shift, err := s.store.Shift(ctx, id)
	if err != nil {
		return Shift{}, err
	}
	if !ownTechnician(p, shift.TechnicianID) {
		return Shift{}, NotFound("shift")
	}
	return shift, fresh(shift.Version, version, "shift")
}

// Shift gives one shift that the principal may see.
func (s *Service) Shift(ctx context.Context, p Principal, id uuid.UUID) (Shift, error) {
	return within(ctx, s, p, func(ctx context.Context) (Shift, error) { return s.visibleShift(ctx, p, id, 0) })
}

// Shifts lists the shifts that the principal may see.
func (s *Service) Shifts(ctx context.Context, p Principal, f SpanFilter, page Page) (Listing[Shift], error) {
	if p.Role == RoleTechnician {
		f.TechnicianID = p.TechnicianID
	}
	return within(ctx, s, p, func(ctx context.Context) (Listing[Shift], error) { return s.store.Shifts(ctx, f, page) })
}

// checkShift makes a shift of a draft, or notes everything wrong with it.
func (s *Service) checkShift(ctx context.Context, d ShiftDraft) (Shift, error) {
	var faults Faults
	t, err := s.store.Technician(ctx, d.TechnicianID)
	if err != nil && !missing(err) {
		return Shift{}, err
	}
	faults.Check(err == nil, "/technician_id", "technician.unknown")
	faults.line("/external_id", &d.ExternalID, maxExternalID)
	shift := Shift{
		ExternalID: d.ExternalID, TechnicianID: d.TechnicianID, Span: Span{Start: d.Start.UTC(), End: d.End.UTC()},
		StartPlace: t.Home, EndPlace: t.Home, Transport: t.Transport, Breaks: []Break{}, Rules: t.Rules.Shifts, RouteVersion: 1,
	}
	set(&shift.StartPlace, d.StartPlace)
	set(&shift.EndPlace, d.EndPlace)
	set(&shift.Transport, d.Transport)
	set(&shift.Rules, d.Rules)
	for _, b := range d.Breaks {
		shift.Breaks = append(shift.Breaks, b.utc())
	}
	faults.shiftRules("/rules", shift.Rules)
	faults.Check(!shift.Rules.Pool || len(shift.Breaks) == 0, "/breaks", "rules.not_in_pool")
	shift.Rules = stored(shift.Rules)
	faults.Check(shift.StartPlace.Validate() == nil, "/start_place", "position.coordinates")
	faults.Check(shift.EndPlace.Validate() == nil, "/end_place", "position.coordinates")
	faults.Check(shift.Transport < geo.Modes, "/transport", "transport.unknown")
	s.checkHours(&faults, shift, t.Employment)
	return shift, faults.Err()
}

func (s *Service) checkHours(faults *Faults, shift Shift, as Employment) {
	most, code := maxShift, "shift.too_long"
	if as == Employee {
		most, code = maxEmployeeShift, "shift.too_long_for_employee"
	}
	length := shift.End.Sub(shift.Start)
	switch {
	case length <= 0:
		faults.Add("/end", "window.ends_before_start", nil)
		return
	case length > most:
		faults.Add("/end", code, map[string]any{"hours": fmt.Sprintf("%.4g", length.Hours()), "most": most.Hours()})
	case shift.End.After(s.clock().Add(maxAhead)):
		faults.Add("/end", "window.too_far", nil)
	}
	if len(shift.Breaks) > maxBreaks {
		faults.Add("/breaks", "shift.break_count", map[string]any{"most": maxBreaks})
	}
	for i, b := range shift.Breaks {
		faults.shiftBreak(fmt.Sprintf("/breaks/%d", i), b, shift.Span)
	}
}

// maxBreakWindows is how many alternatives a break may have.
const maxBreakWindows = 4

// shiftBreak notes everything wrong with a break: exactly one way to say when, and wholly inside the shift.
func (f *Faults) shiftBreak(at string, b Break, shift Span) {
	lasts := time.Duration(b.Seconds) * time.Second
	if b.Seconds <= 0 || lasts > shift.End.Sub(shift.Start) {
		f.Add(at+"/duration", "shift.break_duration", nil)
		return
	}
	f.price(at+"/skip_price", b.SkipPrice)
	f.Check(b.Optional || b.SkipPrice == 0, at+"/skip_price", "shift.break_not_optional")
	f.count(at+"/windows", len(b.Windows), maxBreakWindows)
	ways := 0
	for _, given := range []bool{!b.Earliest.IsZero() || !b.Latest.IsZero(), len(b.Windows) > 0, b.After != nil} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		f.Add(at, "shift.break_when", nil)
		return
	}
	for i, w := range b.begins(shift.Start) {
		from, to := at, at+"/latest"
		switch {
		case b.After != nil:
			to = at + "/latest_after"
		case len(b.Windows) > 0:
			from, to = fmt.Sprintf("%s/windows/%d", at, i), fmt.Sprintf("%s/windows/%d/end", at, i)
		}
		switch {
		case w.End.Before(w.Start):
			f.Add(to, "window.ends_before_start", nil)
		case w.Start.Before(shift.Start) || w.End.Add(lasts).After(shift.End):
			f.Add(from, "shift.break_outside", nil)
		}
	}
}

// CreateShift makes a shift. One that overlaps another of the same technician is refused.
func (s *Service) CreateShift(ctx context.Context, p Principal, d ShiftDraft) (Shift, error) {
	return within(ctx, s, p, func(ctx context.Context) (Shift, error) { return s.insertShift(ctx, p, d) })
}

func (s *Service) insertShift(ctx context.Context, p Principal, d ShiftDraft) (Shift, error) {
	shift, err := s.checkShift(ctx, d)
	if err != nil {
		return Shift{}, err
	}
	shift.Record = s.newRecord()
	if err := s.store.InsertShift(ctx, shift); err != nil {
		return Shift{}, err
	}
	return shift, s.store.AppendEvents(ctx, shiftEvent(shift, p))
}

func shiftEvent(shift Shift, p Principal) Event {
	return technicianEvent(EventShiftUpdated, shift.TechnicianID, p, map[string]any{"shift": shift.ID})
}

// draft is a shift as its caller would describe it.
func (shift Shift) draft() ShiftDraft {
	return ShiftDraft{
		TechnicianID: shift.TechnicianID, Span: shift.Span, StartPlace: &shift.StartPlace, EndPlace: &shift.EndPlace, Transport: &shift.Transport,
		Breaks: slices.Clone(shift.Breaks), Rules: &shift.Rules,
	}
}

// PatchShift changes a shift of the given version: patch is applied to it as it stands. Its technician stays. Visits that no longer fit are
// taken off the route and placed again; one that has begun and no longer fits refuses the change.
func (s *Service) PatchShift(ctx context.Context, p Principal, id uuid.UUID, version int, patch func(*ShiftDraft)) (Shift, error) {
	return changing(ctx, s, p, func(ctx context.Context) (Shift, error) {
		old, err := s.visibleShift(ctx, p, id, version)
		if err != nil {
			return old, err
		}
		d := old.draft()
		patch(&d)
		d.TechnicianID = old.TechnicianID
		return s.replaceShift(ctx, p, old, d)
	})
}

// replaceShift writes a changed shift; one that is as before is left alone.
func (s *Service) replaceShift(ctx context.Context, p Principal, old Shift, d ShiftDraft) (Shift, error) {
	shift, err := s.checkShift(ctx, d)
	if err != nil {
		return Shift{}, err
	}
	shift.Record, shift.ExternalID, shift.RouteVersion, shift.PublishedAt = old.Record, old.ExternalID, old.RouteVersion, old.PublishedAt
	if old.DeletedAt == nil && sameShift(shift, old) {
		return old, nil
	}
	shift.Record = s.next(old.Record)
	if old.DeletedAt != nil {
		shift.PublishedAt = nil // nobody was told of the shift that comes back
	} else if err := s.releaseUnfit(ctx, p, old, shift); err != nil {
		return Shift{}, err
	}
	if err := s.store.UpdateShift(ctx, shift); err != nil {
		return Shift{}, overtaken(err)
	}
	return shift, s.store.AppendEvents(ctx, shiftEvent(shift, p))
}

func sameShift(a, b Shift) bool {
	return a.Start.Equal(b.Start) && a.End.Equal(b.End) && sameRoads(a, b)
}

// sameRoads reports whether the shifts begin, end, travel and pause alike, by the same rules.
func sameRoads(a, b Shift) bool {
	return a.StartPlace == b.StartPlace && a.EndPlace == b.EndPlace && a.Transport == b.Transport && reflect.DeepEqual(stored(a.Breaks), stored(b.Breaks)) &&
		reflect.DeepEqual(a.Rules, b.Rules)
}

// releaseUnfit takes off the route what no longer fits into the changed shift. Where its places, transport or breaks changed, every time in
// the route may be another: visits that the technician was not told of are placed again too, the others wait for the next planning run.
func (s *Service) releaseUnfit(ctx context.Context, p Principal, old, shift Shift) error {
	stops, err := s.lockStops(ctx, uuid.Nil, []uuid.UUID{old.ID})
	if err != nil || len(stops) == 0 {
		return err
	}
	absences, err := s.store.AbsencesDuring(ctx, shift.Span)
	if err != nil {
		return err
	}
	out, err := s.unfit(ctx, shift, absences, stops)
	if err != nil {
		return err
	}
	if v, begun := underWay(out); begun {
		return Conflict("shift.under_way", map[string]any{"status": v.Status})
	}
	if !sameRoads(old, shift) {
		for _, v := range stops {
			if v.Status == Planned && !slices.ContainsFunc(out, func(o Visit) bool { return o.ID == v.ID }) {
				out = append(out, v)
			}
		}
	}
	return s.release(ctx, p.Actor(), out, Reason{Code: "shift.changed"})
}

// UpsertShift makes the shift with this external id, or replaces the one there is; a repeat changes nothing.
func (s *Service) UpsertShift(ctx context.Context, p Principal, version int, in ShiftDraft) (shift Shift, created bool, err error) {
	return upserting[Shift]{
		noun:   "shift",
		find:   func(ctx context.Context) (Shift, error) { return s.store.ShiftByExternalID(ctx, in.ExternalID) },
		record: func(shift Shift) Record { return shift.Record },
		insert: func(ctx context.Context) (Shift, error) { return s.insertShift(ctx, p, in) },
		replace: func(ctx context.Context, old Shift) (Shift, error) {
			if old.TechnicianID != in.TechnicianID {
				return Shift{}, Conflict("record.identity", nil)
			}
			return s.replaceShift(ctx, p, old, in)
		},
	}.run(ctx, s, p, version)
}

// DeleteShift takes a shift of the given version out; its visits are placed again. It is refused while one is under way.
func (s *Service) DeleteShift(ctx context.Context, p Principal, id uuid.UUID, version int) error {
	return s.change(ctx, p, func(ctx context.Context) error {
		shift, err := s.visibleShift(ctx, p, id, version)
		if err != nil {
			return err
		}
		stops, err := s.lockStops(ctx, uuid.Nil, []uuid.UUID{id})
		if err != nil {
			return err
		}
		if v, begun := underWay(stops); begun {
			return Conflict("shift.under_way", map[string]any{"status": v.Status})
		}
		if err := s.release(ctx, p.Actor(), stops, Reason{Code: "shift.deleted"}); err != nil {
			return err
		}
		shift.Record = s.buried(shift.Record)
		if err := s.store.UpdateShift(ctx, shift); err != nil {
			return overtaken(err)
		}
		return s.store.AppendEvents(ctx, shiftEvent(shift, p))
	})
}
