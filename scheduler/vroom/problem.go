package vroom

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tournee/scheduler"
)

// compile makes the problem of an input without faults. The error is a
// *scheduler.Invalid.
func (in *Input) compile() error {
	hours, ok := in.horizon()
	if !ok {
		return &scheduler.Invalid{Faults: []scheduler.Fault{{
			Path: "", Code: "outside_horizon",
			Message: fmt.Sprintf("from the first time window's end to the last one's start is more than %d s", scheduler.MaxHorizon),
		}}}
	}
	in.low = hours.open
	in.unit = in.finestUnit()
	in.build(hours)
	err := scheduler.Validate(in.Problem)
	if err != nil && in.unit > 1 {
		in.unit = 1 // priorities weigh as many times more than money
		in.build(hours)
		err = scheduler.Validate(in.Problem)
	}
	in.Start = in.start()
	return in.own(err)
}

// build makes the problem in the input's unit of money.
func (in *Input) build(hours window) {
	in.Problem = &scheduler.Problem{
		Start: hours.open, Length: scheduler.Seconds(hours.close - hours.open),
		Places: make([]scheduler.Place, len(in.places)),
		Weights: scheduler.Weights{
			TravelHour: in.price(in.vehicles[0].costs.perHour), Kilometre: in.price(in.vehicles[0].costs.perKm),
			Lexicographic: true,
		},
	}
	in.visits, in.shifts = map[string]int{}, map[string]int{}
	in.counted = in.countedDimensions()
	in.compileTravel()
	in.compileSkills()
	for i := range in.vehicles {
		in.compileVehicle(i, hours)
	}
	for i := range in.jobs {
		in.compileJob(i, hours)
	}
}

// finestUnit is how many of the scheduler's units of money make one of
// VROOM's: more than one where prices by the hour and the kilometre do not come
// out whole, as every leg is rounded to a unit.
func (in *Input) finestUnit() int64 {
	const fine = 100
	prices := map[string]*vehicle{}
	for i := range in.vehicles {
		v := &in.vehicles[i]
		if v.costs.perHour%3600 != 0 || v.costs.perKm%1000 != 0 {
			prices[fmt.Sprint(v.mode, v.costs, v.measured())] = v
		}
	}
	if len(prices) == 0 {
		return 1
	}
	for i := range in.vehicles {
		v := &in.vehicles[i]
		prices[fmt.Sprint(v.mode, v.costs, v.measured())] = v
	}
	for _, v := range prices {
		if max(v.costs.perHour, v.costs.perKm, in.dearestLeg(v)) > int64(scheduler.MaxLegCost)/fine {
			return 1
		}
	}
	return fine
}

// dearestLeg is the most that a leg costs a vehicle.
func (in *Input) dearestLeg(v *vehicle) int64 {
	t, dearest := in.travel[v.mode], int64(0)
	for i := range t.seconds {
		for j := range t.seconds[i] {
			if t.passable(i, j, v.measured()) {
				dearest = max(dearest, v.price(t.leg(i, j)))
			}
		}
	}
	return dearest
}

func (in *Input) price(n int64) scheduler.Cost { return scheduler.Cost(n * in.unit) }

// compileTravel makes a mode of each profile and speed.
func (in *Input) compileTravel() {
	for i := range in.vehicles {
		m := in.vehicles[i].mode
		if slices.ContainsFunc(in.Problem.Travel, func(t scheduler.Travel) bool { return t.Mode == m.name() }) {
			continue
		}
		t := in.travel[m]
		measured := slices.ContainsFunc(in.vehicles, func(v vehicle) bool {
			return v.mode == m && v.measured()
		})
		in.Problem.Travel = append(in.Problem.Travel, t.compile(m, measured, in.unit))
	}
}

// name is a mode's id: profiles may be called anything.
func (m mode) name() string { return fmt.Sprintf("%s at %d%%", m.profile, m.percent) }

