package geo

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Parameters say how long journeys take, by mode, and where the dense cities are.
type Parameters struct {
	Modes [Modes]ModeParameters `json:"modes"`
	Dense []Area                `json:"dense"`
}

// ModeParameters describe one mode of transport.
type ModeParameters struct {
	// Detour is the length of the way travelled divided by the great-circle distance; at least 1.
	Detour float64 `json:"detour"`
	// Bands give the free-flow speed of each stretch of the way, nearest first: a longer journey covers its
	// first kilometres slowly, then gains faster roads or trains. The last band has no end.
	Bands []Band `json:"bands"`
	// Hours is the speed at each hour of the local day in thousandths of free flow (1000 = free flow); at least 50.
	Hours [24]int `json:"hours"`
	// DenseFactor multiplies the free-flow time of a journey inside a dense area; a journey with one end in it
	// takes the mean of DenseFactor and 1.
	DenseFactor float64 `json:"dense_factor"`
	// Access is the time to park or to walk to the door at the destination, in seconds, at least 1; DenseAccess
	// is the same in a dense area.
	Access      int `json:"access"`
	DenseAccess int `json:"dense_access"`
	// Zones are what journeys take more or less than all this says, by where they begin and end; learnt, see Calibrate.
	Zones Zones `json:"zones"`
}

// Band is a stretch of the way: up to UpTo kilometres from the start, at KmPerHour.
type Band struct {
	UpTo, KmPerHour float64
}

// bandText is a band as JSON holds it, which has no infinity.
type bandText struct {
	UpTo      *float64 `json:"up_to"` // null: no end
	KmPerHour float64  `json:"km_per_hour"`
}

