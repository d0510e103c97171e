package api

import (
	"context"

	"github.com/google/uuid"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/dispatch/message"
	"tournee/geo"
)

// calibrationOf is a calibration in the organization's zone.
func calibrationOf(ctx context.Context, o dispatch.Organization, c dispatch.TravelCalibration) oapi.TravelCalibration {
	out := oapi.TravelCalibration{
		Status: oapi.TravelCalibrationStatus(c.Status), InUse: c.InUse, CreatedAt: inZone(c.CreatedAt, o.TimeZone), FinishedAt: when(c.FinishedAt, o.TimeZone),
		Modes: []oapi.TravelCalibrationMode{},
	}
	if c.ID != uuid.Nil {
		out.ID = c.ID
	}
	if c.Status == dispatch.CalibrationFailed {
		out.Failure = &oapi.Reason{Code: c.Failure, Detail: message.Text(callOf(ctx).locale, c.Failure, nil)}
	}
	for mode, m := range c.Report {
		if m.Samples > 0 {
			out.Modes = append(out.Modes, oapi.TravelCalibrationMode{
				Transport: oapi.Transport(geo.Mode(mode).String()), Samples: m.Samples, Trips: m.Trips, Places: m.Places, Zones: m.Zones, Checked: m.Checked,
				ErrorBefore: m.Before, ErrorAfter: m.After, Applied: m.Applied,
			})
		}
	}
	return out
}

// ReadTravelCalibration gives the last calibration of the travel times.
func (h *handlers) ReadTravelCalibration(ctx context.Context, _ oapi.ReadTravelCalibrationRequestObject) (oapi.ReadTravelCalibrationResponseObject, error) {
	o, err := h.dispatch.Organization(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	c, err := h.dispatch.Calibration(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	return oapi.ReadTravelCalibration200JSONResponse(calibrationOf(ctx, o, c)), nil
}

// StartTravelCalibration enqueues a calibration of the travel times.
func (h *handlers) StartTravelCalibration(ctx context.Context, _ oapi.StartTravelCalibrationRequestObject) (oapi.StartTravelCalibrationResponseObject, error) {
	o, err := h.dispatch.Organization(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	c, err := h.dispatch.StartCalibration(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	return oapi.StartTravelCalibration202JSONResponse(calibrationOf(ctx, o, c)), nil
}
