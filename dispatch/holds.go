package dispatch

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
)

// HoldQuery asks for a slot to be kept: for a visit, or for work that is described and becomes a request with that.
type HoldQuery struct {
	VisitID uuid.UUID
	Work    *NewRequest // instead of a visit
	Token   string      // of the slot, as availability gave it
}

// SlotGone says that a slot was taken by somebody else, and which ones are left near it.
type SlotGone struct{ Left Availability }

// Error implements error.
func (e *SlotGone) Error() string { return "slot.gone" }

// Unwrap gives what the slot being gone is to a caller.
func (e *SlotGone) Unwrap() error { return Conflict("slot.gone", nil) }

// The looking for other slots when one is gone.
const (
	alternativesAround = 3 * 24 * time.Hour
	maxAlternatives    = 5
)

// Hold keeps a slot for some minutes against a real place in a route. The slot says nothing about where: the place is looked for anew, and when
// there is none any more the error is a *SlotGone.
func (s *Service) Hold(ctx context.Context, p Principal, q HoldQuery) (b Booking, err error) {
	var o offer
	err = s.onBoards(ctx, p, func(ctx context.Context) error {
		subject, err := s.subject(ctx, p, about{visit: q.VisitID, work: q.Work})
		if err != nil {
			return err
		}
		v := subject.visit
		if waits := v.Status == Draft || v.Status == Unassigned || v.Status == Refused; !waits || v.Promise != nil || v.BookingID != uuid.Nil {
			return Conflict("booking.has_place", map[string]any{"status": v.Status}) // what was promised is moved, not held anew
		}
		if o, err = s.readOffer(p.OrganizationID, q.Token, workHash(subject.visit, subject.request)); err != nil {
			return err
		}
		b, err = s.hold(ctx, p, subject, o, q.Work != nil)
		return err
	})
	if goneOrLost(err) {
		return b, s.slotGone(ctx, p, AvailabilityQuery{VisitID: q.VisitID, Work: q.Work}, o)
	}
	return b, err
}

// goneOrLost reports whether somebody else had the slot, or was faster every time.
func goneOrLost(err error) bool { return CodeOf(err) == "slot.gone" || CodeOf(err) == "plan_moved" }

// onBoards runs a change of the plan that is decided on boards, again from fresher state while other commits overtake it.
func (s *Service) onBoards(ctx context.Context, p Principal, fn func(ctx context.Context) error) error {
	return retry(func() error { return s.store.Tx(ctx, p.OrganizationID, fn) })
}

// slotGone is the error with what is left near the slot.
func (s *Service) slotGone(ctx context.Context, p Principal, q AvailabilityQuery, o offer) error {
	slot := o.span()
	q.From, q.To, q.Limit = slot.Start.Add(-alternativesAround), slot.End.Add(alternativesAround), maxAlternatives
	left, err := s.Availability(ctx, p, q)
	if err != nil {
		return err
	}
	return &SlotGone{Left: left}
}

// hold finds the visit a place inside the slot and writes the booking, all that is new with it.
func (s *Service) hold(ctx context.Context, p Principal, of subject, o offer, described bool) (Booking, error) {
	if len(of.needs) > 0 {
		var faults Faults
		for _, name := range of.needs {
			faults.Add("/"+name, "field.required", nil)
		}
		return Booking{}, faults.Err()
	}
	if err := s.mayHold(ctx, p, of); err != nil {
		return Booking{}, err
	}
	now := s.clock()
	b, err := s.newBooking(ctx, p, of, o)
	if err != nil {
		return b, err
	}
	b.Status, b.HeldUntil = BookingHeld, now.Add(time.Duration(of.organization.Policy.Slots.Hold)*time.Second)
	if described {
		r, v := of.request, of.visit
		r.Status = RequestDraft
		events := []Event{requestEvent(EventRequestCreated, r, p.Actor(), map[string]any{"mode": r.Mode, "priority": r.Priority}), visitEvent(EventVisitCreated, v, p.Actor(), nil)}
		if err := s.store.InsertRequest(ctx, r, v, events, nil); err != nil {
			return b, err
		}
	}
	if err := s.store.InsertBooking(ctx, b); err != nil {
		return b, err
	}
	held := func(v *Visit) { v.Status, v.HeldUntil, v.BookingID, v.Promise = Held, &b.HeldUntil, b.ID, &b.Slot }
	err = s.occupy(ctx, p, of, o.span(), held)
	if CodeOf(err) == "slot.gone" {
		freed, fault := s.endOverdue(ctx, o.span())
		if fault != nil {
			return b, fault
		}
		if freed {
			err = s.occupy(ctx, p, of, o.span(), held)
		}
	}
	if err != nil {
		return b, err
	}
	if err := s.store.AppendEvents(ctx, bookingEvent(EventBookingHeld, b, p.Actor())); err != nil {
		return b, err
	}
	return b, s.store.Enqueue(ctx, ExpireHold{BookingID: b.ID, At: b.HeldUntil})
}

