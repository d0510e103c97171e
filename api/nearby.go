package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/geo"
)

// nearbyLimit is how many technicians are given where the caller does not say.
const nearbyLimit = 10

// ListNearbyTechnicians says who could come to a place.
func (h *handlers) ListNearbyTechnicians(ctx context.Context, in oapi.ListNearbyTechniciansRequestObject) (oapi.ListNearbyTechniciansResponseObject, error) {
	q := in.Params
	found, err := h.dispatch.Nearby(ctx, principal(ctx), dispatch.NearQuery{
		Position: geo.Position{Lat: q.Lat, Lon: q.Lon}, Skill: q.Skill, Level: orElse(q.Level, 1), At: q.At, Limit: orElse(q.Limit, nearbyLimit),
	})
	if err != nil {
		return nil, err
	}
	return oapi.ListNearbyTechnicians200JSONResponse{Items: each(found, nearbyOf)}, nil
}

func nearbyOf(n dispatch.Near) oapi.NearbyTechnician {
	out := oapi.NearbyTechnician{
		TechnicianID: n.TechnicianID, Name: n.Name, TravelDuration: durationText(n.Travel), TravelDistance: n.Metres, OnShiftUntil: inZone(n.OnShiftUntil, n.TimeZone),
	}
	if n.PositionAge != nil {
		out.PositionAge = durationText(*n.PositionAge)
	}
	return out
}

// orElse is the value unless it was not given.
func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
