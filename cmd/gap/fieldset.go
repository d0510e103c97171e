package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tournee/scheduler/vroom"
)

// fieldCases is how many cases the set has, drawn with the seeds from 1.
const fieldCases = 3

// fieldSet draws its cases: nothing is read from the data folder.
var fieldSet = set{
	name: "field",
	names: func(string) ([]string, error) {
		var names []string
		for i := range fieldCases {
			names = append(names, "field-"+strconv.Itoa(i+1))
		}
		return names, nil
	},
	open: func(_, name string) (*instance, error) {
		number, err := strconv.ParseUint(strings.TrimPrefix(name, "field-"), 10, 64)
		if err != nil {
			return nil, err
		}
		return openField(strings.ToUpper(name), drawField(number, fieldVisits, fieldTechnicians))
	},
}

func openField(name string, f *field) (*instance, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	in, err := vroom.Read(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &instance{name: name, size: len(f.Jobs), problem: in.Problem, ordered: true, judge: f.judge, input: text}, nil
}

// judge drives every technician's day. The objective is the priority left out: less of it is better whatever the travel, which the note tells.
func (f *field) judge(s *solution) verdict {
	d := &fieldDays{field: f, done: make([]int, len(f.Jobs)+1)}
	if len(s.Routes) != len(f.Vehicles) {
		d.faultf("%d routes for %d technicians", len(s.Routes), len(f.Vehicles))
	}
	for i, route := range s.Routes[:min(len(s.Routes), len(f.Vehicles))] {
		d.drive(&f.Vehicles[i], route)
	}
	left, priority := 0, 0
	for _, j := range f.Jobs {
		switch {
		case d.done[j.ID] > 1:
			d.faultf("visit %d is done %d times", j.ID, d.done[j.ID])
		case (d.done[j.ID] == 0) != slices.Contains(s.Unassigned, j.ID):
			d.faultf("visit %d is both done and left out, or neither", j.ID)
		case d.done[j.ID] == 0:
			left++
			priority += j.Priority
		}
	}
	return verdict{objective: float64(priority), note: fmt.Sprintf("%d left out, %.1f h of travel", left, float64(d.travel)/hour), faults: d.faults}
}

type fieldDays struct {
	*field

	travel int   // seconds, all technicians
	done   []int // per visit, how often
	faults []string
}

func (d *fieldDays) faultf(format string, args ...any) {
	d.faults = append(d.faults, fmt.Sprintf(format, args...))
}

func (d *fieldDays) drive(v *fieldVehicle, route []int) {
	if len(route) == 0 {
		return
	}
	legs := d.Matrices[v.Profile].Durations
	at, now := v.Start, v.Shift[0]
	for _, id := range route {
		if id < 1 || id > len(d.Jobs) {
			d.faultf("technician %d: there is no visit %d", v.ID, id)
			return
		}
		j := &d.Jobs[id-1]
		for _, skill := range j.Skills {
			if !slices.Contains(v.Skills, skill) {
				d.faultf("technician %d: visit %d needs skill %d", v.ID, id, skill)
			}
		}
		now += legs[at][j.Place]
		d.travel += legs[at][j.Place]
		for _, w := range j.Windows {
			now = max(now, w[0])
			if now > w[1] {
				d.faultf("technician %d: visit %d begins %d s too late", v.ID, id, now-w[1])
			}
		}
		now += j.Service
		at = j.Place
		d.done[id]++
	}
	now += legs[at][v.End]
	d.travel += legs[at][v.End]
	if now > v.Shift[1] {
		d.faultf("technician %d is home %d s too late", v.ID, now-v.Shift[1])
	}
}
