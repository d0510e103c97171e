package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
)

// WaitlistEntry is a visit whose client wants an earlier slot than it has, or one at all, once a gap opens.
type WaitlistEntry struct {
	Record
	VisitID     uuid.UUID
	ClientID    uuid.UUID
	PartnerID   uuid.UUID
	TerritoryID uuid.UUID // the visit's
	TimeZone    string    // of the site
	Wish
	Offer *Slot // what it was offered last; nil: nothing yet
}

// Wish bounds the slots that somebody waits for; a zero time leaves that side open.
type Wish struct {
	Earliest time.Time // opens then or later
	Latest   time.Time // opens before then
}

// WaitlistStore keeps who waits for an earlier slot.
type WaitlistStore interface {
	PutWaitlist(ctx context.Context, e WaitlistEntry) (WaitlistEntry, error) // by visit: one that waits already keeps its id and its place
	OfferWaitlist(ctx context.Context, e WaitlistEntry) error                // where the version is one below its own, else KindStale
	LeaveWaitlist(ctx context.Context, visits ...uuid.UUID) error            // those that do not wait are no fault
	Waitlist(ctx context.Context, f PartyFilter, page Page) (Listing[WaitlistEntry], error)
	Waiting(ctx context.Context, limit int) ([]WaitlistEntry, error) // who waits longest first
	AnybodyWaits(ctx context.Context) (bool, error)
}

// JoinWaitlist has a visit of a draft, or one that is booked, wait for an earlier slot. One that waits already keeps its place in the list.
func (s *Service) JoinWaitlist(ctx context.Context, p Principal, visit uuid.UUID, w Wish) (WaitlistEntry, error) {
	return changing(ctx, s, p, func(ctx context.Context) (WaitlistEntry, error) {
		v, err := s.visibleVisit(ctx, p, visit)
		if err != nil {
			return WaitlistEntry{}, err
		}
		var faults Faults
		faults.Check(w.Earliest.IsZero() || w.Latest.IsZero() || w.Earliest.Before(w.Latest), "/latest", "window.ends_before_start")
		faults.Check(w.Latest.IsZero() || w.Latest.After(s.clock()), "/latest", "window.past")
		if err := faults.Err(); err != nil {
			return WaitlistEntry{}, err
		}
		if !v.mayWait() {
			return WaitlistEntry{}, Conflict("waitlist.not_booked", map[string]any{"status": v.Status})
		}
		return s.store.PutWaitlist(ctx, WaitlistEntry{
			Record: s.newRecord(), VisitID: v.ID, ClientID: v.ClientID, PartnerID: v.PartnerID, TerritoryID: v.TerritoryID, TimeZone: v.TimeZone, Wish: w,
		})
	})
}

// mayWait reports whether an earlier slot would be good for the visit: its client has chosen one, or is to choose.
func (v Visit) mayWait() bool {
	return v.Status == Draft || v.BookingID != uuid.Nil && v.Promise != nil && v.Status != Held && !v.Status.Over() && !v.Status.UnderWay()
}

// LeaveWaitlist has a visit wait no longer. One that does not is no fault.
func (s *Service) LeaveWaitlist(ctx context.Context, p Principal, visit uuid.UUID) error {
	return s.change(ctx, p, func(ctx context.Context) error {
		if _, err := s.visibleVisit(ctx, p, visit); err != nil {
			return err
		}
		return s.store.LeaveWaitlist(ctx, visit)
	})
}

// Waitlist lists who waits, as far as the principal may see it.
func (s *Service) Waitlist(ctx context.Context, p Principal, page Page) (Listing[WaitlistEntry], error) {
	f := PartyFilter{PartnerID: p.PartnerID}
	if p.Role == RoleClient {
		f.ClientID = p.ClientID
	}
	return within(ctx, s, p, func(ctx context.Context) (Listing[WaitlistEntry], error) { return s.store.Waitlist(ctx, f, page) })
}

// OfferGap looks for somebody who waits for the time that a visit has left.
type OfferGap struct {
	TerritoryID uuid.UUID `json:"territory_id"`
	At          time.Time `json:"at"`
	After       time.Time `json:"after,omitzero"` // when the offer before was good until
}

// Kind implements Job.
func (OfferGap) Kind() string { return "offer_gap" }

// Due implements Later.
func (j OfferGap) Due() time.Time { return j.After }

// EventWaitlistOffered tells that somebody who waits was offered an earlier slot.
const EventWaitlistOffered = "waitlist.offered"

const (
	waitOffer  = 2 * time.Hour // how long an offer to somebody who waits is good
	mostWaiter = 500           // how many who wait are asked about one gap
)

