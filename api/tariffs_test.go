package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

// tariff is the body of a simple tariff, changed.
func tariff(change fields) fields {
	body := fields{
		"works": []fields{{"call_out": 5000, "hour": 6000, "minimum": "PT1H", "step": "PT15M"}, {"mode": "hotline", "flat": 0}}, "sunday": fields{"percent": 50},
		"evening": []fields{{"start": "19:00", "end": "22:00", "percent": 25}}, "urgency": []fields{{"lead": "PT4H", "amount": 2500}},
		"green_discount": 10, "slot_floor": -20, "slot_ceiling": 150, "vat_rate": 2000,
	}
	maps.Copy(body, change)
	return body
}

// told is a price as the API tells it.
type told struct {
	TariffVersion int `json:"tariff_version"`
	Currency      string
	Lines         []struct {
		Code, Detail    string
		Net, VAT, Gross int64
	}
	Total int64
}

func (p told) details() (all []string) {
	for _, l := range p.Lines {
		all = append(all, fmt.Sprintf("%s %d", l.Detail, l.Net))
	}
	return all
}

func TestAClientIsToldThePriceLineByLineInTheirLanguage(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	client := o.bearer[dispatch.RoleClient]
	work := fields{"category": "printer", "mode": "on_site", "duration": "PT1H20M", "site_id": p.CompanySites[0].ID, "begin": "2026-06-21T19:30:00"}
	for language, want := range map[string][]string{
		"fr": {"Déplacement 5000", "Main-d’œuvre, 1 h 30 9000", "Majoration de 19:00 à 22:00 (+25 %) 3500", "Majoration dimanche (+50 %) 7000"},
		"en": {"Call-out 5000", "Labour, 1 h 30 9000", "Surcharge from 19:00 to 22:00 (+25%) 3500", "Sunday surcharge (+50%) 7000"},
	} {
		var price told
		p.call("POST", "/v1/tariffs/price", client, work, "Accept-Language", language).into(http.StatusOK, &price)
		if !reflect.DeepEqual(price.details(), want) || price.Total != 24500*12/10 || price.Currency != "EUR" || price.TariffVersion != 3 {
			t.Errorf("in %s the price is %+v, want %v and 294 €", language, price, want)
		}
	}
}

func TestOnlyDispatchersTryOutWhatASlotDoesToThePrice(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	work := fields{
		"category": "printer", "mode": "on_site", "begin": "2026-06-17T10:00:00", "territory_id": p.Territory.ID,
		"green": true, "travel_distance": 25_000, "adjustment": -5000, "tariff_version": 2,
	}
	var price told
	p.call("POST", "/v1/tariffs/price", o.bearer[dispatch.RoleDispatcher], work, "Accept-Language", "fr").into(http.StatusOK, &price)
	want := []string{"Déplacement 5000", "Main-d’œuvre, 1 h 6000", "Créneau vert : un technicien est déjà près de chez vous (−10 %) -1100", "Créneau peu demandé -1100"} //nolint:misspell // French
	if !reflect.DeepEqual(price.details(), want) || price.TariffVersion != 2 {
		t.Errorf("the dispatcher is told %+v, want %v", price, want)
	}
	for _, role := range []dispatch.Role{dispatch.RoleClient, dispatch.RolePartner, dispatch.RoleTechnician} {
		got := p.post("/v1/tariffs/price", o.bearer[role], work).refused(422, "invalid").faults()
		reserved := map[string]string{"/green": "tariff.reserved", "/travel_distance": "tariff.reserved", "/adjustment": "tariff.reserved", "/tariff_version": "tariff.reserved"}
		if !reflect.DeepEqual(got, reserved) {
			t.Errorf("the %s gets %v, want %v", role, got, reserved)
		}
	}
}

func TestNobodyIsPricedAtASiteThatIsNotTheirs(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	work := fields{"category": "printer", "mode": "on_site", "begin": "2026-06-17T10:00:00", "site_id": p.HouseholdSite.ID}
	p.post("/v1/tariffs/price", o.bearer[dispatch.RoleDispatcher], work).is(http.StatusOK)
	for _, role := range []dispatch.Role{dispatch.RoleClient, dispatch.RolePartner, dispatch.RoleTechnician} { // the client is the company
		got := p.post("/v1/tariffs/price", o.bearer[role], work).refused(422, "invalid").faults()
		if want := map[string]string{"/site_id": "site.unknown"}; !reflect.DeepEqual(got, want) {
			t.Errorf("the %s gets %v, want %v", role, got, want)
		}
	}
}

func TestEverythingWrongWithATariffIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss := p.enter(dispatch.RoleAdministrator, "boss@example.fr").AccessToken
	p.post("/v1/tariffs", boss, tariff(nil)).is(http.StatusCreated)
	before := p.digest()
	nobody := dispatchtest.NewID()
	got := p.post("/v1/tariffs", boss, tariff(fields{
		"valid_from": "2026-06-14T00:00:00", "currency": "USD", "saturday": fields{"percent": 10, "amount": 10}, "urgency": []fields{{"percent": 10}, {"lead": "PT1H", "priority": 1, "percent": 5}},
		"evening": []fields{{"start": "19:00", "end": "19:00", "percent": 5}, {"start": "19:00", "end": "20:00"}}, "travel": fields{"zones": []fields{{"territory_id": nobody, "price": 1}, {"territory_id": nobody, "price": 2}}},
		"works": []fields{{"mode": "remote", "flat": 100, "hour": 100}, {"mode": "remote", "minimum": "PT13H"}},
	})).refused(422, "invalid").faults()
	want := map[string]string{
		"/valid_from": "window.past", "/currency": "tariff.currency", "/saturday": "tariff.percent_or_amount", "/urgency/0": "tariff.priority_or_lead", "/urgency/1": "tariff.priority_or_lead",
		"/evening/0/end": "window.ends_before_start", "/evening/1": "tariff.percent_or_amount", "/travel/zones/0/territory_id": "territory.unknown", "/travel/zones/1/territory_id": "territory.twice",
		"/works": "tariff.no_default", "/works/0/flat": "tariff.flat_or_hour", "/works/1": "rules.twice", "/works/1/minimum": "rules.bounds",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the faults are\n%v, want\n%v", got, want)
	}
	p.unchanged(before, "a wrong tariff")
}

func TestATariffComesBackAsItWasGivenAndIsSeenByDispatchersOnly(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss, dispatcher := p.enter(dispatch.RoleAdministrator, "boss@example.fr").AccessToken, p.enter(dispatch.RoleDispatcher, "desk@example.fr").AccessToken
	given := tariff(fields{
		"valid_from": "2026-07-01T00:00:00", "holidays": "fr_alsace_moselle", "holiday": fields{"amount": 9000},
		"travel": fields{"zones": []fields{{"territory_id": p.Territory.ID, "price": 700}}, "elsewhere": 1500, "free_distance": 15_000, "kilometre": 60},
	})
	p.post("/v1/tariffs", boss, given).is(http.StatusCreated)
	p.post("/v1/tariffs", dispatcher, given).refused(403, "forbidden")
	read := p.call("GET", "/v1/tariffs/1", dispatcher, nil)
	read.is(http.StatusOK)
	for _, want := range []string{
		`"valid_from":"2026-07-01T00:00:00+02:00"`, `"time_zone":"Europe/Paris"`, `"holidays":"fr_alsace_moselle"`, `"holiday":{"amount":9000}`, `"flat":0`, `"minimum":"PT1H"`, `"step":"PT15M"`,
		`"lead":"PT4H"`, `"free_distance":15000`, `"currency":"EUR"`, `"sunday":{"percent":50}`,
	} {
		if !strings.Contains(string(read.body), want) {
			t.Errorf("the tariff does not say %s: %s", want, read.body)
		}
	}
	p.call("GET", "/v1/tariffs/2", dispatcher, nil).refused(404, "not_found")
	p.call("GET", "/v1/tariffs/1", p.enter(dispatch.RoleClient, "client@example.fr").AccessToken, nil).refused(403, "forbidden")
}

func TestWithoutATariffInForceThereIsNoPrice(t *testing.T) {
	t.Parallel()
	p := start(t)
	boss := p.enter(dispatch.RoleAdministrator, "boss@example.fr").AccessToken
	work := fields{"category": "printer", "mode": "remote", "begin": "2026-06-17T10:00:00"}
	p.post("/v1/tariffs/price", boss, work).refused(409, "tariff.missing")
	p.post("/v1/tariffs", boss, tariff(fields{"valid_from": "2026-06-15T07:00:00"})).is(http.StatusCreated)
	p.post("/v1/tariffs/price", boss, work).refused(409, "tariff.missing") // it is six o'clock
	p.Clock.Advance(time.Hour)
	boss = p.signIn("boss@example.fr", password).AccessToken
	p.post("/v1/tariffs/price", boss, work).is(http.StatusOK)
}
