package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

func planChangeOf(o dispatch.Organization, c dispatch.PlanChange) oapi.PlanChange {
	place := func(a *dispatch.Assignment) *oapi.PlanChangePlace {
		if a == nil {
			return nil
		}
		return &oapi.PlanChangePlace{TechnicianID: a.TechnicianID, ShiftID: a.ShiftID, BeginAt: inZone(a.Begin, o.TimeZone)}
	}
	return oapi.PlanChange{
		ID: c.ID, Version: c.Version, Status: oapi.PlanChangeStatus(c.Status), Day: inZone(c.Start, o.TimeZone), Saving: oapi.Money{Amount: c.Saving, Currency: o.Currency},
		CreatedAt: inZone(c.CreatedAt, o.TimeZone), UpdatedAt: inZone(c.UpdatedAt, o.TimeZone),
		Moves: each(c.Moves, func(m dispatch.PlannedMove) oapi.PlanChangeMove {
			return oapi.PlanChangeMove{VisitID: m.VisitID, Known: m.Known, From: place(m.From), To: place(m.To)}
		}),
	}
}

// ListPlanChanges lists what replanning found.
func (h *handlers) ListPlanChanges(ctx context.Context, in oapi.ListPlanChangesRequestObject) (oapi.ListPlanChangesResponseObject, error) {
	page, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	o, err := h.dispatch.Organization(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	list, err := h.dispatch.PlanChanges(ctx, principal(ctx), dispatch.PlanChangeStatus(in.Params.Status), page)
	if err != nil {
		return nil, err
	}
	items := each(list.Items, func(c dispatch.PlanChange) oapi.PlanChange { return planChangeOf(o, c) })
	return oapi.ListPlanChanges200JSONResponse{Items: items, NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// DecidePlanChange makes a proposed change, or puts it aside.
func (h *handlers) DecidePlanChange(ctx context.Context, in oapi.DecidePlanChangeRequestObject) (oapi.DecidePlanChangeResponseObject, error) {
	v, err := version(orNil(in.Params.IfMatch), "plan_change")
	if err != nil {
		return nil, err
	}
	o, err := h.dispatch.Organization(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	c, err := h.dispatch.DecidePlanChange(ctx, principal(ctx), in.ID, v, in.Body.Make)
	if err != nil {
		return nil, err
	}
	return oapi.DecidePlanChange200JSONResponse{Body: planChangeOf(o, c), Headers: oapi.DecidePlanChange200ResponseHeaders{ETag: etag(c.Version)}}, nil
}

func replanPolicyOf(p dispatch.ReplanPolicy) *oapi.ReplanPolicy {
	return &oapi.ReplanPolicy{
		Mode: oapi.ReplanMode(p.Mode), Days: p.Days, Settle: lengthText(p.Settle), Still: lengthText(p.Still), Moves: &p.Moves, Iterations: &p.Iterations, Saving: &p.Saving,
	}
}

// replanPolicy reads how days are planned again; what is absent has its default.
func (d *durations) replanPolicy(path string, b oapi.ReplanPolicy) dispatch.ReplanPolicy {
	out := dispatch.DefaultReplanPolicy()
	if b.Mode != "" {
		out.Mode = dispatch.ReplanMode(b.Mode)
	}
	if b.Days != 0 {
		out.Days = b.Days
	}
	if b.Settle != "" {
		out.Settle = d.seconds(path+"/settle", b.Settle)
	}
	if b.Still != "" {
		out.Still = d.seconds(path+"/still", b.Still)
	}
	set(&out.Moves, b.Moves)
	set(&out.Saving, b.Saving)
	set(&out.Iterations, b.Iterations)
	return out
}
