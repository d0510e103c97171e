package road

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"tournee/geo"
)

// largestBody bounds an answer, in bytes: fifty by fifty journeys take some 60 kB, and OSRM's list of places 20 kB more.
const largestBody = 4 << 20

// farthest bounds what is believed, in seconds and in metres: a year, and ten times round the Earth.
const farthest = 4e8

// ask makes one request, within the timeout.
func (c *Client) ask(ctx context.Context, ask question) ([]geo.Leg, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := c.dialect.request(ctx, c.base, ask)
	if err != nil {
		return nil, &Error{Refused, err}
	}
	request.Header.Set("Accept", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, &Error{Unavailable, withoutAddress(err)}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, largestBody+1))
	if err != nil {
		return nil, &Error{Unavailable, fmt.Errorf("reading the answer: %w", err)}
	}
	switch code := response.StatusCode; {
	case code == http.StatusTooManyRequests || code >= 500:
		return nil, &Error{Unavailable, fmt.Errorf("it answers %s", response.Status)}
	case code >= 400:
		return nil, &Error{Refused, fmt.Errorf("it answers %s", response.Status)}
	case code != http.StatusOK:
		return nil, &Error{Malformed, fmt.Errorf("it answers %s", response.Status)}
	}
	if len(body) > largestBody {
		return nil, &Error{Malformed, fmt.Errorf("the answer is longer than %d bytes", largestBody)}
	}
	return c.dialect.parse(body, len(ask.from), len(ask.to))
}

// withoutAddress drops the URL from an HTTP client's error: it holds places and may hold a password, and errors are logged.
func withoutAddress(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err
	}
	return err
}

// legs joins two matrices of the size asked for; unit is how many metres a distance of 1 is. A journey without a time or a
// length is unreachable.
func legs(durations, distances [][]*float64, rows, columns int, unit float64) ([]geo.Leg, error) {
	if len(durations) != rows || len(distances) != rows {
		return nil, malformed("%d rows of times and %d of lengths, want %d", len(durations), len(distances), rows)
	}
	out := make([]geo.Leg, 0, rows*columns)
	for i := range durations {
		if len(durations[i]) != columns || len(distances[i]) != columns {
			return nil, malformed("a row of %d times and %d lengths, want %d", len(durations[i]), len(distances[i]), columns)
		}
		for j := range durations[i] {
			leg, err := legOf(durations[i][j], distances[i][j], unit)
			if err != nil {
				return nil, err
			}
			out = append(out, leg)
		}
	}
	return out, nil
}

func legOf(seconds, distance *float64, unit float64) (geo.Leg, error) {
	if seconds == nil || distance == nil {
		return geo.Leg{}, nil
	}
	leg := geo.Leg{Seconds: *seconds, Metres: *distance * unit, Reachable: true}
	if !(leg.Seconds >= 0 && leg.Seconds <= farthest && leg.Metres >= 0 && leg.Metres <= farthest) {
		return geo.Leg{}, malformed("a journey of %g s and %g m", leg.Seconds, leg.Metres)
	}
	return leg, nil
}

func malformed(format string, args ...any) error {
	return &Error{Malformed, fmt.Errorf("the answer is not a table: "+format, args...)}
}
