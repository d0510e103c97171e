package dispatch

import (
	"encoding/json"
	"strings"
	"time"

	"tournee/scheduler"
)

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
	Policy         Policy
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

	Scarcity       int64 `json:"scarcity"`        // each rare skill that the work does not need, by how rare it is
	NotPreferred   int64 `json:"not_preferred"`   // giving a visit to another than the preferred technicians
	SpareTerritory int64 `json:"spare_territory"` // a visit in a technician's spare territory
	PreferHour     int64 `json:"prefer_hour"`     // an hour after the preferred window
	LateHour       int64 `json:"late_hour"`       // an hour after the service promise
	ToldHour       int64 `json:"told_hour"`       // an hour after the window that the client was told
	Fairness       int64 `json:"fairness"`        // each technician's hours of four weeks and the plan, squared
	Unpleasant     int64 `json:"unpleasant"`      // each technician's visits in unpleasant hours in that time, squared
	Lexicographic  bool  `json:"lexicographic"`   // first the priorities left out, then their number, then money
}

// UnmarshalJSON reads prices; one that is absent has its default.
func (w *Weights) UnmarshalJSON(raw []byte) error {
	type plain Weights
	out := plain(DefaultWeights())
	err := json.Unmarshal(raw, &out)
	*w = Weights(out)
	return err
}

// DefaultWeights are the balanced profile's prices, and those of what the scheduler's profiles leave to its caller.
func DefaultWeights() Weights {
	w := Weights{LeftOut: [5]int64{1_000_000, 400_000, 150_000, 60_000, 25_000}, LateHour: 3000}
	if err := w.follow("balanced"); err != nil {
		panic(err) // the scheduler's own
	}
	return w
}

// follow sets the prices to a named profile's; those of leaving a visit out and of being late stay, and "" changes nothing.
func (w *Weights) follow(profile string) error {
	if profile == "" {
		return nil
	}
	p, known := scheduler.Profile(profile)
	if !known {
		var faults Faults
		faults.Add("/profile", "organization.profile", map[string]any{"profiles": strings.Join(scheduler.Profiles(), ", ")})
		return faults.Err()
	}
	*w = Weights{
		LeftOut: w.LeftOut, LateHour: w.LateHour, TravelHour: int64(p.TravelHour), TravelKilometre: int64(p.Kilometre), WaitingHour: int64(p.WaitingHour),
		Overqualification: int64(p.Overqualification), TechnicianChange: int64(p.OtherTechnician), Scarcity: int64(p.Scarcity), NotPreferred: int64(p.NotPreferred),
		SpareTerritory: int64(p.SpareTerritory), PreferHour: int64(p.PreferHour), ToldHour: int64(p.ToldHour), Fairness: int64(p.Fairness), Unpleasant: int64(p.Unpleasant),
		Lexicographic: p.Lexicographic,
	}
	return nil
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

// price is one of the prices by its name in the contract.
type price struct {
	name  string
	cents *int64
}

// prices are all but LeftOut.
func (w *Weights) prices() []price {
	return []price{
		{"travel_hour", &w.TravelHour},
		{"travel_kilometre", &w.TravelKilometre},
		{"waiting_hour", &w.WaitingHour},
		{"overqualification", &w.Overqualification},
		{"technician_change", &w.TechnicianChange},
		{"scarcity", &w.Scarcity},
		{"not_preferred", &w.NotPreferred},
		{"spare_territory", &w.SpareTerritory},
		{"prefer_hour", &w.PreferHour},
		{"late_hour", &w.LateHour},
		{"told_hour", &w.ToldHour},
		{"fairness", &w.Fairness},
		{"unpleasant", &w.Unpleasant},
	}
}
