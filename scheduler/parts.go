package scheduler

import (
	"slices"

	"tournee/scheduler/internal/core"
)

// Rule: what a visit uses up is in the van, from the start or picked up at a
// depot right before the first visit that needs any part that lacks: all at once,
// in the depot that has most of it and is the least way round, and so on. A pool
// brings its own.

func (x *index) checkDepots(f *faults) {
	for i := range x.p.Depots {
		d, path := &x.p.Depots[i], at("/depots", i)
		if d.Place < 0 || d.Place >= len(x.p.Places) {
			f.addf(path+"/place", "unknown", "there is no place %d", d.Place)
		}
		duration(f, path+"/duration", d.Duration, MaxHorizon)
		x.checkWindows(f, path+"/windows", d.Windows)
		seen := make(map[string]bool, len(d.Parts))
		for j, part := range d.Parts {
			partName(f, at(path+"/parts", j), part, seen)
		}
	}
}

// checkParts faults a list of parts, of a visit or a van.
func checkParts(f *faults, path string, list []Part) {
	seen := make(map[string]bool, len(list))
	for i, part := range list {
		partName(f, at(path, i)+"/part", part.Part, seen)
		count(f, at(path, i)+"/quantity", part.Quantity, MaxCount)
	}
}

func partName(f *faults, path, name string, seen map[string]bool) {
	switch {
	case name == "":
		f.addf(path, "missing", "must not be empty")
	case seen[name]:
		f.addf(path, "duplicate", "part %q comes twice", name)
	}
	seen[name] = true
}

// checkPartSums faults the visit with which the parts of one kind that all
// visits use up become too many to be summed.
func (x *index) checkPartSums(f *faults) {
	sums := map[string]int{}
	for i := range x.p.Visits {
		for j, part := range x.p.Visits[i].Parts {
			before := sums[part.Part]
			sums[part.Part] = min(before, maxLoad) + min(max(part.Quantity, 0), maxLoad)
			if before <= maxLoad && sums[part.Part] > maxLoad {
				f.addf(at(at("/visits", i)+"/parts", j)+"/quantity", "out_of_range", "the visits use more than %d of this part", maxLoad)
			}
		}
	}
}

// listKinds numbers the kinds of part, by the depots, vans and visits that name
// them.
func (x *index) listKinds() {
	x.kinds = map[string]int32{}
	add := func(name string) {
		if _, ok := x.kinds[name]; !ok {
			x.kinds[name] = int32(len(x.kinds))
			x.kindNames = append(x.kindNames, name)
		}
	}
	for _, d := range x.p.Depots {
		for _, name := range d.Parts {
			add(name)
		}
	}
	for i := range x.p.Shifts {
		for _, part := range x.p.Shifts[i].Stock {
			add(part.Part)
		}
	}
	for i := range x.p.Visits {
		for _, part := range x.p.Visits[i].Parts {
			add(part.Part)
		}
	}
}

// kind is the number of a kind of part. One that came with a visit later has the
// last number, which no van and no depot has.
func (x *index) kind(name string) int32 {
	if kind, ok := x.kinds[name]; ok {
		return kind
	}
	return int32(len(x.kinds))
}

func (x *index) checkKinds(f *faults) {
	if x.listKinds(); len(x.kinds) >= core.MaxKinds {
		f.addf("/depots", "out_of_range", "depots, vans and visits name %d kinds of part, more than %d", len(x.kinds), core.MaxKinds-1)
	}
}

func (m *Model) compileParts() (used bool) {
	x := m.x
	for v := range x.p.Visits {
		for _, part := range x.p.Visits[v].Parts {
			if part.Quantity > 0 {
				node := &m.core.Nodes[v]
				node.Parts = append(node.Parts, core.Part{Kind: x.kind(part.Part), Quantity: int32(part.Quantity)})
				used = true
			}
		}
	}
	for i := range x.p.Shifts {
		if s := &x.p.Shifts[i]; !s.Pool {
			m.core.Shifts[i].Stock = x.stock(s)
		}
	}
	for i := range x.p.Depots {
		m.core.Depots = append(m.core.Depots, x.depot(&x.p.Depots[i]))
	}
	m.core.Parts = used
	return used
}

// stock is what the frozen visits leave in the van.
func (x *index) stock(s *Shift) []int32 {
	out := make([]int32, len(x.kinds)+1)
	for _, part := range s.Stock {
		out[x.kind(part.Part)] += int32(part.Quantity)
	}
	for _, stop := range s.Frozen {
		if v, ok := x.visits[stop.Visit]; ok {
			for _, part := range x.p.Visits[v].Parts {
				left := &out[x.kind(part.Part)]
				*left = max(0, *left-int32(part.Quantity))
			}
		}
	}
	return out
}

func (x *index) depot(d *Depot) core.Depot {
	out := core.Depot{Place: int32(d.Place), Service: int32(d.Duration), Windows: []core.Window{{Open: 0, Close: int32(x.p.Length)}}}
	if len(d.Windows) > 0 {
		out.Windows = joined(slices.Clone(d.Windows))
	}
	for _, name := range d.Parts {
		out.Has.Add(x.kind(name))
	}
	return out
}

// partOf names the part of a breach, and how many of it the shift would need.
func (x *index) partOf(amount int64) (name string, needs int64) {
	kind := amount % core.MaxKinds
	if int(kind) < len(x.kindNames) {
		name = x.kindNames[kind]
	}
	return name, amount / core.MaxKinds
}

func (x *index) partMissing(_, shift int32, amount int64) Reason {
	name, needs := x.partOf(amount)
	has := int64(0)
	for _, part := range x.p.Shifts[shift].Stock {
		if part.Part == name {
			has = int64(part.Quantity)
		}
	}
	return Reason{"part_missing", map[string]any{"part": name, "needs": needs, "has": has}}
}

func (x *index) noPickup(_, _ int32, amount int64) Reason {
	name, _ := x.partOf(amount)
	return Reason{"no_pickup", map[string]any{"part": name}}
}
