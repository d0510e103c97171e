package dispatch

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// SeriesStatus is where a series stands.
type SeriesStatus string

// The states of a series.
const (
	SeriesActive SeriesStatus = "active"
	SeriesPaused SeriesStatus = "paused" // nothing new is made; what was made stays
	SeriesEnded  SeriesStatus = "ended"  // for good; what nobody was told of is taken back
)

// HolidayRule says what becomes of an occurrence that falls on a public holiday.
type HolidayRule string

// The rules.
const (
	KeepHoliday    HolidayRule = "keep"
	SkipHoliday    HolidayRule = "skip"
	NextWorkingDay HolidayRule = "next_working_day" // Monday to Friday, and no holiday
)

// SeriesWork is what each request of a series asks for.
type SeriesWork struct {
	Mode           Mode              `json:"mode"`
	Category       string            `json:"category"`
	Description    string            `json:"description"`
	SupportLevel   int               `json:"support_level"`
	Severity       Severity          `json:"severity"`
	Impact         Grade             `json:"impact"`
	Urgency        Grade             `json:"urgency"`
	RequiredSkills []SkillLevel      `json:"required_skills,omitempty"`
	Duration       scheduler.Seconds `json:"duration"`
	Rules          WorkRules         `json:"rules,omitzero"` // without Prefer and Due
	Metadata       Metadata          `json:"metadata,omitempty"`
}

// Recurrence says on which days the work comes back, and in which hours.
type Recurrence struct {
	Rule       string          `json:"rule"`                 // RFC 5545, of days
	Start      time.Time       `json:"start"`                // DTSTART: digits of the local time, held in UTC; its time of day opens each window
	WindowEnd  string          `json:"window_end"`           // HH:MM of the same day, where each window ends
	Before     int             `json:"before,omitempty"`     // days that an occurrence may be done earlier
	After      int             `json:"after,omitempty"`      // days later
	Holidays   HolidayCalendar `json:"holidays"`             //
	OnHoliday  HolidayRule     `json:"on_holiday"`           //
	Exceptions []Exception     `json:"exceptions,omitempty"` // one a day at most, by day
}

// ExceptionKind says how an exception departs from the rule.
type ExceptionKind string

// The kinds.
const (
	DropOccurrence    ExceptionKind = "drop" // EXDATE
	AddOccurrence     ExceptionKind = "add"  // RDATE
	MoveOccurrence    ExceptionKind = "move"
	RestoreOccurrence ExceptionKind = "restore" // takes the day's exception back; never kept
)

// Exception departs from the rule for one occurrence. A day that a person chose is not moved by holidays.
type Exception struct {
	Kind ExceptionKind `json:"kind"`
	On   Day           `json:"on"`           // the day that the rule gives, or that is added
	To   Day           `json:"to,omitempty"` // where it is moved
}

// Series is work that comes back by a rule; its requests are made ahead.
type Series struct {
	Record
	PartnerID   uuid.UUID // who made it; the nil UUID is the organization
	ClientID    uuid.UUID
	SiteID      uuid.UUID // nil UUID for work without a place
	ContactID   uuid.UUID
	AssetID     uuid.UUID
	TimeZone    string // IANA, the site's
	Work        SeriesWork
	Recurrence  Recurrence
	HorizonDays int // requests are made for so many days ahead
	Status      SeriesStatus
	MadeThrough Day      // requests are made up to here, as the series now stands; "" is not yet
	Stuck       []Reason // why the next request could not be made
	CreatedBy   Actor    // in whose name requests are made
	UpdatedBy   Actor    // in whose name they are changed
}

// Occurrence is one day on which the work comes back.
type Occurrence struct {
	On      Day    // the day that the rule gives, or that was added: its name
	Date    Day    // the day it falls on
	Holiday string // the holiday that moved it, a key of the message catalogue
	Windows []Span // service may begin inside one of them
}

// MadeOccurrence is an occurrence that has, or had, a request.
type MadeOccurrence struct {
	SeriesID      uuid.UUID
	On            Day
	Date          Day
	RequestID     uuid.UUID
	SeriesVersion int               // that the request was last compared with
	Applied       map[string]string // digests of what the series gave the request, by field
	MadeAt        time.Time
	WithdrawnAt   *time.Time // a change of the series took the request back

	// Read with it, never written.
	RequestStatus RequestStatus
	Told          bool // the client or a technician has been told, or work has begun
}

// Standing is an occurrence with its request, as people are shown it.
type Standing struct {
	Occurrence
	Made *MadeOccurrence // nil while there is no request
}

// The bounds of a series. The contract names them as well.
const (
	maxTolerance   = 4 // days to either side: nine windows
	maxExceptions  = 400
	maxMove        = 60 // days that an occurrence is moved by a person
	longestHoliday = 10 // days that one is moved by holidays; at most five of them meet
	maxHorizon     = 365
	defaultHorizon = 60
	maxBack        = 10 // years that a series may have begun ago
	maxSeries      = 100
)

