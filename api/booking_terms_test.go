package api_test

import (
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

func TestOnlyTheDeskSeesWhatASlotCostsAndEverybodyWhyOneIsRefused(t *testing.T) {
	t.Parallel()
	p, she := moreau(t)
	desk := p.enter(dispatch.RoleDispatcher, "desk@example.fr").AccessToken
	work := wanted(p.Household.ID, p.HouseholdSite.ID)
	work["required_skills"] = []fields{{"skill": "network", "level": 3}}
	ask := fields{"work": work, "from": "2026-06-15T00:00:00", "to": "2026-06-20T00:00:00", "reasons": true, "limit": 3}
	for bearer, desks := range map[string]bool{she: false, desk: true} {
		var free offered
		a := p.call("POST", "/v1/availability", bearer, ask, "Accept-Language", "fr")
		a.into(http.StatusOK, &free)
		if len(free.Slots) != 3 || (free.Slots[0].Cost != nil) != desks {
			t.Errorf("%d slots, the first %+v", len(free.Slots), free.Slots[0])
		}
		for _, name := range []string{p.Karim.Name, p.Lea.Name, p.Moussa.Name, p.Karim.ID.String(), p.Lea.ID.String()} {
			if strings.Contains(string(a.body), name) {
				t.Errorf("the answer names %s: %s", name, a.body)
			}
		}
	}
	work["required_skills"] = []fields{{"skill": "network", "level": 4}}
	var none offered
	p.call("POST", "/v1/availability", she, ask, "Accept-Language", "fr").into(http.StatusOK, &none)
	if len(none.Slots) > 0 || len(none.Refused) == 0 || len(none.Refused[0].Reasons) == 0 {
		t.Fatalf("of work that nobody can do: %+v", none)
	}
	for _, r := range none.Refused[0].Reasons {
		if r.Detail == "" || r.Detail == r.Code || strings.Contains(r.Detail, "{") {
			t.Errorf("the reason %s reads %q", r.Code, r.Detail)
		}
	}
	if got, want := none.Refused[0].Reasons[0].Detail, "2 techniciens : compétence à un niveau trop bas."; got != want { //nolint:misspell // French
		t.Errorf("the first reason reads %q, want %q", got, want)
	}
	delete(ask, "reasons")
	var silent offered
	if p.post("/v1/availability", she, ask).into(http.StatusOK, &silent); len(silent.Refused) > 0 {
		t.Errorf("unasked, it tells %+v", silent.Refused)
	}
}

func TestADeskSaysHowSlotsAreSoldAndReadsItBack(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss := p.enter(dispatch.RoleAdministrator, "boss@example.fr").AccessToken
	var o struct {
		Policy struct{ Slots map[string]any }
	}
	p.call("GET", "/v1/organization", boss, nil).into(http.StatusOK, &o)
	usual := map[string]any{"days": 14.0, "lead": "PT2H", "hold": "PT10M", "change": "PT24H", "green": 1500.0, "opportunity": 2000.0}
	if !reflect.DeepEqual(o.Policy.Slots, usual) {
		t.Errorf("slots are sold as %v, want %v", o.Policy.Slots, usual)
	}
	own := fields{
		"hours": []fields{{"days": []int{1, 3}, "start": "09:00", "end": "12:00"}}, "days": 7, "lead": "PT4H", "hold": "PT5M", "change": "PT48H", "green": 0, "opportunity": 0,
		"reserves": []fields{{"territory_id": p.Territory.ID, "skill": "network", "days": []int{1}, "time": "PT2H", "until": "PT12H"}},
		"needs":    []fields{{"category": "printer", "mode": "on_site", "fields": []string{"asset_id"}}},
	}
	patch := func(slots any) answer {
		return p.call("PATCH", "/v1/organization", boss, fields{"policy": fields{"rest": "PT12H", "slots": slots}}, "If-Match", "*")
	}
	patch(own).into(http.StatusOK, &o)
	if got := o.Policy.Slots; got["days"] != 7.0 || got["green"] != 0.0 || got["lead"] != "PT4H" || len(got["reserves"].([]any)) != 1 || len(got["needs"].([]any)) != 1 || len(got["hours"].([]any)) != 1 {
		t.Errorf("it comes back as %v", got)
	}
	var needed struct{ Fields []string }
	p.call("GET", "/v1/booking-requirements?mode=on_site&category=printer", boss, nil).into(http.StatusOK, &needed)
	if want := []string{"asset_id", "category", "description", "site_id"}; !slices.Equal(needed.Fields, want) {
		t.Errorf("a printer on site needs %v, want %v", needed.Fields, want)
	}
	got := patch(fields{
		"hold": "PT5S", "lead": "P31D", "reserves": []fields{{"territory_id": dispatchtest.NewID(), "time": "PT1H", "until": "PT1H"}},
		"hours": []fields{{"days": []int{1}, "start": "12:00", "end": "12:00"}},
	}).refused(422, "invalid").faults()
	want := map[string]string{
		"/policy/slots/hold": "rules.bounds", "/policy/slots/lead": "rules.bounds", "/policy/slots/reserves/0/territory_id": "territory.unknown", "/policy/slots/hours/0/end": "window.ends_before_start",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the faults are %v, want %v", got, want)
	}
	o.Policy.Slots = nil
	p.call("PATCH", "/v1/organization", boss, fields{"policy": fields{"rest": "PT12H"}}, "If-Match", "*").into(http.StatusOK, &o) // a policy is given as a whole
	if !reflect.DeepEqual(o.Policy.Slots, usual) {
		t.Errorf("left out, slots are sold as %v", o.Policy.Slots)
	}
}

func TestWhatIsNeededAndMissingIsToldBeforeASlotIsHeld(t *testing.T) {
	t.Parallel()
	p, she := moreau(t)
	boss := p.signIn("boss@example.fr", password).AccessToken
	p.call("PATCH", "/v1/organization", boss, fields{"policy": fields{"slots": fields{"needs": []fields{{"category": "network", "fields": []string{"asset_id", "contact_id"}}}}}}, "If-Match", "*").is(http.StatusOK)
	work := wanted(p.Household.ID, p.HouseholdSite.ID)
	var free offered
	p.post("/v1/availability", she, fields{"work": work}).into(http.StatusOK, &free)
	if !slices.Equal(free.Needs, []string{"asset_id", "contact_id"}) {
		t.Errorf("it needs %v", free.Needs)
	}
	before := p.digest()
	got := p.post("/v1/holds", she, fields{"slot": free.Slots[0].Token, "request": work}).refused(422, "invalid").faults()
	if want := map[string]string{"/request/asset_id": "field.required", "/request/contact_id": "field.required"}; !reflect.DeepEqual(got, want) {
		t.Errorf("the faults are %v, want %v", got, want)
	}
	p.unchanged(before, "a refused hold")
}

func TestWhetherAnAddressIsServed(t *testing.T) {
	t.Parallel()
	p, she := moreau(t)
	boss := p.signIn("boss@example.fr", password).AccessToken
	p.Geocoder.Know("12 rue de la Bûcherie", "75005", dispatchtest.NotreDame, dispatch.PrecisionHouseNumber)
	var c struct {
		Served      bool
		Label       string
		Position    struct{ Precision string }
		TimeZone    string `json:"time_zone"`
		TerritoryID string `json:"territory_id"`
	}
	q := "/v1/coverage?q=" + url.QueryEscape("12 rue de la Bûcherie")
	p.call("GET", q, she, nil).into(http.StatusOK, &c)
	if !c.Served || c.Position.Precision != "housenumber" || c.TimeZone != "Europe/Paris" || c.TerritoryID != "" || c.Label == "" {
		t.Errorf("she is told %+v", c)
	}
	p.call("GET", q, boss, nil).into(http.StatusOK, &c)
	if c.TerritoryID != p.Territory.ID.String() {
		t.Errorf("the administrator is told %+v", c)
	}
	p.call("GET", "/v1/coverage?lat=50.637&lon=3.063", she, nil).into(http.StatusOK, &c)
	if c.Served || c.Position.Precision != "exact" {
		t.Errorf("of Lille she is told %+v", c)
	}
	for query, want := range map[string]map[string]string{
		"":                                    {"q": "coverage.address_or_position"},
		"?lat=48.8":                           {"lon": "field.required"},
		"?lat=48.8&lon=2.3&q=Lille":           {"q": "coverage.address_or_position"},
		"?q=" + url.QueryEscape("nulle part"): {"q": "address.unknown"},
	} {
		a := p.call("GET", "/v1/coverage"+query, she, nil)
		var told struct {
			Errors []struct{ Parameter, Code string }
		}
		a.refused(422, "invalid")
		a.into(422, &told)
		got := map[string]string{}
		for _, f := range told.Errors {
			got[f.Parameter] = f.Code
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
}

func TestWrongQuestionsForSlotsAreAnsweredWithEveryFault(t *testing.T) {
	t.Parallel()
	p, she := moreau(t)
	work := func(change fields) fields {
		w := wanted(p.Household.ID, p.HouseholdSite.ID)
		maps.Copy(w, change)
		return w
	}
	b := p.booked(she, p.At(2, 10, 0))
	before := p.digest()
	for name, c := range map[string]struct {
		path string
		body fields
		want map[string]string
	}{
		"nothing":                   {"/v1/availability", fields{}, map[string]string{"": "slot.work"}},
		"two things":                {"/v1/availability", fields{"visit_id": b.VisitIDs[0], "work": work(nil)}, map[string]string{"": "slot.work"}},
		"the hotline":               {"/v1/availability", fields{"work": work(fields{"mode": "hotline"})}, map[string]string{"/work/mode": "visit.hotline"}},
		"many things at once":       {"/v1/availability", fields{"work": work(fields{"duration": "PT1M", "required_skills": []fields{{"skill": "plumbing", "level": 1}}})}, map[string]string{"/work/duration": "work.duration", "/work/required_skills/0/skill": "skill.unknown"}},
		"an end before":             {"/v1/availability", fields{"work": work(nil), "from": "2026-06-17T10:00:00", "to": "2026-06-17T10:00:00"}, map[string]string{"/to": "window.ends_before_start"}},
		"no such hour":              {"/v1/availability", fields{"work": work(nil), "from": "2027-03-28T02:30:00"}, map[string]string{"/from": ""}},
		"a hold for nothing":        {"/v1/holds", fields{"slot": "x.y"}, map[string]string{"": "slot.work"}},
		"a draft by phone":          {"/v1/requests", work(fields{"mode": "hotline", "by_slot": true}), map[string]string{"/mode": "visit.hotline"}},
		"a request without windows": {"/v1/requests", work(nil), map[string]string{"/windows": "window.count"}},
	} {
		got := p.post(c.path, she, c.body).refused(422, "invalid").faults()
		for pointer, code := range c.want {
			if have, ok := got[pointer]; !ok || (code != "" && have != code) || len(got) != len(c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
	}
	p.post("/v1/holds", she, fields{"slot": "x.y", "visit_id": b.VisitIDs[0]}).refused(409, "booking.has_place")
	p.call("GET", "/v1/booking-requirements?mode=hotline", she, nil).refused(422, "invalid")
	p.unchanged(before, "a wrong question")
}

func TestADraftFollowsItsRequestAndIsSoldAsItThenIs(t *testing.T) {
	t.Parallel()
	p, _ := moreau(t)
	desk := p.enter(dispatch.RoleDispatcher, "desk@example.fr").AccessToken
	work := wanted(p.Household.ID, p.HouseholdSite.ID)
	work["by_slot"] = true
	var r struct{ ID, Status string }
	p.post("/v1/requests", desk, work).into(http.StatusCreated, &r)
	if jobs := p.Jobs(t); r.Status != "draft" || slices.Contains(jobs, "place_visit") {
		t.Errorf("it is %s, with the jobs %v", r.Status, jobs)
	}
	var free offered
	p.post("/v1/availability", desk, fields{"request_id": r.ID}).into(http.StatusOK, &free)
	stale := free.at(t, p.At(2, 10, 0)).Token
	p.call("PATCH", "/v1/requests/"+r.ID, desk, fields{"duration": "PT2H"}, "If-Match", "*").into(http.StatusOK, &r)
	var visits struct {
		Items []struct{ ID, Status, Duration string }
	}
	p.call("GET", "/v1/requests/"+r.ID+"/visits", desk, nil).into(http.StatusOK, &visits)
	if v := visits.Items[0]; r.Status != "draft" || v.Status != "draft" || v.Duration != "PT2H" {
		t.Errorf("the request is %s, its visit %+v", r.Status, v)
	}
	if got := p.post("/v1/holds", desk, fields{"slot": stale, "visit_id": visits.Items[0].ID}).refused(422, "invalid").faults(); got["/slot"] != "slot.other_work" {
		t.Errorf("the slot for an hour: %v", got)
	}
	p.post("/v1/availability", desk, fields{"request_id": r.ID}).into(http.StatusOK, &free)
	p.post("/v1/holds", desk, fields{"slot": free.at(t, p.At(2, 10, 0)).Token, "visit_id": visits.Items[0].ID}).is(http.StatusCreated)
}
