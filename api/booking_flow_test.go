package api_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/getkin/kin-openapi/openapi3"

	"tournee/dispatch"
	"tournee/openapi"
)

// linked is a booking as the bearer of its link sees it.
type linked struct {
	OrganizationName string `json:"organization_name"`
	Reference        string
	Status           string
	Slot             struct{ Start, End time.Time }
	TechnicianName   string `json:"technician_name"`
	Price            *told
	May              []string
	ChangeUntil      time.Time `json:"change_until"`
}

// booked is a visit of Mme Moreau's at an hour, through all that it takes.
func (p *program) booked(bearer string, at time.Time) (b booking) {
	p.t.Helper()
	work := wanted(p.Household.ID, p.HouseholdSite.ID)
	var free offered
	p.post("/v1/availability", bearer, fields{"work": work}).into(http.StatusOK, &free)
	p.post("/v1/holds", bearer, fields{"slot": free.at(p.t, at).Token, "request": work}).into(http.StatusCreated, &b)
	p.post("/v1/bookings", bearer, fields{"hold_id": b.ID, "accepted_total": b.Price.Total}).into(http.StatusCreated, &b)
	return b
}

// linkTo is the token of a link to a booking.
func (p *program) linkTo(bearer string, b booking) string {
	p.t.Helper()
	var l struct{ Token, URL string }
	a := p.post("/v1/bookings/"+b.ID.String()+"/link", bearer, nil)
	a.into(http.StatusOK, &l)
	a.bearsSecret()
	if l.URL != "https://tournee.example/booking#token="+l.Token {
		p.t.Errorf("the link is %s", l.URL)
	}
	return l.Token
}

// event reads a calendar with one event.
func (p *program) event(path, bearer string) *ics.VEvent {
	p.t.Helper()
	a := p.call("GET", path, bearer, nil, "Accept-Language", "fr")
	a.is(http.StatusOK)
	if kind := a.header.Get("Content-Type"); kind != "text/calendar" {
		p.t.Errorf("%s is %s", path, kind)
	}
	cal, err := ics.ParseCalendar(strings.NewReader(string(a.body)))
	if err != nil || len(cal.Events()) != 1 || len(cal.Timezones()) != 1 {
		p.t.Fatalf("%v in\n%s", err, a.body)
	}
	return cal.Events()[0]
}

func property(e *ics.VEvent, name ics.ComponentProperty) string {
	if got := e.GetProperty(name); got != nil {
		return got.Value
	}
	return ""
}

