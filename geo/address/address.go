// Package address turns addresses into positions and back. It asks a service that speaks the dialect of the French national
// address API (Base Adresse Nationale, adresse.data.gouv.fr), and falls back to the centre of the commune.
package address

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tournee/geo"
	"tournee/geo/commune"
)

// ErrNotFound is wrapped when neither the service nor the communes of France know the address.
var ErrNotFound = errors.New("address not found")

// Precision tells what a position is the position of.
type Precision string

// The precisions, finest first. Street is somewhere on the street, Locality a hamlet or a named place.
const (
	HouseNumber Precision = "housenumber"
	Street      Precision = "street"
	Locality    Precision = "locality"
	Commune     Precision = "commune"
)

// Query is an address as a person writes it. Text is the number and the street; any field may be empty, though not all.
type Query struct {
	Text     string
	Postcode string
	City     string
}

// Result is where an address is.
type Result struct {
	Position  geo.Position
	Precision Precision
	// Score is the service's confidence, 0 to 1; 0 when the position is the commune's from the built-in list.
	Score float64
	// Label is the address as it should be written.
	Label    string
	Postcode string
	City     string
	// CityCode is the commune's INSEE code.
	CityCode string
	// Placement qualifies a commune's position from the built-in list; see commune.Placement.
	Placement commune.Placement
	// Cause is why the service's answer was not used, when Position is from the built-in list; nil when no service is configured.
	Cause error
}

// Config configures a Geocoder.
type Config struct {
	// BaseURL is the service's address, before search/ and reverse/; empty for the built-in list of communes alone.
	BaseURL string
	// Timeout bounds a look-up, retry included; 3 s by default.
	Timeout time.Duration
	// MinScore is the lowest score that is believed; 0.5 by default. Below it the service has mostly matched another street.
	MinScore float64
	// HTTP makes the requests; http.DefaultClient by default.
	HTTP *http.Client
}

// Geocoder turns addresses into positions and back. It is safe for concurrent use.
type Geocoder struct {
	base     *url.URL
	timeout  time.Duration
	minScore float64
	http     *http.Client
	communes *commune.Directory
}

// New makes a geocoder. A base URL that is not an absolute http or https URL, a negative timeout, and a score outside
// 0 to 1 are refused, all faults at once.
func New(c Config) (*Geocoder, error) {
	g := &Geocoder{timeout: c.Timeout, minScore: c.MinScore, http: c.HTTP, communes: commune.France()}
	var faults []error
	if c.BaseURL != "" {
		base, err := url.Parse(strings.TrimRight(c.BaseURL, "/") + "/")
		if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
			faults = append(faults, fmt.Errorf("geocoder address %q is not an http or https URL", c.BaseURL))
		}
		g.base = base
	}
	if c.Timeout < 0 {
		faults = append(faults, fmt.Errorf("geocoder timeout %v is negative", c.Timeout))
	}
	if !(c.MinScore >= 0 && c.MinScore <= 1) {
		faults = append(faults, fmt.Errorf("geocoder score %g is outside 0 to 1", c.MinScore))
	}
	if g.timeout == 0 {
		g.timeout = 3 * time.Second
	}
	if g.minScore == 0 {
		g.minScore = 0.5
	}
	if g.http == nil {
		g.http = http.DefaultClient
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return g, nil
}

// Locate is where an address is: the service's best answer if it scores enough, else the commune's centre. The error wraps ErrNotFound when
// there is neither, commune.ErrAmbiguous when only a postal code could tell; or is the context's when the caller gave up.
func (g *Geocoder) Locate(ctx context.Context, q Query) (Result, error) {
	var cause error
	if g.base != nil {
		result, err := g.search(ctx, q)
		if err == nil {
			return result, nil
		}
		if ctx.Err() != nil {
			return Result{}, fmt.Errorf("look up an address: %w", ctx.Err())
		}
		cause = err
	}
	found, err := g.communes.Find(q.Postcode, q.City)
	if errors.Is(err, commune.ErrAmbiguous) {
		return Result{}, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	if err != nil {
		return Result{}, errors.Join(fmt.Errorf("%w: %q, postal code %q, city %q", ErrNotFound, clip(q.Text), clip(q.Postcode), clip(q.City)), cause)
	}
	return centre(found, q.Postcode, cause), nil
}

// farthest is how far from a commune's centre, in metres, a position may still be said to lie in it.
const farthest = 30_000

// Reverse is the address nearest to a valid position; without a service, or when it fails, the commune with the nearest centre. The error wraps
// ErrNotFound far from France, or is the context's when the caller gave up.
func (g *Geocoder) Reverse(ctx context.Context, p geo.Position) (Result, error) {
	if err := p.Validate(); err != nil {
		return Result{}, err
	}
	var cause error
	if g.base != nil {
		result, err := g.reverse(ctx, p)
		if err == nil {
			return result, nil
		}
		if ctx.Err() != nil {
			return Result{}, fmt.Errorf("look up the address of a position: %w", ctx.Err())
		}
		cause = err
	}
	nearest := g.communes.Nearest(p)
	if geo.Distance(p, nearest.Position) > farthest {
		return Result{}, errors.Join(fmt.Errorf("%w: no commune of France is near %v", ErrNotFound, p), cause)
	}
	return centre(nearest, "", cause), nil
}

// centre is the result for a commune from the built-in list. The postal code is the one asked for, if the commune has it, else its first.
func centre(c commune.Commune, asked string, cause error) Result {
	result := Result{
		Position: c.Position, Precision: Commune, Postcode: c.Postcodes[0], City: c.Name, CityCode: c.Code,
		Placement: c.Placement, Cause: cause,
	}
	for _, postcode := range c.Postcodes {
		if postcode == asked {
			result.Postcode = asked
		}
	}
	result.Label = result.Postcode + " " + c.Name
	return result
}

// clip shortens what a person wrote, for an error.
func clip(s string) string {
	const most = 80
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most]) + "…"
}
