package dispatch

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// placement is what a change makes of one visit: a place in a route, or none and why.
type placement struct {
	old Visit
	to  *Assignment
	why []TechnicianReasons
	as  func(*Visit) // nil, or what else the change makes of the visit, its status decided
}

// keeps reports whether the placement leaves the visit as it is.
func (c placement) keeps() bool {
	if c.as != nil {
		return false
	}
	a, b := c.old.Assignment, c.to
	if a == nil || b == nil {
		return a == nil && b == nil && sameReasons(c.old.UnassignedReasons, c.why)
	}
	return a.ShiftID == b.ShiftID && a.SiteID == b.SiteID && a.Arrive.Equal(b.Arrive) && a.Begin.Equal(b.Begin) && a.Depart.Equal(b.Depart) &&
		a.TravelSeconds == b.TravelSeconds && a.TravelMetres == b.TravelMetres && a.Forced == b.Forced
}

func sameReasons(a, b []TechnicianReasons) bool {
	return slices.EqualFunc(a, b, func(x, y TechnicianReasons) bool {
		return x.TechnicianID == y.TechnicianID && slices.EqualFunc(x.Reasons, y.Reasons, func(r, q Reason) bool { return r.Code == q.Code })
	})
}

// committed is what a commit wrote.
type committed struct {
	visits  []Visit
	changed int                 // visits that got another place or time
	routes  map[uuid.UUID]int64 // the versions they have now
}

// commit makes a change of the live plan, whole or not at all: it locks the routes it touches in id order, then the visits, and gives
// errMoved when a version is no longer the one in the view that the change was thought out on. It gives what it wrote.
func (s *Service) commit(ctx context.Context, by Actor, view PlanView, placements []placement) (done committed, err error) {
	placements = slices.DeleteFunc(placements, placement.keeps)
	if len(placements) == 0 {
		return done, nil
	}
	slices.SortFunc(placements, func(a, b placement) int { return slices.Compare(a.old.ID[:], b.old.ID[:]) })
	routes, ids := touched(placements)
	versions, err := s.store.LockRoutes(ctx, routes)
	if err != nil {
		return done, err
	}
	published := map[uuid.UUID]bool{}
	for _, shift := range view.Shifts {
		published[shift.ID] = shift.PublishedAt != nil
		if slices.Contains(routes, shift.ID) && versions[shift.ID] != shift.RouteVersion {
			return done, errMoved
		}
	}
	locked, err := s.store.LockVisits(ctx, ids)
	if err != nil {
		return done, err
	}
	if len(locked) != len(placements) {
		return done, errMoved
	}
	for i, v := range locked {
		if v.Version != placements[i].old.Version {
			return done, errMoved
		}
	}
	return s.writePlacements(ctx, by, placements, locked, routes, published)
}

// touched lists the routes that the placements leave or enter, and their visits.
func touched(placements []placement) (routes, visits []uuid.UUID) {
	for _, c := range placements {
		visits = append(visits, c.old.ID)
		if c.old.Assignment != nil {
			routes = append(routes, c.old.Assignment.ShiftID)
		}
		if c.to != nil {
			routes = append(routes, c.to.ShiftID)
		}
	}
	slices.SortFunc(routes, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(routes), visits
}

// writePlacements writes what commit has locked and compared.
func (s *Service) writePlacements(ctx context.Context, by Actor, placements []placement, locked []Visit, routes []uuid.UUID, published map[uuid.UUID]bool) (done committed, err error) {
	var taken []Assignment
	var freed, requests []uuid.UUID
	var events []Event
	for i, c := range placements {
		v := placed(locked[i], c, published, s.clock())
		done.visits = append(done.visits, v)
		freed = append(freed, v.ID)
		requests = append(requests, v.RequestID)
		if c.to != nil {
			taken = append(taken, *c.to)
		}
		if e, moved := placementEvent(locked[i], v, by); moved {
			events = append(events, e)
			done.changed++
		}
	}
	if err := s.store.UpdateVisits(ctx, done.visits...); err != nil {
		return done, err
	}
	if err := s.store.SaveAssignments(ctx, freed, taken); err != nil {
		return done, err
	}
	if done.routes, err = s.store.BumpRoutes(ctx, routes); err != nil {
		return done, err
	}
	if err := s.store.AppendEvents(ctx, events...); err != nil {
		return done, err
	}
	if err := s.tellPlacements(ctx, locked, done.visits); err != nil {
		return done, err
	}
	return done, s.settleRequests(ctx, by, requests)
}

// placed is the visit as the placement makes it. What enters a route that the technician was told of is told at once.
func placed(v Visit, c placement, published map[uuid.UUID]bool, now time.Time) Visit {
	stays := v.Assignment != nil && c.to != nil && v.Assignment.TechnicianID == c.to.TechnicianID
	v.Version, v.UpdatedAt = v.Version+1, now
	v.Assignment, v.UnassignedReasons = c.to, c.why
	v.PinnedTechnician, v.PinnedStart = c.old.PinnedTechnician, c.old.PinnedStart
	switch {
	case c.to == nil:
		if v.Status != Refused {
			v.Status = Unassigned
		}
	case v.Status == Held: // and stays so, wherever it is moved inside its slot
	case stays && v.told(): // whoever said yes said it for this technician's route
	case published[c.to.ShiftID]:
		v.Status = Published
	default:
		v.Status = Planned
	}
	if c.as != nil {
		c.as(&v)
	}
	return v
}

// placementEvent is what the organization hears of a placement; nothing when only the reasons for leaving it out changed.
func placementEvent(old, v Visit, by Actor) (Event, bool) {
	switch {
	case v.Assignment == nil && old.Assignment == nil:
		return Event{}, false
	case v.Assignment == nil:
		return visitEvent(EventVisitUnassigned, old, by, nil), true
	}
	data := map[string]any{"shift": v.Assignment.ShiftID, "begin": v.Assignment.Begin, "status": v.Status}
	return visitEvent(EventVisitPlanned, v, by, data), true
}
