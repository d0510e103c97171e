package geo

import "math"

// Spokes are the journeys between a hub and other positions, as Matrix has them: To[i] from the ith of these to the hub, From[i] back, in
// seconds with the access; ToMetres[i] and FromMetres[i] are the ways, detour included. All are 0 at the hub's own position.
type Spokes struct {
	To, From             []int32
	ToMetres, FromMetres []int32
}

// Spokes computes the journeys between a hub and others by the mode at the speed of one hour (0 to 23): the row and the column that Matrix has
// for the hub, to the second.
func (e *Estimator) Spokes(hub Position, others []Position, mode Mode, hour int) Spokes {
	return e.CorrectedSpokes(hub, others, mode, hour, nil)
}

// CorrectedSpokes is Spokes with what is known better, as CorrectedMatrix has it of the positions with the hub after them.
func (e *Estimator) CorrectedSpokes(hub Position, others []Position, mode Mode, hour int, correct Correction) Spokes {
	n := len(others)
	out := Spokes{To: make([]int32, n), From: make([]int32, n), ToMetres: make([]int32, n), FromMetres: make([]int32, n)}
	centre := e.Place(hub)
	speed := int64(e.parameters.Modes[mode].Hours[hour])
	detour := e.parameters.Modes[mode].Detour
	for i, p := range others {
		if p == hub {
			continue
		}
		rim := e.Place(p)
		distance := rim.Vector.Metres(centre.Vector)
		to, from := e.driving(distance, &rim, &centre, mode), e.driving(distance, &centre, &rim, mode)
		way, back := distance*detour, distance*detour
		if correct != nil {
			time, length := correct(i, n)
			to, way = to*time, way*length
			time, length = correct(n, i)
			from, back = from*time, back*length
		}
		out.To[i] = clip(divideUp(milliseconds(to), speed) + e.access(&centre, mode))
		out.From[i] = clip(divideUp(milliseconds(from), speed) + e.access(&rim, mode))
		out.ToMetres[i], out.FromMetres[i] = clip(int64(math.Ceil(way))), clip(int64(math.Ceil(back)))
	}
	return out
}
