package geo

import (
	"errors"
	"math"
	"slices"
	"time"
)

// Estimator estimates travel times: great-circle distance, lengthened by a detour, at a speed that depends on
// mode, distance and local hour, plus the time to park or walk to the door. It is safe for concurrent use.
//
// Leaving later never arrives earlier: a journey that runs into the next hour goes on at that hour's speed (Ichoua,
// Gendreau and Potvin, Vehicle dispatching with time-dependent travel times, EJOR 144, 2003), in whole seconds
// and integer arithmetic.
type Estimator struct {
	parameters Parameters
	location   *time.Location
	dense      []denseArea
	paces      [Modes][]pace
	zones      [Modes]zoning
	zoned      bool           // some mode has zones
	fastest    [Modes]int64   // the speed of each mode's fastest hour, in thousandths
	best       [Modes]float64 // seconds per great-circle metre at each mode's best: no journey is faster
}

type denseArea struct {
	centre Vector
	radius float64
}

// NewEstimator makes an estimator whose hours are those of the location. Faulty parameters are refused, all faults at once.
func NewEstimator(parameters Parameters, location *time.Location) (*Estimator, error) {
	if location == nil {
		return nil, errors.New("a travel-time estimator needs a time zone")
	}
	if err := parameters.Validate(); err != nil {
		return nil, err
	}
	return newEstimator(parameters, location), nil
}

// newEstimator makes one of valid parameters; without a location it knows no instants.
func newEstimator(parameters Parameters, location *time.Location) *Estimator {
	e := &Estimator{parameters: parameters, location: location}
	for mode := range parameters.Modes {
		e.paces[mode] = parameters.Modes[mode].paces()
		e.fastest[mode] = int64(slices.Max(parameters.Modes[mode].Hours[:]))
		best := math.Inf(1)
		for _, p := range e.paces[mode] {
			best = min(best, p.perMetre)
		}
		e.best[mode] = best * min(1, parameters.Modes[mode].DenseFactor) * 1000 / float64(e.fastest[mode])
		if e.zones[mode] = parameters.Modes[mode].Zones.ready(); len(e.zones[mode].centres) > 0 {
			e.best[mode] *= leastShare
			e.zoned = true
		}
	}
	for _, area := range parameters.Dense {
		e.dense = append(e.dense, denseArea{VectorOf(area.Centre), area.Radius})
	}
	return e
}

// Parameters are what the estimator was made from, to be read only.
func (e *Estimator) Parameters() Parameters { return e.parameters }

// Location is the place whose hours the estimator goes by.
func (e *Estimator) Location() *time.Location { return e.location }

// Place is a position made ready for many estimates.
type Place struct {
	Position Position
	Vector   Vector
	dense    bool
	blends   *[Modes]blend // nil where no zone says anything
}

// Place makes a valid position ready for many estimates.
func (e *Estimator) Place(p Position) Place {
	place := Place{Position: p, Vector: VectorOf(p)}
	for _, area := range e.dense {
		if area.centre.Metres(place.Vector) <= area.radius {
			place.dense = true
		}
	}
	if e.zoned {
		place.blends = new([Modes]blend)
		for mode := range e.zones {
			place.blends[mode] = e.zones[mode].blend(place.Vector)
		}
	}
	return place
}

// Travel is the time from one place to another, leaving at the given instant: 0 for the same place, otherwise at
// least a second. The arrival falls on a whole second.
func (e *Estimator) Travel(from, to Position, mode Mode, leave time.Time) time.Duration {
	if from == to {
		return 0
	}
	departure := e.Leaving(leave)
	travelled := departure.Seconds(e.Place(from), e.Place(to), mode)
	return time.Unix(departure.unix+travelled, 0).Sub(leave)
}

// Metres is the length of the way between two places, detour included, rounded up.
func (e *Estimator) Metres(from, to Position, mode Mode) int {
	return int(math.Ceil(Distance(from, to) * e.parameters.Modes[mode].Detour))
}

// work is the free-flow time of a journey of that many great-circle metres, without access, in milliseconds rounded up.
func (e *Estimator) work(metres float64, from, to *Place, mode Mode) int64 {
	return milliseconds(e.driving(metres, from, to, mode))
}

// driving is the same in seconds.
func (e *Estimator) driving(metres float64, from, to *Place, mode Mode) float64 {
	seconds := e.freeFlow(metres, mode) * e.parameters.Modes[mode].denseFactor(from.dense, to.dense)
	if from.blends == nil {
		return seconds
	}
	return max(seconds*leastShare, seconds+e.zones[mode].between(&from.blends[mode], &to.blends[mode]))
}

// denseFactor is what multiplies the free-flow time of a journey between places in or outside a dense area.
func (m *ModeParameters) denseFactor(from, to bool) float64 {
	switch {
	case from && to:
		return m.DenseFactor
	case from || to:
		return (1 + m.DenseFactor) / 2
	}
	return 1
}

func (e *Estimator) access(to *Place, mode Mode) int64 {
	if to.dense {
		return int64(e.parameters.Modes[mode].DenseAccess)
	}
	return int64(e.parameters.Modes[mode].Access)
}

// pace is a band made ready: seconds to its start, and per great-circle metre from there.
type pace struct {
	upTo, start       float64 // great-circle metres
	seconds, perMetre float64
}

func (m *ModeParameters) paces() (paces []pace) {
	start, seconds := 0.0, 0.0
	for _, band := range m.Bands {
		p := pace{band.UpTo * 1000 / m.Detour, start, seconds, 3.6 * m.Detour / band.KmPerHour}
		paces = append(paces, p)
		start, seconds = p.upTo, seconds+(p.upTo-start)*p.perMetre
	}
	return paces
}

// freeFlow is the time over a great-circle distance in metres, in seconds. It grows with the distance.
func (e *Estimator) freeFlow(metres float64, mode Mode) float64 {
	paces := e.paces[mode]
	i := 0
	for metres > paces[i].upTo {
		i++
	}
	return paces[i].seconds + (metres-paces[i].start)*paces[i].perMetre
}

func milliseconds(seconds float64) int64 { return int64(math.Ceil(seconds * 1000)) }
