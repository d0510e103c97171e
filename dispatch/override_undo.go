package dispatch

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"
)

// UndoOverride puts everything that an override touched back to what it was, unless any of it has changed since: then it is a conflict with all
// that stands in the way.
func (s *Service) UndoOverride(ctx context.Context, p Principal, id uuid.UUID) (Override, error) {
	return s.turnOverride(ctx, p, id, OverrideUndone)
}

// RedoOverride makes an override that was undone again, on the same condition.
func (s *Service) RedoOverride(ctx context.Context, p Principal, id uuid.UUID) (Override, error) {
	return s.turnOverride(ctx, p, id, OverrideMade)
}

func (s *Service) turnOverride(ctx context.Context, p Principal, id uuid.UUID, to OverrideStatus) (Override, error) {
	if !p.Staff() {
		return Override{}, Forbidden()
	}
	return changing(ctx, s, p, func(ctx context.Context) (Override, error) {
		o, err := s.store.Override(ctx, id)
		if err != nil || o.Status == to {
			return o, err // done already, so that a call may be repeated
		}
		from, into, event := o.After, o.Before, EventOverrideUndone
		if to == OverrideMade {
			from, into, event = o.Before, o.After, EventOverrideRedone
		}
		if err := s.restore(ctx, p, from, into); err != nil {
			return o, err
		}
		o.Status, o.ChangedBy, o.Version, o.UpdatedAt = to, p.Actor(), o.Version+1, s.clock()
		if err := s.store.UpdateOverride(ctx, o); err != nil {
			return o, overtaken(err)
		}
		return o, s.store.AppendEvents(ctx, overrideEvent(event, o))
	})
}

// restore turns one state of a part of the plan into another, if it still is in the first.
func (s *Service) restore(ctx context.Context, p Principal, from, into PlanState) error {
	var routes, ids []uuid.UUID
	for _, shift := range from.Shifts {
		routes = append(routes, shift.ShiftID)
	}
	for _, v := range from.Visits {
		ids = append(ids, v.VisitID)
	}
	if _, err := s.store.LockRoutes(ctx, routes); err != nil {
		return err
	}
	locked, err := s.store.LockVisits(ctx, ids)
	if err != nil {
		return err
	}
	present, err := s.planState(ctx, locked, routes)
	if err != nil {
		return err
	}
	obstacles, err := s.obstacles(ctx, locked, present, from, into)
	if err != nil {
		return err
	}
	if len(obstacles) > 0 {
		return &Error{Kind: KindConflict, Code: "override.moved_since", Faults: obstacles}
	}
	return s.writeState(ctx, p, locked, routes, into)
}

// obstacles is what keeps a state from coming back: visits and routes that are no longer as they were left, times that are past, absences.
func (s *Service) obstacles(ctx context.Context, locked []Visit, present, from, into PlanState) (out Faults, err error) {
	names := map[uuid.UUID]string{}
	for _, v := range locked {
		names[v.ID] = v.Reference
	}
	for i, v := range from.Visits {
		if i >= len(present.Visits) || !same(present.Visits[i], v) {
			out.Add("", "override.visit_changed", map[string]any{"visit": cmp.Or(names[v.VisitID], v.VisitID.String())})
		}
	}
	for i, shift := range from.Shifts {
		if i >= len(present.Shifts) || !same(present.Shifts[i], shift) {
			name, err := s.routeName(ctx, shift.ShiftID)
			if err != nil {
				return out, err
			}
			out.Add("", "override.route_changed", map[string]any{"technician": name})
		}
	}
	for i, v := range into.Visits {
		if v.Assignment == nil || same(v.Assignment, from.Visits[i].Assignment) {
			continue
		}
		if v.Assignment.Begin.Before(s.clock()) {
			out.Add("", "override.time_over", map[string]any{"visit": names[v.VisitID]})
		}
		during := Span{Start: v.Assignment.Begin, End: v.Assignment.Depart}
		absences, err := s.store.AbsencesDuring(ctx, during)
		if err != nil {
			return out, err
		}
		if slices.ContainsFunc(absences, func(a Absence) bool { return a.TechnicianID == v.Assignment.TechnicianID }) {
			out.Add("", "override.absent", map[string]any{"visit": names[v.VisitID]})
		}
	}
	return out, nil
}

