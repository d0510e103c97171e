package api_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/openapi"
)

// permission is who may call an operation, by the roles' first letters (client, technician, dispatcher, partner, administrator), and the
// scope that a partner's key needs. "" is everyone, without sign-in.
type permission struct{ roles, scope string }

// permissions is written by hand, from what each role is for; the contract must say the same.
var permissions = map[string]permission{
	"signUp": {}, "confirmSignUp": {}, "signIn": {}, "refreshSession": {}, "signInExternal": {}, "requestPasswordReset": {}, "confirmPasswordReset": {},
	"acceptInvitation": {}, "bootstrap": {}, "issueToken": {}, "checkHealth": {}, "checkReadiness": {},

	"signOut": {"ctda", ""}, "signOutEverywhere": {"ctda", ""}, "readMe": {"ctdpa", ""}, "updateMe": {"ctda", ""},
	"listAccounts": {"a", ""}, "deactivateAccount": {"a", ""}, "invite": {"cda", ""},
	"listPartners": {"a", ""}, "createPartner": {"a", ""}, "readPartner": {"a", ""}, "updatePartner": {"a", ""}, "deletePartner": {"a", ""},
	"listApiKeys": {"a", ""}, "createApiKey": {"a", ""}, "rotateApiKey": {"a", ""}, "revokeApiKey": {"a", ""},

	"readOrganization": {"ctdpa", ""}, "updateOrganization": {"a", ""},
	"listTerritories": {"da", ""}, "createTerritory": {"a", ""}, "readTerritory": {"da", ""}, "updateTerritory": {"a", ""}, "deleteTerritory": {"a", ""},
	"upsertTerritory": {"a", ""},
	"listSkills":      {"ctdpa", "technicians:read"}, "readSkill": {"ctdpa", "technicians:read"}, "createSkill": {"a", ""}, "updateSkill": {"a", ""}, "deleteSkill": {"a", ""},

	"listClients": {"dpa", "clients:read"}, "createClient": {"dpa", "clients:write"}, "readClient": {"cdpa", "clients:read"}, "updateClient": {"cdpa", "clients:write"},
	"deleteClient": {"da", ""}, "upsertClient": {"dpa", "clients:write"},
	"listClientSites": {"cdpa", "clients:read"}, "createSite": {"cdpa", "clients:write"}, "listSites": {"dpa", "clients:read"}, "readSite": {"cdpa", "clients:read"},
	"updateSite": {"cdpa", "clients:write"}, "deleteSite": {"cdpa", "clients:write"}, "upsertSite": {"dpa", "clients:write"},
	"listClientContacts": {"cdpa", "clients:read"}, "createContact": {"cdpa", "clients:write"}, "readContact": {"cdpa", "clients:read"},
	"updateContact": {"cdpa", "clients:write"}, "deleteContact": {"cdpa", "clients:write"},
	"listClientAssets": {"cdpa", "clients:read"}, "createAsset": {"cdpa", "clients:write"}, "readAsset": {"cdpa", "clients:read"}, "updateAsset": {"cdpa", "clients:write"},
	"deleteAsset": {"cdpa", "clients:write"}, "upsertAsset": {"dpa", "clients:write"},

	"listTechnicians": {"da", ""}, "createTechnician": {"a", ""}, "readTechnician": {"tda", ""}, "updateTechnician": {"ta", ""}, "deleteTechnician": {"a", ""},
	"upsertTechnician": {"a", ""}, "listNearbyTechnicians": {"da", ""}, "reportPositions": {"t", ""}, "readTechnicianPosition": {"tda", ""},
	"listShifts": {"tda", ""}, "createShift": {"da", ""}, "readShift": {"tda", ""}, "updateShift": {"da", ""}, "deleteShift": {"da", ""}, "upsertShift": {"da", ""},
	"listAbsences": {"tda", ""}, "createAbsence": {"tda", ""}, "readAbsence": {"tda", ""}, "updateAbsence": {"tda", ""}, "deleteAbsence": {"tda", ""},
	"importCsv": {"a", ""},

	"listRequests": {"cdpa", "requests:read"}, "createRequest": {"cdpa", "requests:write"}, "readRequest": {"cdpa", "requests:read"}, "updateRequest": {"dpa", "requests:write"},
	"upsertRequest": {"dpa", "requests:write"}, "cancelRequest": {"cdpa", "requests:write"}, "listRequestEvents": {"cdpa", "requests:read"},
	"listRequestVisits": {"cdpa", "visits:read"}, "createVisit": {"da", ""},
	"listSeries": {"cdpa", "requests:read"}, "createSeries": {"dpa", "requests:write"}, "readSeries": {"cdpa", "requests:read"}, "updateSeries": {"dpa", "requests:write"},
	"deleteSeries": {"dpa", "requests:write"}, "listSeriesOccurrences": {"cdpa", "requests:read"}, "exceptSeries": {"dpa", "requests:write"},
	"listVisits": {"ctdpa", "visits:read"}, "readVisit": {"ctdpa", "visits:read"}, "updateVisit": {"da", ""}, "assignVisit": {"da", ""}, "unassignVisit": {"da", ""},
	"transitionVisit": {"tda", ""}, "listVisitCandidates": {"da", ""}, "listTechnicianSuggestions": {"da", ""},
	"previewOverride": {"da", ""}, "createOverride": {"da", ""}, "listOverrides": {"da", ""}, "readOverride": {"da", ""}, "undoOverride": {"da", ""}, "redoOverride": {"da", ""},
	"listPlanChanges": {"da", ""}, "decidePlanChange": {"da", ""},
	"startPlan": {"da", ""}, "listPlans": {"da", ""}, "readTravelCalibration": {"da", ""}, "startTravelCalibration": {"a", ""}, "readPlan": {"da", ""}, "listRoutes": {"da", ""}, "publishRoutes": {"da", ""}, "readRoute": {"tda", ""},
	"readDayBoard": {"da", ""}, "listAlerts": {"da", ""}, "acknowledgeAlert": {"da", ""}, "acceptAlert": {"da", ""},
	"recordConsent": {"cda", ""}, "listConsents": {"cda", ""},
	"readMyRoute": {"t", ""}, "listDevices": {"ctda", ""}, "registerDevice": {"ctda", ""}, "deleteDevice": {"ctda", ""},
	"findSlots": {"cdpa", "requests:write"}, "readBookingRequirements": {"cdpa", "requests:read"}, "readCoverage": {"cdpa", "clients:read"},
	"holdSlot": {"cdpa", "requests:write"}, "releaseHold": {"cdpa", "requests:write"}, "listBookings": {"cdpa", "requests:read"}, "bookSlot": {"cdpa", "requests:write"},
	"readBooking": {"cdpa", "requests:read"}, "moveBooking": {"cdpa", "requests:write"}, "cancelBooking": {"cdpa", "requests:write"}, "linkBooking": {"cdpa", "requests:write"},
	"readBookingCalendar": {"cdpa", "requests:read"}, "readLink": {}, "findLinkSlots": {}, "moveLink": {}, "cancelLink": {}, "readLinkCalendar": {},
	"joinWaitlist": {"cdpa", "requests:write"}, "leaveWaitlist": {"cdpa", "requests:write"}, "listWaitlist": {"cdpa", "requests:read"},
	"listTariffs": {"da", ""}, "readTariff": {"da", ""}, "addTariff": {"a", ""}, "priceWork": {"ctdpa", "requests:write"},
	"streamEvents": {"ctdpa", "events:read"}, "geocode": {"cdpa", "clients:read"},
}

