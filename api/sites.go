package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/geo"
	"tournee/geo/cell"
)

func addressOf(a dispatch.Address) oapi.Address {
	return oapi.Address{Street: a.Street, Complement: a.Complement, PostalCode: a.PostalCode, City: a.City, Country: a.Country}
}

func address(a oapi.Address) dispatch.Address {
	return dispatch.Address{Street: a.Street, Complement: a.Complement, PostalCode: a.PostalCode, City: a.City, Country: a.Country}
}

func position(p oapi.Position) geo.Position { return geo.Position{Lat: p.Lat, Lon: p.Lon} }

// positionGiven is a position that a caller may give.
func positionGiven(p *oapi.Position) *geo.Position {
	if p == nil {
		return nil
	}
	at := position(*p)
	return &at
}

func sitePositionOf(p geo.Position, precision dispatch.Precision) oapi.SitePosition {
	return oapi.SitePosition{Lat: p.Lat, Lon: p.Lon, Precision: oapi.Precision(precision)}
}

func siteOf(s dispatch.Site) oapi.Site {
	return oapi.Site{
		ID: s.ID, Version: s.Version, CreatedAt: inZone(s.CreatedAt, s.TimeZone), UpdatedAt: inZone(s.UpdatedAt, s.TimeZone), DeletedAt: when(s.DeletedAt, s.TimeZone),
		PartnerID: s.PartnerID, ExternalID: s.ExternalID, ClientID: s.ClientID, Name: s.Name, Address: addressOf(s.Address),
		Position: sitePositionOf(s.Position, s.Precision), Cell: cell.Cell(s.Cell).String(), TerritoryID: s.TerritoryID, TimeZone: s.TimeZone,
		AccessNotes: s.AccessNotes, NoConnection: s.NoConnection, Metadata: oapi.Metadata(s.Metadata),
	}
}

// ListSites lists every site that the caller may see.
func (h *handlers) ListSites(ctx context.Context, in oapi.ListSitesRequestObject) (oapi.ListSitesResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	list, err := h.dispatch.Sites(ctx, principal(ctx), everybody, p)
	if err != nil {
		return nil, err
	}
	return oapi.ListSites200JSONResponse{Items: each(list.Items, siteOf), NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// ListClientSites lists the sites of one client.
func (h *handlers) ListClientSites(ctx context.Context, in oapi.ListClientSitesRequestObject) (oapi.ListClientSitesResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	if err := named(in.ClientID, "client"); err != nil {
		return nil, err
	}
	list, err := h.dispatch.Sites(ctx, principal(ctx), in.ClientID, p)
	if err != nil {
		return nil, err
	}
	return oapi.ListClientSites200JSONResponse{Items: each(list.Items, siteOf), NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// CreateSite makes a site of a client.
func (h *handlers) CreateSite(ctx context.Context, in oapi.CreateSiteRequestObject) (oapi.CreateSiteResponseObject, error) {
	b := in.Body
	s, err := h.dispatch.CreateSite(ctx, principal(ctx), dispatch.SiteDraft{
		External: dispatch.External{ExternalID: b.ExternalID}, ClientID: in.ClientID, Name: b.Name, Address: address(b.Address), Position: positionGiven(b.Position),
		TimeZone: b.TimeZone, AccessNotes: b.AccessNotes, NoConnection: b.NoConnection, Metadata: dispatch.Metadata(b.Metadata),
	})
	if err != nil {
		return nil, err
	}
	return oapi.CreateSite201JSONResponse{Body: siteOf(s), Headers: oapi.CreateSite201ResponseHeaders{ETag: etag(s.Version)}}, nil
}

// ReadSite gives one site.
func (h *handlers) ReadSite(ctx context.Context, in oapi.ReadSiteRequestObject) (oapi.ReadSiteResponseObject, error) {
	s, err := h.dispatch.Site(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return oapi.ReadSite200JSONResponse{Body: siteOf(s), Headers: oapi.ReadSite200ResponseHeaders{ETag: etag(s.Version)}}, nil
}

// UpdateSite changes a site.
func (h *handlers) UpdateSite(ctx context.Context, in oapi.UpdateSiteRequestObject) (oapi.UpdateSiteResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "site")
	if err != nil {
		return nil, err
	}
	s, err := h.dispatch.PatchSite(ctx, principal(ctx), in.ID, v, func(d *dispatch.SiteDraft) {
		b := in.Body
		set(&d.Name, b.Name)
		if b.Address != nil {
			d.Address = address(*b.Address)
		}
		d.Position = positionGiven(b.Position)
		set(&d.TimeZone, b.TimeZone)
		set(&d.AccessNotes, b.AccessNotes)
		set(&d.NoConnection, b.NoConnection)
		set(&d.Metadata, (*dispatch.Metadata)(b.Metadata))
	})
	if err != nil {
		return nil, err
	}
	return oapi.UpdateSite200JSONResponse{Body: siteOf(s), Headers: oapi.UpdateSite200ResponseHeaders{ETag: etag(s.Version)}}, nil
}

// UpsertSite creates or replaces the site that another system knows under its own id.
func (h *handlers) UpsertSite(ctx context.Context, in oapi.UpsertSiteRequestObject) (oapi.UpsertSiteResponseObject, error) {
	v, err := seenVersion(in.Params.IfMatch, "site")
	if err != nil {
		return nil, err
	}
	b := in.Body
	s, created, err := h.dispatch.UpsertSite(ctx, principal(ctx), v, dispatch.SiteDraft{
		External: dispatch.External{ExternalID: in.ExternalID}, ClientID: b.ClientID, Name: b.Name, Address: address(b.Address), Position: positionGiven(b.Position),
		TimeZone: b.TimeZone, AccessNotes: b.AccessNotes, NoConnection: b.NoConnection, Metadata: dispatch.Metadata(b.Metadata),
	})
	if err != nil {
		return nil, err
	}
	if created {
		return oapi.UpsertSite201JSONResponse{Body: siteOf(s), Headers: oapi.UpsertSite201ResponseHeaders{ETag: etag(s.Version)}}, nil
	}
	return oapi.UpsertSite200JSONResponse{Body: siteOf(s), Headers: oapi.UpsertSite200ResponseHeaders{ETag: etag(s.Version)}}, nil
}

// DeleteSite takes a site out.
func (h *handlers) DeleteSite(ctx context.Context, in oapi.DeleteSiteRequestObject) (oapi.DeleteSiteResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "site")
	if err != nil {
		return nil, err
	}
	if err := h.dispatch.DeleteSite(ctx, principal(ctx), in.ID, v); err != nil {
		return nil, err
	}
	return oapi.DeleteSite204Response{}, nil
}