func TestMmeMoreauChoosesASlotMovesItByHerLinkAndCallsItOff(t *testing.T) {
	t.Parallel()
	p, she := moreau(t)
	var needed struct{ Fields []string }
	p.call("GET", "/v1/booking-requirements?mode=on_site&category=network", she, nil).into(http.StatusOK, &needed)
	if want := []string{"category", "description", "site_id"}; !slices.Equal(needed.Fields, want) {
		t.Errorf("a visit on site needs %v, want %v", needed.Fields, want)
	}
	work := wanted(p.Household.ID, p.HouseholdSite.ID)
	var free offered
	p.post("/v1/availability", she, fields{"work": work}, "Accept-Language", "fr").into(http.StatusOK, &free)
	chosen := free.at(t, p.At(2, 10, 0))
	if chosen.Price == nil || chosen.Price.Lines[0].Detail != "Déplacement" || chosen.Risk < 1 || chosen.Cost != nil || len(free.Needs) > 0 || free.TimeZone != "Europe/Paris" {
		t.Errorf("she is offered %+v of %s, and needs %v", chosen, free.TimeZone, free.Needs)
	}

	var held, b booking
	p.post("/v1/holds", she, fields{"slot": chosen.Token, "request": work}).into(http.StatusCreated, &held)
	if held.Status != "held" || !held.HeldUntil.Equal(p.Clock.Now().Add(10*time.Minute)) || held.Price.Total != chosen.Price.Total {
		t.Errorf("it is held as %+v", held)
	}
	var drafts struct{ Items []struct{ ID, Status string } }
	p.call("GET", "/v1/requests?status=draft", she, nil).into(http.StatusOK, &drafts)
	if len(drafts.Items) != 1 || drafts.Items[0].ID != held.RequestID.String() {
		t.Errorf("her drafts are %+v", drafts.Items)
	}
	for total, code := range map[any]string{nil: "booking.price_not_accepted", 1: "booking.other_price"} {
		body := fields{"hold_id": held.ID}
		if total != nil {
			body["accepted_total"] = total
		}
		if got := p.post("/v1/bookings", she, body).refused(422, "invalid").faults(); got["/accepted_total"] != code {
			t.Errorf("accepting %v: %v", total, got)
		}
	}
	p.post("/v1/bookings", she, fields{"hold_id": held.ID, "accepted_total": held.Price.Total}).into(http.StatusCreated, &b)
	if b.Status != "booked" || b.ID != held.ID || b.HeldUntil != nil || !b.Slot.Start.Equal(p.At(2, 10, 0)) {
		t.Errorf("it is booked as %+v", b)
	}

	link := "/v1/links/" + p.linkTo(she, b)
	first := p.event(link+"/calendar.ics", "")
	var seen linked
	p.call("GET", link, "", nil).into(http.StatusOK, &seen)
	if seen.Status != "booked" || !slices.Equal(seen.May, []string{"move", "cancel"}) || seen.TechnicianName != "Karim" || !seen.ChangeUntil.Equal(p.At(1, 10, 0)) ||
		seen.OrganizationName != p.Organization.Name || seen.Price.Lines[0].Detail != "Déplacement" {
		t.Errorf("the link shows %+v", seen)
	}
	var other offered
	p.call("GET", link+"/availability", "", nil).into(http.StatusOK, &other)
	to := other.at(t, p.At(3, 14, 0))
	p.post(link+"/move", "", fields{"slot": to.Token}).refused(422, "invalid")
	for range 2 { // the second time it is there already
		p.post(link+"/move", "", fields{"slot": to.Token, "accepted_total": to.Price.Total}).into(http.StatusOK, &seen)
		if seen.Status != "booked" || !seen.Slot.Start.Equal(p.At(3, 14, 0)) {
			t.Errorf("moved, it is %+v", seen)
		}
	}
	p.call("GET", "/v1/bookings/"+b.ID.String(), she, nil).into(http.StatusOK, &b)
	if b.Status != "moved" || len(b.VisitIDs) > 0 {
		t.Errorf("the old booking is %+v", b)
	}
	second := p.event("/v1/bookings/"+b.ReplacedBy.String()+"/calendar.ics", she)
	if old := p.event("/v1/bookings/"+b.ID.String()+"/calendar.ics", she); old.Id() != second.Id() {
		t.Errorf("the old booking's calendar has %s, the new one's %s", old.Id(), second.Id())
	}

	p.post(link+"/cancel", "", fields{"reason": "Réparé."}).into(http.StatusOK, &seen)
	p.post(link+"/cancel", "", fields{"reason": "Réparé."}).into(http.StatusOK, &seen)
	if seen.Status != "cancelled" || len(seen.May) > 0 {
		t.Errorf("called off, it is %+v", seen)
	}
	p.call("GET", link+"/availability", "", nil).refused(409, "booking.not_booked")
	third := p.event(link+"/calendar.ics", "")
	if first.Id() != second.Id() || first.Id() != third.Id() {
		t.Errorf("a calendar gets three events: %s, %s, %s", first.Id(), second.Id(), third.Id())
	}
	sequences := []string{property(first, ics.ComponentPropertySequence), property(second, ics.ComponentPropertySequence), property(third, ics.ComponentPropertySequence)}
	if !slices.IsSorted(sequences) || len(slices.Compact(slices.Clone(sequences))) != 3 {
		t.Errorf("their sequence numbers are %v", sequences)
	}
	if property(second, ics.ComponentPropertyDtStart) != "20260618T140000" || property(first, ics.ComponentPropertyStatus) != "CONFIRMED" || property(third, ics.ComponentPropertyStatus) != "CANCELLED" ||
		property(second, ics.ComponentPropertyLocation) != "52 rue de Charonne, 75011 Paris" || !strings.Contains(property(second, ics.ComponentPropertySummary), "Intervention de") {
		t.Errorf("the second event is %+v", second.Properties)
	}
	if v, err := p.Service.Visit(t.Context(), p.Dispatcher, held.VisitIDs[0]); err != nil || v.Status != dispatch.Cancelled {
		t.Errorf("the visit is %s (%v)", v.Status, err)
	}
}

