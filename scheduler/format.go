package scheduler

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// ReadProblem reads a problem from JSON: times as RFC 3339 with offset,
// durations in seconds, places by id. See testdata/problem.json for the whole
// shape. Unknown fields are refused. The error is an *Invalid with every fault
// found in the text and, once it can be read, by Validate.
func ReadProblem(r io.Reader) (*Problem, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read problem: %w", err)
	}
	var f faults
	if err := syntax(raw); err != nil {
		f.addf("", "malformed", "%v", err)
		return nil, f.err()
	}
	d := &decoder{f: &f}
	p := d.problem(raw)
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := Validate(p); err != nil {
		return nil, err
	}
	return p, nil
}

func (d *decoder) problem(raw json.RawMessage) *Problem {
	p := &Problem{}
	o := d.fields(raw, "", "start", "end", "places", "travel", "skills", "territories", "technicians", "shifts", "visits", "pins", "weights")
	d.need(o, "", "start", "end")
	if start, ok := d.instant(o, "", "start"); ok {
		d.start, d.known = start.Unix(), true
		p.Start = d.start
		_, offset := start.Zone()
		p.Offset = Seconds(offset)
	}
	p.Length = Seconds(d.time(o, "", "end"))
	p.Skills = d.texts(o, "", "skills")
	p.Territories = d.texts(o, "", "territories")
	places := d.places(o["places"], p)
	d.list(o["travel"], "/travel", func(raw json.RawMessage, path string) { p.Travel = append(p.Travel, d.travel(raw, path)) })
	d.list(o["technicians"], "/technicians", func(raw json.RawMessage, path string) {
		t := d.fields(raw, path, "id", "mode", "skills", "territories")
		d.need(t, path, "id", "mode")
		p.Technicians = append(p.Technicians, Technician{
			ID: d.text(t, path, "id"), Mode: d.text(t, path, "mode"),
			Skills: d.levels(t["skills"], path+"/skills"), Territories: d.texts(t, path, "territories"),
		})
	})
	d.list(o["shifts"], "/shifts", func(raw json.RawMessage, path string) { p.Shifts = append(p.Shifts, d.shift(raw, path, places)) })
	d.list(o["visits"], "/visits", func(raw json.RawMessage, path string) { p.Visits = append(p.Visits, d.visit(raw, path, places)) })
	d.list(o["pins"], "/pins", func(raw json.RawMessage, path string) { p.Pins = append(p.Pins, d.pin(raw, path)) })
	if raw, ok := o["weights"]; ok {
		w := d.fields(raw, "/weights", "travel_hour", "kilometre", "waiting_hour", "overqualification")
		p.Weights = Weights{
			TravelHour: d.cost(w, "/weights", "travel_hour"), Kilometre: d.cost(w, "/weights", "kilometre"),
			WaitingHour: d.cost(w, "/weights", "waiting_hour"), Overqualification: d.cost(w, "/weights", "overqualification"),
		}
	}
	return p
}

func (d *decoder) places(raw json.RawMessage, p *Problem) map[string]int {
	out := map[string]int{}
	d.list(raw, "/places", func(raw json.RawMessage, path string) {
		o := d.fields(raw, path, "id")
		id := d.text(o, path, "id")
		if _, twice := out[id]; id == "" || twice {
			d.f.addf(path+"/id", "duplicate", "%q is empty or comes twice", id)
		}
		out[id] = len(p.Places)
		p.Places = append(p.Places, Place{ID: id})
	})
	return out
}

func (d *decoder) place(o map[string]json.RawMessage, path, name string, places map[string]int) int {
	if _, given := o[name]; !given {
		return NoPlace
	}
	id := d.text(o, path, name)
	place, ok := places[id]
	if !ok {
		d.f.addf(path+"/"+name, "unknown", "there is no place %q", id)
	}
	return place
}

func (d *decoder) travel(raw json.RawMessage, path string) Travel {
	o := d.fields(raw, path, "mode", "seconds", "metres")
	d.need(o, path, "mode", "seconds")
	for _, name := range []string{"seconds", "metres"} {
		if bytes.Contains(o[name], []byte("null")) {
			d.f.addf(path+"/"+name, "wrong_type", "must be rows of whole numbers; no way is %d", Unreachable)
		}
	}
	return Travel{
		Mode:    d.text(o, path, "mode"),
		Seconds: value[[][]Seconds](d, o, path, "seconds", "rows of whole numbers"),
		Metres:  value[[][]Metres](d, o, path, "metres", "rows of whole numbers"),
	}
}

