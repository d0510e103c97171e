package vroom

import (
	"cmp"
	"math"
	"slices"

	"tournee/scheduler"
)

// compareWindows orders by start, then by end.
func compareWindows(a, b window) int {
	return cmp.Or(cmp.Compare(a.open, b.open), cmp.Compare(a.close, b.close))
}

// firstIn is the first moment from now on that lies in a window.
func firstIn(ws []window, now int64) (int64, bool) {
	if len(ws) == 0 {
		return now, true
	}
	for _, w := range ws {
		if now <= w.close {
			return max(now, w.open), true
		}
	}
	return 0, false
}

// lastIn is the last moment up to now that lies in a window.
func lastIn(ws []window, now int64) (int64, bool) {
	if len(ws) == 0 {
		return now, true
	}
	for _, w := range slices.Backward(ws) {
		if w.open <= now {
			return min(now, w.close), true
		}
	}
	return 0, false
}

// horizon is the stretch of time in which every route can be run that can be
// run at all. A route waits no more once the last window has opened, so it is
// done by then plus all the work there is; put off as long as it can be, it
// begins no earlier than the first close less that work. From 0 when that fits
// in the scheduler's longest horizon; otherwise the work is cut, which is felt
// by vehicles without a time window only.
func (in *Input) horizon() (window, bool) {
	opens, closes := int64(0), int64(math.MaxUint32)
	span := func(w window) {
		opens, closes = max(opens, w.open), min(closes, w.close)
	}
	for i := range in.jobs {
		for _, w := range in.jobs[i].windows {
			span(w)
		}
	}
	for i := range in.vehicles {
		span(in.vehicles[i].hours())
		for _, b := range in.vehicles[i].breaks {
			for _, w := range b.windows {
				span(w)
			}
		}
	}
	const most = int64(scheduler.MaxHorizon)
	work := in.work()
	if opens+work <= most {
		return window{0, opens + work}, true
	}
	first := min(opens, closes)
	if opens-first > most {
		return window{}, false
	}
	work = min(work, (most-(opens-first))/2)
	low := max(0, first-work)
	return window{low, max(opens, low) + work}, true
}

// work is more than one vehicle needs to do all jobs and its breaks, its way
// included, or the longest horizon if that is less. It is at least 1.
func (in *Input) work() int64 {
	const most = int64(scheduler.MaxHorizon)
	longest := int64(0)
	for _, t := range in.travel {
		for _, row := range t.seconds {
			for _, s := range row {
				if s <= most {
					longest = max(longest, s)
				}
			}
		}
	}
	total := 1 + longest*int64(len(in.jobs)+1)
	for i := range in.jobs {
		j := &in.jobs[i]
		dearest := j.setup + j.service
		for k := range in.vehicles {
			setup, service := j.took(&in.vehicles[k])
			dearest = max(dearest, setup+service)
		}
		total = min(total+dearest, most)
	}
	pauses := int64(0)
	for i := range in.vehicles {
		sum := int64(0)
		for _, b := range in.vehicles[i].breaks {
			sum += b.service
		}
		pauses = max(pauses, sum)
	}
	return min(total+pauses, most)
}
