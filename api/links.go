package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

// linkedOf is a booking as the bearer of its link sees it, in the client's language unless the caller asked for one.
func linkedOf(ctx context.Context, a dispatch.Appointment) oapi.LinkedBooking {
	out := oapi.LinkedBooking{
		OrganizationName: a.Organization, Reference: a.Reference, Status: oapi.BookingStatus(a.Status), Slot: windowOf(a.Slot, a.TimeZone), TimeZone: a.TimeZone,
		TechnicianName: a.Technician, ChangeUntil: inZone(a.ChangeUntil, a.TimeZone), May: []oapi.LinkedBookingMay{},
	}
	if a.Price != nil {
		price := priceOf(linkLocale(ctx, a), *a.Price)
		out.Price = &price
	}
	if a.MayMove {
		out.May = append(out.May, oapi.LinkedBookingMayMove)
	}
	if a.MayCancel {
		out.May = append(out.May, oapi.LinkedBookingMayCancel)
	}
	return out
}

func linkLocale(ctx context.Context, a dispatch.Appointment) string {
	if c := callOf(ctx); c.asked || a.Locale == "" {
		return c.locale
	}
	return a.Locale
}

// ReadLink gives the booking that a link leads to.
func (h *handlers) ReadLink(ctx context.Context, in oapi.ReadLinkRequestObject) (oapi.ReadLinkResponseObject, error) {
	a, err := h.dispatch.Linked(ctx, in.Token)
	if err != nil {
		return nil, err
	}
	return oapi.ReadLink200JSONResponse(linkedOf(ctx, a)), nil
}

// FindLinkSlots gives the slots to which the booking of a link may be moved.
func (h *handlers) FindLinkSlots(ctx context.Context, in oapi.FindLinkSlotsRequestObject) (oapi.FindLinkSlotsResponseObject, error) {
	a, err := h.dispatch.LinkedAvailability(ctx, in.Token, in.Params.From, in.Params.To, defaultLimit)
	if err != nil {
		return nil, err
	}
	return oapi.FindLinkSlots200JSONResponse(availabilityOf(ctx, a)), nil
}

// MoveLink moves the booking of a link.
func (h *handlers) MoveLink(ctx context.Context, in oapi.MoveLinkRequestObject) (oapi.MoveLinkResponseObject, error) {
	a, err := h.dispatch.MoveLinked(ctx, in.Token, in.Body.Slot, in.Body.AcceptedTotal)
	if err != nil {
		return nil, err
	}
	return oapi.MoveLink200JSONResponse(linkedOf(ctx, a)), nil
}

// CancelLink cancels the booking of a link.
func (h *handlers) CancelLink(ctx context.Context, in oapi.CancelLinkRequestObject) (oapi.CancelLinkResponseObject, error) {
	a, err := h.dispatch.CancelLinked(ctx, in.Token, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return oapi.CancelLink200JSONResponse(linkedOf(ctx, a)), nil
}

// ReadLinkCalendar gives the booking of a link as a calendar.
func (h *handlers) ReadLinkCalendar(ctx context.Context, in oapi.ReadLinkCalendarRequestObject) (oapi.ReadLinkCalendarResponseObject, error) {
	a, err := h.dispatch.Linked(ctx, in.Token)
	if err != nil {
		return nil, err
	}
	body, length := calendarOf(linkLocale(ctx, a), a)
	return oapi.ReadLinkCalendar200TextCalendarResponse{Body: body, ContentLength: length}, nil
}
