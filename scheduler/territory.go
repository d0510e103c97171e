package scheduler

import "slices"

// Rule: a visit in a territory goes to a technician who serves it, be it only
// in case of need.

func (x *index) territoryAllows(v *Visit, t int32, why *[]Reason) bool {
	tech := &x.p.Technicians[t]
	if v.Territory == "" || slices.Contains(tech.Territories, v.Territory) || slices.Contains(tech.Spare, v.Territory) {
		return true
	}
	if why != nil {
		*why = append(*why, Reason{"territory", map[string]any{"territory": v.Territory}})
	}
	return false
}
