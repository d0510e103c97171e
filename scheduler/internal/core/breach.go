package core

// Breaches lists what an absent visit would break in a shift at the position
// where it breaks the fewest rules, and of these the one with the least
// amounts. It is empty when the visit fits, or when the model has no walked
// rules.
func (s *State) Breaches(shift, v int32) []Breach {
	r := &s.routes[shift]
	if len(s.m.Rules) == 0 || s.m.AssignCost(v, shift) < 0 || !s.allows(v, shift) {
		return nil
	}
	var least []Breach
	for k := r.first; k < int32(len(r.stops)-1); k++ {
		s.scratch.copyFrom(r)
		found := s.breaches(&s.scratch, shift, v, k)
		if k == r.first || fewer(found, least) {
			least = found
		}
	}
	return least
}

func (s *State) breaches(r *route, shift, v, k int32) []Breach {
	s.m.insert(r, shift, v, k)
	var tally Tally
	s.walk.tally = &tally
	s.walk.all(r, shift, 0)
	s.walk.tally = nil
	if !s.m.weigh(r, &s.m.Shifts[shift]) {
		tally.Broken = append(tally.Broken, Breach{k + 1, Overload, 0})
	}
	return tally.Broken
}

func fewer(a, b []Breach) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return amounts(a) < amounts(b)
}

func amounts(list []Breach) (sum int64) {
	for _, b := range list {
		sum += b.Amount
	}
	return sum
}
