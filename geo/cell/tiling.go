package cell

import (
	"math"
	"slices"

	"tournee/geo"
)

// tilingResolutions are those that ground is cut into zones at, finest first.
var tilingResolutions = []int{8, 7, 6, 5, 4, 3}

// edges are the average lengths of a cell's edge by resolution, in metres (h3geo.org, "Tables of cell statistics").
var edges = [10]float64{1281256, 483057, 182513, 68979, 26072, 9854, 3725, 1406, 531, 201}

// Tiling cuts the ground of some valid positions into zones: the cells that they lie in, at the finest resolution, of about half a kilometre to 70,
// at which there are no more than geo.MaxZones. Spread over the whole Earth they have none.
func Tiling(positions []geo.Position) geo.Tiling {
	for _, resolution := range tilingResolutions {
		seen := map[Cell]bool{}
		var cells []Cell
		for _, p := range positions {
			if c := Of(p, resolution); !seen[c] {
				seen[c] = true
				cells = append(cells, c)
			}
		}
		if len(cells) > geo.MaxZones {
			continue
		}
		slices.Sort(cells)
		tiling := geo.Tiling{Spacing: edges[resolution] * math.Sqrt(3)}
		for _, c := range cells {
			tiling.Centres = append(tiling.Centres, c.Centre())
		}
		return tiling
	}
	return geo.Tiling{}
}
