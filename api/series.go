package api

import (
	"context"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/dispatch/message"
)

// localForm is how a series' start is written: a local time, whatever the zone.
const localForm = "2006-01-02T15:04:05"

// dateOf is a day as the contract writes it; "" is the zero date, which is left out.
func dateOf(d dispatch.Day) openapi_types.Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return openapi_types.Date{}
	}
	return openapi_types.Date{Time: t}
}

// date is a day that may be given; "" when it was not.
func date(d openapi_types.Date) dispatch.Day {
	if d.IsZero() {
		return ""
	}
	return dispatch.Day(d.Format(time.DateOnly))
}

// seriesOf is a series as the caller may see it, with the occurrences that a change left alone.
func seriesOf(ctx context.Context, v dispatch.Series, kept []dispatch.MadeOccurrence) oapi.Series {
	p := principal(ctx)
	w, r := v.Work, v.Recurrence
	out := oapi.Series{
		ID: v.ID, Version: v.Version, CreatedAt: inZone(v.CreatedAt, v.TimeZone), UpdatedAt: inZone(v.UpdatedAt, v.TimeZone), DeletedAt: when(v.DeletedAt, v.TimeZone),
		PartnerID: v.PartnerID, ClientID: v.ClientID, SiteID: v.SiteID, ContactID: v.ContactID, AssetID: v.AssetID, Category: w.Category, Description: w.Description,
		Mode: oapi.Mode(w.Mode), SupportLevel: w.SupportLevel, Severity: oapi.Severity(w.Severity), Impact: oapi.Grade(w.Impact), Urgency: oapi.Grade(w.Urgency),
		RequiredSkills: skillLevelsOf(w.RequiredSkills), Duration: durationText(time.Duration(w.Duration) * time.Second), Rules: workRulesOf(p, w.Rules),
		Rule: r.Rule, Start: r.Start.Format(localForm), WindowEnd: r.WindowEnd, DaysBefore: r.Before, DaysAfter: r.After, Holidays: oapi.HolidayCalendar(r.Holidays),
		OnHoliday: oapi.HolidayRule(r.OnHoliday), HorizonDays: v.HorizonDays, Status: oapi.SeriesStatus(v.Status), MadeThrough: dateOf(v.MadeThrough), TimeZone: v.TimeZone,
		Metadata: oapi.Metadata(w.Metadata),
		Exceptions: each(r.Exceptions, func(e dispatch.Exception) oapi.SeriesException {
			return oapi.SeriesException{Kind: oapi.SeriesExceptionKind(e.Kind), On: dateOf(e.On), To: dateOf(e.To)}
		}),
		Kept: some(kept, func(m dispatch.MadeOccurrence) oapi.SeriesOccurrence {
			return occurrenceOf(ctx, v.TimeZone, dispatch.Standing{Occurrence: dispatch.Occurrence{On: m.On, Date: m.Date}, Made: &m})
		}),
	}
	if p.Role != dispatch.RoleClient && len(v.Stuck) > 0 {
		out.Stuck = reasonsOf(ctx, v.Stuck)
	}
	return out
}

func occurrenceOf(ctx context.Context, zone string, o dispatch.Standing) oapi.SeriesOccurrence {
	out := oapi.SeriesOccurrence{
		On: dateOf(o.On), Date: dateOf(o.Date),
		Windows: some(o.Windows, func(s dispatch.Span) oapi.Window { return windowOf(s, zone) }),
	}
	if o.Holiday != "" {
		out.Holiday = message.Text(callOf(ctx).locale, o.Holiday, nil)
	}
	if o.Made != nil {
		out.RequestID, out.RequestStatus, out.Told = o.Made.RequestID, oapi.RequestStatus(o.Made.RequestStatus), o.Made.Told
	}
	return out
}

// start reads where a rule starts: digits, held in UTC.
func (d *durations) start(text string) time.Time {
	for _, form := range []string{localForm, "2006-01-02T15:04"} {
		if t, err := time.Parse(form, text); err == nil {
			return t
		}
	}
	d.faults.Add("/start", "time.malformed", nil)
	return time.Time{}
}

