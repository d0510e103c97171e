package vroom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"tournee/scheduler"
)

// The fastest and the slowest that a speed_factor may make a vehicle; VROOM
// keeps two digits of its inverse.
const (
	slowest = 0.01
	fastest = 5
)

// Read reads VROOM's input. The error is a *scheduler.Invalid with every fault
// found, by JSON pointer, or a *NoMatrix when the input is sound but leaves
// travel times to a routing engine, or what reading itself failed with.
func Read(from io.Reader) (*Input, error) {
	raw, err := io.ReadAll(from)
	if err != nil {
		return nil, fmt.Errorf("read VROOM's input: %w", err)
	}
	r := &reader{}
	in, tables := r.input(raw)
	if len(r.faults) == 0 {
		in.check(r, tables)
	}
	if len(r.faults) > 0 {
		return nil, &scheduler.Invalid{Faults: r.faults}
	}
	if len(r.missing) > 0 {
		return nil, &NoMatrix{Missing: r.missing}
	}
	if err := in.compile(); err != nil {
		return nil, err
	}
	return in, nil
}

// input reads what is written, field by field.
func (r *reader) input(raw []byte) (*Input, map[string]*tables) {
	in := &Input{}
	if err := scheduler.Syntax(raw); err != nil {
		r.faultf("", "malformed", "%v", err)
		return in, nil
	}
	root, ok := r.object(bytes.TrimSpace(raw), "")
	if !ok {
		return in, nil
	}
	vehicles := root.list("vehicles")
	if len(vehicles) == 0 {
		root.faultf("vehicles", "missing", "must have at least one vehicle")
	}
	r.dimension = dimension(vehicles)
	in.dimensions = r.dimension
	for i, raw := range vehicles {
		if o, ok := r.object(raw, at("/vehicles", i)); ok {
			in.vehicles = append(in.vehicles, o.vehicle())
		}
	}
	for i, raw := range root.list("jobs") {
		if o, ok := r.object(raw, at("/jobs", i)); ok {
			in.jobs = append(in.jobs, o.job())
		}
	}
	if len(root.list("shipments")) > 0 {
		root.faultf("shipments", "unsupported", "shipments (a pickup and a delivery in one route) are not taken: only jobs are")
	}
	r.options(root)
	return in, r.tables(root)
}

// dimension is how many amounts every capacity, delivery and pickup has: as
// many as the first vehicle's capacity.
func dimension(vehicles []json.RawMessage) int {
	var first struct{ Capacity []json.RawMessage }
	if len(vehicles) == 0 || json.Unmarshal(vehicles[0], &first) != nil {
		return 0
	}
	return len(first.Capacity)
}

// options refuses VROOM's plan mode, which vroom-express asks for there.
func (r *reader) options(root object) {
	var wanted struct{ C any }
	if raw, ok := root.fields["options"]; ok && json.Unmarshal(raw, &wanted) == nil && wanted.C == true {
		root.faultf("options/c", "unsupported", "plan mode (-c: times for given routes) is not taken")
	}
}

func (o object) vehicle() vehicle {
	v := vehicle{
		id: o.id(), description: o.text("description"), kind: o.text("type"),
		start: o.location("start", "start_index"), end: o.location("end", "end_index"),
		mode:     mode{profile: o.text("profile"), percent: 100},
		capacity: o.amounts("capacity"), skills: o.skills(),
		maxTasks: o.limit("max_tasks"), maxTravel: o.limit("max_travel_time"), maxDistance: o.limit("max_distance"),
	}
	if v.mode.profile == "" {
		v.mode.profile = "car"
	}
	if o.has("time_window") {
		w := o.r.window(o.fields["time_window"], o.path+"/time_window")
		v.window = &w
	}
	if o.has("speed_factor") {
		v.mode.percent = o.speed()
	}
	v.costs = o.costs()
	for i, raw := range o.list("breaks") {
		if b, ok := o.r.object(raw, at(o.path+"/breaks", i)); ok {
			v.breaks = append(v.breaks, b.pause())
		}
	}
	for i, raw := range o.list("steps") {
		if s, ok := o.r.object(raw, at(o.path+"/steps", i)); ok {
			v.steps = append(v.steps, s.step())
		}
	}
	return v
}

// speed reads speed_factor as the percentage of the matrix's durations.
func (o object) speed() int64 {
	var factor float64
	raw := o.fields["speed_factor"]
	if string(raw) == "null" || json.Unmarshal(raw, &factor) != nil || !(factor >= slowest && factor <= fastest) {
		o.faultf("speed_factor", "out_of_range", "must be a number from %v to %v", slowest, fastest)
		return 100
	}
	return int64(math.Round(100 / factor))
}

func (o object) costs() costs {
	c := defaultCosts
	raw, ok := o.fields["costs"]
	if !ok {
		return c
	}
	prices, _ := o.r.object(raw, o.path+"/costs")
	c.fixed = prices.whole("fixed", 0)
	c.perHour = prices.whole("per_hour", c.perHour)
	c.perKm = prices.whole("per_km", 0)
	if prices.whole("per_task_hour", 0) > 0 {
		prices.faultf("per_task_hour", "unsupported", "a price per hour of task time is not taken")
	}
	return c
}

func (o object) pause() pause {
	p := pause{id: o.id(), description: o.text("description"), windows: o.windows(), service: o.whole("service", 0)}
	if o.has("max_load") {
		p.maxLoad = o.amounts("max_load")
	}
	return p
}

func (o object) step() step {
	s := step{kind: o.text("type"), at: o.limit("service_at"), after: o.limit("service_after"), before: o.limit("service_before")}
	switch s.kind {
	case "start", "end":
	case "job", "break":
		s.id = o.id()
	case "pickup", "delivery":
		o.faultf("type", "unsupported", "steps of shipments are not taken")
	default:
		o.faultf("type", "unknown", "there is no type of step %q", s.kind)
	}
	return s
}

func (o object) job() job {
	j := job{
		id: o.id(), description: o.text("description"), location: o.location("location", "location_index"),
		setup: o.whole("setup", 0), service: o.whole("service", 0),
		setups: o.perType("setup_per_type"), services: o.perType("service_per_type"),
		pickup: o.amounts("pickup"), skills: o.skills(), windows: o.windows(),
		priority: int(o.whole("priority", 0)),
	}
	if o.has("amount") && !o.has("delivery") && !o.has("pickup") {
		j.delivery = o.amounts("amount") // its name before version 1.7
	} else {
		j.delivery = o.amounts("delivery")
	}
	if j.priority > 100 {
		o.faultf("priority", "out_of_range", "%d is not between 0 and 100", j.priority)
	}
	return j
}

func (o object) location(coordinates, index string) location {
	l := location{index: -1, coordinates: o.coordinates(coordinates)}
	if o.has(index) {
		l.index = int(o.whole(index, 0))
	}
	return l
}

// skills reads a set of skills, sorted.
func (o object) skills() []int64 {
	if !o.has("skills") {
		return nil
	}
	out := o.r.wholes(o.fields["skills"], o.path+"/skills")
	slices.Sort(out)
	return slices.Compact(out)
}
