package main

import (
	"math"
	"math/rand/v2"
)

// field is a day of field service that is drawn, not collected: more visits than can be done, in and around the towns of one metropolitan area.
// Technicians start and end at home. The case is written in the input format of VROOM (docs/API.md of its project) and read like any other file
// of it, so that VROOM can be given the very same. A leg takes as long whoever drives it.
type field struct {
	Jobs     []fieldJob             `json:"jobs"`
	Vehicles []fieldVehicle         `json:"vehicles"`
	Matrices map[string]fieldMatrix `json:"matrices"`
}

type fieldJob struct {
	ID       int      `json:"id"`
	Place    int      `json:"location_index"`
	Service  int      `json:"service"`
	Priority int      `json:"priority"`
	Skills   []int    `json:"skills"`
	Windows  [][2]int `json:"time_windows,omitempty"`
}

type fieldVehicle struct {
	ID      int    `json:"id"`
	Start   int    `json:"start_index"`
	End     int    `json:"end_index"`
	Profile string `json:"profile"`
	Skills  []int  `json:"skills"`
	Shift   [2]int `json:"time_window"`
}

type fieldMatrix struct {
	Durations [][]int `json:"durations"`
}

const (
	fieldVisits      = 1_000
	fieldTechnicians = 125
	fieldSkills      = 8
	hour             = 3600
)

// drawField draws a case. Whole numbers only: it is the same on every machine.
func drawField(seed uint64, visits, technicians int) *field {
	g := rand.New(rand.NewPCG(seed, 0x6669656c64))
	a := drawArea(g)
	f := &field{}
	var places []point
	for i := range visits {
		f.Jobs = append(f.Jobs, drawJob(g, i+1, len(places)))
		places = append(places, a.draw(g))
	}
	for i := range technicians {
		f.Vehicles = append(f.Vehicles, drawVehicle(g, i+1, len(places)))
		places = append(places, a.draw(g))
	}
	f.Matrices = map[string]fieldMatrix{"car": {Durations: durations(places)}}
	return f
}

// skillShare is how many of a hundred technicians own each skill, and how visits ask for them: common ones often, rare ones rarely.
var skillShare = [fieldSkills]int{60, 50, 40, 30, 25, 20, 15, 10}

func drawJob(g *rand.Rand, id, place int) fieldJob {
	j := fieldJob{ID: id, Place: place, Service: 60 * []int{30, 45, 60, 60, 75, 90, 120, 150}[g.IntN(8)], Priority: g.IntN(101)}
	j.Skills = []int{drawSkill(g)}
	if g.IntN(100) < 40 {
		open := 8*hour + g.IntN(15)*hour/2 // the last one ends at 17 o'clock
		j.Windows = [][2]int{{open, open + 2*hour}}
	}
	return j
}

func drawSkill(g *rand.Rand) int {
	sum := 0
	for _, share := range skillShare {
		sum += share
	}
	n := g.IntN(sum)
	for skill, share := range skillShare {
		if n -= share; n < 0 {
			return skill
		}
	}
	return 0
}

func drawVehicle(g *rand.Rand, id, place int) fieldVehicle {
	v := fieldVehicle{ID: id, Start: place, End: place, Profile: "car"}
	for skill, share := range skillShare {
		if g.IntN(100) < share {
			v.Skills = append(v.Skills, skill)
		}
	}
	if len(v.Skills) == 0 {
		v.Skills = []int{drawSkill(g)}
	}
	start := 7*hour + g.IntN(3)*hour
	v.Shift = [2]int{start, start + 8*hour}
	return v
}

// point is a place on the map, in metres.
type point struct{ x, y int }

// area is a metropolis and the towns around it.
type area struct {
	towns  []point
	spread []int // metres from a town's middle to its edge
}

func drawArea(g *rand.Rand) *area {
	a := &area{towns: []point{{30_000, 30_000}}, spread: []int{12_000}}
	for range 14 {
		a.towns = append(a.towns, point{g.IntN(60_000), g.IntN(60_000)})
		a.spread = append(a.spread, 2_000+g.IntN(4_000))
	}
	return a
}

// draw puts one place of three into the metropolis and the others into towns, denser towards their middles.
func (a *area) draw(g *rand.Rand) point {
	town := 0
	if g.IntN(3) > 0 {
		town = 1 + g.IntN(len(a.towns)-1)
	}
	off := func() int { return (g.IntN(2*a.spread[town]) + g.IntN(2*a.spread[town]) - 2*a.spread[town]) / 2 }
	return point{a.towns[town].x + off(), a.towns[town].y + off()}
}

// durations drives at 45 km/h on roads that are 1.3 times as long as the straight line, and takes two minutes to park.
func durations(places []point) [][]int {
	out := make([][]int, len(places))
	for i, from := range places {
		out[i] = make([]int, len(places))
		for j, to := range places {
			if i == j {
				continue
			}
			dx, dy := from.x-to.x, from.y-to.y
			metres := int(math.Sqrt(float64(dx*dx + dy*dy)))
			out[i][j] = 120 + metres*13*36/(10*450)
		}
	}
	return out
}
