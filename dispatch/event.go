package dispatch

import (
	"time"

	"github.com/google/uuid"
)

// Event is an immutable record of something that happened. Data holds ids and codes only: no names, no addresses.
type Event struct {
	Cursor       EventCursor
	At           time.Time
	Kind         string
	RequestID    uuid.UUID
	VisitID      uuid.UUID
	ClientID     uuid.UUID
	TechnicianID uuid.UUID
	PartnerID    uuid.UUID
	ActorRole    Role
	ActorID      uuid.UUID
	Data         map[string]any
}

// EventCursor is an event's place in the order in which events are read: by era (a restored database begins a new one), then the
// writing transaction, then the number inside the organization.
type EventCursor struct {
	Era         int32
	Transaction uint64
	ID          int64
}

// The kinds of event.
const (
	EventRequestCreated    = "request.created"
	EventRequestUpdated    = "request.updated"
	EventRequestCancelled  = "request.cancelled"
	EventVisitCreated      = "visit.created"
	EventVisitUpdated      = "visit.updated"
	EventVisitPlanned      = "visit.planned"
	EventVisitUnassigned   = "visit.unassigned"
	EventVisitMoved        = "visit."          // followed by the status: visit.published, visit.accepted, …
	EventVisitETA          = "visit.eta"       // it is expected at another time
	EventVisitConsented    = "visit.consented" // its client agreed to another window
	EventRouteChanged      = "route.changed"
	EventRoutePublished    = "route.published"
	EventPosition          = "technician.position"
	EventTechnicianUpdated = "technician.updated"
	EventShiftUpdated      = "shift.updated"
	EventAbsenceUpdated    = "absence.updated"
	EventClientUpdated     = "client.updated"
	EventSiteUpdated       = "site.updated"
	EventTerritoryUpdated  = "territory.updated"
	EventPlanFinished      = "plan.finished"
	EventTariffAdded       = "tariff.added"
	EventSeriesAdded       = "series.added"
	EventSeriesUpdated     = "series.updated"
	EventSeriesEnded       = "series.ended"
	EventSeriesStuck       = "series.stuck" // its next request could not be made
)