func TestWhoComesTooLateForASlotIsToldWhatIsLeftAndMayTakeIt(t *testing.T) {
	t.Parallel()
	p, she := moreau(t)
	work := wanted(p.Household.ID, p.HouseholdSite.ID)
	work["duration"] = "PT3H" // Karim alone can, and once a morning
	var free offered
	p.post("/v1/availability", she, fields{"work": work}).into(http.StatusOK, &free)
	last := fields{"slot": free.at(t, p.At(0, 8, 0)).Token, "request": work}
	p.post("/v1/holds", she, last).is(http.StatusCreated)
	a := p.post("/v1/holds", she, last, "Idempotency-Key", "late")
	var told struct{ Alternatives []slot }
	a.refused(409, "slot.gone")
	a.into(409, &told)
	if n := len(told.Alternatives); n == 0 || n > 5 {
		t.Fatalf("%d alternatives: %s", n, a.body)
	}
	doc, err := openapi3.NewLoader().LoadFromData(openapi.YAML)
	if err != nil {
		t.Fatal(err)
	}
	var document any
	if err := json.Unmarshal(a.body, &document); err != nil {
		t.Fatal(err)
	}
	if err := doc.Components.Schemas["Problem"].Value.VisitJSON(document); err != nil {
		t.Errorf("the problem document is not what the contract says: %v", err)
	}
	p.post("/v1/holds", she, fields{"slot": told.Alternatives[0].Token, "request": work}, "Idempotency-Key", "late").is(http.StatusCreated) // what may pass is not kept
}

func TestAHoldIsGivenBackAndItsSlotOfferedAgain(t *testing.T) {
	t.Parallel()
	p, she := moreau(t)
	work := wanted(p.Household.ID, p.HouseholdSite.ID)
	work["duration"] = "PT3H"
	var free offered
	p.post("/v1/availability", she, fields{"work": work}).into(http.StatusOK, &free)
	var b booking
	p.post("/v1/holds", she, fields{"slot": free.at(t, p.At(0, 8, 0)).Token, "request": work}).into(http.StatusCreated, &b)
	for range 2 {
		p.call("DELETE", "/v1/holds/"+b.ID.String(), she, nil).is(http.StatusNoContent)
	}
	p.call("GET", "/v1/bookings/"+b.ID.String(), she, nil).into(http.StatusOK, &b)
	if b.Status != "released" {
		t.Errorf("given back, it is %s", b.Status)
	}
	p.post("/v1/bookings", she, fields{"hold_id": b.ID, "accepted_total": b.Price.Total}).refused(409, "booking.not_held")
	p.call("GET", "/v1/bookings/"+b.ID.String()+"/calendar.ics", she, nil).refused(409, "booking.not_booked")
	p.post("/v1/bookings/"+b.ID.String()+"/link", she, nil).refused(409, "booking.not_booked")
	p.post("/v1/availability", she, fields{"request_id": b.RequestID}).into(http.StatusOK, &free) // the draft is still there
	free.at(t, p.At(0, 8, 0))
}

