package vroom

import (
	"math"
	"slices"
)

// always is the window of what has none.
var always = window{0, math.MaxUint32}

// hours is when the vehicle works.
func (v *vehicle) hours() window {
	if v.window == nil {
		return always
	}
	return *v.window
}

// sortBreaks puts breaks in the order in which VROOM takes them: by the start,
// then the end, of their first window.
func (v *vehicle) sortBreaks() {
	first := func(p pause) window {
		if len(p.windows) == 0 {
			return always
		}
		return p.windows[0]
	}
	slices.SortStableFunc(v.breaks, func(a, b pause) int { return compareWindows(first(a), first(b)) })
}

// pauses lists for each break the windows in which it can begin so that all
// are taken in order inside the hours, and whether there are any.
func (v *vehicle) pauses(hours window) ([][]window, bool) {
	out := make([][]window, len(v.breaks))
	now := hours.open
	for i := range v.breaks {
		begin, ok := firstIn(v.breaks[i].windows, now)
		if !ok {
			return nil, false
		}
		out[i] = []window{{open: begin}}
		now = begin + v.breaks[i].service
	}
	if now > hours.close {
		return nil, false
	}
	now = hours.close
	for i := range slices.Backward(v.breaks) {
		b := &v.breaks[i]
		// It lies no earlier than the first moment found above.
		end, _ := lastIn(b.windows, now-b.service)
		now = end
		out[i] = clip(b.windows, window{out[i][0].open, end})
	}
	return out, true
}

// clip is what is left of windows inside another; without windows, all of it.
func clip(ws []window, in window) []window {
	if len(ws) == 0 {
		return []window{in}
	}
	var out []window
	for _, w := range ws {
		if w = (window{max(w.open, in.open), min(w.close, in.close)}); w.open <= w.close {
			out = append(out, w)
		}
	}
	return out
}