// roleLetters names the roles in the table above.
var roleLetters = map[string]dispatch.Role{
	"c": dispatch.RoleClient, "t": dispatch.RoleTechnician, "d": dispatch.RoleDispatcher, "p": dispatch.RolePartner, "a": dispatch.RoleAdministrator,
}

// endpoint is an operation as the contract describes it.
type endpoint struct {
	*openapi3.Operation
	method, path string
}

// endpoints lists the contract's operations: those that read first, then changes, then new records, then what ends something, and what ends
// the caller's own session last.
func endpoints(t *testing.T) []endpoint {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(openapi.YAML)
	if err != nil {
		t.Fatal(err)
	}
	var all []endpoint
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			o.Parameters = append(o.Parameters, item.Parameters...)
			all = append(all, endpoint{o, method, path})
		}
	}
	order := func(e endpoint) int {
		switch {
		case e.OperationID == "signOut":
			return 6
		case e.OperationID == "signOutEverywhere":
			return 7
		case e.method == http.MethodDelete && !e.versioned(), e.OperationID == "deactivateAccount", e.OperationID == "cancelRequest", e.OperationID == "cancelBooking":
			return 5
		}
		return slices.Index([]string{http.MethodGet, http.MethodPatch, http.MethodDelete, http.MethodPut, http.MethodPost}, e.method)
	}
	slices.SortFunc(all, func(a, b endpoint) int {
		if d := order(a) - order(b); d != 0 {
			return d
		}
		return strings.Compare(a.OperationID, b.OperationID)
	})
	return all
}

