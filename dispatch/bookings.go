package dispatch

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Book makes a held slot a promise. The client has to have seen the price: accepted is its total in minor units, nil only where there is none.
// A booking that is booked already at that price is answered as done.
func (s *Service) Book(ctx context.Context, p Principal, id uuid.UUID, accepted *int64) (b Booking, err error) {
	err = s.change(ctx, p, func(ctx context.Context) error {
		read, err := s.visibleBooking(ctx, p, id)
		if err != nil {
			return err
		}
		if err := checkAccepted(read.Price, accepted); err != nil {
			return err
		}
		if read.Status == BookingBooked {
			b = read
			return nil
		}
		visits, locked, err := s.lockBooked(ctx, read)
		if err != nil {
			return err
		}
		if locked.Status != BookingHeld {
			return Conflict("booking.not_held", map[string]any{"status": locked.Status})
		}
		if !s.clock().Before(locked.HeldUntil) {
			return Conflict("booking.expired", nil)
		}
		if len(visits) == 0 || slices.ContainsFunc(visits, func(v Visit) bool { return v.Status != Held }) {
			return Conflict("slot.gone", nil) // somebody took it out of its route
		}
		b, err = s.book(ctx, p, locked, visits)
		return err
	})
	return b, err
}

// checkAccepted makes sure that the client said yes to this price.
func checkAccepted(price *Price, accepted *int64) error {
	var faults Faults
	switch {
	case price == nil && accepted != nil, price != nil && accepted != nil && *accepted != price.Total:
		faults.Add("/accepted_total", "booking.other_price", nil)
	case price != nil && accepted == nil:
		faults.Add("/accepted_total", "booking.price_not_accepted", nil)
	}
	return faults.Err()
}

// book turns locked visits and their locked booking from held to booked.
func (s *Service) book(ctx context.Context, p Principal, b Booking, visits []Visit) (Booking, error) {
	now := s.clock()
	var shifts, requests []uuid.UUID
	for _, v := range visits {
		shifts = append(shifts, v.Assignment.ShiftID)
		requests = append(requests, v.RequestID)
	}
	published, err := s.publishedShifts(ctx, shifts)
	if err != nil {
		return b, err
	}
	written := make([]Visit, len(visits))
	var events []Event
	for i, old := range visits {
		v := old
		v.Status, v.HeldUntil, v.BySlot, v.Version, v.UpdatedAt = Planned, nil, false, old.Version+1, now
		if published[v.Assignment.ShiftID] {
			v.Status = Published
		}
		written[i] = v
		events = append(events, visitEvent(EventVisitPlanned, v, p.Actor(), map[string]any{"shift": v.Assignment.ShiftID, "begin": v.Assignment.Begin, "status": v.Status}))
	}
	if err := s.store.UpdateVisits(ctx, written...); err != nil {
		return b, err
	}
	if err := s.store.KeepOccupied(ctx, b.VisitIDs); err != nil {
		return b, err
	}
	versions, err := s.store.BumpRoutes(ctx, shifts)
	if err != nil {
		return b, err
	}
	if err := s.store.AppendEvents(ctx, events...); err != nil {
		return b, err
	}
	if err := s.tellPlacements(ctx, visits, written); err != nil {
		return b, err
	}
	if err := s.settleRequests(ctx, p.Actor(), requests); err != nil {
		return b, err
	}
	b.Status, b.BookedAt = BookingBooked, &now
	if err := s.saveBooking(ctx, p.Actor(), b, EventBookingBooked); err != nil {
		return b, err
	}
	if err := s.store.LeaveWaitlist(ctx, b.VisitIDs...); err != nil { // the draft has what it waited for
		return b, err
	}
	b.Version++
	s.remember(p.OrganizationID, written, versions)
	return b, nil
}

// publishedShifts says which of the shifts' technicians were told of their route.
func (s *Service) publishedShifts(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	out := map[uuid.UUID]bool{}
	for _, id := range ids {
		shift, err := s.store.Shift(ctx, id)
		if err != nil {
			return nil, err
		}
		out[id] = shift.PublishedAt != nil
	}
	return out, nil
}

// MoveBooking gives a booked visit another slot, at the price of that slot, if there still is a place; the old place is kept until then. The
// booking that it makes replaces the old one. One that has the slot already is answered as done, at the price that was accepted.
func (s *Service) MoveBooking(ctx context.Context, p Principal, id uuid.UUID, token string, accepted *int64) (b Booking, err error) {
	var o offer
	var visit uuid.UUID
	err = s.onBoards(ctx, p, func(ctx context.Context) error {
		old, err := s.movable(ctx, p, id)
		if err != nil {
			return err
		}
		visit = old.VisitIDs[0]
		of, err := s.subject(ctx, p, about{visit: visit})
		if err != nil {
			return err
		}
		if o, err = s.readOffer(p.OrganizationID, token, workHash(of.visit, of.request)); err != nil {
			return err
		}
		if o.span() == (Span{Start: old.Slot.Start.UTC(), End: old.Slot.End.UTC()}) {
			b = old
			return nil
		}
		b, err = s.moveBooking(ctx, p, old, of, o, accepted)
		return err
	})
	if goneOrLost(err) {
		return b, s.slotGone(ctx, p, AvailabilityQuery{VisitID: visit}, o)
	}
	return b, err
}

