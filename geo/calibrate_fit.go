package geo

import (
	"math"
	"slices"
)

// knots are the great-circle distances, in metres, between which time is taken to grow evenly: finer where most journeys end.
var knots = []float64{400, 900, 1600, 2500, 3800, 5500, 7500, 10_000, 13_000, 18_000, 25_000, 40_000, 70_000}

// Weights of what start says, in samples.
const (
	knotPrior   = 5.
	hourPrior   = 20.
	doorPrior   = 5.
	placePrior  = 3.
	zonePrior   = 0.3 // in places
	squarePrior = 1.
)

// fitting is the state of learning one mode.
type fitting struct {
	start    Parameters
	mode     Mode
	samples  []Sample
	from, to []int     // by sample: its places
	metres   []float64 // by sample: great circle
	dense    []bool    // by place
	at       []Vector  // by place
	hours    [24]float64
	access   [2]float64 // outside and in a dense area
	factor   float64    // dense
	times    []float64  // by knot
	detour   float64
	tiling   Tiling
	zones    Zones
	added    []float64 // by sample: what the zones say
	out, in  []float64 // by place, while zones are learnt
}

// rounds is how often each thing is learnt again beside the others; more moves nothing that matters.
const rounds = 4

// passes is how often what is left between zones is learnt from what the last pass left (Tukey's twicing): an average that is blended again reaches
// only a part of the way each time.
const passes = 6

// fit learns one mode's parameters.
func fit(samples []Sample, start Parameters, mode Mode, tiling Tiling) ModeParameters {
	f := newFitting(samples, start, mode, tiling)
	f.fitFactor()
	for range rounds {
		f.fitTimes()
		f.fitPlaces()
		f.fitZones()
		f.fitAccess()
		f.fitHours()
	}
	for range passes {
		f.fitBetween()
	}
	return f.parameters()
}

func newFitting(samples []Sample, start Parameters, mode Mode, tiling Tiling) *fitting {
	m := &start.Modes[mode]
	f := &fitting{
		start: start, mode: mode, samples: samples, factor: m.DenseFactor, tiling: tiling,
		access: [2]float64{float64(m.Access), float64(m.DenseAccess)}, added: make([]float64, len(samples)),
	}
	for hour, speed := range m.Hours {
		f.hours[hour] = float64(speed)
	}
	plain := start
	plain.Modes[mode].Zones = Zones{}
	e := newEstimator(plain, nil)
	places := placesOf(samples)
	f.at, f.dense = make([]Vector, len(places)), make([]bool, len(places))
	for p, i := range places {
		place := e.Place(p)
		f.at[i], f.dense[i] = place.Vector, place.dense
	}
	f.out, f.in = make([]float64, len(places)), make([]float64, len(places))
	var detours, weights []float64
	for _, s := range samples {
		from, to := places[s.From], places[s.To]
		metres := f.at[from].Metres(f.at[to])
		f.from, f.to, f.metres = append(f.from, from), append(f.to, to), append(f.metres, metres)
		if s.Metres > 0 && metres > 500 {
			detours, weights = append(detours, s.Metres/metres), append(weights, 1)
		}
	}
	f.detour = min(10, max(1, weightedMedian(append(detours, m.Detour), append(weights, knotPrior))))
	for _, knot := range knots {
		f.times = append(f.times, e.freeFlow(knot, mode))
	}
	f.scale()
	return f
}

// scale multiplies what start says by the ratio that fits the samples best, so that distances without samples follow the others.
func (f *fitting) scale() {
	ratios, weights := []float64{1}, []float64{knotPrior}
	for i := range f.samples {
		if base := f.base(i); base > 0 {
			ratios, weights = append(ratios, f.driven(i)/base), append(weights, base/f.driven(i))
		}
	}
	ratio := weightedMedian(ratios, weights)
	for k := range f.times {
		f.times[k] *= ratio
	}
}

// driven is a sample's time at free flow and without the door, in seconds, as far as hours and door are known.
func (f *fitting) driven(i int) float64 {
	s := &f.samples[i]
	seconds := s.Seconds
	if s.Door {
		seconds -= f.access[f.side(i)]
	}
	if s.Hour != FreeFlow {
		seconds *= f.hours[s.Hour] / 1000
	}
	return max(seconds, 1, s.Seconds/10)
}

