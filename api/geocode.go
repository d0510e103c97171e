package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

// Geocode says what a written address may mean.
func (h *handlers) Geocode(ctx context.Context, in oapi.GeocodeRequestObject) (oapi.GeocodeResponseObject, error) {
	found, err := h.dispatch.Suggest(ctx, principal(ctx), in.Params.Q, in.Params.PostalCode)
	if err != nil {
		return nil, err
	}
	items := each(found, func(s dispatch.ServedSuggestion) oapi.GeocodeCandidate {
		return oapi.GeocodeCandidate{
			Label: s.Label, Address: addressOf(s.Address), Position: sitePositionOf(s.Position, s.Precision), Score: s.Score, TerritoryID: s.TerritoryID,
		}
	})
	return oapi.Geocode200JSONResponse{Items: items}, nil
}