// mostHolds is how many slots a client may have kept at one moment: whoever holds more keeps them from others.
const mostHolds = 5

// mayHold refuses a client, or a partner on a client's behalf, more holds than anybody needs.
func (s *Service) mayHold(ctx context.Context, p Principal, of subject) error {
	if p.Staff() {
		return nil
	}
	n, err := s.store.LiveHolds(ctx, of.request.ClientID, s.clock())
	if err == nil && n >= mostHolds {
		err = Conflict("booking.too_many_holds", map[string]any{"most": mostHolds})
	}
	return err
}

// newBooking is a booking of a slot at the price at which it was offered.
func (s *Service) newBooking(ctx context.Context, p Principal, of subject, o offer) (Booking, error) {
	now := s.clock()
	b := Booking{
		Record: Record{ID: newID(), Version: 1, CreatedAt: now, UpdatedAt: now}, RequestID: of.request.ID, ClientID: of.request.ClientID, PartnerID: of.request.PartnerID,
		VisitIDs: []uuid.UUID{of.visit.ID}, TimeZone: of.visit.TimeZone, Slot: o.span(), HeldUntil: now, CreatedBy: p.Actor(),
	}
	if o.Tariff == 0 {
		return b, nil
	}
	tariff, err := s.store.TariffVersion(ctx, o.Tariff)
	if err != nil {
		return b, err
	}
	price, err := tariff.Price(priceQuery(of, o))
	b.Price = &price
	return b, err
}

// occupy finds a visit a place inside a slot on the boards of that day, and commits it as the visit is to be then. It is Conflict slot.gone where
// there is none.
func (s *Service) occupy(ctx context.Context, p Principal, of subject, slot Span, as func(*Visit)) error {
	days, dayOf := daysOf([]Span{slot}, s.organizationZone(of.organization))
	for d := dayOf[0]; d >= 0; d-- { // a shift of the night before may reach into the slot
		err := s.occupyOn(ctx, p, of, slot, days[d], as)
		if CodeOf(err) != "slot.gone" {
			return err
		}
	}
	return Conflict("slot.gone", nil)
}

// endOverdue ends the holds in a stretch of time whose time is over and that no worker has ended yet, and says whether there was one.
func (s *Service) endOverdue(ctx context.Context, around Span) (bool, error) {
	overdue, err := s.store.OverdueHolds(ctx, around, s.clock())
	for _, b := range overdue {
		err = errors.Join(err, s.endHold(ctx, system, b, BookingExpired))
	}
	return len(overdue) > 0 && err == nil, err
}

func (s *Service) occupyOn(ctx context.Context, p Principal, of subject, slot, day Span, as func(*Visit)) error {
	boards, err := s.boards(ctx, p.OrganizationID, of.visit, []Span{day}, true)
	if err != nil {
		return err
	}
	b := boards[0]
	b.writing.Lock()
	defer b.writing.Unlock()
	if boards, err = s.boards(ctx, p.OrganizationID, of.visit, []Span{day}, true); err != nil { // as whoever wrote before has left it
		return err
	}
	if boards[0] != b {
		return errMoved
	}
	if err := s.hearOn(ctx, boards, of.site); err != nil {
		return err
	}
	found, placements, err := s.placeOn(b, of, slot, as)
	if err != nil {
		return err
	}
	done, err := s.commit(ctx, p.Actor(), found.view, placements)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err != nil:
		b.spoil()
	case found.live == b.live: // else it was made anew meanwhile, or apart, and is found outdated
		b.keep(done.visits, done.routes)
	}
	return err
}

// placeOn puts a visit into a board inside a slot, and says which change of the plan that is.
func (s *Service) placeOn(b *board, of subject, slot Span, as func(*Visit)) (found search, placements []placement, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.t == nil { // spoilt since it was looked at
		return search{}, nil, errMoved
	}
	if len(b.t.Shifts) == 0 {
		return search{}, nil, Conflict("slot.gone", nil)
	}
	v := of.visit
	old := v
	v.Promise, v.Status, v.Assignment, v.HeldUntil = &slot, Unassigned, nil, nil
	if _, here := b.t.visits[v.ID]; here { // it leaves its old place for this one, and if it finds none the board is not to believe it did
		defer func() {
			if err != nil {
				b.spoil()
			}
		}()
		b.leave(v.ID)
	}
	scratch := b
	if err = b.take(v, placesOf(of.site)); errors.Is(err, errAlone) {
		scratch, err = s.apart(b, v, of)
	}
	switch {
	case CodeOf(err) == "slot.none":
		return search{}, nil, Conflict("slot.gone", nil)
	case err != nil:
		b.spoil()
		return search{}, nil, err
	}
	found = scratch.found(old)
	best, err := found.live.Insert(v.ID.String(), 1)
	if err == nil && len(best) == 0 {
		err = Conflict("slot.gone", nil)
	}
	if err == nil {
		placements, err = found.insert(best[0], ByPlanner)
	}
	if err != nil {
		if scratch == b {
			b.leave(v.ID)
		}
		return search{}, nil, err
	}
	i := slices.IndexFunc(placements, func(c placement) bool { return c.old.ID == v.ID })
	placements[i].as = as
	return found, placements, nil
}

