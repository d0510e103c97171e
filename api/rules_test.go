package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/scheduler"
)

// unreached are the fields of a problem that no data of the API sets, and why that is right.
var unreached = map[string]string{
	"Problem.Offset":         "decides nothing: it only says how a problem's file writes its times",
	"Place.ID":               "a name for people in files; routes come back by index",
	"Travel.Costs":           "a provider's own price of every leg; here legs are priced by the hour and the kilometre",
	"FrozenStop.Alternative": "a visit under way is put where it is: its place is the site chosen",
	"FrozenStop.Break":       "technicians do not report their breaks",
	"Break.MaxLoad":          "a person pauses with whatever is in the van",
	"Break.FromStart":        "earliest_after and latest_after become moments: what is left of a shift under way has another start",
}

// ruled is an organization in which every rule is asked for through the API.
type ruled struct {
	*program
	boss          string
	lille         string // a territory
	evening, pool string // shifts
	laden, other  string // visits: with every rule, and of its crew
	last          string // after both
	told, begun   string // published, and under way
	alternative   string // a site
	jeanne        string // a subcontractor
}

// day is Tuesday of the World.
const day = "2026-06-16"

func (r *ruled) patch(path string, body fields) {
	r.t.Helper()
	r.call("PATCH", path, r.boss, body, "If-Match", "*").is(http.StatusOK)
}

func (r *ruled) made(path string, body fields) string {
	r.t.Helper()
	var m struct{ ID string }
	r.post(path, r.boss, body).into(http.StatusCreated, &m)
	return m.ID
}

// visit makes a request and gives its first visit.
func (r *ruled) visit(body fields) (request, visit string) {
	r.t.Helper()
	request = r.made("/v1/requests", body)
	return request, r.VisitOf(r.t, dispatch.Request{Record: dispatch.Record{ID: uuid.MustParse(request)}}).ID.String()
}

func (r *ruled) step(visit, to string) {
	r.t.Helper()
	r.post("/v1/visits/"+visit+"/transitions", r.boss, fields{"to": to}, "If-Match", "*").is(http.StatusOK)
}

func asked(window [2]string, change fields) fields {
	body := fields{"category": "network", "description": "Panne", "duration": "PT1H", "windows": []fields{{"start": window[0], "end": window[1]}}}
	maps.Copy(body, change)
	return body
}

// everyRule asks for every rule, on the Tuesday of the World's week.
func everyRule(t *testing.T) *ruled {
	t.Helper()
	r := &ruled{program: start(t)}
	r.boss = r.enter(dispatch.RoleAdministrator, "boss@example.fr").AccessToken
	r.lille = r.made("/v1/territories", fields{"name": "Lille", "polygon": [][][2]float64{{{3, 50.6}, {3.1, 50.6}, {3.1, 50.7}, {3, 50.7}, {3, 50.6}}}})
	r.organization()
	household := r.HouseholdSite.ID.String()
	onSite := fields{"client_id": r.Household.ID, "site_id": household, "mode": "on_site"}
	workday := [2]string{day + "T08:00:00", day + "T16:00:00"}

	// Monday is past work, at a time that nobody likes.
	with := func(more fields) fields {
		body := fields{}
		maps.Copy(body, onSite)
		maps.Copy(body, more)
		return body
	}
	skilled := []fields{{"skill": "network", "level": 2}}
	r.visit(asked([2]string{"2026-06-15T08:30:00", "2026-06-15T09:30:00"}, with(fields{"required_skills": skilled})))
	_, r.begun = r.visit(asked([2]string{day + "T08:00:00", day + "T09:00:00"}, with(fields{"required_skills": skilled})))
	_, r.told = r.visit(asked([2]string{day + "T13:00:00", day + "T15:00:00"}, with(fields{"required_skills": skilled})))
	r.WorkJobs(t)
	r.patch("/v1/visits/"+r.told, fields{"promised_start": day + "T13:00:00", "promised_end": day + "T15:00:00"})
	if _, err := r.Service.PublishRoutes(t.Context(), r.Dispatcher, dispatch.Span{Start: r.At(0, 0, 0), End: r.At(2, 0, 0)}, nil); err != nil {
		t.Fatal(err)
	}
	r.people()
	r.work(with, workday)
	r.Clock.Set(r.At(1, 8, 40))
	r.boss = r.signIn("boss@example.fr", password).AccessToken // a day later
	for _, to := range []string{"accepted", "en_route", "arrived", "started"} {
		r.step(r.begun, to)
	}
	return r
}

