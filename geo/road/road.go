// Package road asks a road engine how long journeys take: OSRM's table service or Valhalla's matrix, over HTTP. It uses the standard
// library only. Nobody may ask it while somebody waits for an answer: what it says is learnt beforehand (dispatch.LearnTravel).
package road

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tournee/geo"
)

// DefaultCoordinates is how many places one request names at most, sources and destinations together. Both engines answer 100 as they come:
// OSRM's --max-table-size is 100, and Valhalla's max_matrix_location_pairs is 2,500, fifty by fifty.
const DefaultCoordinates = 100

// Config configures a Client.
type Config struct {
	// URL is where the engine is and which dialect it speaks: osrm+http://host:5000, valhalla+https://host/path, or a plain http or https URL
	// for OSRM. A query may say more: modes=car,bike,foot, which transports the engine has maps for, by default the car alone for
	// OSRM (an osrm-routed holds one profile and answers every other name with it) and all three for Valhalla; hours=8,12,17, the
	// local hours at which Valhalla is also asked, for one that knows predicted traffic.
	URL string
	// Coordinates bounds one request, see DefaultCoordinates, which 0 stands for; at least 2.
	Coordinates int
	// Timeout bounds each request; 10 s by default.
	Timeout time.Duration
	// HTTP makes the requests; http.DefaultClient by default.
	HTTP *http.Client
	// Now tells the time for the circuit breaker; time.Now by default.
	Now func() time.Time
}

// Client asks one road engine. It is safe for concurrent use.
type Client struct {
	dialect dialect
	base    *url.URL
	modes   []geo.Mode
	hours   []int
	side    int // of a block: so many sources by so many destinations
	timeout time.Duration
	http    *http.Client
	breaker breaker
}

// dialect is how one engine is asked and what it answers.
type dialect interface {
	request(ctx context.Context, base *url.URL, ask question) (*http.Request, error)
	parse(body []byte, rows, columns int) ([]geo.Leg, error)
	defaultModes() []geo.Mode
	timed() bool // knows how traffic varies over the day
}

// question is one block of a table.
type question struct {
	mode     geo.Mode
	from, to []geo.Position
	leave    time.Time // local; zero: whatever the hour
}

// New makes a client, which connects only when it is asked. All faults of the configuration are told at once.
func New(c Config) (*Client, error) {
	client := &Client{timeout: c.Timeout, http: c.HTTP, side: c.Coordinates / 2, breaker: breaker{now: c.Now}}
	var faults []error
	fault := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(c.Timeout >= 0, "road engine timeout %v is negative", c.Timeout)
	fault(c.Coordinates == 0 || c.Coordinates >= 2, "%d coordinates: a request names two places at least", c.Coordinates)
	if c.Coordinates == 0 {
		client.side = DefaultCoordinates / 2
	}
	if c.Timeout == 0 {
		client.timeout = 10 * time.Second
	}
	if client.http == nil {
		client.http = http.DefaultClient
	}
	if client.breaker.now == nil {
		client.breaker.now = time.Now
	}
	faults = append(faults, client.readURL(c.URL))
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return client, nil
}

// readURL reads the address, the dialect and what the query says of the engine. Faults do not repeat the URL: it may hold a password.
func (c *Client) readURL(text string) error {
	base, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || base.Host == "" {
		return errors.New("the road engine's address is not a URL")
	}
	name, scheme, named := strings.Cut(base.Scheme, "+")
	if !named {
		name, scheme = "osrm", base.Scheme
	}
	if scheme != "http" && scheme != "https" {
		return errors.New("the road engine's address begins with http, https, osrm+http, osrm+https, valhalla+http or valhalla+https")
	}
	switch name {
	case "osrm":
		c.dialect = osrm{}
	case "valhalla":
		c.dialect = valhalla{}
	default:
		return fmt.Errorf("no road engine speaks %q: want osrm or valhalla", name)
	}
	query := base.Query()
	base.Scheme, base.RawQuery, base.Fragment = scheme, "", ""
	c.base, c.modes = base, c.dialect.defaultModes()
	return c.readQuery(query)
}

func (c *Client) readQuery(query url.Values) error {
	var faults []error
	for key := range query {
		if key != "modes" && key != "hours" {
			faults = append(faults, fmt.Errorf("the road engine's address takes modes and hours, not %q", key))
		}
	}
	if list := query.Get("modes"); list != "" {
		c.modes = nil
		for name := range strings.SplitSeq(list, ",") {
			mode, err := geo.ParseMode(name)
			if err != nil || mode == geo.PublicTransport {
				faults = append(faults, fmt.Errorf("a road engine's modes are car, bike and foot, not %q", name))
			}
			c.modes = append(c.modes, mode)
		}
	}
	if list := query.Get("hours"); list != "" {
		if !c.dialect.timed() {
			faults = append(faults, errors.New("OSRM's table knows no hours; leave hours away"))
		}
		for text := range strings.SplitSeq(list, ",") {
			hour, err := strconv.Atoi(text)
			if err != nil || hour < 0 || hour > 23 {
				faults = append(faults, fmt.Errorf("the road engine's hours are 0 to 23, not %q", text))
			}
			c.hours = append(c.hours, hour)
		}
	}
	return errors.Join(faults...)
}

// Modes are the means of transport that the engine has maps for. Nobody asks a road engine about public transport: the estimator keeps it.
func (c *Client) Modes() []geo.Mode { return slices.Clone(c.modes) }

// Hours are the local hours at which the engine knows the traffic; none for an engine that knows free flow alone.
func (c *Client) Hours() []int { return slices.Clone(c.hours) }

// Table is the journeys from every source to every destination, row by row: from i to j is at i*len(to)+j. Leave, if not zero, is the local
// time of leaving, for an engine that has Hours. The table is asked for in blocks, one after another; the first fault ends it. Errors are *Error.
func (c *Client) Table(ctx context.Context, mode geo.Mode, from, to []geo.Position, leave time.Time) ([]geo.Leg, error) {
	if !slices.Contains(c.modes, mode) {
		return nil, &Error{Refused, fmt.Errorf("the road engine has no map for %v", mode)}
	}
	table := make([]geo.Leg, len(from)*len(to))
	for i := 0; i < len(from); i += c.side {
		rows := from[i:min(i+c.side, len(from))]
		for j := 0; j < len(to); j += c.side {
			columns := to[j:min(j+c.side, len(to))]
			block, err := c.guarded(ctx, question{mode: mode, from: rows, to: columns, leave: leave})
			if err != nil {
				return nil, err
			}
			for r := range rows {
				copy(table[(i+r)*len(to)+j:], block[r*len(columns):(r+1)*len(columns)])
			}
		}
	}
	return table, nil
}

// guarded asks unless the breaker is open, and tells the breaker how it went.
func (c *Client) guarded(ctx context.Context, ask question) ([]geo.Leg, error) {
	if !c.breaker.allow() {
		return nil, &Error{Resting, errors.New("it failed lately and is not asked for a while")}
	}
	legs, err := c.ask(ctx, ask)
	switch {
	case err != nil && ctx.Err() != nil:
		c.breaker.forgive() // the caller gave up: that says nothing about the engine
		return nil, &Error{GivenUp, ctx.Err()}
	case err != nil && KindOf(err) != Refused:
		c.breaker.failed()
	default:
		c.breaker.worked()
	}
	return legs, err
}
