package scheduler

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// decoder reads JSON strictly and goes on after a fault, so that all of them
// are told at once.
type decoder struct {
	f     *faults
	start int64 // Unix seconds that Time counts from
	known bool  // start was readable

	places map[string]int // by id, once they are read
}

// object is what a JSON object holds, without nulls.
type object map[string]json.RawMessage

// fields reads an object: names must be among those allowed, and come once.
func (d *decoder) fields(raw json.RawMessage, path string, allowed ...string) object {
	out := object{}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		d.f.addf(path, "wrong_type", "must be an object")
		return out
	}
	names := make(map[string]bool, len(allowed))
	for _, name := range allowed {
		names[name] = true
	}
	for dec.More() {
		key, err := dec.Token()
		var value json.RawMessage
		if err == nil {
			err = dec.Decode(&value)
		}
		if err != nil {
			d.f.addf(path, "malformed", "%v", err)
			return out
		}
		name := key.(string) // a key is always a string
		p := path + "/" + pointer(name)
		switch _, twice := out[name]; {
		case !names[name]:
			d.f.addf(p, "unknown_field", "there is no such field")
		case twice:
			d.f.addf(p, "duplicate", "the field comes twice")
		case string(value) != "null":
			out[name] = value
		}
	}
	return out
}

// pointer escapes a name for a JSON pointer (RFC 6901).
func pointer(name string) string {
	var b bytes.Buffer
	for _, r := range name {
		switch r {
		case '~':
			b.WriteString("~0")
		case '/':
			b.WriteString("~1")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// list reads an array, element by element.
func list[T any](d *decoder, raw json.RawMessage, path string, read func(json.RawMessage, string) T) []T {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil || string(raw) == "null" {
		d.f.addf(path, "wrong_type", "must be an array")
		return nil
	}
	out := make([]T, 0, len(items))
	for i, item := range items {
		out = append(out, read(item, at(path, i)))
	}
	return out
}

// each reads a field that is an array; one left out is empty.
func each[T any](d *decoder, from object, path, name string, read func(json.RawMessage, string) T) []T {
	raw, ok := from[name]
	if !ok {
		return nil
	}
	return list(d, raw, path+"/"+name, read)
}

// element reads a leaf that is one of an array.
func element[T any](d *decoder, raw json.RawMessage, path, what string) T {
	var out T
	if err := json.Unmarshal(raw, &out); err != nil || string(raw) == "null" {
		d.f.addf(path, "wrong_type", "must be %s", what)
	}
	return out
}

// optional reads a field that need not be there.
func optional[T any](from object, name string, read func() T) *T {
	if _, ok := from[name]; !ok {
		return nil
	}
	out := read()
	return &out
}

// matrix reads rows of whole numbers. They may be many, so they are gone
// through one by one only when something is wrong with them.
func matrix[T any](d *decoder, from object, path, name string) [][]T {
	const what = "a whole number; where there is no way, seconds are -1"
	raw, ok := from[name]
	if !ok {
		return nil
	}
	var out [][]T
	if !bytes.Contains(raw, []byte("null")) && json.Unmarshal(raw, &out) == nil {
		return out
	}
	return each(d, from, path, name, func(raw json.RawMessage, path string) []T {
		return list(d, raw, path, func(raw json.RawMessage, path string) T { return element[T](d, raw, path, what) })
	})
}

// value reads a leaf; a field left out leaves the zero value.
func value[T any](d *decoder, from object, path, name, what string) T {
	var out T
	if raw, ok := from[name]; ok {
		if err := json.Unmarshal(raw, &out); err != nil {
			d.f.addf(path+"/"+name, "wrong_type", "must be %s", what)
		}
	}
	return out
}

func (d *decoder) need(from object, path string, names ...string) {
	for _, name := range names {
		if _, ok := from[name]; !ok {
			d.f.addf(path+"/"+name, "missing", "must be given")
		}
	}
}

func (d *decoder) text(from object, path, name string) string {
	return value[string](d, from, path, name, "a string")
}

func (d *decoder) texts(from object, path, name string) []string {
	return each(d, from, path, name, func(raw json.RawMessage, path string) string { return element[string](d, raw, path, "a string") })
}

func (d *decoder) flag(from object, path, name string) bool {
	return value[bool](d, from, path, name, "true or false")
}

func (d *decoder) whole(from object, path, name string) int {
	return value[int](d, from, path, name, "a whole number")
}

func (d *decoder) wholes(from object, path, name string) []int {
	return each(d, from, path, name, func(raw json.RawMessage, path string) int { return element[int](d, raw, path, "a whole number") })
}

func (d *decoder) cost(from object, path, name string) Cost {
	return value[Cost](d, from, path, name, "a whole number")
}

func (d *decoder) seconds(from object, path, name string) Seconds {
	return value[Seconds](d, from, path, name, "a whole number of seconds")
}

// instant reads an RFC 3339 time of whole seconds.
func (d *decoder) instant(from object, path, name string) (time.Time, bool) {
	text := d.text(from, path, name)
	if _, given := from[name]; !given || text == "" {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Nanosecond() != 0 {
		d.f.addf(path+"/"+name, "not_a_time", "%q is no time as RFC 3339 in whole seconds, such as 2026-06-01T08:00:00+02:00", text)
		return time.Time{}, false
	}
	return t, true
}

// time reads an instant as seconds from the horizon's start.
func (d *decoder) time(from object, path, name string) Time {
	t, ok := d.instant(from, path, name)
	if !ok || !d.known {
		return 0
	}
	since := t.Unix() - d.start
	if since < 0 || since > int64(MaxHorizon) {
		d.f.addf(path+"/"+name, "outside_horizon", "%s is outside the horizon", t.Format(time.RFC3339))
		return 0
	}
	return Time(since)
}

func (d *decoder) window(raw json.RawMessage, path string) Window {
	o := d.fields(raw, path, "open", "close")
	d.need(o, path, "open", "close")
	return Window{Open: d.time(o, path, "open"), Close: d.time(o, path, "close")}
}

// place reads the id of a place; none is NoPlace.
func (d *decoder) place(from object, path, name string) int {
	if _, given := from[name]; !given {
		return NoPlace
	}
	return d.placeNamed(from[name], path+"/"+name)
}

func (d *decoder) placeNamed(raw json.RawMessage, path string) int {
	var id string
	if json.Unmarshal(raw, &id) != nil || string(raw) == "null" {
		d.f.addf(path, "wrong_type", "must be a string")
		return NoPlace
	}
	place, ok := d.places[id]
	if !ok {
		d.f.addf(path, "unknown", "there is no place %q", id)
	}
	return place
}

// Syntax says in which line a text stops being JSON, or nil.
func Syntax(raw []byte) error {
	var whole json.RawMessage
	err := json.Unmarshal(raw, &whole)
	se := &json.SyntaxError{}
	if errors.As(err, &se) {
		line := 1 + bytes.Count(raw[:min(int(se.Offset), len(raw))], []byte("\n"))
		return fmt.Errorf("line %d: %w", line, err)
	}
	return err
}
