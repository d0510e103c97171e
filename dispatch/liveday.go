package dispatch

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
)

// The stretch of time in which a route counts as under way: from a while before its shift begins until long after it should have ended.
const (
	liveBefore = time.Hour
	liveAfter  = 12 * time.Hour
)

// WatchDay thinks out how the routes under way go on. Any node may watch at any time.
func (s *Service) WatchDay(ctx context.Context, org uuid.UUID) error {
	var technicians []uuid.UUID
	err := s.store.Tx(ctx, org, func(ctx context.Context) (err error) {
		now := s.clock()
		if technicians, err = s.store.TechniciansLive(ctx, now.Add(-liveAfter), now.Add(liveBefore)); err != nil {
			return err
		}
		alerted, err := s.store.TechniciansAlerted(ctx)
		for _, id := range alerted {
			if !slices.Contains(technicians, id) {
				technicians = append(technicians, id)
			}
		}
		return err
	})
	if err == nil {
		err = s.watchUnplaced(ctx, org)
	}
	for _, id := range technicians {
		if ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		err = errors.Join(err, s.Project(ctx, org, id))
	}
	return err
}

// Project thinks out how a technician's routes of today go on, and tells what has changed by more than the threshold: new times, and events.
func (s *Service) Project(ctx context.Context, org, technician uuid.UUID) error {
	return retry(func() error {
		return s.store.Tx(ctx, org, func(ctx context.Context) error { return s.project(ctx, technician) })
	})
}

func (s *Service) project(ctx context.Context, technician uuid.UUID) error {
	now := s.clock()
	view, err := s.view(ctx, ViewQuery{Span: Span{Start: now.Add(-liveAfter - dayAround), End: now.Add(liveBefore)}, Technicians: []uuid.UUID{technician}})
	if err != nil {
		return err
	}
	view.only([]uuid.UUID{technician})
	fix, err := s.lastFix(ctx, technician)
	if err != nil {
		return err
	}
	free := time.Time{}
	var matters []Alert
	for _, shift := range view.Shifts { // in order of their beginning
		if shift.End.Before(now.Add(-liveAfter)) {
			continue
		}
		p := projection{now: now, view: view, shift: shift, free: free, fix: fix}
		out, ok, err := p.outlook()
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		free = out.stops[len(out.stops)-1].Assignment.Depart
		stops, err := s.expect(ctx, p, out)
		if err != nil {
			return err
		}
		w := watcher{now: now, policy: view.Organization.Policy.Live, shift: shift, stops: stops, finish: out.finish, fix: fix, places: view.Places}
		for _, v := range p.visits() {
			if v.Status.Over() {
				w.done = append(w.done, v)
			}
		}
		matters = append(matters, w.alerts()...)
	}
	return s.settleAlerts(ctx, technician, matters)
}

// lastFix is where a technician was last; nil where nothing is known.
func (s *Service) lastFix(ctx context.Context, technician uuid.UUID) (*Fix, error) {
	fix, err := s.store.LastFix(ctx, technician)
	switch {
	case err == nil:
		return &fix, nil
	case KindOf(err) == KindNotFound:
		return nil, nil //nolint:nilnil // nothing known is no error
	}
	return nil, err
}

// expect writes an outlook, whole, where something in it is news; it gives the visits left as they stand then.
func (s *Service) expect(ctx context.Context, p projection, out outlook) ([]Visit, error) {
	var hours []int
	for _, v := range out.stops {
		zone, err := Zone(v.TimeZone)
		if err != nil {
			return nil, err
		}
		hours = append(hours, v.Assignment.Begin.In(zone).Hour())
	}
	known, err := s.store.ErrorCounts(ctx, hours)
	if err != nil {
		return nil, err
	}
	if err := p.settled(out, known); err != nil {
		return nil, err
	}
	threshold := time.Duration(p.view.Organization.Policy.Live.Threshold) * time.Second
	if !slices.ContainsFunc(out.stops, func(v Visit) bool { return strays(p.view.visit(v.ID), v, threshold) }) {
		stand := make([]Visit, len(out.stops))
		for i, v := range out.stops {
			stand[i] = p.view.visit(v.ID)
		}
		return stand, nil
	}
	return out.stops, s.saveOutlook(ctx, p, out)
}

// saveOutlook writes the times of an outlook, on the versions that it was thought out on: errMoved where there are others.
func (s *Service) saveOutlook(ctx context.Context, p projection, out outlook) error {
	versions, err := s.store.LockRoutes(ctx, []uuid.UUID{p.shift.ID})
	if err != nil {
		return err
	}
	if versions[p.shift.ID] != p.shift.RouteVersion {
		return errMoved
	}
	ids := make([]uuid.UUID, len(out.stops))
	for i, v := range out.stops {
		ids[i] = v.ID
	}
	locked, err := s.store.LockVisits(ctx, ids)
	if err != nil {
		return err
	}
	if len(locked) != len(ids) {
		return errMoved
	}
	for _, v := range locked {
		if v.Version != p.view.visit(v.ID).Version {
			return errMoved
		}
	}
	var events []Event
	written := slices.Clone(out.stops)
	for i := range written {
		v := &written[i]
		old := p.view.visit(v.ID)
		v.Version, v.UpdatedAt = old.Version+1, p.now
		if v.ETA.Begin.Sub(old.Assignment.Begin).Abs() >= time.Minute {
			events = append(events, visitEvent(EventVisitETA, *v, system, map[string]any{
				"old": old.Assignment.Begin.UTC(), "new": v.ETA.Begin, "earliest": v.ETA.Earliest, "latest": v.ETA.Latest,
			}))
		}
	}
	if err := s.store.UpdateVisits(ctx, written...); err != nil {
		return overtaken(err)
	}
	if err := s.store.SaveETAs(ctx, written); err != nil {
		return err
	}
	if _, err := s.store.BumpRoutes(ctx, []uuid.UUID{p.shift.ID}); err != nil {
		return err
	}
	return s.store.AppendEvents(ctx, events...)
}
