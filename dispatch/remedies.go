package dispatch

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// SuggestRemedy looks for what would help with an alert.
type SuggestRemedy struct {
	AlertID uuid.UUID `json:"alert_id"`
}

// Kind implements Job.
func (SuggestRemedy) Kind() string { return "suggest_remedy" }

// SuggestRemedy looks for what would help with an alert that is open, and writes it down.
func (s *Service) SuggestRemedy(ctx context.Context, org, id uuid.UUID) error {
	return retry(func() error {
		return s.store.Tx(ctx, org, func(ctx context.Context) error {
			a, err := s.store.Alert(ctx, id)
			if err != nil || a.ResolvedAt != nil || a.AcceptedAt != nil {
				return err
			}
			if a.Remedy, err = s.helps(ctx, org, a); err != nil {
				return err
			}
			a.Record = s.next(a.Record)
			if err := s.store.UpdateAlert(ctx, a); err != nil {
				return overtaken(err)
			}
			return s.store.AppendEvents(ctx, a.event(EventAlertUpdated, system))
		})
	})
}

// helps is what would help with an alert; nil where nothing is known to.
func (s *Service) helps(ctx context.Context, org uuid.UUID, a Alert) (*Remedy, error) {
	call := &Remedy{Kind: Call, TechnicianID: a.TechnicianID}
	switch a.Kind {
	case NotAcknowledged:
		return &Remedy{Kind: Remind, TechnicianID: a.TechnicianID}, nil
	case NoProgress, Deviation, TechnicianOffline:
		return call, nil
	case OutOfHours:
		stops, err := s.store.AssignedVisits(ctx, a.TechnicianID, a.ShiftID, Span{})
		if err != nil {
			return nil, err
		}
		stops = slices.DeleteFunc(stops, func(v Visit) bool { return v.Status.UnderWay() })
		if len(stops) == 0 {
			return call, nil
		}
		last := slices.MaxFunc(stops, func(a, b Visit) int { return a.Assignment.Begin.Compare(b.Assignment.Begin) })
		if r, err := s.elsewhere(ctx, org, last); r != nil || err != nil {
			return r, err
		}
		return call, nil
	}
	v, err := s.store.Visit(ctx, a.VisitID)
	if err != nil {
		return nil, err
	}
	if v.Status.Over() || v.Status.UnderWay() {
		return call, nil
	}
	if r, err := s.elsewhere(ctx, org, v); r != nil || err != nil {
		return r, err
	}
	if a.Kind == UnplannedCrisis {
		return s.makeRoom(ctx, org, v)
	}
	return s.askWindow(ctx, org, v)
}

// spare is the plan of the visit's basin without the visit, and the visit as it might then be placed anew.
func (s *Service) spare(ctx context.Context, org uuid.UUID, v Visit, change func(*Visit)) (search, error) {
	known, err := s.basinsOf(ctx, org)
	if err != nil {
		return search{}, err
	}
	technicians := known.technicians[known.basin(v)]
	view, err := s.view(ctx, ViewQuery{Span: s.around(v), Visits: []uuid.UUID{v.ID}, Technicians: technicians})
	if err != nil {
		return search{}, err
	}
	view.only(technicians)
	free := v
	free.Assignment, free.Status, free.HeldUntil = nil, Unassigned, nil
	change(&free)
	for i := range view.Visits {
		if view.Visits[i].ID == v.ID {
			view.Visits[i] = free
		}
	}
	if v.told() && v.Assignment != nil {
		view.Announced = map[uuid.UUID]uuid.UUID{v.ID: v.Assignment.TechnicianID}
	}
	out := search{view: view, problem: translate(view, s.clock(), nil), visit: v}
	if slices.Contains(out.problem.missed, v.ID) {
		return out, nil
	}
	model, err := scheduler.Compile(&out.problem.Problem)
	if err != nil {
		return out, err
	}
	out.live, err = model.Load(out.problem.present())
	return out, err
}

// elsewhere is the cheapest place that another technician has for a visit in time; nil where there is none.
func (s *Service) elsewhere(ctx context.Context, org uuid.UUID, v Visit) (*Remedy, error) {
	found, err := s.spare(ctx, org, v, func(free *Visit) {
		if v.Assignment != nil {
			free.RefusedBy = append(slices.Clone(free.RefusedBy), v.Assignment.TechnicianID)
			free.PinnedTechnician = uuid.Nil
		}
	})
	if err != nil || found.live == nil {
		return nil, err
	}
	places, err := found.live.Insert(v.ID.String(), 5)
	if err != nil {
		return nil, err
	}
	for _, at := range places {
		begin := found.problem.instant(at.Earliest)
		if due := v.Rules.Due; due != nil && begin.Add(v.Duration).After(*due) && s.clock().Before(*due) {
			continue
		}
		return &Remedy{Kind: Reassign, VisitID: v.ID, TechnicianID: uuid.MustParse(at.Technician), Begin: &begin, Cost: int64(at.Cost)}, nil
	}
	return nil, nil //nolint:nilnil // no place is no error
}

// askedWindow is how long a window is that a client is asked for, and the step by which it is told.
const (
	askedWindow = 2 * time.Hour
	askedStep   = 15 * time.Minute
)

// askWindow is the window to ask a visit's client for: around when it is expected, else around the best place there is.
func (s *Service) askWindow(ctx context.Context, org uuid.UUID, v Visit) (*Remedy, error) {
	var begin time.Time
	if v.Assignment != nil {
		begin = v.Assignment.Begin
	} else {
		found, err := s.spare(ctx, org, v, func(free *Visit) {
			free.Promise, free.Windows = nil, []Span{{Start: s.clock(), End: s.clock().Add(7 * dayAround)}}
		})
		if err != nil || found.live == nil {
			return nil, err
		}
		places, err := found.live.Insert(v.ID.String(), 1)
		if err != nil || len(places) == 0 {
			return nil, err
		}
		begin = found.problem.instant(places[0].Earliest)
	}
	start := begin.Truncate(askedStep)
	return &Remedy{Kind: AskClient, VisitID: v.ID, Begin: &begin, Window: &Span{Start: start, End: start.Add(askedWindow)}}, nil
}
