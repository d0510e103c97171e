package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/dispatch/identity"
	"tournee/geo"
)

// mistake is a call that cannot be done, and how it is refused: by the problem's code, or by the code of a fault at a pointer.
type mistake struct {
	name         string
	method, path string
	body         string
	status       int
	code         string
	faults       map[string]string
	headers      []string
}

// raw makes a call with a body as it is.
func (p *program) raw(method, path, bearer, body string, headers ...string) answer {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.server.URL+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := p.server.Client().Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{p.t, method + " " + path, response.StatusCode, response.Header, text}
}

// mistakes are the wrong inputs of everyday, over an organization with one of everything.
func (p *program) mistakes(o office) []mistake {
	own := o.own[dispatch.RoleDispatcher]
	request := func(changes ...string) string {
		body := `{"client_id":"` + own["clients"] + `","site_id":"` + own["sites"] + `","category":"network","description":"Panne","mode":"on_site",` +
			`"required_skills":[{"skill":"network","level":2}],"duration":"PT1H","windows":[{"start":"2026-06-16T09:00:00","end":"2026-06-16T12:00:00"}]}`
		return strings.NewReplacer(changes...).Replace(body)
	}
	shift := func(start, end string) string {
		return `{"technician_id":"` + p.Karim.ID.String() + `","start":"` + start + `","end":"` + end + `"}`
	}
	site := func(street, postalCode string) string {
		raw, _ := json.Marshal(fields{"address": fields{"street": street, "postal_code": postalCode, "city": "Lille", "country": "FR"}})
		return string(raw)
	}
	sites := "/v1/clients/" + own["clients"] + "/sites"
	visit := "/v1/visits/" + own["visits"]
	p.Geocoder.Know("1 place du Général-de-Gaulle", "59000", geo.Position{Lat: 50.637, Lon: 3.063}, dispatch.PrecisionHouseNumber)
	return []mistake{
		{"JSON cut short", "POST", "/v1/requests", `{"category": "network`, 400, "malformed_json", nil, nil},
		{"a comma too many", "POST", "/v1/requests", `{"category": "network",}`, 400, "malformed_json", nil, nil},
		{"a field nobody knows", "POST", "/v1/requests", request(`"category"`, `"colour":"red","category"`), 422, "invalid", map[string]string{"/colour": "field.unknown"}, nil},
		{"a text where a list belongs", "POST", "/v1/requests", request(`[{"skill":"network","level":2}]`, `"network"`), 422, "invalid", map[string]string{"/required_skills": "field.type"}, nil},
		{"an unknown skill", "POST", "/v1/requests", request(`"skill":"network"`, `"skill":"plumbing"`), 422, "invalid", map[string]string{"/required_skills/0/skill": "skill.unknown"}, nil},
		{"a level of 5", "POST", "/v1/requests", request(`"level":2`, `"level":5`), 422, "invalid", map[string]string{"/required_skills/0/level": ""}, nil},
		{"a level of 0", "POST", "/v1/requests", request(`"level":2`, `"level":0`), 422, "invalid", map[string]string{"/required_skills/0/level": ""}, nil},
		{"a technician's level of 9", "PATCH", "/v1/technicians/" + p.Lea.ID.String(), `{"skills":[{"skill":"network","level":9}]}`, 422, "invalid", map[string]string{"/skills/0/level": ""}, []string{"If-Match", "*"}},
		{"a site outside every territory", "POST", sites, site("1 place du Général-de-Gaulle", "59000"), 422, "invalid", map[string]string{"/address": ""}, nil},
		{"an address that there is not", "POST", sites, site("1 rue « Sésame » \U0001f6aa; DROP TABLE sites;--", "75011"), 422, "invalid", map[string]string{"/address": "address.unknown"}, nil},
		{"an address with a line break", "POST", sites, site("1 rue de la Paix\n75002 Paris", "75002"), 422, "invalid", map[string]string{"/address/street": ""}, nil},
		{"a window in the past", "POST", "/v1/requests", request("2026-06-16T", "2026-06-14T"), 422, "invalid", map[string]string{"/windows/0/end": "window.past"}, nil},
		{"a window that ends before it starts", "POST", "/v1/requests", request("T12:00:00", "T08:00:00"), 422, "invalid", map[string]string{"/windows/0/end": "window.ends_before_start"}, nil},
		{"an hour that March does not have", "POST", "/v1/requests", request("2026-06-16T09:00:00", "2027-03-28T02:30:00", "2026-06-16T12:00:00", "2027-03-28T05:00:00"), 422, "invalid", map[string]string{"/windows/0/start": ""}, nil},
		{"an hour that October has twice", "POST", "/v1/requests", request("2026-06-16T09:00:00", "2026-10-25T02:30:00", "2026-06-16T12:00:00", "2026-10-25T05:00:00"), 422, "invalid", map[string]string{"/windows/0/start": ""}, nil},
		{"a shift of forty hours", "POST", "/v1/shifts", shift("2026-06-22T08:00:00", "2026-06-24T00:00:00"), 422, "invalid", map[string]string{"/end": ""}, nil},
		{"a shift on top of another", "POST", "/v1/shifts", shift("2026-06-16T12:00:00", "2026-06-16T20:00:00"), 409, "shift.overlap", nil, nil},
		{"a stale version", "PATCH", "/v1/clients/" + own["clients"], `{"notes":"x"}`, 412, "stale_version", nil, []string{"If-Match", `"77"`}},
		{"no version", "PATCH", "/v1/clients/" + own["clients"], `{"notes":"x"}`, 428, "version_required", nil, nil},
		{"ten megabytes", "POST", "/v1/requests", `{"description":"` + strings.Repeat("x", 10<<20) + `"}`, 413, "body_too_large", nil, nil},
		{"a step that cannot be", "POST", visit + "/transitions", `{"to":"completed"}`, 409, "visit.illegal_move", nil, []string{"If-Match", "*"}},
		{"a technician without the skill", "POST", visit + "/assignment", `{"technician_id":"` + p.Moussa.ID.String() + `"}`, 409, "visit.does_not_fit", nil, []string{"If-Match", "*"}},
		{"no such request", "GET", "/v1/requests/" + dispatchtest.NewID().String(), "", 404, "not_found", nil, nil},
		{"an id that is none", "GET", "/v1/requests/42", "", 422, "invalid", nil, nil},
	}
}

