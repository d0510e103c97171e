package dispatch

import (
	"time"

	"github.com/google/uuid"

	"tournee/geo"
)

// Employment says how a technician works for the organization; the law on working time binds employees.
type Employment string

// The kinds of employment.
const (
	Employee      Employment = "employee"
	Independent   Employment = "independent"
	Subcontractor Employment = "subcontractor"
)

// Technician does the work.
type Technician struct {
	Record
	ExternalID   string
	Name         string
	Email        string
	Phone        string
	Employment   Employment
	Transport    geo.Mode
	Home         geo.Position
	TimeZone     string
	Locale       string
	Skills       []SkillLevel
	TerritoryIDs []uuid.UUID // empty: anywhere
	Metadata     Metadata
}

// Break is a pause inside a shift that may begin between Earliest and Latest.
type Break struct {
	Earliest time.Time `json:"earliest"`
	Latest   time.Time `json:"latest"`
	Seconds  int       `json:"seconds"`
}

// Shift is a dated stretch of work of one technician, and the route that is planned in it.
type Shift struct {
	Record
	ExternalID   string
	TechnicianID uuid.UUID
	Span
	StartPlace   geo.Position
	EndPlace     geo.Position
	Transport    geo.Mode
	Breaks       []Break
	RouteVersion int64      // moves whenever the stops, the shift, an absence or a skill behind them does
	PublishedAt  *time.Time // when the technician was told of the route
}

// AbsenceKind is why a technician is away.
type AbsenceKind string

// The kinds of absence.
const (
	Sick         AbsenceKind = "sick"
	Holiday      AbsenceKind = "holiday"
	Training     AbsenceKind = "training"
	OtherAbsence AbsenceKind = "other"
)

// Absence takes a technician out of the plan for a while.
type Absence struct {
	Record
	TechnicianID uuid.UUID
	Span
	Kind AbsenceKind
}

// Fix is where a technician was; it is coarsened before it is kept.
type Fix struct {
	TechnicianID uuid.UUID
	At           time.Time
	Position     geo.Position
	Cell         int64 // H3, resolution 9
}
