package geo

import (
	"math"
	"time"
)

// Departure is an instant of leaving made ready for many estimates. Make one with Estimator.Leaving.
type Departure struct {
	estimator *Estimator
	unix      int64 // the first whole second at or after leaving
	lead      int64 // seconds from there to the next local hour
	hours     [prepared]uint8
}

// prepared is how many hours of a journey have their local hour looked up beforehand: nearly all end sooner.
const prepared = 6

// Leaving makes an instant ready for many estimates.
func (e *Estimator) Leaving(at time.Time) Departure {
	d := Departure{estimator: e, unix: at.Unix()}
	if at.Nanosecond() > 0 {
		d.unix++
	}
	local := time.Unix(d.unix, 0).In(e.location)
	d.lead = int64(3600 - local.Minute()*60 - local.Second())
	d.hours[0] = uint8(local.Hour())
	for i := 1; i < prepared; i++ {
		d.hours[i] = uint8(d.hour(i))
	}
	return d
}

// hour is the local hour during the nth stretch of the journey, from 1; stretch 0 is the rest of the hour of leaving.
func (d *Departure) hour(n int) int {
	return time.Unix(d.unix+d.lead+int64(n-1)*3600, 0).In(d.estimator.location).Hour()
}

// Seconds is the travel time between two places in whole seconds: 0 for the same place, otherwise at least 1.
func (d *Departure) Seconds(from, to Place, mode Mode) int64 {
	if from.Position == to.Position {
		return 0
	}
	e := d.estimator
	return d.elapsed(e.work(from.Vector.Metres(to.Vector), &from, &to, mode), mode) + e.access(&to, mode)
}

// AtLeast is a lower bound, in seconds, of every journey by the mode whose great-circle distance is at
// least the given metres. It grows with the distance, and is quicker to compute than the journey.
func (d *Departure) AtLeast(metres float64, mode Mode) int64 {
	if metres <= 0 {
		return 0
	}
	m := &d.estimator.parameters.Modes[mode]
	seconds := d.estimator.freeFlow(metres, mode) * min(1, m.DenseFactor)
	if zones := &d.estimator.zones[mode]; len(zones.centres) > 0 {
		seconds = max(seconds*leastShare, seconds+zones.least)
	}
	elapsed, left := d.soon(milliseconds(seconds), mode)
	// Beyond the hours at hand, no hour is faster than the fastest.
	return elapsed + divideUp(left, d.estimator.fastest[mode]) + int64(min(m.Access, m.DenseAccess))
}

// AtLeastOf is the least of AtLeast over a set of modes, a bit for each: 1<<Car is the car's.
func (d *Departure) AtLeastOf(metres float64, modes uint8) int64 {
	least := int64(math.MaxInt64)
	for mode := range Mode(Modes) {
		// Most sets hold a car, and most distances are too long for the others: a look at their best speed settles it.
		if modes&(1<<mode) != 0 && d.estimator.best[mode]*metres < float64(least) {
			least = min(least, d.AtLeast(metres, mode))
		}
	}
	return least
}

// elapsed is the number of whole seconds that work, in milliseconds of free flow, takes at the speeds of the hours
// it runs through.
func (d *Departure) elapsed(work int64, mode Mode) int64 {
	elapsed, work := d.soon(work, mode)
	for n := prepared; work > 0; n++ {
		speed := int64(d.estimator.parameters.Modes[mode].Hours[d.hour(n)])
		if work <= speed*3600 {
			return elapsed + divideUp(work, speed)
		}
		work -= speed * 3600
		elapsed += 3600
	}
	return elapsed
}

// soon spends work over the prepared hours: the seconds that takes, and the work left after them.
func (d *Departure) soon(work int64, mode Mode) (elapsed, left int64) {
	speeds := &d.estimator.parameters.Modes[mode].Hours
	stretch := d.lead
	for _, hour := range d.hours {
		speed := int64(speeds[hour])
		if work <= speed*stretch {
			return elapsed + divideUp(work, speed), 0
		}
		work -= speed * stretch
		elapsed += stretch
		stretch = 3600
	}
	return elapsed, work
}

func divideUp(a, b int64) int64 { return (a + b - 1) / b }
