package geo

import "math"

// Spokes are the journeys between a hub and other positions, as Matrix has them: To[i] from the ith of these to the hub, From[i] back, in
// seconds with the access; Metres[i] is the way, detour included. All are 0 at the hub's own position.
type Spokes struct {
	To, From []int32
	Metres   []int32
}

// Spokes computes the journeys between a hub and others by the mode at the speed of one hour (0 to 23): the row and the column that Matrix has
// for the hub, to the second.
func (e *Estimator) Spokes(hub Position, others []Position, mode Mode, hour int) Spokes {
	out := Spokes{To: make([]int32, len(others)), From: make([]int32, len(others)), Metres: make([]int32, len(others))}
	centre := e.Place(hub)
	speed := int64(e.parameters.Modes[mode].Hours[hour])
	detour := e.parameters.Modes[mode].Detour
	for i, p := range others {
		if p == hub {
			continue
		}
		rim := e.Place(p)
		distance := rim.Vector.Metres(centre.Vector)
		seconds := divideUp(e.work(distance, &rim, &centre, mode), speed)
		out.To[i], out.From[i] = clip(seconds+e.access(&centre, mode)), clip(seconds+e.access(&rim, mode))
		out.Metres[i] = clip(int64(math.Ceil(distance * detour)))
	}
	return out
}
