package scheduler

import "slices"

// Rule: a visit in a territory goes to a technician who serves it.

func (x *index) territoryAllows(v *Visit, t int32, why *[]Reason) bool {
	if v.Territory == "" || slices.Contains(x.p.Technicians[t].Territories, v.Territory) {
		return true
	}
	if why != nil {
		*why = append(*why, Reason{"territory", map[string]any{"territory": v.Territory}})
	}
	return false
}
