package scheduler

// Time is an instant, in seconds from Problem.Start.
type Time int32

// Seconds is a length of time.
type Seconds int32

// Metres is a length of road.
type Metres int32

// Cost is an amount in the caller's smallest unit of money (a cent, a
// thousandth of a euro). Every leg is rounded to that unit once, so parts
// always add up exactly to totals.
type Cost int64

// NoPlace marks what happens nowhere in particular: a remote visit, a shift
// that starts at its first visit or ends at its last one.
const NoPlace = -1

// Unreachable in a travel matrix says that there is no way between two places.
const Unreachable Seconds = -1

// Bounds on input, so that no sum of what is accepted can overflow.
const (
	MaxHorizon  Seconds = 60 * 24 * 3600
	MaxCost     Cost    = 1_000_000_000_000
	MaxLegCost  Cost    = 1_000_000_000
	MaxWeight   Cost    = 1_000_000_000
	MaxDistance Metres  = 100_000_000
	MaxCount            = 1_000_000 // of things of one kind
	MinLevel            = 1
	MaxLevel            = 4
	MaxPriority         = 100
)

// Problem is everything the scheduler may know: it has no clock, no network
// and no store. Ids are the caller's and unique within their list.
type Problem struct {
	Start       int64   // the horizon's start, Unix seconds
	Length      Seconds // the horizon's length; every Time lies within it
	Offset      Seconds // from UTC, in which times are written; decides nothing
	Places      []Place
	Travel      []Travel
	Skills      []string
	Territories []string
	Technicians []Technician
	Shifts      []Shift
	Visits      []Visit
	Pins        []Pin
	Links       []Link     // visits that depend on one another
	Resources   []Resource // scarce things that visits share
	Depots      []Depot    // where parts are picked up
	Unpleasant  []Window   // stretches in which work is unpleasant: evenings, Saturdays
	Rest        Seconds    // owed between two shifts of one technician (11 h: directive 2003/88/EC, article 3; Code du travail L3131-1)
	Weights     Weights
}

// Place is where a visit happens or a shift starts or ends. Others name it by
// its index in Problem.Places.
type Place struct {
	ID      string // optional
	Zone    int    // which of the travel mode's curves holds for legs that leave from here
	Offline bool   // no connection: remote work cannot be done here
}

// Travel is the time and the way between all places by one transport mode.
// Both matrices are square, [from][to], and may be asymmetric.
type Travel struct {
	Mode    string
	Seconds [][]Seconds // Unreachable where there is no way
	Metres  [][]Metres  // nil when distance is not priced
	Costs   [][]Cost    // what each leg costs, instead of the prices per hour and per kilometre; nil: those
	Curves  []Curve     // by Place.Zone, how times vary with the departure; empty: they do not
}

// Curve says how travel times vary with the moment of departure: Seconds times
// the percentage there, interpolated between the points and constant outside.
// Leaving later never arrives earlier, or the problem is refused.
type Curve []CurvePoint

// CurvePoint is one point of a curve. Points ascend in time.
type CurvePoint struct {
	At      Time
	Percent int // of Travel.Seconds, 10 to 1000
}

// SkillLevel is a skill with a level from 1 to 4: owned by a technician, or
// the least that a visit asks for.
type SkillLevel struct {
	Skill string
	Level int
}

// Technician is a person who works shifts.
type Technician struct {
	ID          string
	Mode        string // transport mode, one of Problem.Travel
	Kind        string // what Visit.Durations may name: a grade, a type; optional
	Skills      []SkillLevel
	Territories []string // where this person may serve
	Spare       []string // territories this person may serve too, at Weights.SpareTerritory a visit
	Hours       Seconds  // worked before the horizon, in the weeks over which hours are shared out
	Unpleasant  int      // visits begun in unpleasant stretches in those weeks
}