// side is 1 for a sample that ends in a dense area.
func (f *fitting) side(i int) int {
	if f.dense[f.to[i]] {
		return 1
	}
	return 0
}

// denseFactor multiplies a sample's base time.
func (f *fitting) denseFactor(i int) float64 {
	m := ModeParameters{DenseFactor: f.factor}
	return m.denseFactor(f.dense[f.from[i]], f.dense[f.to[i]])
}

// plain is a sample's time by distance alone.
func (f *fitting) plain(i int) float64 {
	k, share := f.knot(f.metres[i])
	before := 0.0
	if k > 0 {
		before = f.times[k-1]
	}
	return before + share*(f.times[k]-before)
}

func (f *fitting) base(i int) float64 { return f.plain(i) * f.denseFactor(i) }

// knot is the first knot at or beyond a distance, or the last one, and how far the distance is on the way there from the one before: beyond the last, more than 1.
func (f *fitting) knot(metres float64) (k int, share float64) {
	k = min(len(knots)-1, indexOf(knots, metres))
	before := 0.0
	if k > 0 {
		before = knots[k-1]
	}
	return k, (metres - before) / (knots[k] - before)
}

func indexOf(sorted []float64, x float64) int {
	i, _ := slices.BinarySearch(sorted, x)
	return i
}

// Speeds that are believed of a stretch, in great-circle metres a second: 2 to 150 km/h.
const (
	slowest  = 2 / 3.6
	quickest = 150 / 3.6
)

// fitTimes learns the time to each knot, one after the other, from the samples on both sides of it.
func (f *fitting) fitTimes() {
	near := make([][]int, len(knots))
	for i, metres := range f.metres {
		k, _ := f.knot(metres)
		near[k] = append(near[k], i)
		if k > 0 {
			near[k-1] = append(near[k-1], i)
		}
	}
	start := slices.Clone(f.times)
	for range 10 {
		for k := range knots {
			f.fitTime(k, near[k], start[k])
		}
	}
}

func (f *fitting) fitTime(k int, near []int, start float64) {
	values, weights := []float64{start}, []float64{knotPrior / start}
	for _, i := range near {
		at, share := f.knot(f.metres[i])
		if at != k {
			share = 1 - share
		}
		if share < 0.1 {
			continue
		}
		driven, factor := f.driven(i), f.denseFactor(i)
		rest := (driven-f.added[i])/factor - (f.plain(i) - share*f.times[k])
		values, weights = append(values, rest/share), append(weights, share*factor/driven)
	}
	low, high := 0.0, math.Inf(1)
	if k > 0 {
		low = f.times[k-1]
	}
	before := 0.0
	if k > 0 {
		before = knots[k-1]
	}
	least, most := low+(knots[k]-before)/quickest, low+(knots[k]-before)/slowest
	if k+1 < len(knots) {
		high = f.times[k+1] - (knots[k+1]-knots[k])/quickest
	}
	f.times[k] = max(least, min(most, high, weightedMedian(values, weights)))
}

// factors are the dense factors that are tried.
var factors = []float64{0.8, 0.9, 1, 1.1, 1.2, 1.35, 1.5, 1.75, 2}

// fitFactor learns how much slower dense areas are, where there are journeys of both kinds. Times and factor pull at one another too much to be
// learnt in turns: each factor is tried with times of its own.
func (f *fitting) fitFactor() {
	inside := 0
	for i := range f.samples {
		if f.dense[f.from[i]] && f.dense[f.to[i]] {
			inside++
		}
	}
	if inside < fewestSamples || len(f.samples)-inside < fewestSamples {
		return
	}
	best, least, start := f.factor, math.Inf(1), slices.Clone(f.times)
	for _, f.factor = range factors {
		copy(f.times, start)
		f.fitTimes()
		if e := f.meanError(); e < least {
			best, least = f.factor, e
		}
	}
	f.factor = best
	copy(f.times, start)
}

// meanError is the mean of |estimate − time| ÷ time of the samples.
func (f *fitting) meanError() (sum float64) {
	for i := range f.samples {
		driven := f.driven(i)
		sum += math.Abs(f.base(i)+f.added[i]-driven) / driven
	}
	return sum / float64(len(f.samples))
}
