package api

import (
	"context"

	"github.com/google/uuid"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

// RecordConsent makes what a client agreed to the visit's promise.
func (h *handlers) RecordConsent(ctx context.Context, in oapi.RecordConsentRequestObject) (oapi.RecordConsentResponseObject, error) {
	p, seen := principal(ctx), 0
	if in.Params.IfMatch != "" || p.Staff() {
		var err error
		if seen, err = version(orNil(in.Params.IfMatch), "visit"); err != nil {
			return nil, err
		}
	}
	old, err := h.dispatch.Visit(ctx, p, in.ID)
	if err != nil {
		return nil, err
	}
	l, err := h.localTimes(ctx, old.TimeZone, uuid.Nil)
	if err != nil {
		return nil, err
	}
	b := in.Body
	c := dispatch.Consent{How: dispatch.ConsentWay(b.How), By: b.By, Window: dispatch.Span{Start: l.instant("/start", b.Start, b.Fold), End: l.instant("/end", b.End, b.Fold)}}
	if err := l.faults.Err(); err != nil {
		return nil, err
	}
	v, err := h.dispatch.Consent(ctx, p, in.ID, seen, c)
	if err != nil {
		return nil, err
	}
	return oapi.RecordConsent200JSONResponse{Body: visitOf(ctx, v), Headers: oapi.RecordConsent200ResponseHeaders{ETag: etag(v.Version)}}, nil
}

// ListConsents lists what the client of a visit consented to.
func (h *handlers) ListConsents(ctx context.Context, in oapi.ListConsentsRequestObject) (oapi.ListConsentsResponseObject, error) {
	v, err := h.dispatch.Visit(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	list, err := h.dispatch.Consents(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	items := each(list, func(c dispatch.Consent) oapi.Consent {
		out := oapi.Consent{
			ID: c.ID, VisitID: c.VisitID, Start: inZone(c.Window.Start, v.TimeZone), End: inZone(c.Window.End, v.TimeZone), How: string(c.How), By: c.By,
			RecordedByRole: string(c.RecordedBy.Role), At: inZone(c.At, v.TimeZone),
		}
		if c.Told != nil {
			out.Told = windowOf(*c.Told, v.TimeZone)
		}
		return out
	})
	return oapi.ListConsents200JSONResponse{Items: items}, nil
}
