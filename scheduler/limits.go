package scheduler

import "math"

// Rule: a shift travels no longer, goes no further and serves no more visits
// than its limits say.

func (x *index) checkLimits(f *faults, path string, s *Shift) {
	duration(f, path+"/max_travel", s.MaxTravel, MaxHorizon)
	if s.MaxDistance < 0 || s.MaxDistance > MaxDistance {
		f.addf(path+"/max_distance", "out_of_range", "%d m is not between 0 and %d m", s.MaxDistance, MaxDistance)
	}
	if t := x.travelOf(s); s.MaxDistance > 0 && t != nil && t.Metres == nil {
		f.addf(path+"/max_distance", "missing", "the transport mode %q has no metres to count", t.Mode)
	}
	count(f, path+"/max_visits", s.MaxVisits, math.MaxInt32)
}

func (m *Model) compileLimits() (used bool) {
	for i := range m.x.p.Shifts {
		s, c := &m.x.p.Shifts[i], &m.core.Shifts[i]
		c.MaxTravel, c.MaxDistance, c.MaxVisits = int32(s.MaxTravel), int32(s.MaxDistance), int32(s.MaxVisits)
		used = used || s.MaxTravel > 0 || s.MaxDistance > 0 || s.MaxVisits > 0
		if s.MaxDistance > 0 {
			m.countMetres(int32(i))
		}
	}
	return used
}

// countMetres gives the matrix of a shift the lengths of its legs.
func (m *Model) countMetres(shift int32) {
	mx := &m.core.Matrices[m.core.Shifts[shift].Matrix]
	t := m.x.travel(shift)
	if mx.Way != nil || t.Metres == nil {
		return
	}
	mx.Way = make([]int32, mx.Size*mx.Size)
	for i, row := range t.Metres {
		for j, metres := range row {
			mx.Way[int32(i)*mx.Size+int32(j)] = int32(metres)
		}
	}
}

func (x *index) tooMuchTravel(_, _ int32, seconds int64) Reason {
	return Reason{"max_travel", minutes(int32(seconds))}
}

func (x *index) tooFar(_, _ int32, metres int64) Reason {
	return Reason{"max_distance", map[string]any{"metres": metres, "kilometres": (metres + 999) / 1000}}
}

func (x *index) tooManyVisits(_, shift int32, _ int64) Reason {
	most := map[string]any{"most": int64(x.p.Shifts[shift].MaxVisits)}
	if x.p.Shifts[shift].Pool {
		return Reason{"pool_full", most}
	}
	return Reason{"max_visits", most}
}