func TestAWrongInputIsExplainedInFrenchAndInEnglishAndChangesNothing(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	bearer := o.bearer[dispatch.RoleAdministrator]
	all := p.mistakes(o)
	before := p.digest()
	for _, m := range all {
		said := map[string]string{}
		for _, language := range []string{"fr", "en"} {
			a := p.raw(m.method, m.path, bearer, m.body, append(m.headers, "Accept-Language", language)...)
			problem := a.problemOf()
			if a.status != m.status || problem.Code != m.code {
				t.Errorf("%s: %d %s, want %d %s", m.name, a.status, a.body, m.status, m.code)
				break
			}
			have := problem.faults()
			for pointer, code := range m.faults {
				if got, ok := have[pointer]; !ok || (code != "" && got != code) {
					t.Errorf("%s: the faults are %v, want one at %s", m.name, have, pointer)
				}
			}
			if len(m.faults) > 0 && len(have) != len(m.faults) {
				t.Errorf("%s: more is called wrong than is: %v", m.name, have)
			}
			var sentences struct {
				Title, Detail string
				Errors        []struct{ Detail string }
			}
			if err := json.Unmarshal(a.body, &sentences); err != nil {
				t.Fatal(err)
			}
			said[language] = sentences.Title + sentences.Detail
			for _, e := range sentences.Errors {
				if e.Detail == "" || strings.ContainsAny(e.Detail, "{}") {
					t.Errorf("%s: a fault is told as %q", m.name, e.Detail)
				}
				said[language] += e.Detail
			}
			if strings.Contains(strings.ToLower(said[language]), "sql") || strings.Contains(said[language], "pgx") {
				t.Errorf("%s: the sentence shows our insides: %s", m.name, said[language])
			}
		}
		if said["fr"] == said["en"] {
			t.Errorf("%s: French and English are told the same: %q", m.name, said["fr"])
		}
	}
	p.unchanged(before, "a wrong input")
}