// versioned reports whether the caller must say which version it changes.
func (e endpoint) versioned() bool { return e.Responses.Value("428") != nil }

func (e endpoint) extension(name string) any { return e.Extensions[name] }

func TestTheContractOpensEachOperationToWhomItIsFor(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range endpoints(t) {
		seen[e.OperationID] = true
		want, ok := permissions[e.OperationID]
		if !ok {
			t.Errorf("nobody has written down who may call %s", e.OperationID)
			continue
		}
		var roles []string
		for r := range strings.SplitSeq(want.roles, "") {
			roles = append(roles, string(roleLetters[r]))
		}
		if want.roles == "" {
			roles = []string{"public"}
		}
		var have []string
		for _, r := range e.extension("x-roles").([]any) {
			have = append(have, r.(string))
		}
		slices.Sort(roles)
		slices.Sort(have)
		if !slices.Equal(have, roles) {
			t.Errorf("the contract opens %s to %v, it is for %v", e.OperationID, have, roles)
		}
		if scope, _ := e.extension("x-scope").(string); scope != want.scope {
			t.Errorf("the contract wants the scope %q for %s, want %q", scope, e.OperationID, want.scope)
		}
	}
	for id := range permissions {
		if !seen[id] {
			t.Errorf("%s is no operation of the contract", id)
		}
	}
}

// ids are what a caller's records are called, by the part of the path before the id.
type ids map[string]string

// exampleIDs are the ids of the contract's examples.
var exampleIDs = map[string]string{
	"clients": "11", "sites": "12", "contacts": "13", "assets": "14", "technicians": "15", "shifts": "16", "absences": "17", "requests": "18", "visits": "19",
	"alerts":      "42",
	"territories": "20", "partners": "21", "accounts": "22", "api-keys": "23", "devices": "24", "plans": "25", "bookings": "26", "holds": "27", "series": "41", "overrides": "45", "plan-changes": "31",
}

// The tokens of the contract's examples.
const (
	exampleSlot = "eyJvIjoiMDE5M2E1YzIiLCJzIjoxNzk1ODU2NDAwfQ.pX2bVnq0T8yQ4mFh7kRw1cZs9dLg3eJu"
	exampleLink = "eyJvIjoiMDE5M2E1YzIifQ.TdYb0Kq1mQ7wYwN5cB2fZJ4hVnXr9sLp"
)

// own puts the caller's records, and days of the World, in the place of the contract's examples.
func (own ids) own(text string) string {
	for noun, suffix := range exampleIDs {
		example := "0193a5c2-7b3e-70" + suffix + "-9c41-2f6d8e0b1a" + suffix
		if id, ok := own[noun]; ok {
			text = strings.ReplaceAll(text, example, id)
		}
	}
	for token, example := range map[string]string{"slot": exampleSlot, "link": exampleLink} {
		text = strings.ReplaceAll(text, example, own[token])
	}
	return strings.NewReplacer("2026-11-23", "2026-06-15", "2026-11-24", "2026-06-16", "2026-11-26", "2026-06-18", "2026-11-27", "2026-06-19",
		"2026-11-28", "2026-06-20", "+01:00", "+02:00").Replace(text)
}