func (r *ruled) organization() {
	percents := make([]int, 24)
	for h := range percents {
		percents[h] = 100 + h
	}
	r.patch("/v1/organization", fields{
		"profile": "punctual", "weights": fields{"fairness": 5, "unpleasant": 70, "lexicographic": true, "scarcity": 110},
		"policy": fields{
			"rest":       "PT12H",
			"unpleasant": []fields{{"days": []int{1, 2}, "start": "08:00", "end": "10:00"}},
			"travel_hours": []fields{
				{"transport": "car", "percents": percents}, {"transport": "car", "territory_id": r.Territory.ID, "percents": percents},
			},
			"resources": []fields{{"code": "crane", "quantity": 2, "turnaround": "PT30M"}},
			"depots": []fields{{
				"code": "montreuil", "place": fields{"lat": 48.86, "lon": 2.44}, "duration": "PT15M",
				"hours": []fields{{"days": []int{2}, "start": "07:00", "end": "19:00"}}, "parts": []string{"ssd"},
			}},
		},
	})
}

func (r *ruled) people() {
	r.patch("/v1/technicians/"+r.Lea.ID.String(), fields{"rules": fields{"kind": "junior", "spare_territory_ids": []string{r.lille}}})
	r.patch("/v1/sites/"+r.HouseholdSite.ID.String(), fields{"no_connection": true})
	r.patch("/v1/shifts/"+r.ShiftOf(r.Lea, 1).ID.String(), fields{
		"rules": fields{
			"shift_price": 5000, "overtime": "PT1H", "overtime_hour": 3800, "work_hour": 3000, "free_start": true, "travel_hour": 2500, "travel_kilometre": 30,
			"max_travel": "PT3H", "max_distance": 90000, "max_visits": 9, "capacity": []fields{{"kind": "boxes", "quantity": 4}},
			"stock": []fields{{"kind": "ssd", "quantity": 1}}, "starts_anywhere": true,
		},
		"breaks": []fields{
			{"windows": []fields{{"start": day + "T11:30:00", "end": day + "T12:00:00"}, {"start": day + "T13:00:00", "end": day + "T13:30:00"}}, "duration": "PT45M"},
			{"earliest_after": "PT7H", "latest_after": "PT8H", "duration": "PT15M", "optional": true, "skip_price": 200},
		},
	})
	r.evening = r.made("/v1/shifts", fields{"technician_id": r.Lea.ID, "start": day + "T18:30:00", "end": day + "T20:00:00", "rules": fields{"ends_anywhere": true}})
	r.jeanne = r.made("/v1/technicians", fields{
		"name": "Jeanne Roy", "employment": "subcontractor", "transport": "car", "home": fields{"lat": 48.86, "lon": 2.35},
		"rules": fields{"shifts": fields{"pool": true, "max_visits": 3, "visit_price": 9000}},
	})
	r.pool = r.made("/v1/shifts", fields{"technician_id": r.jeanne, "start": day + "T08:00:00", "end": day + "T18:00:00"})
}