func TestTheHourThatComesTwiceIsTakenWhenSomebodySaysWhich(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	p.Clock.Set(time.Date(2026, time.October, 24, 12, 0, 0, 0, p.Zone))
	bearer := p.signIn("administrator@example.fr", password).AccessToken
	own := o.own[dispatch.RoleDispatcher]
	for fold, want := range map[string]string{"earlier": "2026-10-25T02:30:00+02:00", "later": "2026-10-25T02:30:00+01:00"} {
		var made struct {
			Windows []struct{ Start string }
		}
		p.post("/v1/requests", bearer, fields{
			"client_id": own["clients"], "site_id": own["sites"], "category": "network", "description": "Panne", "mode": "on_site",
			"windows": []fields{{"start": "2026-10-25T02:30:00", "end": "2026-10-25T05:00:00", "fold": fold}},
		}).into(http.StatusCreated, &made)
		if made.Windows[0].Start != want {
			t.Errorf("the %s half past two became %s, want %s", fold, made.Windows[0].Start, want)
		}
	}
}

func TestAFrenchAddressKeepsItsOddCharacters(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	own := o.own[dispatch.RoleDispatcher]
	const street, complement, notes = "3 bis, allée de l’Œuvre-d’Art & Cie (Bât. « Ÿ »)", "Étage n° 2½ — œil-de-bœuf", "Code : <23>\"A\"; 'sonnez' \\ 2×"
	p.Geocoder.Know(street, "75005", dispatchtest.NotreDame, dispatch.PrecisionStreet)
	var site struct {
		ID          string
		Position    struct{ Precision string }
		AccessNotes string `json:"access_notes"`
		Address     struct{ Street, Complement string }
	}
	p.post("/v1/clients/"+own["clients"]+"/sites", o.bearer[dispatch.RoleDispatcher], fields{
		"address": fields{"street": street, "complement": complement, "postal_code": "75005", "city": "L’Haÿ-les-Roses", "country": "FR"}, "access_notes": notes,
	}).into(http.StatusCreated, &site)
	p.call("GET", "/v1/sites/"+site.ID, o.bearer[dispatch.RoleDispatcher], nil).into(http.StatusOK, &site)
	if site.Address.Street != street || site.Address.Complement != complement || site.AccessNotes != notes || site.Position.Precision != "street" {
		t.Errorf("the site is kept as %+v", site)
	}
}

func TestTheSameHourIsBookedOnce(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	own, bearer := o.own[dispatch.RoleDispatcher], o.bearer[dispatch.RoleDispatcher]
	var visits []string
	for range 2 {
		r := p.Request(t, func(in *dispatch.NewRequest) {
			in.WaitForPlan, in.RequiredSkills[0].Level = true, 2
			in.Windows = []dispatch.Span{{Start: p.At(1, 9, 0), End: p.At(1, 16, 0)}}
		})
		visits = append(visits, p.VisitOf(t, r).ID.String())
	}
	book := func(visit string) answer {
		return p.post("/v1/visits/"+visit+"/assignment", bearer, fields{"technician_id": own["technicians"], "begin_at": "2026-06-16T10:00:00"}, "If-Match", "*")
	}
	book(visits[0]).is(http.StatusOK)
	before := p.digest()
	a := book(visits[1])
	if a.status != http.StatusConflict || a.problemOf().Detail == "" {
		t.Errorf("the second booking of the hour: %d %s", a.status, a.body)
	}
	p.unchanged(before, "the refused booking")
}

func TestATokenThatIsOverOrForeignChangesNothing(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	bearer := o.bearer[dispatch.RoleDispatcher]
	path := "/v1/clients/" + o.own[dispatch.RoleDispatcher]["clients"]
	before := p.digest()
	cut := strings.LastIndex(bearer, ".")
	for name, token := range map[string]string{
		"no token": "", "another's signature": bearer[:cut] + "." + strings.Repeat("A", len(bearer)-cut-1), "nonsense": "abc.def.ghi", "a refresh token": "trr_ageqjlrhxdzhgzmpvcdj2n7xymaaaaab",
	} {
		if a := p.raw("PATCH", path, token, `{"notes":"x"}`, "If-Match", "*"); a.status != http.StatusUnauthorized || a.problemOf().Detail == "" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	p.Clock.Advance(identity.AccessTTL + time.Second)
	p.raw("PATCH", path, bearer, `{"notes":"x"}`, "If-Match", "*").refused(401, "token_expired")
	p.unchanged(before, "a caller without a good token")
}
