package dispatch

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Appointment is a booking as its client needs it: where, by whom, and what may still be changed.
type Appointment struct {
	Booking             // what it has become: see Service.Appointment
	Visit        Visit  // the first of its visits
	Reference    string // the request's
	Organization string // its name
	Locale       string // the client's
	Site         *Site  // nil for work without a place
	Technician   string // first name of who is planned to come; "": nobody
	ChangeUntil  time.Time
	MayMove      bool // by the client, now
	MayCancel    bool
}

// Appointment gives a booked slot that the principal may see, or what it was moved to. A hold, or what became of one that was not booked, is no
// appointment: Conflict booking.not_booked.
func (s *Service) Appointment(ctx context.Context, p Principal, id uuid.UUID) (Appointment, error) {
	return within(ctx, s, p, func(ctx context.Context) (Appointment, error) {
		b, err := s.visibleBooking(ctx, p, id)
		if err != nil {
			return Appointment{}, err
		}
		if b, err = s.followed(ctx, b); err != nil {
			return Appointment{}, err
		}
		return s.appointment(ctx, b)
	})
}

// mostMoves bounds how far a booking is followed.
const mostMoves = 200

// followed is what a booking has become by being moved.
func (s *Service) followed(ctx context.Context, b Booking) (Booking, error) {
	for range mostMoves {
		if b.Status != BookingMoved {
			return b, nil
		}
		next, err := s.store.Booking(ctx, b.ReplacedBy)
		if err != nil {
			return b, err
		}
		b = next
	}
	return b, NotFound("booking")
}

func (s *Service) appointment(ctx context.Context, b Booking) (Appointment, error) {
	if b.Status != BookingBooked && b.Status != BookingCancelled {
		return Appointment{}, Conflict("booking.not_booked", map[string]any{"status": b.Status})
	}
	out := Appointment{Booking: b}
	visits, err := s.store.VisitsBooked(ctx, b.ID)
	if err != nil {
		return out, err
	}
	r, err := s.store.Request(ctx, b.RequestID)
	if err != nil {
		return out, err
	}
	around, err := s.store.RequestContext(ctx, r.ClientID, r.SiteID, uuid.Nil, uuid.Nil)
	if err != nil {
		return out, err
	}
	out.Reference, out.Organization, out.Site = r.Reference, around.Organization.Name, around.Site
	if around.Client != nil {
		out.Locale = around.Client.Locale
	}
	if len(visits) > 0 {
		out.Visit = visits[0]
	}
	if a := out.Visit.Assignment; a != nil {
		out.Technician, _, _ = strings.Cut(a.Technician, " ")
	}
	out.ChangeUntil = b.Slot.Start.Add(-time.Duration(around.Organization.Policy.Slots.Change) * time.Second)
	out.MayCancel = out.Status == BookingBooked && s.clock().Before(out.ChangeUntil) && !out.Visit.Status.Over() && !out.Visit.Status.UnderWay()
	out.MayMove = out.MayCancel && len(visits) == 1
	return out, nil
}
