package dispatch

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// SlotPolicy is how an organization sells its time: which arrival windows it offers, how long it keeps one for a client, and what it keeps back.
type SlotPolicy struct {
	Hours       []WeeklyHours     `json:"hours,omitempty"` // the arrival windows, by the clocks of the site; none: two hours each, 8 to 18, Monday to Saturday
	Days        int               `json:"days"`            // how far ahead, 1 to 60
	Lead        scheduler.Seconds `json:"lead"`            // at least so long before a window opens
	Hold        scheduler.Seconds `json:"hold"`            // how long a slot is kept
	Change      scheduler.Seconds `json:"change"`          // until so long before its window opens a client may move or cancel a booking
	Green       int               `json:"green"`           // a technician so many metres away, as the crow flies, makes a slot a green one; 0: none is
	Opportunity int64             `json:"opportunity"`     // what it costs, in minor units, to have no place left for a client who comes later
	Reserves    []Reserve         `json:"reserves,omitempty"`
	Needs       []Need            `json:"needs,omitempty"`
}

// Reserve is capacity kept back for urgent work: what is not urgent is not offered a slot that would leave less.
type Reserve struct {
	TerritoryID uuid.UUID         `json:"territory_id,omitzero"` // nil UUID: everywhere
	Skill       string            `json:"skill,omitempty"`       // of technicians who have it at any level; "": of everybody
	Days        []int             `json:"days,omitempty"`        // ISO 8601, 1 is Monday; none: every day
	Time        scheduler.Seconds `json:"time"`                  // of technicians' time without work, a day
	Until       scheduler.Seconds `json:"until"`                 // so long before a window opens the rest of the reserve is offered to everybody
}

// Need says which fields of a request have to be filled before a slot can be booked.
type Need struct {
	Category string   `json:"category,omitempty"` // "": any
	Mode     Mode     `json:"mode,omitempty"`     // "": any
	Fields   []string `json:"fields"`             // of bookableFields
}

// bookableFields are those that a Need may name, with what tells whether a request has one.
var bookableFields = map[string]func(NewRequest) bool{
	"site_id":    func(r NewRequest) bool { return r.SiteID != uuid.Nil },
	"contact_id": func(r NewRequest) bool { return r.ContactID != uuid.Nil },
	"asset_id":   func(r NewRequest) bool { return r.AssetID != uuid.Nil },
	"metadata":   func(r NewRequest) bool { return len(r.Metadata) > 0 },
}

// DefaultSlotPolicy offers two weeks from two hours ahead, keeps a slot for ten minutes, and lets clients change until the day before.
func DefaultSlotPolicy() SlotPolicy {
	return SlotPolicy{Days: 14, Lead: 2 * 3600, Hold: 600, Change: 24 * 3600, Green: 1500, Opportunity: 2000}
}

// defaultHours are the arrival windows of an organization that has not said its own.
func defaultHours() (out []WeeklyHours) {
	for hour := 8; hour < 18; hour += 2 {
		out = append(out, WeeklyHours{Days: []int{1, 2, 3, 4, 5, 6}, Start: fmt.Sprintf("%02d:00", hour), End: fmt.Sprintf("%02d:00", hour+2)})
	}
	return out
}

// slots are the arrival windows that open in a stretch of time, in order.
func (p SlotPolicy) slots(zone *time.Location, within Span) []Span {
	hours := p.Hours
	if len(hours) == 0 {
		hours = defaultHours()
	}
	return slices.DeleteFunc(occurrences(hours, zone, within), func(s Span) bool { return !within.Contains(s.Start) })
}

// span is as far as slots are offered.
func (p SlotPolicy) span(now time.Time) Span { return Span{Start: now, End: now.AddDate(0, 0, p.Days)} }

// needs lists the fields that a kind of work must have before it is booked: in the contract's names, ascending.
func (p SlotPolicy) needs(mode Mode, category string) []string {
	out := []string{"category", "description"}
	if mode == OnSite {
		out = append(out, "site_id")
	}
	for _, n := range p.Needs {
		if (n.Mode == "" || n.Mode == mode) && (n.Category == "" || n.Category == category) {
			out = append(out, n.Fields...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// The bounds of a slot policy. The contract names them as well.
const (
	maxSlotDays = 60
	maxReserves = 100
	maxNeeds    = 100
	maxAheadOf  = 30 * 24 * 3600
	minHold     = 60
	maxHold     = 3600
	maxGreen    = 50_000
)

// slots notes everything wrong with a slot policy.
func (f *Faults) slots(path string, p SlotPolicy, territories map[uuid.UUID]bool) {
	f.weeklyUpTo(path+"/hours", p.Hours, maxSlotHours)
	bounded(f, path+"/days", p.Days, 1, maxSlotDays)
	bounded(f, path+"/lead", p.Lead, 0, maxAheadOf)
	bounded(f, path+"/hold", p.Hold, minHold, maxHold)
	bounded(f, path+"/change", p.Change, 0, maxAheadOf)
	bounded(f, path+"/green", p.Green, 0, maxGreen)
	bounded(f, path+"/opportunity", p.Opportunity, 0, 1_000_000)
	f.count(path+"/reserves", len(p.Reserves), maxReserves)
	for i, r := range p.Reserves {
		at := fmt.Sprintf("%s/reserves/%d", path, i)
		f.Check(r.TerritoryID == uuid.Nil || territories[r.TerritoryID], at+"/territory_id", "territory.unknown")
		for j, day := range r.Days {
			bounded(f, fmt.Sprintf("%s/days/%d", at, j), day, 1, 7)
		}
		bounded(f, at+"/time", r.Time, 0, 1000*3600)
		bounded(f, at+"/until", r.Until, 0, maxAheadOf)
	}
	f.count(path+"/needs", len(p.Needs), maxNeeds)
	for i, n := range p.Needs {
		at := fmt.Sprintf("%s/needs/%d", path, i)
		f.Check(n.Mode == "" || slices.Contains([]Mode{Remote, OnSite, Workshop}, n.Mode), at+"/mode", "field.enum")
		for j, name := range n.Fields {
			f.Check(bookableFields[name] != nil, fmt.Sprintf("%s/fields/%d", at, j), "field.enum")
		}
	}
}

// maxSlotHours is seven days of an arrival window each half hour of the working day.
const maxSlotHours = 200