func TestASlotIsGoodAsOfferedForItsWorkAndForAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	p, she := moreau(t)
	work := wanted(p.Household.ID, p.HouseholdSite.ID)
	var free offered
	p.post("/v1/availability", she, fields{"work": work}).into(http.StatusOK, &free)
	token := free.at(t, p.At(2, 10, 0)).Token
	longer := wanted(p.Household.ID, p.HouseholdSite.ID)
	longer["duration"] = "PT2H"
	payload, signature, _ := strings.Cut(token, ".")
	for name, c := range map[string]struct {
		token string
		work  fields
		code  string
	}{
		"another's signature": {payload + "." + strings.Repeat("A", len(signature)), work, "slot.forged"},
		"another payload":     {"e30." + signature, work, "slot.forged"},
		"nonsense":            {"nonsense", work, "slot.forged"},
		"longer work":         {token, longer, "slot.other_work"},
	} {
		if got := p.post("/v1/holds", she, fields{"slot": c.token, "request": c.work}).refused(422, "invalid").faults(); !reflect.DeepEqual(got, map[string]string{"/slot": c.code}) {
			t.Errorf("%s: %v", name, got)
		}
	}
	b := p.booked(she, p.At(3, 10, 0))
	if got := p.post("/v1/holds", she, fields{"slot": p.linkTo(she, b), "request": work}).refused(422, "invalid").faults(); got["/slot"] != "slot.forged" {
		t.Errorf("a link for a slot: %v", got)
	}
	p.Clock.Advance(15 * time.Minute)
	she = p.signIn("moreau@example.fr", password).AccessToken
	p.post("/v1/holds", she, fields{"slot": token, "request": work}).refused(409, "slot.expired")
}

func TestAnotherClientsHoldAndBookingAreNotToBeFound(t *testing.T) {
	t.Parallel()
	p, she := moreau(t)
	company := p.enter(dispatch.RoleClient, "company@example.fr").AccessToken
	technician := p.enter(dispatch.RoleTechnician, "karim@example.fr").AccessToken
	b := p.booked(she, p.At(2, 10, 0))
	work := wanted(p.Household.ID, p.HouseholdSite.ID)
	var free offered
	p.post("/v1/availability", she, fields{"work": work}).into(http.StatusOK, &free)
	chosen := free.at(t, p.At(3, 10, 0))
	var held booking
	p.post("/v1/holds", she, fields{"slot": chosen.Token, "request": work}).into(http.StatusCreated, &held)
	before := p.digest()
	for _, c := range []struct {
		method, path string
		body         any
	}{
		{"GET", "/v1/bookings/" + b.ID.String(), nil},
		{"GET", "/v1/bookings/" + b.ID.String() + "/calendar.ics", nil},
		{"POST", "/v1/bookings/" + b.ID.String() + "/link", nil},
		{"POST", "/v1/bookings/" + b.ID.String() + "/cancel", fields{"reason": "x"}},
		{"POST", "/v1/bookings/" + b.ID.String() + "/move", fields{"slot": chosen.Token, "accepted_total": chosen.Price.Total}},
		{"POST", "/v1/bookings", fields{"hold_id": held.ID, "accepted_total": held.Price.Total}},
		{"DELETE", "/v1/holds/" + held.ID.String(), nil},
		{"POST", "/v1/availability", fields{"visit_id": b.VisitIDs[0]}},
		{"POST", "/v1/availability", fields{"request_id": b.RequestID, "from": "2026-06-17T00:00:00"}},
	} {
		p.call(c.method, c.path, company, c.body).refused(404, "not_found")
		p.call(c.method, c.path, technician, c.body).refused(403, "forbidden")
	}
	if got := p.post("/v1/availability", company, fields{"work": work}).refused(422, "invalid").faults(); got["/work/site_id"] != "request.site_unknown" {
		t.Errorf("slots at another's site: %v", got)
	}
	var list struct{ Items []booking }
	if p.call("GET", "/v1/bookings", company, nil).into(http.StatusOK, &list); len(list.Items) > 0 {
		t.Errorf("the company sees %+v", list.Items)
	}
	p.unchanged(before, "another client")
	if p.call("GET", "/v1/bookings?status=held&request_id="+held.RequestID.String(), she, nil).into(http.StatusOK, &list); len(list.Items) != 1 || list.Items[0].ID != held.ID {
		t.Errorf("she sees %+v", list.Items)
	}
}