// compile copies the matrices.
func (t *travel) compile(m mode, measured bool, unit int64) scheduler.Travel {
	n := len(t.seconds)
	out := scheduler.Travel{Mode: m.name(), Seconds: square[scheduler.Seconds](n)}
	if measured {
		out.Metres = square[scheduler.Metres](n)
	}
	if t.costs != nil {
		out.Costs = square[scheduler.Cost](n)
	}
	for i := range n {
		for j := range n {
			if !t.passable(i, j, measured) {
				out.Seconds[i][j] = scheduler.Unreachable
				continue
			}
			out.Seconds[i][j] = scheduler.Seconds(t.seconds[i][j])
			if measured {
				out.Metres[i][j] = scheduler.Metres(t.metres[i][j])
			}
			if t.costs != nil {
				out.Costs[i][j] = scheduler.Cost(t.costs[i][j] * unit)
			}
		}
	}
	return out
}

func square[T any](n int) [][]T {
	rows, cells := make([][]T, n), make([]T, n*n)
	for i := range rows {
		rows[i] = cells[i*n : (i+1)*n]
	}
	return rows
}

// compileSkills lists the skills that anyone has or needs.
func (in *Input) compileSkills() {
	var all []int64
	for i := range in.vehicles {
		all = append(all, in.vehicles[i].skills...)
	}
	for i := range in.jobs {
		all = append(all, in.jobs[i].skills...)
	}
	slices.Sort(all)
	for _, s := range slices.Compact(all) {
		in.Problem.Skills = append(in.Problem.Skills, name(uint64(s)))
	}
}

func levels(skills []int64) []scheduler.SkillLevel {
	var out []scheduler.SkillLevel
	for _, s := range skills {
		out = append(out, scheduler.SkillLevel{Skill: name(uint64(s)), Level: scheduler.MinLevel})
	}
	return out
}

// compileVehicle makes a technician and, unless the vehicle can do nothing, a
// shift.
func (in *Input) compileVehicle(i int, horizon window) {
	p, v := in.Problem, &in.vehicles[i]
	p.Technicians = append(p.Technicians, scheduler.Technician{
		ID: name(v.id), Mode: v.mode.name(), Kind: v.kind, Skills: levels(v.skills),
	})
	hours := v.hours()
	hours = window{max(hours.open, horizon.open), min(hours.close, horizon.close)}
	pauses, fit := v.pauses(hours)
	if hours.open > hours.close || !fit || (v.maxTasks != nil && *v.maxTasks == 0) {
		return
	}
	s := scheduler.Shift{
		ID: name(v.id), Technician: name(v.id),
		Start: in.time(hours.open), End: in.time(hours.close),
		StartPlace: in.place(v.start), EndPlace: in.place(v.end),
		Cost: in.price(v.costs.fixed),
	}
	for k, b := range pauses {
		s.Breaks = append(s.Breaks, in.compileBreak(&v.breaks[k], b))
	}
	if c := in.price(v.costs.perHour); c != p.Weights.TravelHour {
		s.TravelHour = &c
	}
	if c := in.price(v.costs.perKm); c != p.Weights.Kilometre {
		s.Kilometre = &c
	}
	if v.maxTasks != nil {
		s.MaxVisits = int(min(*v.maxTasks, int64(len(in.jobs)+1)))
	}
	if v.maxTravel != nil {
		s.MaxTravel = scheduler.Seconds(min(*v.maxTravel, int64(scheduler.MaxHorizon)))
	}
	if v.maxDistance != nil {
		s.MaxDistance = scheduler.Metres(*v.maxDistance)
	}
	for _, c := range v.capacity {
		s.Capacity = append(s.Capacity, int(c))
	}
	in.shifts[s.ID] = i
	p.Shifts = append(p.Shifts, s)
}

// place is where a location is among those in use.
func (in *Input) place(l location) int {
	if l.index < 0 {
		return scheduler.NoPlace
	}
	k, _ := slices.BinarySearch(in.places, l.index)
	return k
}

// time is an instant of the input in the problem's own seconds.
func (in *Input) time(t int64) scheduler.Time { return scheduler.Time(t - in.low) }

// compileBreak makes a break that may begin in the windows given.
func (in *Input) compileBreak(p *pause, ws []window) scheduler.Break {
	b := scheduler.Break{
		ID: name(p.id), Duration: scheduler.Seconds(p.service),
		Earliest: in.time(ws[0].open), Latest: in.time(ws[0].close), Windows: in.within(ws[1:]),
	}
	for _, most := range p.maxLoad {
		b.MaxLoad = append(b.MaxLoad, int(min(most, math.MaxInt32/2)))
	}
	return b
}

