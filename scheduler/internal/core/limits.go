package core

// Rule: a shift travels no longer, goes no further and serves no more visits
// than its limits.

// Limits walks the limits of shifts.
type Limits struct{}

// Stop has nothing to add: what is frozen counts as well.
func (Limits) Stop(*Walk, *stop) {}

// Close forbids what is over a limit.
func (Limits) Close(w *Walk) {
	s := w.shift
	if s.MaxTravel > 0 && w.travel > s.MaxTravel {
		w.forbid(TooMuchTravel, int64(w.travel-s.MaxTravel))
	}
	if s.MaxDistance > 0 && w.metres > int64(s.MaxDistance) {
		w.forbid(TooFar, w.metres-int64(s.MaxDistance))
	}
	if s.MaxVisits > 0 && w.visits > s.MaxVisits {
		w.forbid(TooManyVisits, int64(w.visits-s.MaxVisits))
	}
}
