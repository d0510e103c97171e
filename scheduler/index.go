package scheduler

// index is a problem with its ids looked up once. It exists only for problems
// that Validate accepts; until then a look-up may miss.
type index struct {
	p           *Problem
	modes       map[string]int32
	skills      map[string]int32
	territories map[string]int32
	technicians map[string]int32
	shifts      map[string]int32
	visits      map[string]int32
	resources   map[string]int32
	depots      map[string]int32
	kinds       map[string]int32 // of parts
	kindNames   []string
	shiftsOf    [][]int32 // per technician
	pins        []*Pin    // per visit, or nil
	frozen      []int32   // per visit, its shift, or -1
	frozenTwice []bool    // per visit
	levels      [][]int   // [technician][skill], zero when not owned

	// Of valid problems only.
	fares        []fare  // how shifts travel
	fareOf       []int32 // per shift
	rarity       []Cost  // per skill, of owning it where it is not asked for
	mostScarcity Cost    // of any technician's skills together
	each, point  Cost    // of leaving out a visit, and of each point of its priority; see weighPriorities
	ceiling      Cost    // of leaving out a mandatory visit: more than all else together
}

func newIndex(p *Problem, f *faults) *index {
	x := &index{p: p}
	x.modes = ids(f, "/travel", "mode", len(p.Travel), func(i int) string { return p.Travel[i].Mode })
	x.skills = ids(f, "/skills", "", len(p.Skills), func(i int) string { return p.Skills[i] })
	x.territories = ids(f, "/territories", "", len(p.Territories), func(i int) string { return p.Territories[i] })
	x.technicians = ids(f, "/technicians", "id", len(p.Technicians), func(i int) string { return p.Technicians[i].ID })
	x.shifts = ids(f, "/shifts", "id", len(p.Shifts), func(i int) string { return p.Shifts[i].ID })
	x.visits = ids(f, "/visits", "id", len(p.Visits), func(i int) string { return p.Visits[i].ID })
	x.resources = ids(f, "/resources", "id", len(p.Resources), func(i int) string { return p.Resources[i].ID })
	ids(f, "/links", "id", len(p.Links), func(i int) string { return p.Links[i].ID })
	x.depots = ids(f, "/depots", "id", len(p.Depots), func(i int) string { return p.Depots[i].ID })

	x.shiftsOf = make([][]int32, len(p.Technicians))
	x.frozen = make([]int32, len(p.Visits))
	x.frozenTwice = make([]bool, len(p.Visits))
	for v := range x.frozen {
		x.frozen[v] = -1
	}
	for s := range p.Shifts {
		if t, ok := x.technicians[p.Shifts[s].Technician]; ok {
			x.shiftsOf[t] = append(x.shiftsOf[t], int32(s))
		}
		for _, stop := range p.Shifts[s].Frozen {
			if v, ok := x.visits[stop.Visit]; ok {
				x.frozenTwice[v] = x.frozen[v] >= 0
				x.frozen[v] = int32(s)
			}
		}
	}
	x.pins = make([]*Pin, len(p.Visits))
	for i := range p.Pins {
		if v, ok := x.visits[p.Pins[i].Visit]; ok {
			x.pins[v] = &p.Pins[i]
		}
	}
	x.levels = make([][]int, len(p.Technicians))
	for t := range p.Technicians {
		x.levels[t] = make([]int, len(p.Skills))
		for _, owned := range p.Technicians[t].Skills {
			if s, ok := x.skills[owned.Skill]; ok {
				x.levels[t][s] = owned.Level
			}
		}
	}
	return x
}

// ids indexes a list by id, and faults what is empty or comes twice.
func ids(f *faults, list, field string, n int, id func(int) string) map[string]int32 {
	m := make(map[string]int32, n)
	for i := range n {
		path := at(list, i)
		if field != "" {
			path += "/" + field
		}
		first, twice := m[id(i)]
		switch {
		case id(i) == "":
			f.addf(path, "missing", "must not be empty")
		case twice:
			f.addf(path, "duplicate", "%q is already at %s", id(i), at(list, int(first)))
		default:
			m[id(i)] = int32(i)
		}
	}
	return m
}

// known faults an id that is not in a list.
func known(f *faults, m map[string]int32, path, what, id string) bool {
	if _, ok := m[id]; !ok {
		f.addf(path, "unknown", "there is no %s %q", what, id)
		return false
	}
	return true
}

// eachOnce faults ids that are unknown or come twice in one list.
func eachOnce(f *faults, m map[string]int32, path, what string, list []string) {
	seen := make(map[string]bool, len(list))
	for i, id := range list {
		if known(f, m, at(path, i), what, id) && seen[id] {
			f.addf(at(path, i), "duplicate", "%s %q comes twice", what, id)
		}
		seen[id] = true
	}
}

func (x *index) within(f *faults, path string, t Time) bool {
	if t < 0 || Seconds(t) > x.p.Length {
		f.addf(path, "outside_horizon", "%d s is outside the horizon of %d s", t, x.p.Length)
		return false
	}
	return true
}

func (x *index) place(f *faults, path string, place int) {
	if place < NoPlace || place >= len(x.p.Places) {
		f.addf(path, "unknown", "there is no place %d", place)
	}
}

func duration(f *faults, path string, d, most Seconds) {
	if d < 0 || d > most {
		f.addf(path, "out_of_range", "%d s is not between 0 and %d s", d, most)
	}
}

func cost(f *faults, path string, c, most Cost) {
	if c < 0 || c > most {
		f.addf(path, "out_of_range", "%d is not between 0 and %d", c, most)
	}
}

func count(f *faults, path string, n, most int) {
	if n < 0 || n > most {
		f.addf(path, "out_of_range", "%d is not between 0 and %d", n, most)
	}
}

// travelOf is the travel of a shift's transport mode, or nil while an id on the
// way there is unknown.
func (x *index) travelOf(s *Shift) *Travel {
	mode := s.Mode
	if t, ok := x.technicians[s.Technician]; ok && mode == "" {
		mode = x.p.Technicians[t].Mode
	}
	if i, ok := x.modes[mode]; ok {
		return &x.p.Travel[i]
	}
	return nil
}