func TestALinkThatIsNotOursIsNotFoundAndOneThatIsOverIsGone(t *testing.T) {
	t.Parallel()
	p, she := moreau(t)
	b := p.booked(she, p.At(2, 10, 0))
	token := p.linkTo(she, b)
	payload, signature, _ := strings.Cut(token, ".")
	var free offered
	p.post("/v1/availability", she, fields{"visit_id": b.VisitIDs[0]}).into(http.StatusOK, &free)
	before := p.digest()
	try := func(token string, status int, code string) {
		t.Helper()
		for _, c := range []struct {
			method, path string
			body         any
		}{
			{"GET", "", nil},
			{"GET", "/availability", nil},
			{"GET", "/calendar.ics", nil},
			{"POST", "/cancel", fields{"reason": "x"}},
			{"POST", "/move", fields{"slot": "x.y"}},
		} {
			p.call(c.method, "/v1/links/"+token+c.path, "", c.body).refused(status, code)
		}
	}
	try(payload+"."+strings.Repeat("A", len(signature)), 404, "not_found")
	try("eyJvIjoiMDE5M2E1YzIifQ."+signature, 404, "not_found")
	try(free.Slots[0].Token, 404, "not_found") // signed here, for something else
	p.unchanged(before, "a forged link")
	p.Clock.Set(p.At(3, 12, 0).Add(-time.Second)) // a day after the slot's end
	p.call("GET", "/v1/links/"+token, "", nil).is(http.StatusOK)
	p.Clock.Advance(time.Second)
	try(token, 410, "link.expired")
}

func TestALinkFollowsABookingToALaterDayAndTellsNoMoreThanItsBearerNeeds(t *testing.T) {
	t.Parallel()
	p, she := moreau(t)
	desk := p.enter(dispatch.RoleDispatcher, "desk@example.fr").AccessToken
	b := p.booked(she, p.At(1, 14, 0))
	link := "/v1/links/" + p.linkTo(desk, b)
	var free offered
	p.post("/v1/availability", desk, fields{"visit_id": b.VisitIDs[0]}).into(http.StatusOK, &free)
	to := free.at(t, p.At(4, 10, 0))
	p.post("/v1/bookings/"+b.ID.String()+"/move", desk, fields{"slot": to.Token, "accepted_total": to.Price.Total}).is(http.StatusOK)
	p.Clock.Set(p.At(3, 11, 0)) // the day before, too late to change; the first slot's link would be over
	var seen linked
	a := p.call("GET", link, "", nil, "Accept-Language", "en")
	a.into(http.StatusOK, &seen)
	if seen.Status != "booked" || len(seen.May) > 0 || !seen.Slot.Start.Equal(p.At(4, 10, 0)) || seen.Price.Lines[0].Detail != "Call-out" {
		t.Errorf("the link shows %+v", seen)
	}
	for _, path := range []string{"", "/calendar.ics"} {
		body := string(p.call("GET", link+path, "", nil).body)
		for _, secret := range []string{"Moreau", "Haddad", p.Karim.ID.String(), p.Household.ID.String(), p.Organization.ID.String(), b.RequestID.String(), "box"} {
			if strings.Contains(body, secret) {
				t.Errorf("the link's %q tells of %s: %s", path, secret, body)
			}
		}
	}
	p.post(link+"/cancel", "", fields{"reason": "x"}).refused(409, "booking.too_late")
	p.call("GET", link+"/availability", "", nil).refused(409, "booking.too_late")
	desk = p.signIn("desk@example.fr", password).AccessToken
	var list struct{ Items []booking }
	p.call("GET", "/v1/bookings?status=booked&client_id="+p.Household.ID.String(), desk, nil).into(http.StatusOK, &list)
	p.post("/v1/bookings/"+list.Items[0].ID.String()+"/cancel", desk, fields{"reason": "La cliente a appelé."}).is(http.StatusOK)
	if p.call("GET", link, "", nil).into(http.StatusOK, &seen); seen.Status != "cancelled" {
		t.Errorf("called off by the desk, the link says %s", seen.Status)
	}
}
