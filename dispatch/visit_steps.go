package dispatch

import (
	"context"
	"time"
)

// happened notes when a step happened.
func (v *Visit) happened(from VisitStatus, t Transition, at time.Time) {
	if from == Paused && v.PausedAt != nil {
		v.Pauses += max(0, at.Sub(*v.PausedAt))
		v.PausedAt = nil
	}
	switch t.To {
	case EnRoute:
		v.SetOffAt = &at
	case Accepted:
		v.SetOffAt = nil // turned back
	case Arrived:
		v.ArrivedAt = &at
	case Started:
		if v.ActualStart == nil {
			v.ActualStart = &at
		}
	case Paused:
		v.PausedAt = &at
	case Completed, Failed:
		v.ActualEnd, v.Cause = &at, t.Cause
	}
	if t.ExpectedEnd != nil {
		v.ExpectedEnd = t.ExpectedEnd
	}
}

// followDay has the rest of the technician's day thought out again after a step, and learns from how far off the begin was.
func (s *Service) followDay(ctx context.Context, old, v Visit) error {
	if old.Assignment == nil || v.Status == Accepted && old.Status != EnRoute {
		return nil
	}
	if v.ActualStart != nil && old.ActualStart == nil {
		zone, err := Zone(v.TimeZone)
		if err != nil {
			return err
		}
		if err := s.store.CountErrors(ctx, errorsOf(old, *v.ActualStart, zone)); err != nil {
			return err
		}
	}
	return s.store.Enqueue(ctx, Project{TechnicianID: old.Assignment.TechnicianID})
}

// extend notes when whoever is at work expects to be done now.
func (s *Service) extend(ctx context.Context, by Actor, old Visit, end time.Time) (Visit, error) {
	v := old
	v.ExpectedEnd, v.Version, v.UpdatedAt = &end, old.Version+1, s.clock()
	if err := s.saveMove(ctx, old, v); err != nil {
		return Visit{}, err
	}
	data := map[string]any{"status": v.Status, "expected_end": end.UTC().Format(time.RFC3339)}
	if err := s.store.AppendEvents(ctx, visitEvent(EventVisitUpdated, v, by, data)); err != nil {
		return Visit{}, err
	}
	return v, s.followDay(ctx, old, v)
}
