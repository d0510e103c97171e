package vroom_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// An answer of VROOM's, as these tests read it.
type (
	totalsAnswer struct {
		Cost       int64
		Delivery   []int64
		Pickup     []int64
		Setup      int64
		Service    int64
		Duration   int64
		Waiting    int64 `json:"waiting_time"`
		Priority   int
		Distance   *int64
		Violations []struct{ Cause string }
	}
	stepAnswer struct {
		Type     string
		ID       *uint64
		Job      *uint64
		Location *int `json:"location_index"`
		Setup    int64
		Service  int64
		Waiting  int64 `json:"waiting_time"`
		Load     []int64
		Arrival  int64
		Duration int64
		Distance *int64
	}
	routeAnswer struct {
		Vehicle uint64
		totalsAnswer
		Steps []stepAnswer
	}
	answer struct {
		Code    int
		Summary struct {
			totalsAnswer
			Routes     int
			Unassigned int
		}
		Unassigned []struct {
			ID   uint64
			Type string
		}
		Routes []routeAnswer
	}
)

// judge lists what is wrong with an answer, by VROOM's own definitions and
// from the texts alone.
func judge(c *inputCase, text []byte) (a answer, wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if err := json.Unmarshal(text, &a); err != nil {
		return a, []string{err.Error()}
	}
	seen := map[uint64]int{}
	for _, u := range a.Unassigned {
		seen[u.ID]++
	}
	sum := totalsAnswer{}
	vehicles := map[uint64]bool{}
	for i := range a.Routes {
		r := &a.Routes[i]
		if vehicles[r.Vehicle] {
			say("vehicle %d has two routes", r.Vehicle)
		}
		vehicles[r.Vehicle] = true
		for _, s := range r.Steps {
			if s.Type == "job" {
				seen[*s.ID]++
			}
		}
		(&routeJudge{c: c, r: r, say: func(format string, args ...any) {
			say("vehicle %d: %s", r.Vehicle, fmt.Sprintf(format, args...))
		}}).judge()
		sum.Cost += r.Cost
		sum.Setup += r.Setup
		sum.Service += r.Service
		sum.Duration += r.Duration
		sum.Waiting += r.Waiting
		sum.Priority += r.Priority
	}
	for _, j := range c.Jobs {
		if seen[j.ID] != 1 {
			say("job %d is told %d times", j.ID, seen[j.ID])
		}
	}
	s := a.Summary
	if a.Code != 0 || s.Routes != len(a.Routes) || s.Unassigned != len(a.Unassigned) || len(seen) != len(c.Jobs) {
		say("the summary counts %d routes and %d unassigned, code %d", s.Routes, s.Unassigned, a.Code)
	}
	if s.Cost != sum.Cost || s.Setup != sum.Setup || s.Service != sum.Service || s.Duration != sum.Duration || s.Waiting != sum.Waiting || s.Priority != sum.Priority {
		say("the summary %+v is not the sum %+v of the routes", s.totalsAnswer, sum)
	}
	return a, wrong
}

// routeJudge walks one route.
type routeJudge struct {
	c   *inputCase
	r   *routeAnswer
	v   *vehicleCase
	m   matrixCase
	say func(string, ...any)
}

func (q *routeJudge) judge() {
	i := slices.IndexFunc(q.c.Vehicles, func(v vehicleCase) bool { return v.ID == q.r.Vehicle })
	if i < 0 {
		q.say("is unknown")
		return
	}
	q.v = &q.c.Vehicles[i]
	profile := q.v.Profile
	if profile == "" {
		profile = "car"
	}
	q.m = q.c.Matrices[profile]
	if len(q.r.Violations) > 0 {
		q.say("violates %v", q.r.Violations)
	}
	end := q.walk(q.r.Steps[0].Arrival, q.say)
	if later := q.walk(q.r.Steps[0].Arrival+1, nil); later >= 0 && later <= end {
		q.say("leaves at %d, and could leave later and be done by %d too", q.r.Steps[0].Arrival, end)
	}
}

func (q *routeJudge) travel(from, to int) int64 {
	factor := int64(100)
	if q.v.Speed != 0 {
		factor = int64(math.Round(100 / q.v.Speed))
	}
	return (q.m.Durations[from][to]*factor + 50) / 100
}

