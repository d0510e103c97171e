package scheduler

import (
	"encoding/json"
	"fmt"
	"io"
)

// WriteProblem writes a problem as ReadProblem reads it, so that what was
// solved can be kept and solved again: times as RFC 3339 in the problem's
// offset, durations in seconds. What is empty or zero is left out. A place
// without an id gets one. The error is an *Invalid for a problem that Validate
// refuses, since nobody could read it again.
func WriteProblem(w io.Writer, p *Problem) error {
	if err := Validate(p); err != nil {
		return err
	}
	enc := json.NewEncoder(w)
	if err := enc.Encode((&problemWriter{p, p.placeNames()}).problem()); err != nil {
		return fmt.Errorf("write problem: %w", err)
	}
	return nil
}

// placeNames gives every place its id, or one that no other place has.
func (p *Problem) placeNames() []string {
	names := make([]string, len(p.Places))
	taken := make(map[string]bool, len(p.Places))
	for i := range p.Places {
		names[i] = p.Places[i].ID
		taken[names[i]] = true
	}
	for i := range names {
		if names[i] == "" {
			for names[i] = fmt.Sprint("place-", i); taken[names[i]]; {
				names[i] += "'"
			}
			taken[names[i]] = true
		}
	}
	return names
}

type problemJSON struct {
	Start       string           `json:"start"`
	End         string           `json:"end"`
	Places      []placeJSON      `json:"places,omitempty"`
	Travel      []travelJSON     `json:"travel,omitempty"`
	Skills      []string         `json:"skills,omitempty"`
	Territories []string         `json:"territories,omitempty"`
	Technicians []technicianJSON `json:"technicians,omitempty"`
	Shifts      []shiftJSON      `json:"shifts,omitempty"`
	Visits      []visitJSON      `json:"visits,omitempty"`
	Pins        []pinJSON        `json:"pins,omitempty"`
	Links       []linkJSON       `json:"links,omitempty"`
	Resources   []resourceJSON   `json:"resources,omitempty"`
	Depots      []depotJSON      `json:"depots,omitempty"`
	Unpleasant  []windowJSON     `json:"unpleasant,omitempty"`
	Rest        Seconds          `json:"rest,omitempty"`
	Weights     map[string]any   `json:"weights"`
}

type placeJSON struct {
	ID      string `json:"id"`
	Zone    int    `json:"zone,omitempty"`
	Offline bool   `json:"offline,omitempty"`
}

type travelJSON struct {
	Mode    string             `json:"mode"`
	Seconds [][]Seconds        `json:"seconds"`
	Metres  [][]Metres         `json:"metres,omitzero"`
	Costs   [][]Cost           `json:"costs,omitzero"`
	Curves  [][]curvePointJSON `json:"curves,omitempty"`
}

type curvePointJSON struct {
	At      string `json:"at"`
	Percent int    `json:"percent"`
}

type technicianJSON struct {
	ID          string           `json:"id"`
	Mode        string           `json:"mode"`
	Kind        string           `json:"kind,omitempty"`
	Skills      []skillLevelJSON `json:"skills,omitempty"`
	Territories []string         `json:"territories,omitempty"`
	Spare       []string         `json:"spare,omitempty"`
	Hours       Seconds          `json:"hours,omitempty"`
	Unpleasant  int              `json:"unpleasant,omitempty"`
}

type skillLevelJSON struct {
	Skill string `json:"skill"`
	Level int    `json:"level"`
}

type pinJSON struct {
	Visit      string `json:"visit"`
	Technician string `json:"technician,omitempty"`
	Shift      string `json:"shift,omitempty"`
	Position   int    `json:"position,omitempty"`
	Begin      string `json:"begin,omitempty"`
}

type linkJSON struct {
	ID         string   `json:"id"`
	Kind       LinkKind `json:"kind"`
	Visits     []string `json:"visits"`
	Least      Seconds  `json:"least,omitempty"`
	Greatest   Seconds  `json:"greatest,omitempty"`
	Technician SameOr   `json:"technician,omitempty"`
}

type resourceJSON struct {
	ID         string  `json:"id"`
	Quantity   int     `json:"quantity"`
	Turnaround Seconds `json:"turnaround,omitempty"`
}