// work makes a request with every rule and three visits: two of a crew, and one after them.
func (r *ruled) work(with func(fields) fields, workday [2]string) {
	r.alternative = r.made("/v1/clients/"+r.Household.ID.String()+"/sites", fields{
		"address": fields{"street": "8 rue de Paris", "postal_code": "93100", "city": "Montreuil", "country": "FR"},
	})
	request, laden := r.visit(asked(workday, with(fields{
		"required_skills": []fields{{"skill": "network", "level": 1}}, "preferred_start": day + "T10:00:00", "preferred_end": day + "T11:00:00", "due": day + "T15:00:00",
		"rules": fields{
			"any_of": [][]fields{{{"skill": "windows", "level": 3}, {"skill": "printing", "level": 2}}}, "none_of": []fields{{"skill": "printing", "level": 4}},
			"required_technician_ids": []uuid.UUID{r.Lea.ID, r.Karim.ID}, "preferred_technician_ids": []uuid.UUID{r.Lea.ID}, "excluded_technician_ids": []uuid.UUID{r.Moussa.ID},
			"alternative_site_ids": []string{r.alternative}, "setup": "PT10M", "late_hour": 4500, "mandatory": true,
			"durations": []fields{
				{"technician_id": r.Lea.ID, "duration": "PT50M", "setup": "PT5M"}, {"kind": "junior", "duration": "PT80M"}, {"level": 3, "duration": "PT40M"},
			},
			"loads": []fields{{"kind": "boxes", "quantity": 2}}, "pickups": []fields{{"kind": "boxes", "quantity": 1}}, "parts": []fields{{"kind": "ssd", "quantity": 1}}, "resources": []string{"crane"},
		},
	})))
	r.laden = laden
	more := func(links fields) string {
		return r.made("/v1/requests/"+request+"/visits", fields{"duration": "PT30M", "rules": fields{}, "links": links})
	}
	r.other = more(fields{"together_with": []string{laden}})
	r.last = more(fields{"after": []fields{{"visit_id": laden, "least": "PT15M", "greatest": "PT5H", "technician": "same"}}})
	r.patch("/v1/visits/"+r.last, fields{"pinned_technician_id": r.Lea.ID, "pinned_position": 5, "pinned_start": day + "T15:30:00"})
}

// tuesday is the problem that the planner would be given.
func (r *ruled) tuesday() *scheduler.Problem {
	r.t.Helper()
	p, err := r.Service.Problem(r.t.Context(), r.Dispatcher, dispatch.Span{Start: r.At(1, 0, 0), End: r.At(2, 0, 0)})
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// reached notes the fields of the scheduler's types that hold something, and every field there is.
func reached(v reflect.Value, all, set map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v = reflect.New(v.Type().Elem())
		}
		reached(v.Elem(), all, set)
	case reflect.Slice, reflect.Array:
		if v.Len() == 0 && v.Kind() == reflect.Slice {
			reached(reflect.New(v.Type().Elem()).Elem(), all, set)
		}
		for i := range v.Len() {
			reached(v.Index(i), all, set)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Name() + "." + v.Type().Field(i).Name
			all[name] = true
			if !v.Field(i).IsZero() {
				set[name] = true
			}
			reached(v.Field(i), all, set)
		}
	}
}

func TestEveryFieldOfAProblemIsReachedFromTheAPI(t *testing.T) {
	t.Parallel()
	p := everyRule(t).tuesday()
	if err := scheduler.Validate(p); err != nil {
		t.Fatal(err)
	}
	all, set := map[string]bool{}, map[string]bool{}
	reached(reflect.ValueOf(*p), all, set)
	if len(all) < 100 {
		t.Fatalf("only %d fields were found", len(all))
	}
	for name := range all {
		if why, excepted := unreached[name]; set[name] == (excepted && why != "") {
			t.Errorf("%s: reached is %v, and the reason why not %q", name, set[name], why)
		}
	}
}

// named finds what a list of the problem holds under an id.
func named[T any](t *testing.T, list []T, id string) T {
	t.Helper()
	for _, v := range list {
		if reflect.ValueOf(v).FieldByName("ID").String() == id {
			return v
		}
	}
	t.Fatalf("no %T %s", list, id)
	panic("unreachable")
}

