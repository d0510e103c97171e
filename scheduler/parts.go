package scheduler

// Rule: what a visit uses up is in the van, from the start or picked up at a
// depot before the first visit that needs it.

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
