package check

import "tournee/scheduler"

// takes is how long a leg lasts that is left at a moment: by the curve of the
// zone that is left, if the mode has curves, rounded to the nearest second.
func (s *sheet) takes(mode *scheduler.Travel, from, to int, leave scheduler.Time) scheduler.Seconds {
	seconds := mode.Seconds[from][to]
	if seconds < 0 || len(mode.Curves) == 0 {
		return seconds
	}
	curve := mode.Curves[s.p.Places[from].Zone]
	if leave >= curve[len(curve)-1].At {
		return rounded(int64(seconds)*int64(curve[len(curve)-1].Percent), 100)
	}
	for i, point := range curve {
		if leave > point.At {
			continue
		}
		if i == 0 {
			return rounded(int64(seconds)*int64(point.Percent), 100)
		}
		before := curve[i-1]
		length, rest := int64(point.At-before.At), int64(point.At-leave)
		// the mean of both percentages, weighted by how near each is
		return rounded(int64(seconds)*(int64(before.Percent)*rest+int64(point.Percent)*(length-rest)), 100*length)
	}
	return seconds
}

func rounded(amount, by int64) scheduler.Seconds {
	return scheduler.Seconds((2*amount + by) / (2 * by))
}

// worst is how long a leg lasts when it lasts longest.
func (s *sheet) worst(mode *scheduler.Travel, from, to int) scheduler.Seconds {
	longest := mode.Seconds[from][to]
	if len(mode.Curves) > 0 {
		longest = 0
		for _, point := range mode.Curves[s.p.Places[from].Zone] {
			longest = max(longest, s.takes(mode, from, to, point.At))
		}
	}
	return longest
}

// couldPutOff says whether a route could be left a second later and its first
// stop still begin when it does.
func (s *sheet) couldPutOff(r *scheduler.Route) bool {
	later := *r
	later.Start++
	could := false
	s.walk(&later, func(leg leg) {
		if leg.stop == &r.Stops[0] {
			could = leg.seconds >= 0 && later.Start+scheduler.Time(leg.seconds) <= leg.stop.Begin
		}
	})
	return could
}
