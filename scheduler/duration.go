package scheduler

// Rule: a visit takes as long as it takes whoever does it, and its setup more
// when the technician comes from another place.

func (x *index) checkDurations(f *faults, path string, v *Visit) {
	lengths(f, path, v.Duration, v.Setup)
	seen := make(map[DurationFor]bool, len(v.Durations))
	for i, d := range v.Durations {
		p := at(path+"/durations", i)
		lengths(f, p, d.Duration, d.Setup)
		given := 0
		for _, is := range []bool{d.Technician != "", d.Kind != "", d.Level != 0} {
			if is {
				given++
			}
		}
		if given != 1 {
			f.addf(p, "missing", "exactly one of technician, kind and level must be given")
		}
		if d.Technician != "" {
			known(f, x.technicians, p+"/technician", "technician", d.Technician)
		}
		if d.Level != 0 {
			level(f, p+"/level", d.Level)
			if len(v.Skills) == 0 {
				f.addf(p+"/level", "contradiction", "the visit needs no skill that could be owned at a level")
			}
		}
		whom := DurationFor{Technician: d.Technician, Kind: d.Kind, Level: d.Level}
		if seen[whom] {
			f.addf(p, "duplicate", "an earlier exception holds for the same people")
		}
		seen[whom] = true
	}
}

// lengths faults a duration and a setup, each and together.
func lengths(f *faults, path string, d, setup Seconds) {
	before := len(*f)
	duration(f, path+"/duration", d, MaxHorizon)
	duration(f, path+"/setup", setup, MaxHorizon)
	if len(*f) == before && d+setup > MaxHorizon {
		f.addf(path+"/setup", "out_of_range", "with the duration it is more than %d s", MaxHorizon)
	}
}
