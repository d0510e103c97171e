package vroom

import (
	"encoding/json"
	"io"
	"slices"
	"time"

	"tournee/scheduler"
)

// Times are what reading and solving took.
type Times struct{ Loading, Solving time.Duration }

type output struct {
	Code       int              `json:"code"`
	Summary    summary          `json:"summary"`
	Unassigned []unassignedJSON `json:"unassigned"`
	Routes     []routeJSON      `json:"routes"`
}

type summary struct {
	Cost       int64 `json:"cost"`
	Routes     int   `json:"routes"`
	Unassigned int   `json:"unassigned"`
	totals
	Computing struct {
		Loading int64 `json:"loading"`
		Solving int64 `json:"solving"`
	} `json:"computing_times"`
}

// totals are the sums that a summary has over all routes and a route over its
// steps.
type totals struct {
	Delivery   []int64     `json:"delivery,omitempty"`
	Amount     []int64     `json:"amount,omitempty"` // the deliveries' name before version 1.7
	Pickup     []int64     `json:"pickup,omitempty"`
	Setup      int64       `json:"setup"`
	Service    int64       `json:"service"`
	Duration   int64       `json:"duration"`
	Waiting    int64       `json:"waiting_time"`
	Priority   int         `json:"priority"`
	Distance   *int64      `json:"distance,omitempty"` // with matrices of distances
	Violations []violation `json:"violations"`
}

type violation struct {
	Cause string `json:"cause"`
}

type unassignedJSON struct {
	ID uint64 `json:"id"`
	locationJSON
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
}

type routeJSON struct {
	Vehicle     uint64 `json:"vehicle"`
	Cost        int64  `json:"cost"`
	Description string `json:"description,omitempty"`
	totals
	Steps []stepJSON `json:"steps"`
}

type stepJSON struct {
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
	locationJSON
	ID         *uint64     `json:"id,omitempty"`
	Setup      int64       `json:"setup"`
	Service    int64       `json:"service"`
	Waiting    int64       `json:"waiting_time"`
	Job        *uint64     `json:"job,omitempty"` // the id's name before version 1.6
	Load       []int64     `json:"load,omitempty"`
	Arrival    int64       `json:"arrival"`
	Duration   int64       `json:"duration"`
	Violations []violation `json:"violations"`
	Distance   *int64      `json:"distance,omitempty"`
}

type locationJSON struct {
	Location []json.Number `json:"location,omitempty"`
	Index    *int          `json:"location_index,omitempty"`
}

func (l location) json() locationJSON {
	out := locationJSON{Location: l.coordinates}
	if l.index >= 0 {
		out.Index = &l.index
	}
	return out
}

// Write writes a plan of the input's problem as VROOM's output, on one line.
func (in *Input) Write(w io.Writer, plan *scheduler.Plan, took Times) error {
	out := output{Code: CodeOK, Routes: []routeJSON{}, Unassigned: []unassignedJSON{}}
	s := &out.Summary
	s.totals = in.totals()
	if in.measured() {
		s.Distance = new(int64)
	}
	for i := range plan.Routes {
		r := in.route(&plan.Routes[i])
		s.Cost += r.Cost
		s.add(&r.totals)
		out.Routes = append(out.Routes, r)
	}
	for _, u := range plan.Unassigned {
		j := &in.jobs[in.visits[u.Visit]]
		out.Unassigned = append(out.Unassigned, unassignedJSON{j.id, j.location.json(), "job", j.description})
	}
	s.Routes, s.Unassigned = len(out.Routes), len(out.Unassigned)
	s.Computing.Loading, s.Computing.Solving = took.Loading.Milliseconds(), took.Solving.Milliseconds()
	return encode(w, out)
}

// measured says whether any matrix of distances was given.
func (in *Input) measured() bool {
	for _, t := range in.travel {
		if t.metres != nil {
			return true
		}
	}
	return false
}

// totals are no totals yet.
func (in *Input) totals() totals {
	t := totals{Delivery: make([]int64, in.dimensions), Pickup: make([]int64, in.dimensions), Violations: []violation{}}
	t.Amount = t.Delivery
	return t
}

func (t *totals) add(o *totals) {
	plus(t.Delivery, o.Delivery)
	plus(t.Pickup, o.Pickup)
	t.Setup += o.Setup
	t.Service += o.Service
	t.Duration += o.Duration
	t.Waiting += o.Waiting
	t.Priority += o.Priority
	if o.Distance != nil {
		*t.Distance += *o.Distance
	}
	t.Violations = append(t.Violations, o.Violations...)
}

func plus(sum, more []int64) {
	for d := range sum {
		sum[d] += more[d]
	}
}

// route tells one route.
func (in *Input) route(r *scheduler.Route) routeJSON {
	t := in.timeline(r)
	v := t.vehicle
	w := teller{in: in, vehicle: v, load: make([]int64, in.dimensions)}
	w.out = routeJSON{Vehicle: v.id, Description: v.description, totals: in.totals()}
	w.sum.priced = in.travel[v.mode].costs != nil
	for range r.Missed {
		w.out.Violations = append(w.out.Violations, violation{"missing_break"})
	}
	for _, e := range t.events {
		if e.job != nil {
			plus(w.load, e.job.delivery)
		}
	}
	if !v.start.none() {
		w.step("start", "", v.start, t.start)
	}
	for i := range t.events {
		w.event(&t.events[i])
	}
	if w.sum.add(t.back); !v.end.none() {
		w.step("end", "", v.end, t.end)
	}
	w.out.Duration, w.out.Distance = w.sum.seconds, in.metres(v, w.sum)
	w.out.Cost = v.costs.fixed + v.price(w.sum)
	return w.out
}

// teller tells a route step by step.
type teller struct {
	in      *Input
	vehicle *vehicle
	load    []int64 // aboard now
	sum     leg     // the way so far
	out     routeJSON
}

func (w *teller) step(kind, description string, where location, arrive int64) *stepJSON {
	w.out.Steps = append(w.out.Steps, stepJSON{
		Type: kind, Description: description, locationJSON: where.json(),
		Load: slices.Clone(w.load), Arrival: arrive, Duration: w.sum.seconds,
		Violations: []violation{}, Distance: w.in.metres(w.vehicle, w.sum),
	})
	return &w.out.Steps[len(w.out.Steps)-1]
}

// event tells a job or a break, the load being what it is once that is done.
func (w *teller) event(e *event) {
	w.sum.add(e.into)
	var s *stepJSON
	if e.job != nil {
		for d := range w.load {
			w.load[d] += e.job.pickup[d] - e.job.delivery[d]
		}
		plus(w.out.Delivery, e.job.delivery)
		plus(w.out.Pickup, e.job.pickup)
		w.out.Priority += e.job.priority
		s = w.step("job", e.job.description, e.job.location, e.arrive)
		s.ID, s.Job = &e.job.id, &e.job.id
	} else {
		s = w.step("break", e.pause.description, location{index: -1}, e.arrive)
		s.ID = &e.pause.id
	}
	s.Setup, s.Service, s.Waiting = e.setup, e.service, e.begin-e.arrive
	w.out.Setup += e.setup
	w.out.Service += e.service
	w.out.Waiting += s.Waiting
}

// metres is a distance, if the vehicle's distances are known.
func (in *Input) metres(v *vehicle, sum leg) *int64 {
	if in.travel[v.mode].metres == nil {
		return nil
	}
	return &sum.metres
}
