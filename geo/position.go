// Package geo holds positions, distances and travel-time estimates. It uses the standard library
// only and knows nothing of technicians or visits.
package geo

import (
	"errors"
	"fmt"
	"math"
)

// EarthRadius is the mean radius of the Earth in metres (IUGG, R1 of the GRS 80 ellipsoid).
const EarthRadius = 6_371_008.8

// Position is a point on the Earth in WGS 84 degrees: latitude in [-90, 90], longitude in [-180, 180].
type Position struct {
	Lat, Lon float64
}

// Validate reports every fault of the position at once: a coordinate that is not a finite number, or out of range.
func (p Position) Validate() error {
	return errors.Join(coordinateFault("latitude", p.Lat, 90), coordinateFault("longitude", p.Lon, 180))
}

func coordinateFault(name string, degrees, limit float64) error {
	if math.IsNaN(degrees) || math.IsInf(degrees, 0) {
		return fmt.Errorf("%s is not a finite number", name)
	}
	if math.Abs(degrees) > limit {
		return fmt.Errorf("%s %g is outside -%g to %g degrees", name, degrees, limit, limit)
	}
	return nil
}

// String is "lat,lon" with seven decimals (a centimetre).
func (p Position) String() string { return fmt.Sprintf("%.7f,%.7f", p.Lat, p.Lon) }

// Distance is the great-circle distance between two positions in metres (haversine formula on a sphere of
// radius EarthRadius; at most 0.6 % away from the ellipsoid).
func Distance(a, b Position) float64 { return VectorOf(a).Metres(VectorOf(b)) }

// Vector is a position as a unit vector from the Earth's centre: its trigonometry, done once. Distances from
// many places to many places cost one square root and one arcsine each.
type Vector struct {
	X, Y, Z float64
}

// VectorOf turns a valid position into its unit vector.
func VectorOf(p Position) Vector {
	sinLat, cosLat := math.Sincos(p.Lat * math.Pi / 180)
	sinLon, cosLon := math.Sincos(p.Lon * math.Pi / 180)
	return Vector{cosLat * cosLon, cosLat * sinLon, sinLat}
}

// Metres is the great-circle distance between two unit vectors. The haversine of the angle between them is
// the square of half their chord, so this is the haversine formula, as exact for close points.
func (v Vector) Metres(w Vector) float64 {
	x, y, z := v.X-w.X, v.Y-w.Y, v.Z-w.Z
	return 2 * EarthRadius * arcsine(math.Sqrt(x*x+y*y+z*z)/2)
}

// arcsine is math.Asin, by its series where that is exact to the last digits (below 0.05, 640 km) and three times faster.
func arcsine(x float64) float64 {
	if x > 0.05 {
		return math.Asin(min(1, x))
	}
	s := x * x
	return x * (1 + s*(1./6+s*(3./40+s*(15./336+s*(105./3456+s*(945./42240))))))
}
