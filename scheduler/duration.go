package scheduler

import (
	"fmt"

	"tournee/scheduler/internal/core"
)

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

// lasts is how long v takes technician t: by the first exception that holds.
func (x *index) lasts(v, t int32) DurationFor {
	visit, person := &x.p.Visits[v], &x.p.Technicians[t]
	for _, d := range visit.Durations {
		switch {
		case d.Technician != "" && d.Technician == person.ID,
			d.Kind != "" && d.Kind == person.Kind,
			d.Level > 0 && x.levels[t][x.skills[visit.Skills[0].Skill]] >= d.Level:
			return d
		}
	}
	return DurationFor{Duration: visit.Duration, Setup: visit.Setup}
}

// compileDurations gives visits their setups and, where people differ, their
// lengths by technician; visits with the same exceptions share one list.
func (m *Model) compileDurations() (used bool) {
	shared := map[string][]core.OnSite{}
	for v := range m.x.p.Visits {
		visit, node := &m.x.p.Visits[v], &m.core.Nodes[v]
		node.Setup = int32(visit.Setup)
		if len(visit.Durations) > 0 {
			key := fmt.Sprintf("%v|%v|%#v|%#v", visit.Duration, visit.Setup, visit.Durations, visit.Skills)
			if shared[key] == nil {
				shared[key] = m.onSite(int32(v))
			}
			node.Durations = shared[key]
			for _, o := range node.Durations {
				node.Service, node.Setup = min(node.Service, o.Service), min(node.Setup, o.Setup)
			}
			used = used || len(node.Durations) > 0
		}
		m.core.Setups = m.core.Setups || node.Setup > 0
	}
	return used
}

// onSite lists how long v takes each technician.
func (m *Model) onSite(v int32) []core.OnSite {
	var out []core.OnSite
	for t := range m.x.p.Technicians {
		d := m.x.lasts(v, int32(t))
		out = append(out, core.OnSite{Service: int32(d.Duration), Setup: int32(d.Setup)})
	}
	return out
}
