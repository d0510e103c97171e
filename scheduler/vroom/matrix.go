package vroom

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
)

// tables are one profile's matrices as given; nil where left out.
type tables struct {
	durations, distances, costs [][]int64
}

// tables reads the matrices by profile, the old field matrix being the car's
// durations.
func (r *reader) tables(root object) map[string]*tables {
	out := map[string]*tables{}
	if !root.has("matrices") {
		if root.has("matrix") {
			out["car"] = &tables{durations: r.matrix(root.fields["matrix"], "/matrix")}
		}
		return out
	}
	profiles, _ := r.object(root.fields["matrices"], "/matrices")
	for _, name := range slices.Sorted(maps.Keys(profiles.fields)) {
		o, ok := r.object(profiles.fields[name], "/matrices/"+pointer(name))
		if !ok {
			continue
		}
		out[name] = &tables{durations: o.matrix("durations"), distances: o.matrix("distances"), costs: o.matrix("costs")}
	}
	return out
}

func (o object) matrix(name string) [][]int64 {
	raw, ok := o.fields[name]
	if !ok {
		return nil
	}
	return o.r.matrix(raw, o.path+"/"+name)
}

// matrix reads a square of whole numbers. A row is faulted once, at its first
// bad entry: a million faults would tell nobody more.
func (r *reader) matrix(raw json.RawMessage, path string) [][]int64 {
	var m [][]int64
	if json.Unmarshal(raw, &m) != nil || bytes.Contains(raw, []byte("null")) {
		m = nil
		for i, row := range r.list(raw, path) {
			m = append(m, r.row(row, at(path, i)))
		}
	}
	for i, row := range m {
		if len(row) != len(m) {
			r.faultf(at(path, i), "not_square", "has %d columns in a matrix of %d rows", len(row), len(m))
		} else if j := slices.IndexFunc(row, func(n int64) bool { return n < 0 || n > math.MaxUint32 }); j >= 0 {
			r.faultf(at(at(path, i), j), "wrong_type", "must be a whole number from 0 to %d", uint32(math.MaxUint32))
		}
	}
	if m == nil {
		m = [][]int64{}
	}
	return m
}

// row reads what is no plain row of whole numbers, to say what is wrong.
func (r *reader) row(raw json.RawMessage, path string) []int64 {
	items := r.list(raw, path)
	out := make([]int64, len(items))
	for j, item := range items {
		var n *int64
		if json.Unmarshal(item, &n) != nil || n == nil {
			out[j] = -1 // faulted with the others
			continue
		}
		out[j] = *n
	}
	return out
}

// cut keeps the rows and columns in use, in their order, scaled by a
// percentage, halves rounded up.
func cut(m [][]int64, used []int, percent int64) [][]int64 {
	if m == nil {
		return nil
	}
	out := make([][]int64, len(used))
	cells := make([]int64, len(used)*len(used))
	for i, from := range used {
		out[i] = cells[i*len(used) : (i+1)*len(used)]
		for j, to := range used {
			out[i][j] = (m[from][to]*percent + 50) / 100
		}
	}
	return out
}
