package scheduler

import "slices"

// Rule: a visit in a territory that a technician serves only in case of need
// costs Weights.SpareTerritory. A territory named both ways is served fully.

func (x *index) spareTerritory(v *Visit, t int32) Cost {
	tech := &x.p.Technicians[t]
	if v.Territory == "" || slices.Contains(tech.Territories, v.Territory) || !slices.Contains(tech.Spare, v.Territory) {
		return 0
	}
	return x.p.Weights.SpareTerritory
}
