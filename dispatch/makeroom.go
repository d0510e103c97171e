package dispatch

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// mostAsked is how many promised visits are looked at to find one whose client might be asked to make room.
const mostAsked = 12

// makeRoom is the promised visit whose client should be asked for another window so that one that cannot wait gets a place: the least pressing
// that makes room, and when it could be done instead. Nil where none does; nothing moves before the client's consent is recorded.
func (s *Service) makeRoom(ctx context.Context, org uuid.UUID, crisis Visit) (*Remedy, error) {
	found, err := s.spare(ctx, org, crisis, func(*Visit) {})
	if err != nil {
		return nil, err
	}
	var asked []Visit
	for _, v := range found.view.Visits {
		if v.Promise != nil && v.Assignment != nil && !v.Status.UnderWay() && !v.Status.Over() && v.Status != Held && v.PinnedTechnician == uuid.Nil {
			asked = append(asked, v)
		}
	}
	slices.SortStableFunc(asked, func(a, b Visit) int { return b.Priority - a.Priority })
	for _, v := range asked[:min(len(asked), mostAsked)] {
		begin, ok, err := s.without(found.view, crisis.ID, v)
		if err != nil {
			return nil, err
		}
		if ok {
			start := begin.Truncate(askedStep)
			return &Remedy{Kind: AskClient, VisitID: v.ID, Begin: &begin, Window: &Span{Start: start, End: start.Add(askedWindow)}}, nil
		}
	}
	return nil, nil //nolint:nilnil // nobody can make room
}

// without says whether a crisis gets a place once a visit is free to be done at another time, and when that is.
func (s *Service) without(view PlanView, crisis uuid.UUID, v Visit) (begin time.Time, ok bool, err error) {
	view.Visits = slices.Clone(view.Visits)
	for i := range view.Visits {
		if u := &view.Visits[i]; u.ID == v.ID {
			u.Assignment, u.Promise, u.Status = nil, nil, Unassigned
			u.Windows = []Span{{Start: s.clock(), End: view.End.Add(dayAround)}}
		}
	}
	p := translate(view, s.clock(), nil)
	model, err := scheduler.Compile(&p.Problem)
	if err != nil {
		return begin, false, err
	}
	live, err := model.Load(p.present())
	if err != nil || slices.Contains(p.missed, crisis) {
		return begin, false, err
	}
	places, err := live.Insert(crisis.String(), 1)
	if err != nil || len(places) == 0 {
		return begin, false, err
	}
	if err := live.Place(crisis.String(), places[0], nil); err != nil {
		return begin, false, err
	}
	if places, err = live.Insert(v.ID.String(), 1); err != nil || len(places) == 0 {
		return begin, false, err
	}
	return p.instant(places[0].Earliest), true, nil
}
