package dispatch

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// TechnicianRules are what planning knows of a technician beside skills and territories.
type TechnicianRules struct {
	Kind              string      `json:"kind,omitempty"` // a grade or type, which WorkRules.Durations may name
	SpareTerritoryIDs []uuid.UUID `json:"spare_territory_ids,omitempty"`
	Shifts            ShiftRules  `json:"shifts,omitzero"` // of shifts made without rules of their own
}

// ShiftRules are what a shift costs, in minor units, and how much it bears. A zero field asks for nothing.
type ShiftRules struct {
	Price           int64             `json:"shift_price,omitempty"` // of using the shift at all
	Overtime        scheduler.Seconds `json:"overtime,omitempty"`    // the route may end so long after the shift
	OvertimeHour    int64             `json:"overtime_hour,omitempty"`
	WorkHour        int64             `json:"work_hour,omitempty"`        // of paid time
	FreeStart       bool              `json:"free_start,omitempty"`       // paid from leaving, as late as still possible; otherwise the whole shift
	TravelHour      *int64            `json:"travel_hour,omitempty"`      // instead of the organization's weight; so for the next
	TravelKilometre *int64            `json:"travel_kilometre,omitempty"` //
	VisitPrice      int64             `json:"visit_price,omitempty"`      // what a subcontractor takes
	Pool            bool              `json:"pool,omitempty"`             // a subcontractor's capacity: visits run side by side
	MaxTravel       scheduler.Seconds `json:"max_travel,omitempty"`       // 0: no limit; so for the next two
	MaxDistance     int               `json:"max_distance,omitempty"`     // metres
	MaxVisits       int               `json:"max_visits,omitempty"`
	Capacity        []Quantity        `json:"capacity,omitempty"` // by kind of load; one that is absent has no limit
	Stock           []Quantity        `json:"stock,omitempty"`    // spare parts at the start
	StartsAnywhere  bool              `json:"starts_anywhere,omitempty"`
	EndsAnywhere    bool              `json:"ends_anywhere,omitempty"`
}

// Quantity is so many of one kind, by the organization's own names.
type Quantity struct {
	Kind     string `json:"kind"`
	Quantity int    `json:"quantity"`
}

// WorkRules are what planning has to respect about a piece of work beside skills and windows. A zero field asks for nothing.
type WorkRules struct {
	Prefer                 *Span             `json:"prefer,omitempty"`    // inside the windows: suits best
	Due                    *time.Time        `json:"due,omitempty"`       // the service promise: done by then
	LateHour               int64             `json:"late_hour,omitempty"` // after Due; 0: the organization's weight
	AnyOf                  [][]SkillLevel    `json:"any_of,omitempty"`    // of each list, one at least
	NoneOf                 []SkillLevel      `json:"none_of,omitempty"`   // not owned at this level or above
	RequiredTechnicianIDs  []uuid.UUID       `json:"required_technician_ids,omitempty"`
	PreferredTechnicianIDs []uuid.UUID       `json:"preferred_technician_ids,omitempty"`
	ExcludedTechnicianIDs  []uuid.UUID       `json:"excluded_technician_ids,omitempty"`
	AlternativeSiteIDs     []uuid.UUID       `json:"alternative_site_ids,omitempty"` // of the same client
	Setup                  scheduler.Seconds `json:"setup,omitempty"`                // more, when the technician comes from another place
	Durations              []WorkDuration    `json:"durations,omitempty"`            // the first that applies holds
	Mandatory              bool              `json:"mandatory,omitempty"`
	Loads                  []Quantity        `json:"loads,omitempty"`   // aboard from the shift's start to the visit
	Pickups                []Quantity        `json:"pickups,omitempty"` // aboard from the visit to the shift's end
	Parts                  []Quantity        `json:"parts,omitempty"`
	Resources              []string          `json:"resources,omitempty"` // codes of Policy.Resources
}

// WorkDuration is how long work takes some technicians. Exactly one of TechnicianID, Kind and Level is set.
type WorkDuration struct {
	TechnicianID uuid.UUID         `json:"technician_id,omitzero"`
	Kind         string            `json:"kind,omitempty"`  // TechnicianRules.Kind
	Level        int               `json:"level,omitempty"` // at least, in the first required skill
	Duration     scheduler.Seconds `json:"duration"`
	Setup        scheduler.Seconds `json:"setup,omitempty"`
}

// VisitLinks say how a visit depends on others of the same request.
type VisitLinks struct {
	Together []uuid.UUID  `json:"together,omitempty"` // a crew; named by one of them it holds for all
	After    []AfterVisit `json:"after,omitempty"`
}

// AfterVisit is a visit that must be done before.
type AfterVisit struct {
	VisitID    uuid.UUID         `json:"visit_id"`
	Least      scheduler.Seconds `json:"least,omitempty"`
	Greatest   scheduler.Seconds `json:"greatest,omitempty"` // 0: no limit
	Technician scheduler.SameOr  `json:"technician,omitempty"`
}

// take takes over those of the rules that somebody in the principal's role may give: clients their wishes, partners all but what binds the
// dispatcher, the organization's own people everything.
func (r *WorkRules) take(p Principal, from WorkRules) {
	old := *r
	switch {
	case p.Staff():
		*r = from
	case p.Role == RolePartner:
		*r = from
		r.Mandatory, r.LateHour, r.RequiredTechnicianIDs = old.Mandatory, old.LateHour, old.RequiredTechnicianIDs
	default:
		r.Prefer, r.AlternativeSiteIDs = from.Prefer, from.AlternativeSiteIDs
		r.PreferredTechnicianIDs, r.ExcludedTechnicianIDs = from.PreferredTechnicianIDs, from.ExcludedTechnicianIDs
	}
}

// RulesPatch changes the rules of a piece of work; a nil field stays as it is.
type RulesPatch struct {
	Rules  *WorkRules // but for Prefer and Due
	Prefer **Span     // nil behind the pointer clears it; so for the next
	Due    **time.Time
}

// apply changes rules as somebody in the principal's role may; what they may not give, and do not see, stays.
func (c RulesPatch) apply(faults *Faults, p Principal, rules *WorkRules) {
	given := *rules
	if c.Rules != nil {
		var own WorkRules
		own.take(p, *c.Rules)
		faults.reserved(p, *c.Rules)
		given = *c.Rules
		given.Prefer, given.Due = rules.Prefer, rules.Due
	}
	set(&given.Prefer, c.Prefer)
	set(&given.Due, c.Due)
	rules.take(p, given)
}

// ShownTo is what the principal may see of the rules: a technician what the work asks for, others what they may give and the service promise.
func (r WorkRules) ShownTo(p Principal) (out WorkRules) {
	if p.Role == RoleTechnician {
		return WorkRules{Prefer: r.Prefer, Due: r.Due, AlternativeSiteIDs: r.AlternativeSiteIDs, Setup: r.Setup, Loads: r.Loads, Pickups: r.Pickups, Parts: r.Parts, Resources: r.Resources}
	}
	out.take(p, r)
	out.Due = r.Due
	return out
}

// stored is a document in the form in which it comes back from the store, so that an unchanged one compares equal: times in UTC, empty
// lists nil.
func stored[T any](document T) (out T) {
	raw, err := json.Marshal(document)
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		panic(err) // documents are plain data
	}
	return out
}

// utc gives the times of the rules the zone in which they are kept.
func (r *WorkRules) utc() {
	if r.Prefer != nil {
		r.Prefer = &Span{Start: r.Prefer.Start.UTC(), End: r.Prefer.End.UTC()}
	}
	if r.Due != nil {
		due := r.Due.UTC()
		r.Due = &due
	}
}
