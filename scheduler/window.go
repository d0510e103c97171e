package scheduler

import (
	"cmp"
	"slices"

	"tournee/scheduler/internal/core"
)

// Rule: a visit begins inside one of its windows.

func (x *index) checkWindows(f *faults, path string, ws []Window) {
	for i, w := range ws {
		x.checkWindow(f, at(path, i), w)
	}
}

func (x *index) checkWindow(f *faults, path string, w Window) {
	inside := x.within(f, path+"/open", w.Open)
	inside = x.within(f, path+"/close", w.Close) && inside
	if inside && w.Close < w.Open {
		f.addf(path, "ends_before_start", "the window closes before it opens")
	}
}

// windows compiles a visit's windows: sorted, joined where they overlap, one
// moment when its beginning is pinned.
func (x *index) windows(v int32) []core.Window {
	if pin := x.pins[v]; pin != nil && pin.Begin != nil {
		return []core.Window{{Open: int32(*pin.Begin), Close: int32(*pin.Begin)}}
	}
	ws := slices.Clone(x.p.Visits[v].Windows)
	if len(ws) == 0 {
		ws = []Window{{Open: 0, Close: Time(x.p.Length)}}
	}
	least := notBefore(&x.p.Visits[v])
	ws = slices.DeleteFunc(ws, func(w Window) bool { return w.Close < least })
	if len(ws) == 0 {
		return []core.Window{{Open: 0, Close: -1}} // it opens after it has closed: never
	}
	for i := range ws {
		ws[i].Open = max(ws[i].Open, least)
	}
	return joined(ws)
}

// joined sorts windows, which are its own to change, and joins those that
// overlap or follow one another at once.
func joined(ws []Window) []core.Window {
	slices.SortFunc(ws, func(a, b Window) int { return cmp.Or(cmp.Compare(a.Open, b.Open), cmp.Compare(a.Close, b.Close)) })
	out := make([]core.Window, 0, len(ws))
	for _, w := range ws {
		if last := len(out) - 1; last >= 0 && int32(w.Open) <= out[last].Close+1 {
			out[last].Close = max(out[last].Close, int32(w.Close))
			continue
		}
		out = append(out, core.Window{Open: int32(w.Open), Close: int32(w.Close)})
	}
	return out
}
