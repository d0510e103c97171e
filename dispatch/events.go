package dispatch

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
)

// EventStore appends and reads events.
type EventStore interface {
	AppendEvents(ctx context.Context, events ...Event) error
	// Events gives what happened after the cursor, in order, below the oldest transaction still running; at most limit.
	Events(ctx context.Context, filter EventFilter, after EventCursor, limit int) ([]Event, error)
	// LastEvent is the cursor a reader starts from who wants only what comes next.
	LastEvent(ctx context.Context) (EventCursor, error)
	// RequestEvents gives a request's trace after the cursor, oldest first, at most limit.
	RequestEvents(ctx context.Context, request uuid.UUID, after EventCursor, limit int) ([]Event, error)
}

// EventFilter says which events; a nil UUID or an empty list leaves that side open.
type EventFilter struct {
	ClientID     uuid.UUID
	TechnicianID uuid.UUID
	PartnerID    uuid.UUID
	Kinds        []string
}

// Shows reports whether the filter lets the event through.
func (f EventFilter) Shows(e Event) bool {
	is := func(want, have uuid.UUID) bool { return want == uuid.Nil || want == have }
	if !is(f.ClientID, e.ClientID) || !is(f.TechnicianID, e.TechnicianID) || !is(f.PartnerID, e.PartnerID) {
		return false
	}
	if f.TechnicianID != uuid.Nil && unpublished(e) {
		return false
	}
	if len(f.Kinds) == 0 {
		return true
	}
	return slices.Contains(f.Kinds, e.Kind)
}

// unpublished reports whether the event is of a visit that its technician had not been told of, and still is not.
func unpublished(e Event) bool {
	switch e.Kind {
	case EventVisitPlanned:
		return untold(e.Data["status"])
	case EventVisitUnassigned, EventVisitMoved + string(Cancelled):
		return untold(e.Data["from"])
	}
	return false
}

// untold reports whether a visit's technician does not know of it in that state.
func untold(status any) bool {
	s := VisitStatus(fmt.Sprint(status))
	return s == Planned || s == Held
}

// EventFilterFor is what the principal may see of the events.
func EventFilterFor(p Principal, kinds []string) EventFilter {
	return EventFilter{ClientID: p.ClientID, TechnicianID: p.TechnicianID, PartnerID: p.PartnerID, Kinds: kinds}
}

// Events gives the organization's events of the filter after the cursor, in order, at most limit. What a technician has not been told of
// yet is among them: the caller still asks Shows.
func (s *Service) Events(ctx context.Context, org uuid.UUID, filter EventFilter, after EventCursor, limit int) (events []Event, err error) {
	err = s.store.Tx(ctx, org, func(ctx context.Context) error {
		events, err = s.store.Events(ctx, filter, after, limit)
		return err
	})
	return events, err
}

// LastEvent is the cursor from which only what comes next is read.
func (s *Service) LastEvent(ctx context.Context, org uuid.UUID) (last EventCursor, err error) {
	err = s.store.Tx(ctx, org, func(ctx context.Context) error {
		last, err = s.store.LastEvent(ctx)
		return err
	})
	return last, err
}

// visitEvent is an event about a visit, with everyone it concerns. One that loses its technician is given as it was, and says from which
// state it went.
func visitEvent(kind string, v Visit, by Actor, data map[string]any) Event {
	if kind == EventVisitUnassigned {
		from := map[string]any{"from": v.Status}
		maps.Copy(from, data)
		data = from
	}
	e := Event{Kind: kind, RequestID: v.RequestID, VisitID: v.ID, ClientID: v.ClientID, PartnerID: v.PartnerID, ActorRole: by.Role, ActorID: by.ID, Data: data}
	if v.Assignment != nil {
		e.TechnicianID = v.Assignment.TechnicianID
	}
	return e
}

// requestEvent is an event about a request.
func requestEvent(kind string, r Request, by Actor, data map[string]any) Event {
	return Event{Kind: kind, RequestID: r.ID, ClientID: r.ClientID, PartnerID: r.PartnerID, ActorRole: by.Role, ActorID: by.ID, Data: data}
}