// strangers are ids of records that do not exist, one for each.
func strangers(of ids) ids {
	own := ids{}
	for noun, id := range of {
		own[noun] = id
		if uuid.Validate(id) == nil {
			own[noun] = dispatchtest.NewID().String()
		}
	}
	return own
}

// target is the operation's path, with the caller's ids.
func (e endpoint) target(own ids) string {
	path := e.path
	if e.OperationID == "cancelBooking" { // another one was moved
		path = strings.ReplaceAll(path, "{id}", own["spare bookings"])
	}
	if strings.HasSuffix(path, "/waitlist") { // what is booked may wait
		path = strings.ReplaceAll(path, "{id}", own["waiting"])
	}
	for noun, id := range own {
		path = strings.ReplaceAll(path, "/"+noun+"/{id}", "/"+noun+"/"+id)
	}
	path = strings.NewReplacer("{client_id}", own["clients"], "{shift_id}", own["shifts"], "{code}", "network", "{kind}", "technicians", "{token}", own["link"], "{external_id}", "X-1", "{version}", "1").Replace(path)
	query := url.Values{}
	for _, p := range e.Parameters {
		if p.Value.In == "query" && p.Value.Required {
			raw, _ := json.Marshal(p.Value.Example)
			query.Set(p.Value.Name, own.own(strings.Trim(string(raw), `"`)))
		}
	}
	if e.OperationID == "readCoverage" { // an address or a position
		query.Set("q", "12 rue de la Bûcherie")
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// namesRecord reports whether the path names a record that belongs to somebody.
func (e endpoint) namesRecord() bool {
	return strings.Contains(e.path, "{id}") || strings.Contains(e.path, "{client_id}") || strings.Contains(e.path, "{shift_id}") || strings.Contains(e.path, "{code}") ||
		strings.Contains(e.path, "{version}")
}

// content is the operation's example body, with the caller's ids.
func (e endpoint) content(t *testing.T, own ids) (body, mediaType string) {
	t.Helper()
	switch {
	case e.RequestBody == nil:
		return "", ""
	case e.OperationID == "invite": // whom every role that invites may invite
		return `{"role":"client","client_id":"` + own["clients"] + `","email":"collegue@example.fr","name":"Un collègue","locale":"fr"}`, "application/json"
	}
	if body, ok := chosen(own)[e.OperationID]; ok {
		return body, "application/json"
	}
	for kind, media := range e.RequestBody.Value.Content {
		example := media.Example
		if example == nil {
			example = media.Schema.Value.Example
		}
		if text, ok := example.(string); ok {
			return own.own(text), kind
		}
		raw, err := json.Marshal(example)
		if err != nil {
			t.Fatal(err)
		}
		if kind == "application/x-www-form-urlencoded" {
			return "grant_type=client_credentials", kind
		}
		return own.own(string(raw)), kind
	}
	return "", ""
}

// try calls an operation with the caller's own records; a change names a version that never was, so that it gets as far as the comparison.
func (p *program) try(e endpoint, bearer string, own ids) answer {
	p.t.Helper()
	body, mediaType := e.content(p.t, own)
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, e.method, p.server.URL+e.target(own), strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	if e.versioned() {
		r.Header.Set("If-Match", `"999"`)
	}
	response, err := p.server.Client().Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	a := answer{p.t, e.method + " " + e.target(own), response.StatusCode, response.Header, nil}
	if response.Header.Get("Content-Type") == "text/event-stream" {
		return a // it goes on for ever
	}
	if a.body, err = io.ReadAll(response.Body); err != nil {
		p.t.Fatal(err)
	}
	return a
}

// office is an organization with somebody in every role, and each one's own records.
type office struct {
	bearer map[dispatch.Role]string
	own    map[dispatch.Role]ids
	bare   string // a partner's key without a scope
}

// staffed fills the World's organization with one of everything for everyone.
func (p *program) staffed() office {
	p.t.Helper()
	p.Geocoder.Know("12 rue de la Bûcherie", "75005", dispatchtest.NotreDame, dispatch.PrecisionHouseNumber)
	o := office{bearer: map[dispatch.Role]string{}, own: map[dispatch.Role]ids{}}
	for _, role := range []dispatch.Role{dispatch.RoleClient, dispatch.RoleTechnician, dispatch.RoleDispatcher, dispatch.RoleAdministrator} {
		o.bearer[role] = p.enter(role, string(role)+"@example.fr").AccessToken
	}
	boss := o.bearer[dispatch.RoleAdministrator]
	key := p.apiKey(session{AccessToken: boss}, dispatch.Scopes()...)
	o.bearer[dispatch.RolePartner] = key.Key
	spareKey := p.apiKey(session{AccessToken: boss}, "clients:read")
	o.bare = p.apiKey(session{AccessToken: boss}, "clients:read").Key
	spare := p.person(dispatch.RoleDispatcher, "spare@example.fr")

	record := func(path string, body fields) string {
		var made struct{ ID string }
		p.post(path, o.bearer[dispatch.RoleDispatcher], body).into(http.StatusCreated, &made)
		return made.ID
	}
	party := func(client dispatch.Client, site dispatch.Site) ids {
		own := ids{"clients": client.ID.String(), "sites": site.ID.String()}
		own["contacts"] = record("/v1/clients/"+own["clients"]+"/contacts", fields{"name": "Mme Perrin"})
		own["assets"] = record("/v1/clients/"+own["clients"]+"/assets", fields{"kind": "printer"})
		return own
	}
	company, insured := party(p.Company, p.CompanySites[0]), party(p.Insured, p.InsuredSite)
	ask := func(by string, own ids) {
		var r struct{ ID string }
		p.post("/v1/requests", by, fields{
			"client_id": own["clients"], "site_id": own["sites"], "category": "network", "description": "Panne", "mode": "on_site",
			"required_skills": []fields{{"skill": "network", "level": 2}}, "duration": "PT1H", "windows": []fields{{"start": "2026-06-15T09:00:00", "end": "2026-06-15T16:00:00"}},
		}).into(http.StatusCreated, &r)
		own["requests"] = r.ID
	}
	ask(o.bearer[dispatch.RoleDispatcher], company)
	ask(key.Key, insured)
	comeBack := func(by string, own ids) {
		var v struct{ ID string }
		p.post("/v1/series", by, fields{
			"client_id": own["clients"], "site_id": own["sites"], "category": "maintenance", "description": "Entretien", "mode": "on_site",
			"rule": "FREQ=MONTHLY;BYDAY=1TU", "start": "2026-09-01T09:00", "window_end": "12:00",
		}).into(http.StatusCreated, &v)
		own["series"] = v.ID
	}
	for range 3 {
		comeBack(o.bearer[dispatch.RoleDispatcher], company)
	}
	comeBack(key.Key, insured)
	p.WorkJobs(p.t)
	if _, err := p.Service.PublishRoutes(p.t.Context(), p.Dispatcher, dispatch.Span{Start: p.At(0, 0, 0), End: p.At(1, 0, 0)}, nil); err != nil {
		p.t.Fatal(err)
	}
	for _, own := range []ids{company, insured} {
		v := p.VisitOf(p.t, dispatch.Request{Record: dispatch.Record{ID: uuid.MustParse(own["requests"])}})
		if v.Assignment == nil || v.Assignment.TechnicianID != p.Karim.ID {
			p.t.Fatalf("the visit is with %+v, want Karim", v.Assignment)
		}
		own["visits"] = v.ID.String()
	}
	plan, err := p.Service.StartPlan(p.t.Context(), p.Dispatcher, dispatch.Span{Start: p.At(2, 0, 0), End: p.At(3, 0, 0)}, 1, 10)
	if err != nil {
		p.t.Fatal(err)
	}
	for range 3 {
		p.post("/v1/tariffs", boss, tariff(nil)).is(http.StatusCreated)
	}
	alert := dispatch.Alert{
		Record: dispatch.Record{ID: dispatchtest.NewID(), Version: 1, CreatedAt: p.Clock.Now(), UpdatedAt: p.Clock.Now()}, Kind: dispatch.NotAcknowledged,
		TechnicianID: p.Karim.ID, ShiftID: p.ShiftOf(p.Karim, 0).ID, Params: map[string]any{"minutes": 30}, Remedy: &dispatch.Remedy{Kind: dispatch.Remind, TechnicianID: p.Karim.ID},
	}
	p.Tx(p.t, func(ctx context.Context) error { return p.DB.InsertAlert(ctx, alert) })
	longer := []dispatch.Change{{Kind: dispatch.ChangeOvertime, ShiftID: p.ShiftOf(p.Moussa, 4).ID, Overtime: 1800}}
	seen, err := p.Service.PreviewOverride(p.t.Context(), p.Dispatcher, longer)
	if err != nil {
		p.t.Fatal(err)
	}
	override, err := p.Service.MakeOverride(p.t.Context(), p.Dispatcher, dispatch.NewOverride{Changes: longer, Basis: seen.Basis})
	if err != nil {
		p.t.Fatal(err)
	}
	absence := record("/v1/absences", fields{"technician_id": p.Karim.ID, "start": "2026-06-25T00:00:00", "end": "2026-06-26T00:00:00", "kind": "holiday"})
	for letter, role := range roleLetters {
		own := ids{}
		from := company
		if letter == "p" {
			from = insured
		}
		maps.Copy(own, from)
		own["technicians"], own["shifts"], own["absences"] = p.Karim.ID.String(), p.ShiftOf(p.Karim, 0).ID.String(), absence
		own["territories"], own["partners"], own["accounts"], own["api-keys"] = p.Territory.ID.String(), p.Partner.ID.String(), spare.ID.String(), spareKey.ID.String()
		own["alerts"] = alert.ID.String()
		own["plans"], own["overrides"], own["plan-changes"] = plan.ID.String(), override.ID.String(), p.proposed().String()
		if letter != "p" {
			var d struct{ ID string }
			p.post("/v1/devices", o.bearer[role], fields{"platform": "android", "token": "phone of " + string(role)}).into(http.StatusCreated, &d)
			own["devices"] = d.ID
		}
		o.own[role] = own
	}
	p.Clock.Set(p.At(0, 10, 15))
	for _, role := range []dispatch.Role{dispatch.RoleClient, dispatch.RoleTechnician, dispatch.RoleDispatcher, dispatch.RoleAdministrator} {
		o.bearer[role] = p.signIn(string(role)+"@example.fr", password).AccessToken // the morning's
	}
	p.books(o)
	p.post("/v1/technicians/"+p.Karim.ID.String()+"/positions", o.bearer[dispatch.RoleTechnician], fields{
		"positions": []fields{{"at": "2026-06-15T10:02:11+02:00", "lat": 48.853, "lon": 2.369}},
	}).is(http.StatusOK)
	return o
}

// problemOf reads a problem document, whatever its code.
func (a answer) problemOf() problem {
	a.t.Helper()
	var p problem
	if a.header.Get("Content-Type") != "application/problem+json" || json.Unmarshal(a.body, &p) != nil || p.Status != a.status || p.Code == "" || p.Detail == "" {
		a.t.Errorf("%s: %d is no problem document: %s", a.call, a.status, a.body)
	}
	return p
}

// proposed is a change of the plan that waits for a dispatcher's word.
func (p *program) proposed() uuid.UUID {
	p.t.Helper()
	c := dispatch.PlanChange{Record: dispatch.Record{ID: dispatchtest.NewID(), Version: 1, CreatedAt: p.Clock.Now(), UpdatedAt: p.Clock.Now()}, Status: dispatch.ChangeProposed}
	c.Moves, c.Routes = []dispatch.PlannedMove{}, map[uuid.UUID]int64{}
	c.Start = p.At(0, 0, 0)
	p.Tx(p.t, func(ctx context.Context) error { return p.DB.InsertPlanChange(ctx, c) })
	return c.ID
}

func TestEveryOperationIsOpenToItsRolesAndShutToTheOthers(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	for _, e := range endpoints(t) {
		want := permissions[e.OperationID]
		if want.roles == "" {
			if a := p.try(e, "", o.own[dispatch.RoleClient]); a.status == http.StatusUnauthorized && strings.Contains(string(a.body), `"unauthenticated"`) {
				t.Errorf("%s asks who calls: %s", e.OperationID, a.body)
			}
			continue
		}
		if a := p.try(e, "", o.own[dispatch.RoleDispatcher]); a.status != http.StatusUnauthorized || a.problemOf().Code != "unauthenticated" {
			t.Errorf("%s without sign-in: %d %s", e.OperationID, a.status, a.body)
		}
		for letter, role := range roleLetters {
			a := p.try(e, o.bearer[role], o.own[role])
			switch {
			case !strings.Contains(want.roles, letter):
				if a.status != http.StatusForbidden || a.problemOf().Code != "forbidden" {
					t.Errorf("%s as %s: %d %s, want a refusal", e.OperationID, role, a.status, a.body)
				}
			case e.versioned():
				if a.status != http.StatusPreconditionFailed || a.problemOf().Code != "stale_version" {
					t.Errorf("%s as %s with a version that never was: %d %s", e.OperationID, role, a.status, a.body)
				}
			case e.method == http.MethodGet:
				if a.status != http.StatusOK {
					t.Errorf("%s as %s: %d %s", e.OperationID, role, a.status, a.body)
				}
			case a.status >= 500 || slices.Contains([]int{400, 401, 403, 404, 428}, a.status):
				t.Errorf("%s as %s: %d %s", e.OperationID, role, a.status, a.body)
			}
		}
		if strings.Contains(want.roles, "p") && want.scope != "" && want.scope != "clients:read" {
			if a := p.try(e, o.bare, o.own[dispatch.RolePartner]); a.status != http.StatusForbidden || a.problemOf().Code != "scope_missing" {
				t.Errorf("%s as a partner without %s: %d %s", e.OperationID, want.scope, a.status, a.body)
			}
		}
	}
}

// digest is what every table holds of the organization.
func (p *program) digest() map[string]string {
	p.t.Helper()
	conn, err := pgx.Connect(p.t.Context(), p.Database.Superuser)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(p.t.Context())) }()
	rows, err := conn.Query(p.t.Context(), `SELECT c.oid::regclass::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id'
		WHERE c.relnamespace IN ('public'::regnamespace, 'identity'::regnamespace) AND c.relkind = 'r' AND c.relname <> 'audit'`)
	if err != nil {
		p.t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		p.t.Fatal(err)
	}
	out := map[string]string{}
	for _, table := range tables {
		var sum *string
		err := conn.QueryRow(p.t.Context(), `SELECT md5(string_agg(row, ',' ORDER BY row)) FROM
			(SELECT (to_jsonb(t) - 'last_used_at')::text AS row FROM `+table+` t WHERE organization_id = $1) rows`, p.Organization.ID).Scan(&sum)
		if err != nil {
			p.t.Fatal(err)
		}
		if sum != nil {
			out[table] = *sum
		}
	}
	return out
}

