package dispatch

import "time"

// Organization is the tenant: it owns everything below.
type Organization struct {
	Record
	Slug           string // part of addresses; never changes
	Name           string
	TimeZone       string // IANA
	Locale         string // "fr" or "en": the language people are written to when they have not said theirs
	Currency       string // ISO 4217
	PriorityMatrix PriorityMatrix
	Weights        Weights
}

// Partner is a company that sends requests through the api: an insurer, a retailer, an IT service company.
type Partner struct {
	Record
	Name string
}

// Grade is how much is at stake (impact) or how soon (urgency), in ITIL's three grades.
type Grade string

// The grades.
const (
	High   Grade = "high"
	Medium Grade = "medium"
	Low    Grade = "low"
)

func (g Grade) index() int {
	switch g {
	case High:
		return 0
	case Medium:
		return 1
	}
	return 2
}

// Valid reports whether g is one of the grades.
func (g Grade) Valid() bool { return g == High || g == Medium || g == Low }

// PriorityMatrix gives a priority, 1 (most pressing) to 5, by impact (row) and urgency (column), each high, medium, low.
type PriorityMatrix [9]int16

// DefaultPriorityMatrix is the usual ITIL matrix.
func DefaultPriorityMatrix() PriorityMatrix { return PriorityMatrix{1, 2, 3, 2, 3, 4, 3, 4, 5} }

// Priority looks the priority up.
func (m PriorityMatrix) Priority(impact, urgency Grade) int {
	return int(m[3*impact.index()+urgency.index()])
}

// Weights are the planner's prices, in cents, so that a dispatcher can reason about them.
type Weights struct {
	TravelHour        int64    `json:"travel_hour"`       // an hour of travel
	TravelKilometre   int64    `json:"travel_kilometre"`  // a kilometre of travel
	WaitingHour       int64    `json:"waiting_hour"`      // an hour of waiting for a window to open
	Overqualification int64    `json:"overqualification"` // each skill level above what the work needs
	LeftOut           [5]int64 `json:"left_out"`          // leaving a visit of priority 1…5 out of the plan
	TechnicianChange  int64    `json:"technician_change"` // giving a visit to another technician than the one who was told
}

// DefaultWeights are prices of the right order for Île-de-France: about what an hour of a technician and a kilometre of a car cost.
func DefaultWeights() Weights {
	return Weights{
		TravelHour:        4000,
		TravelKilometre:   40,
		WaitingHour:       1500,
		Overqualification: 300,
		LeftOut:           [5]int64{1_000_000, 400_000, 150_000, 60_000, 25_000},
		TechnicianChange:  2000,
	}
}

// Territory is a set of H3 cells that the organization serves; no cell is in two territories of one organization.
type Territory struct {
	Record
	ExternalID string
	Name       string
	Cells      []int64 // H3, resolution 7, ascending
	Metadata   Metadata
}

// Skill is a named competence; its code is its identity and never changes.
type Skill struct {
	Code      string
	NameFR    string
	NameEN    string
	Version   int
	CreatedAt time.Time
	UpdatedAt time.Time
	DeletedAt *time.Time
}
