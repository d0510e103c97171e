package dispatch

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
)

// lockStops locks routes, then the visits in them that are not over, of one technician (the nil UUID: of all): nothing enters or leaves those
// routes until the transaction ends.
func (s *Service) lockStops(ctx context.Context, technician uuid.UUID, shifts []uuid.UUID) ([]Visit, error) {
	if len(shifts) == 0 {
		return nil, nil
	}
	if _, err := s.store.LockRoutes(ctx, shifts); err != nil {
		return nil, err
	}
	var read []Visit
	for _, shift := range shifts {
		stops, err := s.store.AssignedVisits(ctx, technician, shift, Span{})
		if err != nil {
			return nil, err
		}
		read = append(read, stops...)
	}
	return s.lockVisits(ctx, read, shifts...)
}

// release takes locked visits that have not begun off their routes, notes why, tells whoever knew of them, and has their days repaired. Pins
// stay: they are a dispatcher's word.
func (s *Service) release(ctx context.Context, by Actor, visits []Visit, why Reason) error {
	var requests []uuid.UUID
	for _, old := range visits {
		v := old
		v.Status, v.Assignment, v.Version, v.UpdatedAt = Unassigned, nil, old.Version+1, s.clock()
		v.endHold()
		v.UnassignedReasons = []TechnicianReasons{{TechnicianID: old.Assignment.TechnicianID, Reasons: []Reason{why}}}
		if err := s.saveMove(ctx, old, v); err != nil {
			return err
		}
		if err := s.store.AppendEvents(ctx, visitEvent(EventVisitUnassigned, old, by, map[string]any{"reason": why.Code})); err != nil {
			return err
		}
		if err := s.tellMove(ctx, by, old, v); err != nil {
			return err
		}
		if !slices.Contains(requests, v.RequestID) {
			requests = append(requests, v.RequestID)
		}
	}
	if len(requests) == 0 {
		return nil
	}
	jobs, err := s.repairsFor(ctx, visits)
	if err != nil {
		return err
	}
	if err := s.store.Enqueue(ctx, jobs...); err != nil {
		return err
	}
	return s.settleRequests(ctx, by, requests)
}

// unfit lists the visits of a shift that its technician cannot do in it, absences considered: those begun or ending outside it, those during
// an absence, and from the end those after which the way back takes too long.
func (s *Service) unfit(ctx context.Context, shift Shift, absences []Absence, visits []Visit) ([]Visit, error) {
	span, away := attendance(shift.Span, absences, shift.TechnicianID)
	end := span.End
	if span.End.Equal(shift.End) {
		end = end.Add(time.Duration(shift.Rules.Overtime) * time.Second)
	}
	var out []Visit
	var last *Visit
	for i, v := range visits {
		a := v.Assignment
		leaves := a.Arrive.Add(-time.Duration(a.TravelSeconds) * time.Second)
		during := Span{Start: a.Begin, End: a.Depart}
		outside := leaves.Before(span.Start) || a.Depart.After(end)
		if outside || slices.ContainsFunc(away, func(gone Span) bool { return gone.Overlaps(during) }) {
			out = append(out, v)
			continue
		}
		if v.SiteID != uuid.Nil && (last == nil || a.Depart.After(last.Assignment.Depart)) {
			last = &visits[i]
		}
	}
	if last == nil || last.Status.UnderWay() || shift.Rules.EndsAnywhere || shift.Rules.Pool {
		return out, nil
	}
	site, err := s.store.Site(ctx, last.SiteID)
	if err != nil {
		return out, err
	}
	way := []geo.Position{site.Position, shift.EndPlace}
	known, err := s.travelAmong(ctx, way)
	if err != nil {
		return out, err
	}
	seconds, _ := known.matrix(way, shift.Transport).At(0, 1) // as plans reckon
	if last.Assignment.Depart.Add(time.Duration(seconds) * time.Second).After(end) {
		rest := slices.DeleteFunc(slices.Clone(visits), func(v Visit) bool { return v.ID == last.ID })
		more, err := s.unfit(ctx, shift, absences, rest)
		return append(more, *last), err
	}
	return out, nil
}

// underWay is the first of the visits that has begun, if any.
func underWay(visits []Visit) (Visit, bool) {
	i := slices.IndexFunc(visits, func(v Visit) bool { return v.Status.UnderWay() })
	if i < 0 {
		return Visit{}, false
	}
	return visits[i], true
}

func shiftIDs(shifts []Shift) []uuid.UUID {
	ids := make([]uuid.UUID, len(shifts))
	for i, shift := range shifts {
		ids[i] = shift.ID
	}
	return ids
}

// ahead is from now on, as far as shifts go.
func (s *Service) ahead() Span {
	now := s.clock()
	return Span{Start: now, End: now.Add(10 * 366 * dayAround)}
}
