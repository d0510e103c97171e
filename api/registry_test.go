package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"tournee/dispatch"
	"tournee/openapi"
)

// noun is one thing that administrators keep, and what a round trip sends of it. Paths are the contract's, "{…}" filled in by the test.
type noun struct {
	collection string // made here with POST
	listed     string // listed here; "": in the collection
	item       string
	external   string // made or replaced here with PUT; "": no external ids
	create     fields
	patch      fields
	put        fields
}

func (p *program) nouns() map[string]noun {
	paris := fields{"lat": 48.8536, "lon": 2.3782}
	client := strings.Replace("/v1/clients/{client_id}", "{client_id}", p.Household.ID.String(), 1)
	return map[string]noun{
		"partner": {
			collection: "/v1/partners", item: "/v1/partners/{id}",
			create: fields{"name": "Mutuelle du Nord"}, patch: fields{"name": "Mutuelle du Nord et de l'Est"},
		},
		"skill": {
			collection: "/v1/skills", item: "/v1/skills/{code}",
			create: fields{"code": "backup", "name_fr": "Sauvegarde", "name_en": "Backup"}, patch: fields{"name_fr": "Sauvegardes"},
		},
		"territory": {
			collection: "/v1/territories", item: "/v1/territories/{id}", external: "/v1/territories/external/{external_id}",
			create: fields{"name": "Lyon", "polygon": [][][]float64{{{4.8, 45.7}, {4.9, 45.7}, {4.9, 45.8}, {4.8, 45.8}, {4.8, 45.7}}}},
			patch:  fields{"name": "Grand Lyon"},
			put:    fields{"name": "Lille", "polygon": [][][]float64{{{3.0, 50.6}, {3.1, 50.6}, {3.1, 50.7}, {3.0, 50.7}, {3.0, 50.6}}}, "metadata": fields{"agence": "59"}},
		},
		"client": {
			collection: "/v1/clients", item: "/v1/clients/{id}", external: "/v1/clients/external/{external_id}",
			create: fields{"kind": "household", "name": "M. Aubert", "email": "aubert@example.org", "phone": "+33611223344", "notes": "Rappeler le soir."},
			patch:  fields{"email": nil, "notes": "Rappeler le matin."},
			put:    fields{"kind": "company", "name": "Garage Vasseur", "locale": "fr", "metadata": fields{"crm": "A-7"}},
		},
		"site": {
			collection: client + "/sites", listed: "/v1/sites", item: "/v1/sites/{id}", external: "/v1/sites/external/{external_id}",
			create: fields{"name": "Domicile", "address": fields{"street": "52 rue de Charonne", "postal_code": "75011", "city": "Paris", "country": "FR"}, "access_notes": "Code 12B4."},
			patch:  fields{"access_notes": "Code 98A1.", "position": paris},
			put: fields{
				"client_id": p.Household.ID, "name": "Cave", "time_zone": "Europe/Paris", "position": paris,
				"address": fields{"street": "54 rue de Charonne", "postal_code": "75011", "city": "Paris", "country": "FR"},
			},
		},
		"contact": {
			collection: client + "/contacts", item: "/v1/contacts/{id}",
			create: fields{"name": "Mme Ramos", "function": "gardienne", "phone": "+33622334455", "site_id": p.HouseholdSite.ID},
			patch:  fields{"function": "gérante", "phone": nil, "site_id": nil},
		},
		"asset": {
			collection: client + "/assets", item: "/v1/assets/{id}", external: "/v1/assets/external/{external_id}",
			create: fields{"kind": "printer", "make": "Brother", "serial": "E78-1", "site_id": p.HouseholdSite.ID, "warranty_end": "2027-05-31"},
			patch:  fields{"make": "Epson", "warranty_end": nil},
			put:    fields{"client_id": p.Household.ID, "kind": "laptop", "model": "X1", "metadata": fields{"tag": "42"}},
		},
		"technician": {
			collection: "/v1/technicians", item: "/v1/technicians/{id}", external: "/v1/technicians/external/{external_id}",
			create: fields{
				"name": "Sofia Reyes", "employment": "independent", "transport": "public_transport", "home": paris, "phone": "+33633445566",
				"skills": []fields{{"skill": "network", "level": 2}}, "territory_ids": []any{p.Territory.ID},
			},
			patch: fields{"transport": "bike", "phone": nil, "skills": []fields{{"skill": "windows", "level": 4}}},
			put:   fields{"name": "Jean Morel", "employment": "subcontractor", "transport": "car", "home": paris, "time_zone": "Europe/Brussels"},
		},
		"shift": {
			collection: "/v1/shifts", item: "/v1/shifts/{id}", external: "/v1/shifts/external/{external_id}",
			create: fields{
				"technician_id": p.Karim.ID, "start": "2026-06-20T09:00", "end": "2026-06-20T17:00",
				"breaks": []fields{{"earliest": "2026-06-20T12:00", "latest": "2026-06-20T13:00", "duration": "PT1H"}},
			},
			patch: fields{"end": "2026-06-20T16:00", "breaks": []fields{}, "transport": "foot"},
			put:   fields{"technician_id": p.Lea.ID, "start": "2026-06-21T09:00:00+02:00", "end": "2026-06-21T12:00", "end_place": paris, "transport": "car"},
		},
		"absence": {
			collection: "/v1/absences", item: "/v1/absences/{id}",
			create: fields{"technician_id": p.Moussa.ID, "start": "2026-06-22T00:00", "end": "2026-06-24T00:00", "kind": "holiday"},
			patch:  fields{"kind": "sick", "end": "2026-06-23T00:00"},
		},
	}
}