// leaveGap has the place that a visit leaves offered to somebody who waits, where anybody does.
func (s *Service) leaveGap(ctx context.Context, left Visit) error {
	if left.Assignment == nil || !left.Assignment.Begin.After(s.clock()) {
		return nil
	}
	if waits, err := s.store.AnybodyWaits(ctx); err != nil || !waits {
		return err
	}
	return s.store.Enqueue(ctx, OfferGap{TerritoryID: left.TerritoryID, At: left.Assignment.Begin})
}

// OfferGap offers an earlier slot on the day of a gap to whom it fits and who has waited longest. Nothing is kept for them: whoever takes a slot
// first has it. When the offer is over the next one is asked, until everybody was.
func (s *Service) OfferGap(ctx context.Context, org uuid.UUID, j OfferGap) error {
	if left := j.After.Sub(s.clock()); left > 0 {
		return &RetryLater{After: left, Err: errors.New("the offer before is still good")}
	}
	p := Principal{OrganizationID: org, Role: RoleDispatcher}
	return s.change(ctx, p, func(ctx context.Context) error {
		o, err := s.store.Organization(ctx)
		if err != nil {
			return err
		}
		day := localDay(j.At, s.organizationZone(o))
		basins, err := s.basinsOf(ctx, org)
		if err != nil {
			return err
		}
		waiting, err := s.store.Waiting(ctx, mostWaiter)
		if err != nil {
			return err
		}
		for _, e := range waiting {
			if e.Offer != nil && (s.clock().Before(e.Offer.Expires) || day.Contains(e.Offer.Start)) {
				continue // has an offer, or has let one of that day pass
			}
			placeless := e.TerritoryID == uuid.Nil || j.TerritoryID == uuid.Nil // anybody's
			if !placeless && basins.of[e.TerritoryID] != basins.of[j.TerritoryID] {
				continue
			}
			slot, err := s.earlier(ctx, p, e, day)
			if err != nil {
				return err
			}
			if slot != nil {
				return s.offerEarlier(ctx, e, *slot, j)
			}
		}
		return nil
	})
}

// earlier finds the first slot of a day that somebody waits for; nil without one. Who cannot wait any more leaves the list.
func (s *Service) earlier(ctx context.Context, p Principal, e WaitlistEntry, day Span) (*Slot, error) {
	v, err := s.store.Visit(ctx, e.VisitID)
	if err != nil {
		return nil, err
	}
	if v.Status == Held {
		return nil, nil //nolint:nilnil // has just chosen
	}
	if !v.mayWait() {
		return nil, s.store.LeaveWaitlist(ctx, v.ID)
	}
	q := AvailabilityQuery{VisitID: v.ID, From: latest(day.Start, e.Earliest), To: day.End, goodFor: waitOffer}
	if !e.Latest.IsZero() {
		q.To = earliest(q.To, e.Latest)
	}
	if v.Promise != nil {
		q.To = earliest(q.To, v.Promise.Start)
	}
	if !q.From.Before(q.To) {
		return nil, nil //nolint:nilnil // not that day
	}
	a, err := s.Availability(ctx, p, q)
	if err != nil || len(a.Needs) > 0 {
		return nil, err
	}
	var first *Slot
	for i, slot := range a.Slots {
		if (v.Promise == nil || !slot.End.After(v.Promise.Start)) && (first == nil || slot.Start.Before(first.Start)) {
			first = &a.Slots[i]
		}
	}
	return first, nil
}

// offerEarlier tells somebody who waits of a slot, and has the next one asked when the offer is over.
func (s *Service) offerEarlier(ctx context.Context, e WaitlistEntry, slot Slot, j OfferGap) error {
	v, err := s.store.Visit(ctx, e.VisitID)
	if err != nil {
		return err
	}
	e.Offer, e.Version, e.UpdatedAt = &slot, e.Version+1, s.clock()
	if err := s.store.OfferWaitlist(ctx, e); err != nil {
		return overtaken(err)
	}
	event := visitEvent(EventWaitlistOffered, v, system, map[string]any{"slot_start": slot.Start, "slot_end": slot.End, "until": slot.Expires})
	event.TechnicianID = uuid.Nil // not the technician's affair
	if err := s.store.AppendEvents(ctx, event); err != nil {
		return err
	}
	if err := s.tell(ctx, news{client: e.ClientID, code: "notice.waitlist", visit: e.VisitID, collapse: "waitlist-" + e.VisitID.String()}); err != nil {
		return err
	}
	j.After = slot.Expires
	return s.store.Enqueue(ctx, j)
}
