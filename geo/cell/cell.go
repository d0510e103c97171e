// Package cell holds what needs H3 (Uber's hexagonal grid of the Earth): the cells of sites and technicians, the sets of cells
// that make territories, and the index of the nearest technicians. It is the only package that uses cgo.
package cell

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/uber/h3-go/v4"

	"tournee/geo"
)

// The resolutions in use: a site's cell has edges of about 200 m, a territory is drawn in cells of about 1.4 km.
const (
	SiteResolution      = 9
	TerritoryResolution = 7
)

// Cell is an H3 cell index. Its int64 value is what the database keeps as bigint; it is never negative.
type Cell int64

// Of is the cell of a valid position at a resolution from 0 to 15. It need not be the parent of the position's finer cell,
// since H3 cells nest only roughly: to place a site, take its cell at SiteResolution and that cell's parents.
func Of(p geo.Position, resolution int) Cell {
	return Cell(h3.LatLngToCell(h3.LatLng{Lat: p.Lat, Lng: p.Lon}, resolution))
}

// Parse reads a cell as the API writes it: an H3 index in hexadecimal, such as 871fb4662ffffff. An index that is not a cell is refused.
func Parse(s string) (Cell, error) {
	index, err := strconv.ParseUint(s, 16, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not an H3 cell: want 15 hexadecimal digits", s)
	}
	c := Cell(index)
	if !c.Valid() {
		return 0, fmt.Errorf("%q is not an H3 cell", s)
	}
	return c, nil
}

// String is the cell as the API writes it.
func (c Cell) String() string { return strconv.FormatUint(uint64(c), 16) }

// MarshalText writes the cell as String does.
func (c Cell) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText writes; see Parse.
func (c *Cell) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

// Valid tells whether the value is an H3 cell.
func (c Cell) Valid() bool { return c > 0 && h3.Cell(c).IsValid() }

// The layout of an H3 index (h3geo.org, "H3 Index"): four bits of resolution above the base cell, then three bits a digit for
// resolutions 1 to 15, those beyond the cell's resolution being 7.
const (
	resolutionShift = 52
	finest          = 15
	digitBits       = 3
)

// Resolution is the cell's resolution, 0 (coarsest) to 15.
func (c Cell) Resolution() int { return int(c >> resolutionShift & 0xF) }

// Parent is the cell's ancestor at a resolution no finer than its own; at its own or finer it is the cell itself.
func (c Cell) Parent(resolution int) Cell {
	if resolution >= c.Resolution() {
		return c
	}
	c = c&^(0xF<<resolutionShift) | Cell(resolution)<<resolutionShift
	return c | (1<<((finest-resolution)*digitBits) - 1)
}

// Centre is the position of the cell's centre.
func (c Cell) Centre() geo.Position {
	centre := h3.Cell(c).LatLng()
	return geo.Position{Lat: centre.Lat, Lon: centre.Lng}
}

// Boundary is the cell's outline, five to ten corners, not closed.
func (c Cell) Boundary() []geo.Position {
	corners := h3.Cell(c).Boundary()
	outline := make([]geo.Position, len(corners))
	for i, corner := range corners {
		outline[i] = geo.Position{Lat: corner.Lat, Lon: corner.Lng}
	}
	return outline
}

var errNoCell = errors.New("no H3 cell's centre lies inside the outline: draw it larger or take a finer resolution")
