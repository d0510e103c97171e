package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"tournee/dispatch"
)

// takes reports whether the operation has a parameter of this name.
func (e endpoint) takes(name string) bool {
	return slices.ContainsFunc(e.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.Name == name })
}

// whoMay is a role that the operation is open to: the most powerful.
func (e endpoint) whoMay() dispatch.Role {
	for _, letter := range []string{"a", "d", "t", "c", "p"} {
		if strings.Contains(permissions[e.OperationID].roles, letter) {
			return roleLetters[letter]
		}
	}
	return ""
}

func TestEveryChangeOfARecordSaysWhichVersionItHasRead(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	before := p.digest()
	tried := 0
	for _, e := range endpoints(t) {
		if !e.versioned() {
			continue
		}
		tried++
		role := e.whoMay()
		body, _ := e.content(t, o.own[role])
		var sent any
		if body != "" {
			sent = json.RawMessage(body)
		}
		for header, want := range map[string]struct {
			status int
			code   string
		}{"": {428, "version_required"}, `"999"`: {412, "stale_version"}, `W/"1"`: {412, "stale_version"}, "1": {412, "stale_version"}} {
			var headers []string
			if header != "" {
				headers = []string{"If-Match", header}
			}
			if a := p.call(e.method, e.target(o.own[role]), o.bearer[role], sent, headers...); a.status != want.status || a.problemOf().Code != want.code {
				t.Errorf("%s with If-Match %q: %d %s, want %d %s", e.OperationID, header, a.status, a.body, want.status, want.code)
			}
		}
	}
	if tried < 20 {
		t.Errorf("only %d operations ask for a version", tried)
	}
	p.unchanged(before, "a change without the version")
}

func TestTheSecondOfTwoEditorsIsToldThatTheRecordChanged(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	path, bearer := "/v1/clients/"+o.own[dispatch.RoleDispatcher]["clients"], o.bearer[dispatch.RoleDispatcher]
	read := p.call("GET", path, bearer, nil)
	read.is(http.StatusOK)
	tag := read.header.Get("ETag")
	first := p.call("PATCH", path, bearer, fields{"notes": "Sonner deux fois."}, "If-Match", tag)
	first.is(http.StatusOK)
	if next := first.header.Get("ETag"); next == tag || next == "" {
		t.Errorf("the ETag was %s and is %s", tag, next)
	}
	before := p.digest()
	p.call("PATCH", path, bearer, fields{"notes": "Ne pas sonner."}, "If-Match", tag).refused(412, "stale_version")
	p.unchanged(before, "the late editor")
	p.call("PATCH", path, bearer, fields{"notes": "Ne pas sonner."}, "If-Match", first.header.Get("ETag")).is(http.StatusOK)
}

// fresh changes what an example says into what can be made now.
var fresh = strings.NewReplacer(`"code":"network"`, `"code":"cabling"`, `"start":"2026-06-15T08:00:00","technician_id"`, `"start":"2026-06-20T08:00:00","technician_id"`,
	`"end":"2026-06-15T17:00:00"`, `"end":"2026-06-20T17:00:00"`, `"earliest":"2026-06-15`, `"earliest":"2026-06-20`, `"latest":"2026-06-15`, `"latest":"2026-06-20`,
	`"cells":["871fb4670ffffff","871fb4671ffffff"]`, `"polygon":[[[3.0,50.6],[3.1,50.6],[3.1,50.7],[3.0,50.7],[3.0,50.6]]]`, `"to":"completed"`, `"to":"accepted"`,
	`"begin_at":"2026-06-15T14:00:00"`, `"begin_at":"2026-06-15T15:00:00"`)

// otherwise is the same call with one word changed.
func otherwise(body string) string {
	for _, word := range []string{`"name":"`, `"description":"`, `"reason":"`, `"outcome":"`, `"token":"`, `"name_fr":"`, `"accuracy":1`, `"duration":"PT1`, `"duration":"PT`, `"seed":`} {
		if strings.Contains(body, word) {
			return strings.Replace(body, word, word+"1", 1)
		}
	}
	return strings.Replace(body, "T00:00:00", "T01:00:00", 1)
}

// triedOut is an override with the basis that its preview gives.
func (p *program) triedOut(bearer string) string {
	p.t.Helper()
	body := fields{"changes": []fields{{"kind": "overtime", "shift_id": p.ShiftOf(p.Moussa, 3).ID, "overtime": "PT30M"}}, "reason": "Il reste volontiers."}
	var seen struct{ Basis json.RawMessage }
	p.post("/v1/overrides/preview", bearer, fields{"changes": body["changes"]}).into(http.StatusOK, &seen)
	body["basis"] = seen.Basis
	raw, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(raw)
}

