package dispatch

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
	"tournee/scheduler"
)

// Policy is how an organization plans, beside its prices.
type Policy struct {
	Rest        scheduler.Seconds `json:"rest"` // owed between two shifts of one technician
	Unpleasant  []WeeklyHours     `json:"unpleasant,omitempty"`
	TravelHours []TravelHours     `json:"travel_hours,omitempty"` // where absent, the estimator's own
	Resources   []Resource        `json:"resources,omitempty"`
	Depots      []Depot           `json:"depots,omitempty"`
	Slots       SlotPolicy        `json:"slots"`
	Replan      ReplanPolicy      `json:"replan"`
	Decisions   int               `json:"decisions"` // days for which a plan can be made again, see Decision
	Live        LivePolicy        `json:"live"`
}

// DefaultRest is what the law gives an employee: directive 2003/88/EC, article 3; Code du travail, L3131-1.
const DefaultRest scheduler.Seconds = 11 * 3600

// DefaultPolicy asks for the legal rest, offers slots as DefaultSlotPolicy does, plans again as DefaultReplanPolicy, and watches
// the day as DefaultLivePolicy.
func DefaultPolicy() Policy {
	return Policy{Rest: DefaultRest, Slots: DefaultSlotPolicy(), Replan: DefaultReplanPolicy(), Decisions: 60, Live: DefaultLivePolicy()}
}

// UnmarshalJSON reads a policy; what is absent has its default.
func (p *Policy) UnmarshalJSON(raw []byte) error {
	type plain Policy
	out := plain(DefaultPolicy())
	err := json.Unmarshal(raw, &out)
	*p = Policy(out)
	return err
}

// WeeklyHours come back every week, in the organization's time zone.
type WeeklyHours struct {
	Days  []int  `json:"days"`  // ISO 8601: 1 is Monday, 7 is Sunday
	Start string `json:"start"` // HH:MM
	End   string `json:"end"`   // HH:MM, the same day; 24:00 is midnight
}

// TravelHours say how travel times by one transport vary over the day.
type TravelHours struct {
	Transport   geo.Mode  `json:"transport"`
	TerritoryID uuid.UUID `json:"territory_id,omitzero"` // for leaving from its sites; nil UUID: from everywhere else
	Percents    [24]int   `json:"percents"`              // by local hour of leaving, of the time at planningHour
}

// Resource is something scarce that visits share.
type Resource struct {
	Code       string            `json:"code"`
	Quantity   int               `json:"quantity"` // visits that may hold it at one moment
	Turnaround scheduler.Seconds `json:"turnaround,omitempty"`
}

// Depot is where missing parts are picked up.
type Depot struct {
	Code     string            `json:"code"`
	Place    geo.Position      `json:"place"`
	Duration scheduler.Seconds `json:"duration,omitempty"`
	Hours    []WeeklyHours     `json:"hours,omitempty"` // empty: always open
	Parts    []string          `json:"parts"`           // kinds, as many as needed
}

// clockMinutes reads HH:MM as minutes from midnight; -1 for what is no time of day.
func clockMinutes(text string) int {
	if text == "24:00" {
		return 24 * 60
	}
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != 5 {
		return -1
	}
	return t.Hour()*60 + t.Minute()
}

// occurrences are the stretches of the hours that touch a span, in order, each by itself. On the day on which clocks change, a local time that
// does not exist is the moment of the change.
func occurrences(hours []WeeklyHours, zone *time.Location, within Span) (out []Span) {
	first := within.Start.In(zone)
	for day := time.Date(first.Year(), first.Month(), first.Day()-1, 0, 0, 0, 0, zone); day.Before(within.End); day = time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, zone) {
		for _, h := range hours {
			if !slices.Contains(h.Days, (int(day.Weekday())+6)%7+1) {
				continue
			}
			at := func(minutes int) time.Time {
				return time.Date(day.Year(), day.Month(), day.Day(), 0, minutes, 0, 0, zone)
			}
			s := Span{Start: at(clockMinutes(h.Start)), End: at(clockMinutes(h.End))}
			if s.Start.Before(s.End) && s.Overlaps(within) {
				out = append(out, s)
			}
		}
	}
	slices.SortFunc(out, func(a, b Span) int { return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End)) })
	return out
}

