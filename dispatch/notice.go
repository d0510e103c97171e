package dispatch

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Notice is a push message to a person's phones. It names no address and no person: it says that something happened and where in
// the app to look, so that a locked screen gives nothing away.
type Notice struct {
	ID        uuid.UUID         // the same for every attempt; the phone drops a repeat
	Title     string            // already in the person's language
	Body      string            // already in the person's language
	Collapse  string            // a newer notice with the same key replaces an older one not yet shown
	TTL       time.Duration     // how long the push service keeps trying
	CreatedAt time.Time         // from when on the TTL counts where a push service wants an instant: every attempt says the same
	Data      map[string]string // what the app opens: kind, visit id
}

// Platform is the kind of device behind a push token.
type Platform string

// The platforms a push token may belong to.
const (
	PlatformAndroid Platform = "android"
	PlatformIOS     Platform = "ios"
	PlatformWeb     Platform = "web"
)

// Device is one app installation that receives an account's notices.
type Device struct {
	ID           uuid.UUID
	AccountID    uuid.UUID
	TechnicianID uuid.UUID // whose notices it receives: a technician's or a client's
	ClientID     uuid.UUID
	Platform     Platform
	Token        string // the push service's registration token; a secret
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Delivery is what became of a notice for one token.
type Delivery struct {
	Token string
	State DeliveryState
	Err   error // for the log
}

// DeliveryState says what to do with a token after an attempt.
type DeliveryState uint8

// What an attempt to deliver to one token can end with.
const (
	Delivered      DeliveryState = iota // the push service took it
	TokenGone                           // unregistered or another sender's: delete the token
	MessageRefused                      // the push service says the message itself is wrong: an alarm; keep the token
	Undelivered                         // a passing fault: try again later
)

// Sender delivers a notice to tokens. The answer has one Delivery per token, in order. RetryAfter is the push service's
// own wish when some are Undelivered, or zero. An error means that nothing was attempted.
type Sender interface {
	Send(ctx context.Context, n Notice, tokens []string) (deliveries []Delivery, retryAfter time.Duration, err error)
}