func TestWhatIsKeptOfEachNounComesBackAsItWasSent(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss := p.enter(dispatch.RoleAdministrator, "boss@example.fr").AccessToken
	for name, n := range p.nouns() {
		t.Run(name, func(t *testing.T) {
			q := *p
			q.t = t
			q.roundTrip(boss, n)
		})
	}
}

// roundTrip makes one, reads it, changes it, lists it and takes it out.
func (p *program) roundTrip(bearer string, n noun) {
	p.t.Helper()
	made := p.record(p.post(n.collection, bearer, n.create), 201, n.collection, n.create)
	id, _ := made["id"].(string)
	if id == "" {
		id, _ = made["code"].(string)
	}
	path := n.item[:strings.LastIndex(n.item, "/")+1] + id
	if read := p.record(p.call("GET", path, bearer, nil), 200, n.item, n.create); !reflect.DeepEqual(read, made) {
		p.t.Errorf("made %v, read %v", made, read)
	}
	p.call("PATCH", path, bearer, n.patch).refused(428, "version_required")
	p.call("PATCH", path, bearer, n.patch, "If-Match", `"7"`).refused(412, "stale_version")
	changed := p.record(p.call("PATCH", path, bearer, n.patch, "If-Match", `"1"`), 200, n.item, n.patch)
	if changed["version"] != 2.0 {
		p.t.Errorf("changed once it has version %v", changed["version"])
	}
	listed := n.listed
	if listed == "" {
		listed = n.collection
	}
	if got := p.found(listed+"?limit=200", bearer, id); !reflect.DeepEqual(got, changed) {
		p.t.Errorf("changed %v, listed %v", changed, got)
	}
	p.call("DELETE", path, bearer, nil).refused(428, "version_required")
	p.call("DELETE", path, bearer, nil, "If-Match", `"1"`).refused(412, "stale_version")
	p.call("DELETE", path, bearer, nil, "If-Match", `"2"`).is(204)
	p.call("GET", path, bearer, nil).refused(404, "not_found")
	if got := p.found(listed+"?limit=200", bearer, id); got != nil {
		p.t.Errorf("taken out, and listed all the same: %v", got)
	}
	if got := p.found(listed+"?limit=200&updated_since=2026-06-15T00:00:00Z", bearer, id); got["deleted_at"] == nil {
		p.t.Errorf("no tombstone: %v", got)
	}
	if n.external != "" {
		p.upsertTrip(bearer, n)
	}
}

// upsertTrip makes and replaces one under an id of another system.
func (p *program) upsertTrip(bearer string, n noun) {
	p.t.Helper()
	path := strings.Replace(n.external, "{external_id}", "SAP-1", 1)
	made := p.record(p.call("PUT", path, bearer, n.put), 201, n.external, n.put)
	if made["external_id"] != "SAP-1" {
		p.t.Errorf("made under the external id %v", made["external_id"])
	}
	if again := p.record(p.call("PUT", path, bearer, n.put, "If-Match", `"1"`), 200, n.external, n.put); !reflect.DeepEqual(again, made) {
		p.t.Errorf("the same again changes %v into %v", made, again)
	}
	p.call("PUT", path, bearer, n.put, "If-Match", `"9"`).refused(412, "stale_version")
}

// record reads one record, holds it to the contract, to its ETag and to what was sent: null is gone.
func (p *program) record(a answer, status int, template string, sent fields) map[string]any {
	p.t.Helper()
	var got map[string]any
	a.into(status, &got)
	method, _, _ := strings.Cut(a.call, " ")
	p.keepsContract(method, template, status, got)
	if tag := a.header.Get("ETag"); tag != fmt.Sprintf(`"%v"`, got["version"]) {
		p.t.Errorf("%s: ETag %s of version %v", a.call, tag, got["version"])
	}
	raw, err := json.Marshal(sent)
	if err != nil {
		p.t.Fatal(err)
	}
	var want map[string]any
	if err := json.Unmarshal(raw, &want); err != nil {
		p.t.Fatal(err)
	}
	for field, value := range want {
		switch field {
		case "polygon", "start", "end", "breaks", "position": // told in another form
			continue
		}
		if !reflect.DeepEqual(got[field], value) {
			p.t.Errorf("%s: %s is %v, not %v", a.call, field, got[field], value)
		}
	}
	return got
}

