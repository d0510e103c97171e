package scheduler

import "tournee/scheduler/internal/core"

// Rule: what a visit picks up stays aboard to the shift's end, beside the loads
// of the visits to come: at no stop is that more than the shift's capacity. A
// break with a greatest load is taken with no more aboard.

// checkPickups faults pickups and greatest loads as loads are.
func (x *index) checkPickups(f *faults) {
	dims := x.dims()
	sums := make([]int, dims)
	for i := range x.p.Visits {
		path := at("/visits", i) + "/pickups"
		if !checkAboard(f, path, x.p.Visits[i].Pickups, dims) {
			continue
		}
		for d, l := range x.p.Visits[i].Pickups {
			if sums[d] = min(sums[d], maxLoad) + l; sums[d] > maxLoad {
				f.addf(at(path, d), "out_of_range", "the visits pick up more than %d in this dimension", maxLoad)
			}
		}
	}
	for i := range x.p.Shifts {
		for j, b := range x.p.Shifts[i].Breaks {
			checkAboard(f, at(at("/shifts", i)+"/breaks", j)+"/max_load", b.MaxLoad, dims)
		}
	}
}

// checkAboard faults what is counted along a route.
func checkAboard(f *faults, path string, list []int, dims int) bool {
	if len(list) > core.PickupDims {
		f.addf(path, "wrong_length", "has %d dimensions; at most %d can be counted along a route", len(list), core.PickupDims)
		return false
	}
	return dimensioned(f, path, list, dims)
}

func (m *Model) compilePickups() (used bool) {
	for v := range m.x.p.Visits {
		for _, l := range m.x.p.Visits[v].Pickups {
			m.core.Nodes[v].Pickup = append(m.core.Nodes[v].Pickup, int32(l))
			used = used || l > 0
		}
	}
	for i := range m.x.p.Shifts {
		s := &m.x.p.Shifts[i]
		for j := range s.Breaks {
			node := &m.core.Nodes[m.nodes[stopID{int32(i), s.Breaks[j].ID}]]
			for _, l := range s.Breaks[j].MaxLoad {
				node.MaxLoad = append(node.MaxLoad, int32(l))
				used = true
			}
		}
	}
	return used
}

func (x *index) tooFull(v, _ int32, amount int64) Reason {
	visit := &x.p.Visits[v]
	params := map[string]any{"dimension": int64(1), "load": int64(0), "room": int64(0)}
	for d := range x.dims() {
		load := int64(0)
		if len(visit.Loads) > 0 {
			load += int64(visit.Loads[d])
		}
		if len(visit.Pickups) > 0 {
			load += int64(visit.Pickups[d])
		}
		if load > 0 {
			params["dimension"], params["load"], params["room"] = int64(d+1), load, max(0, load-amount)
			break
		}
	}
	return Reason{"load", params}
}
