package core

import "slices"

// Rule: travel times vary with the moment of departure. Whoever may leave late
// leaves as late as the first stop is still reached in time; what follows is the
// same, however late that is.

// Timing says how the legs of a matrix vary with the departure; the matrix
// itself then has each leg at its shortest and cheapest.
type Timing struct {
	Base   []int32 // seconds at 100 %, [from*Size+to]
	Price  []int32 // what a leg costs beside its time
	Zone   []int32 // per place, the curve of the legs that leave it
	Curves [][]CurvePoint
	Hour   int64 // cost of an hour
}

// CurvePoint is one point of a curve; points ascend in time.
type CurvePoint struct{ At, Percent int32 }

// Hours walks the hours at which travel takes longer.
type Hours struct{}

// Stop has nothing to add: Walk.leg asks how long the way takes.
func (Hours) Stop(*Walk, *stop) {}

// Close has nothing to add.
func (Hours) Close(*Walk) {}

// timed is a leg that is left at a moment.
func (m *Matrix) timed(from, to, at int32) Leg {
	leg := m.leg(from, to)
	if m.Timing == nil || leg.Seconds >= Never {
		return leg
	}
	i := from*m.Size + to
	seconds := Takes(m.Timing.Base[i], m.Timing.Curves[m.Timing.Zone[from]], at)
	return Leg{Seconds: seconds, Cost: m.Timing.Price[i] + int32(hourly(seconds, m.Timing.Hour))}
}

// Takes is how many seconds a leg takes when left at a moment: its exact share of
// the curve, interpolated and constant outside, rounded to the nearest second.
func Takes(base int32, curve []CurvePoint, at int32) int32 {
	next, _ := slices.BinarySearchFunc(curve, at, func(p CurvePoint, at int32) int { return int(p.At - at) })
	if next == 0 || next == len(curve) {
		p := curve[min(next, len(curve)-1)]
		return int32((int64(base)*int64(p.Percent) + 50) / 100)
	}
	a, b := curve[next-1], curve[next]
	span, past := int64(b.At-a.At), int64(at-a.At)
	share := int64(base) * (int64(a.Percent)*span + int64(b.Percent-a.Percent)*past)
	return int32((share + 50*span) / (100 * span))
}

// depart puts off leaving as long as the first stop begins no later.
func (w *Walk) depart(st *stop) {
	w.leaving = 0
	low, high := w.start, st.begin
	way := func(t int32) Leg {
		if st.place == Float {
			return Leg{}
		}
		return w.mx.timed(w.shift.From, st.place, t)
	}
	leg := way(low)
	if low+leg.Seconds > high {
		return
	}
	w.travel -= leg.Seconds
	w.legs -= int64(leg.Cost)
	for low < high {
		if middle := low + (high-low+1)/2; middle+way(middle).Seconds <= st.begin {
			low = middle
		} else {
			high = middle - 1
		}
	}
	leg = way(low)
	w.start, st.arrive, st.out = low, low+leg.Seconds, leg.Cost
	w.travel += leg.Seconds
	w.legs += int64(leg.Cost)
}