// spans are the occurrences of the hours, with those that overlap or touch joined.
func spans(hours []WeeklyHours, zone *time.Location, within Span) []Span {
	out := occurrences(hours, zone, within)
	joined := out[:0]
	for _, s := range out {
		if n := len(joined); n > 0 && !s.Start.After(joined[n-1].End) {
			joined[n-1].End = latest(joined[n-1].End, s.End)
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// policy notes everything wrong with a policy.
func (f *Faults) policy(p Policy, territories map[uuid.UUID]bool) {
	bounded(f, "/policy/rest", p.Rest, 0, maxRest)
	f.weekly("/policy/unpleasant", p.Unpleasant)
	f.count("/policy/travel_hours", len(p.TravelHours), maxTravelHours)
	named := map[TravelHours]bool{}
	for i, h := range p.TravelHours {
		at := fmt.Sprintf("/policy/travel_hours/%d", i)
		f.Check(h.Transport < geo.Modes, at+"/transport", "transport.unknown")
		f.Check(h.TerritoryID == uuid.Nil || territories[h.TerritoryID], at+"/territory_id", "territory.unknown")
		key := TravelHours{Transport: h.Transport, TerritoryID: h.TerritoryID}
		f.Check(!named[key], at, "rules.twice")
		named[key] = true
		for hour, percent := range h.Percents {
			bounded(f, fmt.Sprintf("%s/percents/%d", at, hour), percent, 10, 1000)
		}
	}
	f.slots("/policy/slots", p.Slots, territories)
	f.replan("/policy/replan", p.Replan)
	bounded(f, "/policy/decisions", p.Decisions, 1, 400)
	f.live("/policy/live", p.Live)
	f.count("/policy/resources", len(p.Resources), maxResources)
	codes := map[string]bool{}
	for i, r := range p.Resources {
		at := fmt.Sprintf("/policy/resources/%d", i)
		f.code(at+"/code", r.Code, codes)
		bounded(f, at+"/quantity", r.Quantity, 0, 10_000)
		bounded(f, at+"/turnaround", r.Turnaround, 0, maxTurnaround)
	}
	f.count("/policy/depots", len(p.Depots), maxDepots)
	codes = map[string]bool{}
	for i, d := range p.Depots {
		at := fmt.Sprintf("/policy/depots/%d", i)
		f.code(at+"/code", d.Code, codes)
		f.Check(d.Place.Validate() == nil, at+"/place", "position.coordinates")
		bounded(f, at+"/duration", d.Duration, 0, maxSetup)
		f.weekly(at+"/hours", d.Hours)
		f.count(at+"/parts", len(d.Parts), maxDepotParts)
		for j, part := range d.Parts {
			f.kind(fmt.Sprintf("%s/parts/%d", at, j), part)
			f.Check(slices.Index(d.Parts, part) == j, fmt.Sprintf("%s/parts/%d", at, j), "rules.twice")
		}
	}
}

// code is kind for a name that must be the only one of its list.
func (f *Faults) code(path, code string, seen map[string]bool) {
	f.kind(path, code)
	f.Check(!seen[code], path, "rules.twice")
	seen[code] = true
}

func (f *Faults) weekly(path string, hours []WeeklyHours) { f.weeklyUpTo(path, hours, maxWeekly) }

func (f *Faults) weeklyUpTo(path string, hours []WeeklyHours, most int) {
	f.count(path, len(hours), most)
	for i, h := range hours {
		at := fmt.Sprintf("%s/%d", path, i)
		f.Check(len(h.Days) > 0 && len(h.Days) <= 7, at+"/days", "rules.days")
		for j, day := range h.Days {
			bounded(f, fmt.Sprintf("%s/days/%d", at, j), day, 1, 7)
		}
		start, end := clockMinutes(h.Start), clockMinutes(h.End)
		f.Check(start >= 0, at+"/start", "rules.clock")
		f.Check(end >= 0, at+"/end", "rules.clock")
		f.Check(start < 0 || end < 0 || start < end, at+"/end", "window.ends_before_start")
	}
}

// The bounds of a policy's lists. The contract names them as well.
const (
	maxWeekly      = 14
	maxTravelHours = 100
	maxResources   = 200
	maxDepots      = 50
	maxDepotParts  = 500
)
