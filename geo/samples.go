package geo

import (
	"math"
	"time"
)

// FreeFlow stands for the hour of a sample that knows no traffic.
const FreeFlow = -1

// Sample is one journey of which the time is known: from a road engine, or made by a technician.
type Sample struct {
	From, To Position
	Mode     Mode
	Seconds  float64
	Metres   float64 // of the way; 0 when not known
	Hour     int     // the local hour of leaving, 0 to 23, or FreeFlow
	Door     bool    // the time includes parking and the walk to the door, as a technician's does and a road engine's does not
}

// usable says whether the sample can teach anything: two valid places apart, at a time between a second and a day.
func (s *Sample) usable() bool {
	return s.Mode < Modes && s.From != s.To && s.From.Validate() == nil && s.To.Validate() == nil && s.Seconds >= 1 && s.Seconds <= 86_400 &&
		s.Hour >= FreeFlow && s.Hour < 24 && s.Metres >= 0 && !math.IsInf(s.Metres, 0)
}

// estimate is the time of the same journey, in seconds: at free flow or at the hour's speed, to the door or not, as the sample.
func (e *Estimator) estimate(s *Sample, from, to *Place) float64 {
	seconds := e.driving(from.Vector.Metres(to.Vector), from, to, s.Mode)
	if s.Hour != FreeFlow {
		seconds *= 1000 / float64(e.parameters.Modes[s.Mode].Hours[s.Hour])
	}
	if s.Door {
		seconds += float64(e.access(to, s.Mode))
	}
	return seconds
}

// longEnough is what a journey must take for its error to count: of a shorter one a few seconds are a large part.
const longEnough = 5 * time.Minute

// MeanError is the mean of |estimate − time| ÷ time over the samples that are known to take more than five minutes, by an estimator of
// the parameters, and how many those are; 0 of none. Faulty parameters are refused.
func MeanError(p Parameters, samples []Sample) (mean float64, n int, err error) {
	if err := p.Validate(); err != nil {
		return 0, 0, err
	}
	mean, n = newEstimator(p, nil).meanError(samples)
	return mean, n, nil
}

func (e *Estimator) meanError(samples []Sample) (mean float64, n int) {
	places := map[Position]*Place{}
	place := func(p Position) *Place {
		if places[p] == nil {
			made := e.Place(p)
			places[p] = &made
		}
		return places[p]
	}
	for i := range samples {
		s := &samples[i]
		if s.usable() && s.Seconds > longEnough.Seconds() {
			mean += math.Abs(e.estimate(s, place(s.From), place(s.To))-s.Seconds) / s.Seconds
			n++
		}
	}
	return mean / max(1, float64(n)), n
}
