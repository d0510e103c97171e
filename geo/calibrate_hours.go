package geo

import (
	"math"
	"slices"
)

// fitHours learns the speed of each hour from the samples that know theirs: the median ratio of free flow to time, pulled
// towards what start says. A journey counts for the hour it begins in.
func (f *fitting) fitHours() {
	ratios := [24][]float64{}
	for i, s := range f.samples {
		if s.Hour == FreeFlow {
			continue
		}
		moving := s.Seconds
		if s.Door {
			moving = max(moving-f.access[f.side(i)], moving/10)
		}
		ratios[s.Hour] = append(ratios[s.Hour], math.Log(max(1, f.base(i)+f.added[i])/moving))
	}
	for hour, logs := range ratios {
		if len(logs) == 0 {
			continue
		}
		start, n := math.Log(float64(f.start.Modes[f.mode].Hours[hour])/1000), float64(len(logs))
		speed := 1000 * math.Exp(start+(median(logs)-start)*n/(n+hourPrior))
		f.hours[hour] = min(10_000, max(50, math.Round(speed)))
	}
}

// fitAccess learns the time at the door from technicians' journeys, where a road engine tells what the driving takes. A minute at the door and a slower
// hour look alike in any one journey; short and long ones together tell them apart. So each time is tried with hours of its own.
func (f *fitting) fitAccess() {
	ends := [2]int{}
	for i, s := range f.samples {
		if s.Door {
			ends[f.side(i)]++
		}
	}
	if len(f.samples)-ends[0]-ends[1] < fewestSamples {
		return
	}
	for side, n := range ends {
		if n > 0 {
			f.searchAccess(side)
		}
	}
}

// searchAccess looks for one side's time, in smaller and smaller steps around the best so far.
func (f *fitting) searchAccess(side int) {
	best, least := f.access[side], f.doorError(side)
	for step := 320.; step >= 5; step /= 2 {
		middle := best
		for _, try := range [4]float64{middle - 2*step, middle - step, middle + step, middle + 2*step} {
			f.access[side] = min(7200, max(1, try))
			if e := f.doorError(side); e < least {
				best, least = f.access[side], e
			}
		}
	}
	f.access[side] = best
}

// doorError is how far off the technicians' journeys are with the hours that suit the time at the door, added up; leaving what start says costs something.
func (f *fitting) doorError(side int) float64 {
	f.fitHours()
	m := &f.start.Modes[f.mode]
	start := [2]float64{float64(m.Access), float64(m.DenseAccess)}[side]
	sum := doorPrior * math.Abs(f.access[side]-start) / longEnough.Seconds()
	for i, s := range f.samples {
		if !s.Door {
			continue
		}
		seconds := f.base(i) + f.added[i]
		if s.Hour != FreeFlow {
			seconds *= 1000 / f.hours[s.Hour]
		}
		sum += math.Abs(seconds+f.access[f.side(i)]-s.Seconds) / s.Seconds
	}
	return sum
}

// parameters puts together what was learnt.
func (f *fitting) parameters() ModeParameters {
	m := ModeParameters{Detour: f.detour, DenseFactor: f.factor, Access: int(f.access[0]), DenseAccess: int(f.access[1]), Zones: f.zones}
	for _, list := range [][]float64{m.Zones.Out, m.Zones.In, m.Zones.Between} {
		for i, seconds := range list {
			list[i] = math.Round(seconds*10) / 10 // they are kept as text
		}
	}
	for hour, speed := range f.hours {
		m.Hours[hour] = int(speed)
	}
	before, seconds := 0.0, 0.0
	for k, knot := range knots {
		kmPerHour := 3.6 * f.detour * (knot - before) / (f.times[k] - seconds)
		m.Bands = append(m.Bands, Band{UpTo: knot * f.detour / 1000, KmPerHour: min(1000, max(1, kmPerHour))})
		before, seconds = knot, f.times[k]
	}
	m.Bands[len(m.Bands)-1].UpTo = math.Inf(1)
	return m
}

// weightedMedian is the least value at which half of the weight is reached. It sorts what it is given.
func weightedMedian(values, weights []float64) float64 {
	order := make([]int, len(values))
	total := 0.0
	for i := range order {
		order[i] = i
		total += weights[i]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return 0
	})
	reached := 0.0
	for _, i := range order {
		if reached += weights[i]; reached >= total/2 {
			return values[i]
		}
	}
	return values[order[len(order)-1]]
}

// median sorts the values, of which there is one at least.
func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
