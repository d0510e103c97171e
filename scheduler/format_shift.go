package scheduler

import "encoding/json"

func (d *decoder) shift(raw json.RawMessage, path string) Shift {
	o := d.fields(raw, path, "id", "technician", "mode", "start", "end", "start_place", "end_place", "breaks", "cost", "frozen",
		"overtime", "overtime_hour", "work_hour", "free", "travel_hour", "kilometre", "visit_cost", "continues", "pool",
		"max_travel", "max_distance", "max_visits", "capacity", "stock")
	d.need(o, path, "id", "technician", "start", "end")
	return Shift{
		ID: d.text(o, path, "id"), Technician: d.text(o, path, "technician"), Mode: d.text(o, path, "mode"),
		Start: d.time(o, path, "start"), End: d.time(o, path, "end"),
		StartPlace: d.place(o, path, "start_place"), EndPlace: d.place(o, path, "end_place"),
		Breaks: each(d, o, path, "breaks", d.shiftBreak), Cost: d.cost(o, path, "cost"),
		Frozen:       each(d, o, path, "frozen", d.frozenStop),
		Overtime:     d.seconds(o, path, "overtime"),
		OvertimeHour: d.cost(o, path, "overtime_hour"),
		WorkHour:     d.cost(o, path, "work_hour"),
		Free:         d.flag(o, path, "free"),
		TravelHour:   optional(o, "travel_hour", func() Cost { return d.cost(o, path, "travel_hour") }),
		Kilometre:    optional(o, "kilometre", func() Cost { return d.cost(o, path, "kilometre") }),
		VisitCost:    d.cost(o, path, "visit_cost"),
		Continues:    d.flag(o, path, "continues"),
		Pool:         d.flag(o, path, "pool"),
		MaxTravel:    d.seconds(o, path, "max_travel"),
		MaxDistance:  value[Metres](d, o, path, "max_distance", "a whole number of metres"),
		MaxVisits:    d.whole(o, path, "max_visits"),
		Capacity:     d.wholes(o, path, "capacity"),
		Stock:        each(d, o, path, "stock", d.part),
	}
}

// shiftBreak reads a break. Its times are seconds where they count from the
// shift's start, instants otherwise.
func (d *decoder) shiftBreak(raw json.RawMessage, path string) Break {
	o := d.fields(raw, path, "id", "earliest", "latest", "duration", "windows", "from_start", "optional", "skip_cost", "max_load")
	d.need(o, path, "id", "earliest", "latest", "duration")
	b := Break{
		ID: d.text(o, path, "id"), Duration: d.seconds(o, path, "duration"), FromStart: d.flag(o, path, "from_start"),
		Optional: d.flag(o, path, "optional"), SkipCost: d.cost(o, path, "skip_cost"),
		MaxLoad: d.wholes(o, path, "max_load"),
	}
	read := d.time
	if b.FromStart {
		read = func(o object, path, name string) Time { return Time(d.seconds(o, path, name)) }
	}
	b.Earliest, b.Latest = read(o, path, "earliest"), read(o, path, "latest")
	b.Windows = each(d, o, path, "windows", func(raw json.RawMessage, path string) Window {
		w := d.fields(raw, path, "open", "close")
		d.need(w, path, "open", "close")
		return Window{Open: read(w, path, "open"), Close: read(w, path, "close")}
	})
	return b
}

func (d *decoder) frozenStop(raw json.RawMessage, path string) FrozenStop {
	o := d.fields(raw, path, "visit", "break", "alternative", "arrive", "begin", "depart")
	d.need(o, path, "arrive", "begin", "depart")
	return FrozenStop{
		Visit: d.text(o, path, "visit"), Break: d.text(o, path, "break"), Alternative: d.whole(o, path, "alternative"),
		Arrive: d.time(o, path, "arrive"), Begin: d.time(o, path, "begin"), Depart: d.time(o, path, "depart"),
	}
}

func (d *decoder) part(raw json.RawMessage, path string) Part {
	o := d.fields(raw, path, "part", "quantity")
	d.need(o, path, "part", "quantity")
	return Part{Part: d.text(o, path, "part"), Quantity: d.whole(o, path, "quantity")}
}