func TestEveryRuleComesFromTheAPIAsItWasAsked(t *testing.T) {
	t.Parallel()
	r := everyRule(t)
	p := r.tuesday()
	at := func(hour, minute int) scheduler.Time { return scheduler.Time(r.At(1, hour, minute).Unix() - p.Start) }
	window := func(from, to scheduler.Time) scheduler.Window { return scheduler.Window{Open: from, Close: to} }
	lea, karim := r.Lea.ID.String(), r.Karim.ID.String()
	shift, evening, pool := named(t, p.Shifts, r.ShiftOf(r.Lea, 1).ID.String()), named(t, p.Shifts, r.evening), named(t, p.Shifts, r.pool)
	v, told := named(t, p.Visits, r.laden), named(t, p.Visits, r.told)
	junior, worked := named(t, p.Technicians, lea), named(t, p.Technicians, karim)
	depot := named(t, p.Depots, "montreuil")
	pin := p.Pins[slices.IndexFunc(p.Pins, func(pin scheduler.Pin) bool { return pin.Visit == r.last })]
	begin := at(15, 30)
	frozen := named(t, p.Shifts, r.ShiftOf(r.Karim, 1).ID.String()).Frozen
	cost := func(c scheduler.Cost) *scheduler.Cost { return &c }
	due := at(15, 0)
	punctual, _ := scheduler.Profile("punctual")
	for rule, c := range map[string]struct{ have, want any }{
		"a named profile":           {p.Weights.ToldHour, punctual.ToldHour},
		"single weights":            {[]any{p.Weights.Fairness, p.Weights.Unpleasant, p.Weights.Lexicographic, p.Weights.Scarcity}, []any{scheduler.Cost(5), scheduler.Cost(70), true, scheduler.Cost(110)}},
		"rest":                      {p.Rest, scheduler.Seconds(12 * 3600)},
		"unpleasant hours":          {p.Unpleasant, []scheduler.Window{window(max(0, at(8, 0)), at(10, 0)-1)}},
		"a scarce resource":         {p.Resources, []scheduler.Resource{{ID: "crane", Quantity: 2, Turnaround: 1800}}},
		"a depot's stop and parts":  {[]any{depot.Duration, depot.Parts}, []any{scheduler.Seconds(900), []string{"ssd"}}},
		"a depot's hours":           {depot.Windows[0].Close, at(19, 0) - 1},
		"a kind of technician":      {junior.Kind, "junior"},
		"a spare territory":         {junior.Spare, []string{r.lille}},
		"hours worked before":       {worked.Hours > 3600, true},
		"unpleasant visits before":  {worked.Unpleasant, 1},
		"prices of a shift":         {[]any{shift.Cost, shift.OvertimeHour, shift.WorkHour, shift.TravelHour, shift.Kilometre}, []any{scheduler.Cost(5000), scheduler.Cost(3800), scheduler.Cost(3000), cost(2500), cost(30)}},
		"overtime":                  {shift.Overtime, scheduler.Seconds(3600)},
		"paid from a free start":    {shift.Free, true},
		"most travel":               {shift.MaxTravel, scheduler.Seconds(3 * 3600)},
		"most distance":             {shift.MaxDistance, scheduler.Metres(90000)},
		"most visits":               {shift.MaxVisits, 9},
		"a start at the first stop": {shift.StartPlace, scheduler.NoPlace},
		"an end at the last stop":   {evening.EndPlace, scheduler.NoPlace},
		"a capacity":                {shift.Capacity, []int{4}},
		"spare parts in the van":    {shift.Stock, []scheduler.Part{{Part: "ssd", Quantity: 1}}},
		"a day in two shifts":       {evening.Continues, true},
		"a break's windows": {
			[]any{shift.Breaks[0].Earliest, shift.Breaks[0].Latest, shift.Breaks[0].Windows},
			[]any{at(11, 30), at(12, 0), []scheduler.Window{window(at(13, 0), at(13, 30))}},
		},
		"an optional break after the start": {shift.Breaks[1], scheduler.Break{ID: "break-b", Earliest: at(15, 0), Latest: at(16, 0), Duration: 900, Windows: []scheduler.Window{}, Optional: true, SkipCost: 200}},
		"a subcontractor's capacity":        {[]any{pool.Pool, pool.MaxVisits, pool.VisitCost}, []any{true, 3, scheduler.Cost(9000)}},
		"a preferred window":                {v.Prefer, &scheduler.Window{Open: at(10, 0), Close: at(11, 0)}},
		"a service promise":                 {v.Due, &due},
		"the price of being late":           {v.LateHour, scheduler.Cost(4500)},
		"one of several skills":             {v.AnyOf, [][]scheduler.SkillLevel{{{Skill: "windows", Level: 3}, {Skill: "printing", Level: 2}}}},
		"no such skill":                     {v.NoneOf, []scheduler.SkillLevel{{Skill: "printing", Level: 4}}},
		"required technicians":              {v.Required, []string{lea, karim}},
		"preferred technicians":             {v.Preferred, []string{lea}},
		"excluded technicians":              {v.Forbidden, []string{r.Moussa.ID.String()}},
		"another site":                      {len(v.Places), 1},
		"setup":                             {v.Setup, scheduler.Seconds(600)},
		"durations by technician, kind and level": {v.Durations, []scheduler.DurationFor{
			{Technician: lea, Duration: 3000, Setup: 300}, {Kind: "junior", Duration: 4800}, {Level: 3, Duration: 2400},
		}},
		"mandatory work":            {v.Mandatory, true},
		"loads":                     {v.Loads, []int{2}},
		"pickups":                   {v.Pickups, []int{1}},
		"parts":                     {v.Parts, []scheduler.Part{{Part: "ssd", Quantity: 1}}},
		"resources held":            {v.Resources, []string{"crane"}},
		"the priority":              {v.Priority, 60},
		"the technician told":       {told.Told.Technician, karim},
		"the window told":           {told.Told.Window, &scheduler.Window{Open: at(13, 0), Close: at(15, 0)}},
		"nearness of what was told": {told.Told.Percent, 200},
		"a pin":                     {pin, scheduler.Pin{Visit: r.last, Technician: lea, Position: 5, Begin: &begin}},
		"work under way":            {[]any{len(frozen), frozen[0].Visit}, []any{1, r.begun}},
		"a place without network":   {p.Places[v.Place].Offline, true},
		"hours of travel":           {p.Places[v.Place].Zone, 1},
	} {
		if !reflect.DeepEqual(c.have, c.want) {
			t.Errorf("%s: %+v, want %+v", rule, c.have, c.want)
		}
	}
	var crew, after scheduler.Link
	for _, l := range p.Links {
		if l.Kind == scheduler.Together {
			crew = l
		} else {
			after = l
		}
	}
	slices.Sort(crew.Visits)
	both := []string{r.laden, r.other}
	slices.Sort(both)
	if !slices.Equal(crew.Visits, both) {
		t.Errorf("the crew is %v, want %v", crew.Visits, both)
	}
	after.ID = ""
	want := scheduler.Link{Kind: scheduler.After, Visits: []string{r.laden, r.last}, Least: 900, Greatest: 5 * 3600, Technician: scheduler.SameTechnician}
	if !reflect.DeepEqual(after, want) {
		t.Errorf("the order is %+v, want %+v", after, want)
	}
}

