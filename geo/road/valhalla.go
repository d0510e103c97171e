package road

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"tournee/geo"
)

// valhalla is the dialect of Valhalla's matrix service (valhalla.github.io, "Time-Distance Matrix service").
type valhalla struct{}

// costings are what Valhalla calls the transports.
var costings = map[geo.Mode]string{geo.Car: "auto", geo.Bike: "bicycle", geo.Foot: "pedestrian"}

func (valhalla) defaultModes() []geo.Mode { return []geo.Mode{geo.Car, geo.Bike, geo.Foot} }

func (valhalla) timed() bool { return true }

type valhallaAsk struct {
	Sources  []valhallaPlace `json:"sources"`
	Targets  []valhallaPlace `json:"targets"`
	Costing  string          `json:"costing"`
	Units    string          `json:"units"`
	Verbose  bool            `json:"verbose"` // false asks for the short form; versions before 3.3 answer the long one all the same
	DateTime *valhallaTime   `json:"date_time,omitempty"`
}

type valhallaPlace struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

type valhallaTime struct {
	Type  int    `json:"type"`  // 1: leaving at
	Value string `json:"value"` // local
}

func (valhalla) request(ctx context.Context, base *url.URL, ask question) (*http.Request, error) {
	body := valhallaAsk{Sources: valhallaPlaces(ask.from), Targets: valhallaPlaces(ask.to), Costing: costings[ask.mode], Units: "kilometers"}
	if !ask.leave.IsZero() {
		body.DateTime = &valhallaTime{Type: 1, Value: ask.leave.Format("2006-01-02T15:04")}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base.JoinPath("sources_to_targets").String(), bytes.NewReader(text))
	if err == nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, err
}

func valhallaPlaces(positions []geo.Position) []valhallaPlace {
	places := make([]valhallaPlace, len(positions))
	for i, p := range positions {
		places[i] = valhallaPlace(p)
	}
	return places
}

// kilometre and mile are the lengths of Valhalla's units in metres.
const (
	kilometre = 1000
	mile      = 1609.344
)

func (valhalla) parse(body []byte, rows, columns int) ([]geo.Leg, error) {
	var answer struct {
		Units string          `json:"units"`
		Table json.RawMessage `json:"sources_to_targets"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, &Error{Malformed, fmt.Errorf("the answer is not a table: %w", err)}
	}
	unit := float64(kilometre)
	if answer.Units == "miles" {
		unit = mile
	}
	table := bytes.TrimLeft(answer.Table, " \t\r\n")
	if len(table) > 0 && table[0] == '[' {
		return parseLong(table, rows, columns, unit)
	}
	var short struct {
		Durations [][]*float64 `json:"durations"` // seconds
		Distances [][]*float64 `json:"distances"` // in the unit
	}
	if err := json.Unmarshal(table, &short); err != nil {
		return nil, &Error{Malformed, fmt.Errorf("the answer is not a table: %w", err)}
	}
	return legs(short.Durations, short.Distances, rows, columns, unit)
}

// parseLong reads the form with an object for each journey.
func parseLong(table []byte, rows, columns int, unit float64) ([]geo.Leg, error) {
	var long [][]struct {
		Time     *float64 `json:"time"`
		Distance *float64 `json:"distance"`
	}
	if err := json.Unmarshal(table, &long); err != nil {
		return nil, &Error{Malformed, fmt.Errorf("the answer is not a table: %w", err)}
	}
	durations, distances := make([][]*float64, len(long)), make([][]*float64, len(long))
	for i, row := range long {
		for _, journey := range row {
			durations[i], distances[i] = append(durations[i], journey.Time), append(distances[i], journey.Distance)
		}
	}
	return legs(durations, distances, rows, columns, unit)
}
