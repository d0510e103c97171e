package scheduler

import "tournee/scheduler/internal/core"

// Rule: what a route's visits load, dimension by dimension, adds up to no more
// than the shift's capacity. Nothing is unloaded on the way. A shift without
// capacities has no limit.

// maxLoad bounds what all visits load together in a dimension.
const maxLoad = 1 << 30

// checkLoads faults loads and capacities that differ in their dimensions, are
// below zero or cannot be summed.
func (x *index) checkLoads(f *faults) {
	dims := x.dims()
	sums := make([]int, dims)
	for i := range x.p.Visits {
		path := at("/visits", i) + "/loads"
		if !dimensioned(f, path, x.p.Visits[i].Loads, dims) {
			continue
		}
		for d, l := range x.p.Visits[i].Loads {
			if sums[d] = min(sums[d], maxLoad) + l; sums[d] > maxLoad {
				f.addf(at(path, d), "out_of_range", "the visits load more than %d in this dimension", maxLoad)
			}
		}
	}
	for i := range x.p.Shifts {
		dimensioned(f, at("/shifts", i)+"/capacity", x.p.Shifts[i].Capacity, dims)
	}
}

func dimensioned(f *faults, path string, list []int, dims int) bool {
	if len(list) != 0 && len(list) != dims {
		f.addf(path, "wrong_length", "has %d dimensions; the first visit with loads, or shift with a capacity, has %d", len(list), dims)
		return false
	}
	ok := true
	for d, l := range list {
		if l < 0 || l > maxLoad {
			f.addf(at(path, d), "out_of_range", "%d is not between 0 and %d", l, maxLoad)
			ok = false
		}
	}
	return ok
}

// dims is in how many dimensions loads are counted.
func (x *index) dims() int {
	for i := range x.p.Visits {
		if n := max(len(x.p.Visits[i].Loads), len(x.p.Visits[i].Pickups)); n > 0 {
			return n
		}
	}
	for i := range x.p.Shifts {
		if n := len(x.p.Shifts[i].Capacity); n > 0 {
			return n
		}
	}
	return 0
}

// compileLoads copies loads, with none for visits that have none, and gives
// shifts without capacities room for all.
func (x *index) compileLoads(c *core.Model) {
	c.Dims = int32(x.dims())
	for v := range x.p.Visits {
		c.Nodes[v].Load = make([]int32, c.Dims)
		for d, l := range x.p.Visits[v].Loads {
			c.Nodes[v].Load[d] = int32(l)
		}
	}
	for s := range x.p.Shifts {
		for _, most := range x.p.Shifts[s].Capacity {
			c.Shifts[s].Capacity = append(c.Shifts[s].Capacity, int32(most))
		}
		for len(c.Shifts[s].Capacity) < int(c.Dims) {
			c.Shifts[s].Capacity = append(c.Shifts[s].Capacity, maxLoad)
		}
	}
}

// overload is the reason why v is too much for a shift that serves only its
// frozen stops.
func (x *index) overload(v, s int32) Reason {
	shift := &x.p.Shifts[s]
	for d, load := range x.p.Visits[v].Loads {
		room := maxLoad
		if len(shift.Capacity) > 0 {
			room = shift.Capacity[d]
		}
		for _, stop := range shift.Frozen {
			if u, ok := x.visits[stop.Visit]; ok && len(x.p.Visits[u].Loads) > 0 {
				room -= x.p.Visits[u].Loads[d]
			}
		}
		if load > 0 && load > room {
			return Reason{"load", map[string]any{"dimension": int64(d + 1), "load": int64(load), "room": int64(max(0, room))}}
		}
	}
	return Reason{"load", map[string]any{}}
}