// found is the record in a list, nil when it is not there.
func (p *program) found(path, bearer, id string) map[string]any {
	p.t.Helper()
	var list struct {
		Items []map[string]any `json:"items"`
	}
	a := p.call("GET", path, bearer, nil)
	a.into(200, &list)
	for _, item := range list.Items {
		if item["id"] == id || item["code"] == id {
			return item
		}
	}
	return nil
}

var contract = sync.OnceValues(func() (*openapi3.T, error) { return openapi3.NewLoader().LoadFromData(openapi.YAML) })

// keepsContract holds an answer to the contract's schema.
func (p *program) keepsContract(method, template string, status int, body any) {
	p.t.Helper()
	doc, err := contract()
	if err != nil {
		p.t.Fatal(err)
	}
	template = strings.Replace(template, p.Household.ID.String(), "{client_id}", 1)
	operation := doc.Paths.Value(template).GetOperation(method)
	schema := operation.Responses.Status(status).Value.Content["application/json"].Schema.Value
	if err := schema.VisitJSON(body, openapi3.VisitAsResponse(), openapi3.MultiErrors()); err != nil {
		p.t.Errorf("%s %s: the answer breaks the contract: %v", method, template, err)
	}
}

func TestLocalTimesAreReadInTheTechniciansZone(t *testing.T) {
	t.Parallel()
	p := start(t)
	desk := p.enter(dispatch.RoleDispatcher, "nadia@example.fr").AccessToken
	var made struct {
		ID       string `json:"id"`
		Start    string `json:"start"`
		End      string `json:"end"`
		TimeZone string `json:"time_zone"`
	}
	p.post("/v1/shifts", desk, fields{"technician_id": p.Karim.ID, "start": "2026-06-20T09:00", "end": "2026-06-20T16:00Z"}).into(201, &made)
	if made.Start != "2026-06-20T09:00:00+02:00" || made.End != "2026-06-20T18:00:00+02:00" || made.TimeZone != "Europe/Paris" {
		t.Errorf("the shift is told as %+v", made)
	}
	p.post("/v1/shifts", desk, fields{"technician_id": p.Karim.ID, "start": "2026-06-20T14:00", "end": "2026-06-20T15:00"}).refused(409, "shift.overlap")
	p.post("/v1/shifts", desk, fields{"technician_id": p.Karim.ID, "start": "2027-03-28T02:30", "end": "2027-03-28T02:45", "time_zone": "Mars/Olympus"}).refused(422, "invalid")
	for pointer, c := range map[string]struct {
		code string
		body fields
	}{
		"/start":             {"time.does_not_exist", fields{"technician_id": p.Karim.ID, "start": "2027-03-28T02:30", "end": "2027-03-28T09:00"}},
		"/end":               {"time.ambiguous", fields{"technician_id": p.Karim.ID, "start": "2026-10-24T20:00", "end": "2026-10-25T02:30"}},
		"/breaks/0/earliest": {"time.malformed", fields{"technician_id": p.Karim.ID, "start": "2026-06-27T09:00", "end": "2026-06-27T16:00", "breaks": []fields{{"earliest": "2026-02-30T12:00", "latest": "2026-06-27T13:00", "duration": "PT1H"}}}},
		"/technician_id":     {"technician.unknown", fields{"technician_id": p.Household.ID, "start": "2026-06-27T09:00", "end": "2026-06-27T16:00"}},
	} {
		if f := p.post("/v1/shifts", desk, c.body).refused(422, "invalid").faults(); f[pointer] != c.code {
			t.Errorf("faults %v, want %s at %s", f, c.code, pointer)
		}
	}
	var night struct {
		End string `json:"end"`
	}
	p.post("/v1/shifts", desk, fields{"technician_id": p.Karim.ID, "start": "2026-10-24T20:00", "end": "2026-10-25T02:30", "fold": "later"}).into(201, &night)
	if night.End != "2026-10-25T02:30:00+01:00" {
		t.Errorf("the later half past two is %s", night.End)
	}
}

