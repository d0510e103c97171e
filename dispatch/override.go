package dispatch

import (
	"context"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// ChangeKind says what a dispatcher wants to be otherwise.
type ChangeKind string

// The kinds of change.
const (
	ChangeAssign     ChangeKind = "assign"     // a visit goes to a technician or shift, and stays there
	ChangeMove       ChangeKind = "move"       // a visit begins at a moment, with the technician who has it
	ChangeSwap       ChangeKind = "swap"       // two visits take each other's place
	ChangeResequence ChangeKind = "resequence" // a shift's visits come in another order
	ChangePin        ChangeKind = "pin"        // a visit stays where it is
	ChangeUnpin      ChangeKind = "unpin"
	ChangeUnassign   ChangeKind = "unassign" // a visit leaves its route
	ChangeOvertime   ChangeKind = "overtime" // a shift may go on for longer
	ChangeSplit      ChangeKind = "split"    // a visit leaves its crew
)

// PinKind is what of a visit's place is fixed.
type PinKind string

// The kinds of pin.
const (
	PinTechnician PinKind = "technician"
	PinPosition   PinKind = "position"
	PinTime       PinKind = "time"
)

// Change is one thing that a dispatcher wants to be otherwise. What is left open, the planner chooses.
type Change struct {
	Kind         ChangeKind        `json:"kind"`
	VisitID      uuid.UUID         `json:"visit_id,omitzero"`
	OtherVisitID uuid.UUID         `json:"other_visit_id,omitzero"` // swap
	TechnicianID uuid.UUID         `json:"technician_id,omitzero"`  // assign
	ShiftID      uuid.UUID         `json:"shift_id,omitzero"`       // assign, move, resequence, overtime
	Position     int               `json:"position,omitempty"`      // assign: from 1, visits done counted; 0: the best
	Begin        *time.Time        `json:"begin_at,omitempty"`      // assign, move
	Order        []uuid.UUID       `json:"order,omitempty"`         // resequence: every visit of the shift that has not begun
	Pins         []PinKind         `json:"pins,omitempty"`          // pin, unpin; none: all
	Overtime     scheduler.Seconds `json:"overtime,omitempty"`      // so much more
}

// Breach is a hard rule that a plan would break because of an override.
type Breach struct {
	Code      string         `json:"code"` // a key of the message catalogue
	VisitID   uuid.UUID      `json:"visit_id,omitzero"`
	ShiftID   uuid.UUID      `json:"shift_id,omitzero"`
	Params    map[string]any `json:"params,omitempty"`
	Forceable bool           `json:"forceable"`
	by        int64          // how badly, for comparing; 0 where a rule is broken or not
}

// TermCost is what a plan costs more, or less, of one of the scheduler's terms, in minor units.
type TermCost struct {
	Term string `json:"term"`
	Cost int64  `json:"cost"`
}

// Move is what an override makes of one visit's place.
type Move struct {
	VisitID    uuid.UUID
	Reference  string
	TimeZone   string
	From, To   *Assignment // nil: none
	Told       bool        // its technician knows of the place it leaves
	Promise    *Span       // the window that its client was told
	KeepsWord  bool        // it begins inside that window
	Dispatcher bool        // a change names it; the others follow
}

// Basis is what of the plan an override was thought out on: the versions of every route and visit that it touches.
type Basis struct {
	Routes map[uuid.UUID]int64
	Visits map[uuid.UUID]int
}

// Outcome is what an override would make of the plan.
type Outcome struct {
	Currency string
	TimeZone string // the organization's
	Breaches []Breach
	Costs    []TermCost
	Moves    []Move
	Basis    Basis
}

// Cost is what the plan would cost more, in minor units.
func (o Outcome) Cost() (sum int64) {
	for _, t := range o.Costs {
		sum += t.Cost
	}
	return sum
}

// OverrideStatus says whether an override is in force.
type OverrideStatus string

// The states of an override.
const (
	OverrideMade   OverrideStatus = "made"
	OverrideUndone OverrideStatus = "undone"
)

// Override is a change of the plan by a dispatcher, with what it touched as it was before and as it became.
type Override struct {
	Record
	Status    OverrideStatus
	Changes   []Change
	Reason    string
	Forced    bool
	Breaches  []Breach
	Costs     []TermCost
	Before    PlanState
	After     PlanState
	MadeBy    Actor
	ChangedBy Actor // who undid or redid it last, else who made it
}

// PlanState is the part of a plan that an override touches.
type PlanState struct {
	Visits []VisitState `json:"visits"`
	Shifts []ShiftState `json:"shifts"`
}

// VisitState is all of a visit that an override may change.
type VisitState struct {
	VisitID           uuid.UUID           `json:"visit_id"`
	Status            VisitStatus         `json:"status"`
	Assignment        *Assignment         `json:"assignment,omitempty"`
	PinnedTechnician  uuid.UUID           `json:"pinned_technician_id,omitzero"`
	PinnedPosition    int                 `json:"pinned_position,omitempty"`
	PinnedStart       *time.Time          `json:"pinned_start,omitempty"`
	Links             VisitLinks          `json:"links,omitzero"`
	UnassignedReasons []TechnicianReasons `json:"unassigned_reasons,omitempty"`
}

// ShiftState is all of a shift that an override may change, and the times of its visits.
type ShiftState struct {
	ShiftID  uuid.UUID         `json:"shift_id"`
	Start    time.Time         `json:"start"`
	End      time.Time         `json:"end"`
	Overtime scheduler.Seconds `json:"overtime,omitempty"`
	Stops    []StopState       `json:"stops"`
}

// StopState is when a visit of a route is planned.
type StopState struct {
	VisitID uuid.UUID `json:"visit_id"`
	Begin   time.Time `json:"begin"`
	Depart  time.Time `json:"depart"`
}

// OverrideStore keeps overrides.
type OverrideStore interface {
	InsertOverride(ctx context.Context, o Override) error
	UpdateOverride(ctx context.Context, o Override) error // where the version is one below its own, else KindStale
	Override(ctx context.Context, id uuid.UUID) (Override, error)
	Overrides(ctx context.Context, page Page) (Listing[Override], error) // newest first
}

// The kinds of event about overrides.
const (
	EventOverrideMade   = "override.made"
	EventOverrideUndone = "override.undone"
	EventOverrideRedone = "override.redone"
)

// Limits of one override.
const (
	maxChanges        = 20
	maxOverrideReason = 500
)
