package dispatch

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// PlaceVisit finds a waiting visit the place that costs the plan least, or notes why there is none. A visit that has a place, or is over,
// is left alone, so the job may be repeated.
func (s *Service) PlaceVisit(ctx context.Context, org, id uuid.UUID) error {
	return retry(func() error {
		return s.store.Tx(ctx, org, func(ctx context.Context) error {
			v, err := s.store.Visit(ctx, id)
			if err != nil || (v.Status != Unassigned && v.Status != Refused) {
				return err
			}
			found, err := s.search(ctx, v)
			if err != nil {
				return err
			}
			placements, err := found.placements(ByPlanner)
			if err != nil {
				return err
			}
			_, err = s.commit(ctx, system, found.view, placements)
			return err
		})
	})
}

// search is the looking for a place of one visit.
type search struct {
	view    PlanView
	problem *problem
	live    *scheduler.Live // the plan without the visit; nil when its windows are over
	visit   Visit
}

// search reads the plan around a visit's windows, of everybody or of some technicians, and loads it without the visit.
func (s *Service) search(ctx context.Context, v Visit, technicians ...uuid.UUID) (search, error) {
	view, err := s.view(ctx, ViewQuery{Span: s.around(v), Visits: []uuid.UUID{v.ID}, Technicians: technicians})
	if err != nil {
		return search{}, err
	}
	original := v
	for i := range view.Visits {
		if view.Visits[i].ID == v.ID {
			original = view.Visits[i]
			if original.told() && original.Assignment != nil {
				view.Announced = map[uuid.UUID]uuid.UUID{v.ID: original.Assignment.TechnicianID}
			}
			view.Visits[i] = v
			view.Visits[i].Assignment = nil
			view.Visits[i].Status = Unassigned
		}
	}
	p := translate(view, s.clock(), nil)
	if original.Version != v.Version {
		return search{}, errMoved
	}
	v.Assignment = original.Assignment
	out := search{view: view, problem: p, visit: v}
	if slices.Contains(p.missed, v.ID) {
		return out, nil
	}
	model, err := scheduler.Compile(&p.Problem)
	if err != nil {
		return search{}, err
	}
	if out.live, err = model.Load(p.present()); err != nil {
		return search{}, err
	}
	return out, nil
}

// around is the stretch of time in which a shift could serve the visit: a shift that begins the day before may reach into the window.
func (s *Service) around(v Visit) Span {
	now := s.clock()
	span := Span{Start: latest(v.Windows[0].Start, now).Add(-dayAround), End: v.Windows[len(v.Windows)-1].End}
	if v.Assignment != nil {
		span.Start = earliest(span.Start, v.Assignment.Begin.Add(-dayAround))
		span.End = latest(span.End, v.Assignment.Depart)
	}
	if limit := span.Start.Add(maxPlanSpan); span.End.After(limit) {
		span.End = limit
	}
	return span
}

// placements is the change that the best place makes: the visit's own, and the new times of the visits after it.
func (f search) placements(by Decider) ([]placement, error) {
	if f.live == nil {
		return []placement{{old: f.visit, why: f.problem.outOfReach(f.visit)}}, nil
	}
	best, err := f.live.Insert(f.visit.ID.String(), 1)
	if err != nil {
		return nil, err
	}
	if len(best) == 0 {
		why, err := f.live.Explain(f.visit.ID.String())
		if err != nil {
			return nil, err
		}
		return []placement{{old: f.visit, why: f.problem.reasons(why)}}, nil
	}
	return f.insert(best[0], by)
}

// insert puts the visit into a route and gives every visit of the route its new times.
func (f search) insert(at scheduler.Insertion, by Decider) ([]placement, error) {
	if err := f.live.Place(f.visit.ID.String(), at, nil); err != nil {
		return nil, err
	}
	var out []placement
	for id, a := range f.problem.assignments(f.live.Plan(), ByPlanner) {
		if a.ShiftID.String() != at.Shift {
			continue
		}
		old := f.problem.visits[id]
		if id == f.visit.ID {
			old = f.visit
			a.DecidedBy = by
		} else if old.Assignment != nil {
			a.DecidedBy = old.Assignment.DecidedBy
		}
		out = append(out, placement{old: old, to: &a})
	}
	return out, nil
}

// Choice is a dispatcher's wish for a visit; what is left open, the planner chooses.
type Choice struct {
	TechnicianID uuid.UUID
	Begin        *time.Time
}

// AssignVisit gives a visit of the given version to a technician, or to the best one, now. What the dispatcher chose is pinned. Where it
// cannot be, the answer is a conflict with every reason, and nothing changes.
func (s *Service) AssignVisit(ctx context.Context, p Principal, id uuid.UUID, version int, choice Choice) (v Visit, err error) {
	err = s.change(ctx, p, func(ctx context.Context) error {
		old, err := s.visibleVisit(ctx, p, id)
		if err != nil {
			return err
		}
		if err := fresh(old.Version, version, "visit"); err != nil {
			return err
		}
		if old.Status.Over() || old.Status.UnderWay() {
			return Conflict("visit.has_begun", map[string]any{"status": old.Status})
		}
		if old.Mode == Hotline {
			return Conflict("visit.hotline", nil)
		}
		if err := s.assign(ctx, p.Actor(), old, choice); err != nil {
			return err
		}
		v, err = s.store.Visit(ctx, id)
		return err
	})
	return v, err
}

