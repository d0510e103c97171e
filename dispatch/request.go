package dispatch

import (
	"time"

	"github.com/google/uuid"
)

// Mode is how a piece of work is done.
type Mode string

// The modes.
const (
	Hotline  Mode = "hotline"
	Remote   Mode = "remote"
	OnSite   Mode = "on_site"
	Workshop Mode = "workshop"
)

// Severity says how much the client is hindered; neither the support level nor the priority follows from it.
type Severity string

// The severities.
const (
	NonBlocking Severity = "non_blocking"
	Blocking    Severity = "blocking"
	Crisis      Severity = "crisis"
)

// RequestStatus is where a request stands; it follows from its visits.
type RequestStatus string

// The states of a request.
const (
	RequestDraft      RequestStatus = "draft"       // its client has not chosen a slot yet
	RequestOpen       RequestStatus = "open"        // no visit is planned yet
	RequestScheduled  RequestStatus = "scheduled"   // a visit is planned
	RequestInProgress RequestStatus = "in_progress" // a technician is on the way or at work
	RequestCompleted  RequestStatus = "completed"
	RequestFailed     RequestStatus = "failed"
	RequestCancelled  RequestStatus = "cancelled"
)

// Over reports whether nothing more happens to the request by itself.
func (s RequestStatus) Over() bool {
	return s == RequestCompleted || s == RequestFailed || s == RequestCancelled
}

// Work is what a visit asks of a technician; a request describes it, its visits inherit it.
type Work struct {
	Mode           Mode
	RequiredSkills []SkillLevel
	Duration       time.Duration // 5 minutes to 12 hours
	Windows        []Span        // service may begin inside one of them; ascending, disjoint
	Rules          WorkRules
}

// Request is one demand for help: the ticket.
type Request struct {
	Record
	External
	Work
	Reference    string // what people say on the phone
	ClientID     uuid.UUID
	SiteID       uuid.UUID // nil UUID for work without a place
	ContactID    uuid.UUID
	AssetID      uuid.UUID
	TimeZone     string // IANA, the site's: the zone its times are told in
	Category     string
	Description  string
	SupportLevel int // 0–4: who handles it
	Severity     Severity
	Impact       Grade
	Urgency      Grade
	Priority     int // 1–5, from impact and urgency by the organization's matrix
	Status       RequestStatus
	CreatedBy    Actor
	Outcome      string // why it was cancelled, in the words of whoever did
	Metadata     Metadata
}

// Actor is who did something.
type Actor struct {
	Role Role
	ID   uuid.UUID
}

// system is who acts when nobody does: the planner at work.
var system = Actor{Role: "system"}

// Actor is the principal as a record or an event names it.
func (p Principal) Actor() Actor {
	if p.as != (Actor{}) {
		return p.as
	}
	return Actor{Role: p.Role, ID: p.ID}
}

// referenceAlphabet leaves out what is misheard or misread: I, L, O, U, 0, 1 (after Crockford's base 32).
const referenceAlphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

// reference makes a request's short name from the random tail of its id: eight characters, 6·10¹¹ of them, unique in the organization by
// a database constraint.
func reference(id uuid.UUID) string {
	var b [9]byte
	n := uint64(0)
	for _, c := range id[8:] {
		n = n<<8 | uint64(c)
	}
	n &= 1<<62 - 1 // the two bits above are the UUID's variant
	for i := range b {
		if i == 4 {
			b[i] = '-'
			continue
		}
		b[i] = referenceAlphabet[n%uint64(len(referenceAlphabet))]
		n /= uint64(len(referenceAlphabet))
	}
	return string(b[:])
}
