package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

func deviceOf(d dispatch.Device) oapi.Device {
	return oapi.Device{ID: d.ID, Platform: oapi.Platform(d.Platform), CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt}
}

// ListDevices lists the caller's app installations.
func (h *handlers) ListDevices(ctx context.Context, _ oapi.ListDevicesRequestObject) (oapi.ListDevicesResponseObject, error) {
	devices, err := h.dispatch.Devices(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	return oapi.ListDevices200JSONResponse{Items: each(devices, deviceOf)}, nil
}

// RegisterDevice makes an app installation receive the caller's notices.
func (h *handlers) RegisterDevice(ctx context.Context, in oapi.RegisterDeviceRequestObject) (oapi.RegisterDeviceResponseObject, error) {
	d, err := h.dispatch.RegisterDevice(ctx, principal(ctx), dispatch.Platform(in.Body.Platform), in.Body.Token)
	if err != nil {
		return nil, err
	}
	return oapi.RegisterDevice201JSONResponse(deviceOf(d)), nil
}

// DeleteDevice stops notices to an app installation.
func (h *handlers) DeleteDevice(ctx context.Context, in oapi.DeleteDeviceRequestObject) (oapi.DeleteDeviceResponseObject, error) {
	if err := h.dispatch.ForgetDevice(ctx, principal(ctx), in.ID); err != nil {
		return nil, err
	}
	return oapi.DeleteDevice204Response{}, nil
}
