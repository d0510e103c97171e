package vroom

import (
	"math"
	"slices"

	"tournee/scheduler"
)

// check faults what each field says well and all of them together do not.
func (in *Input) check(r *reader, given map[string]*tables) {
	once(r, "/jobs", "job", in.jobs, func(j job) uint64 { return j.id })
	once(r, "/vehicles", "vehicle", in.vehicles, func(v vehicle) uint64 { return v.id })
	in.checkMatrices(r, given)
	for i := range in.jobs {
		in.jobs[i].check(r, at("/jobs", i))
	}
	for i := range in.vehicles {
		in.vehicles[i].check(r, at("/vehicles", i))
	}
	in.checkSteps(r)
	if len(r.faults) == 0 && len(r.missing) == 0 {
		in.checkLocations(r, given)
	}
}

// once faults ids that come twice.
func once[T any](r *reader, path, what string, list []T, id func(T) uint64) {
	first := make(map[uint64]int, len(list))
	for i, item := range list {
		if f, twice := first[id(item)]; twice {
			r.faultf(at(path, i)+"/id", "duplicate", "%s %d is already at %s", what, id(item), at(path, f))
			continue
		}
		first[id(item)] = i
	}
}

func (j *job) check(r *reader, path string) {
	lasts(r, path+"/setup", j.setup)
	lasts(r, path+"/service", j.service)
	for kind, s := range j.setups {
		lasts(r, path+"/setup_per_type/"+pointer(kind), s)
	}
	for kind, s := range j.services {
		lasts(r, path+"/service_per_type/"+pointer(kind), s)
	}
}

// lasts faults a duration that no plan has room for.
func lasts(r *reader, path string, seconds int64) {
	if seconds > int64(scheduler.MaxHorizon) {
		r.faultf(path, "out_of_range", "%d s is more than %d s", seconds, scheduler.MaxHorizon)
	}
}

func (v *vehicle) check(r *reader, path string) {
	if v.start.none() && v.end.none() {
		r.faultf(path, "missing", "vehicle %d has no start and no end", v.id)
	}
	if v.costs.perHour > int64(scheduler.MaxWeight) {
		r.faultf(path+"/costs/per_hour", "out_of_range", "%d is more than %d", v.costs.perHour, scheduler.MaxWeight)
	}
	if v.costs.perKm > int64(scheduler.MaxWeight) {
		r.faultf(path+"/costs/per_km", "out_of_range", "%d is more than %d", v.costs.perKm, scheduler.MaxWeight)
	}
	positive(r, path+"/max_travel_time", v.maxTravel)
	positive(r, path+"/max_distance", v.maxDistance)
	once(r, path+"/breaks", "break", v.breaks, func(p pause) uint64 { return p.id })
	for i := range v.breaks {
		lasts(r, at(path+"/breaks", i)+"/service", v.breaks[i].service)
	}
	v.sortBreaks()
	if _, fit := v.pauses(v.hours()); !fit {
		r.faultf(path+"/breaks", "contradiction", "the breaks of vehicle %d do not fit one after another in its time window", v.id)
	}
}

func positive(r *reader, path string, limit *int64) {
	if limit != nil && *limit == 0 {
		r.faultf(path, "out_of_range", "must be above 0")
	}
}

func (l location) none() bool { return l.index < 0 && l.coordinates == nil }

// checkMatrices looks for the matrices that vehicles need.
func (in *Input) checkMatrices(r *reader, given map[string]*tables) {
	need := func(missing string) {
		if !slices.Contains(r.missing, missing) {
			r.missing = append(r.missing, missing)
		}
	}
	for i := range in.vehicles {
		v, path := &in.vehicles[i], at("/vehicles", i)
		t, name := given[v.mode.profile], "matrices."+v.mode.profile
		if t == nil {
			t = &tables{}
		}
		if t.durations == nil {
			need(name + ".durations")
		}
		if t.distances == nil && (v.costs.perKm > 0 || v.maxDistance != nil) {
			need(name + ".distances")
		}
		if t.costs != nil && (v.costs.perHour != defaultCosts.perHour || v.costs.perKm != 0) {
			r.faultf(path+"/costs", "contradiction", "a price per hour or km contradicts %s.costs", name)
		}
	}
	for name, t := range given {
		path := "/matrices/" + pointer(name)
		if t.durations != nil && t.distances != nil && len(t.distances) != len(t.durations) {
			r.faultf(path+"/distances", "not_square", "has %d rows, durations has %d", len(t.distances), len(t.durations))
		}
		if t.durations != nil && t.costs != nil && len(t.costs) != len(t.durations) {
			r.faultf(path+"/costs", "not_square", "has %d rows, durations has %d", len(t.costs), len(t.durations))
		}
	}
}

// checkLocations asks for an index wherever there is a place, and cuts the
// matrices down to the locations in use.
func (in *Input) checkLocations(r *reader, given map[string]*tables) {
	size := math.MaxInt
	for i := range in.vehicles {
		size = min(size, len(given[in.vehicles[i].mode.profile].durations))
	}
	var used []int
	use := func(path, name string, l location) {
		switch {
		case l.index < 0:
			r.faultf(path+"/"+name, "missing", "must be given when there are matrices")
		case l.index >= size:
			r.faultf(path+"/"+name, "unknown", "%d is outside a matrix of %d rows", l.index, size)
		default:
			used = append(used, l.index)
		}
	}
	for i := range in.jobs {
		use(at("/jobs", i), "location_index", in.jobs[i].location)
	}
	for i := range in.vehicles {
		if v := &in.vehicles[i]; !v.start.none() {
			use(at("/vehicles", i), "start_index", v.start)
		}
		if v := &in.vehicles[i]; !v.end.none() {
			use(at("/vehicles", i), "end_index", v.end)
		}
	}
	if len(r.faults) > 0 {
		return
	}
	slices.Sort(used)
	in.places = slices.Compact(used)
	in.travel = map[mode]*travel{}
	for i := range in.vehicles {
		m := in.vehicles[i].mode
		if t := given[m.profile]; in.travel[m] == nil {
			in.travel[m] = &travel{
				seconds: cut(t.durations, in.places, m.percent),
				metres:  cut(t.distances, in.places, 100),
				costs:   cut(t.costs, in.places, 100),
			}
		}
	}
}
