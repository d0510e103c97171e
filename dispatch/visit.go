package dispatch

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// VisitStatus is where a visit stands. See Moves for the ways between the states.
type VisitStatus string

// The states of a visit.
const (
	Draft      VisitStatus = "draft"      // waits for its client to choose a slot: no planner looks at it
	Held       VisitStatus = "held"       // a slot is kept for its client until HeldUntil
	Unassigned VisitStatus = "unassigned" // nobody does it yet
	Planned    VisitStatus = "planned"    // in a route that the technician has not been told of
	Published  VisitStatus = "published"  // the technician has been told
	Accepted   VisitStatus = "accepted"
	Refused    VisitStatus = "refused"
	EnRoute    VisitStatus = "en_route"
	Arrived    VisitStatus = "arrived"
	Started    VisitStatus = "started"
	Paused     VisitStatus = "paused"
	Completed  VisitStatus = "completed"
	Failed     VisitStatus = "failed"
	Cancelled  VisitStatus = "cancelled"
)

// VisitStatuses lists every state.
func VisitStatuses() []VisitStatus {
	return []VisitStatus{Draft, Held, Unassigned, Planned, Published, Accepted, Refused, EnRoute, Arrived, Started, Paused, Completed, Failed, Cancelled}
}

// moves says which state may follow which. Planned and Unassigned are reached by planning (Assign, Unassign), Draft and Held by the choice of a
// slot, the others by a transition.
var moves = map[VisitStatus][]VisitStatus{
	Draft:      {Held, Unassigned, Cancelled},
	Held:       {Planned, Published, Unassigned, Draft, Cancelled},
	Unassigned: {Held, Planned, Cancelled},
	Planned:    {Published, Unassigned, Cancelled},
	Published:  {Accepted, Refused, EnRoute, Unassigned, Planned, Cancelled},
	Accepted:   {EnRoute, Refused, Unassigned, Planned, Cancelled},
	Refused:    {Held, Planned, Unassigned, Cancelled},
	EnRoute:    {Arrived, Accepted, Failed, Cancelled},
	Arrived:    {Started, Failed, Cancelled},
	Started:    {Paused, Completed, Failed},
	Paused:     {Started, Completed, Failed},
	Completed:  {},
	Failed:     {},
	Cancelled:  {},
}

// Moves lists the states a visit in this state and mode may go to. Work without a place begins without a journey: accepted, then started.
//
// Work on the hotline is never in a route: whoever answered the phone says how it ended.
func (s VisitStatus) Moves(m Mode) []VisitStatus {
	next := moves[s]
	switch {
	case m == OnSite:
		return next
	case m == Hotline && s == Unassigned:
		return []VisitStatus{Completed, Failed, Cancelled}
	}
	placeless := make([]VisitStatus, 0, len(next))
	for _, n := range next {
		if n == EnRoute {
			n = Started
		}
		placeless = append(placeless, n)
	}
	return placeless
}

// MayBecome reports whether the move is legal.
func (s VisitStatus) MayBecome(to VisitStatus, m Mode) bool { return slices.Contains(s.Moves(m), to) }

// Over reports whether the visit has ended for good.
func (s VisitStatus) Over() bool { return len(moves[s]) == 0 }

// UnderWay reports whether the technician has set off or begun: no planner moves it any more.
func (s VisitStatus) UnderWay() bool {
	return s == EnRoute || s == Arrived || s == Started || s == Paused
}

// Assigned reports whether a technician's time is taken by it.
func (s VisitStatus) Assigned() bool {
	return s == Held || s == Planned || s == Published || s == Accepted || s.UnderWay()
}

// Visit is the unit that is scheduled: one piece of work for one technician in one mode.
type Visit struct {
	Record
	Work
	RequestID         uuid.UUID
	Reference         string // the request's, by which people name the visit
	ClientID          uuid.UUID
	PartnerID         uuid.UUID
	SiteID            uuid.UUID // nil UUID for work without a place
	TerritoryID       uuid.UUID // the site's
	TimeZone          string    // IANA, the site's
	Status            VisitStatus
	Priority          int
	Links             VisitLinks
	PinnedTechnician  uuid.UUID   // a dispatcher fixed who
	PinnedPosition    int         // a dispatcher fixed that it is among the first so many of its shift; 0: not
	PinnedStart       *time.Time  // a dispatcher fixed when
	RefusedBy         []uuid.UUID // technicians who refused it
	Promise           *Span       // the window the client was told; while it is held, the slot
	BySlot            bool        // its client chooses a slot, and has not booked one yet
	BookingID         uuid.UUID   // what it was booked by, or is held for
	HeldUntil         *time.Time  // while Held
	SetOffAt          *time.Time  // the technician did, last
	ArrivedAt         *time.Time
	ActualStart       *time.Time
	PausedAt          *time.Time    // while Paused
	Pauses            time.Duration // those that are over
	ExpectedEnd       *time.Time    // as whoever does it says; nil: as planned
	ActualEnd         *time.Time
	UnassignedReasons []TechnicianReasons // why the last plan left it out
	Outcome           string
	Cause             Cause       // why it failed
	FollowsID         uuid.UUID   // the failed visit that it makes up for
	Assignment        *Assignment // nil while nobody does it
	ETA               *ETA        // of its assignment's route, since it was first thought out on the day
}

// Assignment says who does a visit and when, as planned.
type Assignment struct {
	VisitID       uuid.UUID `json:"visit_id"`
	CrewPlace     int       `json:"crew_place,omitempty"` // 0 for a visit of one technician
	ShiftID       uuid.UUID `json:"shift_id"`
	TechnicianID  uuid.UUID `json:"technician_id"`
	SiteID        uuid.UUID `json:"site_id,omitzero"` // where, when it is one of the alternative sites; else the nil UUID
	Technician    string    `json:"-"`                // the name, when read
	Arrive        time.Time `json:"arrive"`
	Begin         time.Time `json:"begin"`
	Depart        time.Time `json:"depart"`
	TravelSeconds int       `json:"travel_seconds"` // from the stop before, or the shift's start
	TravelMetres  int       `json:"travel_metres"`
	DecidedBy     Decider   `json:"decided_by"`
	Forced        bool      `json:"forced,omitempty"` // against a rule: its whole route stays as it stands
}

// Decider says who chose an assignment.
type Decider string

// The deciders.
const (
	ByPlanner    Decider = "planner"
	ByDispatcher Decider = "dispatcher"
)

// Reason is one coded reason, a key of the message catalogue with what its sentence names.
type Reason struct {
	Code   string         `json:"code"`
	Params map[string]any `json:"params,omitempty"`
}

// TechnicianReasons says why one technician does not do a visit.
type TechnicianReasons struct {
	TechnicianID uuid.UUID `json:"technician_id"`
	Reasons      []Reason  `json:"reasons"`
}

// Stop is one visit in a route, with what the technician needs to know to do it.
type Stop struct {
	Visit        Visit
	Category     string
	Description  string
	Site         *Site // nil for work without a place
	ContactName  string
	ContactPhone string
}

// Route is a shift and its stops in order.
type Route struct {
	Shift          Shift
	TechnicianName string
	TimeZone       string // the technician's
	Stops          []Stop
}
