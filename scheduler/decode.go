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
}

// fields reads an object: names must be among those allowed, and come once.
func (d *decoder) fields(raw json.RawMessage, path string, allowed ...string) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
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
func (d *decoder) list(raw json.RawMessage, path string, each func(json.RawMessage, string)) {
	var items []json.RawMessage
	if raw == nil {
		return
	}
	if err := json.Unmarshal(raw, &items); err != nil {
		d.f.addf(path, "wrong_type", "must be an array")
		return
	}
	for i, item := range items {
		each(item, at(path, i))
	}
}

// value reads a leaf; a field left out leaves the zero value.
func value[T any](d *decoder, from map[string]json.RawMessage, path, name, what string) T {
	var out T
	if raw, ok := from[name]; ok {
		if err := json.Unmarshal(raw, &out); err != nil {
			d.f.addf(path+"/"+name, "wrong_type", "must be %s", what)
		}
	}
	return out
}

func (d *decoder) need(from map[string]json.RawMessage, path string, names ...string) {
	for _, name := range names {
		if _, ok := from[name]; !ok {
			d.f.addf(path+"/"+name, "missing", "must be given")
		}
	}
}

func (d *decoder) text(from map[string]json.RawMessage, path, name string) string {
	return value[string](d, from, path, name, "a string")
}

func (d *decoder) texts(from map[string]json.RawMessage, path, name string) []string {
	return value[[]string](d, from, path, name, "an array of strings")
}

func (d *decoder) cost(from map[string]json.RawMessage, path, name string) Cost {
	return value[Cost](d, from, path, name, "a whole number")
}

func (d *decoder) seconds(from map[string]json.RawMessage, path, name string) Seconds {
	return value[Seconds](d, from, path, name, "a whole number of seconds")
}

// instant reads an RFC 3339 time of whole seconds.
func (d *decoder) instant(from map[string]json.RawMessage, path, name string) (time.Time, bool) {
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
func (d *decoder) time(from map[string]json.RawMessage, path, name string) Time {
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

// syntax says where a text stops being JSON.
func syntax(raw []byte) error {
	var whole json.RawMessage
	err := json.Unmarshal(raw, &whole)
	se := &json.SyntaxError{}
	if errors.As(err, &se) {
		line := 1 + bytes.Count(raw[:min(int(se.Offset), len(raw))], []byte("\n"))
		return fmt.Errorf("line %d: %w", line, err)
	}
	return err
}