// occurrences are those that fall on a day from one to another, both included, by day. No two fall on one day: what a person chose comes before what
// the rule gives, that before what a holiday moved.
func (s Series) occurrences(from, to Day) ([]Occurrence, error) {
	zone, err := Zone(s.TimeZone)
	if err != nil {
		return nil, err
	}
	var faults Faults
	rule := faults.rule("/rule", s.Recurrence.Rule, s.Recurrence.Start, zone)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	days, err := rule.days(from.plus(-maxMove-longestHoliday), to.plus(maxMove+longestHoliday))
	if err != nil {
		return nil, err
	}
	all := s.Recurrence.placed(days)
	all = slices.DeleteFunc(all, func(o Occurrence) bool { return o.Date < from || o.Date > to })
	for i := range all {
		all[i].Windows = s.Recurrence.windows(all[i].Date, zone)
	}
	return slices.DeleteFunc(all, func(o Occurrence) bool { return len(o.Windows) == 0 }), nil
}

// placed puts the days that the rule gives, and those added, where they fall, by day.
func (r Recurrence) placed(days []Day) (all []Occurrence) {
	exceptions := map[Day]Exception{}
	for _, e := range r.Exceptions {
		exceptions[e.On] = e
	}
	var chosen, given, moved []Occurrence
	for _, e := range r.Exceptions {
		switch _, ruled := slices.BinarySearch(days, e.On); {
		case e.Kind == AddOccurrence:
			chosen = append(chosen, Occurrence{On: e.On, Date: e.On})
		case e.Kind == MoveOccurrence && ruled:
			chosen = append(chosen, Occurrence{On: e.On, Date: e.To})
		}
	}
	for _, on := range days {
		if _, ok := exceptions[on]; ok {
			continue
		}
		holiday := r.Holidays.On(on.digits())
		switch {
		case holiday == "" || r.OnHoliday == KeepHoliday:
			given = append(given, Occurrence{On: on, Date: on})
		case r.OnHoliday == NextWorkingDay:
			moved = append(moved, Occurrence{On: on, Date: r.Holidays.nextWorkingDay(on), Holiday: holiday})
		}
	}
	taken := map[Day]bool{}
	for _, o := range slices.Concat(chosen, given, moved) {
		if !taken[o.Date] {
			taken[o.Date] = true
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b Occurrence) int { return compareDays(a.Date, b.Date) })
	return all
}

func compareDays(a, b Day) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// nextWorkingDay is the first day after this one that is no holiday and neither Saturday nor Sunday.
func (c HolidayCalendar) nextWorkingDay(day Day) Day {
	for {
		day = day.plus(1)
		t := day.digits()
		if w := t.Weekday(); w != time.Saturday && w != time.Sunday && c.On(t) == "" {
			return day
		}
	}
}

// windows are the hours in which an occurrence may begin, one a day within the tolerance; holidays are left out unless they are kept. Hours that
// clocks skip altogether are none.
func (r Recurrence) windows(date Day, zone *time.Location) (out []Span) {
	opens, closes := r.Start.Hour()*60+r.Start.Minute(), clockMinutes(r.WindowEnd)
	for shift := -r.Before; shift <= r.After; shift++ {
		day := date.plus(shift)
		if shift != 0 && r.OnHoliday != KeepHoliday && r.Holidays.On(day.digits()) != "" {
			continue
		}
		s := Span{Start: wall(day, opens, zone), End: wall(day, closes, zone)}
		if s.Start.Before(s.End) {
			out = append(out, s)
		}
	}
	return out
}

// wall is the instant at which clocks show so many minutes from a day's midnight, as RFC 5545 (3.3.5) reads it: the first of two, and for none by
// the offset that held before.
func wall(day Day, minutes int, zone *time.Location) time.Time {
	local := day.digits().Add(time.Duration(minutes) * time.Minute)
	if found := Instants(local, zone); len(found) > 0 {
		return found[0].UTC()
	}
	_, offset := local.Add(-25 * time.Hour).In(zone).Zone()
	return local.Add(-time.Duration(offset) * time.Second)
}

// open are those of the windows that have not ended.
func (o Occurrence) open(now time.Time) []Span {
	return slices.DeleteFunc(slices.Clone(o.Windows), func(w Span) bool { return !w.End.After(now) })
}

// today is the present day where the work is done.
func (s Series) today(now time.Time) Day {
	if zone, err := Zone(s.TimeZone); err == nil {
		now = now.In(zone)
	}
	return dayOf(now)
}

// demand is the request that each occurrence asks for, but for its windows.
func (s Series) demand() NewRequest {
	level := s.Work.SupportLevel
	return NewRequest{
		ClientID: s.ClientID, SiteID: s.SiteID, ContactID: s.ContactID, AssetID: s.AssetID, Category: s.Work.Category, Description: s.Work.Description,
		SupportLevel: &level, Severity: s.Work.Severity, Impact: s.Work.Impact, Urgency: s.Work.Urgency, Metadata: s.Work.Metadata,
		Work: Work{Mode: s.Work.Mode, RequiredSkills: s.Work.RequiredSkills, Duration: time.Duration(s.Work.Duration) * time.Second, Rules: s.Work.Rules},
	}
}
