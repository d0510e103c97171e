package main

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tournee/scheduler"
)

func TestAFieldDayIsAsItsDescriptionSays(t *testing.T) {
	t.Parallel()
	f := drawField(1, fieldVisits, fieldTechnicians)
	windows, work := 0, 0
	priorities := map[bool]int{}
	skills := map[int]int{}
	for _, j := range f.Jobs {
		windows += len(j.Windows)
		work += j.Service
		priorities[j.Priority >= 0 && j.Priority <= 100]++
		skills[j.Skills[0]]++
		for _, w := range j.Windows {
			if w[1]-w[0] != 2*hour {
				t.Errorf("visit %d has a window of %d s", j.ID, w[1]-w[0])
			}
		}
	}
	paid := 0
	for _, v := range f.Vehicles {
		paid += v.Shift[1] - v.Shift[0]
		if v.Start != v.End || v.Start < fieldVisits || len(v.Skills) == 0 {
			t.Errorf("technician %d starts at %d, ends at %d, with skills %v", v.ID, v.Start, v.End, v.Skills)
		}
	}
	if len(f.Jobs) != 1_000 || len(f.Vehicles) != 125 || paid != 125*8*hour || windows < 350 || windows > 450 || len(skills) != 8 || priorities[false] > 0 {
		t.Errorf("%d visits, %d with windows, %d technicians, %d skills", len(f.Jobs), windows, len(f.Vehicles), len(skills))
	}
	if work <= paid {
		t.Errorf("%d h of work for %d h of shifts: nothing need be left out", work/hour, paid/hour)
	}
}

func TestAFieldDayIsTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		first := drawField(seed, 20, 3)
		if !reflect.DeepEqual(first, drawField(seed, 20, 3)) {
			t.Errorf("seed %d draws another case the second time", seed)
		}
		if reflect.DeepEqual(first, drawField(seed+1, 20, 3)) {
			t.Errorf("seeds %d and %d draw the same", seed, seed+1)
		}
	}
}

func TestAFieldDaysSolutionIsJudgedByDrivingIt(t *testing.T) {
	t.Parallel()
	f := &field{
		Jobs: []fieldJob{
			{ID: 1, Place: 0, Service: 600, Priority: 50, Skills: []int{1}, Windows: [][2]int{{1_000, 2_000}}},
			{ID: 2, Place: 1, Service: 600, Priority: 7, Skills: []int{2}},
		},
		Vehicles: []fieldVehicle{{ID: 1, Start: 2, End: 2, Profile: "car", Skills: []int{1}, Shift: [2]int{0, 4_000}}, {ID: 2, Start: 2, End: 2, Profile: "car", Skills: []int{1, 2}, Shift: [2]int{0, 4_000}}},
		Matrices: map[string]fieldMatrix{"car": {[][]int{{0, 900, 300}, {900, 0, 400}, {300, 400, 0}}}},
	}
	for name, c := range map[string]struct {
		routes     [][]int
		left       []int
		objective  float64
		note, want string
	}{
		"both in one day":          {[][]int{{}, {1, 2}}, nil, 0, "0 left out, 0.4 h of travel", ""},
		"one left out":             {[][]int{{1}, {}}, []int{2}, 7, "1 left out, 0.2 h of travel", ""},
		"a skill that is missing":  {[][]int{{1, 2}, {}}, nil, 0, "", "technician 1: visit 2 needs skill 2"},
		"left out and done":        {[][]int{{1}, {}}, []int{1, 2}, 7, "", "visit 1 is both done and left out"},
		"forgotten":                {[][]int{{1}, {}}, nil, 0, "", "visit 2 is both done and left out, or neither"},
		"twice":                    {[][]int{{1}, {1, 2}}, nil, 0, "", "visit 1 is done 2 times"},
		"a stranger":               {[][]int{{3}, {1, 2}}, nil, 0, "", "technician 1: there is no visit 3"},
		"whose route is not clear": {[][]int{{1}}, []int{2}, 7, "", "1 routes for 2 technicians"},
	} {
		v := f.judge(&solution{Routes: c.routes, Unassigned: c.left})
		if !strings.Contains(strings.Join(v.faults, "; "), c.want) || (c.want == "") != (len(v.faults) == 0) {
			t.Errorf("%s: faults %q, want %q", name, v.faults, c.want)
		}
		if v.objective != c.objective || (c.note != "" && v.note != c.note) {
			t.Errorf("%s: %v, %q", name, v.objective, v.note)
		}
	}
	f.Jobs[0].Windows[0][1] = 1_100
	f.Vehicles[1].Shift[1] = 2_000
	late := f.judge(&solution{Routes: [][]int{{}, {2, 1}}})
	if diff := cmp.Diff([]string{"technician 2: visit 1 begins 800 s too late", "technician 2 is home 800 s too late"}, late.faults); diff != "" {
		t.Error(diff)
	}
}

func TestAFieldDayIsReadPlannedAndJudged(t *testing.T) {
	t.Parallel()
	in, err := openField("SMALL", drawField(3, 40, 4))
	if err != nil {
		t.Fatal(err)
	}
	r, err := budget{iterations: 2_000, threads: 1}.solve(in, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.verdict.faults) > 0 || len(r.solution.Routes) != 4 || len(r.solution.Unassigned) == 0 || len(r.solution.Unassigned) > 30 || r.verdict.objective == 0 {
		t.Errorf("%+v of %d routes", r.verdict, len(r.solution.Routes))
	}
	var again field
	if err := json.Unmarshal(in.input, &again); err != nil || len(again.Jobs) != 40 {
		t.Errorf("the case as written has %d visits: %v", len(again.Jobs), err)
	}
	if err := scheduler.Validate(in.problem); err != nil {
		t.Error(err)
	}
}
