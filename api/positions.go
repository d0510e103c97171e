package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/geo"
	"tournee/geo/cell"
)

// ReportPositions takes a technician's own positions.
func (h *handlers) ReportPositions(ctx context.Context, in oapi.ReportPositionsRequestObject) (oapi.ReportPositionsResponseObject, error) {
	fixes := each(in.Body.Positions, func(f oapi.Fix) dispatch.Fix {
		return dispatch.Fix{At: f.At, Position: geo.Position{Lat: f.Lat, Lon: f.Lon}}
	})
	kept, err := h.dispatch.ReportPositions(ctx, principal(ctx), in.ID, fixes)
	if err != nil {
		return nil, err
	}
	return oapi.ReportPositions200JSONResponse{Kept: kept, Dropped: len(fixes) - kept}, nil
}

// ReadTechnicianPosition gives where a technician was last seen in the shift under way.
func (h *handlers) ReadTechnicianPosition(ctx context.Context, in oapi.ReadTechnicianPositionRequestObject) (oapi.ReadTechnicianPositionResponseObject, error) {
	f, err := h.dispatch.LastPosition(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return oapi.ReadTechnicianPosition200JSONResponse{
		TechnicianID: f.TechnicianID, At: f.At, Lat: f.Position.Lat, Lon: f.Position.Lon, Cell: cell.Cell(f.Cell).String(),
	}, nil
}
