package vroom

import "tournee/scheduler"

// event is one stop of a route with its times, in the input's own seconds.
type event struct {
	job     *job   // or
	pause   *pause // exactly one
	windows []window
	into    leg // the way here
	setup   int64
	service int64
	arrive  int64
	begin   int64
}

// timeline is a route as VROOM tells it: it leaves as late as it can and still
// end as early as it could, and from then on everything happens as soon as
// possible. The order is the plan's; the times are computed anew.
type timeline struct {
	vehicle *vehicle
	start   int64
	events  []event
	back    leg // the way to the vehicle's end
	end     int64
}

func (in *Input) timeline(r *scheduler.Route) timeline {
	v := &in.vehicles[in.shifts[r.Shift]]
	t := timeline{vehicle: v}
	matrix, at := in.travel[v.mode], in.place(v.start)
	way := func(to int) leg {
		from := at
		at = to
		if from < 0 || to < 0 {
			return leg{}
		}
		return matrix.leg(from, to)
	}
	for _, stop := range r.Stops {
		if stop.Break != "" {
			p := v.pause(stop.Break)
			t.events = append(t.events, event{pause: p, windows: p.windows, service: p.service})
			continue
		}
		j := &in.jobs[in.visits[stop.Visit]]
		e := event{job: j, windows: j.windows}
		e.setup, e.service = j.took(v)
		to := in.place(j.location)
		if to == at {
			e.setup = 0
		}
		e.into = way(to)
		t.events = append(t.events, e)
	}
	if !v.end.none() {
		t.back = way(in.place(v.end))
	}
	t.forward(v.hours().open)
	t.forward(t.latest())
	return t
}

func (v *vehicle) pause(id string) *pause {
	for i := range v.breaks {
		if name(v.breaks[i].id) == id {
			return &v.breaks[i]
		}
	}
	return nil
}

// forward leaves at a given time and does everything as soon as possible.
func (t *timeline) forward(leave int64) {
	t.start = leave
	now := leave
	for i := range t.events {
		e := &t.events[i]
		e.arrive = now + e.into.seconds
		e.begin, _ = firstIn(e.windows, e.arrive)
		now = e.begin + e.setup + e.service
	}
	t.end = now + t.back.seconds
}

// latest is when the vehicle can leave and still be done by t.end.
func (t *timeline) latest() int64 {
	now := t.end - t.back.seconds
	for i := len(t.events) - 1; i >= 0; i-- {
		e := &t.events[i]
		now, _ = lastIn(e.windows, now-e.setup-e.service)
		now -= e.into.seconds
	}
	return now
}
