package dispatch

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
	"tournee/scheduler"
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
	Rules        TechnicianRules
	Metadata     Metadata
}

// Break is a pause inside a shift that may begin between Earliest and Latest, or in one of Windows, or so long After the shift's start.
type Break struct {
	Earliest  time.Time   `json:"earliest,omitzero"`
	Latest    time.Time   `json:"latest,omitzero"`
	Windows   []Span      `json:"windows,omitempty"`
	After     *AfterStart `json:"after,omitempty"`
	Seconds   int         `json:"seconds"`
	Optional  bool        `json:"optional,omitempty"`   // may be left out at SkipPrice; owed otherwise
	SkipPrice int64       `json:"skip_price,omitempty"` // minor units
}

// AfterStart is a stretch of time counted from a shift's start, ends included.
type AfterStart struct {
	Earliest scheduler.Seconds `json:"earliest"`
	Latest   scheduler.Seconds `json:"latest"`
}

// utc is the break with its times in the zone in which they are kept.
func (b Break) utc() Break {
	b.Earliest, b.Latest, b.Windows = b.Earliest.UTC(), b.Latest.UTC(), slices.Clone(b.Windows)
	for i, w := range b.Windows {
		b.Windows[i] = Span{Start: w.Start.UTC(), End: w.End.UTC()}
	}
	return b
}

// begins are the stretches in which the break may begin, in the shift that starts then.
func (b Break) begins(start time.Time) []Span {
	switch {
	case b.After != nil:
		after := func(s scheduler.Seconds) time.Time { return start.Add(time.Duration(s) * time.Second) }
		return []Span{{Start: after(b.After.Earliest), End: after(b.After.Latest)}}
	case len(b.Windows) > 0:
		return b.Windows
	}
	return []Span{{Start: b.Earliest, End: b.Latest}}
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
	Rules        ShiftRules
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
