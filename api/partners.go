package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

func partnerOf(p dispatch.Partner) oapi.Partner {
	return oapi.Partner{ID: p.ID, Version: p.Version, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt, DeletedAt: given(p.DeletedAt), Name: p.Name}
}

// ListPartners lists the partners.
func (h *handlers) ListPartners(ctx context.Context, in oapi.ListPartnersRequestObject) (oapi.ListPartnersResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	list, err := h.dispatch.Partners(ctx, principal(ctx), p)
	if err != nil {
		return nil, err
	}
	return oapi.ListPartners200JSONResponse{Items: each(list.Items, partnerOf), NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// CreatePartner makes a partner.
func (h *handlers) CreatePartner(ctx context.Context, in oapi.CreatePartnerRequestObject) (oapi.CreatePartnerResponseObject, error) {
	p, err := h.dispatch.CreatePartner(ctx, principal(ctx), in.Body.Name)
	if err != nil {
		return nil, err
	}
	return oapi.CreatePartner201JSONResponse{Body: partnerOf(p), Headers: oapi.CreatePartner201ResponseHeaders{ETag: etag(p.Version)}}, nil
}

// ReadPartner gives one partner.
func (h *handlers) ReadPartner(ctx context.Context, in oapi.ReadPartnerRequestObject) (oapi.ReadPartnerResponseObject, error) {
	p, err := h.dispatch.Partner(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return oapi.ReadPartner200JSONResponse{Body: partnerOf(p), Headers: oapi.ReadPartner200ResponseHeaders{ETag: etag(p.Version)}}, nil
}

// UpdatePartner changes a partner.
func (h *handlers) UpdatePartner(ctx context.Context, in oapi.UpdatePartnerRequestObject) (oapi.UpdatePartnerResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "partner")
	if err != nil {
		return nil, err
	}
	p, err := h.dispatch.PatchPartner(ctx, principal(ctx), in.ID, v, func(p *dispatch.Partner) { set(&p.Name, in.Body.Name) })
	if err != nil {
		return nil, err
	}
	return oapi.UpdatePartner200JSONResponse{Body: partnerOf(p), Headers: oapi.UpdatePartner200ResponseHeaders{ETag: etag(p.Version)}}, nil
}

// DeletePartner takes a partner and its API keys out.
func (h *handlers) DeletePartner(ctx context.Context, in oapi.DeletePartnerRequestObject) (oapi.DeletePartnerResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "partner")
	if err != nil {
		return nil, err
	}
	p := principal(ctx)
	revoke := func(ctx context.Context) error { return h.identity.RevokePartnerKeys(ctx, p.OrganizationID, in.ID) }
	if err := h.dispatch.DeletePartner(ctx, p, in.ID, v, revoke); err != nil {
		return nil, err
	}
	return oapi.DeletePartner204Response{}, nil
}
