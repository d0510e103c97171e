package scheduler

import (
	"slices"

	"tournee/scheduler/internal/core"
)

// Rule: travel times vary with the moment of departure, by the curve of the
// zone that is left, and leaving later never arrives earlier.

// Bounds on the percentages of a curve.
const (
	minPercent = 10
	maxPercent = 1000
)

// curvesSound faults a mode's curves; its matrices are sound already.
func (x *index) curvesSound(f *faults, path string, t *Travel) bool {
	before := len(*f)
	for i := range x.p.Places {
		if zone := x.p.Places[i].Zone; len(t.Curves) > 0 && (zone < 0 || zone >= len(t.Curves)) {
			f.addf(at("/places", i)+"/zone", "unknown", "the transport mode %q has no curve %d", t.Mode, zone)
		}
	}
	for zone, c := range t.Curves {
		if path := at(path+"/curves", zone); x.curveSound(f, path, c) {
			x.checkOvertaking(f, path, t, zone)
		}
	}
	return len(*f) == before
}

func (x *index) curveSound(f *faults, path string, c Curve) bool {
	before := len(*f)
	if len(c) == 0 {
		f.addf(path, "missing", "a curve has one point at least")
	}
	for i, point := range c {
		x.within(f, at(path, i)+"/at", point.At)
		if i > 0 && point.At <= c[i-1].At {
			f.addf(at(path, i)+"/at", "out_of_order", "the points do not ascend in time")
		}
		if point.Percent < minPercent || point.Percent > maxPercent {
			f.addf(at(path, i)+"/percent", "out_of_range", "%d is not between %d and %d", point.Percent, minPercent, maxPercent)
		}
	}
	return len(*f) == before
}

// checkOvertaking faults each stretch of a zone's curve that falls so steeply
// that leaving later arrives earlier on the zone's longest leg. As long as a leg
// takes its exact share of the curve and is rounded once, all legs are safe then.
func (x *index) checkOvertaking(f *faults, path string, t *Travel, zone int) {
	longest := x.longestLeg(t, zone)
	c := t.Curves[zone]
	for i := 1; i < len(c); i++ {
		if overtaken(longest, c[i-1], c[i]) {
			f.addf(at(path, i), "overtaking", "on a leg of %d s, leaving later would arrive earlier", longest)
		}
	}
}

// overtaken says whether leaving later on a leg would arrive earlier between two
// points of a curve.
func overtaken(leg Seconds, a, b CurvePoint) bool {
	return int64(leg)*int64(a.Percent-b.Percent) > 100*int64(b.At-a.At)
}

// longestLeg is the longest base time of any leg that leaves from a zone.
func (x *index) longestLeg(t *Travel, zone int) Seconds {
	longest := Seconds(0)
	for i := range t.Seconds {
		if x.p.Places[i].Zone == zone {
			for _, s := range t.Seconds[i] {
				longest = max(longest, s)
			}
		}
	}
	return longest
}

// slowest and quickest are the greatest and the least percentage that a mode's
// curves give the legs from a place.
func (x *index) slowest(t *Travel, from int) Cost {
	percent := 0
	for _, point := range x.curve(t, from) {
		percent = max(percent, point.Percent)
	}
	return Cost(percent)
}

func (x *index) quickest(t *Travel, from int) Cost {
	percent := maxPercent
	for _, point := range x.curve(t, from) {
		percent = min(percent, point.Percent)
	}
	return Cost(percent)
}

// curve is the curve of the legs from a place; without curves they always take
// what the matrix says.
func (x *index) curve(t *Travel, from int) Curve {
	if len(t.Curves) == 0 {
		return Curve{{Percent: 100}}
	}
	return t.Curves[x.p.Places[from].Zone]
}

// takesAt is a share of a leg's time, rounded to the nearest second.
func (x *index) takesAt(t *Travel, from, to int, percent Cost) Seconds {
	return Seconds((Cost(t.Seconds[from][to])*percent + 50) / 100)
}

// takes is how long a leg takes that is left at a moment.
func (x *index) takes(t *Travel, from, to int, leave Time) Seconds {
	if t.Seconds[from][to] == Unreachable {
		return Unreachable
	}
	return Seconds(core.Takes(int32(t.Seconds[from][to]), corePoints(x.curve(t, from)), int32(leave)))
}

func corePoints(c Curve) []core.CurvePoint {
	out := make([]core.CurvePoint, len(c))
	for i, p := range c {
		out[i] = core.CurvePoint{At: int32(p.At), Percent: int32(p.Percent)}
	}
	return out
}

// compileHours gives the matrices of modes with curves what their legs take and
// cost at any hour.
func (m *Model) compileHours() (used bool) {
	x := m.x
	for i := range m.core.Matrices {
		f, mx := x.fares[i], &m.core.Matrices[i]
		t := &x.p.Travel[f.mode]
		if len(t.Curves) == 0 {
			continue
		}
		mx.Timing = x.timing(f)
		m.core.Falling, used = true, true
	}
	return used
}

func (x *index) timing(f fare) *core.Timing {
	t, n := &x.p.Travel[f.mode], len(x.p.Places)
	size := n + 1
	out := &core.Timing{Base: make([]int32, size*size), Price: make([]int32, size*size), Zone: make([]int32, size)}
	if t.Costs == nil {
		out.Hour = int64(f.hour)
	}
	for _, c := range t.Curves {
		out.Curves = append(out.Curves, corePoints(c))
	}
	for i := range n {
		out.Zone[i] = int32(x.p.Places[i].Zone)
		for j := range n {
			out.Base[i*size+j], out.Price[i*size+j] = x.base(f, i, j), x.priceApart(f, i, j)
		}
	}
	return out
}

// base is what a leg takes at 100 %, in the core's seconds.
func (x *index) base(f fare, from, to int) int32 {
	return max(0, int32(x.p.Travel[f.mode].Seconds[from][to]))
}

// priceApart is what a leg costs beside its time.
func (x *index) priceApart(f fare, from, to int) int32 {
	time, way := x.p.Travel[f.mode].price(f.rates, from, to, 0)
	return int32(time + way)
}

// checkNewHours faults a new place whose legs the curves do not suit.
func (x *index) checkNewHours(place Place, legs []Legs) error {
	var f faults
	for i := range x.p.Travel {
		t, path := &x.p.Travel[i], at("/legs", i)
		if len(t.Curves) == 0 {
			continue
		}
		if place.Zone < 0 || place.Zone >= len(t.Curves) {
			f.addf("/place/zone", "unknown", "the transport mode %q has no curve %d", t.Mode, place.Zone)
			continue
		}
		x.checkNewLegs(&f, path+"/from", t, t.Curves[place.Zone], legs[i].From)
		for j, s := range legs[i].To {
			x.checkNewLegs(&f, at(path+"/to", j), t, x.curve(t, j), []Seconds{s})
		}
	}
	return f.err()
}

// checkNewLegs faults legs on which leaving later would arrive earlier, or that
// are too dear at the worst hour.
func (x *index) checkNewLegs(f *faults, path string, t *Travel, c Curve, legs []Seconds) {
	longest, slowest := slices.Max(legs), 0
	for i := range c {
		slowest = max(slowest, c[i].Percent)
		if i > 0 && overtaken(longest, c[i-1], c[i]) {
			f.addf(path, "overtaking", "on a leg of %d s, leaving later would arrive earlier", longest)
		}
	}
	if t.Costs == nil && times(Cost(longest)*Cost(slowest), x.greatestRates(t).hour)/360_000 > MaxLegCost/2 {
		f.addf(path, "out_of_range", "a leg of %d s costs too much by the weights", longest)
	}
}
