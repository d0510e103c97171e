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
	BumpRoutes(ctx context.Context, shifts []uuid.UUID) error
	// SaveAssignments takes the visits off their routes, then puts the assignments in, occupied time with them.
	SaveAssignments(ctx context.Context, freed []uuid.UUID, taken []Assignment) error
	// FreeTime ends the visit's occupied time at the instant, or forgets it when that is before its beginning.
	FreeTime(ctx context.Context, visit uuid.UUID, at time.Time) error
	MarkPublished(ctx context.Context, shifts []uuid.UUID, at time.Time) error
	// Routes gives the routes of the shifts that overlap the span, in order of technician and time.
	Routes(ctx context.Context, f RouteFilter) ([]Route, error)
}

// RouteFilter says which routes; a zero field leaves that side open.
type RouteFilter struct {
	Span
	TechnicianID uuid.UUID
	ShiftIDs     []uuid.UUID
}

// maxRouteSpan bounds one reading of routes.
const maxRouteSpan = 31 * dayAround

// Routes gives the routes of a stretch of time. A technician sees his own, once he was told of them.
func (s *Service) Routes(ctx context.Context, p Principal, f RouteFilter) (routes []Route, err error) {
	var faults Faults
	faults.Check(f.Start.Before(f.End), "query:to", "window.ends_before_start")
	faults.Check(f.End.Sub(f.Start) <= maxRouteSpan, "query:to", "route.too_long")
	if err := faults.Err(); err != nil {
		return nil, err
	}
	if p.Role == RoleTechnician {
		f.TechnicianID = p.TechnicianID
	}
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		routes, err = s.store.Routes(ctx, f)
		return err
	})
	return shownTo(p, routes), err
}

// Route gives one route.
func (s *Service) Route(ctx context.Context, p Principal, shift uuid.UUID) (route Route, err error) {
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		routes, err := s.store.Routes(ctx, RouteFilter{ShiftIDs: []uuid.UUID{shift}})
		if err != nil {
			return err
		}
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
	routes, err := s.store.Routes(ctx, f)
	if err != nil {
		return nil, err
	}
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
	return s.store.Routes(ctx, f)
}