func TestAPostSentTwiceIsDoneOnce(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	done := 0
	for _, e := range endpoints(t) {
		role := e.whoMay()
		secret, _ := e.extension("x-secret").(bool)
		if e.method != http.MethodPost || role == "" || secret || e.OperationID == "signOut" || e.OperationID == "signOutEverywhere" || e.OperationID == "importCsv" {
			continue
		}
		if e.OperationID == "startPlan" {
			role = dispatch.RoleDispatcher // the administrator's few bulk calls go to the others
		}
		body, _ := e.content(t, o.own[role])
		body = fresh.Replace(body)
		if e.OperationID == "createOverride" {
			body = p.triedOut(o.bearer[role])
		}
		send := func(body string) answer {
			var sent any
			if body != "" {
				sent = json.RawMessage(body)
			}
			headers := []string{"Idempotency-Key", "once-" + e.OperationID}
			if e.takes("If-Match") {
				headers = append(headers, "If-Match", "*")
			}
			return p.call(e.method, e.target(o.own[role]), o.bearer[role], sent, headers...)
		}
		first := send(body)
		if first.status >= 300 {
			t.Errorf("%s: %d %s, want it done", e.OperationID, first.status, first.body)
			continue
		}
		done++
		before := p.digest()
		again := send(body)
		if again.status != first.status || !bytes.Equal(again.body, first.body) || again.header.Get("Idempotent-Replayed") != "true" || again.header.Get("ETag") != first.header.Get("ETag") ||
			again.header.Get("Location") != first.header.Get("Location") {
			t.Errorf("%s answered %d %s, and when repeated %d %s (replayed %q)", e.OperationID, first.status, first.body, again.status, again.body, again.header.Get("Idempotent-Replayed"))
		}
		if other := otherwise(body); other != body {
			if a := send(other); a.status != http.StatusUnprocessableEntity || a.problemOf().Code != "idempotency_key_reused" {
				t.Errorf("%s with the same key and another body: %d %s", e.OperationID, a.status, a.body)
			}
		}
		p.unchanged(before, "the repeat of "+e.OperationID)
	}
	if done < 18 {
		t.Errorf("only %d operations were done", done)
	}
}

// page is one page of any list.
type page struct {
	Items []struct {
		ID        string
		Code      string
		ShiftID   string `json:"shift_id"`
		DeletedAt string `json:"deleted_at"`
	}
	NextCursor string `json:"next_cursor"`
	AsOf       string `json:"as_of"`
}

// all follows a list to its end; the tombstones come marked.
func (p *program) all(path, bearer string, limit int) (ids []string) {
	p.t.Helper()
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	cursor := ""
	for range 500 {
		var l page
		p.call("GET", fmt.Sprintf("%s%slimit=%d%s", path, separator, limit, cursor), bearer, nil).into(http.StatusOK, &l)
		if len(l.Items) > limit {
			p.t.Fatalf("%s: a page of %d has %d", path, limit, len(l.Items))
		}
		for _, item := range l.Items {
			id := item.ID + item.Code
			if id == "" {
				id = item.ShiftID
			}
			if item.DeletedAt != "" {
				id += " deleted"
			}
			ids = append(ids, id)
		}
		if l.NextCursor == "" {
			return ids
		}
		cursor = "&cursor=" + l.NextCursor
	}
	p.t.Fatalf("%s has no end", path)
	return nil
}

func TestEveryListGivesEverythingOncePageByPage(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	lists, long := 0, 0
	for _, e := range endpoints(t) {
		if e.method != http.MethodGet || !e.takes("cursor") {
			continue
		}
		lists++
		role := e.whoMay()
		paths := []string{e.target(o.own[role])}
		if e.OperationID == "listRoutes" {
			paths[0] += "?date=2026-06-15"
		}
		if e.takes("updated_since") {
			paths = append(paths, paths[0]+"?updated_since=2026-01-01T00:00:00Z")
		}
		bearer := o.bearer[role]
		if role == dispatch.RoleAdministrator && e.OperationID != "listDevices" { // one's own
			bearer = p.enter(role, fmt.Sprintf("reader-%d@example.fr", lists)).AccessToken // one caller may not read all lists in a second
		}
		for _, path := range paths {
			whole := p.all(path, bearer, 200)
			if len(whole) == 0 {
				t.Errorf("%s is empty: nothing was walked", path)
			}
			if len(whole) > 2 {
				long++
			}
			for _, limit := range []int{1, 2} {
				if parts := p.all(path, bearer, limit); !slices.Equal(parts, whole) {
					t.Errorf("%s by pages of %d is\n%v, and at once\n%v", path, limit, parts, whole)
				}
			}
			sorted := slices.Clone(whole)
			slices.Sort(sorted)
			if len(slices.Compact(sorted)) != len(whole) {
				t.Errorf("%s gives something twice: %v", path, whole)
			}
		}
		p.call("GET", strings.Split(paths[0], "?")[0]+"?cursor=bm9uc2Vuc2U", bearer, nil).refused(422, "invalid")
	}
	if lists < 15 || long < 12 {
		t.Errorf("%d lists were walked, %d of them longer than a page", lists, long)
	}
}

