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
		LeftOut: w.LeftOut[:], TechnicianChange: w.TechnicianChange, Scarcity: w.Scarcity, NotPreferred: w.NotPreferred, SpareTerritory: w.SpareTerritory,
		PreferHour: w.PreferHour, LateHour: w.LateHour, ToldHour: w.ToldHour, Fairness: w.Fairness, Unpleasant: w.Unpleasant, Lexicographic: w.Lexicographic,
	}
	out.Policy = policyOf(o.Policy)
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
	var d durations
	var policy *dispatch.Policy
	if in.Body.Policy != nil {
		read := d.policy(*in.Body.Policy)
		policy = &read
	}
	if err := d.faults.Err(); err != nil {
		return nil, err
	}
	o, err := h.dispatch.PatchOrganization(ctx, principal(ctx), v, given(in.Body.Profile), func(o *dispatch.Organization) {
		organizationPatch(o, in.Body)
		set(&o.Policy, policy)
	})
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
		weightsPatch(&o.Weights, w)
	}
}

func weightsPatch(to *dispatch.Weights, w *oapi.WeightsPatch) {
	set(&to.TravelHour, w.TravelHour)
	set(&to.TravelKilometre, w.TravelKilometre)
	set(&to.WaitingHour, w.WaitingHour)
	set(&to.Overqualification, w.Overqualification)
	if w.LeftOut != nil {
		to.LeftOut = [5]int64(*w.LeftOut) // the contract asks for five
	}
	set(&to.TechnicianChange, w.TechnicianChange)
	set(&to.Scarcity, w.Scarcity)
	set(&to.NotPreferred, w.NotPreferred)
	set(&to.SpareTerritory, w.SpareTerritory)
	set(&to.PreferHour, w.PreferHour)
	set(&to.LateHour, w.LateHour)
	set(&to.ToldHour, w.ToldHour)
	set(&to.Fairness, w.Fairness)
	set(&to.Unpleasant, w.Unpleasant)
	set(&to.Lexicographic, w.Lexicographic)
}
