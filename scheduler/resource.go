package scheduler

import (
	"slices"

	"tournee/scheduler/internal/core"
)

// Rule: a scarce thing is held by no more visits at one moment than there are
// of it.

func (x *index) checkResources(f *faults) {
	for i := range x.p.Resources {
		r, path := &x.p.Resources[i], at("/resources", i)
		count(f, path+"/quantity", r.Quantity, MaxCount)
		duration(f, path+"/turnaround", r.Turnaround, MaxHorizon)
	}
}

func (m *Model) compileResources() {
	x, c := m.x, m.core
	numbers := map[string]int32{}
	for i := range x.p.Resources {
		r := &x.p.Resources[i]
		numbers[r.ID] = int32(i)
		c.Resources = append(c.Resources, core.Resource{Quantity: int32(r.Quantity), Turnaround: int32(r.Turnaround)})
	}
	for v := range x.p.Visits {
		for _, id := range x.p.Visits[v].Resources {
			c.Nodes[v].Resources = append(c.Nodes[v].Resources, numbers[id])
		}
	}
}

// unavailable is why v finds what it needs in use.
func (x *index) unavailable(v, _ int32, _ int64) Reason {
	scarcest := -1
	for i := range x.p.Resources {
		r := &x.p.Resources[i]
		if slices.Contains(x.p.Visits[v].Resources, r.ID) && (scarcest < 0 || r.Quantity < x.p.Resources[scarcest].Quantity) {
			scarcest = i
		}
	}
	r := &x.p.Resources[scarcest]
	return Reason{"resource_busy", map[string]any{"resource": r.ID, "quantity": int64(r.Quantity)}}
}
