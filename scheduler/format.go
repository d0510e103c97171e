package scheduler

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// ReadProblem reads a problem from JSON: times as RFC 3339 with offset,
// durations in seconds, places by id. See testdata/problem.json for an example
// and testdata/every_field.json for the whole shape. Unknown fields are refused.
// The error is an *Invalid with every fault found in the text and, once it can
// be read, by Validate.
func ReadProblem(r io.Reader) (*Problem, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read problem: %w", err)
	}
	var f faults
	if err := Syntax(raw); err != nil {
		f.addf("", "malformed", "%v", err)
		return nil, f.err()
	}
	d := &decoder{f: &f, places: map[string]int{}}
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
	o := d.fields(raw, "", "start", "end", "places", "travel", "skills", "territories", "technicians", "shifts", "visits", "pins",
		"links", "resources", "depots", "unpleasant", "rest", "profile", "weights")
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
	p.Places = each(d, o, "", "places", d.readPlace)
	p.Travel = each(d, o, "", "travel", d.travel)
	p.Technicians = each(d, o, "", "technicians", d.technician)
	p.Shifts = each(d, o, "", "shifts", d.shift)
	p.Visits = each(d, o, "", "visits", d.visit)
	p.Pins = each(d, o, "", "pins", d.pin)
	p.Links = each(d, o, "", "links", d.link)
	p.Resources = each(d, o, "", "resources", d.resource)
	p.Depots = each(d, o, "", "depots", d.depot)
	p.Unpleasant = each(d, o, "", "unpleasant", d.window)
	p.Rest = d.seconds(o, "", "rest")
	p.Weights = d.weights(d.profile(d.text(o, "", "profile")), o["weights"])
	return p
}

// weights reads single weights in place of those of a profile.
func (d *decoder) weights(w Weights, raw json.RawMessage) Weights {
	if raw == nil {
		return w
	}
	prices := w.prices()
	names := []string{"lexicographic"}
	for _, p := range prices {
		names = append(names, p.name)
	}
	o := d.fields(raw, "/weights", names...)
	for _, p := range prices {
		if _, given := o[p.name]; given {
			*p.price = d.cost(o, "/weights", p.name)
		}
	}
	if _, given := o["lexicographic"]; given {
		w.Lexicographic = d.flag(o, "/weights", "lexicographic")
	}
	return w
}

// readPlace reads a place and notes its id, by which others name it.
func (d *decoder) readPlace(raw json.RawMessage, path string) Place {
	o := d.fields(raw, path, "id", "zone", "offline")
	id := d.text(o, path, "id")
	if _, twice := d.places[id]; id == "" || twice {
		d.f.addf(path+"/id", "duplicate", "%q is empty or comes twice", id)
	}
	d.places[id] = len(d.places)
	return Place{ID: id, Zone: d.whole(o, path, "zone"), Offline: d.flag(o, path, "offline")}
}

func (d *decoder) travel(raw json.RawMessage, path string) Travel {
	o := d.fields(raw, path, "mode", "seconds", "metres", "costs", "curves")
	d.need(o, path, "mode", "seconds")
	return Travel{
		Mode:    d.text(o, path, "mode"),
		Seconds: matrix[Seconds](d, o, path, "seconds"),
		Metres:  matrix[Metres](d, o, path, "metres"),
		Costs:   matrix[Cost](d, o, path, "costs"),
		Curves:  each(d, o, path, "curves", func(raw json.RawMessage, path string) Curve { return list(d, raw, path, d.curvePoint) }),
	}
}

func (d *decoder) curvePoint(raw json.RawMessage, path string) CurvePoint {
	o := d.fields(raw, path, "at", "percent")
	d.need(o, path, "at", "percent")
	return CurvePoint{At: d.time(o, path, "at"), Percent: d.whole(o, path, "percent")}
}

func (d *decoder) technician(raw json.RawMessage, path string) Technician {
	o := d.fields(raw, path, "id", "mode", "kind", "skills", "territories", "spare", "hours", "unpleasant")
	d.need(o, path, "id", "mode")
	return Technician{
		ID: d.text(o, path, "id"), Mode: d.text(o, path, "mode"), Kind: d.text(o, path, "kind"),
		Skills: each(d, o, path, "skills", d.skillLevel), Territories: d.texts(o, path, "territories"), Spare: d.texts(o, path, "spare"),
		Hours: d.seconds(o, path, "hours"), Unpleasant: d.whole(o, path, "unpleasant"),
	}
}

func (d *decoder) pin(raw json.RawMessage, path string) Pin {
	o := d.fields(raw, path, "visit", "technician", "shift", "position", "begin")
	d.need(o, path, "visit")
	return Pin{
		Visit: d.text(o, path, "visit"), Technician: d.text(o, path, "technician"), Shift: d.text(o, path, "shift"),
		Position: d.whole(o, path, "position"), Begin: optional(o, "begin", func() Time { return d.time(o, path, "begin") }),
	}
}

func (d *decoder) link(raw json.RawMessage, path string) Link {
	o := d.fields(raw, path, "id", "kind", "visits", "least", "greatest", "technician")
	d.need(o, path, "id", "kind", "visits")
	return Link{
		ID: d.text(o, path, "id"), Kind: LinkKind(d.text(o, path, "kind")), Visits: d.texts(o, path, "visits"),
		Least: d.seconds(o, path, "least"), Greatest: d.seconds(o, path, "greatest"), Technician: SameOr(d.text(o, path, "technician")),
	}
}

func (d *decoder) resource(raw json.RawMessage, path string) Resource {
	o := d.fields(raw, path, "id", "quantity", "turnaround")
	d.need(o, path, "id", "quantity")
	return Resource{ID: d.text(o, path, "id"), Quantity: d.whole(o, path, "quantity"), Turnaround: d.seconds(o, path, "turnaround")}
}

func (d *decoder) depot(raw json.RawMessage, path string) Depot {
	o := d.fields(raw, path, "id", "place", "duration", "windows", "parts")
	d.need(o, path, "id", "place")
	return Depot{
		ID: d.text(o, path, "id"), Place: d.place(o, path, "place"), Duration: d.seconds(o, path, "duration"),
		Windows: each(d, o, path, "windows", d.window), Parts: d.texts(o, path, "parts"),
	}
}

// clock writes the problem's times as RFC 3339 in the problem's offset.
func (p *Problem) clock(t Time) string {
	zone := time.FixedZone("", int(p.Offset))
	return time.Unix(p.Start+int64(t), 0).In(zone).Format(time.RFC3339)
}
