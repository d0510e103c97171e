package core

// Rule is one business rule that a route is walked through, stop by stop. It
// keeps nothing itself: what it needs of a visit or a shift stands in Node or
// Shift, what it counts on the way in Walk. A rule forbids with Walk.forbid and
// prices with Walk.pay, never less than nothing.
type Rule interface {
	// Stop is told of each stop once its times are known, and of what is frozen.
	Stop(w *Walk, st *stop)
	// Close is told once the end is reached.
	Close(w *Walk)
}

// A new walked rule is added here: its codes for what it forbids, its terms
// for what it prices.

// Code names what a walked rule forbids.
type Code uint8

// What a walk may break.
const (
	LateStop      Code = iota // a stop begins after its last window; amount in seconds
	LateEnd                   // the route ends after the shift; amount in seconds
	BadRank                   // a pinned position is passed
	Overload                  // a capacity is exceeded; amount over it
	NoWay                     // no way to the stop
	TooMuchTravel             // amount in seconds
	TooFar                    // amount in metres
	TooManyVisits
	TooLittleRest // amount in seconds
	OutOfGap      // begins too late after a linked visit; amount in seconds
	Unavailable   // a resource is held by others; amount in seconds
	NoConnection  // amount is the place
	TooFull       // more aboard somewhere than there is room; amount too much
	PartMissing   // amount is the kind, and MaxKinds times how many the route needs
	NoPickup      // the same
	Codes
)

// Term names what a walked rule prices.
type Term uint8

// What a walk may cost beside legs, waiting, the shift and its assignments.
const (
	Work Term = iota
	Overtime
	PreferLate
	Late
	ToldLate
	SkippedBreaks
	Terms
)
