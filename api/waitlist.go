package api

import (
	"context"
	"time"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

func waitlistEntryOf(ctx context.Context, e dispatch.WaitlistEntry) oapi.WaitlistEntry {
	out := oapi.WaitlistEntry{
		ID: e.ID, VisitID: e.VisitID, ClientID: e.ClientID, Earliest: inZone(e.Earliest, e.TimeZone), Latest: inZone(e.Latest, e.TimeZone), TimeZone: e.TimeZone,
		CreatedAt: inZone(e.CreatedAt, e.TimeZone),
	}
	if e.Offer != nil {
		slot := slotOf(ctx, *e.Offer, e.TimeZone, "")
		out.Offer = &slot
	}
	return out
}

// JoinWaitlist has a visit wait for an earlier slot.
func (h *handlers) JoinWaitlist(ctx context.Context, in oapi.JoinWaitlistRequestObject) (oapi.JoinWaitlistResponseObject, error) {
	v, err := h.dispatch.Visit(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	l, err := h.ownZone(ctx, nil, v.TimeZone)
	if err != nil {
		return nil, err
	}
	var wish dispatch.Wish
	if in.Body.Earliest != "" {
		wish.Earliest = l.instant("/earliest", in.Body.Earliest, "")
	}
	if in.Body.Latest != "" {
		wish.Latest = l.instant("/latest", in.Body.Latest, "")
	}
	if err := l.faults.Err(); err != nil {
		return nil, err
	}
	e, err := h.dispatch.JoinWaitlist(ctx, principal(ctx), in.ID, wish)
	if err != nil {
		return nil, err
	}
	return oapi.JoinWaitlist201JSONResponse(waitlistEntryOf(ctx, e)), nil
}

// LeaveWaitlist has a visit wait no longer.
func (h *handlers) LeaveWaitlist(ctx context.Context, in oapi.LeaveWaitlistRequestObject) (oapi.LeaveWaitlistResponseObject, error) {
	if err := h.dispatch.LeaveWaitlist(ctx, principal(ctx), in.ID); err != nil {
		return nil, err
	}
	return oapi.LeaveWaitlist204Response{}, nil
}

// ListWaitlist lists who waits.
func (h *handlers) ListWaitlist(ctx context.Context, in oapi.ListWaitlistRequestObject) (oapi.ListWaitlistResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, time.Time{})
	if err != nil {
		return nil, err
	}
	list, err := h.dispatch.Waitlist(ctx, principal(ctx), p)
	if err != nil {
		return nil, err
	}
	items := each(list.Items, func(e dispatch.WaitlistEntry) oapi.WaitlistEntry { return waitlistEntryOf(ctx, e) })
	return oapi.ListWaitlist200JSONResponse{Items: items, NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}
