package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

// bookingOf is a booking with its price in the caller's language.
func bookingOf(ctx context.Context, b dispatch.Booking) oapi.Booking {
	out := oapi.Booking{
		ID: b.ID, Version: b.Version, CreatedAt: inZone(b.CreatedAt, b.TimeZone), UpdatedAt: inZone(b.UpdatedAt, b.TimeZone), RequestID: b.RequestID, ClientID: b.ClientID,
		PartnerID: b.PartnerID, VisitIds: append([]oapi.ID{}, b.VisitIDs...), Status: oapi.BookingStatus(b.Status), Slot: windowOf(b.Slot, b.TimeZone), TimeZone: b.TimeZone,
		Price: priceIf(ctx, b.Price), ReplacedBy: b.ReplacedBy, BookedAt: when(b.BookedAt, b.TimeZone), CreatedByRole: oapi.EventActor(b.CreatedBy.Role),
	}
	if b.Status == dispatch.BookingHeld {
		out.HeldUntil = inZone(b.HeldUntil, b.TimeZone)
	}
	return out
}

// HoldSlot keeps a slot for some minutes.
func (h *handlers) HoldSlot(ctx context.Context, in oapi.HoldSlotRequestObject) (oapi.HoldSlotResponseObject, error) {
	q := dispatch.HoldQuery{VisitID: in.Body.VisitID, Token: in.Body.Slot}
	var err error
	if q.Work, err = h.work(ctx, "/request", in.Body.Request); err != nil {
		return nil, err
	}
	b, err := h.dispatch.Hold(ctx, principal(ctx), q)
	if err != nil && q.Work != nil {
		err = under("/request", err)
	}
	if err != nil {
		return nil, err
	}
	return oapi.HoldSlot201JSONResponse{Body: bookingOf(ctx, b), Headers: oapi.HoldSlot201ResponseHeaders{ETag: etag(b.Version)}}, nil
}

// ReleaseHold gives a held slot back.
func (h *handlers) ReleaseHold(ctx context.Context, in oapi.ReleaseHoldRequestObject) (oapi.ReleaseHoldResponseObject, error) {
	if err := h.dispatch.ReleaseHold(ctx, principal(ctx), in.ID); err != nil {
		return nil, err
	}
	return oapi.ReleaseHold204Response{}, nil
}

// ListBookings lists the bookings that the caller may see.
func (h *handlers) ListBookings(ctx context.Context, in oapi.ListBookingsRequestObject) (oapi.ListBookingsResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	filter := dispatch.BookingFilter{RequestID: in.Params.RequestID, ClientID: in.Params.ClientID, Status: dispatch.BookingStatus(in.Params.Status)}
	list, err := h.dispatch.Bookings(ctx, principal(ctx), filter, p)
	if err != nil {
		return nil, err
	}
	items := each(list.Items, func(b dispatch.Booking) oapi.Booking { return bookingOf(ctx, b) })
	return oapi.ListBookings200JSONResponse{Items: items, NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// BookSlot makes a hold a promise.
func (h *handlers) BookSlot(ctx context.Context, in oapi.BookSlotRequestObject) (oapi.BookSlotResponseObject, error) {
	b, err := h.dispatch.Book(ctx, principal(ctx), in.Body.HoldID, in.Body.AcceptedTotal)
	if err != nil {
		return nil, err
	}
	return oapi.BookSlot201JSONResponse{Body: bookingOf(ctx, b), Headers: oapi.BookSlot201ResponseHeaders{ETag: etag(b.Version)}}, nil
}

// ReadBooking gives one booking.
func (h *handlers) ReadBooking(ctx context.Context, in oapi.ReadBookingRequestObject) (oapi.ReadBookingResponseObject, error) {
	b, err := h.dispatch.Booking(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return oapi.ReadBooking200JSONResponse{Body: bookingOf(ctx, b), Headers: oapi.ReadBooking200ResponseHeaders{ETag: etag(b.Version)}}, nil
}

// MoveBooking gives a booking another slot.
func (h *handlers) MoveBooking(ctx context.Context, in oapi.MoveBookingRequestObject) (oapi.MoveBookingResponseObject, error) {
	b, err := h.dispatch.MoveBooking(ctx, principal(ctx), in.ID, in.Body.Slot, in.Body.AcceptedTotal)
	if err != nil {
		return nil, err
	}
	return oapi.MoveBooking200JSONResponse{Body: bookingOf(ctx, b), Headers: oapi.MoveBooking200ResponseHeaders{ETag: etag(b.Version)}}, nil
}

// CancelBooking calls a booking off.
func (h *handlers) CancelBooking(ctx context.Context, in oapi.CancelBookingRequestObject) (oapi.CancelBookingResponseObject, error) {
	b, err := h.dispatch.CancelBooking(ctx, principal(ctx), in.ID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return oapi.CancelBooking200JSONResponse{Body: bookingOf(ctx, b), Headers: oapi.CancelBooking200ResponseHeaders{ETag: etag(b.Version)}}, nil
}

// LinkBooking makes a link to a booking.
func (h *handlers) LinkBooking(ctx context.Context, in oapi.LinkBookingRequestObject) (oapi.LinkBookingResponseObject, error) {
	b, err := h.dispatch.Booking(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	l, err := h.dispatch.LinkBooking(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return oapi.LinkBooking200JSONResponse{URL: l.URL, Token: l.Token, ExpiresAt: inZone(l.Expires, b.TimeZone)}, nil
}

// ReadBookingCalendar gives a booking as a calendar.
func (h *handlers) ReadBookingCalendar(ctx context.Context, in oapi.ReadBookingCalendarRequestObject) (oapi.ReadBookingCalendarResponseObject, error) {
	a, err := h.dispatch.Appointment(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	body, length := calendarOf(callOf(ctx).locale, a)
	return oapi.ReadBookingCalendar200TextCalendarResponse{Body: body, ContentLength: length}, nil
}
