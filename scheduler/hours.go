package scheduler

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
		gained := int64(longest) * int64(c[i-1].Percent-c[i].Percent)
		if gained > 100*int64(c[i].At-c[i-1].At) {
			f.addf(at(path, i), "overtaking", "on a leg of %d s, leaving later would arrive earlier", longest)
		}
	}
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

// slowest is the greatest percentage that a mode's curves give the legs from a
// place.
func (x *index) slowest(t *Travel, from int) Cost {
	if len(t.Curves) == 0 {
		return 100
	}
	percent := 0
	for _, point := range t.Curves[x.p.Places[from].Zone] {
		percent = max(percent, point.Percent)
	}
	return Cost(percent)
}
