package api

import (
	"context"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

func assetOf(a dispatch.Asset) oapi.Asset {
	return oapi.Asset{
		ID: a.ID, Version: a.Version, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, DeletedAt: given(a.DeletedAt), PartnerID: a.PartnerID, ExternalID: a.ExternalID,
		ClientID: a.ClientID, SiteID: a.SiteID, Kind: oapi.AssetKind(a.Kind), Make: a.Make, Model: a.Model, Serial: a.Serial,
		WarrantyEnd: openapi_types.Date{Time: given(a.WarrantyEnd)}, Metadata: oapi.Metadata(a.Metadata),
	}
}

// day is a date that may be given; nil when it was not.
func day(d openapi_types.Date) *time.Time { return orNil(d.Time) }

// ListClientAssets lists the assets of one client.
func (h *handlers) ListClientAssets(ctx context.Context, in oapi.ListClientAssetsRequestObject) (oapi.ListClientAssetsResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	if err := named(in.ClientID, "client"); err != nil {
		return nil, err
	}
	list, err := h.dispatch.Assets(ctx, principal(ctx), in.ClientID, p)
	if err != nil {
		return nil, err
	}
	return oapi.ListClientAssets200JSONResponse{Items: each(list.Items, assetOf), NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// CreateAsset makes an asset of a client.
func (h *handlers) CreateAsset(ctx context.Context, in oapi.CreateAssetRequestObject) (oapi.CreateAssetResponseObject, error) {
	b := in.Body
	a, err := h.dispatch.CreateAsset(ctx, principal(ctx), dispatch.Asset{
		External: dispatch.External{ExternalID: b.ExternalID}, ClientID: in.ClientID, SiteID: b.SiteID, Kind: string(b.Kind), Make: b.Make, Model: b.Model,
		Serial: b.Serial, WarrantyEnd: day(b.WarrantyEnd), Metadata: dispatch.Metadata(b.Metadata),
	})
	if err != nil {
		return nil, err
	}
	return oapi.CreateAsset201JSONResponse{Body: assetOf(a), Headers: oapi.CreateAsset201ResponseHeaders{ETag: etag(a.Version)}}, nil
}

// ReadAsset gives one asset.
func (h *handlers) ReadAsset(ctx context.Context, in oapi.ReadAssetRequestObject) (oapi.ReadAssetResponseObject, error) {
	a, err := h.dispatch.Asset(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return oapi.ReadAsset200JSONResponse{Body: assetOf(a), Headers: oapi.ReadAsset200ResponseHeaders{ETag: etag(a.Version)}}, nil
}

// UpdateAsset changes an asset.
func (h *handlers) UpdateAsset(ctx context.Context, in oapi.UpdateAssetRequestObject) (oapi.UpdateAssetResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "asset")
	if err != nil {
		return nil, err
	}
	a, err := h.dispatch.PatchAsset(ctx, principal(ctx), in.ID, v, func(a *dispatch.Asset) {
		b := in.Body
		set(&a.SiteID, idPatch(b.SiteID))
		set(&a.Kind, (*string)(b.Kind))
		set(&a.Make, b.Make)
		set(&a.Model, b.Model)
		set(&a.Serial, b.Serial)
		set(&a.Metadata, (*dispatch.Metadata)(b.Metadata))
		if b.WarrantyEnd.Given {
			a.WarrantyEnd = nil
			if b.WarrantyEnd.Value != nil {
				a.WarrantyEnd = &b.WarrantyEnd.Value.Time
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return oapi.UpdateAsset200JSONResponse{Body: assetOf(a), Headers: oapi.UpdateAsset200ResponseHeaders{ETag: etag(a.Version)}}, nil
}

// UpsertAsset creates or replaces the asset that another system knows under its own id.
func (h *handlers) UpsertAsset(ctx context.Context, in oapi.UpsertAssetRequestObject) (oapi.UpsertAssetResponseObject, error) {
	v, err := seenVersion(in.Params.IfMatch, "asset")
	if err != nil {
		return nil, err
	}
	b := in.Body
	a, created, err := h.dispatch.UpsertAsset(ctx, principal(ctx), v, dispatch.Asset{
		External: dispatch.External{ExternalID: in.ExternalID}, ClientID: b.ClientID, SiteID: b.SiteID, Kind: string(b.Kind), Make: b.Make, Model: b.Model,
		Serial: b.Serial, WarrantyEnd: day(b.WarrantyEnd), Metadata: dispatch.Metadata(b.Metadata),
	})
	if err != nil {
		return nil, err
	}
	if created {
		return oapi.UpsertAsset201JSONResponse{Body: assetOf(a), Headers: oapi.UpsertAsset201ResponseHeaders{ETag: etag(a.Version)}}, nil
	}
	return oapi.UpsertAsset200JSONResponse{Body: assetOf(a), Headers: oapi.UpsertAsset200ResponseHeaders{ETag: etag(a.Version)}}, nil
}

// DeleteAsset takes an asset out.
func (h *handlers) DeleteAsset(ctx context.Context, in oapi.DeleteAssetRequestObject) (oapi.DeleteAssetResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "asset")
	if err != nil {
		return nil, err
	}
	if err := h.dispatch.DeleteAsset(ctx, principal(ctx), in.ID, v); err != nil {
		return nil, err
	}
	return oapi.DeleteAsset204Response{}, nil
}
