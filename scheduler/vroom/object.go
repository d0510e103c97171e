package vroom

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"tournee/scheduler"
)

// reader collects every fault of an input.
type reader struct {
	faults    []scheduler.Fault
	missing   []string // matrices that are needed and not given
	dimension int      // of capacities, deliveries and pickups
}

func (r *reader) faultf(path, code, format string, args ...any) {
	r.faults = append(r.faults, scheduler.Fault{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
}

func at(path string, i int) string { return fmt.Sprintf("%s/%d", path, i) }

// object is a JSON object under way of being read. Unknown fields are not
// looked at, as in VROOM; a field that is null is one of the wrong type.
type object struct {
	r      *reader
	path   string
	fields map[string]json.RawMessage
}

// object reads an object. What is none is faulted and read as empty.
func (r *reader) object(raw json.RawMessage, path string) (object, bool) {
	o := object{r: r, path: path}
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &o.fields) != nil {
		r.faultf(path, "wrong_type", "must be an object")
		return o, false
	}
	return o, true
}

// list reads an array.
func (r *reader) list(raw json.RawMessage, path string) []json.RawMessage {
	var items []json.RawMessage
	if len(raw) == 0 || raw[0] != '[' || json.Unmarshal(raw, &items) != nil {
		r.faultf(path, "wrong_type", "must be an array")
	}
	return items
}

// whole reads a whole number from 0 to most.
func (r *reader) whole(raw json.RawMessage, path string, most uint64) uint64 {
	var n uint64
	if string(raw) == "null" || json.Unmarshal(raw, &n) != nil || n > most {
		r.faultf(path, "wrong_type", "must be a whole number from 0 to %d", most)
		return 0
	}
	return n
}

// wholes reads an array of whole numbers of 32 bits.
func (r *reader) wholes(raw json.RawMessage, path string) []int64 {
	var out []int64
	for i, item := range r.list(raw, path) {
		out = append(out, int64(r.whole(item, at(path, i), math.MaxUint32)))
	}
	return out
}

func (o object) has(name string) bool { _, ok := o.fields[name]; return ok }

func (o object) faultf(name, code, format string, args ...any) {
	o.r.faultf(o.path+"/"+name, code, format, args...)
}

// list reads the array of a field, or nothing when it is left out.
func (o object) list(name string) []json.RawMessage {
	raw, ok := o.fields[name]
	if !ok {
		return nil
	}
	return o.r.list(raw, o.path+"/"+name)
}

// whole reads a field's whole number of 32 bits, or none when it is left out.
func (o object) whole(name string, none int64) int64 {
	raw, ok := o.fields[name]
	if !ok {
		return none
	}
	return int64(o.r.whole(raw, o.path+"/"+name, math.MaxUint32))
}

// limit reads an optional limit, nil when it is left out.
func (o object) limit(name string) *int64 {
	if !o.has(name) {
		return nil
	}
	n := o.whole(name, 0)
	return &n
}

// id reads the id that every job, vehicle and break must have.
func (o object) id() uint64 {
	raw, ok := o.fields["id"]
	if !ok {
		o.faultf("id", "missing", "must be given")
		return 0
	}
	return o.r.whole(raw, o.path+"/id", math.MaxUint64)
}

func (o object) text(name string) string {
	var text string
	raw, ok := o.fields[name]
	if ok && (string(raw) == "null" || json.Unmarshal(raw, &text) != nil) {
		o.faultf(name, "wrong_type", "must be a string")
	}
	return text
}

// amounts reads one number per dimension of the vehicles' capacities; left out
// they are zero.
func (o object) amounts(name string) []int64 {
	raw, ok := o.fields[name]
	if !ok {
		return make([]int64, o.r.dimension)
	}
	out := o.r.wholes(raw, o.path+"/"+name)
	if len(out) != o.r.dimension {
		o.faultf(name, "wrong_length", "has %d dimensions, the first vehicle's capacity has %d", len(out), o.r.dimension)
		return make([]int64, o.r.dimension)
	}
	return out
}

// perType reads an object of vehicle types and seconds.
func (o object) perType(name string) map[string]int64 {
	raw, ok := o.fields[name]
	if !ok {
		return nil
	}
	types, _ := o.r.object(raw, o.path+"/"+name)
	out := make(map[string]int64, len(types.fields))
	for kind, seconds := range types.fields {
		out[kind] = int64(o.r.whole(seconds, types.path+"/"+pointer(kind), math.MaxUint32))
	}
	return out
}

// pointer escapes a name for a JSON pointer (RFC 6901).
func pointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// coordinates reads [lon, lat], kept as they are written; nil when left out.
func (o object) coordinates(name string) []json.Number {
	if !o.has(name) {
		return nil
	}
	var out []json.Number
	for _, item := range o.list(name) {
		var n json.Number
		if len(item) == 0 || item[0] == '"' || string(item) == "null" || json.Unmarshal(item, &n) != nil {
			break
		}
		out = append(out, n)
	}
	if len(out) < 2 {
		o.faultf(name, "wrong_type", "must be [longitude, latitude]")
		return nil
	}
	return out[:2]
}

// window reads [start, end]; both lie in it.
func (r *reader) window(raw json.RawMessage, path string) window {
	items := r.list(raw, path)
	if len(items) < 2 {
		r.faultf(path, "wrong_length", "must be [start, end]")
		return window{}
	}
	w := window{
		int64(r.whole(items[0], at(path, 0), math.MaxUint32)),
		int64(r.whole(items[1], at(path, 1), math.MaxUint32)),
	}
	if w.open > w.close {
		r.faultf(path, "ends_before_start", "the window ends at %d, before it starts at %d", w.close, w.open)
	}
	return w
}

// windows reads the field time_windows, sorted; nil when it is left out.
func (o object) windows() []window {
	if !o.has("time_windows") {
		return nil
	}
	var out []window
	items := o.list("time_windows")
	for i, item := range items {
		out = append(out, o.r.window(item, at(o.path+"/time_windows", i)))
	}
	if len(items) == 0 {
		o.faultf("time_windows", "missing", "is empty: leave it out when any time will do")
	}
	slices.SortFunc(out, compareWindows)
	for i := 1; i < len(out); i++ {
		if out[i].open <= out[i-1].close {
			o.faultf("time_windows", "overlap", "the windows [%d, %d] and [%d, %d] overlap", out[i-1].open, out[i-1].close, out[i].open, out[i].close)
		}
	}
	return out
}
