package scheduler

// Plan is what the scheduler answers: every visit of the problem is either a
// stop of exactly one route or unassigned.
type Plan struct {
	Routes     []Route // the shifts in use, in the problem's order
	Unassigned []Unassigned
	Cost       Breakdown
	Seed       uint64
	Budget     int64   // iterations asked for
	Iterations int64   // iterations reached: below the budget when the run was stopped
	Elapsed    []int32 // answers of Options.Elapsed, in 65536ths, if it was given
	Stopped    bool
}

// Route is a shift and its ordered stops.
type Route struct {
	Shift          string
	Technician     string
	Start, Finish  Time // leaves its start place; is at its end place, or done where all is frozen and no way leads there
	Stops          []Stop
	ReturnTravel   Seconds // from the last place to the end place
	ReturnDistance Metres
	Missed         []string // breaks that could not be taken even without a visit, and optional ones left out
	Cost           Breakdown
}

// Stop is a visit, a break or picking up parts at a depot. Exactly one of Visit,
// Break and Depot is set.
type Stop struct {
	Visit, Break, Depot   string
	Alternative           int // of a visit: done at its Place for 0, else at that one of its Places, from 1
	Arrive, Begin, Depart Time
	Travel                Seconds // from where the technician was before
	Distance              Metres
	Frozen                bool
}

// Unassigned is a visit left out, and why, for every technician.
type Unassigned struct {
	Visit string
	Cost  Cost // what leaving it out costs
	Why   []Why
}

// Why says what stands between a visit and one technician. A reason that holds
// for every shift of the technician is given once, with an empty Shift.
type Why struct {
	Technician string
	Shift      string
	Reasons    []Reason // never empty, unless Feasible
	Feasible   bool     // it fits: Cost is then that of the cheapest Insertion there
	Cost       Cost     // see Insertion
}

// Reason is a stable code and what its sentence needs. The sentences are in
// the message catalogue, under the same code.
type Reason struct {
	Code   string
	Params map[string]any // strings and integers
}

// Insertion is a place for a visit in a plan.
type Insertion struct {
	Shift            string
	Technician       string
	Position         int  // index in the route's stops, breaks counted
	Earliest, Latest Time // the visit may begin between these, inside its windows
	Cost             Cost // the exact difference of all that the plan costs but for the visit's own drop cost, no longer due
}
