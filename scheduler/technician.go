package scheduler

import (
	"slices"
	"strings"
)

// Rule: a visit goes to one of its required technicians, if it names any, and
// to none of its forbidden ones.

func (x *index) technicianAllows(v *Visit, t int32, why *[]Reason) bool {
	id := x.p.Technicians[t].ID
	missing := len(v.Required) > 0 && !slices.Contains(v.Required, id)
	forbidden := slices.Contains(v.Forbidden, id)
	if why != nil && missing {
		*why = append(*why, Reason{"not_required_technician", map[string]any{"required": strings.Join(v.Required, ", ")}})
	}
	if why != nil && forbidden {
		*why = append(*why, Reason{"forbidden", map[string]any{}})
	}
	return !missing && !forbidden
}
