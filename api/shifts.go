package api

import (
	"context"
	"time"

	"github.com/google/uuid"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/geo"
	"tournee/scheduler"
)

// shiftOf is a shift as the principal may see it, told in its technician's zone.
func shiftOf(p dispatch.Principal, s dispatch.Shift, name string) oapi.Shift {
	return oapi.Shift{
		ID: s.ID, Version: s.Version, CreatedAt: inZone(s.CreatedAt, name), UpdatedAt: inZone(s.UpdatedAt, name), DeletedAt: when(s.DeletedAt, name),
		ExternalID: s.ExternalID, TechnicianID: s.TechnicianID, Start: inZone(s.Start, name), End: inZone(s.End, name), TimeZone: name,
		StartPlace: positionOf(s.StartPlace), EndPlace: positionOf(s.EndPlace), Transport: transportOf(s.Transport), Breaks: breaksOf(s.Breaks, name),
		Rules: shiftRulesOf(p, s.Rules), PublishedAt: when(s.PublishedAt, name),
	}
}

func breaksOf(breaks []dispatch.Break, name string) []oapi.Break {
	return each(breaks, func(b dispatch.Break) oapi.Break {
		out := oapi.Break{
			Earliest: inZone(b.Earliest, name), Latest: inZone(b.Latest, name), Duration: durationText(time.Duration(b.Seconds) * time.Second),
			Windows: some(b.Windows, func(s dispatch.Span) oapi.Window { return windowOf(s, name) }), Optional: b.Optional, SkipPrice: b.SkipPrice,
		}
		if b.After != nil {
			out.EarliestAfter, out.LatestAfter = durationText(time.Duration(b.After.Earliest)*time.Second), durationText(time.Duration(b.After.Latest)*time.Second)
		}
		return out
	})
}

// toldShift is one shift told in its technician's zone.
func (h *handlers) toldShift(ctx context.Context, s dispatch.Shift, err error) (oapi.Shift, error) {
	if err != nil {
		return oapi.Shift{}, err
	}
	zones, err := h.dispatch.TechnicianZones(ctx, principal(ctx), s.TechnicianID)
	return shiftOf(principal(ctx), s, zones[s.TechnicianID]), err
}

// technicianTimes reads local times in the zone that a body names, else in the technician's; where there is no such technician, in the
// organization's.
func (h *handlers) technicianTimes(ctx context.Context, name string, technician uuid.UUID) (*localTimes, error) {
	if name == "" {
		zones, err := h.dispatch.TechnicianZones(ctx, principal(ctx), technician)
		if err != nil {
			return nil, err
		}
		name = zones[technician]
	}
	return h.localTimes(ctx, name, uuid.Nil)
}

func (l *localTimes) breaks(path string, breaks []oapi.LocalBreak) []dispatch.Break {
	out := make([]dispatch.Break, len(breaks))
	for i, b := range breaks {
		at := pointer(path, i)
		out[i] = dispatch.Break{Seconds: int(l.duration(at+"/duration", b.Duration) / time.Second), Optional: b.Optional, SkipPrice: b.SkipPrice}
		if len(b.Windows) > 0 {
			out[i].Windows = l.windows(at+"/windows", b.Windows)
		}
		l.breakAt(at, b, &out[i])
	}
	return out
}

// breakAt reads when a break may begin: between two moments, or so long after the shift's start.
func (l *localTimes) breakAt(at string, b oapi.LocalBreak, into *dispatch.Break) {
	if b.Earliest != "" || b.Latest != "" {
		l.faults.Check(b.Earliest != "", at+"/earliest", "field.required")
		l.faults.Check(b.Latest != "", at+"/latest", "field.required")
	}
	if b.Earliest != "" && b.Latest != "" {
		into.Earliest, into.Latest = l.instant(at+"/earliest", b.Earliest, b.Fold), l.instant(at+"/latest", b.Latest, b.Fold)
	}
	if b.EarliestAfter == "" && b.LatestAfter == "" {
		return
	}
	l.faults.Check(b.EarliestAfter != "", at+"/earliest_after", "field.required")
	l.faults.Check(b.LatestAfter != "", at+"/latest_after", "field.required")
	after := func(field, text string) scheduler.Seconds {
		return scheduler.Seconds(l.duration(at+"/"+field, text) / time.Second)
	}
	into.After = &dispatch.AfterStart{Earliest: after("earliest_after", b.EarliestAfter), Latest: after("latest_after", b.LatestAfter)}
}