// routeName is whose route it is.
func (s *Service) routeName(ctx context.Context, shift uuid.UUID) (string, error) {
	list, err := s.store.Routes(ctx, RouteFilter{ShiftIDs: []uuid.UUID{shift}}, Page{Limit: 1})
	if err != nil || len(list.Items) == 0 {
		return shift.String(), err
	}
	return list.Items[0].TechnicianName, nil
}

// same reports whether two states are kept alike.
func same[T any](a, b T) bool {
	x, errA := json.Marshal(stored(a))
	y, errB := json.Marshal(stored(b))
	return errA == nil && errB == nil && bytes.Equal(x, y)
}

// writeState writes a state of locked visits and routes.
func (s *Service) writeState(ctx context.Context, p Principal, locked []Visit, routes []uuid.UUID, into PlanState) error {
	published, err := s.publishedShifts(ctx, routes)
	if err != nil {
		return err
	}
	placements := make([]placement, len(locked))
	for i, v := range into.Visits {
		placements[i] = placement{old: locked[i], to: v.Assignment, why: v.UnassignedReasons, as: func(to *Visit) {
			to.Status, to.Links = v.Status, v.Links
			to.PinnedTechnician, to.PinnedPosition, to.PinnedStart = v.PinnedTechnician, v.PinnedPosition, v.PinnedStart
		}}
	}
	if len(placements) > 0 {
		if _, err := s.writePlacements(ctx, p.Actor(), placements, locked, routes, published); err != nil {
			return err
		}
	}
	for _, state := range into.Shifts {
		shift, err := s.store.Shift(ctx, state.ShiftID)
		if err != nil {
			return err
		}
		if shift.Rules.Overtime == state.Overtime {
			continue
		}
		shift.Rules.Overtime, shift.Record = state.Overtime, s.next(shift.Record)
		if err := s.store.UpdateShift(ctx, shift); err != nil {
			return overtaken(err)
		}
		if err := s.store.AppendEvents(ctx, shiftEvent(shift, p)); err != nil {
			return err
		}
	}
	return nil
}

// planState is what of the plan an override touches: visits as given, and their routes as they stand. Both come in the order of their ids.
func (s *Service) planState(ctx context.Context, visits []Visit, routes []uuid.UUID) (PlanState, error) {
	out := PlanState{Visits: []VisitState{}, Shifts: []ShiftState{}}
	for _, v := range visits {
		out.Visits = append(out.Visits, VisitState{
			VisitID: v.ID, Status: v.Status, Assignment: settled(v.Assignment), PinnedTechnician: v.PinnedTechnician, PinnedPosition: v.PinnedPosition, PinnedStart: v.PinnedStart,
			Links: v.Links, UnassignedReasons: v.UnassignedReasons,
		})
	}
	slices.SortFunc(out.Visits, func(a, b VisitState) int { return slices.Compare(a.VisitID[:], b.VisitID[:]) })
	if len(routes) == 0 {
		return stored(out), nil
	}
	list, err := s.store.Routes(ctx, RouteFilter{ShiftIDs: routes}, Page{Limit: len(routes)})
	if err != nil {
		return out, err
	}
	for _, r := range list.Items {
		if r.Shift.DeletedAt != nil {
			continue
		}
		state := ShiftState{ShiftID: r.Shift.ID, Start: r.Shift.Start.UTC(), End: r.Shift.End.UTC(), Overtime: r.Shift.Rules.Overtime, Stops: []StopState{}}
		for _, stop := range r.Stops {
			a := stop.Visit.Assignment
			state.Stops = append(state.Stops, StopState{VisitID: stop.Visit.ID, Begin: a.Begin.UTC(), Depart: a.Depart.UTC()})
		}
		out.Shifts = append(out.Shifts, state)
	}
	slices.SortFunc(out.Shifts, func(a, b ShiftState) int { return slices.Compare(a.ShiftID[:], b.ShiftID[:]) })
	return stored(out), nil
}

// settled is an assignment with its times as they are kept.
func settled(a *Assignment) *Assignment {
	if a == nil {
		return nil
	}
	out := *a
	out.Technician = ""
	out.Arrive, out.Begin, out.Depart = a.Arrive.UTC(), a.Begin.UTC(), a.Depart.UTC()
	return &out
}
