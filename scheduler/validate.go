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
	x.checkPickups(&f)
	x.checkPartSums(&f)
	x.checkKinds(&f)
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
	x.checkVisitSkills(f, path, v)
	if v.Territory != "" {
		known(f, x.territories, path+"/territory", "territory", v.Territory)
	}
	eachOnce(f, x.technicians, path+"/required", "technician", v.Required)
	eachOnce(f, x.technicians, path+"/preferred", "technician", v.Preferred)
	eachOnce(f, x.technicians, path+"/forbidden", "technician", v.Forbidden)
	checkPriority(f, path, v)
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

// checkTotals refuses problems whose costs could overflow when summed, and finds
// what leaving each visit out costs. All else is sound.
func (x *index) checkTotals(f *faults) {
	x.listFares()
	x.priceRarity()
	mandatory := Cost(0)
	for v := range x.p.Visits {
		if x.mandatory(int32(v)) {
			mandatory++
		}
	}
	if times(x.bound(), mandatory+1) >= tooMuch {
		f.addf("/visits", "cost_overflow", "the costs of this problem cannot be summed safely")
		return
	}
	x.weighPriorities(f, mandatory)
}

// mostMoney is more than all that any plan has to pay, and all drop costs, come
// to. It is the list that a priced rule adds its most to.
func (x *index) mostMoney() Cost {
	p := x.p
	total := 1 + x.dearestLeg()*Cost(len(p.Visits)+len(p.Shifts)) + x.dearestWalked()
	total += (x.mostVisitPrice() + x.mostScarcity) * Cost(len(p.Visits))
	for v := range p.Visits {
		total += p.Visits[v].DropCost + x.mostAssignment(&p.Visits[v])
	}
	for s := range p.Shifts {
		total += p.Shifts[s].Cost + (Cost(p.Length)*p.Weights.WaitingHour+1800)/3600
	}
	return total
}
