package dispatch

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// maxAbsence bounds one absence.
const maxAbsence = 366 * 24 * time.Hour

// visibleAbsence reads an absence of a given version: technicians see their own, dispatchers see all.
func (s *Service) visibleAbsence(ctx context.Context, p Principal, id uuid.UUID, version int) (Absence, error) {
	a, err := s.store.Absence(ctx, id)
	if err != nil {
		return Absence{}, err
	}
	if !ownTechnician(p, a.TechnicianID) {
		return Absence{}, NotFound("absence")
	}
	return a, fresh(a.Version, version, "absence")
}

// Absence gives one absence that the principal may see.
func (s *Service) Absence(ctx context.Context, p Principal, id uuid.UUID) (Absence, error) {
	return within(ctx, s, p, func(ctx context.Context) (Absence, error) { return s.visibleAbsence(ctx, p, id, 0) })
}

// Absences lists the absences that the principal may see.
func (s *Service) Absences(ctx context.Context, p Principal, f SpanFilter, page Page) (Listing[Absence], error) {
	if p.Role == RoleTechnician {
		f.TechnicianID = p.TechnicianID
	}
	return within(ctx, s, p, func(ctx context.Context) (Listing[Absence], error) { return s.store.Absences(ctx, f, page) })
}

// checkAbsence notes everything wrong with an absence.
func (s *Service) checkAbsence(ctx context.Context, p Principal, a *Absence) error {
	var faults Faults
	a.Start, a.End = a.Start.UTC(), a.End.UTC()
	_, err := s.store.Technician(ctx, a.TechnicianID)
	if err != nil && !missing(err) {
		return err
	}
	faults.Check(err == nil && ownTechnician(p, a.TechnicianID), "/technician_id", "technician.unknown")
	switch {
	case !a.Start.Before(a.End):
		faults.Add("/end", "window.ends_before_start", nil)
	case a.End.Sub(a.Start) > maxAbsence:
		faults.Add("/end", "absence.too_long", nil)
	}
	faults.Check(slices.Contains([]AbsenceKind{Sick, Holiday, Training, OtherAbsence}, a.Kind), "/kind", "absence.kind")
	return faults.Err()
}

// CreateAbsence takes a technician out for a while. Visits planned in that time that have not begun are taken off the routes and placed
// again. A technician enters his own.
func (s *Service) CreateAbsence(ctx context.Context, p Principal, a Absence) (Absence, error) {
	return changing(ctx, s, p, func(ctx context.Context) (Absence, error) {
		if err := s.checkAbsence(ctx, p, &a); err != nil {
			return Absence{}, err
		}
		a.Record = s.newRecord()
		return a, s.writeAbsence(ctx, p, a, a.Span, s.store.InsertAbsence)
	})
}

// PatchAbsence changes an absence of the given version: patch is applied to it as it stands. Whose it is stays.
func (s *Service) PatchAbsence(ctx context.Context, p Principal, id uuid.UUID, version int, patch func(*Absence)) (Absence, error) {
	return changing(ctx, s, p, func(ctx context.Context) (Absence, error) {
		old, err := s.visibleAbsence(ctx, p, id, version)
		if err != nil {
			return old, err
		}
		a := old
		patch(&a)
		a.TechnicianID = old.TechnicianID
		if err := s.checkAbsence(ctx, p, &a); err != nil {
			return Absence{}, err
		}
		if a.Kind == old.Kind && a.Start.Equal(old.Start) && a.End.Equal(old.End) {
			return old, nil
		}
		a.Record = s.next(old.Record)
		return a, s.writeAbsence(ctx, p, a, Span{Start: earliest(old.Start, a.Start), End: latest(old.End, a.End)}, s.store.UpdateAbsence)
	})
}

// DeleteAbsence takes an absence of the given version back: its time may be planned again.
func (s *Service) DeleteAbsence(ctx context.Context, p Principal, id uuid.UUID, version int) error {
	return s.change(ctx, p, func(ctx context.Context) error {
		a, err := s.visibleAbsence(ctx, p, id, version)
		if err != nil {
			return err
		}
		a.Record = s.buried(a.Record)
		return s.writeAbsence(ctx, p, a, a.Span, s.store.UpdateAbsence)
	})
}

// writeAbsence writes an absence that was made, changed or taken back, and carries it on to the routes of the span: their versions move, and
// what has not begun and no longer fits is taken off them.
func (s *Service) writeAbsence(ctx context.Context, p Principal, a Absence, span Span, write func(context.Context, Absence) error) error {
	shifts, err := s.store.ShiftsOf(ctx, a.TechnicianID, span)
	if err != nil {
		return err
	}
	stops, err := s.lockStops(ctx, a.TechnicianID, shiftIDs(shifts))
	if err != nil {
		return err
	}
	if err := write(ctx, a); err != nil {
		return overtaken(err)
	}
	for _, shift := range shifts {
		absences, err := s.store.AbsencesDuring(ctx, shift.Span)
		if err != nil {
			return err
		}
		inShift := slices.DeleteFunc(slices.Clone(stops), func(v Visit) bool { return v.Assignment.ShiftID != shift.ID })
		out, err := s.unfit(ctx, shift, absences, inShift)
		if err != nil {
			return err
		}
		out = slices.DeleteFunc(out, func(v Visit) bool { return v.Status.UnderWay() })
		if err := s.release(ctx, p.Actor(), out, Reason{Code: "technician.absent"}); err != nil {
			return err
		}
	}
	if _, err := s.store.BumpRoutes(ctx, shiftIDs(shifts)); err != nil {
		return err
	}
	return s.store.AppendEvents(ctx, technicianEvent(EventAbsenceUpdated, a.TechnicianID, p, map[string]any{"absence": a.ID}))
}
