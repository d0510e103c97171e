package geo

import "math"

// Matrix holds the journeys between n positions by one mode at one hour, dense and row by row: the journey from i to j
// is at i*N+j. The diagonal, and the journey between two equal positions, is 0.
type Matrix struct {
	N       int
	Seconds []int32 // travel time, access included
	Metres  []int32 // length of the way, detour included
}

// Leg is one journey as a road engine sees it: without parking, and without traffic unless it was asked for an hour.
type Leg struct {
	Seconds, Metres float64
	Reachable       bool // else both are 0
}

// Matrix computes all journeys between valid positions by the mode at the speed of one hour (0 to 23) of the local day. Unlike
// Travel it stays at that hour's speed however long the journey.
func (e *Estimator) Matrix(positions []Position, mode Mode, hour int) Matrix {
	return e.CorrectedMatrix(positions, mode, hour, nil)
}

// Correction says how much longer the journey from the ith to the jth position takes, and is, than the estimator thinks; 1 and 1 when nothing is known.
type Correction func(i, j int) (time, way float64)

// CorrectedMatrix is Matrix with what is known better, if correct is not nil. Parking stays as it is.
func (e *Estimator) CorrectedMatrix(positions []Position, mode Mode, hour int, correct Correction) Matrix {
	n := len(positions)
	m := Matrix{N: n, Seconds: make([]int32, n*n), Metres: make([]int32, n*n)}
	places := make([]Place, n)
	for i, p := range positions {
		places[i] = e.Place(p)
	}
	speed := int64(e.parameters.Modes[mode].Hours[hour])
	detour := e.parameters.Modes[mode].Detour
	for i := range places {
		from := &places[i]
		for j := i + 1; j < n; j++ {
			to := &places[j]
			if from.Position == to.Position {
				continue
			}
			distance := from.Vector.Metres(to.Vector)
			there := e.driving(distance, from, to, mode)
			back := there
			if e.zoned {
				back = e.driving(distance, to, from, mode)
			}
			way, wayBack := distance*detour, distance*detour
			if correct != nil {
				time, length := correct(i, j)
				there, way = there*time, way*length
				time, length = correct(j, i)
				back, wayBack = back*time, wayBack*length
			}
			m.Seconds[i*n+j] = clip(divideUp(milliseconds(there), speed) + e.access(to, mode))
			m.Seconds[j*n+i] = clip(divideUp(milliseconds(back), speed) + e.access(from, mode))
			m.Metres[i*n+j], m.Metres[j*n+i] = clip(int64(math.Ceil(way))), clip(int64(math.Ceil(wayBack)))
		}
	}
	return m
}

// FreeFlow is the time of a journey without traffic and without parking, in seconds, and the length of the way in metres.
func (e *Estimator) FreeFlow(from, to Position, mode Mode) (seconds, metres float64) {
	if from == to {
		return 0, 0
	}
	a, b := e.Place(from), e.Place(to)
	distance := a.Vector.Metres(b.Vector)
	return e.driving(distance, &a, &b, mode), distance * e.parameters.Modes[mode].Detour
}

// At is the journey from the ith to the jth position, in seconds and metres.
func (m Matrix) At(i, j int) (seconds, metres int32) { return m.Seconds[i*m.N+j], m.Metres[i*m.N+j] }

// HourPercents says how the journeys of a matrix, made of the positions by the mode at the hour, vary over the local day: all that leave in each
// hour together, in per cent of the matrix's time, rounded up. Without a journey it is 100 throughout.
func (e *Estimator) HourPercents(positions []Position, m Matrix, mode Mode, hour int) (percents [24]int) {
	total, access := int64(0), int64(0)
	for i := range positions {
		to := e.Place(positions[i])
		for j := range positions {
			if positions[i] != positions[j] {
				total += int64(m.Seconds[j*m.N+i])
				access += e.access(&to, mode)
			}
		}
	}
	speeds := &e.parameters.Modes[mode].Hours
	for h := range percents {
		percents[h] = 100
		if total > 0 {
			moving := divideUp((total-access)*int64(speeds[hour]), int64(speeds[h]))
			percents[h] = int(divideUp(100*(moving+access), total))
		}
	}
	return percents
}

// clip keeps a journey round the world at walking speed, or at an absurd one, inside 32 bits.
func clip(v int64) int32 { return int32(min(v, math.MaxInt32)) }
