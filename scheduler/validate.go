package scheduler

// maxStart keeps every instant of a horizon in years of four digits.
const maxStart = 221_845_392_000

// Validate says everything that is wrong with a problem, as an *Invalid.
func Validate(p *Problem) error {
	_, err := validate(p)
	return err
}

func validate(p *Problem) (*index, error) {
	var f faults
	x := newIndex(p, &f)
	if p.Length <= 0 || p.Length > MaxHorizon {
		f.addf("/length", "out_of_range", "%d s is not between 1 and %d s", p.Length, MaxHorizon)
	}
	if p.Start < 0 || p.Start > maxStart {
		f.addf("/start", "out_of_range", "the horizon does not start between the years 1970 and 9000")
	}
	if p.Offset < -18*3600 || p.Offset > 18*3600 || p.Offset%60 != 0 {
		f.addf("/offset", "out_of_range", "%d s is no offset from UTC in whole minutes", p.Offset)
	}
	x.checkPlaceIDs(&f)
	x.checkWeights(&f)
	if len(f) == 0 || weightsSound(&p.Weights) {
		x.checkTravel(&f)
	}
	for i := range p.Technicians {
		t, path := &p.Technicians[i], at("/technicians", i)
		known(&f, x.modes, path+"/mode", "transport mode", t.Mode)
		x.checkSkills(&f, path+"/skills", t.Skills)
		eachOnce(&f, x.territories, path+"/territories", "territory", t.Territories)
		eachOnce(&f, x.territories, path+"/spare", "territory", t.Spare)
		x.checkHours(&f, path, t)
	}
	for i := range p.Shifts {
		x.checkShift(&f, at("/shifts", i), &p.Shifts[i])
	}
	x.checkOverlaps(&f)
	for i := range p.Visits {
		x.checkVisit(&f, at("/visits", i), &p.Visits[i])
	}
	x.checkLoads(&f)
	x.checkPartSums(&f)
	x.checkPins(&f)
	x.checkLinks(&f)
	x.checkResources(&f)
	x.checkDepots(&f)
	x.checkUnpleasant(&f)
	x.checkRest(&f)
	if len(f) == 0 {
		x.checkTotals(&f)
	}
	return x, f.err()
}

func (x *index) checkVisit(f *faults, path string, v *Visit) {
	x.checkPlaces(f, path, v)
	x.checkDurations(f, path, v)
	x.checkWindows(f, path+"/windows", v.Windows)
	x.checkLateness(f, path, v)
	x.checkSkills(f, path+"/skills", v.Skills)
	x.checkAnyOf(f, path+"/any_of", v.AnyOf)
	x.checkSkills(f, path+"/none_of", v.NoneOf)
	if v.Territory != "" {
		known(f, x.territories, path+"/territory", "territory", v.Territory)
	}
	eachOnce(f, x.technicians, path+"/required", "technician", v.Required)
	eachOnce(f, x.technicians, path+"/preferred", "technician", v.Preferred)
	eachOnce(f, x.technicians, path+"/forbidden", "technician", v.Forbidden)
	count(f, path+"/priority", v.Priority, MaxPriority)
	cost(f, path+"/drop_cost", v.DropCost, MaxCost)
	checkParts(f, path+"/parts", v.Parts)
	eachOnce(f, x.resources, path+"/resources", "resource", v.Resources)
}

func (x *index) checkPlaceIDs(f *faults) {
	seen := make(map[string]int, len(x.p.Places))
	for i := range x.p.Places {
		id := x.p.Places[i].ID
		if first, twice := seen[id]; twice && id != "" {
			f.addf(at("/places", i)+"/id", "duplicate", "%q is already at %s", id, at("/places", first))
		}
		seen[id] = i
	}
}

func (x *index) checkWeights(f *faults) {
	for _, w := range x.p.Weights.prices() {
		cost(f, "/weights/"+w.name, *w.price, MaxWeight)
	}
}

func weightsSound(w *Weights) bool {
	var f faults
	(&index{p: &Problem{Weights: *w}}).checkWeights(&f)
	return len(f) == 0
}

// checkTotals refuses problems whose costs could overflow when summed.
func (x *index) checkTotals(f *faults) {
	mandatory := Cost(1)
	for v := range x.p.Visits {
		if x.mandatory(int32(v)) {
			mandatory++
		}
	}
	if times(x.bound(), mandatory) >= tooMuch {
		f.addf("/visits", "cost_overflow", "the costs of this problem cannot be summed safely")
	}
}

// mandatory says whether leaving v out must cost more than all else.
func (x *index) mandatory(v int32) bool { return x.p.Visits[v].Mandatory || x.pins[v] != nil }

// ceiling is more than any plan costs that leaves out no mandatory visit. It is
// what leaving one out costs.
func (x *index) ceiling() Cost {
	p := x.p
	total := Cost(1)
	skills := 0
	for v := range p.Visits {
		total += p.Visits[v].DropCost
		skills = max(skills, len(p.Visits[v].Skills))
	}
	dearest := Cost(0)
	for i := range p.Travel {
		dearest = max(dearest, x.dearestLeg(&p.Travel[i]))
	}
	total += dearest * Cost(len(p.Visits)+len(p.Shifts))
	total += p.Weights.Overqualification * Cost((MaxLevel-MinLevel)*skills*len(p.Visits))
	for s := range p.Shifts {
		total += p.Shifts[s].Cost + (Cost(p.Length)*p.Weights.WaitingHour+1800)/3600
	}
	return total + x.dearestWalked()
}

func (x *index) dearestLeg(t *Travel) Cost {
	dearest := Cost(0)
	for i := range t.Seconds {
		for j := range t.Seconds[i] {
			time, way := x.legCost(t, i, j)
			dearest = max(dearest, time+way)
		}
	}
	return dearest
}
