package road

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tournee/geo"
)

// osrm is the HTTP dialect of OSRM's table service, version 1 (project-osrm.org, "HTTP API", "Table service").
type osrm struct{}

// osrmProfiles are the names of the profiles that OSRM comes with. A plain osrm-routed ignores them; one behind a proxy is chosen by them.
var osrmProfiles = map[geo.Mode]string{geo.Car: "car", geo.Bike: "bike", geo.Foot: "foot"}

func (osrm) defaultModes() []geo.Mode { return []geo.Mode{geo.Car} }

func (osrm) timed() bool { return false }

func (osrm) request(ctx context.Context, base *url.URL, ask question) (*http.Request, error) {
	var coordinates, sources, destinations []string
	for i, p := range ask.from {
		coordinates, sources = append(coordinates, coordinate(p)), append(sources, strconv.Itoa(i))
	}
	for j, p := range ask.to {
		coordinates, destinations = append(coordinates, coordinate(p)), append(destinations, strconv.Itoa(len(ask.from)+j))
	}
	// Semicolons and commas stay as they are: some versions do not decode the path.
	target := *base
	target.Path += "/table/v1/" + osrmProfiles[ask.mode] + "/" + strings.Join(coordinates, ";")
	target.RawPath = ""
	target.RawQuery = "annotations=duration,distance&sources=" + strings.Join(sources, ";") + "&destinations=" + strings.Join(destinations, ";")
	return http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
}

// coordinate is longitude and latitude in degrees, to about a decimetre.
func coordinate(p geo.Position) string {
	return strconv.FormatFloat(p.Lon, 'f', 6, 64) + "," + strconv.FormatFloat(p.Lat, 'f', 6, 64)
}

// osrmTable is the part of an answer that is read.
type osrmTable struct {
	Code      string       `json:"code"`
	Durations [][]*float64 `json:"durations"` // seconds; null where no way leads
	Distances [][]*float64 `json:"distances"` // metres
}

func (osrm) parse(body []byte, rows, columns int) ([]geo.Leg, error) {
	var table osrmTable
	if err := json.Unmarshal(body, &table); err != nil {
		return nil, &Error{Malformed, fmt.Errorf("the answer is not a table: %w", err)}
	}
	if table.Code != "Ok" {
		return nil, &Error{Refused, fmt.Errorf("it answers the code %.40q", table.Code)}
	}
	return legs(table.Durations, table.Distances, rows, columns, 1)
}