// Shift is one dated stretch of work of one technician. It becomes a route.
type Shift struct {
	ID         string
	Technician string
	Start, End Time   // the technician leaves no earlier and is back no later
	Mode       string // transport mode that day; empty: the technician's
	StartPlace int    // or NoPlace: starts at the first stop
	EndPlace   int    // or NoPlace: ends at the last stop
	Breaks     []Break
	Cost       Cost // of using the shift at all
	Frozen     []FrozenStop

	Overtime     Seconds // the route may end so long after End, at OvertimeHour
	OvertimeHour Cost    // per hour after End
	WorkHour     Cost    // per hour of paid time
	Free         bool    // paid from leaving, as late as still possible, to the end; otherwise the whole shift is paid
	TravelHour   *Cost   // instead of the weight of that name
	Kilometre    *Cost   // instead of the weight of that name
	VisitCost    Cost    // per visit: a subcontractor's price
	Continues    bool    // the working day of the technician's shift before it: no rest is owed between them
	Pool         bool    // a subcontractor's capacity: visits run side by side, without travel or breaks, each inside Start..End
	MaxTravel    Seconds // 0: no limit; so for the next two
	MaxDistance  Metres
	MaxVisits    int
	Capacity     []int  // per load dimension, see Visit.Loads
	Stock        []Part // parts in the van at the start; others are picked up at a depot
}

// Part is a number of spare parts of one kind.
type Part struct {
	Part     string
	Quantity int
}

// Depot is where missing parts are picked up, in one stop before the first
// visit that needs them.
type Depot struct {
	ID       string
	Place    int
	Duration Seconds
	Windows  []Window // when it is open; empty: always
	Parts    []string // the kinds it has, as many as needed
}

// Break is owed once by every shift that is used. It is taken where the
// technician is, before travelling on.
type Break struct {
	ID               string
	Earliest, Latest Time // it may begin between these, inclusive
	Duration         Seconds
	Windows          []Window // alternatives to Earliest..Latest; empty: none
	FromStart        bool     // Earliest, Latest and Windows count from the shift's Start
	Optional         bool     // may be left out at SkipCost; owed otherwise
	SkipCost         Cost
	MaxLoad          []int // per dimension: taken with no more aboard; empty: whatever is
}

// FrozenStop is a stop done or under way: it stays where it is, at the times
// given, whatever the rules say. Exactly one of Visit and Break is set.
type FrozenStop struct {
	Visit, Break          string
	Alternative           int // of a visit: was done at its Place for 0, else at that one of its Places, from 1
	Arrive, Begin, Depart Time
}

// Window is a stretch of time in which service may begin, ends included.
type Window struct {
	Open, Close Time
}

// Visit is one piece of work for one technician.
type Visit struct {
	ID        string
	Place     int   // or NoPlace for remote work
	Places    []int // other places where it may be done instead
	Duration  Seconds
	Setup     Seconds        // more, when the technician comes from another place
	Durations []DurationFor  // exceptions by technician; the first that applies holds
	Windows   []Window       // alternatives; empty means any time
	Prefer    *Window        // does not begin before Open; each hour after Close costs Weights.PreferHour
	Due       *Time          // the service promise: done by then, or late at LateHour
	LateHour  Cost           // per hour late
	Skills    []SkillLevel   // all are needed
	AnyOf     [][]SkillLevel // of each list, one at least
	NoneOf    []SkillLevel   // not owned at this level or above
	Territory string         // empty: any technician's
	Required  []string       // technicians, one of whom must do it; empty: anyone
	Preferred []string       // technicians; another costs Weights.NotPreferred
	Forbidden []string       // technicians who must not
	Priority  int            // 0 to 100; what counts first where Weights.Lexicographic
	DropCost  Cost           // of leaving it out of the plan: this is how a priority weighs
	Mandatory bool           // leaving it out costs more than all else together
	Told      *Told          // what the client was told
	Loads     []int          // per dimension; aboard from the shift's start to the visit; a route's sums stay within Shift.Capacity
	Pickups   []int          // per dimension; aboard from the visit to the shift's end
	Parts     []Part         // used up
	Resources []string       // held from begin to departure
}

