package api

import (
	"context"
	"time"

	"github.com/google/uuid"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/dispatch/message"
)

// planOf is a planning run in the organization's zone and currency.
func planOf(ctx context.Context, o dispatch.Organization, r dispatch.PlanRun) oapi.PlanRun {
	out := oapi.PlanRun{
		ID: r.ID, Status: oapi.PlanStatus(r.Status), Start: inZone(r.Start, o.TimeZone), End: inZone(r.End, o.TimeZone), TimeZone: o.TimeZone,
		Seed: r.Seed, Iterations: r.Iterations, CreatedAt: inZone(r.CreatedAt, o.TimeZone), FinishedAt: when(r.FinishedAt, o.TimeZone),
	}
	s := r.Summary
	switch r.Status {
	case dispatch.PlanFailed:
		out.Failure = &oapi.Reason{Code: s.Failure, Detail: message.Text(callOf(ctx).locale, s.Failure, nil)}
	case dispatch.PlanDone:
		out.Summary = &oapi.PlanSummary{
			Visits: s.Planned + s.Unassigned, Planned: s.Planned, Remote: s.Remote, Unassigned: s.Unassigned, Reasons: s.Reasons, Changed: s.Changed, Shifts: s.Shifts, DecisionID: s.Decision,
			TravelDuration: durationText(time.Duration(s.TravelSeconds) * time.Second), ServiceDuration: durationText(time.Duration(s.ServiceSeconds) * time.Second),
			TravelShare: s.TravelShare(), Cost: oapi.Money{Amount: s.Cost, Currency: o.Currency}, Iterations: s.Iterations,
			SolveDuration: durationText(time.Duration(s.SolveMillis) * time.Millisecond),
		}
		if out.Summary.Reasons == nil {
			out.Summary.Reasons = map[string]int{}
		}
	}
	return out
}

// StartPlan enqueues a planning run.
func (h *handlers) StartPlan(ctx context.Context, in oapi.StartPlanRequestObject) (oapi.StartPlanResponseObject, error) {
	o, err := h.dispatch.Organization(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	l, err := h.localTimes(ctx, o.TimeZone, uuid.Nil)
	if err != nil {
		return nil, err
	}
	b := in.Body
	span := dispatch.Span{Start: l.instant("/start", b.Start, b.Fold), End: l.instant("/end", b.End, b.Fold)}
	if len(l.faults) > 0 {
		return nil, l.faults.Err()
	}
	var seed int64 = 1
	var iterations int
	if b.Seed != nil {
		seed = *b.Seed
	}
	if b.Iterations != nil {
		iterations = *b.Iterations
	}
	r, err := h.dispatch.StartPlan(ctx, principal(ctx), span, seed, iterations)
	if err != nil {
		return nil, err
	}
	return oapi.StartPlan202JSONResponse(planOf(ctx, o, r)), nil
}

// ReadPlan gives one planning run.
func (h *handlers) ReadPlan(ctx context.Context, in oapi.ReadPlanRequestObject) (oapi.ReadPlanResponseObject, error) {
	o, err := h.dispatch.Organization(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	r, err := h.dispatch.Plan(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return oapi.ReadPlan200JSONResponse(planOf(ctx, o, r)), nil
}

// ListPlans lists the planning runs, newest first.
func (h *handlers) ListPlans(ctx context.Context, in oapi.ListPlansRequestObject) (oapi.ListPlansResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, time.Time{})
	if err != nil {
		return nil, err
	}
	o, err := h.dispatch.Organization(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	list, err := h.dispatch.Plans(ctx, principal(ctx), p)
	if err != nil {
		return nil, err
	}
	items := each(list.Items, func(r dispatch.PlanRun) oapi.PlanRun { return planOf(ctx, o, r) })
	return oapi.ListPlans200JSONResponse{Items: items, NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}
