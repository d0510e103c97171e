package vroom

import (
	"slices"
	"strconv"

	"tournee/scheduler"
)

// checkSteps looks the vehicles' steps up. A job step with a service time also
// narrows the job's windows: that is how a route under way is kept.
func (in *Input) checkSteps(r *reader) {
	rank := make(map[uint64]int, len(in.jobs))
	for i := range in.jobs {
		rank[in.jobs[i].id] = i
	}
	where := map[uint64]string{}
	for i := range in.vehicles {
		v := &in.vehicles[i]
		taken := map[uint64]bool{}
		for k, s := range v.steps {
			path := at(at("/vehicles", i)+"/steps", k)
			switch s.kind {
			case "break":
				if !slices.ContainsFunc(v.breaks, func(p pause) bool { return p.id == s.id }) {
					r.faultf(path+"/id", "unknown", "vehicle %d has no break %d", v.id, s.id)
				} else if taken[s.id] {
					r.faultf(path+"/id", "duplicate", "break %d comes twice", s.id)
				}
				taken[s.id] = true
			case "job":
				j, ok := rank[s.id]
				if !ok {
					r.faultf(path+"/id", "unknown", "there is no job %d", s.id)
					continue
				}
				if first, twice := where[s.id]; twice {
					r.faultf(path+"/id", "duplicate", "job %d is already at %s", s.id, first)
					continue
				}
				where[s.id] = path
				in.jobs[j].fix(r, path, v.id, s)
			}
		}
	}
}

// fix keeps a job in a vehicle, at the time its step gives, if it gives any.
func (j *job) fix(r *reader, path string, vehicle uint64, s step) {
	only := always
	if s.after != nil {
		only.open = *s.after
	}
	if s.before != nil {
		only.close = *s.before
	}
	if s.at != nil {
		only = window{max(only.open, *s.at), min(only.close, *s.at)}
	}
	if s.at == nil && s.after == nil && s.before == nil {
		return
	}
	left := clip(j.windows, only)
	if len(left) == 0 {
		r.faultf(path, "contradiction", "no time window of job %d meets the step's service time", j.id)
		return
	}
	j.windows, j.fixed = left, &vehicle
}

// start is the plan that the vehicles' steps tell, nil when they tell none.
func (in *Input) start() *scheduler.Plan {
	var plan scheduler.Plan
	for i := range in.vehicles {
		v := &in.vehicles[i]
		route := scheduler.Route{Shift: name(v.id), Technician: name(v.id)}
		for _, s := range v.steps {
			switch s.kind {
			case "job":
				route.Stops = append(route.Stops, scheduler.Stop{Visit: name(s.id)})
			case "break":
				route.Stops = append(route.Stops, scheduler.Stop{Break: name(s.id)})
			}
		}
		if _, works := in.shifts[route.Shift]; works && len(route.Stops) > 0 {
			plan.Routes = append(plan.Routes, route)
		}
	}
	if len(plan.Routes) == 0 {
		return nil
	}
	return &plan
}

// name is an id of VROOM's as one of the scheduler's.
func name(id uint64) string { return strconv.FormatUint(id, 10) }