func TestWhatIsDeletedLeavesTheListAndStaysInTheListOfChanges(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	boss := o.bearer[dispatch.RoleAdministrator]
	made := func(path string, body fields) (id string) {
		var m struct{ ID, Code string }
		p.post(path, boss, body).into(http.StatusCreated, &m)
		return m.ID + m.Code
	}
	client := made("/v1/clients", fields{"kind": "household", "name": "M. Adam", "locale": "fr"})
	technician := made("/v1/technicians", fields{"name": "Rémi Blot", "employment": "employee", "transport": "bike", "home": fields{"lat": 48.86, "lon": 2.35}})
	company := "/v1/clients/" + p.Company.ID.String()
	for _, c := range []struct{ list, path, id string }{
		{company + "/contacts", "/v1/contacts/", made(company+"/contacts", fields{"name": "M. Brun"})},
		{company + "/assets", "/v1/assets/", made(company+"/assets", fields{"kind": "laptop"})},
		{company + "/sites", "/v1/sites/", p.CompanySites[1].ID.String()},
		{"/v1/sites", "/v1/sites/", made("/v1/clients/"+client+"/sites", fields{
			"address": fields{"street": "12 rue de la Bûcherie", "postal_code": "75005", "city": "Paris", "country": "FR"},
		})},
		{"/v1/series", "/v1/series/", o.own[dispatch.RoleAdministrator]["series"]},
		{"/v1/clients", "/v1/clients/", client},
		{"/v1/shifts", "/v1/shifts/", made("/v1/shifts", fields{"technician_id": technician, "start": "2026-07-01T08:00:00", "end": "2026-07-01T16:00:00"})},
		{"/v1/absences", "/v1/absences/", made("/v1/absences", fields{"technician_id": technician, "start": "2026-07-02T00:00:00", "end": "2026-07-03T00:00:00", "kind": "sick"})},
		{"/v1/technicians", "/v1/technicians/", technician},
		{"/v1/skills", "/v1/skills/", made("/v1/skills", fields{"code": "cabling", "name_fr": "Câblage", "name_en": "Cabling"})},
		{"/v1/territories", "/v1/territories/", made("/v1/territories", fields{"name": "Lille", "polygon": [][][2]float64{{{3, 50.6}, {3.1, 50.6}, {3.1, 50.7}, {3, 50.7}, {3, 50.6}}}})},
		{"/v1/partners", "/v1/partners/", made("/v1/partners", fields{"name": "Mutuelle"})},
	} {
		if living := p.all(c.list, boss, 50); !slices.Contains(living, c.id) {
			t.Errorf("%s does not list %s", c.list, c.id)
		}
		p.call("DELETE", c.path+c.id, boss, nil, "If-Match", "*").is(http.StatusNoContent)
		p.call("GET", c.path+c.id, boss, nil).refused(404, "not_found")
		if living := p.all(c.list, boss, 50); slices.Contains(living, c.id) || slices.Contains(living, c.id+" deleted") {
			t.Errorf("%s still lists what was deleted", c.list)
		}
		if changes := p.all(c.list+"?updated_since=2026-01-01T00:00:00Z", boss, 50); !slices.Contains(changes, c.id+" deleted") {
			t.Errorf("the changes of %s do not say that %s is gone: %v", c.list, c.id, changes)
		}
	}
}

func TestARecordPutTwiceUnderItsExternalIDIsOneRecord(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	tried := 0
	for _, e := range endpoints(t) {
		if e.method != http.MethodPut {
			continue
		}
		for _, role := range []dispatch.Role{dispatch.RoleAdministrator, dispatch.RolePartner} {
			if role == dispatch.RolePartner && !strings.Contains(permissions[e.OperationID].roles, "p") {
				continue
			}
			tried++
			body, _ := e.content(t, o.own[role])
			body = fresh.Replace(body)
			if e.OperationID == "upsertTerritory" {
				body = `{"name":"Lille","polygon":[[[3.0,50.6],[3.1,50.6],[3.1,50.7],[3.0,50.7],[3.0,50.6]]]}`
			}
			var first, second struct{ ID string }
			p.call("PUT", e.target(o.own[role]), o.bearer[role], json.RawMessage(body)).into(http.StatusCreated, &first)
			p.call("PUT", e.target(o.own[role]), o.bearer[role], json.RawMessage(body)).into(http.StatusOK, &second)
			if first.ID != second.ID || first.ID == "" {
				t.Errorf("%s as %s made %q, then %q", e.OperationID, role, first.ID, second.ID)
			}
		}
	}
	if tried < 9 {
		t.Errorf("only %d were put", tried)
	}
}
