package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

// ReadDayBoard gives a territory's day.
func (h *handlers) ReadDayBoard(ctx context.Context, in oapi.ReadDayBoardRequestObject) (oapi.ReadDayBoardResponseObject, error) {
	p := principal(ctx)
	o, err := h.dispatch.Organization(ctx, p)
	if err != nil {
		return nil, err
	}
	b, err := h.dispatch.DayBoard(ctx, p, in.Params.TerritoryID, h.dayOf(in.Params.Date.Time))
	if err != nil {
		return nil, err
	}
	return oapi.ReadDayBoard200JSONResponse{
		TerritoryID: b.TerritoryID, Start: inZone(b.Start, b.TimeZone), End: inZone(b.End, b.TimeZone), TimeZone: b.TimeZone, AsOf: eventID(b.AsOf),
		Routes:     each(b.Routes, func(r dispatch.Route) oapi.BoardRoute { return boardRouteOf(p, r) }),
		Unassigned: each(b.Unassigned, func(v dispatch.Visit) oapi.Visit { return visitOf(ctx, v) }),
		Alerts:     each(b.Alerts, func(a dispatch.Alert) oapi.Alert { return alertOf(ctx, o, a) }),
		Kpis:       dayFiguresOf(b.KPIs),
	}, nil
}

func boardRouteOf(p dispatch.Principal, r dispatch.Route) oapi.BoardRoute {
	s := r.Shift
	return oapi.BoardRoute{
		ShiftID: s.ID, TechnicianID: s.TechnicianID, TechnicianName: r.TechnicianName, Start: inZone(s.Start, r.TimeZone), End: inZone(s.End, r.TimeZone),
		Transport: transportOf(s.Transport), RouteVersion: s.RouteVersion, PublishedAt: when(s.PublishedAt, r.TimeZone),
		Stops: each(r.Stops, func(stop dispatch.Stop) oapi.BoardStop { return boardStopOf(p, stop) }),
	}
}

func boardStopOf(p dispatch.Principal, stop dispatch.Stop) oapi.BoardStop {
	v, a := stop.Visit, stop.Visit.Assignment
	planned, _ := v.Planned()
	out := oapi.BoardStop{
		VisitID: v.ID, Version: v.Version, Reference: v.Reference, ClientID: v.ClientID, Mode: oapi.Mode(v.Mode), Status: oapi.VisitStatus(v.Status), Priority: v.Priority,
		PlannedBeginAt: inZone(planned, v.TimeZone), ArriveAt: inZone(a.Arrive, v.TimeZone), BeginAt: inZone(a.Begin, v.TimeZone), DepartAt: inZone(a.Depart, v.TimeZone),
		Eta: etaOf(p, v), Due: when(v.Rules.Due, v.TimeZone), Late: v.Late(),
	}
	if v.ActualStart != nil {
		out.BeginAt = inZone(*v.ActualStart, v.TimeZone)
	}
	if v.ActualEnd != nil {
		out.DepartAt = inZone(*v.ActualEnd, v.TimeZone)
	}
	if v.Promise != nil {
		w := windowOf(*v.Promise, v.TimeZone)
		out.Promise = &w
	}
	if stop.Site != nil {
		at := positionOf(stop.Site.Position)
		out.Position, out.City = &at, stop.Site.Address.City
	}
	return out
}

func dayFiguresOf(f dispatch.DayFigures) oapi.DayFigures {
	return oapi.DayFigures{
		Visits: f.Visits, Completed: f.Done, Failed: f.Failed, Begun: f.Begun, OnTime: f.OnTime, Late: f.Late, Due: f.Due, Kept: f.Kept, LeftOut: f.LeftOut,
		TravelDuration: durationText(f.Travel), ServiceDuration: durationText(f.Service), Utilisation: f.Utilisation,
	}
}