// MarshalJSON writes a band without an end as one up to null.
func (b Band) MarshalJSON() ([]byte, error) {
	text := bandText{KmPerHour: b.KmPerHour}
	if !math.IsInf(b.UpTo, 1) {
		text.UpTo = &b.UpTo
	}
	return json.Marshal(text)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (b *Band) UnmarshalJSON(data []byte) error {
	var text bandText
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	*b = Band{UpTo: math.Inf(1), KmPerHour: text.KmPerHour}
	if text.UpTo != nil {
		b.UpTo = *text.UpTo
	}
	return nil
}

// Area is a disc around a city's centre; the radius is in metres.
type Area struct {
	Centre Position `json:"centre"`
	Radius float64  `json:"radius"`
}

// DefaultParameters are for France, and Île-de-France above all. They estimate, and a road engine does better; they are
// meant to be right within a quarter on average, and plausible for every single journey.
//
// Car: against an OSRM matrix of 200 places in Lyon and another in Porto (free flow, OpenStreetMap), the median
// detour falls from 1.6-2.1 below 500 m to 1.2-1.45 beyond 5 km, and the median great-circle speed rises
// from 21 and 13 km/h (below 500 m) over 30 km/h (2 to 5 km) to 32-43 km/h (beyond 5 km). A detour of 1.4 (Boscoe,
// Henry and Zdeb 2012 find 1.417 over the United States) and 30, 45 and 70 km/h by stretch pass
// through the middle. The hours follow the usual double peak of French cities, in which a peak journey takes about one
// and a half times its free-flow time. In a dense city a car is slower, and parking takes long.
//
// Bike: 15 km/h, the usual planning speed of city cycling; foot: 4.8 km/h (1.33 m/s), the usual planning
// walking speed. Neither depends on the hour.
//
// Public transport: 10 km/h over the first two kilometres (mostly walking to the line), 20 km/h up to ten, 35 km/h
// beyond (express trains), about the 15 km/h door to door of a ten-kilometre journey; faster
// inside the dense network than outside, and much slower when lines rest at night. Access is the walk from the station and the mean wait.
func DefaultParameters() Parameters {
	steady := hours(map[[2]int]int{{0, 24}: 1000})
	return Parameters{
		Modes: [Modes]ModeParameters{
			Car: {
				Detour: 1.4,
				Bands:  []Band{{2, 30}, {10, 45}, {math.Inf(1), 70}},
				Hours: hours(map[[2]int]int{
					{0, 6}: 1000, {6, 7}: 900, {7, 10}: 650, {10, 12}: 780, {12, 14}: 800,
					{14, 16}: 770, {16, 20}: 640, {20, 22}: 850, {22, 24}: 950,
				}),
				DenseFactor: 1.35, Access: 240, DenseAccess: 480,
			},
			Bike: {
				Detour: 1.3, Bands: []Band{{math.Inf(1), 15}}, Hours: steady,
				DenseFactor: 1, Access: 120, DenseAccess: 120,
			},
			Foot: {
				Detour: 1.25, Bands: []Band{{math.Inf(1), 4.8}}, Hours: steady,
				DenseFactor: 1, Access: 60, DenseAccess: 60,
			},
			PublicTransport: {
				Detour: 1.3,
				Bands:  []Band{{2, 10}, {10, 20}, {math.Inf(1), 35}},
				Hours: hours(map[[2]int]int{
					{0, 1}: 600, {1, 5}: 300, {5, 6}: 700, {6, 21}: 1000, {21, 24}: 800,
				}),
				DenseFactor: 0.8, Access: 720, DenseAccess: 480,
			},
		},
		// The French agglomerations above roughly 8,000 inhabitants per square kilometre.
		Dense: []Area{
			{Position{48.8566, 2.3522}, 8000}, // Paris and the towns at its gates
			{Position{45.7600, 4.8500}, 5000}, // Lyon, Villeurbanne
			{Position{43.2965, 5.3800}, 4000}, // Marseille
		},
	}
}

// hours lays stretches of hours [from, to) over a day.
func hours(stretches map[[2]int]int) (day [24]int) {
	for stretch, speed := range stretches {
		for hour := stretch[0]; hour < stretch[1]; hour++ {
			day[hour] = speed
		}
	}
	return day
}

// Validate reports every fault of the parameters at once.
func (p Parameters) Validate() error {
	var faults []error
	for mode, parameters := range p.Modes {
		for _, fault := range parameters.faults() {
			faults = append(faults, fmt.Errorf("%s: %w", Mode(mode), fault))
		}
	}
	for i, area := range p.Dense {
		if err := area.Centre.Validate(); err != nil {
			faults = append(faults, fmt.Errorf("dense area %d: %w", i, err))
		}
		if !(area.Radius > 0 && area.Radius <= math.Pi*EarthRadius) {
			faults = append(faults, fmt.Errorf("dense area %d: radius %g is not a positive number of metres", i, area.Radius))
		}
	}
	return errors.Join(faults...)
}

func (m ModeParameters) faults() (faults []error) {
	fault := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(m.Detour >= 1 && m.Detour <= 10, "detour %g is outside 1 to 10", m.Detour)
	fault(len(m.Bands) > 0 && math.IsInf(m.Bands[len(m.Bands)-1].UpTo, 1), "the last band must have no end")
	previous := 0.0
	for i, band := range m.Bands {
		fault(band.UpTo > previous, "band %d ends at %g km, not after %g km", i, band.UpTo, previous)
		fault(band.KmPerHour >= 1 && band.KmPerHour <= 1000, "band %d: speed %g is outside 1 to 1000 km/h", i, band.KmPerHour)
		previous = band.UpTo
	}
	for hour, speed := range m.Hours {
		fault(speed >= 50 && speed <= 10_000, "hour %d: speed %d is outside 50 to 10000 thousandths", hour, speed)
	}
	fault(m.DenseFactor >= 0.1 && m.DenseFactor <= 10, "dense factor %g is outside 0.1 to 10", m.DenseFactor)
	fault(m.Access >= 1 && m.Access <= 7200, "access time %d is outside 1 to 7200 seconds", m.Access)
	fault(m.DenseAccess >= 1 && m.DenseAccess <= 7200, "dense access time %d is outside 1 to 7200 seconds", m.DenseAccess)
	return append(faults, m.Zones.faults()...)
}