func (s *Service) moveBooking(ctx context.Context, p Principal, old Booking, of subject, o offer, accepted *int64) (Booking, error) {
	b, err := s.newBooking(ctx, p, of, o)
	if err != nil {
		return b, err
	}
	if err := checkAccepted(b.Price, accepted); err != nil {
		return b, err
	}
	now := s.clock()
	b.Status, b.BookedAt = BookingBooked, &now
	if err := s.store.InsertBooking(ctx, b); err != nil {
		return b, err
	}
	if err := s.occupy(ctx, p, of, b.Slot, func(v *Visit) { v.BookingID, v.Promise = b.ID, &b.Slot }); err != nil {
		return b, err
	}
	locked, err := s.store.LockBooking(ctx, old.ID)
	if err != nil {
		return b, err
	}
	if locked.Status != BookingBooked {
		return b, errMoved
	}
	locked.Status, locked.ReplacedBy = BookingMoved, b.ID
	if err := s.saveBooking(ctx, p.Actor(), locked, EventBookingMoved); err != nil {
		return b, err
	}
	if b.Slot.Start.Before(old.Slot.Start) { // it has what it waited for
		if err := s.store.LeaveWaitlist(ctx, b.VisitIDs...); err != nil {
			return b, err
		}
	}
	if err := s.leaveGap(ctx, of.visit); err != nil {
		return b, err
	}
	return b, s.store.AppendEvents(ctx, bookingEvent(EventBookingBooked, b, p.Actor()))
}

// movable is changeable for a booking that is to have another slot.
func (s *Service) movable(ctx context.Context, p Principal, id uuid.UUID) (Booking, error) {
	b, err := s.changeable(ctx, p, id)
	if err == nil && len(b.VisitIDs) != 1 {
		err = Conflict("booking.several_visits", nil)
	}
	return b, err
}

// changeable reads a booking that the principal may still move or cancel: a client until the policy's time before its window opens.
func (s *Service) changeable(ctx context.Context, p Principal, id uuid.UUID) (Booking, error) {
	b, err := s.visibleBooking(ctx, p, id)
	if err != nil {
		return b, err
	}
	if b.Status != BookingBooked {
		return b, Conflict("booking.not_booked", map[string]any{"status": b.Status})
	}
	o, err := s.store.Organization(ctx)
	if err != nil {
		return b, err
	}
	notice := time.Duration(o.Policy.Slots.Change) * time.Second
	if !p.Staff() && !s.clock().Add(notice).Before(b.Slot.Start) {
		return b, Conflict("booking.too_late", map[string]any{"hours": int(notice / time.Hour)})
	}
	return b, nil
}

// CancelBooking calls a booked visit off. A booking that is cancelled already is answered as done.
func (s *Service) CancelBooking(ctx context.Context, p Principal, id uuid.UUID, reason string) (b Booking, err error) {
	err = s.change(ctx, p, func(ctx context.Context) error {
		read, err := s.visibleBooking(ctx, p, id)
		if err == nil && read.Status == BookingCancelled {
			b = read
			return nil
		}
		if err != nil {
			return err
		}
		if read, err = s.changeable(ctx, p, id); err != nil {
			return err
		}
		visits, locked, err := s.lockBooked(ctx, read)
		if err != nil {
			return err
		}
		if locked.Status != BookingBooked {
			return errMoved
		}
		for _, v := range visits {
			if v.Status.UnderWay() && !p.Staff() {
				return Conflict("visit.has_begun", map[string]any{"status": v.Status})
			}
			if v.Status == Cancelled {
				continue
			}
			if _, err := s.move(ctx, p.Actor(), v, Transition{To: Cancelled, Reason: reason}); err != nil {
				return err
			}
		}
		b, err = s.store.Booking(ctx, id) // as its visits have left it
		return err
	})
	return b, err
}

// settleBooking cancels a booking whose visits were all called off, whoever did it and how. It is locked after routes, visits and requests.
func (s *Service) settleBooking(ctx context.Context, by Actor, id uuid.UUID) error {
	b, err := s.store.LockBooking(ctx, id)
	if err != nil || b.Status != BookingBooked {
		return err
	}
	visits, err := s.store.VisitsBooked(ctx, id)
	if err != nil || slices.ContainsFunc(visits, func(v Visit) bool { return v.Status != Cancelled }) {
		return err
	}
	b.Status = BookingCancelled
	return s.saveBooking(ctx, by, b, EventBookingCancelled)
}

// stillChangeable makes sure that a client may still call the visits of a request off: those that were booked, until the policy's time.
func (s *Service) stillChangeable(ctx context.Context, p Principal, visits []Visit) error {
	for _, v := range visits {
		if p.Staff() || v.Status.Over() || v.BookingID == uuid.Nil {
			continue
		}
		if _, err := s.changeable(ctx, p, v.BookingID); CodeOf(err) != "booking.not_booked" && err != nil {
			return err
		}
	}
	return nil
}

// remember lets the boards of this node know of visits whose state changed and whose place did not, so that they need not be read anew.
func (s *Service) remember(org uuid.UUID, written []Visit, routes map[uuid.UUID]int64) {
	s.memory.mu.Lock()
	var boards []*board
	for key, b := range s.memory.boards {
		if key.organization == org {
			boards = append(boards, b)
		}
	}
	s.memory.mu.Unlock()
	for _, b := range boards {
		b.takeOver(written, routes)
	}
}

// takeOver keeps what the board has of some visits as they were written.
func (b *board) takeOver(written []Visit, routes map[uuid.UUID]int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.t == nil {
		return
	}
	var here []Visit
	for _, v := range written {
		if _, known := b.t.visits[v.ID]; known {
			here = append(here, v)
		}
	}
	if len(here) > 0 {
		b.keep(here, routes)
	}
}
