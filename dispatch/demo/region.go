package demo

import (
	"math"
	"slices"
	"strings"
	"sync"

	"tournee/geo"
	"tournee/geo/cell"
	"tournee/geo/commune"
)

// departments are the departments of Île-de-France.
var departments = []struct{ code, name string }{
	{"75", "Paris"},
	{"77", "Seine-et-Marne"},
	{"78", "Yvelines"},
	{"91", "Essonne"},
	{"92", "Hauts-de-Seine"},
	{"93", "Seine-Saint-Denis"},
	{"94", "Val-de-Marne"},
	{"95", "Val-d’Oise"},
}

// region is Île-de-France: its territories, and the communes that people live in.
type region struct {
	territories []Territory
	sets        []cell.Set
	communes    []commune.Commune // those with a centre of their own; Paris by its arrondissements
	populations []int
	remote      []int // indexes of the small communes far from Paris
}

var (
	notreDame = geo.Position{Lat: 48.8530, Lon: 2.3499}
	// readRegion takes some tenths of a second, once.
	readRegion = sync.OnceValue(newRegion)
)

// reach is a radius around Notre-Dame, in metres, that holds all Île-de-France: Provins and its east lie 90 km away.
const reach = 105_000

func newRegion() *region {
	r := &region{}
	towns := around()
	cells := divide(towns)
	for i, department := range departments {
		r.territories = append(r.territories, Territory{Code: department.code, Name: department.name, Cells: cells[i]})
		set, err := cell.NewSet(cells[i])
		if err != nil {
			panic(err) // the cells come from H3 itself
		}
		r.sets = append(r.sets, set)
	}
	for _, t := range towns {
		if department(t.Commune) < 0 || t.Code == "75056" {
			continue
		}
		if t.Population < 4000 && geo.Distance(t.Position, notreDame) > 65_000 {
			r.remote = append(r.remote, len(r.communes))
		}
		r.communes, r.populations = append(r.communes, t.Commune), append(r.populations, t.Population)
	}
	return r
}

type town struct {
	commune.Commune
	vector geo.Vector
}

// around are the communes within reach that have a centre of their own, those beyond the region's border too.
func around() (towns []town) {
	for _, c := range commune.France().All() {
		if c.Placement == commune.Own && geo.Distance(c.Position, notreDame) < reach+20_000 {
			towns = append(towns, town{c, geo.VectorOf(c.Position)})
		}
	}
	return towns
}

// divide gives each cell within reach to the department of the nearest town; what is nearest to a town of another region is left out.
func divide(towns []town) [][]cell.Cell {
	territories := make([][]cell.Cell, len(departments))
	cells, err := cell.Disk(notreDame, reach, cell.TerritoryResolution)
	if err != nil {
		panic(err) // a constant disk
	}
	for _, c := range cells {
		centre := geo.VectorOf(c.Centre())
		nearest, least := 0, math.Inf(1)
		for i := range towns {
			v := &towns[i].vector
			x, y, z := v.X-centre.X, v.Y-centre.Y, v.Z-centre.Z
			if chord := x*x + y*y + z*z; chord < least {
				nearest, least = i, chord
			}
		}
		if d := department(towns[nearest].Commune); d >= 0 {
			territories[d] = append(territories[d], c)
		}
	}
	return territories
}

// department is the index of a commune's department, or -1 outside the region.
func department(c commune.Commune) int {
	return slices.IndexFunc(departments, func(d struct{ code, name string }) bool { return strings.HasPrefix(c.Code, d.code) })
}

// territory is the one that a position lies in.
func (r *region) territory(p geo.Position) (code string, ok bool) {
	for i, set := range r.sets {
		if set.ContainsPosition(p) {
			return r.territories[i].Code, true
		}
	}
	return "", false
}

// home draws where somebody lives: a commune by its inhabitants, and a place in it.
func (g *generator) home() (commune.Commune, geo.Position) {
	return g.placeIn(g.region.communes[weighted(g, g.region.populations)])
}

// placeIn draws a place in a commune: within the disc that so many people fill at 6,000 to the square kilometre, and in
// some territory.
func (g *generator) placeIn(c commune.Commune) (commune.Commune, geo.Position) {
	radius := math.Sqrt(float64(c.Population)/6000/math.Pi) * 1000 // metres
	for {
		distance, bearing := radius*math.Sqrt(g.Float64()), 2*math.Pi*g.Float64()
		p := geo.Position{
			Lat: round(c.Position.Lat + distance*math.Cos(bearing)/111_195),
			Lon: round(c.Position.Lon + distance*math.Sin(bearing)/111_195/math.Cos(c.Position.Lat*math.Pi/180)),
		}
		if _, ok := g.region.territory(p); ok {
			return c, p
		}
		radius *= 0.9 // towards the centre, which lies in a territory
	}
}

// round keeps five decimals of a degree, a metre.
func round(degrees float64) float64 { return math.Round(degrees*1e5) / 1e5 }

// cityName is the name on an envelope: an arrondissement of Paris is Paris.
func cityName(c commune.Commune) string {
	if c.City == "75056" {
		return "Paris"
	}
	return c.Name
}
