package api

import (
	"context"

	"github.com/google/uuid"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

// absenceOf is an absence told in its technician's zone.
func absenceOf(a dispatch.Absence, name string) oapi.Absence {
	return oapi.Absence{
		ID: a.ID, Version: a.Version, CreatedAt: inZone(a.CreatedAt, name), UpdatedAt: inZone(a.UpdatedAt, name), DeletedAt: when(a.DeletedAt, name),
		TechnicianID: a.TechnicianID, Start: inZone(a.Start, name), End: inZone(a.End, name), TimeZone: name, Kind: oapi.AbsenceKind(a.Kind),
	}
}

// toldAbsence is one absence told in its technician's zone.
func (h *handlers) toldAbsence(ctx context.Context, a dispatch.Absence, err error) (oapi.Absence, error) {
	if err != nil {
		return oapi.Absence{}, err
	}
	zones, err := h.dispatch.TechnicianZones(ctx, principal(ctx), a.TechnicianID)
	return absenceOf(a, zones[a.TechnicianID]), err
}

// ListAbsences lists the absences that the caller may see.
func (h *handlers) ListAbsences(ctx context.Context, in oapi.ListAbsencesRequestObject) (oapi.ListAbsencesResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	filter := dispatch.SpanFilter{Span: dispatch.Span{Start: in.Params.From, End: in.Params.To}, TechnicianID: in.Params.TechnicianID}
	list, err := h.dispatch.Absences(ctx, principal(ctx), filter, p)
	if err != nil {
		return nil, err
	}
	zones, err := h.dispatch.TechnicianZones(ctx, principal(ctx), each(list.Items, func(a dispatch.Absence) uuid.UUID { return a.TechnicianID })...)
	if err != nil {
		return nil, err
	}
	items := each(list.Items, func(a dispatch.Absence) oapi.Absence { return absenceOf(a, zones[a.TechnicianID]) })
	return oapi.ListAbsences200JSONResponse{Items: items, NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// CreateAbsence takes a technician out for a while.
func (h *handlers) CreateAbsence(ctx context.Context, in oapi.CreateAbsenceRequestObject) (oapi.CreateAbsenceResponseObject, error) {
	b := in.Body
	l, err := h.technicianTimes(ctx, b.TimeZone, b.TechnicianID)
	if err != nil {
		return nil, err
	}
	absence := dispatch.Absence{
		TechnicianID: b.TechnicianID, Kind: dispatch.AbsenceKind(b.Kind), Span: dispatch.Span{Start: l.instant("/start", b.Start, b.Fold), End: l.instant("/end", b.End, b.Fold)},
	}
	if len(l.faults) > 0 {
		return nil, l.faults.Err()
	}
	made, err := h.dispatch.CreateAbsence(ctx, principal(ctx), absence)
	a, err := h.toldAbsence(ctx, made, err)
	if err != nil {
		return nil, err
	}
	return oapi.CreateAbsence201JSONResponse{Body: a, Headers: oapi.CreateAbsence201ResponseHeaders{ETag: etag(a.Version)}}, nil
}

// ReadAbsence gives one absence.
func (h *handlers) ReadAbsence(ctx context.Context, in oapi.ReadAbsenceRequestObject) (oapi.ReadAbsenceResponseObject, error) {
	found, err := h.dispatch.Absence(ctx, principal(ctx), in.ID)
	a, err := h.toldAbsence(ctx, found, err)
	if err != nil {
		return nil, err
	}
	return oapi.ReadAbsence200JSONResponse{Body: a, Headers: oapi.ReadAbsence200ResponseHeaders{ETag: etag(a.Version)}}, nil
}

// UpdateAbsence changes an absence.
func (h *handlers) UpdateAbsence(ctx context.Context, in oapi.UpdateAbsenceRequestObject) (oapi.UpdateAbsenceResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "absence")
	if err != nil {
		return nil, err
	}
	patch, err := h.absencePatch(ctx, in.ID, in.Body)
	if err != nil {
		return nil, err
	}
	changed, err := h.dispatch.PatchAbsence(ctx, principal(ctx), in.ID, v, patch)
	a, err := h.toldAbsence(ctx, changed, err)
	if err != nil {
		return nil, err
	}
	return oapi.UpdateAbsence200JSONResponse{Body: a, Headers: oapi.UpdateAbsence200ResponseHeaders{ETag: etag(a.Version)}}, nil
}

// absencePatch reads a change of an absence; its local times are its technician's.
func (h *handlers) absencePatch(ctx context.Context, id uuid.UUID, b *oapi.AbsencePatch) (func(*dispatch.Absence), error) {
	old, err := h.dispatch.Absence(ctx, principal(ctx), id)
	if err != nil {
		return nil, err
	}
	l, err := h.technicianTimes(ctx, given(b.TimeZone), old.TechnicianID)
	if err != nil {
		return nil, err
	}
	start, end := l.instantGiven("/start", b.Start, given(b.Fold)), l.instantGiven("/end", b.End, given(b.Fold))
	return func(a *dispatch.Absence) {
		set(&a.Start, start)
		set(&a.End, end)
		set(&a.Kind, (*dispatch.AbsenceKind)(b.Kind))
	}, l.faults.Err()
}

// DeleteAbsence gives a technician's time back to the plan.
func (h *handlers) DeleteAbsence(ctx context.Context, in oapi.DeleteAbsenceRequestObject) (oapi.DeleteAbsenceResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "absence")
	if err != nil {
		return nil, err
	}
	if err := h.dispatch.DeleteAbsence(ctx, principal(ctx), in.ID, v); err != nil {
		return nil, err
	}
	return oapi.DeleteAbsence204Response{}, nil
}
