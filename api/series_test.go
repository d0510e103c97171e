package api_test

import (
	"net/http"
	"slices"
	"testing"

	"tournee/dispatch"
)

// comeBack is the body of a series: every Tuesday morning at the company's.
func (p *program) comeBack(change func(fields)) fields {
	body := fields{
		"client_id": p.Company.ID, "site_id": p.CompanySites[0].ID, "category": "maintenance", "description": "Entretien", "mode": "on_site", "duration": "PT45M",
		"required_skills": []fields{{"skill": "network", "level": 2}}, "rule": "FREQ=WEEKLY;BYDAY=TU", "start": "2026-06-16T09:00:00", "window_end": "12:00", "horizon_days": 30,
	}
	if change != nil {
		change(body)
	}
	return body
}

type occurrence struct {
	On, Date, Holiday string
	RequestID         string `json:"request_id"`
	RequestStatus     string `json:"request_status"`
	Told              bool
	Windows           []struct{ Start, End string }
}

type series struct {
	ID, Status, Start, Rule string
	OnHoliday               string `json:"on_holiday"`
	MadeThrough             string `json:"made_through"`
	Exceptions              []struct{ Kind, On, To string }
	Kept                    []occurrence
	Stuck                   []struct{ Code, Detail string }
}

func (p *program) occurrences(id, bearer string) []occurrence {
	p.t.Helper()
	var list struct{ Items []occurrence }
	p.call("GET", "/v1/series/"+id+"/occurrences?limit=6", bearer, nil).into(http.StatusOK, &list)
	return list.Items
}

func TestADispatcherPlansMaintenanceAheadAndTheClientSeesItComing(t *testing.T) {
	t.Parallel()
	p := start(t)
	dispatcher, client := p.enter(dispatch.RoleDispatcher, "d@example.fr").AccessToken, p.enter(dispatch.RoleClient, "c@example.fr").AccessToken
	var v series
	made := p.post("/v1/series", dispatcher, p.comeBack(nil))
	made.into(http.StatusCreated, &v)
	if v.Start != "2026-06-16T09:00:00" || v.OnHoliday != "next_working_day" || v.Status != "active" || v.MadeThrough != "" {
		t.Errorf("the series is %s", made.body)
	}
	p.WorkJobs(t)
	all := p.occurrences(v.ID, client)
	var days []string
	for _, o := range all {
		days = append(days, o.Date)
	}
	if want := []string{"2026-06-16", "2026-06-23", "2026-06-30", "2026-07-07", "2026-07-15", "2026-07-21"}; !slices.Equal(days, want) {
		t.Fatalf("the occurrences are %v, want %v", days, want)
	}
	if o := all[4]; o.On != "2026-07-14" || o.Holiday != "14 July" || o.RequestID == "" || o.Windows[0].Start != "2026-07-15T09:00:00+02:00" {
		t.Errorf("14 July is %+v", o)
	}
	if o := all[5]; o.RequestID != "" || len(o.Windows) != 1 {
		t.Errorf("beyond the horizon is %+v", o)
	}
	p.call("GET", "/v1/requests/"+all[0].RequestID, client, nil).is(http.StatusOK)

	if _, err := p.Service.PublishRoutes(t.Context(), p.Dispatcher, dispatch.Span{Start: p.At(0, 0, 0), End: p.At(5, 0, 0)}, nil); err != nil {
		t.Fatal(err)
	}
	var changed series
	p.call("PATCH", "/v1/series/"+v.ID, dispatcher, fields{"start": "2026-06-16T14:00:00", "window_end": "17:00"}, "If-Match", made.header.Get("ETag")).into(http.StatusOK, &changed)
	if len(changed.Kept) != 1 || changed.Kept[0].On != "2026-06-16" || !changed.Kept[0].Told || changed.Kept[0].RequestStatus != "scheduled" {
		t.Errorf("kept are %+v", changed.Kept)
	}
	p.post("/v1/series/"+v.ID+"/exceptions", dispatcher, fields{"kind": "move", "on": "2026-06-23", "to": "2026-06-24"}).into(http.StatusOK, &changed)
	if len(changed.Exceptions) != 1 || changed.Exceptions[0].To != "2026-06-24" {
		t.Errorf("the exceptions are %+v", changed.Exceptions)
	}
	p.WorkJobs(t)
	if o := p.occurrences(v.ID, client)[1]; o.On != "2026-06-23" || o.Date != "2026-06-24" || o.Windows[0].Start != "2026-06-24T14:00:00+02:00" {
		t.Errorf("the moved one is %+v", o)
	}
	p.call("DELETE", "/v1/series/"+v.ID, dispatcher, nil, "If-Match", "*").is(http.StatusNoContent)
	p.call("GET", "/v1/series/"+v.ID, client, nil).refused(404, "not_found")
}

func TestAWrongSeriesIsRefusedWithASentenceForEachFault(t *testing.T) {
	t.Parallel()
	p := start(t)
	dispatcher := p.enter(dispatch.RoleDispatcher, "d@example.fr").AccessToken
	for locale, want := range map[string]string{"fr": "La règle et ses exceptions ne donnent plus aucun jour.", "en": "The rule and its exceptions give no day from now on."} {
		body := p.comeBack(func(b fields) { b["rule"] = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30" })
		var doc struct {
			Errors []struct{ Pointer, Code, Detail string }
		}
		p.call("POST", "/v1/series", dispatcher, body, "Accept-Language", locale).into(http.StatusUnprocessableEntity, &doc)
		if len(doc.Errors) != 1 || doc.Errors[0].Code != "series.never" || doc.Errors[0].Detail != want {
			t.Errorf("in %s: %+v", locale, doc.Errors)
		}
	}
	for _, rule := range []string{"FREQ=DAILY;BYHOUR=9,10,11", "FREQ=SECONDLY", "RRULE:RRULE:FREQ=DAILY", "FREQ=MONTHLY;BYDAY=53MO"} {
		p.post("/v1/series", dispatcher, p.comeBack(func(b fields) { b["rule"] = rule })).refused(422, "invalid")
	}
	for field, value := range map[string]any{"start": "2026-06-16T09:00:00Z", "window_end": "noon", "horizon_days": 366, "days_after": 5, "due": "2026-06-17T09:00:00"} {
		p.post("/v1/series", dispatcher, p.comeBack(func(b fields) { b[field] = value })).refused(422, "invalid")
	}
}
