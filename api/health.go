package api

import (
	"context"
	"log/slog"
	"time"

	"tournee/api/internal/oapi"
)

// Check is one thing that the program needs.
type Check struct {
	Name     string
	Ask      func(context.Context) error
	Optional bool // the program goes on without it
}

// readyTimeout bounds one round of checks.
const readyTimeout = 2 * time.Second

// Health answers whether the program is alive and whether it should get traffic.
type Health struct {
	Version string
	Checks  []Check
	Log     *slog.Logger
}

// CheckHealth answers as long as the program runs.
func (h Health) CheckHealth(context.Context, oapi.CheckHealthRequestObject) (oapi.CheckHealthResponseObject, error) {
	return oapi.CheckHealth200JSONResponse{Status: oapi.HealthStatusOk, Version: h.Version, Checks: []oapi.HealthCheck{}}, nil
}

// CheckReadiness asks every check, and answers 503 when one that is needed fails. Why is in the log, since anybody may ask.
func (h Health) CheckReadiness(ctx context.Context, _ oapi.CheckReadinessRequestObject) (oapi.CheckReadinessResponseObject, error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	answer := oapi.Health{Status: oapi.HealthStatusOk, Version: h.Version, Checks: []oapi.HealthCheck{}}
	for _, check := range h.Checks {
		one := oapi.HealthCheck{Name: check.Name, Status: oapi.HealthCheckStatusOk}
		if err := check.Ask(ctx); err != nil {
			h.Log.LogAttrs(ctx, slog.LevelWarn, "not ready", slog.String("check", check.Name), slog.Any("error", err))
			if one.Status = oapi.HealthCheckStatusDegraded; !check.Optional {
				one.Status, answer.Status = oapi.HealthCheckStatusUnavailable, oapi.HealthStatusUnavailable
			}
		}
		answer.Checks = append(answer.Checks, one)
	}
	if answer.Status != oapi.HealthStatusOk {
		return oapi.CheckReadiness503JSONResponse(answer), nil
	}
	return oapi.CheckReadiness200JSONResponse(answer), nil
}
