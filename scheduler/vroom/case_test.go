package vroom_test

import (
	"encoding/json"

	"pgregory.net/rapid"
)

// A case of VROOM's, as these tests write it and read it back: independent of
// the package's own types.
type (
	jobCase struct {
		ID             uint64           `json:"id"`
		Description    string           `json:"description,omitempty"`
		Location       int              `json:"location_index"`
		Setup          int64            `json:"setup,omitempty"`
		Service        int64            `json:"service,omitempty"`
		SetupPerType   map[string]int64 `json:"setup_per_type,omitempty"`
		ServicePerType map[string]int64 `json:"service_per_type,omitempty"`
		Delivery       []int64          `json:"delivery,omitempty"`
		Pickup         []int64          `json:"pickup,omitempty"`
		Skills         []int            `json:"skills,omitempty"`
		Priority       int              `json:"priority,omitempty"`
		TimeWindows    [][2]int64       `json:"time_windows,omitempty"`
	}
	breakCase struct {
		ID          uint64     `json:"id"`
		Service     int64      `json:"service,omitempty"`
		TimeWindows [][2]int64 `json:"time_windows,omitempty"`
		MaxLoad     []int64    `json:"max_load,omitempty"`
	}
	costsCase struct {
		Fixed   int64 `json:"fixed"`
		PerHour int64 `json:"per_hour"`
		PerKm   int64 `json:"per_km"`
	}
	vehicleCase struct {
		ID          uint64      `json:"id"`
		Profile     string      `json:"profile,omitempty"`
		Start       *int        `json:"start_index,omitempty"`
		End         *int        `json:"end_index,omitempty"`
		Capacity    []int64     `json:"capacity,omitempty"`
		Skills      []int       `json:"skills,omitempty"`
		TimeWindow  *[2]int64   `json:"time_window,omitempty"`
		Breaks      []breakCase `json:"breaks,omitempty"`
		Costs       *costsCase  `json:"costs,omitempty"`
		Type        string      `json:"type,omitempty"`
		Speed       float64     `json:"speed_factor,omitempty"`
		MaxTasks    *int        `json:"max_tasks,omitempty"`
		MaxTravel   int64       `json:"max_travel_time,omitempty"`
		MaxDistance int64       `json:"max_distance,omitempty"`
	}
	matrixCase struct {
		Durations [][]int64 `json:"durations"`
		Distances [][]int64 `json:"distances,omitempty"`
		Costs     [][]int64 `json:"costs,omitempty"`
	}
	inputCase struct {
		Jobs     []jobCase             `json:"jobs"`
		Vehicles []vehicleCase         `json:"vehicles"`
		Matrices map[string]matrixCase `json:"matrices"`
	}
)