// transportGiven is a way to travel that a caller may give.
func transportGiven(t *oapi.Transport) *geo.Mode {
	if t == nil {
		return nil
	}
	mode := transport(*t)
	return &mode
}

// ListShifts lists the shifts that the caller may see.
func (h *handlers) ListShifts(ctx context.Context, in oapi.ListShiftsRequestObject) (oapi.ListShiftsResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	filter := dispatch.SpanFilter{Span: dispatch.Span{Start: in.Params.From, End: in.Params.To}, TechnicianID: in.Params.TechnicianID}
	list, err := h.dispatch.Shifts(ctx, principal(ctx), filter, p)
	if err != nil {
		return nil, err
	}
	zones, err := h.dispatch.TechnicianZones(ctx, principal(ctx), each(list.Items, func(s dispatch.Shift) uuid.UUID { return s.TechnicianID })...)
	if err != nil {
		return nil, err
	}
	items := each(list.Items, func(s dispatch.Shift) oapi.Shift { return shiftOf(principal(ctx), s, zones[s.TechnicianID]) })
	return oapi.ListShifts200JSONResponse{Items: items, NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// CreateShift makes a shift.
func (h *handlers) CreateShift(ctx context.Context, in oapi.CreateShiftRequestObject) (oapi.CreateShiftResponseObject, error) {
	b := in.Body
	d, err := h.shiftDraft(ctx, oapi.ShiftPut{
		TechnicianID: b.TechnicianID, Start: b.Start, End: b.End, Fold: b.Fold, TimeZone: b.TimeZone, StartPlace: b.StartPlace, EndPlace: b.EndPlace,
		Transport: b.Transport, Breaks: b.Breaks, Rules: b.Rules,
	})
	if err != nil {
		return nil, err
	}
	d.ExternalID = b.ExternalID
	made, err := h.dispatch.CreateShift(ctx, principal(ctx), d)
	s, err := h.toldShift(ctx, made, err)
	if err != nil {
		return nil, err
	}
	return oapi.CreateShift201JSONResponse{Body: s, Headers: oapi.CreateShift201ResponseHeaders{ETag: etag(s.Version)}}, nil
}

// shiftDraft reads a whole shift.
func (h *handlers) shiftDraft(ctx context.Context, b oapi.ShiftPut) (dispatch.ShiftDraft, error) {
	l, err := h.technicianTimes(ctx, b.TimeZone, b.TechnicianID)
	if err != nil {
		return dispatch.ShiftDraft{}, err
	}
	d := dispatch.ShiftDraft{
		TechnicianID: b.TechnicianID, Span: dispatch.Span{Start: l.instant("/start", b.Start, b.Fold), End: l.instant("/end", b.End, b.Fold)},
		StartPlace: positionGiven(b.StartPlace), EndPlace: positionGiven(b.EndPlace), Transport: transportGiven(orNil(b.Transport)), Breaks: l.breaks("/breaks", b.Breaks),
	}
	var lengths durations
	d.Rules = lengths.shiftRulesGiven(b.Rules)
	return d, append(l.faults, lengths.faults...).Err()
}

// ReadShift gives one shift.
func (h *handlers) ReadShift(ctx context.Context, in oapi.ReadShiftRequestObject) (oapi.ReadShiftResponseObject, error) {
	found, err := h.dispatch.Shift(ctx, principal(ctx), in.ID)
	s, err := h.toldShift(ctx, found, err)
	if err != nil {
		return nil, err
	}
	return oapi.ReadShift200JSONResponse{Body: s, Headers: oapi.ReadShift200ResponseHeaders{ETag: etag(s.Version)}}, nil
}

// UpdateShift changes a shift.
func (h *handlers) UpdateShift(ctx context.Context, in oapi.UpdateShiftRequestObject) (oapi.UpdateShiftResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "shift")
	if err != nil {
		return nil, err
	}
	patch, err := h.shiftPatch(ctx, in.ID, in.Body)
	if err != nil {
		return nil, err
	}
	changed, err := h.dispatch.PatchShift(ctx, principal(ctx), in.ID, v, patch)
	s, err := h.toldShift(ctx, changed, err)
	if err != nil {
		return nil, err
	}
	return oapi.UpdateShift200JSONResponse{Body: s, Headers: oapi.UpdateShift200ResponseHeaders{ETag: etag(s.Version)}}, nil
}

// shiftPatch reads a change of a shift; its local times are its technician's.
func (h *handlers) shiftPatch(ctx context.Context, id uuid.UUID, b *oapi.ShiftPatch) (func(*dispatch.ShiftDraft), error) {
	old, err := h.dispatch.Shift(ctx, principal(ctx), id)
	if err != nil {
		return nil, err
	}
	l, err := h.technicianTimes(ctx, given(b.TimeZone), old.TechnicianID)
	if err != nil {
		return nil, err
	}
	start, end := l.instantGiven("/start", b.Start, given(b.Fold)), l.instantGiven("/end", b.End, given(b.Fold))
	breaks := l.breaks("/breaks", given(b.Breaks))
	var lengths durations
	rules := lengths.shiftRulesGiven(b.Rules)
	return func(d *dispatch.ShiftDraft) {
		set(&d.Start, start)
		set(&d.End, end)
		if b.Breaks != nil {
			d.Breaks = breaks
		}
		if rules != nil {
			d.Rules = rules
		}
		if b.StartPlace != nil {
			d.StartPlace = positionGiven(b.StartPlace)
		}
		if b.EndPlace != nil {
			d.EndPlace = positionGiven(b.EndPlace)
		}
		if b.Transport != nil {
			d.Transport = transportGiven(b.Transport)
		}
	}, append(l.faults, lengths.faults...).Err()
}

// instantGiven is instant for a time that may be given; nil when it was not.
func (l *localTimes) instantGiven(path string, text *string, fold oapi.Fold) *time.Time {
	if text == nil {
		return nil
	}
	at := l.instant(path, *text, fold)
	return &at
}

// UpsertShift creates or replaces the shift that another system knows under its own id.
func (h *handlers) UpsertShift(ctx context.Context, in oapi.UpsertShiftRequestObject) (oapi.UpsertShiftResponseObject, error) {
	v, err := seenVersion(in.Params.IfMatch, "shift")
	if err != nil {
		return nil, err
	}
	d, err := h.shiftDraft(ctx, *in.Body)
	if err != nil {
		return nil, err
	}
	d.ExternalID = in.ExternalID
	put, created, err := h.dispatch.UpsertShift(ctx, principal(ctx), v, d)
	s, err := h.toldShift(ctx, put, err)
	if err != nil {
		return nil, err
	}
	if created {
		return oapi.UpsertShift201JSONResponse{Body: s, Headers: oapi.UpsertShift201ResponseHeaders{ETag: etag(s.Version)}}, nil
	}
	return oapi.UpsertShift200JSONResponse{Body: s, Headers: oapi.UpsertShift200ResponseHeaders{ETag: etag(s.Version)}}, nil
}

// DeleteShift takes a shift out.
func (h *handlers) DeleteShift(ctx context.Context, in oapi.DeleteShiftRequestObject) (oapi.DeleteShiftResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "shift")
	if err != nil {
		return nil, err
	}
	if err := h.dispatch.DeleteShift(ctx, principal(ctx), in.ID, v); err != nil {
		return nil, err
	}
	return oapi.DeleteShift204Response{}, nil
}
