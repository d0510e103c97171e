package dispatch

import (
	"time"

	"github.com/google/uuid"
)

// Record is what every stored noun has: its id, the version two editors compare, and when it came, changed and went.
type Record struct {
	ID        uuid.UUID
	Version   int // 1 at birth, one more at every change; the api's ETag
	CreatedAt time.Time
	UpdatedAt time.Time
	DeletedAt *time.Time // a tombstone; nil while the thing lives
}

// fresh refuses a change that was thought out on another version than the present one; 0 stands for any.
func fresh(present, seen int, noun string) error {
	if seen != 0 && seen != present {
		return Stale(noun)
	}
	return nil
}

// External is how another system knows the record.
type External struct {
	PartnerID  uuid.UUID // whose external id it is; the nil UUID is the organization's own
	ExternalID string    // "" when there is none
}

// Metadata is a partner's own notes on a record; the engine keeps and returns them, and reads nothing into them.
type Metadata map[string]string

// Cursor is a place in a list: the last row already given.
type Cursor struct {
	At time.Time // the row's UpdatedAt in a list of changes, else zero
	ID uuid.UUID
}

// Page says which part of a list is wanted.
type Page struct {
	Limit        int // 1–200
	After        *Cursor
	UpdatedSince *time.Time // a list of changes, tombstones included, in the order of change
}

// Listing is one page of a list.
type Listing[T any] struct {
	Items []T
	Next  *Cursor   // nil on the last page
	AsOf  time.Time // give it as the next UpdatedSince: what changed before it has been listed, and up to a minute is listed again
}

// Span is a stretch of time, End not included.
type Span struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// Overlaps reports whether the two stretches share a moment.
func (s Span) Overlaps(o Span) bool { return s.Start.Before(o.End) && o.Start.Before(s.End) }

// Contains reports whether t lies in the stretch.
func (s Span) Contains(t time.Time) bool { return !t.Before(s.Start) && t.Before(s.End) }

// SkillLevel is a competence, or the least competence that a piece of work needs.
type SkillLevel struct {
	Skill string `json:"skill"` // a Skill's code
	Level int    `json:"level"` // 1–4
}

// newID gives a UUIDv7 (RFC 9562): ids sort by time of birth.
func newID() uuid.UUID {
	id, err := uuid.NewV7()
	if err != nil {
		panic(err) // the operating system has no randomness: nothing can go on
	}
	return id
}