// ExpireHold frees a slot that was held and not booked in time.
type ExpireHold struct {
	BookingID uuid.UUID `json:"booking_id"`
	At        time.Time `json:"at"`
}

// Kind implements Job.
func (ExpireHold) Kind() string { return "expire_hold" }

// Due implements Later.
func (j ExpireHold) Due() time.Time { return j.At }

// ExpireHold ends a hold whose time is over. One that was booked or released is left alone, so the job may be repeated.
func (s *Service) ExpireHold(ctx context.Context, org, id uuid.UUID) error {
	return retry(func() error {
		return s.store.Tx(ctx, org, func(ctx context.Context) error {
			b, err := s.store.Booking(ctx, id)
			if err != nil || b.Status != BookingHeld {
				return err
			}
			if left := b.HeldUntil.Sub(s.clock()); left > 0 {
				return &RetryLater{After: left, Err: errors.New("the hold has not expired yet")}
			}
			return s.endHold(ctx, system, b, BookingExpired)
		})
	})
}

// ReleaseHold gives a held slot back.
func (s *Service) ReleaseHold(ctx context.Context, p Principal, id uuid.UUID) error {
	return s.change(ctx, p, func(ctx context.Context) error {
		b, err := s.visibleBooking(ctx, p, id)
		if err != nil {
			return err
		}
		switch b.Status {
		case BookingHeld:
			return s.endHold(ctx, p.Actor(), b, BookingReleased)
		case BookingReleased, BookingExpired:
			return nil
		}
		return Conflict("booking.not_held", map[string]any{"status": b.Status})
	})
}

// endHold frees the time of a held booking; its visits wait again, as they did before.
func (s *Service) endHold(ctx context.Context, by Actor, read Booking, as BookingStatus) error {
	visits, b, err := s.lockBooked(ctx, read)
	if err != nil {
		return err
	}
	if b.Status != BookingHeld {
		return errMoved
	}
	for _, old := range visits {
		if old.Status != Held {
			continue // cancelled, or taken out of its route, since
		}
		v := old
		v.Status, v.Assignment = Unassigned, nil
		v.endHold()
		v.Version, v.UpdatedAt = old.Version+1, s.clock()
		if err := s.saveMove(ctx, old, v); err != nil {
			return err
		}
		if err := s.askForPlace(ctx, v); err != nil {
			return err
		}
		if err := s.settleRequests(ctx, by, []uuid.UUID{v.RequestID}); err != nil {
			return err
		}
	}
	b.Status = as
	return s.saveBooking(ctx, by, b, map[BookingStatus]string{BookingReleased: EventBookingReleased, BookingExpired: EventBookingExpired}[as])
}

// endHold leaves nothing of a hold on a visit that is not held any more; one whose client is still to choose a slot waits for that again.
func (v *Visit) endHold() {
	if v.HeldUntil == nil || v.Status == Held {
		return
	}
	v.HeldUntil, v.Promise, v.BookingID = nil, nil, uuid.Nil
	if v.BySlot && v.Status == Unassigned {
		v.Status = Draft
	}
}

// lockBooked locks a booking as read, and before it the routes and visits it is about.
func (s *Service) lockBooked(ctx context.Context, read Booking) ([]Visit, Booking, error) {
	visits, err := s.store.VisitsBooked(ctx, read.ID)
	if err != nil {
		return nil, Booking{}, err
	}
	if visits, err = s.lockVisits(ctx, visits); err != nil {
		return nil, Booking{}, err
	}
	b, err := s.store.LockBooking(ctx, read.ID)
	if err != nil {
		return nil, Booking{}, err
	}
	for _, v := range visits {
		if v.BookingID != b.ID {
			return nil, Booking{}, errMoved
		}
	}
	return visits, b, nil
}

func (s *Service) saveBooking(ctx context.Context, by Actor, b Booking, event string) error {
	b.Version, b.UpdatedAt = b.Version+1, s.clock()
	if err := s.store.UpdateBooking(ctx, b); err != nil {
		return overtaken(err)
	}
	return s.store.AppendEvents(ctx, bookingEvent(event, b, by))
}
