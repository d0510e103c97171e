package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

// organizationOf is the organization as the caller may see it: how it plans is the dispatchers' affair.
func organizationOf(p dispatch.Principal, o dispatch.Organization) oapi.Organization {
	out := oapi.Organization{
		ID: o.ID, Version: o.Version, CreatedAt: inZone(o.CreatedAt, o.TimeZone), UpdatedAt: inZone(o.UpdatedAt, o.TimeZone),
		Slug: o.Slug, Name: o.Name, TimeZone: o.TimeZone, Locale: oapi.Locale(o.Locale), Currency: o.Currency,
	}
	if !p.Staff() {
		return out
	}
	out.PriorityMatrix = each(o.PriorityMatrix[:], func(priority int16) int { return int(priority) })
	w := o.Weights
	out.Weights = &oapi.Weights{
		TravelHour: w.TravelHour, TravelKilometre: w.TravelKilometre, WaitingHour: w.WaitingHour, Overqualification: w.Overqualification,
		LeftOut: w.LeftOut[:], TechnicianChange: w.TechnicianChange,
	}
	return out
}

// ReadOrganization gives the caller's organization.
func (h *handlers) ReadOrganization(ctx context.Context, _ oapi.ReadOrganizationRequestObject) (oapi.ReadOrganizationResponseObject, error) {
	o, err := h.dispatch.Organization(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	return oapi.ReadOrganization200JSONResponse{Body: organizationOf(principal(ctx), o), Headers: oapi.ReadOrganization200ResponseHeaders{ETag: etag(o.Version)}}, nil
}

// UpdateOrganization changes the caller's organization.
func (h *handlers) UpdateOrganization(ctx context.Context, in oapi.UpdateOrganizationRequestObject) (oapi.UpdateOrganizationResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "organization")
	if err != nil {
		return nil, err
	}
	o, err := h.dispatch.PatchOrganization(ctx, principal(ctx), v, func(o *dispatch.Organization) { organizationPatch(o, in.Body) })
	if err != nil {
		return nil, err
	}
	return oapi.UpdateOrganization200JSONResponse{Body: organizationOf(principal(ctx), o), Headers: oapi.UpdateOrganization200ResponseHeaders{ETag: etag(o.Version)}}, nil
}

func organizationPatch(o *dispatch.Organization, b *oapi.OrganizationPatch) {
	set(&o.Name, b.Name)
	set(&o.TimeZone, b.TimeZone)
	set(&o.Locale, (*string)(b.Locale))
	if b.PriorityMatrix != nil {
		for i := range o.PriorityMatrix { // the contract asks for nine
			o.PriorityMatrix[i] = int16((*b.PriorityMatrix)[i]) // 1 to 5, as the contract says
		}
	}
	if w := b.Weights; w != nil {
		o.Weights = dispatch.Weights{
			TravelHour: w.TravelHour, TravelKilometre: w.TravelKilometre, WaitingHour: w.WaitingHour, Overqualification: w.Overqualification,
			LeftOut: [5]int64(w.LeftOut), TechnicianChange: w.TechnicianChange,
		}
	}
}
