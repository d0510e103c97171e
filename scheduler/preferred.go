package scheduler

import "slices"

// Rule: a visit that names preferred technicians costs Weights.NotPreferred
// with anyone else.

func (x *index) notPreferred(v *Visit, t int32) Cost {
	if len(v.Preferred) == 0 || slices.Contains(v.Preferred, x.p.Technicians[t].ID) {
		return 0
	}
	return x.p.Weights.NotPreferred
}
