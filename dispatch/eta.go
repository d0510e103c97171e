package dispatch

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
)

// LiveStore keeps what is expected of the day under way, and how far off such expectations were.
type LiveStore interface {
	// TechniciansLive names who has a shift that begins before until, ended no earlier than since, and has a visit in it that is not over.
	TechniciansLive(ctx context.Context, since, until time.Time) ([]uuid.UUID, error)
	// SaveETAs gives visits that stay where they are their expected times, in assignments and, for those not started, in occupied time.
	SaveETAs(ctx context.Context, visits []Visit) error
	// ErrorCounts gives what is known of the errors at some local hours; what is not known is not in it.
	ErrorCounts(ctx context.Context, hours []int) (map[ErrorKey]ErrorCounts, error)
	CountErrors(ctx context.Context, errors []ErrorSeen) error

	// MarkProposed notes that a step was proposed for a visit in a state; false where it was since the visit came into that state.
	MarkProposed(ctx context.Context, visit uuid.UUID, in, to VisitStatus) (bool, error)

	InsertConsent(ctx context.Context, c Consent) error
	Consents(ctx context.Context, visit uuid.UUID) ([]Consent, error) // oldest first
}

// ETA is when a visit of a route of today is expected to begin: its assignment has the expected times, here stands what was planned and how sure
// they are.
type ETA struct {
	ShiftID       uuid.UUID
	PlannedBegin  time.Time
	PlannedDepart time.Time
	Begin         time.Time // the assignment's, unless it was planned anew since
	Earliest      time.Time // one visit in ten begins before
	Latest        time.Time // one in ten begins after
	At            time.Time // when it was thought out
	// Said is the begin that was expected last while so many visits came before it in the route; the last entry is for as many and more.
	Said [visitsAhead + 1]*time.Time
}

// visitsAhead is from how many visits before on they are no longer told apart.
const visitsAhead = 3

// Expected is when an assigned visit that has not begun is expected to begin: as thought out on the day, or as planned, with what is supposed of a
// plan's errors; nil otherwise.
func (v Visit) Expected() *ETA {
	switch {
	case v.Assignment == nil || v.Status == Held || v.Status.Over() || v.ActualStart != nil:
		return nil
	case v.ETA != nil && v.ETA.Begin.Equal(v.Assignment.Begin):
		return v.ETA
	}
	early, late := ErrorCounts{}.interval(visitsAhead)
	begin := v.Assignment.Begin
	return &ETA{ShiftID: v.Assignment.ShiftID, PlannedBegin: begin, PlannedDepart: v.Assignment.Depart, Begin: begin, Earliest: earliest(begin, latest(begin.Add(early), v.opens())), Latest: begin.Add(late)}
}

// ErrorKey is what errors are told apart by.
type ErrorKey struct {
	Mode  Mode
	Hour  int // local, of the begin that was expected
	Ahead int // visits that came before, up to visitsAhead
}

// ErrorSeen is how much later than expected a visit began.
type ErrorSeen struct {
	ErrorKey
	Error time.Duration
}

// ErrorCounts is a histogram of errors: how many fell before the first border, between each two, and after the last.
type ErrorCounts [errorBins]int32

// Errors are counted by steps of three minutes, from an hour early to two hours late, and what is beyond.
const (
	errorStep  = 3 * time.Minute
	errorFirst = -60 * time.Minute
	errorBins  = 60 + 2
)

// Bin is the place of an error in the histogram.
func (ErrorCounts) Bin(late time.Duration) int {
	return min(max(0, 1+int(math.Floor(float64(late-errorFirst)/float64(errorStep)))), errorBins-1)
}

// priorWeight is how many errors what is supposed of them counts for while few were seen.
const priorWeight = 20

// supposed is how many of the prior's errors fall below a border: the same normal error that the risk of a slot is reckoned with.
func supposed(ahead int, border time.Duration) float64 {
	deviation := math.Sqrt(firstError*firstError + float64(ahead)*eachError*eachError)
	return priorWeight * 0.5 * math.Erfc(-border.Minutes()/deviation/math.Sqrt2)
}

// Quantile is the error that a part of all errors, 0 to 1, does not exceed, what is supposed of them counted in: linear between borders, and no
// further than the histogram goes.
func (c ErrorCounts) Quantile(part float64, ahead int) time.Duration {
	total := float64(priorWeight)
	for _, n := range c {
		total += float64(n)
	}
	border, seen, below := errorFirst, float64(c[0]), 0.0
	for i := 1; ; i++ {
		reached := seen + supposed(ahead, border)
		if reached >= part*total || i == errorBins {
			if reached <= below || i == 1 {
				return border
			}
			return border - time.Duration(float64(errorStep)*min(1, max(0, reached-part*total)/(reached-below)))
		}
		below, seen, border = reached, seen+float64(c[i]), border+errorStep
	}
}

// The interval that an expectation comes with.
const (
	earlyPart = 0.1
	latePart  = 0.9
)

// interval is within which errors a begin is expected: it contains zero.
func (c ErrorCounts) interval(ahead int) (early, late time.Duration) {
	return min(0, c.Quantile(earlyPart, ahead)), max(0, c.Quantile(latePart, ahead))
}

// errorsOf are the errors of what was expected of a visit that starts now: one for each number of visits that came before.
func errorsOf(v Visit, started time.Time, zone *time.Location) (out []ErrorSeen) {
	e := v.ETA
	if e == nil || v.Assignment == nil || e.ShiftID != v.Assignment.ShiftID {
		return nil
	}
	for ahead, begin := range e.Said {
		if ahead == 0 {
			begin = &v.Assignment.Begin
		}
		if begin != nil {
			out = append(out, ErrorSeen{ErrorKey{Mode: v.Mode, Hour: begin.In(zone).Hour(), Ahead: ahead}, started.Sub(*begin)})
		}
	}
	slices.SortFunc(out, func(a, b ErrorSeen) int { return cmp.Or(cmp.Compare(a.Hour, b.Hour), cmp.Compare(a.Ahead, b.Ahead)) })
	return out
}