func TestRulesComeBackFromTheAPIAsTheyWereGiven(t *testing.T) {
	t.Parallel()
	r := everyRule(t)
	for path, wants := range map[string][]string{
		"/v1/organization":                              {`"rest":"PT12H"`, `"fairness":5`, `"lexicographic":true`, `"turnaround":"PT30M"`, `"end":"19:00"`},
		"/v1/technicians/" + r.Lea.ID.String():          {`"kind":"junior"`, `"spare_territory_ids":["` + r.lille + `"]`},
		"/v1/shifts/" + r.ShiftOf(r.Lea, 1).ID.String(): {`"max_travel":"PT3H"`, `"travel_hour":2500`, `"earliest_after":"PT7H"`, `"skip_price":200`},
		"/v1/shifts/" + r.pool:                          {`"pool":true`, `"visit_price":9000`},
		"/v1/sites/" + r.HouseholdSite.ID.String():      {`"no_connection":true`},
		"/v1/visits/" + r.laden:                         {`"setup":"PT10M"`, `"mandatory":true`, `"preferred_start":"2026-06-16T10:00:00+02:00"`, `"due":"2026-06-16T15:00:00+02:00"`, `"resources":["crane"]`},
		"/v1/visits/" + r.last:                          {`"greatest":"PT5H"`, `"technician":"same"`, `"pinned_position":5`},
		"/v1/visits/" + r.told:                          {`"promise":{`},
	} {
		a := r.call("GET", path, r.boss, nil)
		a.is(http.StatusOK)
		for _, want := range wants {
			if !strings.Contains(string(a.body), want) {
				t.Errorf("%s does not say %s: %s", path, want, a.body)
			}
		}
	}
	// Nothing that is given back as it came changes the record.
	for _, path := range []string{"/v1/technicians/" + r.Lea.ID.String(), "/v1/shifts/" + r.ShiftOf(r.Lea, 1).ID.String(), "/v1/organization"} {
		read := r.call("GET", path, r.boss, nil)
		var body fields
		read.into(http.StatusOK, &body)
		same := fields{}
		for _, field := range []string{"rules", "policy"} {
			if v, ok := body[field]; ok {
				same[field] = v
			}
		}
		again := r.call("PATCH", path, r.boss, same, "If-Match", "*")
		again.is(http.StatusOK)
		if again.header.Get("ETag") != read.header.Get("ETag") {
			t.Errorf("%s given back as it came made version %s of %s", path, again.header.Get("ETag"), read.header.Get("ETag"))
		}
	}
}

