package cell

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/uber/h3-go/v4"

	"tournee/geo"
)

// Set is a set of cells of mixed resolution, none inside another: the land of a territory. The zero value
// is empty. A Set does not change.
type Set struct {
	cells       map[Cell]struct{}
	resolutions [SiteResolution + 1]bool
}

// NewSet makes a set of cells, each valid and of resolution SiteResolution or coarser; all faults are reported at once. Cells
// given twice, or lying inside another given one, count once.
func NewSet(cells []Cell) (Set, error) {
	var faults []error
	given := make(map[Cell]struct{}, len(cells))
	for i, c := range cells {
		switch {
		case !c.Valid():
			faults = append(faults, fmt.Errorf("cell %d: %s is not an H3 cell", i, c))
		case c.Resolution() > SiteResolution:
			faults = append(faults, fmt.Errorf("cell %d: %s has resolution %d, finer than %d", i, c, c.Resolution(), SiteResolution))
		default:
			given[c] = struct{}{}
		}
	}
	if len(faults) > 0 {
		return Set{}, errors.Join(faults...)
	}
	s := Set{cells: make(map[Cell]struct{}, len(given))}
	for c := range given {
		if !insideOther(given, c) {
			s.cells[c] = struct{}{}
			s.resolutions[c.Resolution()] = true
		}
	}
	return s, nil
}

func insideOther(cells map[Cell]struct{}, c Cell) bool {
	for resolution := range c.Resolution() {
		if _, inside := cells[c.Parent(resolution)]; inside {
			return true
		}
	}
	return false
}

// Len is the number of cells.
func (s Set) Len() int { return len(s.cells) }

// Contains tells whether the cell is in the set or inside a cell of it.
func (s Set) Contains(c Cell) bool {
	for resolution := range min(c.Resolution(), SiteResolution) + 1 {
		if !s.resolutions[resolution] {
			continue
		}
		if _, ok := s.cells[c.Parent(resolution)]; ok {
			return true
		}
	}
	return false
}

// ContainsPosition tells whether the position's cell at SiteResolution is in the set. H3 cells nest only roughly: within some
// hundred metres of a border a position may lie in a coarse cell that is no ancestor of its fine one, and the fine one decides.
func (s Set) ContainsPosition(p geo.Position) bool { return s.Contains(Of(p, SiteResolution)) }

// Common are the cells that both sets cover, the finer of each pair, in ascending order: empty for disjoint territories.
func (s Set) Common(t Set) []Cell {
	var common []Cell
	for c := range s.cells {
		if t.Contains(c) {
			common = append(common, c)
		}
	}
	for c := range t.cells {
		if _, both := s.cells[c]; !both && s.Contains(c) {
			common = append(common, c)
		}
	}
	slices.Sort(common)
	return common
}

// Compact covers the same land with the fewest cells: seven siblings become their parent, again and again.
func (s Set) Compact() Set {
	compact := Set{cells: maps.Clone(s.cells), resolutions: s.resolutions}
	for resolution := SiteResolution; resolution > 0; resolution-- {
		siblings := make(map[Cell]int)
		for c := range compact.cells {
			if c.Resolution() == resolution {
				siblings[c.Parent(resolution-1)]++
			}
		}
		for parent, count := range siblings {
			children := h3.Cell(parent).Children(resolution)
			if count < len(children) {
				continue
			}
			for _, child := range children {
				delete(compact.cells, Cell(child))
			}
			compact.cells[parent] = struct{}{}
		}
	}
	compact.resolutions = [SiteResolution + 1]bool{}
	for c := range compact.cells {
		compact.resolutions[c.Resolution()] = true
	}
	return compact
}

// MaxCells is the most cells that Uncompact, Polygon and Disk answer with: all France at resolution 7 is a tenth of it.
const MaxCells = 1_000_000

// Uncompact covers the same land with cells of one resolution, in ascending order. A resolution coarser than one of the
// cells, finer than SiteResolution, or so fine that it needs more than MaxCells, is refused.
func (s Set) Uncompact(resolution int) ([]Cell, error) {
	if resolution < 0 || resolution > SiteResolution {
		return nil, fmt.Errorf("resolution %d is outside 0 to %d", resolution, SiteResolution)
	}
	total := 0
	for c := range s.cells {
		if c.Resolution() > resolution {
			return nil, fmt.Errorf("cell %s is finer than resolution %d", c, resolution)
		}
		total += sevenTo(resolution - c.Resolution())
	}
	if total > MaxCells {
		return nil, fmt.Errorf("%d cells at resolution %d are more than %d", total, resolution, MaxCells)
	}
	cells := make([]Cell, 0, total)
	for c := range s.cells {
		for _, child := range h3.Cell(c).Children(resolution) {
			cells = append(cells, Cell(child))
		}
	}
	slices.Sort(cells)
	return cells, nil
}

// sevenTo is 7 to the nth power: how many descendants a hexagon has n resolutions down (a pentagon has fewer).
func sevenTo(n int) int {
	power := 1
	for range n {
		power *= 7
	}
	return power
}
