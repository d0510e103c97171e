package geo

import (
	"fmt"
	"math"
)

// Zones say how much longer or shorter journeys by one mode are than distance and speed alone tell, in seconds of free flow, by where they
// begin and end: a station square that takes a minute to leave, a hill that is slow to reach, a river between two quarters. Each
// zone is known by its centre, such as that of an H3 cell; a place takes the words of the zones around it, each the more the nearer it is,
// and far from all of them nothing is added. Empty zones say nothing.
type Zones struct {
	Centres []Position `json:"centres,omitempty"`
	// Reach is how far a zone's word carries, in metres: the standard deviation of a bell curve.
	Reach float64 `json:"reach,omitempty"`
	// Out is added to every journey that begins in the zone, In to every one that ends in it.
	Out []float64 `json:"out,omitempty"`
	In  []float64 `json:"in,omitempty"`
	// Between is added besides to journeys from one zone to another, row by row: from i to j is at i*len(Centres)+j.
	Between []float64 `json:"between,omitempty"`
}

const (
	// MaxZones bounds the square that Between is.
	MaxZones = 256
	// leastShare is what the zones leave at least of the time that distance and speed tell.
	leastShare = 0.4
	// doubt is the weight of knowing nothing beside those of the zones around, each 1 at its centre.
	doubt = 0.1
	// heard is how many zones a place listens to: the nearest. The next one would have a hundredth of the weight.
	heard = 7
)

func (z Zones) faults() (faults []error) {
	fault := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	n := len(z.Centres)
	if n == 0 && len(z.Out) == 0 && len(z.In) == 0 && len(z.Between) == 0 {
		return nil
	}
	fault(n <= MaxZones, "%d zones are more than %d", n, MaxZones)
	fault(z.Reach >= 1 && z.Reach <= 1e6, "reach %g of the zones is outside 1 to 1000000 metres", z.Reach)
	fault(len(z.Out) == n && len(z.In) == n && len(z.Between) == n*n, "%d zones have %d, %d and %d times", n, len(z.Out), len(z.In), len(z.Between))
	for i, centre := range z.Centres {
		if err := centre.Validate(); err != nil {
			faults = append(faults, fmt.Errorf("zone %d: %w", i, err))
		}
	}
	for _, list := range [][]float64{z.Out, z.In, z.Between} {
		for i, seconds := range list {
			fault(math.Abs(seconds) <= 7200, "zone time %d: %g is beyond two hours", i, seconds)
		}
	}
	return faults
}

// zoning is Zones made ready.
type zoning struct {
	Zones
	centres []Vector
	least   float64 // no journey gets less added
}

func (z Zones) ready() zoning {
	r := zoning{Zones: z, centres: make([]Vector, len(z.Centres))}
	for i, c := range z.Centres {
		r.centres[i] = VectorOf(c)
	}
	for _, list := range [][]float64{z.Out, z.In, z.Between} {
		lowest := 0.0
		for _, seconds := range list {
			lowest = min(lowest, seconds)
		}
		r.least += lowest
	}
	return r
}

// blend is the zones that a place listens to, with weights that add up to less than 1, and what they say of leaving and reaching it.
type blend struct {
	n       int
	zones   [heard]int16
	weights [heard]float64
	out, in float64
}

// blend weighs the zones around a place (a Nadaraya-Watson average with a Gaussian kernel, the nearest zones only).
func (z *zoning) blend(at Vector) (b blend) {
	for i, centre := range z.centres {
		d := centre.Metres(at) / z.Reach
		if d > 3.5 {
			continue // two thousandths at most
		}
		b.hear(int16(i), math.Exp(-d*d/2))
	}
	total := doubt
	for _, w := range b.weights[:b.n] {
		total += w
	}
	for i := range b.n {
		b.weights[i] /= total
		b.out += b.weights[i] * z.Out[b.zones[i]]
		b.in += b.weights[i] * z.In[b.zones[i]]
	}
	return b
}

// hear keeps a zone among those of the greatest weight, in that order; of equals the first comes first.
func (b *blend) hear(zone int16, weight float64) {
	i := b.n
	if b.n < heard {
		b.n++
	} else if i--; weight <= b.weights[i] {
		return
	}
	for ; i > 0 && b.weights[i-1] < weight; i-- {
		b.zones[i], b.weights[i] = b.zones[i-1], b.weights[i-1]
	}
	b.zones[i], b.weights[i] = zone, weight
}

// between is what is added to a journey from one place to another, in seconds.
func (z *zoning) between(from, to *blend) float64 {
	seconds := from.out + to.in
	n := len(z.centres)
	for i, a := range from.zones[:from.n] {
		row := z.Between[int(a)*n : int(a)*n+n]
		sum := 0.0
		for j, b := range to.zones[:to.n] {
			sum += to.weights[j] * row[b]
		}
		seconds += from.weights[i] * sum
	}
	return seconds
}