func (s *Service) assign(ctx context.Context, by Actor, v Visit, choice Choice) error {
	if err := s.checkChoice(ctx, v, choice); err != nil {
		return err
	}
	if choice.TechnicianID != uuid.Nil {
		v.PinnedTechnician = choice.TechnicianID
	}
	if choice.Begin != nil {
		v.PinnedStart = choice.Begin
	}
	found, err := s.search(ctx, v)
	if err != nil {
		return err
	}
	if found.live == nil {
		return Conflict(found.problem.outOfReachCode(v), nil)
	}
	best, err := found.live.Insert(v.ID.String(), 1)
	if err != nil {
		return err
	}
	if len(best) == 0 {
		return found.refusal(choice)
	}
	placements, err := found.insert(best[0], ByDispatcher)
	if err != nil {
		return err
	}
	if v.Assignment != nil && v.Assignment.ShiftID.String() != best[0].Shift {
		placements = append(placements, found.closeGap(v.Assignment.ShiftID)...)
	}
	routes, _ := touched(placements)
	chosen := Change{Kind: ChangeAssign, VisitID: v.ID, TechnicianID: uuid.MustParse(best[0].Technician), Begin: choice.Begin}
	_, err = s.recorded(ctx, Override{Changes: []Change{chosen}, MadeBy: by}, routes, visitsOf(placements), func() error {
		_, err := s.commit(ctx, by, found.view, placements)
		return err
	})
	return err
}

func (s *Service) checkChoice(ctx context.Context, v Visit, choice Choice) error {
	var faults Faults
	if choice.TechnicianID != uuid.Nil {
		if _, err := s.store.Technician(ctx, choice.TechnicianID); err != nil {
			if KindOf(err) != KindNotFound {
				return err
			}
			faults.Add("/technician_id", "technician.unknown", nil)
		}
	}
	if choice.Begin != nil {
		faults.Check(choice.Begin.After(s.clock()), "/begin_at", "window.past")
		faults.Check(slices.ContainsFunc(v.Windows, func(w Span) bool { return w.Contains(*choice.Begin) }), "/begin_at", "visit.pin_outside_windows")
	}
	return faults.Err()
}

// closeGap gives the visits of a route that the visit leaves their new times.
func (f search) closeGap(shift uuid.UUID) (out []placement) {
	for id, a := range f.problem.assignments(f.live.Plan(), ByPlanner) {
		if a.ShiftID == shift {
			old := f.problem.visits[id]
			a.DecidedBy = old.Assignment.DecidedBy
			out = append(out, placement{old: old, to: &a})
		}
	}
	return out
}

// refusal says why the choice cannot be: the chosen technician's reasons, or everybody's.
func (f search) refusal(choice Choice) error {
	why, err := f.live.Explain(f.visit.ID.String())
	if err != nil {
		return err
	}
	refusal := &Error{Kind: KindConflict, Code: "visit.does_not_fit"}
	for _, w := range f.problem.reasons(why) {
		if choice.TechnicianID != uuid.Nil && w.TechnicianID != choice.TechnicianID {
			continue
		}
		for _, r := range w.Reasons {
			refusal.Faults = append(refusal.Faults, Fault{Path: "/technician_id", Code: r.Code, Params: r.Params})
		}
	}
	return refusal
}

// UnassignVisit takes a visit of the given version out of its route, and its pins away. It waits until a dispatcher or a planning run
// places it.
func (s *Service) UnassignVisit(ctx context.Context, p Principal, id uuid.UUID, version int) (v Visit, err error) {
	err = s.change(ctx, p, func(ctx context.Context) error {
		old, err := s.lockVisit(ctx, p, id)
		if err != nil {
			return err
		}
		if err := fresh(old.Version, version, "visit"); err != nil {
			return err
		}
		if !old.Status.MayBecome(Unassigned, old.Mode) {
			return illegalMove(old, Unassigned)
		}
		if old.Assignment == nil || old.Status == Held {
			v, err = s.takeOut(ctx, p, old)
			return err
		}
		gone := Override{Changes: []Change{{Kind: ChangeUnassign, VisitID: id}}, MadeBy: p.Actor()}
		_, err = s.recorded(ctx, gone, []uuid.UUID{old.Assignment.ShiftID}, []uuid.UUID{id}, func() error {
			v, err = s.takeOut(ctx, p, old)
			return err
		})
		return err
	})
	return v, err
}

// takeOut takes a locked visit out of its route, and its pins away.
func (s *Service) takeOut(ctx context.Context, p Principal, old Visit) (Visit, error) {
	v := old
	v.Status, v.Assignment, v.Version, v.UpdatedAt = Unassigned, nil, old.Version+1, s.clock()
	v.PinnedTechnician, v.PinnedPosition, v.PinnedStart = uuid.Nil, 0, nil
	v.endHold()
	if err := s.saveMove(ctx, old, v); err != nil {
		return v, err
	}
	if err := s.store.AppendEvents(ctx, visitEvent(EventVisitUnassigned, old, p.Actor(), nil)); err != nil {
		return v, err
	}
	if err := s.tellMove(ctx, p.Actor(), old, v); err != nil {
		return v, err
	}
	return v, s.settleRequests(ctx, p.Actor(), []uuid.UUID{v.RequestID})
}
