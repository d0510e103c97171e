// Package dispatch is the business: requests for help and the visits that answer them, the technicians and their shifts, the live plan and
// everything that changes it. It decides on values and does its input and output through the interfaces it declares; it knows neither SQL
// nor HTTP.
//
// Every method of Service takes the principal who asks, checks what the role and the ownership allow, and either does the whole thing in one
// transaction (rows, events and outgoing jobs together) or nothing.
package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
)

// Store keeps everything. Its methods work inside the transaction that Tx puts into the context, for that transaction's organization.
type Store interface {
	// Tx runs fn in one transaction bound to the organization, joining one already in ctx; it commits when fn gives nil.
	Tx(ctx context.Context, org uuid.UUID, fn func(ctx context.Context) error) error
	// Join is Tx for whoever gives fn's error on: inside a transaction it takes no savepoint, so an error leaves all of that to be undone.
	Join(ctx context.Context, org uuid.UUID, fn func(ctx context.Context) error) error
	// Apart is ctx without the transaction in it, and without its end: for what goes on beside.
	Apart(ctx context.Context) context.Context
	RegistryStore
	TariffStore
	RequestStore
	SeriesStore
	VisitStore
	RouteStore
	PlanStore
	BookingStore
	WaitlistStore
	ReplanStore
	DecisionStore
	LiveStore
	AlertStore
	OverrideStore
	EventStore
	DeviceStore
	PositionStore
	TravelStore
	JobStore
}

// JobStore enqueues work for later, in the same transaction as the change that asks for it.
type JobStore interface {
	Enqueue(ctx context.Context, jobs ...Job) error
}

// Service is the business of every organization. It is safe for concurrent use.
type Service struct {
	store   Store
	sender  Sender
	geo     Geocoder
	travel  *geo.Estimator // as it comes: an organization may have its own, see estimator
	road    Road
	clock   func() time.Time
	log     *slog.Logger
	nearby  nearby
	memory  memory
	signer  signer
	version string

	patience time.Duration // with boards that are behind, see boards
	beside   func(n int, work func(worker int))
	solving  chan struct{} // as many tokens as solves may run at once

	estimators estimators
	remembered remembered

	linkBase string
}

// Config is what a Service is made from. Every field but Road is required.
type Config struct {
	Store    Store
	Sender   Sender
	Geocoder Geocoder
	Travel   *geo.Estimator
	Road     Road // nil: the estimator tells all travel times
	Clock    func() time.Time
	Log      *slog.Logger
	Solves   int                                // planning searches at once on this node; 0: one
	Beside   func(n int, work func(worker int)) // nil, or how planning searches run, see scheduler.Options.Run: with less right to a processor than answers
	Patience time.Duration                      // for which slots may be quoted from what is known of the plan while it is read anew; 0: they never are
	Version  string                             // of the program, noted with its decisions
	Secrets  [][]byte                           // what slots and links are signed with: the first signs, all verify
	LinkBase string                             // where people reach the program: links to bookings are LinkBase + "/booking#token=…"
}

// New makes the Service.
func New(c Config) *Service {
	return &Service{
		store: c.Store, sender: c.Sender, geo: c.Geocoder, travel: c.Travel, road: c.Road, clock: kept(c.Clock), log: c.Log, memory: newMemory(), signer: signer{c.Secrets},
		linkBase: c.LinkBase, version: c.Version, patience: c.Patience, beside: c.Beside, solving: make(chan struct{}, max(1, c.Solves)),
	}
}

// tries is how often a change is made again from fresher state when another one was committed in between.
const tries = 4

// change runs fn in one transaction of the principal's organization, again from fresher state while other commits overtake it.
func (s *Service) change(ctx context.Context, p Principal, fn func(ctx context.Context) error) error {
	return retry(func() error { return s.store.Tx(ctx, p.OrganizationID, fn) })
}

// errMoved says that something read has changed before the commit; the change is made again from fresher state.
var errMoved = errors.New("dispatch: changed by somebody else between reading and writing")

// retry runs change until it is not overtaken by another commit, at most tries times.
func retry(change func() error) error {
	var last error
	for range tries {
		err := change()
		last = err
		var known *Error
		switch {
		case errors.Is(err, errMoved):
		case errors.As(err, &known) && (known.Code == "busy" || known.Code == "double_booking"):
			// somebody else took the time or holds the rows: their commit is what the next reading sees
		default:
			return err
		}
	}
	return &Error{Kind: KindConflict, Code: "plan_moved", Err: last}
}
