package api

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/geo"
)

func positionOf(p geo.Position) oapi.Position { return oapi.Position{Lat: p.Lat, Lon: p.Lon} }

func routeOf(r dispatch.Route) oapi.Route {
	s := r.Shift
	out := oapi.Route{
		ShiftID: s.ID, TechnicianID: s.TechnicianID, TechnicianName: r.TechnicianName, RouteVersion: s.RouteVersion, TimeZone: r.TimeZone,
		Start: inZone(s.Start, r.TimeZone), End: inZone(s.End, r.TimeZone), StartPlace: positionOf(s.StartPlace), EndPlace: positionOf(s.EndPlace),
		Transport: transportOf(s.Transport), PublishedAt: when(s.PublishedAt, r.TimeZone),
		Breaks: breaksOf(s.Breaks, r.TimeZone),
	}
	out.Stops = each(r.Stops, stopOf)
	return out
}

// routeTag is the entity tag of a route. It names the shift as well: one address (my route today) shows another shift's route tomorrow.
func routeTag(r dispatch.Route) string {
	return `"` + r.Shift.ID.String() + "." + strconv.FormatInt(r.Shift.RouteVersion, 10) + `"`
}

// stopOf is a visit with what the technician needs to do it, and no more of the client than that.
func stopOf(s dispatch.Stop) oapi.RouteStop {
	v, a := s.Visit, s.Visit.Assignment
	out := oapi.RouteStop{
		VisitID: v.ID, VisitVersion: v.Version, RequestID: v.RequestID, Reference: v.Reference, Category: s.Category, Description: s.Description,
		Mode: oapi.Mode(v.Mode), Status: oapi.VisitStatus(v.Status), NextStatuses: nextStatuses(v), Priority: v.Priority, RequiredSkills: skillLevelsOf(v.RequiredSkills),
		Duration: durationText(v.Duration), Windows: windowsOf(v.Windows, v.TimeZone), ArriveAt: inZone(a.Arrive, v.TimeZone), BeginAt: inZone(a.Begin, v.TimeZone),
		DepartAt: inZone(a.Depart, v.TimeZone), TravelDistance: a.TravelMetres, TravelDuration: durationText(time.Duration(a.TravelSeconds) * time.Second),
	}
	if v.Promise != nil {
		w := windowOf(*v.Promise, v.TimeZone)
		out.Promise = &w
	}
	if s.ContactName != "" {
		out.Contact = &oapi.StopContact{Name: s.ContactName, Phone: s.ContactPhone}
	}
	if site := s.Site; site != nil {
		out.Site = &oapi.StopSite{
			Name: site.Name, AccessNotes: site.AccessNotes,
			Address:  addressOf(site.Address),
			Position: sitePositionOf(site.Position, site.Precision),
		}
	}
	return out
}

// dayOf gives the local day in a zone: a date's, or today's.
func (h *handlers) dayOf(date time.Time) func(name string) dispatch.Span {
	return func(name string) dispatch.Span {
		z, err := dispatch.Zone(name)
		if err != nil {
			z = time.UTC
		}
		if date.IsZero() {
			date = h.now().In(z)
		}
		start := time.Date(date.Year(), date.Month(), date.Day(), 0, 0, 0, 0, z)
		return dispatch.Span{Start: start, End: start.AddDate(0, 0, 1)}
	}
}

// ListRoutes lists the routes of a day or of a stretch of time.
func (h *handlers) ListRoutes(ctx context.Context, in oapi.ListRoutesRequestObject) (oapi.ListRoutesResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, time.Time{})
	if err != nil {
		return nil, err
	}
	filter := dispatch.RouteFilter{Span: dispatch.Span{Start: in.Params.From, End: in.Params.To}, TechnicianID: in.Params.TechnicianID}
	if filter.Start.IsZero() || filter.End.IsZero() || !in.Params.Date.IsZero() {
		name, err := h.dispatch.TimeZone(ctx, principal(ctx), uuid.Nil)
		if err != nil {
			return nil, err
		}
		filter.Span = openSpan(filter.Span, h.dayOf(in.Params.Date.Time)(name))
	}
	list, err := h.dispatch.Routes(ctx, principal(ctx), filter, p)
	if err != nil {
		return nil, err
	}
	return oapi.ListRoutes200JSONResponse{Items: each(list.Items, routeOf), NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// openSpan fills what a caller left out of a stretch of time: all of it from the day, one end by a day from the other.
func openSpan(s, day dispatch.Span) dispatch.Span {
	switch {
	case s.Start.IsZero() && s.End.IsZero():
		return day
	case s.Start.IsZero():
		return dispatch.Span{Start: s.End.AddDate(0, 0, -1), End: s.End}
	case s.End.IsZero():
		return dispatch.Span{Start: s.Start, End: s.Start.AddDate(0, 0, 1)}
	}
	return s
}

// ReadRoute gives one route.
func (h *handlers) ReadRoute(ctx context.Context, in oapi.ReadRouteRequestObject) (oapi.ReadRouteResponseObject, error) {
	r, err := h.dispatch.Route(ctx, principal(ctx), in.ShiftID)
	if err != nil {
		return nil, err
	}
	return oapi.ReadRoute200JSONResponse{Body: routeOf(r), Headers: oapi.ReadRoute200ResponseHeaders{ETag: routeTag(r)}}, nil
}

// ReadMyRoute gives the technician's own route of a day.
func (h *handlers) ReadMyRoute(ctx context.Context, in oapi.ReadMyRouteRequestObject) (oapi.ReadMyRouteResponseObject, error) {
	r, err := h.dispatch.RouteOn(ctx, principal(ctx), h.dayOf(in.Params.Date.Time))
	if err != nil {
		return nil, err
	}
	return oapi.ReadMyRoute200JSONResponse{Body: routeOf(r), Headers: oapi.ReadMyRoute200ResponseHeaders{ETag: routeTag(r)}}, nil
}

// PublishRoutes tells the technicians of their routes.
func (h *handlers) PublishRoutes(ctx context.Context, in oapi.PublishRoutesRequestObject) (oapi.PublishRoutesResponseObject, error) {
	l, err := h.localTimes(ctx, "", uuid.Nil)
	if err != nil {
		return nil, err
	}
	span := dispatch.Span{Start: l.instant("/from", in.Body.From, in.Body.Fold), End: l.instant("/to", in.Body.To, in.Body.Fold)}
	if len(l.faults) > 0 {
		return nil, l.faults.Err()
	}
	routes, err := h.dispatch.PublishRoutes(ctx, principal(ctx), span, in.Body.ShiftIds)
	if err != nil {
		return nil, err
	}
	items := each(routes, func(r dispatch.Route) oapi.PublishedRoute {
		return oapi.PublishedRoute{ShiftID: r.Shift.ID, TechnicianID: r.Shift.TechnicianID, PublishedAt: when(r.Shift.PublishedAt, r.TimeZone), Visits: len(r.Stops)}
	})
	return oapi.PublishRoutes200JSONResponse{Items: items}, nil
}