// DurationFor is how long a visit takes some technicians. Exactly one of
// Technician, Kind and Level is set.
type DurationFor struct {
	Technician string
	Kind       string // Technician.Kind
	Level      int    // owned, at least, in the first of the visit's skills
	Duration   Seconds
	Setup      Seconds
}

// Told is what was announced: changing it costs, the more the nearer it is.
type Told struct {
	Technician string  // another costs Weights.OtherTechnician; empty: none was named
	Window     *Window // does not begin before Open; after Close costs Weights.ToldHour an hour
	Percent    int     // of both weights, 0 to 1000; the caller knows how near it is
}

// Link ties visits together.
type Link struct {
	ID     string
	Kind   LinkKind
	Visits []string // Together: two or more; After: the first, then the one after it
	// After: between the first's departure and the second's beginning.
	Least, Greatest Seconds // Greatest 0: no limit
	Technician      SameOr  // After: who does the second
}

// LinkKind says how visits depend on one another.
type LinkKind string

// The kinds of link.
const (
	Together LinkKind = "together" // a crew: all begin at one moment, each by another technician, or none is done
	After    LinkKind = "after"    // the second only when the first is done, with a gap
)

// SameOr says who does the second visit of a link.
type SameOr string

// Who does the second visit.
const (
	AnyTechnician       SameOr = ""
	SameTechnician      SameOr = "same"
	DifferentTechnician SameOr = "different"
)

// Resource is something scarce: a loaner device, a special tool.
type Resource struct {
	ID         string
	Quantity   int     // visits that may hold it at one moment; one of no duration, without a turnaround, holds nothing
	Turnaround Seconds // from one visit's departure to the next one's beginning
}

// Pin is what a dispatcher fixed about a visit. A pinned visit is mandatory;
// one that cannot be placed as pinned is reported unassigned with its reasons.
type Pin struct {
	Visit      string
	Technician string // empty: not fixed
	Shift      string // empty: not fixed
	Position   int    // n > 0: at most n-1 visits of the shift come before it
	Begin      *Time  // nil: not fixed; must lie in one of the visit's windows
}

// Weights price a plan. All are at least zero.
type Weights struct {
	TravelHour        Cost // per hour of travel
	Kilometre         Cost // per kilometre of travel
	WaitingHour       Cost // per hour a technician waits for a window to open
	Overqualification Cost // per level owned above the level needed, per skill needed
	Scarcity          Cost // per rare skill that the visit does not need, by how rare it is
	NotPreferred      Cost // per visit done by another than the preferred technicians
	SpareTerritory    Cost // per visit done in a technician's spare territory
	PreferHour        Cost // per hour after the preferred window
	OtherTechnician   Cost // per visit given to another technician than was told
	ToldHour          Cost // per hour after the window that was told
	Fairness          Cost // per technician, times the square of the hours worked
	Unpleasant        Cost // per technician, times the square of the unpleasant visits
	Lexicographic     bool // first the sum of priorities left out, then their number, then money
}

// namedPrice is one price among the weights, by its name in JSON.
type namedPrice struct {
	name  string
	price *Cost
}

// prices lists every price among the weights.
func (w *Weights) prices() []namedPrice {
	return []namedPrice{
		{"travel_hour", &w.TravelHour},
		{"kilometre", &w.Kilometre},
		{"waiting_hour", &w.WaitingHour},
		{"overqualification", &w.Overqualification},
		{"scarcity", &w.Scarcity},
		{"not_preferred", &w.NotPreferred},
		{"spare_territory", &w.SpareTerritory},
		{"prefer_hour", &w.PreferHour},
		{"other_technician", &w.OtherTechnician},
		{"told_hour", &w.ToldHour},
		{"fairness", &w.Fairness},
		{"unpleasant", &w.Unpleasant},
	}
}