// unchanged fails the test when the organization's rows are no longer what they were.
func (p *program) unchanged(before map[string]string, why string) {
	p.t.Helper()
	after := p.digest()
	for table := range after {
		if after[table] != before[table] {
			p.t.Errorf("%s changed %s", why, table)
		}
	}
	for table := range before {
		if _, still := after[table]; !still {
			p.t.Errorf("%s emptied %s", why, table)
		}
	}
}

// neighbour is another organization in the same database, with somebody in every role.
func (p *program) neighbour() map[dispatch.Role]string {
	p.t.Helper()
	token, err := p.identity.BootstrapToken(p.t.Context())
	if err != nil || token == "" {
		p.t.Fatalf("no bootstrap token: %v", err)
	}
	boss := p.post("/v1/auth/bootstrap", "", fields{
		"token": token, "organization_name": "Dépannage du Nord", "organization_slug": "nord", "time_zone": "Europe/Paris", "locale": "fr",
		"name": "Samir Benali", "email": "samir@nord.example", "password": password,
	}).session(http.StatusCreated)
	org := boss.Principal.OrganizationID
	record := func(path string, body fields) (made struct {
		ID  uuid.UUID
		Key string
	},
	) {
		p.post(path, boss.AccessToken, body).into(http.StatusCreated, &made)
		return made
	}
	client := record("/v1/clients", fields{"kind": "household", "name": "M. Lefort", "locale": "fr"}).ID
	technician := record("/v1/technicians", fields{
		"name": "Jeanne Caron", "employment": "employee", "transport": "car", "home": fields{"lat": 50.63, "lon": 3.06}, "time_zone": "Europe/Paris", "locale": "fr",
		"skills": []fields{}, "territory_ids": []string{},
	}).ID
	partner := record("/v1/partners", fields{"name": "Assurances du Nord"}).ID
	out := map[dispatch.Role]string{
		dispatch.RoleAdministrator: boss.AccessToken,
		dispatch.RolePartner:       record("/v1/api-keys", fields{"partner_id": partner, "name": "production", "scopes": dispatch.Scopes()}).Key,
	}
	for role, email := range map[dispatch.Role]string{dispatch.RoleClient: "c@nord.example", dispatch.RoleTechnician: "t@nord.example", dispatch.RoleDispatcher: "d@nord.example"} {
		n := p.account(role, email)
		n.OrganizationID = org
		switch role {
		case dispatch.RoleClient:
			n.ClientID = client
		case dispatch.RoleTechnician:
			n.TechnicianID = technician
		}
		if _, err := p.identity.Provision(p.t.Context(), n); err != nil {
			p.t.Fatal(err)
		}
		out[role] = p.signIn(email, password).AccessToken
	}
	return out
}

