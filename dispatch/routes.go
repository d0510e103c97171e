package dispatch

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// RouteStore keeps the live plan: a route is a shift and the assignments in it.
type RouteStore interface {
	// LockRoutes locks routes in id order until the transaction ends and gives their versions.
	LockRoutes(ctx context.Context, shifts []uuid.UUID) (map[uuid.UUID]int64, error)
	// BumpRoutes gives routes versions that they never had, not even in a transaction that was undone, and tells them.
	BumpRoutes(ctx context.Context, shifts []uuid.UUID) (map[uuid.UUID]int64, error)
	// SaveAssignments takes the visits off their routes, then puts the assignments in, occupied time with them.
	SaveAssignments(ctx context.Context, freed []uuid.UUID, taken []Assignment) error
	// FreeTime ends the visit's occupied time at the instant, or forgets it when that is before its beginning.
	FreeTime(ctx context.Context, visit uuid.UUID, at time.Time) error
	MarkPublished(ctx context.Context, shifts []uuid.UUID, at time.Time) error // those published before stay as they are
	// Routes gives the routes of the shifts that overlap the span, in order of their ids.
	Routes(ctx context.Context, f RouteFilter, page Page) (Listing[Route], error)
}

// RouteFilter says which routes; a zero field leaves that side open.
type RouteFilter struct {
	Span
	TechnicianID uuid.UUID
	ShiftIDs     []uuid.UUID
}

// maxRouteSpan bounds one reading of routes.
const maxRouteSpan = 31 * dayAround

// RouteOn gives the technician's own route of a local day in his zone.
func (s *Service) RouteOn(ctx context.Context, p Principal, day func(zone string) Span) (route Route, err error) {
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		t, err := s.store.Technician(ctx, p.TechnicianID)
		if err != nil {
			return err
		}
		span := day(t.TimeZone)
		list, err := s.store.Routes(ctx, RouteFilter{Span: span, TechnicianID: t.ID}, Page{Limit: maxPublished})
		if err != nil {
			return err
		}
		// A night shift belongs to the day it begins on.
		list.Items = slices.DeleteFunc(list.Items, func(r Route) bool { return !span.Contains(r.Shift.Start) })
		if len(list.Items) == 0 {
			return NotFound("route")
		}
		slices.SortFunc(list.Items, func(a, b Route) int { return a.Shift.Start.Compare(b.Shift.Start) })
		route = shownTo(p, list.Items)[0]
		return nil
	})
	return route, err
}

// Routes gives the routes of a stretch of time. A technician sees his own, once he was told of them.
func (s *Service) Routes(ctx context.Context, p Principal, f RouteFilter, page Page) (list Listing[Route], err error) {
	var faults Faults
	faults.Check(f.Start.Before(f.End), "query:to", "window.ends_before_start")
	faults.Check(f.End.Sub(f.Start) <= maxRouteSpan, "query:to", "route.too_long")
	if err := faults.Err(); err != nil {
		return list, err
	}
	if p.Role == RoleTechnician {
		f.TechnicianID = p.TechnicianID
	}
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		list, err = s.store.Routes(ctx, f, page)
		return err
	})
	list.Items = shownTo(p, list.Items)
	return list, err
}

// Route gives one route.
func (s *Service) Route(ctx context.Context, p Principal, shift uuid.UUID) (route Route, err error) {
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		list, err := s.store.Routes(ctx, RouteFilter{ShiftIDs: []uuid.UUID{shift}}, Page{Limit: 1})
		if err != nil {
			return err
		}
		routes := list.Items
		if len(routes) == 0 || (p.Role == RoleTechnician && routes[0].Shift.TechnicianID != p.TechnicianID) {
			return NotFound("route")
		}
		route = shownTo(p, routes)[0]
		return nil
	})
	return route, err
}

// shownTo hides from a technician what he has not been told of.
func shownTo(p Principal, routes []Route) []Route {
	if p.Role != RoleTechnician {
		return routes
	}
	for i := range routes {
		routes[i].Stops = slices.DeleteFunc(routes[i].Stops, func(s Stop) bool { return !concerns(s.Visit, p) })
	}
	return routes
}

// PublishRoutes tells technicians of their routes that begin in the span (all of them, or the shifts named): their planned visits become
// published, and each technician gets one notice.
func (s *Service) PublishRoutes(ctx context.Context, p Principal, span Span, shifts []uuid.UUID) (published []Route, err error) {
	var faults Faults
	faults.Check(span.Start.Before(span.End), "/to", "window.ends_before_start")
	faults.Check(span.End.Sub(span.Start) <= maxRouteSpan, "/to", "route.too_long")
	if err := faults.Err(); err != nil {
		return nil, err
	}
	err = s.change(ctx, p, func(ctx context.Context) error {
		published, err = s.publish(ctx, p, RouteFilter{Span: span, ShiftIDs: shifts})
		return err
	})
	return published, err
}

func (s *Service) publish(ctx context.Context, p Principal, f RouteFilter) ([]Route, error) {
	list, err := s.store.Routes(ctx, f, Page{Limit: maxPublished})
	if err != nil {
		return nil, err
	}
	if list.Next != nil {
		return nil, Conflict("route.too_many", map[string]any{"most": maxPublished})
	}
	routes := list.Items
	var shifts []uuid.UUID
	var read []Visit
	for _, r := range routes {
		shifts = append(shifts, r.Shift.ID)
		for _, stop := range r.Stops {
			if stop.Visit.Status == Planned {
				read = append(read, stop.Visit)
			}
		}
	}
	versions, err := s.store.LockRoutes(ctx, shifts)
	if err != nil {
		return nil, err
	}
	for _, r := range routes {
		if versions[r.Shift.ID] != r.Shift.RouteVersion {
			return nil, errMoved
		}
	}
	visits, err := s.lockVisits(ctx, read, shifts...)
	if err != nil {
		return nil, err
	}
	now := s.clock()
	var events []Event
	for i, v := range visits {
		if v.Status != Planned {
			return nil, errMoved
		}
		visits[i].Status, visits[i].Version, visits[i].UpdatedAt = Published, v.Version+1, now
		events = append(events, visitEvent(EventVisitMoved+string(Published), v, p.Actor(), map[string]any{"from": Planned}))
	}
	if err := s.store.UpdateVisits(ctx, visits...); err != nil {
		return nil, err
	}
	if err := s.store.MarkPublished(ctx, shifts, now); err != nil {
		return nil, err
	}
	if err := s.store.AppendEvents(ctx, events...); err != nil {
		return nil, err
	}
	if err := s.tellRoutes(ctx, routes, visits); err != nil {
		return nil, err
	}
	list, err = s.store.Routes(ctx, f, Page{Limit: maxPublished})
	return list.Items, err
}

// maxPublished bounds one publication: more are published in several calls.
const maxPublished = 2000