func (d *decoder) levels(raw json.RawMessage, path string) []SkillLevel {
	var out []SkillLevel
	d.list(raw, path, func(raw json.RawMessage, path string) {
		o := d.fields(raw, path, "skill", "level")
		d.need(o, path, "skill", "level")
		out = append(out, SkillLevel{Skill: d.text(o, path, "skill"), Level: value[int](d, o, path, "level", "a whole number")})
	})
	return out
}

func (d *decoder) shift(raw json.RawMessage, path string, places map[string]int) Shift {
	o := d.fields(raw, path, "id", "technician", "mode", "start", "end", "start_place", "end_place", "breaks", "cost", "frozen", "capacity")
	d.need(o, path, "id", "technician", "start", "end")
	s := Shift{
		ID: d.text(o, path, "id"), Technician: d.text(o, path, "technician"), Mode: d.text(o, path, "mode"),
		Start: d.time(o, path, "start"), End: d.time(o, path, "end"),
		StartPlace: d.place(o, path, "start_place", places), EndPlace: d.place(o, path, "end_place", places),
		Cost: d.cost(o, path, "cost"), Capacity: value[[]int](d, o, path, "capacity", "an array of whole numbers"),
	}
	d.list(o["breaks"], path+"/breaks", func(raw json.RawMessage, path string) {
		b := d.fields(raw, path, "id", "earliest", "latest", "duration")
		d.need(b, path, "id", "earliest", "latest", "duration")
		s.Breaks = append(s.Breaks, Break{
			ID: d.text(b, path, "id"), Earliest: d.time(b, path, "earliest"), Latest: d.time(b, path, "latest"),
			Duration: d.seconds(b, path, "duration"),
		})
	})
	d.list(o["frozen"], path+"/frozen", func(raw json.RawMessage, path string) {
		f := d.fields(raw, path, "visit", "break", "arrive", "begin", "depart")
		d.need(f, path, "arrive", "begin", "depart")
		s.Frozen = append(s.Frozen, FrozenStop{
			Visit: d.text(f, path, "visit"), Break: d.text(f, path, "break"),
			Arrive: d.time(f, path, "arrive"), Begin: d.time(f, path, "begin"), Depart: d.time(f, path, "depart"),
		})
	})
	return s
}

func (d *decoder) visit(raw json.RawMessage, path string, places map[string]int) Visit {
	o := d.fields(raw, path, "id", "place", "duration", "windows", "skills", "territory", "required", "forbidden", "drop_cost", "mandatory", "loads")
	d.need(o, path, "id", "duration")
	v := Visit{
		ID: d.text(o, path, "id"), Place: d.place(o, path, "place", places), Duration: d.seconds(o, path, "duration"),
		Skills: d.levels(o["skills"], path+"/skills"), Territory: d.text(o, path, "territory"),
		Required: d.texts(o, path, "required"), Forbidden: d.texts(o, path, "forbidden"),
		DropCost: d.cost(o, path, "drop_cost"), Mandatory: value[bool](d, o, path, "mandatory", "true or false"),
		Loads: value[[]int](d, o, path, "loads", "an array of whole numbers"),
	}
	d.list(o["windows"], path+"/windows", func(raw json.RawMessage, path string) {
		w := d.fields(raw, path, "open", "close")
		d.need(w, path, "open", "close")
		v.Windows = append(v.Windows, Window{Open: d.time(w, path, "open"), Close: d.time(w, path, "close")})
	})
	return v
}

func (d *decoder) pin(raw json.RawMessage, path string) Pin {
	o := d.fields(raw, path, "visit", "technician", "shift", "position", "begin")
	d.need(o, path, "visit")
	p := Pin{
		Visit: d.text(o, path, "visit"), Technician: d.text(o, path, "technician"), Shift: d.text(o, path, "shift"),
		Position: value[int](d, o, path, "position", "a whole number"),
	}
	if _, given := o["begin"]; given {
		begin := d.time(o, path, "begin")
		p.Begin = &begin
	}
	return p
}

// clock writes the problem's times as RFC 3339 in the problem's offset.
func (p *Problem) clock(t Time) string {
	zone := time.FixedZone("", int(p.Offset))
	return time.Unix(p.Start+int64(t), 0).In(zone).Format(time.RFC3339)
}
