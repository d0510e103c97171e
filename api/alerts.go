package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/dispatch/message"
)

// alertOf is an alert in the organization's zone and currency, and the caller's language.
func alertOf(ctx context.Context, o dispatch.Organization, a dispatch.Alert) oapi.Alert {
	out := oapi.Alert{
		ID: a.ID, Kind: oapi.AlertKind(a.Kind), Detail: message.Text(callOf(ctx).locale, "alert."+string(a.Kind), a.Params), Status: "open", VisitID: a.VisitID,
		TechnicianID: a.TechnicianID, ShiftID: a.ShiftID, TerritoryID: a.TerritoryID, AcceptedAt: when(a.AcceptedAt, o.TimeZone), AcknowledgedAt: when(a.AcknowledgedAt, o.TimeZone),
		AcknowledgedBy: a.AcknowledgedBy, ResolvedAt: when(a.ResolvedAt, o.TimeZone), Version: a.Version, CreatedAt: inZone(a.CreatedAt, o.TimeZone),
		UpdatedAt: inZone(a.UpdatedAt, o.TimeZone),
	}
	switch {
	case a.ResolvedAt != nil:
		out.Status = "resolved"
	case a.AcknowledgedAt != nil:
		out.Status = "acknowledged"
	}
	if r := a.Remedy; r != nil {
		out.Remedy = oapi.Remedy{Kind: string(r.Kind), VisitID: r.VisitID, TechnicianID: r.TechnicianID, BeginAt: when(r.Begin, o.TimeZone)}
		if r.Kind == dispatch.Reassign {
			out.Remedy.Cost = &oapi.Money{Amount: r.Cost, Currency: o.Currency}
		}
		if r.Window != nil {
			out.Remedy.Window = windowOf(*r.Window, o.TimeZone)
		}
	}
	return out
}

// ListAlerts lists what somebody should look at.
func (h *handlers) ListAlerts(ctx context.Context, in oapi.ListAlertsRequestObject) (oapi.ListAlertsResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	o, err := h.dispatch.Organization(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	filter := dispatch.AlertFilter{Kind: dispatch.AlertKind(in.Params.Kind), VisitID: in.Params.VisitID, TechnicianID: in.Params.TechnicianID}
	if in.Params.Status != "" {
		resolved := in.Params.Status == "resolved"
		filter.Resolved = &resolved
	}
	list, err := h.dispatch.Alerts(ctx, principal(ctx), filter, p)
	if err != nil {
		return nil, err
	}
	items := each(list.Items, func(a dispatch.Alert) oapi.Alert { return alertOf(ctx, o, a) })
	return oapi.ListAlerts200JSONResponse{Items: items, NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// AcknowledgeAlert notes that the caller has seen an alert.
func (h *handlers) AcknowledgeAlert(ctx context.Context, in oapi.AcknowledgeAlertRequestObject) (oapi.AcknowledgeAlertResponseObject, error) {
	seen, err := version(orNil(in.Params.IfMatch), "alert")
	if err != nil {
		return nil, err
	}
	o, err := h.dispatch.Organization(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	a, err := h.dispatch.AcknowledgeAlert(ctx, principal(ctx), in.ID, seen)
	if err != nil {
		return nil, err
	}
	return oapi.AcknowledgeAlert200JSONResponse{Body: alertOf(ctx, o, a), Headers: oapi.AcknowledgeAlert200ResponseHeaders{ETag: etag(a.Version)}}, nil
}

// AcceptAlert does the remedy of an alert.
func (h *handlers) AcceptAlert(ctx context.Context, in oapi.AcceptAlertRequestObject) (oapi.AcceptAlertResponseObject, error) {
	seen, err := version(orNil(in.Params.IfMatch), "alert")
	if err != nil {
		return nil, err
	}
	o, err := h.dispatch.Organization(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	a, err := h.dispatch.AcceptAlert(ctx, principal(ctx), in.ID, seen)
	if err != nil {
		return nil, err
	}
	return oapi.AcceptAlert200JSONResponse{Body: alertOf(ctx, o, a), Headers: oapi.AcceptAlert200ResponseHeaders{ETag: etag(a.Version)}}, nil
}
