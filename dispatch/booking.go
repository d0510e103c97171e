package dispatch

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// BookingStatus is what became of a slot that somebody chose.
type BookingStatus string

// The states of a booking.
const (
	BookingHeld      BookingStatus = "held"      // kept until HeldUntil
	BookingBooked    BookingStatus = "booked"    // the client accepted it: the organization has promised
	BookingMoved     BookingStatus = "moved"     // to another slot: ReplacedBy
	BookingReleased  BookingStatus = "released"  // given back before it was booked
	BookingExpired   BookingStatus = "expired"   // held, and not booked in time
	BookingCancelled BookingStatus = "cancelled" // after it was booked
)

// Booking is a slot that was held for the visits of a request, what became of it, and the price as the client was shown it.
type Booking struct {
	Record
	RequestID  uuid.UUID
	ClientID   uuid.UUID
	PartnerID  uuid.UUID
	VisitIDs   []uuid.UUID // read with it
	TimeZone   string      // of the site
	Status     BookingStatus
	Slot       Span
	HeldUntil  time.Time
	Price      *Price // nil where the organization had no tariff
	ReplacedBy uuid.UUID
	CreatedBy  Actor
	BookedAt   *time.Time
}

// BookingStore keeps bookings.
type BookingStore interface {
	InsertBooking(ctx context.Context, b Booking) error
	UpdateBooking(ctx context.Context, b Booking) error // where the version is one below its own, else KindStale
	Booking(ctx context.Context, id uuid.UUID) (Booking, error)
	LockBooking(ctx context.Context, id uuid.UUID) (Booking, error) // until the transaction ends; after routes, visits and requests
	Bookings(ctx context.Context, f BookingFilter, page Page) (Listing[Booking], error)
	VisitsBooked(ctx context.Context, booking uuid.UUID) ([]Visit, error)
	LiveHolds(ctx context.Context, client uuid.UUID, now time.Time) (int, error) // of one client, not expired
	KeepOccupied(ctx context.Context, visits []uuid.UUID) error                  // their time is no longer on hold
	Sales(ctx context.Context, q SaleQuery) (Sales, error)
	OverdueHolds(ctx context.Context, around Span, now time.Time) ([]Booking, error) // of slots that overlap the stretch of time; some at a time
}

// BookingFilter narrows a list of bookings; a zero field leaves that side open.
type BookingFilter struct {
	RequestID uuid.UUID
	ClientID  uuid.UUID
	PartnerID uuid.UUID
	Status    BookingStatus
}

// The kinds of event about bookings.
const (
	EventBookingHeld      = "booking.held"
	EventBookingBooked    = "booking.booked"
	EventBookingMoved     = "booking.moved"
	EventBookingReleased  = "booking.released"
	EventBookingExpired   = "booking.expired"
	EventBookingCancelled = "booking.cancelled"
)

func bookingEvent(kind string, b Booking, by Actor) Event {
	return Event{
		Kind: kind, RequestID: b.RequestID, ClientID: b.ClientID, PartnerID: b.PartnerID, ActorRole: by.Role, ActorID: by.ID,
		Data: map[string]any{"booking": b.ID, "slot_start": b.Slot.Start, "slot_end": b.Slot.End},
	}
}

// Booking gives one booking that the principal may see.
func (s *Service) Booking(ctx context.Context, p Principal, id uuid.UUID) (Booking, error) {
	return within(ctx, s, p, func(ctx context.Context) (Booking, error) { return s.visibleBooking(ctx, p, id) })
}

func (s *Service) visibleBooking(ctx context.Context, p Principal, id uuid.UUID) (Booking, error) {
	b, err := s.store.Booking(ctx, id)
	if err != nil {
		return Booking{}, err
	}
	switch {
	case p.Staff():
	case p.Role == RoleClient && b.ClientID == p.ClientID:
	case p.Role == RolePartner && b.PartnerID == p.PartnerID:
	default:
		return Booking{}, NotFound("booking")
	}
	return b, nil
}

// Bookings lists the bookings that the principal may see.
func (s *Service) Bookings(ctx context.Context, p Principal, f BookingFilter, page Page) (Listing[Booking], error) {
	switch p.Role {
	case RoleClient:
		f.ClientID = p.ClientID
	case RolePartner:
		f.PartnerID = p.PartnerID
	}
	return within(ctx, s, p, func(ctx context.Context) (Listing[Booking], error) { return s.store.Bookings(ctx, f, page) })
}