func TestTheOrganizationShowsItsPlanningSettingsToDispatchersOnly(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss, owner := p.enter(dispatch.RoleAdministrator, "boss@example.fr").AccessToken, p.enter(dispatch.RoleClient, "patron@example.fr").AccessToken
	var shown map[string]any
	p.call("GET", "/v1/organization", owner, nil).into(200, &shown)
	p.keepsContract("GET", "/v1/organization", 200, shown)
	if shown["weights"] != nil || shown["priority_matrix"] != nil || shown["name"] != p.Organization.Name {
		t.Errorf("a client sees %v", shown)
	}
	patch := fields{"name": "Dépannage Paris", "priority_matrix": []int{1, 1, 2, 2, 3, 4, 3, 4, 5}}
	p.call("PATCH", "/v1/organization", owner, patch, "If-Match", `"1"`).refused(403, "forbidden")
	changed := p.record(p.call("PATCH", "/v1/organization", boss, patch, "If-Match", `"1"`), 200, "/v1/organization", patch)
	if changed["weights"] == nil || changed["version"] != 2.0 {
		t.Errorf("changed to %v", changed)
	}
	p.call("PATCH", "/v1/organization", boss, fields{"time_zone": "Mars/Olympus"}, "If-Match", `"2"`).refused(422, "invalid")
}

func TestAClientDoesNotSeeWhatDispatchersNoteAboutIt(t *testing.T) {
	t.Parallel()
	p := start(t)
	desk, owner := p.enter(dispatch.RoleDispatcher, "nadia@example.fr").AccessToken, p.enter(dispatch.RoleClient, "patron@example.fr").AccessToken
	path := "/v1/clients/" + p.Company.ID.String()
	noted := fields{"notes": "Paie tard.", "metadata": fields{"crm": "A-1"}}
	p.record(p.call("PATCH", path, desk, noted, "If-Match", `"1"`), 200, "/v1/clients/{id}", noted)
	own := p.record(p.call("GET", path, owner, nil), 200, "/v1/clients/{id}", fields{"name": p.Company.Name})
	if own["notes"] != nil || own["metadata"] != nil {
		t.Errorf("the client reads %v", own)
	}
	p.call("PATCH", path, owner, fields{"notes": "Paie bien."}, "If-Match", `"2"`).refused(403, "forbidden")
	p.record(p.call("PATCH", path, owner, fields{"name": "Lebrun et fils"}, "If-Match", `"2"`), 200, "/v1/clients/{id}", fields{"name": "Lebrun et fils"})
	if kept := p.record(p.call("GET", path, desk, nil), 200, "/v1/clients/{id}", noted); kept["name"] != "Lebrun et fils" {
		t.Errorf("kept %v", kept)
	}
	p.call("GET", "/v1/clients/"+p.Household.ID.String(), owner, nil).refused(404, "not_found")
}

func TestWhatAnAddressMayMeanIsSaidWithItsTerritory(t *testing.T) {
	t.Parallel()
	p := start(t)
	desk := p.enter(dispatch.RoleDispatcher, "nadia@example.fr").AccessToken
	var found map[string]any
	p.call("GET", "/v1/geocode?q=52+rue+de+Charonne&postal_code=75011", desk, nil).into(200, &found)
	p.keepsContract("GET", "/v1/geocode", 200, found)
	items, _ := found["items"].([]any)
	if len(items) != 1 || items[0].(map[string]any)["territory_id"] != p.Territory.ID.String() {
		t.Errorf("found %v", found)
	}
	p.call("GET", "/v1/geocode?q=rue+de+nulle+part", desk, nil).into(200, &found)
	if items, _ := found["items"].([]any); len(items) != 0 {
		t.Errorf("found %v", found)
	}
}

func TestWhoIsNearAPlaceIsSaidNearestFirst(t *testing.T) {
	t.Parallel()
	p := start(t)
	desk := p.enter(dispatch.RoleDispatcher, "nadia@example.fr").AccessToken
	var found struct {
		Items []struct {
			Name         string `json:"name"`
			OnShiftUntil string `json:"on_shift_until"`
			Travel       string `json:"travel_duration"`
		} `json:"items"`
	}
	p.call("GET", "/v1/technicians/nearby?lat=48.8536&lon=2.3782&skill=network&at=2026-06-15T10:00:00%2B02:00", desk, nil).into(200, &found)
	if len(found.Items) != 2 || found.Items[0].OnShiftUntil != "2026-06-15T17:00:00+02:00" {
		t.Fatalf("near: %+v", found)
	}
	for _, who := range found.Items {
		if who.Name == p.Moussa.Name || !strings.HasPrefix(who.Travel, "PT") {
			t.Errorf("near: %+v, who must know networks", who)
		}
	}
	var raw any
	a := p.call("GET", "/v1/technicians/nearby?lat=48.8536&lon=2.3782", desk, nil)
	a.into(http.StatusOK, &raw)
	p.keepsContract("GET", "/v1/technicians/nearby", 200, raw)
	p.call("GET", "/v1/technicians/nearby?lat=48.8536&lon=2.3782&skill=plumbing", desk, nil).refused(422, "invalid")
}