func TestClientsGiveAndSeeTheirWishesAndNotTheDispatchersRules(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss, client := p.enter(dispatch.RoleAdministrator, "boss@example.fr").AccessToken, p.enter(dispatch.RoleClient, "client@example.fr").AccessToken
	body := asked([2]string{day + "T08:00:00", day + "T16:00:00"}, fields{
		"site_id": p.CompanySites[0].ID, "mode": "on_site", "preferred_start": day + "T10:00:00", "preferred_end": day + "T11:00:00",
		"rules": fields{"preferred_technician_ids": []uuid.UUID{p.Karim.ID}, "mandatory": true, "late_hour": 100}, "due": day + "T15:00:00",
	})
	got := p.post("/v1/requests", client, body).refused(422, "invalid").faults()
	if want := map[string]string{"/due": "rules.reserved", "/rules/late_hour": "rules.reserved", "/rules/mandatory": "rules.reserved"}; !reflect.DeepEqual(got, want) {
		t.Errorf("faults %v, want %v", got, want)
	}
	delete(body, "due")
	body["rules"] = fields{"preferred_technician_ids": []uuid.UUID{p.Karim.ID}}
	var made struct{ ID string }
	p.post("/v1/requests", client, body).into(http.StatusCreated, &made)
	p.call("PATCH", "/v1/requests/"+made.ID, boss, fields{"rules": fields{"mandatory": true, "preferred_technician_ids": []uuid.UUID{p.Lea.ID}}}, "If-Match", "*").is(http.StatusOK)
	seen := p.call("GET", "/v1/requests/"+made.ID, client, nil)
	seen.is(http.StatusOK)
	if text := string(seen.body); strings.Contains(text, "mandatory") || !strings.Contains(text, p.Lea.ID.String()) || !strings.Contains(text, "preferred_start") {
		t.Errorf("the client sees %s", text)
	}
	for path, field := range map[string]string{"/v1/organization": "policy", "/v1/visits/" + p.VisitOf(t, dispatch.Request{Record: dispatch.Record{ID: uuid.MustParse(made.ID)}}).ID.String(): "links"} {
		if a := p.call("GET", path, client, nil); strings.Contains(string(a.body), `"`+field+`"`) {
			t.Errorf("the client sees %s of %s: %s", field, path, a.body)
		}
	}
}

