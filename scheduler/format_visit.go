package scheduler

import "encoding/json"

func (d *decoder) visit(raw json.RawMessage, path string) Visit {
	o := d.fields(raw, path, "id", "place", "places", "duration", "setup", "durations", "windows", "prefer", "due", "late_hour",
		"skills", "any_of", "none_of", "territory", "required", "preferred", "forbidden", "priority", "drop_cost", "mandatory",
		"told", "loads", "pickups", "parts", "resources")
	d.need(o, path, "id", "duration")
	return Visit{
		ID: d.text(o, path, "id"), Place: d.place(o, path, "place"), Places: each(d, o, path, "places", d.placeNamed),
		Duration: d.seconds(o, path, "duration"), Setup: d.seconds(o, path, "setup"),
		Durations: each(d, o, path, "durations", d.durationFor),
		Windows:   each(d, o, path, "windows", d.window),
		Prefer:    optional(o, "prefer", func() Window { return d.window(o["prefer"], path+"/prefer") }),
		Due:       optional(o, "due", func() Time { return d.time(o, path, "due") }),
		LateHour:  d.cost(o, path, "late_hour"),
		Skills:    each(d, o, path, "skills", d.skillLevel),
		AnyOf: each(d, o, path, "any_of", func(raw json.RawMessage, path string) []SkillLevel {
			return list(d, raw, path, d.skillLevel)
		}),
		NoneOf:    each(d, o, path, "none_of", d.skillLevel),
		Territory: d.text(o, path, "territory"),
		Required:  d.texts(o, path, "required"), Preferred: d.texts(o, path, "preferred"), Forbidden: d.texts(o, path, "forbidden"),
		Priority: d.whole(o, path, "priority"), DropCost: d.cost(o, path, "drop_cost"), Mandatory: d.flag(o, path, "mandatory"),
		Told:  optional(o, "told", func() Told { return d.told(o["told"], path+"/told") }),
		Loads: d.wholes(o, path, "loads"), Pickups: d.wholes(o, path, "pickups"), Parts: each(d, o, path, "parts", d.part), Resources: d.texts(o, path, "resources"),
	}
}

func (d *decoder) durationFor(raw json.RawMessage, path string) DurationFor {
	o := d.fields(raw, path, "technician", "kind", "level", "duration", "setup")
	d.need(o, path, "duration")
	return DurationFor{
		Technician: d.text(o, path, "technician"), Kind: d.text(o, path, "kind"), Level: d.whole(o, path, "level"),
		Duration: d.seconds(o, path, "duration"), Setup: d.seconds(o, path, "setup"),
	}
}

func (d *decoder) told(raw json.RawMessage, path string) Told {
	o := d.fields(raw, path, "technician", "window", "percent")
	d.need(o, path, "percent")
	return Told{
		Technician: d.text(o, path, "technician"),
		Window:     optional(o, "window", func() Window { return d.window(o["window"], path+"/window") }),
		Percent:    d.whole(o, path, "percent"),
	}
}

func (d *decoder) skillLevel(raw json.RawMessage, path string) SkillLevel {
	o := d.fields(raw, path, "skill", "level")
	d.need(o, path, "skill", "level")
	return SkillLevel{Skill: d.text(o, path, "skill"), Level: d.whole(o, path, "level")}
}