// walk does the route's steps as soon as possible after leaving. With say it
// compares them to what is told and checks every rule; without, it says when
// the route ends, or -1 if it cannot be run.
func (q *routeJudge) walk(leave int64, say func(string, ...any)) int64 {
	told := say != nil
	if !told {
		say = func(string, ...any) {}
	}
	now, at := leave, -1
	var duration, distance, money, setup, service, waiting int64
	priority, tasks := 0, 0
	load := make([]int64, len(q.v.Capacity))
	for _, s := range q.r.Steps {
		if s.Type == "job" {
			for d := range load {
				load[d] += q.job(*s.ID).Delivery[d]
			}
		}
	}
	move := func(to int) {
		if at >= 0 {
			seconds := q.travel(at, to)
			now, duration = now+seconds, duration+seconds
			if q.m.Distances != nil {
				distance += q.m.Distances[at][to]
			}
			if q.m.Costs != nil {
				money += q.m.Costs[at][to]
			}
		}
		at = to
	}
	breaks := map[uint64]int{}
	for i, s := range q.r.Steps {
		var wantSetup, wantService, arrival int64
		var windows [][2]int64
		switch s.Type {
		case "start":
			if i != 0 || q.v.Start == nil || *s.Location != *q.v.Start {
				say("starts wrongly: %+v", s)
			}
			at, arrival = *q.v.Start, now
		case "end":
			if i != len(q.r.Steps)-1 || q.v.End == nil || *s.Location != *q.v.End {
				say("ends wrongly: %+v", s)
			}
			move(*q.v.End)
			arrival = now
		case "break":
			b := q.v.Breaks[slices.IndexFunc(q.v.Breaks, func(b breakCase) bool { return b.ID == *s.ID })]
			breaks[b.ID]++
			wantService, windows, arrival = b.Service, b.TimeWindows, now
			for d, most := range b.MaxLoad {
				if load[d] > most {
					say("takes break %d with %v aboard, not more than %v", b.ID, load, b.MaxLoad)
				}
			}
		case "job":
			j := q.job(*s.ID)
			wantSetup, wantService, windows = q.takes(j), j.Service, j.TimeWindows
			if x, ok := j.ServicePerType[q.v.Type]; ok {
				wantService = x
			}
			if at == j.Location {
				wantSetup = 0
			}
			if *s.Location != j.Location || *s.Job != j.ID {
				say("job %d is told at %d", j.ID, *s.Location)
			}
			for _, skill := range j.Skills {
				if !slices.Contains(q.v.Skills, skill) {
					say("has no skill %d for job %d", skill, j.ID)
				}
			}
			move(j.Location)
			arrival = now
			tasks++
			priority += j.Priority
			for d := range load {
				load[d] += j.Pickup[d] - j.Delivery[d]
			}
		}
		begin := opening(windows, now)
		if begin < 0 {
			say("step %d begins after its windows, at %d", i, now)
			if !told {
				return -1
			}
			begin = now
		}
		if told {
			if s.Arrival != arrival || s.Waiting != begin-now || s.Setup != wantSetup || s.Service != wantService || s.Duration != duration {
				say("step %d is told as %+v; arrives at %d, waits %d, setup %d, service %d, duration %d", i, s, arrival, begin-now, wantSetup, wantService, duration)
			}
			if q.m.Distances != nil && *s.Distance != distance {
				say("step %d is %d m on, told as %d", i, distance, *s.Distance)
			}
			for d := range load {
				if s.Load[d] != load[d] || load[d] < 0 || load[d] > q.v.Capacity[d] {
					say("step %d has loads %v, told as %v, of %v", i, load, s.Load, q.v.Capacity)
				}
			}
		}
		setup, service, waiting = setup+wantSetup, service+wantService, waiting+begin-now
		now = begin + wantSetup + wantService
	}
	if w := q.v.TimeWindow; w != nil && (leave < w[0] || now > w[1]) {
		say("works from %d to %d, not in %v", leave, now, *w)
		if !told {
			return -1
		}
	}
	if !told {
		return now
	}
	for _, b := range q.v.Breaks {
		if breaks[b.ID] != 1 {
			say("takes break %d %d times", b.ID, breaks[b.ID])
		}
	}
	q.limits(tasks, duration, distance)
	q.costs(duration, distance, money)
	if q.r.Duration != duration || q.r.Setup != setup || q.r.Service != service || q.r.Waiting != waiting || q.r.Priority != priority {
		say("is told as %+v", q.r.totalsAnswer)
	}
	return now
}

func (q *routeJudge) job(id uint64) *jobCase {
	return &q.c.Jobs[slices.IndexFunc(q.c.Jobs, func(j jobCase) bool { return j.ID == id })]
}

func (q *routeJudge) takes(j *jobCase) int64 {
	if s, ok := j.SetupPerType[q.v.Type]; ok {
		return s
	}
	return j.Setup
}

func (q *routeJudge) limits(tasks int, duration, distance int64) {
	if q.v.MaxTasks != nil && tasks > *q.v.MaxTasks {
		q.say("does %d jobs of %d", tasks, *q.v.MaxTasks)
	}
	if q.v.MaxTravel > 0 && duration > q.v.MaxTravel {
		q.say("travels %d s of %d", duration, q.v.MaxTravel)
	}
	if q.v.MaxDistance > 0 && distance > q.v.MaxDistance {
		q.say("goes %d m of %d", distance, q.v.MaxDistance)
	}
}

func (q *routeJudge) costs(duration, distance, money int64) {
	price := costsCase{PerHour: 3600}
	if q.v.Costs != nil {
		price = *q.v.Costs
	}
	want := price.Fixed + (duration*price.PerHour*1000+distance*price.PerKm*3600)/3_600_000
	if q.m.Costs != nil {
		want = price.Fixed + money
	}
	if q.r.Cost != want {
		q.say("costs %d, told as %d", want, q.r.Cost)
	}
}

// opening is the first moment from now on in a window, or -1.
func opening(windows [][2]int64, now int64) int64 {
	if len(windows) == 0 {
		return now
	}
	for _, w := range windows {
		if now <= w[1] {
			return max(now, w[0])
		}
	}
	return -1
}