func TestAnotherOrganizationFindsNothingByTheIdsOfThisOne(t *testing.T) {
	t.Parallel()
	p := start(t)
	foreign := p.neighbour() // before this organization's administrator: the first one of all is made by a token
	o := p.staffed()
	for role, email := range map[dispatch.Role]string{
		dispatch.RoleClient: "c@nord.example", dispatch.RoleTechnician: "t@nord.example", dispatch.RoleDispatcher: "d@nord.example", dispatch.RoleAdministrator: "samir@nord.example",
	} {
		foreign[role] = p.signIn(email, password).AccessToken
	}
	secrets := []string{"Lebrun", "Moreau", "Haddad", "Fontaine", "Perrin", "Charonne", "Reine", "depannage", "Dépannage Île-de-France", p.Organization.ID.String()}
	before := p.digest()
	tried := 0
	for _, e := range endpoints(t) {
		want := permissions[e.OperationID]
		if want.roles == "" || e.OperationID == "signOut" || e.OperationID == "signOutEverywhere" {
			continue
		}
		for letter, role := range roleLetters {
			if !strings.Contains(want.roles, letter) {
				continue
			}
			tried++
			own := o.own[role]
			if letter == "p" {
				own = o.own[dispatch.RolePartner]
				own["devices"] = dispatchtest.NewID().String()
			}
			a := p.try(e, foreign[role], own)
			if e.namesRecord() && a.status != http.StatusNotFound {
				// What is wrong whoever's record it is may be told first: a client gives no external ids.
				if nobody := p.try(e, foreign[role], strangers(own)); a.status != http.StatusUnprocessableEntity || nobody.status != a.status || nobody.problemOf().Code != a.problemOf().Code {
					t.Errorf("%s as the other organization's %s: %d %s, want not found", e.OperationID, role, a.status, a.body)
				}
			}
			if a.status >= 400 {
				a.problemOf()
			}
			for _, secret := range secrets {
				if strings.Contains(string(a.body), secret) && !strings.Contains(func() string { b, _ := e.content(t, own); return b }(), secret) {
					t.Errorf("%s tells the other organization's %s of %q: %s", e.OperationID, role, secret, a.body)
				}
			}
			if a.status >= 500 {
				t.Errorf("%s: %d %s", e.OperationID, a.status, a.body)
			}
		}
	}
	p.unchanged(before, "the other organization")
	if tried < 150 {
		t.Errorf("only %d calls were tried", tried)
	}
}
