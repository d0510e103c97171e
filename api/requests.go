package api

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

// requestOf is a request as the principal may see it.
func requestOf(p dispatch.Principal, r dispatch.Request) oapi.Request {
	out := oapi.Request{
		ID: r.ID, Version: r.Version, CreatedAt: inZone(r.CreatedAt, r.TimeZone), UpdatedAt: inZone(r.UpdatedAt, r.TimeZone), DeletedAt: when(r.DeletedAt, r.TimeZone),
		Reference: r.Reference, PartnerID: r.PartnerID, ExternalID: r.ExternalID, ClientID: r.ClientID, SiteID: r.SiteID, ContactID: r.ContactID, AssetID: r.AssetID,
		Category: r.Category, Description: r.Description, SupportLevel: r.SupportLevel, Severity: oapi.Severity(r.Severity), Impact: oapi.Grade(r.Impact),
		Urgency: oapi.Grade(r.Urgency), Priority: r.Priority, Mode: oapi.Mode(r.Mode), RequiredSkills: skillLevelsOf(r.RequiredSkills),
		Duration: durationText(r.Duration), Windows: windowsOf(r.Windows, r.TimeZone), TimeZone: r.TimeZone, Status: oapi.RequestStatus(r.Status),
		Outcome: r.Outcome, CreatedByRole: oapi.Role(r.CreatedBy.Role), Metadata: oapi.Metadata(r.Metadata),
		Rules: workRulesOf(p, r.Rules), Due: when(r.Rules.Due, r.TimeZone),
	}
	if w := r.Rules.Prefer; w != nil {
		out.PreferredStart, out.PreferredEnd = inZone(w.Start, r.TimeZone), inZone(w.End, r.TimeZone)
	}
	return out
}

