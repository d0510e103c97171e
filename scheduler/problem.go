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
	MinLevel            = 1
	MaxLevel            = 4
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
	Weights     Weights
}

// Place is where a visit happens or a shift starts or ends. Others name it by
// its index in Problem.Places.
type Place struct {
	ID string // optional
}

// Travel is the time and the way between all places by one transport mode.
// Both matrices are square, [from][to], and may be asymmetric.
type Travel struct {
	Mode    string
	Seconds [][]Seconds // Unreachable where there is no way
	Metres  [][]Metres  // nil when distance is not priced
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
	Skills      []SkillLevel
	Territories []string // where this person may serve
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
}

// Break is owed once by every shift that is used. It is taken where the
// technician is, before travelling on.
type Break struct {
	ID               string
	Earliest, Latest Time // it may begin between these, inclusive
	Duration         Seconds
}

// FrozenStop is a stop done or under way: it stays where it is, at the times
// given, whatever the rules say. Exactly one of Visit and Break is set.
type FrozenStop struct {
	Visit, Break          string
	Arrive, Begin, Depart Time
}

// Window is a stretch of time in which service may begin, ends included.
type Window struct {
	Open, Close Time
}

// Visit is one piece of work for one technician.
type Visit struct {
	ID        string
	Place     int // or NoPlace for remote work
	Duration  Seconds
	Windows   []Window     // alternatives; empty means any time
	Skills    []SkillLevel // all are needed
	Territory string       // empty: any technician's
	Required  []string     // technicians, one of whom must do it; empty: anyone
	Forbidden []string     // technicians who must not
	DropCost  Cost         // of leaving it out of the plan: this is how a priority weighs
	Mandatory bool         // leaving it out costs more than all else together
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
}
