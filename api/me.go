package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/dispatch/identity"
)

func meOf(a identity.Account) oapi.Me {
	return oapi.Me{
		ID: a.ID, Role: oapi.Role(a.Role), OrganizationID: a.OrganizationID, Name: a.Name, Email: a.Email, Locale: oapi.Locale(a.Locale),
		ClientID: a.ClientID, TechnicianID: a.TechnicianID,
	}
}

// ReadMe says who the caller is. A partner is its API key, with the scopes that the token shown has.
func (h *handlers) ReadMe(ctx context.Context, _ oapi.ReadMeRequestObject) (oapi.ReadMeResponseObject, error) {
	p := principal(ctx)
	if p.Role != dispatch.RolePartner {
		a, err := h.identity.OwnAccount(ctx, p)
		return oapi.ReadMe200JSONResponse(meOf(a)), err
	}
	k, err := h.identity.OwnAPIKey(ctx, p)
	return oapi.ReadMe200JSONResponse{
		ID: p.ID, Role: oapi.Role(p.Role), OrganizationID: p.OrganizationID, Name: k.Name, Locale: oapi.Locale(p.Locale),
		PartnerID: p.PartnerID, Scopes: scopesOf(p.Scopes),
	}, err
}

// UpdateMe changes the caller's name or language.
func (h *handlers) UpdateMe(ctx context.Context, in oapi.UpdateMeRequestObject) (oapi.UpdateMeResponseObject, error) {
	a, err := h.identity.UpdateOwnAccount(ctx, principal(ctx), identity.AccountPatch{Name: in.Body.Name, Locale: (*string)(in.Body.Locale)}, caller(ctx))
	return oapi.UpdateMe200JSONResponse(meOf(a)), err
}
