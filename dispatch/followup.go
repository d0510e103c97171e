package dispatch

import (
	"context"
	"slices"
)

// Cause is why a visit failed, in a word that something follows from.
type Cause string

// The causes. All but the last are made up for by another visit.
const (
	NoShow        Cause = "no_show"        // the client was not there
	AccessRefused Cause = "access_refused" // nobody let the technician in
	PartMissing   Cause = "part_missing"   // the work needs a part that was not at hand
	OtherCause    Cause = "other"
)

// Causes lists every cause.
func Causes() []Cause { return []Cause{NoShow, AccessRefused, PartMissing, OtherCause} }

// followUpDays is for how long its client may choose a slot for a visit that makes up for another.
const followUpDays = 30

// followUp drafts the visit that makes up for a failed one: the same work, without a place until its client has chosen a slot, and tells the client.
func (s *Service) followUp(ctx context.Context, by Actor, failed Visit) error {
	if failed.Status != Failed || failed.Mode == Hotline || !slices.Contains([]Cause{NoShow, AccessRefused, PartMissing}, failed.Cause) {
		return nil
	}
	now := s.clock()
	v := Visit{
		Record: Record{ID: newID(), Version: 1, CreatedAt: now, UpdatedAt: now}, Work: failed.Work, RequestID: failed.RequestID, Reference: failed.Reference, ClientID: failed.ClientID,
		PartnerID: failed.PartnerID, SiteID: failed.SiteID, TerritoryID: failed.TerritoryID, TimeZone: failed.TimeZone, Status: Draft, BySlot: true, Priority: failed.Priority, FollowsID: failed.ID,
	}
	v.Windows = []Span{{Start: now.UTC(), End: now.Add(followUpDays * dayAround).UTC()}}
	v.Rules.Prefer, v.Rules.Due = nil, nil // they were of that day
	if err := s.store.InsertVisit(ctx, v); err != nil {
		return err
	}
	if err := s.store.AppendEvents(ctx, visitEvent(EventVisitCreated, v, by, map[string]any{"follows": failed.ID, "cause": failed.Cause})); err != nil {
		return err
	}
	return s.tell(ctx, news{client: v.ClientID, code: "notice.follow_up", visit: v.ID, collapse: "visit-" + v.ID.String()})
}

// cause notes a cause that does not go with a step.
func (f *Faults) cause(t Transition) {
	if t.Cause != "" {
		f.Check(t.To == Failed, "/cause", "visit.cause")
		f.Check(slices.Contains(Causes(), t.Cause), "/cause", "field.enum")
	}
}