// ListRequests lists the requests that the caller may see.
func (h *handlers) ListRequests(ctx context.Context, in oapi.ListRequestsRequestObject) (oapi.ListRequestsResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	filter := dispatch.RequestFilter{ClientID: in.Params.ClientID, Status: dispatch.RequestStatus(in.Params.Status)}
	list, err := h.dispatch.Requests(ctx, principal(ctx), filter, p)
	if err != nil {
		return nil, err
	}
	return oapi.ListRequests200JSONResponse{Items: each(list.Items, func(r dispatch.Request) oapi.Request { return requestOf(principal(ctx), r) }), NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// demand reads a demand for help.
func (h *handlers) demand(ctx context.Context, b oapi.RequestCreate) (dispatch.NewRequest, error) {
	l, err := h.localTimes(ctx, b.TimeZone, b.SiteID)
	if err != nil {
		return dispatch.NewRequest{}, err
	}
	demand := dispatch.NewRequest{
		External: dispatch.External{ExternalID: b.ExternalID}, ClientID: b.ClientID, SiteID: b.SiteID, ContactID: b.ContactID, AssetID: b.AssetID,
		Category: b.Category, Description: b.Description, SupportLevel: b.SupportLevel, Severity: dispatch.Severity(b.Severity),
		Impact: dispatch.Grade(b.Impact), Urgency: dispatch.Grade(b.Urgency), Metadata: dispatch.Metadata(b.Metadata), BySlot: b.BySlot,
		Work: dispatch.Work{Mode: dispatch.Mode(b.Mode), RequiredSkills: skillLevels(b.RequiredSkills), Duration: l.duration("/duration", b.Duration), Windows: l.windows("/windows", b.Windows)},
	}
	var d durations
	demand.Rules = d.workRules(b.Rules)
	l.wishes(b.PreferredStart, b.PreferredEnd, b.Due, &demand.Rules)
	return demand, append(l.faults, d.faults...).Err()
}

// CreateRequest takes a demand for help.
func (h *handlers) CreateRequest(ctx context.Context, in oapi.CreateRequestRequestObject) (oapi.CreateRequestResponseObject, error) {
	demand, err := h.demand(ctx, *in.Body)
	if err != nil {
		return nil, err
	}
	r, err := h.dispatch.CreateRequest(ctx, principal(ctx), demand)
	if err != nil {
		return nil, err
	}
	return oapi.CreateRequest201JSONResponse{Body: requestOf(principal(ctx), r), Headers: oapi.CreateRequest201ResponseHeaders{ETag: etag(r.Version)}}, nil
}

// ReadRequest gives one request.
func (h *handlers) ReadRequest(ctx context.Context, in oapi.ReadRequestRequestObject) (oapi.ReadRequestResponseObject, error) {
	r, err := h.dispatch.Request(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return oapi.ReadRequest200JSONResponse{Body: requestOf(principal(ctx), r), Headers: oapi.ReadRequest200ResponseHeaders{ETag: etag(r.Version)}}, nil
}

// UpdateRequest changes a request.
func (h *handlers) UpdateRequest(ctx context.Context, in oapi.UpdateRequestRequestObject) (oapi.UpdateRequestResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "request")
	if err != nil {
		return nil, err
	}
	patch, err := h.requestPatch(ctx, in.ID, in.Body)
	if err != nil {
		return nil, err
	}
	r, err := h.dispatch.PatchRequest(ctx, principal(ctx), in.ID, v, patch)
	if err != nil {
		return nil, err
	}
	return oapi.UpdateRequest200JSONResponse{Body: requestOf(principal(ctx), r), Headers: oapi.UpdateRequest200ResponseHeaders{ETag: etag(r.Version)}}, nil
}

func (h *handlers) requestPatch(ctx context.Context, id uuid.UUID, b *oapi.RequestPatch) (dispatch.RequestPatch, error) {
	patch := dispatch.RequestPatch{
		Category: b.Category, Description: b.Description, SupportLevel: b.SupportLevel, Severity: (*dispatch.Severity)(b.Severity),
		Impact: (*dispatch.Grade)(b.Impact), Urgency: (*dispatch.Grade)(b.Urgency), ContactID: idPatch(b.ContactID), AssetID: idPatch(b.AssetID),
	}
	if b.Metadata != nil {
		patch.Metadata = dispatch.Metadata(*b.Metadata)
	}
	if b.RequiredSkills != nil {
		levels := skillLevels(*b.RequiredSkills)
		patch.RequiredSkills = &levels
	}
	if b.Duration == nil && b.Windows == nil && b.Rules == nil && !b.PreferredStart.Given && !b.PreferredEnd.Given && !b.Due.Given {
		return patch, nil
	}
	old, err := h.dispatch.Request(ctx, principal(ctx), id)
	if err != nil {
		return patch, err
	}
	l, err := h.ownZone(ctx, b.TimeZone, old.TimeZone)
	if err != nil {
		return patch, err
	}
	patch.Windows, patch.Duration = l.workPatch(b.Windows, b.Duration)
	patch.Rules = l.rulesPatch(b.Rules, b.PreferredStart, b.PreferredEnd, b.Due)
	return patch, l.faults.Err()
}

// workPatch reads the times of a change.
func (l *localTimes) workPatch(windows *[]oapi.LocalWindow, duration *string) (spans *[]dispatch.Span, length *time.Duration) {
	if windows != nil {
		s := l.windows("/windows", *windows)
		spans = &s
	}
	if duration != nil {
		d := l.duration("/duration", *duration)
		length = &d
	}
	return spans, length
}

// UpsertRequest creates or replaces the request that a partner knows under its own id.
func (h *handlers) UpsertRequest(ctx context.Context, in oapi.UpsertRequestRequestObject) (oapi.UpsertRequestResponseObject, error) {
	b := in.Body
	demand, err := h.demand(ctx, oapi.RequestCreate{
		ExternalID: in.ExternalID, ClientID: b.ClientID, SiteID: b.SiteID, ContactID: b.ContactID, AssetID: b.AssetID, Category: b.Category, Description: b.Description,
		SupportLevel: b.SupportLevel, Severity: b.Severity, Impact: b.Impact, Urgency: b.Urgency, Metadata: b.Metadata, Mode: b.Mode, RequiredSkills: b.RequiredSkills,
		Duration: b.Duration, Windows: b.Windows, TimeZone: b.TimeZone, Rules: b.Rules, PreferredStart: b.PreferredStart, PreferredEnd: b.PreferredEnd, Due: b.Due,
	})
	if err != nil {
		return nil, err
	}
	seen, err := seenVersion(in.Params.IfMatch, "request")
	if err != nil {
		return nil, err
	}
	r, created, err := h.dispatch.UpsertRequest(ctx, principal(ctx), seen, demand)
	if err != nil {
		return nil, err
	}
	if created {
		return oapi.UpsertRequest201JSONResponse{Body: requestOf(principal(ctx), r), Headers: oapi.UpsertRequest201ResponseHeaders{ETag: etag(r.Version)}}, nil
	}
	return oapi.UpsertRequest200JSONResponse{Body: requestOf(principal(ctx), r), Headers: oapi.UpsertRequest200ResponseHeaders{ETag: etag(r.Version)}}, nil
}

// CancelRequest ends a request.
func (h *handlers) CancelRequest(ctx context.Context, in oapi.CancelRequestRequestObject) (oapi.CancelRequestResponseObject, error) {
	r, err := h.dispatch.CancelRequest(ctx, principal(ctx), in.ID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return oapi.CancelRequest200JSONResponse{Body: requestOf(principal(ctx), r), Headers: oapi.CancelRequest200ResponseHeaders{ETag: etag(r.Version)}}, nil
}

// ListRequestEvents gives the written trace of a request.
func (h *handlers) ListRequestEvents(ctx context.Context, in oapi.ListRequestEventsRequestObject) (oapi.ListRequestEventsResponseObject, error) {
	limit, after := in.Params.Limit, dispatch.EventCursor{}
	if limit == 0 {
		limit = defaultLimit
	}
	if in.Params.Cursor != "" {
		var ok bool
		if after, ok = eventCursorOf(in.Params.Cursor); !ok {
			var faults dispatch.Faults
			faults.Add(parameterPath("query", "cursor"), "cursor.invalid", nil)
			return nil, faults.Err()
		}
	}
	events, err := h.dispatch.RequestEvents(ctx, principal(ctx), in.ID, after, limit+1)
	if err != nil {
		return nil, err
	}
	out := oapi.ListRequestEvents200JSONResponse{}
	if len(events) > limit {
		events = events[:limit]
		next := eventID(events[limit-1].Cursor)
		out.NextCursor = &next
	}
	out.Items = each(events, func(e dispatch.Event) oapi.Event { return eventOf(principal(ctx), e) })
	return out, nil
}

// ListRequestVisits lists the visits of a request.
func (h *handlers) ListRequestVisits(ctx context.Context, in oapi.ListRequestVisitsRequestObject) (oapi.ListRequestVisitsResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	if _, err := h.dispatch.Request(ctx, principal(ctx), in.ID); err != nil {
		return nil, err
	}
	list, err := h.dispatch.Visits(ctx, principal(ctx), dispatch.VisitFilter{RequestID: in.ID}, p)
	if err != nil {
		return nil, err
	}
	items := each(list.Items, func(v dispatch.Visit) oapi.Visit { return visitOf(ctx, v) })
	return oapi.ListRequestVisits200JSONResponse{Items: items, NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// CreateVisit opens one more visit of a request; what is left out is the request's.
func (h *handlers) CreateVisit(ctx context.Context, in oapi.CreateVisitRequestObject) (oapi.CreateVisitResponseObject, error) {
	b := in.Body
	r, err := h.dispatch.Request(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	name := b.TimeZone
	if name == "" {
		name = r.TimeZone
	}
	l, err := h.localTimes(ctx, name, uuid.Nil)
	if err != nil {
		return nil, err
	}
	work := r.Work
	if b.Mode != "" {
		work.Mode = dispatch.Mode(b.Mode)
	}
	if b.RequiredSkills != nil {
		work.RequiredSkills = skillLevels(b.RequiredSkills)
	}
	if b.Duration != "" {
		work.Duration = l.duration("/duration", b.Duration)
	}
	wishes := work.Rules
	if b.Windows != nil {
		work.Windows = l.windows("/windows", b.Windows)
		wishes = dispatch.WorkRules{} // they belong to the request's windows
	}
	var d durations
	if b.Rules != nil {
		work.Rules = d.workRules(b.Rules)
	}
	work.Rules.Prefer, work.Rules.Due = wishes.Prefer, wishes.Due
	if b.PreferredStart != "" || b.PreferredEnd != "" || b.Due != "" {
		l.wishes(b.PreferredStart, b.PreferredEnd, b.Due, &work.Rules)
	}
	links := d.links(b.Links)
	if faults := slices.Concat(l.faults, d.faults); len(faults) > 0 {
		return nil, faults.Err()
	}
	v, err := h.dispatch.AddVisit(ctx, principal(ctx), in.ID, work, links)
	if err != nil {
		return nil, err
	}
	return oapi.CreateVisit201JSONResponse{Body: visitOf(ctx, v), Headers: oapi.CreateVisit201ResponseHeaders{ETag: etag(v.Version)}}, nil
}
