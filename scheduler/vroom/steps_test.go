package vroom_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tournee/scheduler"
	"tournee/scheduler/vroom"
)

// answerTo solves an input and reads the answer, by vehicle the jobs and
// breaks of its route in order.
func answerTo(t *testing.T, text string, iterations int64) (answer, map[uint64][]uint64) {
	t.Helper()
	in := read(t, text)
	plan, err := scheduler.Solve(in.Problem, scheduler.Options{Seed: 1, Iterations: iterations, Start: in.Start})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := in.Write(&out, plan, vroom.Times{}); err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(out.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	orders := map[uint64][]uint64{}
	for _, r := range a.Routes {
		for _, s := range r.Steps {
			if s.ID != nil {
				orders[r.Vehicle] = append(orders[r.Vehicle], *s.ID)
			}
		}
	}
	return a, orders
}

func TestStepsAreWhereTheSearchStarts(t *testing.T) {
	t.Parallel()
	in := read(t, with(t, small,
		`/vehicles/0/breaks: [{"id": 5, "time_windows": [[0, 900]]}]`,
		`/vehicles/0/steps: [{"type": "start"}, {"type": "job", "id": 3}, {"type": "break", "id": 5}, {"type": "job", "id": 1}, {"type": "end"}]`,
		`/vehicles/1/steps: []`))
	if len(in.Start.Routes) != 1 || in.Start.Routes[0].Shift != "1" {
		t.Fatalf("starts from %+v", in.Start)
	}
	var order []string
	for _, s := range in.Start.Routes[0].Stops {
		order = append(order, s.Visit+"/"+s.Break)
	}
	if got := strings.Join(order, " "); got != "3/ /5 1/" {
		t.Errorf("vehicle 1 starts with %s", got)
	}
	if len(in.Problem.Pins) != 0 {
		t.Errorf("steps without a time pin %v", in.Problem.Pins)
	}
	if read(t, small).Start != nil {
		t.Error("without steps there is a plan to start from")
	}
}

func TestAJobUnderWayStaysInItsVehicleAtItsTime(t *testing.T) {
	t.Parallel()
	text := with(t, small,
		`/vehicles/1/steps: [{"type": "job", "id": 1, "service_at": 400}, {"type": "job", "id": 2, "service_after": 5000, "service_before": 5060}]`)
	a, orders := answerTo(t, text, 500)
	if !slices.Contains(orders[2], 1) || !slices.Contains(orders[2], 2) {
		t.Fatalf("the routes are %v", orders)
	}
	for _, s := range a.Routes[len(a.Routes)-1].Steps {
		if s.ID == nil {
			continue
		}
		begin := s.Arrival + s.Waiting
		if (*s.ID == 1 && begin != 400) || (*s.ID == 2 && (begin < 5000 || begin > 5060)) {
			t.Errorf("job %d begins at %d", *s.ID, begin)
		}
	}
}

func TestAPriorityCountsFirstThenTheNumberOfJobsThenTheCost(t *testing.T) {
	t.Parallel()
	one := with(t, small, `/vehicles: [{"id": 1, "start_index": 0, "end_index": 0, "max_tasks": 1}]`)
	for name, c := range map[string]struct {
		changes []string
		want    []uint64
	}{
		"the dear job has priority":     {[]string{`/jobs/1/priority: 1`}, []uint64{2}},
		"none has: the cheapest":        {[]string{`/jobs/2/skills: [4]`}, []uint64{1}},
		"two jobs rather than one":      {[]string{`/vehicles/0/max_tasks: 2`, `/jobs/1/service: 9`, `/jobs/0/skills: [4]`}, []uint64{2, 3}},
		"the greater sum of priorities": {[]string{`/vehicles/0/time_window: [0, 481]`, `/jobs/1/priority: 9`, `/jobs/1/service: 301`, `/jobs/0/priority: 4`, `/jobs/2/priority: 4`, `/vehicles/0/max_tasks: 2`}, []uint64{2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, orders := answerTo(t, with(t, one, c.changes...), 500)
			slices.Sort(orders[1])
			if !slices.Equal(orders[1], c.want) {
				t.Errorf("does %v, want %v", orders[1], c.want)
			}
		})
	}
}

func TestARouteLeavesAsLateAsItCanStillEndAsEarlyAsItCould(t *testing.T) {
	t.Parallel()
	// The job at 1 opens at 1000: leaving at 940 is soon enough. The one at 2
	// opens at 2000, and its wait cannot be spared.
	text := with(t, small, `/vehicles: [{"id": 1, "start_index": 0, "end_index": 0}]`,
		`/jobs: [{"id": 1, "location_index": 1, "service": 100, "time_windows": [[1000, 1060]]}, {"id": 2, "location_index": 2, "time_windows": [[2000, 2000]]}]`)
	a, _ := answerTo(t, text, 100)
	var arrivals, waits []int64
	for _, s := range a.Routes[0].Steps {
		arrivals, waits = append(arrivals, s.Arrival), append(waits, s.Waiting)
	}
	if !slices.Equal(arrivals, []int64{1000, 1060, 1205, 2090}) || !slices.Equal(waits, []int64{0, 0, 795, 0}) {
		t.Errorf("arrives at %v and waits %v", arrivals, waits)
	}
	if r := a.Routes[0]; r.Cost != 195 || r.Duration != 195 || r.Waiting != 795 || r.Service != 100 {
		t.Errorf("the route is told as %+v", r.totalsAnswer)
	}
}

func TestUnixTimesComeBackAsUnixTimes(t *testing.T) {
	t.Parallel()
	text := with(t, small, `/vehicles/0: {"id": 1, "start_index": 0, "time_window": [1750000000, 1750030000]}`, `/vehicles/1: {"id": 2, "end_index": 0, "capacity": []}`,
		`/jobs/0/time_windows: [[1750003600, 1750007200]]`, `/jobs/0/priority: 5`)
	a, _ := answerTo(t, text, 200)
	if a.Summary.Unassigned != 0 {
		t.Fatalf("leaves %v out", a.Unassigned)
	}
	for _, r := range a.Routes {
		for _, s := range r.Steps {
			if s.ID != nil && *s.ID == 1 && (s.Arrival+s.Waiting < 1750003600 || s.Arrival+s.Waiting > 1750007200) {
				t.Errorf("job 1 begins at %d", s.Arrival+s.Waiting)
			}
		}
	}
}

func TestAVehicleWithoutHoursLeavesInTimeForTheFirstWindow(t *testing.T) {
	t.Parallel()
	// Unix times, and a minute's way to a job that must begin at one moment.
	text := with(t, small, `/vehicles: [{"id": 1, "start_index": 0}]`, `/jobs: [{"id": 1, "location_index": 1, "time_windows": [[1750000000, 1750000000]]}]`)
	a, _ := answerTo(t, text, 50)
	if len(a.Routes) != 1 || a.Routes[0].Steps[0].Arrival != 1749999940 {
		t.Errorf("the answer is %+v", a)
	}
}
