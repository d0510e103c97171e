package dispatchtest

import (
	"context"
	"sync"
	"time"

	"tournee/dispatch"
	"tournee/geo"
)

// Clock is the World's time: it stands still until a test moves it. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is the present moment.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the time to an instant.
func (c *Clock) Set(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = to
}

// Advance moves the time on.
func (c *Clock) Advance(by time.Duration) { c.Set(c.Now().Add(by)) }

// Sent is one attempt to send a notice.
type Sent struct {
	Notice dispatch.Notice
	Tokens []string
}

// Sender keeps what it was asked to send. It is safe for concurrent use.
type Sender struct {
	mu     sync.Mutex
	sent   []Sent
	answer func(dispatch.Notice, []string) ([]dispatch.Delivery, time.Duration, error)
}

// Send implements dispatch.Sender: everything is delivered, unless the test said otherwise with Answer.
func (s *Sender) Send(_ context.Context, n dispatch.Notice, tokens []string) ([]dispatch.Delivery, time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, Sent{Notice: n, Tokens: tokens})
	if s.answer != nil {
		return s.answer(n, tokens)
	}
	deliveries := make([]dispatch.Delivery, len(tokens))
	for i, token := range tokens {
		deliveries[i] = dispatch.Delivery{Token: token, State: dispatch.Delivered}
	}
	return deliveries, 0, nil
}

// Answer makes Send answer with fn; nil: everything is delivered again.
func (s *Sender) Answer(fn func(dispatch.Notice, []string) ([]dispatch.Delivery, time.Duration, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = fn
}

// Sent lists the attempts so far, oldest first.
func (s *Sender) Sent() []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Sent(nil), s.sent...)
}

// Geocoder knows the addresses that it was told, by street and postal code, and no other. It is safe for concurrent use.
type Geocoder struct {
	mu    sync.Mutex
	known map[[2]string]located
	fails error
}

type located struct {
	position  geo.Position
	precision dispatch.Precision
}

// Know tells the geocoder where an address is.
func (g *Geocoder) Know(street, postalCode string, at geo.Position, precision dispatch.Precision) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known == nil {
		g.known = map[[2]string]located{}
	}
	g.known[[2]string{street, postalCode}] = located{at, precision}
}

// Fail makes every look-up fail with err; nil: they work again.
func (g *Geocoder) Fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fails = err
}

// Locate implements dispatch.Geocoder.
func (g *Geocoder) Locate(_ context.Context, a dispatch.Address) (geo.Position, dispatch.Precision, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fails != nil {
		return geo.Position{}, "", g.fails
	}
	if at, ok := g.known[[2]string{a.Street, a.PostalCode}]; ok {
		return at.position, at.precision, nil
	}
	return geo.Position{}, "", &dispatch.Error{Kind: dispatch.KindInvalid, Code: "address.unknown"}
}

// Suggest implements dispatch.Geocoder: the address whose street is the text.
func (g *Geocoder) Suggest(_ context.Context, text, postalCode string) ([]dispatch.Suggestion, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fails != nil {
		return nil, g.fails
	}
	for address, at := range g.known {
		if address[0] == text && (postalCode == "" || address[1] == postalCode) {
			return []dispatch.Suggestion{{
				Label: address[0] + " " + address[1], Position: at.position, Precision: at.precision, Score: 1,
				Address: dispatch.Address{Street: address[0], PostalCode: address[1], City: "Paris", Country: "FR"},
			}}, nil
		}
	}
	return nil, nil
}
