package dispatch

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// BookingLink lets whoever has it see, move and cancel a booking without an account.
type BookingLink struct {
	URL     string // a page, with the token as its fragment
	Token   string
	Expires time.Time
}

// linkClaim is what a booking link says.
type linkClaim struct {
	Organization uuid.UUID `json:"o"`
	Booking      uuid.UUID `json:"b"`
	Expires      int64     `json:"x"` // Unix seconds
}

// linkUse is what a booking link is signed for.
const linkUse = "booking link"

// linkAge is how long after the end of its slot a link is good.
const linkAge = 24 * time.Hour

// LinkBooking makes a link to a booking that the principal may see.
func (s *Service) LinkBooking(ctx context.Context, p Principal, id uuid.UUID) (BookingLink, error) {
	b, err := s.Booking(ctx, p, id)
	if err != nil {
		return BookingLink{}, err
	}
	if b.Status != BookingBooked {
		return BookingLink{}, Conflict("booking.not_booked", map[string]any{"status": b.Status})
	}
	out := BookingLink{Expires: b.Slot.End.Add(linkAge)}
	out.Token, err = s.signer.sign(linkUse, linkClaim{p.OrganizationID, b.ID, out.Expires.Unix()})
	out.URL = s.linkBase + "/booking#token=" + out.Token // a fragment stays out of servers' logs
	return out, err
}

// openLink reads a link: who its bearer is, and what its booking has become. One that was not signed here is KindNotFound, one whose time is over
// KindGone; neither says more. A link to a booking that was moved to later is good as long as one made then would be.
func (s *Service) openLink(ctx context.Context, token string) (Principal, Booking, error) {
	var claim linkClaim
	if !s.signer.verify(linkUse, token, &claim) {
		return Principal{}, Booking{}, NotFound("booking")
	}
	p := Principal{OrganizationID: claim.Organization, Role: RoleClient}
	b, err := within(ctx, s, p, func(ctx context.Context) (Booking, error) {
		b, err := s.store.Booking(ctx, claim.Booking)
		if err != nil {
			return b, err
		}
		return s.followed(ctx, b)
	})
	if err != nil {
		return p, b, err
	}
	if until := latest(time.Unix(claim.Expires, 0), b.Slot.End.Add(linkAge)); !s.clock().Before(until) {
		return p, b, &Error{Kind: KindGone, Code: "link.expired"}
	}
	p.ID, p.ClientID = b.ClientID, b.ClientID // nobody signed in: the client is who acts
	return p, b, nil
}

// Linked gives the appointment that a link leads to.
func (s *Service) Linked(ctx context.Context, token string) (Appointment, error) {
	p, b, err := s.openLink(ctx, token)
	if err != nil {
		return Appointment{}, err
	}
	return s.Appointment(ctx, p, b.ID)
}

// LinkedAvailability gives the slots to which the booking of a link may be moved.
func (s *Service) LinkedAvailability(ctx context.Context, token string, from, to time.Time, limit int) (Availability, error) {
	p, b, err := s.openLink(ctx, token)
	if err != nil {
		return Availability{}, err
	}
	return within(ctx, s, p, func(ctx context.Context) (Availability, error) {
		if b, err = s.movable(ctx, p, b.ID); err != nil {
			return Availability{}, err
		}
		return s.Availability(ctx, p, AvailabilityQuery{VisitID: b.VisitIDs[0], From: from, To: to, Limit: limit})
	})
}

// MoveLinked moves the booking of a link.
func (s *Service) MoveLinked(ctx context.Context, token, slot string, accepted *int64) (Appointment, error) {
	p, b, err := s.openLink(ctx, token)
	if err != nil {
		return Appointment{}, err
	}
	if b, err = s.MoveBooking(ctx, p, b.ID, slot, accepted); err != nil {
		return Appointment{}, err
	}
	return s.Appointment(ctx, p, b.ID)
}

// CancelLinked cancels the booking of a link.
func (s *Service) CancelLinked(ctx context.Context, token, reason string) (Appointment, error) {
	p, b, err := s.openLink(ctx, token)
	if err != nil {
		return Appointment{}, err
	}
	if _, err := s.CancelBooking(ctx, p, b.ID, reason); err != nil {
		return Appointment{}, err
	}
	return s.Appointment(ctx, p, b.ID)
}