// ListSeries lists the series that the caller may see.
func (h *handlers) ListSeries(ctx context.Context, in oapi.ListSeriesRequestObject) (oapi.ListSeriesResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	filter := dispatch.SeriesFilter{ClientID: in.Params.ClientID, Status: dispatch.SeriesStatus(in.Params.Status)}
	list, err := h.dispatch.SeriesList(ctx, principal(ctx), filter, p)
	if err != nil {
		return nil, err
	}
	items := each(list.Items, func(v dispatch.Series) oapi.Series { return seriesOf(ctx, v, nil) })
	return oapi.ListSeries200JSONResponse{Items: items, NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// CreateSeries makes a series.
func (h *handlers) CreateSeries(ctx context.Context, in oapi.CreateSeriesRequestObject) (oapi.CreateSeriesResponseObject, error) {
	b := in.Body
	var d durations
	level := 1
	set(&level, b.SupportLevel)
	v := dispatch.Series{
		ClientID: b.ClientID, SiteID: b.SiteID, ContactID: b.ContactID, AssetID: b.AssetID, HorizonDays: b.HorizonDays, Status: dispatch.SeriesStatus(b.Status),
		Work: dispatch.SeriesWork{
			Mode: dispatch.Mode(b.Mode), Category: b.Category, Description: b.Description, SupportLevel: level, Severity: dispatch.Severity(b.Severity),
			Impact: dispatch.Grade(b.Impact), Urgency: dispatch.Grade(b.Urgency), RequiredSkills: skillLevels(b.RequiredSkills), Duration: d.seconds("/duration", b.Duration),
			Rules: d.workRules(b.Rules), Metadata: dispatch.Metadata(b.Metadata),
		},
		Recurrence: dispatch.Recurrence{
			Rule: b.Rule, Start: d.start(b.Start), WindowEnd: b.WindowEnd, Before: b.DaysBefore, After: b.DaysAfter, Holidays: dispatch.HolidayCalendar(b.Holidays),
			OnHoliday: dispatch.HolidayRule(b.OnHoliday),
		},
	}
	if err := d.faults.Err(); err != nil {
		return nil, err
	}
	v, err := h.dispatch.CreateSeries(ctx, principal(ctx), v)
	if err != nil {
		return nil, err
	}
	return oapi.CreateSeries201JSONResponse{Body: seriesOf(ctx, v, nil), Headers: oapi.CreateSeries201ResponseHeaders{ETag: etag(v.Version)}}, nil
}

// ReadSeries gives one series.
func (h *handlers) ReadSeries(ctx context.Context, in oapi.ReadSeriesRequestObject) (oapi.ReadSeriesResponseObject, error) {
	v, err := h.dispatch.Series(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return oapi.ReadSeries200JSONResponse{Body: seriesOf(ctx, v, nil), Headers: oapi.ReadSeries200ResponseHeaders{ETag: etag(v.Version)}}, nil
}

// UpdateSeries changes a series.
func (h *handlers) UpdateSeries(ctx context.Context, in oapi.UpdateSeriesRequestObject) (oapi.UpdateSeriesResponseObject, error) {
	seen, err := version(orNil(in.Params.IfMatch), "series")
	if err != nil {
		return nil, err
	}
	patch, err := seriesPatch(in.Body)
	if err != nil {
		return nil, err
	}
	v, kept, err := h.dispatch.PatchSeries(ctx, principal(ctx), in.ID, seen, patch)
	if err != nil {
		return nil, err
	}
	return oapi.UpdateSeries200JSONResponse{Body: seriesOf(ctx, v, kept), Headers: oapi.UpdateSeries200ResponseHeaders{ETag: etag(v.Version)}}, nil
}

func seriesPatch(b *oapi.SeriesPatch) (dispatch.SeriesPatch, error) {
	var d durations
	patch := dispatch.SeriesPatch{
		Category: b.Category, Description: b.Description, Severity: (*dispatch.Severity)(b.Severity), Impact: (*dispatch.Grade)(b.Impact), Urgency: (*dispatch.Grade)(b.Urgency),
		SupportLevel: b.SupportLevel, ContactID: idPatch(b.ContactID), AssetID: idPatch(b.AssetID), Rule: b.Rule, WindowEnd: b.WindowEnd, Before: b.DaysBefore, After: b.DaysAfter,
		Holidays: (*dispatch.HolidayCalendar)(b.Holidays), OnHoliday: (*dispatch.HolidayRule)(b.OnHoliday), HorizonDays: b.HorizonDays, Status: (*dispatch.SeriesStatus)(b.Status),
	}
	if b.RequiredSkills != nil {
		levels := skillLevels(*b.RequiredSkills)
		patch.RequiredSkills = &levels
	}
	if b.Duration != nil {
		length := time.Duration(d.seconds("/duration", *b.Duration)) * time.Second
		patch.Duration = &length
	}
	if b.Metadata != nil {
		patch.Metadata = dispatch.Metadata(*b.Metadata)
	}
	if b.Rules != nil {
		rules := d.workRules(b.Rules)
		patch.Rules.Rules = &rules
	}
	if b.Start != nil {
		start := d.start(*b.Start)
		patch.Start = &start
	}
	return patch, d.faults.Err()
}

// DeleteSeries ends a series and takes it out.
func (h *handlers) DeleteSeries(ctx context.Context, in oapi.DeleteSeriesRequestObject) (oapi.DeleteSeriesResponseObject, error) {
	seen, err := version(orNil(in.Params.IfMatch), "series")
	if err != nil {
		return nil, err
	}
	if err := h.dispatch.DeleteSeries(ctx, principal(ctx), in.ID, seen); err != nil {
		return nil, err
	}
	return oapi.DeleteSeries204Response{}, nil
}

// ListSeriesOccurrences gives what was made of a series, and what comes next.
func (h *handlers) ListSeriesOccurrences(ctx context.Context, in oapi.ListSeriesOccurrencesRequestObject) (oapi.ListSeriesOccurrencesResponseObject, error) {
	next := in.Params.Limit
	if next == 0 {
		next = defaultLimit
	}
	v, err := h.dispatch.Series(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	all, err := h.dispatch.Occurrences(ctx, principal(ctx), in.ID, date(in.Params.From), next)
	if err != nil {
		return nil, err
	}
	items := each(all, func(o dispatch.Standing) oapi.SeriesOccurrence { return occurrenceOf(ctx, v.TimeZone, o) })
	return oapi.ListSeriesOccurrences200JSONResponse{Items: items}, nil
}

// ExceptSeries makes an exception for one occurrence.
func (h *handlers) ExceptSeries(ctx context.Context, in oapi.ExceptSeriesRequestObject) (oapi.ExceptSeriesResponseObject, error) {
	e := dispatch.Exception{Kind: dispatch.ExceptionKind(in.Body.Kind), On: date(in.Body.On), To: date(in.Body.To)}
	v, kept, err := h.dispatch.ExceptSeries(ctx, principal(ctx), in.ID, e)
	if err != nil {
		return nil, err
	}
	return oapi.ExceptSeries200JSONResponse{Body: seriesOf(ctx, v, kept), Headers: oapi.ExceptSeries200ResponseHeaders{ETag: etag(v.Version)}}, nil
}
