package vroom

import "tournee/scheduler"

// travel is a profile's matrices at one speed, by the locations in use.
type travel struct {
	seconds [][]int64
	metres  [][]int64 // nil: not given
	costs   [][]int64 // nil: not given; instead of prices per hour and km
}

// leg is the way between two locations, or the sum of several.
type leg struct {
	seconds, metres int64
	cost            int64 // by the matrix of costs
	priced          bool  // there is one
}

func (t *travel) leg(from, to int) leg {
	l := leg{seconds: t.seconds[from][to], priced: t.costs != nil}
	if t.metres != nil {
		l.metres = t.metres[from][to]
	}
	if t.costs != nil {
		l.cost = t.costs[from][to]
	}
	return l
}

func (l *leg) add(o leg) {
	l.seconds += o.seconds
	l.metres += o.metres
	l.cost += o.cost
}

// passable says whether a leg exists: an entry too large to be real is how
// VROOM's users say that there is no way.
func (t *travel) passable(from, to int, measured bool) bool {
	l := t.leg(from, to)
	return l.seconds <= int64(scheduler.MaxHorizon) &&
		(!measured || l.metres <= int64(scheduler.MaxDistance)) &&
		l.cost <= int64(scheduler.MaxLegCost)
}

// measured says whether the vehicle's distances matter to its route.
func (v *vehicle) measured() bool { return v.costs.perKm > 0 || v.maxDistance != nil }

// price is what travel costs the vehicle in VROOM's money, rounded down as
// there.
func (v *vehicle) price(l leg) int64 {
	if l.priced {
		return l.cost
	}
	hours, way := l.seconds*v.costs.perHour, l.metres*v.costs.perKm
	rest := (hours%3600)*1000 + (way%1000)*3600
	return hours/3600 + way/1000 + rest/3_600_000
}
