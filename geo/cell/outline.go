package cell

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/uber/h3-go/v4"

	"tournee/geo"
)

// Polygon is every cell of a resolution (0 to SiteResolution) whose centre lies inside the outline and in none of the holes, in
// ascending order. An outline or hole needs at least three corners; it may repeat the first corner at the end, as
// GeoJSON does. All faults are reported at once.
func Polygon(outline []geo.Position, holes [][]geo.Position, resolution int) ([]Cell, error) {
	faults := []error{resolutionFault(resolution), loopFault("outline", outline)}
	for i, hole := range holes {
		faults = append(faults, loopFault(fmt.Sprintf("hole %d", i), hole))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	if area := boxArea(outline) / h3.HexagonAreaAvgM2(resolution); area > MaxCells {
		return nil, fmt.Errorf("the outline is too large for resolution %d: about %.0f cells, more than %d", resolution, area, MaxCells)
	}
	polygon := h3.GeoPolygon{GeoLoop: loop(outline)}
	for _, hole := range holes {
		polygon.Holes = append(polygon.Holes, loop(hole))
	}
	var cells []Cell
	for _, c := range h3.PolygonToCells(polygon, resolution) {
		cells = append(cells, Cell(c))
	}
	if len(cells) == 0 {
		return nil, errNoCell
	}
	slices.Sort(cells)
	return cells, nil
}

// Disk is every cell of a resolution (0 to SiteResolution) whose centre lies within radius metres of a position,
// and the position's own cell, in ascending order.
func Disk(centre geo.Position, radius float64, resolution int) ([]Cell, error) {
	faults := []error{resolutionFault(resolution), centre.Validate()}
	if !(radius >= 0 && radius <= 2_000_000) {
		faults = append(faults, fmt.Errorf("radius %g is outside 0 to 2000000 metres", radius))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	if area := math.Pi * radius * radius / h3.HexagonAreaAvgM2(resolution); area > MaxCells {
		return nil, fmt.Errorf("the disk is too large for resolution %d: about %.0f cells, more than %d", resolution, area, MaxCells)
	}
	own := Of(centre, resolution)
	from := geo.VectorOf(centre)
	rings := ringsAround(own, from, radius)
	cells := []Cell{own}
	for _, ring := range rings[1:] {
		for _, c := range ring {
			if c != 0 && from.Metres(geo.VectorOf(Cell(c).Centre())) <= radius {
				cells = append(cells, Cell(c))
			}
		}
	}
	slices.Sort(cells)
	return cells, nil
}

// ringsAround grows rings until no centre within the radius can lie farther out. A ring is a closed loop round its
// origin: the way to anything beyond crosses one of its cells, so lies at least as far as the ring's
// nearest centre less a cell's circumradius (below two average edges everywhere on Earth).
func ringsAround(origin Cell, from geo.Vector, radius float64) [][]h3.Cell {
	enough := radius + 2*h3.HexagonEdgeLengthAvgM(origin.Resolution())
	for k := 1; ; k *= 2 {
		rings := h3.Cell(origin).GridDiskDistances(k)
		nearest := math.Inf(1)
		for _, c := range rings[k] {
			if c != 0 {
				nearest = min(nearest, from.Metres(geo.VectorOf(Cell(c).Centre())))
			}
		}
		if nearest > enough {
			return rings
		}
	}
}

func resolutionFault(resolution int) error {
	if resolution < 0 || resolution > SiteResolution {
		return fmt.Errorf("resolution %d is outside 0 to %d", resolution, SiteResolution)
	}
	return nil
}

func loopFault(name string, corners []geo.Position) error {
	var faults []error
	if len(open(corners)) < 3 {
		faults = append(faults, fmt.Errorf("%s: %d corners, want at least 3", name, len(open(corners))))
	}
	for i, corner := range corners {
		if err := corner.Validate(); err != nil {
			faults = append(faults, fmt.Errorf("%s, corner %d: %w", name, i, err))
		}
	}
	return errors.Join(faults...)
}

// open leaves out the last corner of a loop when it repeats the first.
func open(corners []geo.Position) []geo.Position {
	if n := len(corners); n > 1 && corners[0] == corners[n-1] {
		return corners[:n-1]
	}
	return corners
}

func loop(corners []geo.Position) h3.GeoLoop {
	corners = open(corners)
	loop := make(h3.GeoLoop, len(corners))
	for i, corner := range corners {
		loop[i] = h3.LatLng{Lat: corner.Lat, Lng: corner.Lon}
	}
	return loop
}

// boxArea is the area in square metres of the smallest box of latitudes and longitudes around the corners.
func boxArea(corners []geo.Position) float64 {
	lowest, highest := corners[0], corners[0]
	for _, corner := range corners {
		lowest.Lat, highest.Lat = min(lowest.Lat, corner.Lat), max(highest.Lat, corner.Lat)
		lowest.Lon, highest.Lon = min(lowest.Lon, corner.Lon), max(highest.Lon, corner.Lon)
	}
	rad := math.Pi / 180
	return geo.EarthRadius * geo.EarthRadius * (highest.Lon - lowest.Lon) * rad *
		(math.Sin(highest.Lat*rad) - math.Sin(lowest.Lat*rad))
}
