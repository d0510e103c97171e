package geo

import (
	"cmp"
	"math"
	"slices"
)

// Tiling is how the ground of some samples is cut into zones: the cells' centres, and how far those of neighbours lie apart, in metres.
type Tiling struct {
	Centres []Position
	Spacing float64
}

// Calibration says what calibrating came to, mode by mode.
type Calibration [Modes]ModeCalibration

// ModeCalibration is what calibrating one mode came to. The errors are MeanError's, of journeys among places that the figures were not
// learnt from: a fifth of the places is kept apart for it, and then taken in as well.
type ModeCalibration struct {
	Samples int     `json:"samples"` // that the mode was learnt from; too few leave it as it was
	Trips   int     `json:"trips"`   // of those, made by a technician
	Places  int     `json:"places"`  // in them
	Zones   int     `json:"zones"`   // learnt
	Checked int     `json:"checked"` // samples that the errors are the mean of; with none the mode is left as it was
	Before  float64 `json:"before"`  // 0.25 is a quarter
	After   float64 `json:"after"`
	Applied bool    `json:"applied"` // the mode's figures are new: After is below Before
}

const (
	// fewestSamples and fewestPlaces are what a mode needs to be learnt.
	fewestSamples = 200
	fewestPlaces  = 20
	// mostSamples bounds the work: of more, evenly spread ones are taken.
	mostSamples = 40_000
	// fewestChecked is how many samples must tell whether it is better.
	fewestChecked = 30
)

// Calibrate learns, from journeys whose times are known, how long journeys take: the speed of each stretch of the way, the detour, the hours, the time at
// the door, how much slower dense areas are, and zone by zone what is left (see Zones). The tiling of each mode's samples is the caller's.
// Everything is pulled towards what start says, the more the fewer samples speak. A mode that does not get better on places it was not
// learnt from stays as it is in start; so does one with few samples. The result is valid, and its journeys first in, first out,
// whatever the samples. The same samples in the same order give the same result.
//
// The method: absolute relative errors are minimised by weighted medians (least absolute deviations, one coordinate at a time), which a few absurd samples do not move; zones
// by back-fitting (Hastie and Tibshirani, Generalized additive models, 1986) with averages shrunk towards zero. See
// docs/decisions/0024-travel-times-learnt.md.
func Calibrate(samples []Sample, start Parameters, tilings [Modes]Tiling) (Parameters, Calibration) {
	calibrated, report := start, Calibration{}
	for mode := range Mode(Modes) {
		var mine []Sample
		for _, s := range samples {
			if s.Mode == mode && s.usable() {
				mine = append(mine, s)
			}
		}
		mine = thinned(mine, mostSamples)
		places := placesOf(mine)
		r := &report[mode]
		r.Samples, r.Places = len(mine), len(places)
		for _, s := range mine {
			if s.Door {
				r.Trips++
			}
		}
		if len(mine) < fewestSamples || len(places) < fewestPlaces {
			continue
		}
		learnFrom, check := apart(mine, places)
		trial := start
		trial.Modes[mode] = fit(learnFrom, start, mode, tilings[mode])
		r.Before, r.Checked = newEstimator(start, nil).meanError(check)
		r.After, _ = newEstimator(trial, nil).meanError(check)
		if r.Checked < fewestChecked || r.After >= r.Before {
			continue
		}
		calibrated.Modes[mode] = fit(mine, start, mode, tilings[mode])
		r.Zones, r.Applied = len(calibrated.Modes[mode].Zones.Centres), true
	}
	return calibrated, report
}

// thinned keeps at most so many samples, evenly spread.
func thinned(samples []Sample, most int) []Sample {
	if len(samples) <= most {
		return samples
	}
	out := make([]Sample, most)
	for i := range out {
		out[i] = samples[i*len(samples)/most]
	}
	return out
}

// placesOf numbers the places of samples, in an order of their own: neighbours, and places first seen together, come far apart.
func placesOf(samples []Sample) map[Position]int {
	seen := map[Position]bool{}
	var all []Position
	for _, s := range samples {
		for _, p := range [2]Position{s.From, s.To} {
			if !seen[p] {
				seen[p] = true
				all = append(all, p)
			}
		}
	}
	slices.SortFunc(all, func(a, b Position) int {
		return cmp.Or(cmp.Compare(scatter(a), scatter(b)), cmp.Compare(a.Lat, b.Lat), cmp.Compare(a.Lon, b.Lon))
	})
	at := make(map[Position]int, len(all))
	for i, p := range all {
		at[p] = i
	}
	return at
}

// scatter is a number that places near one another do not share anything of (the finalizer of SplitMix64).
func scatter(p Position) uint64 {
	x := math.Float64bits(p.Lat) ^ math.Float64bits(p.Lon)*0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// apart sorts the samples by their places: those among the four fifths to learn from, and those among the fifth to check on.
func apart(samples []Sample, places map[Position]int) (learnFrom, check []Sample) {
	kept := len(places) / 5
	for _, s := range samples {
		switch from, to := places[s.From] < kept, places[s.To] < kept; {
		case from && to:
			check = append(check, s)
		case !from && !to:
			learnFrom = append(learnFrom, s)
		}
	}
	return learnFrom, check
}
