package scheduler

// Rule: a subcontractor's capacity is a shift whose visits run side by side,
// each inside it, without travel or breaks.

func (x *index) checkPool(f *faults, path string, s *Shift) {
	if !s.Pool {
		return
	}
	for _, never := range []struct {
		field string
		given bool
	}{
		{"breaks", len(s.Breaks) > 0},
		{"frozen", len(s.Frozen) > 0},
		{"overtime", s.Overtime != 0},
		{"free", s.Free},
		{"max_travel", s.MaxTravel != 0},
		{"max_distance", s.MaxDistance != 0},
	} {
		if never.given {
			f.addf(path+"/"+never.field, "contradiction", "a pool has none: its visits run side by side without travel")
		}
	}
}

func (m *Model) compilePools() (used bool) {
	nowhere := int32(len(m.x.p.Places))
	for i := range m.x.p.Shifts {
		if c := &m.core.Shifts[i]; m.x.p.Shifts[i].Pool {
			c.Pool, c.From, c.To = true, nowhere, nowhere
			m.core.Pools, used = true, true
		}
	}
	return used
}
