package address

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tournee/geo"
)

const (
	longestQuery = 200     // characters: the API refuses more
	largestBody  = 1 << 20 // bytes: an answer of five features has about five thousand
	attempts     = 2
)

// collection is the part of the API's GeoJSON FeatureCollection that is read.
type collection struct {
	Features []feature `json:"features"`
}

type feature struct {
	Geometry struct {
		Coordinates []float64 `json:"coordinates"` // longitude, latitude
	} `json:"geometry"`
	Properties struct {
		Label    string  `json:"label"`
		Score    float64 `json:"score"`
		Type     string  `json:"type"`
		Postcode string  `json:"postcode"`
		City     string  `json:"city"`
		CityCode string  `json:"citycode"`
	} `json:"properties"`
}

// precisions are those of the API's types.
var precisions = map[string]Precision{
	"housenumber": HouseNumber, "street": Street, "locality": Locality, "municipality": Commune,
}

// parameters are the query as the API takes it.
func (q Query) parameters() url.Values {
	parameters := url.Values{"q": {shorten(strings.Join(strings.Fields(q.Text+" "+q.Postcode+" "+q.City), " "))}, "limit": {"5"}}
	if postcode := strings.ReplaceAll(q.Postcode, " ", ""); postcode != "" {
		parameters.Set("postcode", postcode)
	}
	return parameters
}

func (g *Geocoder) search(ctx context.Context, q Query) (Result, error) {
	found, err := g.ask(ctx, "search/", q.parameters())
	if err != nil {
		return Result{}, err
	}
	best := 0.0
	for _, f := range found.Features {
		result, ok := f.result()
		if ok && result.Score >= g.minScore {
			return result, nil
		}
		best = max(best, f.Properties.Score)
	}
	return Result{}, fmt.Errorf("the geocoder's best of %d answers scores %.2f, below %.2f", len(found.Features), best, g.minScore)
}

func (g *Geocoder) reverse(ctx context.Context, p geo.Position) (Result, error) {
	found, err := g.ask(ctx, "reverse/", url.Values{
		"lat": {strconv.FormatFloat(p.Lat, 'f', 7, 64)}, "lon": {strconv.FormatFloat(p.Lon, 'f', 7, 64)}, "limit": {"1"},
	})
	if err != nil {
		return Result{}, err
	}
	for _, f := range found.Features {
		if result, ok := f.result(); ok {
			return result, nil
		}
	}
	return Result{}, errors.New("the geocoder knows no address near the position")
}

// result is not ok for a feature of an unknown type or without a position.
func (f feature) result() (Result, bool) {
	precision, known := precisions[f.Properties.Type]
	if !known || len(f.Geometry.Coordinates) != 2 {
		return Result{}, false
	}
	position := geo.Position{Lat: f.Geometry.Coordinates[1], Lon: f.Geometry.Coordinates[0]}
	return Result{
		Position: position, Precision: precision, Score: f.Properties.Score, Label: f.Properties.Label,
		Postcode: f.Properties.Postcode, City: f.Properties.City, CityCode: f.Properties.CityCode,
	}, position.Validate() == nil
}

// ask makes the request, once more if the service fails, within the timeout.
func (g *Geocoder) ask(ctx context.Context, path string, parameters url.Values) (found collection, err error) {
	ctx, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	target := g.base.JoinPath(path)
	target.RawQuery = parameters.Encode()
	for range attempts {
		var again bool
		found, again, err = g.fetch(ctx, target.String())
		if err == nil || !again || ctx.Err() != nil {
			break
		}
	}
	return found, err
}

// fetch makes one request. Another one may help after a failed connection or a server's error, never after a refusal.
func (g *Geocoder) fetch(ctx context.Context, target string) (found collection, again bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return found, false, fmt.Errorf("geocoder: %w", err)
	}
	request.Header.Set("Accept", "application/json")
	response, err := g.http.Do(request)
	if err != nil {
		return found, true, fmt.Errorf("geocoder: %w", withoutAddress(err))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return found, response.StatusCode >= 500, fmt.Errorf("geocoder: it answers %s", response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, largestBody+1))
	if err != nil {
		return found, true, fmt.Errorf("geocoder: read the answer: %w", err)
	}
	if len(body) > largestBody {
		return found, false, fmt.Errorf("geocoder: the answer is longer than %d bytes", largestBody)
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return found, false, fmt.Errorf("geocoder: the answer is not a GeoJSON FeatureCollection: %w", err)
	}
	return found, false, nil
}

// withoutAddress drops the URL from an HTTP client's error: it holds somebody's address, and errors are logged.
func withoutAddress(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err
	}
	return err
}

// shorten cuts a query at the end of a word so that the API accepts it.
func shorten(q string) string {
	runes := []rune(strings.ToValidUTF8(q, " "))
	if len(runes) <= longestQuery {
		return string(runes)
	}
	cut := string(runes[:longestQuery])
	if space := strings.LastIndexByte(cut, ' '); space > 0 {
		cut = cut[:space]
	}
	return cut
}