func TestWrongRulesAreRefusedAllAtOnceByPath(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss := p.enter(dispatch.RoleAdministrator, "boss@example.fr").AccessToken
	nobody := dispatchtest.NewID()
	before := p.digest()
	for what, c := range map[string]struct {
		path string
		body fields
		want map[string]string
	}{
		"a policy": {"/v1/organization", fields{"profile": "generous"}, map[string]string{"/profile": "organization.profile"}},
		"hours": {"/v1/organization", fields{"policy": fields{
			"rest": "P2D", "unpleasant": []fields{{"days": []int{1}, "start": "20:00", "end": "18:00"}},
			"resources": []fields{{"code": "crane", "quantity": 1}, {"code": "crane", "quantity": 1}},
			"depots":    []fields{{"code": "a", "place": fields{"lat": 48, "lon": 2}, "duration": "PT5H", "parts": []string{"ssd", "ssd"}}},
		}}, map[string]string{
			"/policy/rest": "rules.bounds", "/policy/unpleasant/0/end": "window.ends_before_start", "/policy/resources/1/code": "rules.twice",
			"/policy/depots/0/duration": "rules.bounds", "/policy/depots/0/parts/1": "rules.twice",
		}},
		"a technician": {
			"/v1/technicians/" + p.Lea.ID.String(),
			fields{"rules": fields{"spare_territory_ids": []uuid.UUID{nobody}, "shifts": fields{"pool": true, "overtime": "PT1H"}}},
			map[string]string{"/rules/spare_territory_ids/0": "territory.unknown", "/rules/shifts/max_visits": "rules.pool_needs_visits", "/rules/shifts/overtime": "rules.not_in_pool"},
		},
		"a shift": {"/v1/shifts/" + p.ShiftOf(p.Lea, 1).ID.String(), fields{
			"rules": fields{"overtime": "PT7H", "stock": []fields{{"kind": "ssd", "quantity": 1}, {"kind": "ssd", "quantity": 1}}},
			"breaks": []fields{
				{"duration": "PT10M"}, {"earliest_after": "PT1H", "latest_after": "PT9H", "duration": "PT10M", "skip_price": 5},
			},
		}, map[string]string{
			"/rules/overtime": "rules.bounds", "/rules/stock/1/kind": "rules.twice", "/breaks/0": "shift.break_when", "/breaks/1": "shift.break_outside",
			"/breaks/1/skip_price": "shift.break_not_optional",
		}},
	} {
		if got := p.call("PATCH", c.path, boss, c.body, "If-Match", "*").refused(422, "invalid").faults(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: faults %v, want %v", what, got, c.want)
		}
	}
	got := p.post("/v1/requests", boss, asked([2]string{day + "T08:00:00", day + "T16:00:00"}, fields{
		"client_id": p.Household.ID, "site_id": p.HouseholdSite.ID, "mode": "on_site", "preferred_start": day + "T18:00:00", "preferred_end": day + "T19:00:00", "due": day + "T07:00:00",
		"rules": fields{
			"any_of": [][]fields{{{"skill": "juggling", "level": 1}}}, "required_technician_ids": []uuid.UUID{nobody, p.Lea.ID}, "excluded_technician_ids": []uuid.UUID{p.Lea.ID},
			"alternative_site_ids": []uuid.UUID{p.CompanySites[0].ID}, "durations": []fields{{"duration": "PT1H"}, {"level": 2, "duration": "PT1M"}}, "resources": []string{"crane"},
			"parts": []fields{{"kind": "ssd", "quantity": 1}, {"kind": "ssd", "quantity": 1}}, "setup": "PT5H",
		},
	})).refused(422, "invalid").faults()
	want := map[string]string{
		"/preferred_start": "rules.prefer_outside", "/due": "rules.due", "/rules/any_of/0/0/skill": "skill.unknown", "/rules/required_technician_ids/0": "technician.unknown",
		"/rules/excluded_technician_ids/0": "rules.contradiction", "/rules/alternative_site_ids/0": "request.site_unknown", "/rules/durations/0": "rules.duration_for",
		"/rules/durations/1/level": "rules.level_without_skill", "/rules/durations/1/duration": "rules.bounds", "/rules/resources/0": "rules.resource_unknown",
		"/rules/parts/1/kind": "rules.twice", "/rules/setup": "rules.bounds",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("a request: faults %v, want %v", got, want)
	}
	p.unchanged(before, "wrong rules")
}

