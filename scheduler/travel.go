package scheduler

import (
	"cmp"

	"tournee/scheduler/internal/core"
)

// Rule: between two places a technician travels, by the transport mode owned,
// for as long as the matrix says; time and way have their price, or the leg has.

func (x *index) checkTravel(f *faults) {
	n := len(x.p.Places)
	for i := range x.p.Travel {
		t, path := &x.p.Travel[i], at("/travel", i)
		square := squareMatrix(f, path+"/seconds", t.Seconds, n, Unreachable, MaxHorizon)
		if t.Metres != nil {
			square = squareMatrix(f, path+"/metres", t.Metres, n, 0, MaxDistance) && square
		}
		if t.Costs != nil {
			square = squareMatrix(f, path+"/costs", t.Costs, n, 0, MaxLegCost) && square
		}
		if square && x.curvesSound(f, path, t) {
			x.checkLegCosts(f, path, t, x.greatestRates(t))
		}
	}
}

func squareMatrix[T ~int32 | ~int64](f *faults, path string, m [][]T, n int, low, high T) bool {
	if len(m) != n {
		f.addf(path, "not_square", "has %d rows for %d places", len(m), n)
		return false
	}
	ok := true
	for i, row := range m {
		if len(row) != n {
			f.addf(at(path, i), "not_square", "has %d columns for %d places", len(row), n)
			ok = false
			continue
		}
		for j, d := range row {
			if d < low || d > high {
				f.addf(at(at(path, i), j), "out_of_range", "%d is not between %d and %d", d, low, high)
				ok = false
			}
		}
	}
	return ok
}

// checkLegCosts faults a mode's first leg too dear to be summed safely.
func (x *index) checkLegCosts(f *faults, path string, t *Travel, rates rates) {
	for i := range t.Seconds {
		slowest := x.slowest(t, i)
		for j := range t.Seconds[i] {
			if rates.leg(t, i, j, slowest) > MaxLegCost {
				f.addf(at(at(path+"/seconds", i), j), "out_of_range", "this leg costs more than %d by the weights", MaxLegCost)
				return
			}
		}
	}
}

// price prices a leg that takes so many seconds, by the matrix of costs if there
// is one, else each part rounded to the nearest unit.
func (t *Travel) price(r rates, from, to int, takes Seconds) (time, way Cost) {
	if t.Seconds[from][to] == Unreachable {
		return 0, 0
	}
	if t.Costs != nil {
		return t.Costs[from][to], 0
	}
	time = (Cost(takes)*r.hour + 1800) / 3600
	if t.Metres != nil {
		way = (Cost(t.Metres[from][to])*r.kilometre + 500) / 1000
	}
	return time, way
}

// travel is the transport mode of a shift.
func (x *index) travel(shift int32) *Travel {
	s := &x.p.Shifts[shift]
	return &x.p.Travel[x.modes[cmp.Or(s.Mode, x.p.Technicians[x.technicians[s.Technician]].Mode)]]
}

// matrix compiles one fare, with a last place that is nowhere.
func (x *index) matrix(f fare) core.Matrix {
	n := len(x.p.Places)
	size := n + 1
	m := core.Matrix{Size: int32(size), From: make([]core.Leg, size*size), To: make([]core.Leg, size*size)}
	for i := range n {
		for j := range n {
			leg := x.coreLeg(f, i, j)
			m.From[i*size+j] = leg
			m.To[j*size+i] = leg
		}
	}
	return m
}

// coreLeg is a leg at its quickest.
func (x *index) coreLeg(f fare, from, to int) core.Leg {
	t := &x.p.Travel[f.mode]
	if t.Seconds[from][to] == Unreachable {
		return core.Leg{Seconds: core.Never}
	}
	takes := x.takesAt(t, from, to, x.quickest(t, from))
	time, way := t.price(f.rates, from, to, takes)
	return core.Leg{Seconds: int32(takes), Cost: int32(time + way)}
}
