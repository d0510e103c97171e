package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/geo"
	"tournee/geo/cell"
)

func territoryOf(t dispatch.Territory) oapi.Territory {
	metadata := oapi.Metadata(t.Metadata)
	if metadata == nil {
		metadata = oapi.Metadata{}
	}
	return oapi.Territory{
		ID: t.ID, Version: t.Version, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, DeletedAt: given(t.DeletedAt), ExternalID: t.ExternalID,
		Name: t.Name, Cells: each(t.Cells, func(c int64) string { return cell.Cell(c).String() }), Metadata: metadata,
	}
}

// outline reads the coordinates of a GeoJSON Polygon (RFC 7946 §3.1.6): longitude first.
func outline(rings [][][]float64) [][]geo.Position {
	if rings == nil {
		return nil
	}
	return each(rings, func(ring [][]float64) []geo.Position {
		return each(ring, func(at []float64) geo.Position { return geo.Position{Lon: at[0], Lat: at[1]} }) // the contract asks for two numbers
	})
}

// ListTerritories lists the territories.
func (h *handlers) ListTerritories(ctx context.Context, in oapi.ListTerritoriesRequestObject) (oapi.ListTerritoriesResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	list, err := h.dispatch.Territories(ctx, principal(ctx), p)
	if err != nil {
		return nil, err
	}
	return oapi.ListTerritories200JSONResponse{Items: each(list.Items, territoryOf), NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// CreateTerritory makes a territory.
func (h *handlers) CreateTerritory(ctx context.Context, in oapi.CreateTerritoryRequestObject) (oapi.CreateTerritoryResponseObject, error) {
	b := in.Body
	t, err := h.dispatch.CreateTerritory(ctx, principal(ctx), dispatch.TerritoryDraft{
		ExternalID: b.ExternalID, Name: b.Name, Cells: b.Cells, Outline: outline(b.Polygon), Metadata: dispatch.Metadata(b.Metadata),
	})
	if err != nil {
		return nil, err
	}
	return oapi.CreateTerritory201JSONResponse{Body: territoryOf(t), Headers: oapi.CreateTerritory201ResponseHeaders{ETag: etag(t.Version)}}, nil
}

// ReadTerritory gives one territory.
func (h *handlers) ReadTerritory(ctx context.Context, in oapi.ReadTerritoryRequestObject) (oapi.ReadTerritoryResponseObject, error) {
	t, err := h.dispatch.Territory(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return oapi.ReadTerritory200JSONResponse{Body: territoryOf(t), Headers: oapi.ReadTerritory200ResponseHeaders{ETag: etag(t.Version)}}, nil
}

// UpdateTerritory changes a territory.
func (h *handlers) UpdateTerritory(ctx context.Context, in oapi.UpdateTerritoryRequestObject) (oapi.UpdateTerritoryResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "territory")
	if err != nil {
		return nil, err
	}
	t, err := h.dispatch.PatchTerritory(ctx, principal(ctx), in.ID, v, func(d *dispatch.TerritoryDraft) {
		b := in.Body
		set(&d.Name, b.Name)
		set(&d.Cells, b.Cells)
		if b.Polygon != nil {
			d.Outline = outline(*b.Polygon)
		}
		set(&d.Metadata, (*dispatch.Metadata)(b.Metadata))
	})
	if err != nil {
		return nil, err
	}
	return oapi.UpdateTerritory200JSONResponse{Body: territoryOf(t), Headers: oapi.UpdateTerritory200ResponseHeaders{ETag: etag(t.Version)}}, nil
}

// UpsertTerritory creates or replaces the territory that another system knows under its own id.
func (h *handlers) UpsertTerritory(ctx context.Context, in oapi.UpsertTerritoryRequestObject) (oapi.UpsertTerritoryResponseObject, error) {
	v, err := seenVersion(in.Params.IfMatch, "territory")
	if err != nil {
		return nil, err
	}
	b := in.Body
	t, created, err := h.dispatch.UpsertTerritory(ctx, principal(ctx), v, dispatch.TerritoryDraft{
		ExternalID: in.ExternalID, Name: b.Name, Cells: b.Cells, Outline: outline(b.Polygon), Metadata: dispatch.Metadata(b.Metadata),
	})
	if err != nil {
		return nil, err
	}
	if created {
		return oapi.UpsertTerritory201JSONResponse{Body: territoryOf(t), Headers: oapi.UpsertTerritory201ResponseHeaders{ETag: etag(t.Version)}}, nil
	}
	return oapi.UpsertTerritory200JSONResponse{Body: territoryOf(t), Headers: oapi.UpsertTerritory200ResponseHeaders{ETag: etag(t.Version)}}, nil
}

// DeleteTerritory takes a territory out.
func (h *handlers) DeleteTerritory(ctx context.Context, in oapi.DeleteTerritoryRequestObject) (oapi.DeleteTerritoryResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "territory")
	if err != nil {
		return nil, err
	}
	if err := h.dispatch.DeleteTerritory(ctx, principal(ctx), in.ID, v); err != nil {
		return nil, err
	}
	return oapi.DeleteTerritory204Response{}, nil
}