func TestVisitsAreLinkedInsideTheirRequestAndNeverInACircle(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss := p.enter(dispatch.RoleAdministrator, "boss@example.fr").AccessToken
	r := &ruled{program: p, boss: boss}
	body := asked([2]string{day + "T08:00:00", day + "T16:00:00"}, fields{"client_id": p.Household.ID, "site_id": p.HouseholdSite.ID, "mode": "on_site"})
	request, first := r.visit(body)
	_, stranger := r.visit(body)
	second := r.made("/v1/requests/"+request+"/visits", fields{"links": fields{"after": []fields{{"visit_id": first}}}})
	third := r.made("/v1/requests/"+request+"/visits", fields{"links": fields{"together_with": []string{second}}})
	for what, c := range map[string]struct {
		links fields
		want  map[string]string
	}{
		"a circle":            {fields{"after": []fields{{"visit_id": third}}}, map[string]string{"/links": "rules.circle"}},
		"itself":              {fields{"together_with": []string{first}}, map[string]string{"/links/together_with/0": "rules.visit_unknown"}},
		"another request":     {fields{"after": []fields{{"visit_id": stranger}}}, map[string]string{"/links/after/0/visit_id": "rules.visit_unknown"}},
		"a gap the wrong way": {fields{"after": []fields{{"visit_id": second, "least": "PT2H", "greatest": "PT1H"}}}, map[string]string{"/links/after/0/greatest": "rules.gap", "/links": "rules.circle"}},
	} {
		got := p.call("PATCH", "/v1/visits/"+first, boss, fields{"links": c.links}, "If-Match", "*").refused(422, "invalid").faults()
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: faults %v, want %v", what, got, c.want)
		}
	}
}

func TestToldWindowsStayWithTheirTechnician(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss := p.enter(dispatch.RoleAdministrator, "boss@example.fr").AccessToken
	request := p.Request(t, nil)
	p.WorkJobs(t)
	before := p.VisitOf(t, request)
	path := "/v1/visits/" + before.ID.String()
	begin := before.Assignment.Begin.In(p.Zone)
	local := func(at time.Time) string { return at.Format("2006-01-02T15:04:05") }
	p.call("PATCH", path, boss, fields{"promised_start": local(begin.Add(-time.Minute)), "promised_end": local(begin.Add(time.Hour))}, "If-Match", "*").is(http.StatusOK)
	after := p.VisitOf(t, request)
	if after.Assignment == nil || !after.Assignment.Begin.Equal(before.Assignment.Begin) || after.Promise == nil || after.Version != before.Version+1 {
		t.Errorf("told what was planned, the visit is %+v", after)
	}
	p.call("PATCH", path, boss, fields{"promised_start": nil, "promised_end": nil}, "If-Match", "*").refused(409, "visit.promise_needs_consent")
	got := p.call("PATCH", path, boss, fields{"promised_start": local(begin)}, "If-Match", "*").refused(422, "invalid").faults()
	if fmt.Sprint(got) != "map[/promised_end:field.required]" {
		t.Errorf("half a window: %v", got)
	}
}