func (c *inputCase) text() string {
	out, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// drawCase draws a day of a few jobs and vehicles with everything mixed. Times
// are relative, or Unix seconds.
func drawCase(t *rapid.T) *inputCase {
	places := rapid.IntRange(1, 5).Draw(t, "places")
	dims := rapid.IntRange(0, 2).Draw(t, "dimensions")
	base := rapid.SampledFrom([]int64{0, 0, 1_750_000_000}).Draw(t, "base")
	c := &inputCase{Jobs: []jobCase{}, Matrices: map[string]matrixCase{"car": drawMatrix(t, places, true), "toll road": drawMatrix(t, places, false)}}
	toll := c.Matrices["toll road"]
	toll.Costs = drawSquare(t, places, 5000)
	c.Matrices["toll road"] = toll
	for i := range rapid.IntRange(1, 3).Draw(t, "vehicles") {
		c.Vehicles = append(c.Vehicles, drawVehicle(t, uint64(i*7+1), places, dims, base))
	}
	for i := range rapid.IntRange(0, 7).Draw(t, "jobs") {
		c.Jobs = append(c.Jobs, drawJob(t, uint64(i*3+1), places, dims, base))
	}
	return c
}

func drawMatrix(t *rapid.T, places int, measured bool) matrixCase {
	m := matrixCase{Durations: drawSquare(t, places, 4000)}
	if measured {
		m.Distances = drawSquare(t, places, 40_000)
	}
	return m
}

func drawSquare(t *rapid.T, n, most int) [][]int64 {
	out := make([][]int64, n)
	for i := range out {
		for j := range n {
			d := rapid.Int64Range(0, int64(most)).Draw(t, "entry")
			if i == j {
				d = 0
			}
			out[i] = append(out[i], d)
		}
	}
	return out
}

func maybe(t *rapid.T, what string) bool { return rapid.IntRange(0, 3).Draw(t, what) == 0 }

func drawWindow(t *rapid.T, base int64, from, to int) [2]int64 {
	open := rapid.IntRange(from, to).Draw(t, "open")
	return [2]int64{base + int64(open), base + int64(open+rapid.IntRange(0, 7200).Draw(t, "length"))}
}

func drawVehicle(t *rapid.T, id uint64, places, dims int, base int64) vehicleCase {
	at := func() *int {
		p := rapid.IntRange(0, places-1).Draw(t, "place")
		return &p
	}
	v := vehicleCase{ID: id, Start: at(), End: at(), Type: rapid.SampledFrom([]string{"", "van", "bike"}).Draw(t, "type")}
	switch rapid.IntRange(0, 4).Draw(t, "ends") {
	case 0:
		v.Start = nil
	case 1:
		v.End = nil
	}
	if !maybe(t, "no hours") {
		v.TimeWindow = &[2]int64{base, base + int64(rapid.IntRange(10_000, 40_000).Draw(t, "hours"))}
	}
	v.Skills = rapid.SampledFrom([][]int{nil, {1}, {1, 2}}).Draw(t, "skills")
	for range dims {
		v.Capacity = append(v.Capacity, rapid.Int64Range(0, 6).Draw(t, "capacity"))
	}
	if maybe(t, "breaks") {
		v.Breaks = append(v.Breaks, breakCase{ID: 3, Service: 1200, TimeWindows: [][2]int64{{base + 4000, base + 6500}}})
		if maybe(t, "or later") {
			v.Breaks[0].TimeWindows = append(v.Breaks[0].TimeWindows, [2]int64{base + 7000, base + 7800})
		}
		if maybe(t, "nearly empty") {
			for range dims {
				v.Breaks[0].MaxLoad = append(v.Breaks[0].MaxLoad, rapid.Int64Range(0, 3).Draw(t, "most"))
			}
		}
		if maybe(t, "two breaks") {
			v.Breaks = append(v.Breaks, breakCase{ID: 2, Service: 300, TimeWindows: [][2]int64{{base + 5000, base + 8700}}})
		}
	}
	switch rapid.IntRange(0, 3).Draw(t, "costs") {
	case 0:
		v.Costs = &costsCase{rapid.Int64Range(0, 900).Draw(t, "fixed"), rapid.Int64Range(0, 9000).Draw(t, "hour"), rapid.Int64Range(0, 300).Draw(t, "km")}
	case 1:
		v.Profile = "toll road"
	}
	if maybe(t, "speed") {
		v.Speed = rapid.SampledFrom([]float64{0.5, 0.77, 1.3, 5}).Draw(t, "factor")
	}
	if maybe(t, "tasks") {
		n := rapid.IntRange(0, 3).Draw(t, "most")
		v.MaxTasks = &n
	}
	if maybe(t, "travel") {
		v.MaxTravel = rapid.Int64Range(1, 12_000).Draw(t, "most")
	}
	if v.Profile == "" && maybe(t, "distance") {
		v.MaxDistance = rapid.Int64Range(1, 120_000).Draw(t, "most")
	}
	return v
}

func drawJob(t *rapid.T, id uint64, places, dims int, base int64) jobCase {
	j := jobCase{
		ID: id, Location: rapid.IntRange(0, places-1).Draw(t, "place"),
		Service:  rapid.Int64Range(0, 3600).Draw(t, "service"),
		Priority: rapid.SampledFrom([]int{0, 0, 1, 50, 100}).Draw(t, "priority"),
		Skills:   rapid.SampledFrom([][]int{nil, nil, {1}, {2}, {9}}).Draw(t, "skills"),
	}
	if maybe(t, "setup") {
		j.Setup = 600
		j.SetupPerType = map[string]int64{"van": 200}
	}
	if maybe(t, "per type") {
		j.ServicePerType = map[string]int64{"bike": 900, "plane": 1}
	}
	if maybe(t, "windows") {
		j.TimeWindows = append(j.TimeWindows, drawWindow(t, base, 0, 9000))
		if maybe(t, "more windows") {
			j.TimeWindows = append(j.TimeWindows, drawWindow(t, base, 17_000, 25_000))
		}
	}
	for d := range dims {
		amount := rapid.Int64Range(0, 3).Draw(t, "amount")
		if maybe(t, "both") {
			j.Delivery, j.Pickup = append(j.Delivery, amount), append(j.Pickup, rapid.Int64Range(0, 3).Draw(t, "pickup"))
			continue
		}
		j.Delivery, j.Pickup = append(j.Delivery, 0), append(j.Pickup, 0)
		if d == 0 {
			j.Delivery[d] = amount
		} else {
			j.Pickup[d] = amount
		}
	}
	return j
}