type depotJSON struct {
	ID       string       `json:"id"`
	Place    string       `json:"place"`
	Duration Seconds      `json:"duration,omitempty"`
	Windows  []windowJSON `json:"windows,omitempty"`
	Parts    []string     `json:"parts,omitempty"`
}

// windowJSON holds times, or seconds from a shift's start.
type windowJSON struct {
	Open  any `json:"open"`
	Close any `json:"close"`
}

// problemWriter turns a problem's parts into what is written of them.
type problemWriter struct {
	p      *Problem
	places []string
}

func (w *problemWriter) problem() problemJSON {
	p := w.p
	var places []placeJSON
	for i, place := range p.Places {
		places = append(places, placeJSON{w.places[i], place.Zone, place.Offline})
	}
	return problemJSON{
		Start: p.clock(0), End: p.clock(Time(p.Length)), Places: places, Skills: p.Skills, Territories: p.Territories,
		Travel:      mapped(p.Travel, w.travel),
		Technicians: mapped(p.Technicians, w.technician),
		Shifts:      mapped(p.Shifts, w.shift),
		Visits:      mapped(p.Visits, w.visit),
		Pins:        mapped(p.Pins, w.pin),
		Links:       mapped(p.Links, func(l Link) linkJSON { return linkJSON(l) }),
		Resources:   mapped(p.Resources, func(r Resource) resourceJSON { return resourceJSON(r) }),
		Depots:      mapped(p.Depots, w.depot),
		Unpleasant:  mapped(p.Unpleasant, w.window),
		Rest:        p.Rest,
		Weights:     w.weights(),
	}
}

// mapped turns every element of a list into another.
func mapped[A, B any](list []A, turn func(A) B) []B {
	out := make([]B, 0, len(list))
	for _, a := range list {
		out = append(out, turn(a))
	}
	return out
}

func (w *problemWriter) weights() map[string]any {
	out := map[string]any{}
	weights := w.p.Weights
	for _, p := range weights.prices() {
		if *p.price != 0 {
			out[p.name] = *p.price
		}
	}
	if weights.Lexicographic {
		out["lexicographic"] = true
	}
	return out
}

func (w *problemWriter) travel(t Travel) travelJSON {
	return travelJSON{
		Mode: t.Mode, Seconds: append([][]Seconds{}, t.Seconds...), Metres: t.Metres, Costs: t.Costs,
		Curves: mapped(t.Curves, func(c Curve) []curvePointJSON {
			return mapped(c, func(p CurvePoint) curvePointJSON { return curvePointJSON{w.p.clock(p.At), p.Percent} })
		}),
	}
}

func (w *problemWriter) technician(t Technician) technicianJSON {
	return technicianJSON{
		ID: t.ID, Mode: t.Mode, Kind: t.Kind, Skills: skillLevels(t.Skills), Territories: t.Territories, Spare: t.Spare,
		Hours: t.Hours, Unpleasant: t.Unpleasant,
	}
}

func skillLevels(list []SkillLevel) []skillLevelJSON {
	return mapped(list, func(s SkillLevel) skillLevelJSON { return skillLevelJSON(s) })
}

func (w *problemWriter) pin(p Pin) pinJSON {
	return pinJSON{Visit: p.Visit, Technician: p.Technician, Shift: p.Shift, Position: p.Position, Begin: w.moment(p.Begin)}
}

func (w *problemWriter) depot(d Depot) depotJSON {
	return depotJSON{ID: d.ID, Place: w.place(d.Place), Duration: d.Duration, Windows: mapped(d.Windows, w.window), Parts: d.Parts}
}

func (w *problemWriter) window(x Window) windowJSON {
	return windowJSON{w.p.clock(x.Open), w.p.clock(x.Close)}
}

// place is the id of a place, empty for NoPlace.
func (w *problemWriter) place(place int) string {
	if place < 0 {
		return ""
	}
	return w.places[place]
}

// moment is a time that may not be given.
func (w *problemWriter) moment(t *Time) string {
	if t == nil {
		return ""
	}
	return w.p.clock(*t)
}
