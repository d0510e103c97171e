package scheduler

import "tournee/scheduler/internal/core"

// Rule: a visit that may be done at several places is done at one of them.

func (x *index) checkPlaces(f *faults, path string, v *Visit) {
	x.place(f, path+"/place", v.Place)
	if v.Place == NoPlace && len(v.Places) > 0 {
		f.addf(path+"/places", "contradiction", "remote work happens at no place")
	}
	seen := map[int]bool{v.Place: true}
	for i, place := range v.Places {
		p := at(path+"/places", i)
		switch {
		case place < 0 || place >= len(x.p.Places):
			f.addf(p, "unknown", "there is no place %d", place)
		case seen[place]:
			f.addf(p, "duplicate", "the place comes twice")
		}
		seen[place] = true
	}
}

func (m *Model) compileAlternatives() (used bool) {
	for v := range m.x.p.Visits {
		node := &m.core.Nodes[v]
		for _, place := range m.x.p.Visits[v].Places {
			node.Places = append(node.Places, int32(place))
			used = true
		}
	}
	m.core.Alternatives = used
	return used
}

// placeOf is the place that an alternative of a visit names.
func (v *Visit) placeOf(alternative int) int {
	if alternative == 0 {
		return v.Place
	}
	return v.Places[alternative-1]
}

// checkAlternative faults an alternative that a visit does not have.
func checkAlternative(f *faults, path string, v *Visit, alternative int) bool {
	if alternative < 0 || alternative > len(v.Places) {
		f.addf(path+"/alternative", "out_of_range", "the visit has %d other places, not %d", len(v.Places), alternative)
		return false
	}
	return true
}

// choose has the visits of a plan done at the places it names.
func (m *Model) choose(s *core.State, plan *Plan) {
	for i := range plan.Routes {
		for _, stop := range plan.Routes[i].Stops {
			if v, ok := m.x.visits[stop.Visit]; ok {
				s.Choose(v, int32(stop.Alternative))
			}
		}
	}
}
