package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/geo"
)

// technicianOf is a technician as the principal may see him.
func technicianOf(p dispatch.Principal, t dispatch.Technician) oapi.Technician {
	return oapi.Technician{
		ID: t.ID, Version: t.Version, CreatedAt: inZone(t.CreatedAt, t.TimeZone), UpdatedAt: inZone(t.UpdatedAt, t.TimeZone), DeletedAt: when(t.DeletedAt, t.TimeZone),
		ExternalID: t.ExternalID, Name: t.Name, Email: t.Email, Phone: t.Phone, Employment: oapi.Employment(t.Employment), Transport: transportOf(t.Transport),
		Home: positionOf(t.Home), TimeZone: t.TimeZone, Locale: oapi.Locale(t.Locale), Skills: skillLevelsOf(t.Skills),
		TerritoryIds: append([]oapi.ID{}, t.TerritoryIDs...), Rules: technicianRulesOf(p, t.Rules), Metadata: oapi.Metadata(t.Metadata),
	}
}

func transportOf(m geo.Mode) oapi.Transport { return oapi.Transport(m.String()) }

// transport is a way to travel; one that does not exist is geo.Modes, which the business refuses.
func transport(t oapi.Transport) geo.Mode {
	mode, err := geo.ParseMode(string(t))
	if err != nil {
		return geo.Modes
	}
	return mode
}

// ListTechnicians lists the technicians.
func (h *handlers) ListTechnicians(ctx context.Context, in oapi.ListTechniciansRequestObject) (oapi.ListTechniciansResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	list, err := h.dispatch.Technicians(ctx, principal(ctx), p)
	if err != nil {
		return nil, err
	}
	return oapi.ListTechnicians200JSONResponse{Items: each(list.Items, func(t dispatch.Technician) oapi.Technician { return technicianOf(principal(ctx), t) }), NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// CreateTechnician makes a technician.
func (h *handlers) CreateTechnician(ctx context.Context, in oapi.CreateTechnicianRequestObject) (oapi.CreateTechnicianResponseObject, error) {
	b := in.Body
	var d durations
	rules := d.technicianRules(b.Rules)
	if err := d.faults.Err(); err != nil {
		return nil, err
	}
	t, err := h.dispatch.CreateTechnician(ctx, principal(ctx), dispatch.Technician{
		ExternalID: b.ExternalID, Name: b.Name, Email: b.Email, Phone: b.Phone, Employment: dispatch.Employment(b.Employment), Transport: transport(b.Transport),
		Home: position(b.Home), TimeZone: b.TimeZone, Locale: string(b.Locale), Skills: skillLevels(b.Skills), TerritoryIDs: b.TerritoryIds,
		Rules: rules, Metadata: dispatch.Metadata(b.Metadata),
	})
	if err != nil {
		return nil, err
	}
	return oapi.CreateTechnician201JSONResponse{Body: technicianOf(principal(ctx), t), Headers: oapi.CreateTechnician201ResponseHeaders{ETag: etag(t.Version)}}, nil
}

// ReadTechnician gives one technician.
func (h *handlers) ReadTechnician(ctx context.Context, in oapi.ReadTechnicianRequestObject) (oapi.ReadTechnicianResponseObject, error) {
	t, err := h.dispatch.Technician(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return oapi.ReadTechnician200JSONResponse{Body: technicianOf(principal(ctx), t), Headers: oapi.ReadTechnician200ResponseHeaders{ETag: etag(t.Version)}}, nil
}

// UpdateTechnician changes a technician.
func (h *handlers) UpdateTechnician(ctx context.Context, in oapi.UpdateTechnicianRequestObject) (oapi.UpdateTechnicianResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "technician")
	if err != nil {
		return nil, err
	}
	var d durations
	rules := d.technicianRules(in.Body.Rules)
	if err := d.faults.Err(); err != nil {
		return nil, err
	}
	t, err := h.dispatch.PatchTechnician(ctx, principal(ctx), in.ID, v, func(t *dispatch.Technician) {
		technicianPatch(t, in.Body)
		if in.Body.Rules != nil {
			t.Rules = rules
		}
	})
	if err != nil {
		return nil, err
	}
	return oapi.UpdateTechnician200JSONResponse{Body: technicianOf(principal(ctx), t), Headers: oapi.UpdateTechnician200ResponseHeaders{ETag: etag(t.Version)}}, nil
}

func technicianPatch(t *dispatch.Technician, b *oapi.TechnicianPatch) {
	set(&t.Name, b.Name)
	setOrClear(&t.Email, b.Email)
	setOrClear(&t.Phone, b.Phone)
	set(&t.Employment, (*dispatch.Employment)(b.Employment))
	if b.Transport != nil {
		t.Transport = transport(*b.Transport)
	}
	set(&t.Home, positionGiven(b.Home))
	set(&t.TimeZone, b.TimeZone)
	set(&t.Locale, (*string)(b.Locale))
	if b.Skills != nil {
		t.Skills = skillLevels(*b.Skills)
	}
	set(&t.TerritoryIDs, b.TerritoryIds)
	set(&t.Metadata, (*dispatch.Metadata)(b.Metadata))
}

// UpsertTechnician creates or replaces the technician that another system knows under its own id.
func (h *handlers) UpsertTechnician(ctx context.Context, in oapi.UpsertTechnicianRequestObject) (oapi.UpsertTechnicianResponseObject, error) {
	v, err := seenVersion(in.Params.IfMatch, "technician")
	if err != nil {
		return nil, err
	}
	b := in.Body
	var d durations
	rules := d.technicianRules(b.Rules)
	if err := d.faults.Err(); err != nil {
		return nil, err
	}
	t, created, err := h.dispatch.UpsertTechnician(ctx, principal(ctx), v, dispatch.Technician{
		ExternalID: in.ExternalID, Name: b.Name, Email: b.Email, Phone: b.Phone, Employment: dispatch.Employment(b.Employment), Transport: transport(b.Transport),
		Home: position(b.Home), TimeZone: b.TimeZone, Locale: string(b.Locale), Skills: skillLevels(b.Skills), TerritoryIDs: b.TerritoryIds,
		Rules: rules, Metadata: dispatch.Metadata(b.Metadata),
	})
	if err != nil {
		return nil, err
	}
	if created {
		return oapi.UpsertTechnician201JSONResponse{Body: technicianOf(principal(ctx), t), Headers: oapi.UpsertTechnician201ResponseHeaders{ETag: etag(t.Version)}}, nil
	}
	return oapi.UpsertTechnician200JSONResponse{Body: technicianOf(principal(ctx), t), Headers: oapi.UpsertTechnician200ResponseHeaders{ETag: etag(t.Version)}}, nil
}

// DeleteTechnician takes a technician out.
func (h *handlers) DeleteTechnician(ctx context.Context, in oapi.DeleteTechnicianRequestObject) (oapi.DeleteTechnicianResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "technician")
	if err != nil {
		return nil, err
	}
	if err := h.dispatch.DeleteTechnician(ctx, principal(ctx), in.ID, v); err != nil {
		return nil, err
	}
	return oapi.DeleteTechnician204Response{}, nil
}