func (in *Input) within(ws []window) []scheduler.Window {
	var out []scheduler.Window
	for _, w := range ws {
		out = append(out, scheduler.Window{Open: in.time(w.open), Close: in.time(w.close)})
	}
	return out
}

// countedDimensions says in which dimensions the load must be counted along the
// route: where it both shrinks and grows, or a break asks for it. Elsewhere its
// sum says all.
func (in *Input) countedDimensions() []bool {
	out := make([]bool, in.dimensions)
	asked := slices.ContainsFunc(in.vehicles, func(v vehicle) bool {
		return slices.ContainsFunc(v.breaks, func(p pause) bool { return p.maxLoad != nil })
	})
	for d := range out {
		delivers := slices.ContainsFunc(in.jobs, func(j job) bool { return j.delivery[d] > 0 })
		picks := slices.ContainsFunc(in.jobs, func(j job) bool { return j.pickup[d] > 0 })
		out[d] = asked || delivers && picks
	}
	return out
}

// compileJob makes a visit and, where a step fixes it, a pin.
func (in *Input) compileJob(i int, horizon window) {
	p, j := in.Problem, &in.jobs[i]
	v := scheduler.Visit{
		ID: name(j.id), Place: in.place(j.location), Duration: scheduler.Seconds(j.service), Setup: scheduler.Seconds(j.setup),
		Durations: in.durations(j), Skills: levels(j.skills), Priority: j.priority,
	}
	if len(j.windows) > 0 {
		v.Windows = in.within(clip(j.windows, horizon))
	}
	for d := range in.dimensions {
		if in.counted[d] {
			v.Loads, v.Pickups = append(v.Loads, int(j.delivery[d])), append(v.Pickups, int(j.pickup[d]))
		} else {
			v.Loads, v.Pickups = append(v.Loads, int(j.delivery[d]+j.pickup[d])), append(v.Pickups, 0)
		}
	}
	if !slices.Contains(in.counted, true) {
		v.Pickups = nil
	}
	in.visits[v.ID] = i
	p.Visits = append(p.Visits, v)
	if j.fixed != nil {
		p.Pins = append(p.Pins, scheduler.Pin{Visit: v.ID, Technician: name(*j.fixed)})
	}
}

// durations lists what the job takes the types of vehicle that differ.
func (in *Input) durations(j *job) []scheduler.DurationFor {
	var out []scheduler.DurationFor
	seen := map[string]bool{}
	for i := range in.vehicles {
		v := &in.vehicles[i]
		setup, service := j.took(v)
		if seen[v.kind] || (setup == j.setup && service == j.service) {
			continue
		}
		seen[v.kind] = true
		out = append(out, scheduler.DurationFor{Kind: v.kind, Setup: scheduler.Seconds(setup), Duration: scheduler.Seconds(service)})
	}
	return out
}

// fieldNames are VROOM's for the scheduler's.
var fieldNames = strings.NewReplacer("/loads", "/delivery", "/pickups", "/pickup", "/duration", "/service", "/start_place", "/start_index", "/end_place", "/end_index")

// own says the faults that the scheduler finds in an input's problem in the
// input's own paths.
func (in *Input) own(err error) error {
	var invalid *scheduler.Invalid
	if !errors.As(err, &invalid) {
		return err
	}
	for i := range invalid.Faults {
		f := &invalid.Faults[i]
		parts := strings.SplitN(f.Path, "/", 4)
		if len(parts) < 3 {
			continue
		}
		switch k, _ := strconv.Atoi(parts[2]); parts[1] {
		case "visits":
			parts[1] = "jobs"
		case "technicians":
			parts[1] = "vehicles"
		case "shifts":
			parts[1], parts[2] = "vehicles", strconv.Itoa(in.shifts[in.Problem.Shifts[k].ID])
		}
		f.Path = fieldNames.Replace(strings.Join(parts, "/"))
	}
	return invalid
}
