package scheduler

// Rule: a visit that may be done at several places is done at one of them.

func (x *index) checkPlaces(f *faults, path string, v *Visit) {
	x.place(f, path+"/place", v.Place)
	if v.Place == NoPlace && len(v.Places) > 0 {
		f.addf(path+"/places", "contradiction", "remote work happens at no place")
	}
	seen := map[int]bool{v.Place: true}
	for i, place := range v.Places {
		p := at(path+"/places", i)
		switch {
		case place < 0 || place >= len(x.p.Places):
			f.addf(p, "unknown", "there is no place %d", place)
		case seen[place]:
			f.addf(p, "duplicate", "the place comes twice")
		}
		seen[place] = true
	}
}
