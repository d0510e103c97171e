package dispatch_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/geo"
)

// wantError checks the kind and the code of a refusal.
func wantError(t *testing.T, err error, kind dispatch.Kind, code string) {
	t.Helper()
	if err == nil || dispatch.KindOf(err) != kind || dispatch.CodeOf(err) != code {
		t.Errorf("got %v, want kind %d with code %s", err, kind, code)
	}
}

func TestEverythingWrongWithAClientIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	_, err := w.Service.CreateClient(t.Context(), w.Dispatcher, dispatch.Client{
		Kind: "duchy", Name: " \t ", Email: "moreau@", Phone: "12", Locale: "de", Notes: "a\x00b",
		Metadata: dispatch.Metadata{strings.Repeat("k", 41): "v", "ok": strings.Repeat("v", 501)},
	})
	wantFaults(t, err, "/kind client.kind", "/name field.required", "/email email.invalid", "/phone phone.invalid", "/locale locale.unknown",
		"/notes text.control", "/metadata/"+strings.Repeat("k", 41)+" metadata.key", "/metadata/ok text.too_long")
	if n := count(t, w, `SELECT count(*) FROM clients`); n != 3 {
		t.Errorf("%d clients, want the 3 there were", n)
	}
}

func TestAClientIsKeptTidyAndAHouseholdNeedsNoEmail(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	for phone, want := range map[string]string{
		"06 12 34 56 78": "+33612345678", "06.12.34.56.78": "+33612345678", "+33 (0)6 12 34 56 78": "+33612345678", "0033612345678": "+33612345678",
		"+44 20 7946 0958": "+442079460958", "": "",
	} {
		c, err := w.Service.CreateClient(t.Context(), w.Dispatcher, dispatch.Client{Kind: dispatch.Household, Name: "  Ame\u0301lie Petit ", Phone: phone})
		if err != nil || c.Phone != want || c.Name != "Amélie Petit" || c.Locale != "fr" || c.Email != "" {
			t.Errorf("%q was kept as %+v (%v), want the phone %q, a composed name and the organization's language", phone, c, err, want)
		}
	}
	c, err := w.Service.CreateClient(t.Context(), w.Dispatcher, dispatch.Client{Kind: dispatch.Company, Name: "Lebrun", Email: "Contact@LEBRUN.Example"})
	if err != nil || c.Email != "Contact@lebrun.example" {
		t.Errorf("the e-mail was kept as %q (%v), want its domain in lower case only", c.Email, err)
	}
	for _, phone := range []string{"0612", "+0612345678", "06 12 34 56 7x", "+331234", "+1234567890123456"} {
		_, err := w.Service.CreateClient(t.Context(), w.Dispatcher, dispatch.Client{Kind: dispatch.Household, Name: "x", Phone: phone})
		wantFaults(t, err, "/phone phone.invalid")
	}
}

func TestEverybodySeesTheirOwnClientsOnly(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	sees := func(p dispatch.Principal, id uuid.UUID) bool {
		_, err := w.Service.Client(t.Context(), p, id)
		if err != nil && dispatch.KindOf(err) != dispatch.KindNotFound {
			t.Fatal(err)
		}
		return err == nil
	}
	for _, c := range []struct {
		who  string
		p    dispatch.Principal
		want [3]bool // household, company, the partner's
	}{
		{"dispatcher", w.Dispatcher, [3]bool{true, true, true}},
		{"household", w.AsHousehold, [3]bool{true, false, false}},
		{"partner", w.PartnerKey, [3]bool{false, false, true}},
		{"technician", w.AsKarim, [3]bool{}},
	} {
		have := [3]bool{sees(c.p, w.Household.ID), sees(c.p, w.Company.ID), sees(c.p, w.Insured.ID)}
		if have != c.want {
			t.Errorf("a %s sees %v, want %v", c.who, have, c.want)
		}
	}
	_, err := w.Service.Site(t.Context(), w.PartnerKey, w.HouseholdSite.ID)
	wantError(t, err, dispatch.KindNotFound, "not_found")
	list, err := w.Service.Sites(t.Context(), w.PartnerKey, uuid.Nil, dispatch.Page{Limit: 50})
	if err != nil || len(list.Items) != 1 || list.Items[0].ID != w.InsuredSite.ID {
		t.Errorf("the partner lists %+v (%v), want its client's site alone", list.Items, err)
	}
}

func TestAnEditOfAnOldVersionIsRefused(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	rename := func(version int, name string) (dispatch.Client, error) {
		return w.Service.PatchClient(t.Context(), w.Dispatcher, w.Household.ID, version, func(c *dispatch.Client) { c.Name = name })
	}
	if c, err := rename(1, "Mme Moreau-Petit"); err != nil || c.Version != 2 {
		t.Fatalf("version %d (%v), want 2", c.Version, err)
	}
	_, err := rename(1, "M. Moreau")
	wantError(t, err, dispatch.KindStale, "stale_version")
	if c, err := rename(0, "Famille Moreau"); err != nil || c.Version != 3 {
		t.Errorf("any version: got %d (%v), want 3", c.Version, err)
	}
	if c, err := rename(3, "Famille Moreau"); err != nil || c.Version != 3 {
		t.Errorf("a change that changes nothing made version %d (%v), want 3", c.Version, err)
	}
}

func TestAClientMayNotWriteTheDispatchersNotes(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	_, err := w.Service.PatchClient(t.Context(), w.AsHousehold, w.Household.ID, 1, func(c *dispatch.Client) {
		c.Metadata = dispatch.Metadata{"contract": "gold"}
	})
	wantError(t, err, dispatch.KindForbidden, "forbidden")
	_, err = w.Service.PatchClient(t.Context(), w.AsHousehold, w.Household.ID, 1, func(c *dispatch.Client) { c.Notes = "VIP" })
	wantError(t, err, dispatch.KindForbidden, "forbidden")
}

func TestAPartnersClientIsMadeOnceAndARepeatChangesNothing(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	in := dispatch.Client{External: dispatch.External{ExternalID: "POL-2"}, Kind: dispatch.Household, Name: "Mme Roux"}
	c, created, err := w.Service.UpsertClient(t.Context(), w.PartnerKey, 0, in)
	if err != nil || !created || c.PartnerID != w.Partner.ID {
		t.Fatalf("made %+v, created %t (%v)", c, created, err)
	}
	again, created, err := w.Service.UpsertClient(t.Context(), w.PartnerKey, 0, in)
	if err != nil || created || again.Version != 1 || again.ID != c.ID {
		t.Errorf("a repeat made %+v, created %t (%v), want the same record untouched", again, created, err)
	}
	_, err = w.Service.CreateClient(t.Context(), w.PartnerKey, in)
	wantError(t, err, dispatch.KindConflict, "external_id.taken")
	if _, created, err := w.Service.UpsertClient(t.Context(), w.Dispatcher, 0, in); err != nil || !created {
		t.Errorf("the organization's own POL-2: created %t (%v), want another record", created, err)
	}
	if err := w.Service.DeleteClient(t.Context(), w.Dispatcher, c.ID, 1); err != nil {
		t.Fatal(err)
	}
	back, created, err := w.Service.UpsertClient(t.Context(), w.PartnerKey, 0, in)
	if err != nil || !created || back.ID != c.ID || back.DeletedAt != nil {
		t.Errorf("the id of a deleted client: %+v, created %t (%v), want it back", back, created, err)
	}
}

func TestAClientWithAnOpenRequestCannotBeDeleted(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, nil)
	err := w.Service.DeleteClient(t.Context(), w.Dispatcher, w.Household.ID, 1)
	wantError(t, err, dispatch.KindConflict, "record.open_requests")
	wantError(t, w.Service.DeleteSite(t.Context(), w.Dispatcher, w.HouseholdSite.ID, 1), dispatch.KindConflict, "record.open_requests")
	if _, err := w.Service.CancelRequest(t.Context(), w.Dispatcher, r.ID, "réparé"); err != nil {
		t.Fatal(err)
	}
	if err := w.Service.DeleteClient(t.Context(), w.Dispatcher, w.Household.ID, 1); err != nil {
		t.Fatal(err)
	}
	_, err = w.Service.Site(t.Context(), w.Dispatcher, w.HouseholdSite.ID)
	wantError(t, err, dispatch.KindNotFound, "not_found")
	since := w.Clock.Now()
	list, err := w.Service.Clients(t.Context(), w.Dispatcher, dispatch.Page{Limit: 10, UpdatedSince: &since})
	gone := slices.ContainsFunc(list.Items, func(c dispatch.Client) bool { return c.ID == w.Household.ID && c.DeletedAt != nil })
	if err != nil || !gone {
		t.Errorf("the changes are %+v (%v), want the tombstone among them", list.Items, err)
	}
}

func TestAnAddressBecomesAPositionWithItsPrecisionAndTerritory(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	at := geo.Position{Lat: 48.8700, Lon: 2.3700}
	w.Geocoder.Know("1 quai de l’Écluse", "75010", at, dispatch.PrecisionStreet)
	draft := dispatch.SiteDraft{ClientID: w.Household.ID, Address: dispatch.Address{Street: " 1 quai de l’Écluse ", PostalCode: "75010", City: "Paris", Country: "FR"}}
	site, err := w.Service.CreateSite(t.Context(), w.AsHousehold, draft)
	if err != nil || site.Position != at || site.Precision != dispatch.PrecisionStreet || site.TerritoryID != w.Territory.ID || site.TimeZone != "Europe/Paris" {
		t.Fatalf("the site is %+v (%v)", site, err)
	}
	w.Geocoder.Fail(errors.New("asked again"))
	site, err = w.Service.PatchSite(t.Context(), w.AsHousehold, site.ID, 1, func(d *dispatch.SiteDraft) { d.AccessNotes = "code 1234" })
	if err != nil || site.Precision != dispatch.PrecisionStreet || site.AccessNotes != "code 1234" {
		t.Errorf("a note made it %+v (%v), want the position kept and the geocoder left in peace", site, err)
	}
	fixed := geo.Position{Lat: 48.8701, Lon: 2.3702}
	site, err = w.Service.PatchSite(t.Context(), w.AsHousehold, site.ID, 2, func(d *dispatch.SiteDraft) { d.Position = &fixed })
	if err != nil || site.Position != fixed || site.Precision != dispatch.PrecisionExact {
		t.Errorf("a position given by hand made it %+v (%v), want it exact", site, err)
	}
}

func TestASiteOutsideEveryTerritoryIsRefused(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Geocoder.Know("1 rue de la République", "69001", geo.Position{Lat: 45.7676, Lon: 4.8357}, dispatch.PrecisionHouseNumber)
	draft := dispatch.SiteDraft{ClientID: w.Company.ID, Address: dispatch.Address{Street: "1 rue de la République", PostalCode: "69001", City: "Lyon", Country: "FR"}}
	_, err := w.Service.CreateSite(t.Context(), w.Dispatcher, draft)
	wantFaults(t, err, "/address site.outside_territories")
	draft.Address.Street = "½ impasse de l’Œuf — bât. 𝔊 \u202e"
	_, err = w.Service.CreateSite(t.Context(), w.Dispatcher, draft)
	wantFaults(t, err, "/address address.unknown")
	if n := count(t, w, `SELECT count(*) FROM sites`); n != 4 {
		t.Errorf("%d sites, want the 4 there were", n)
	}
}

func TestASiteThatMovesHasItsVisitPlacedAgainInItsNewTerritory(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, nil)
	w.WorkJobs(t)
	before := w.VisitOf(t, r)
	to := geo.Position{Lat: 48.8900, Lon: 2.2400}
	if _, err := w.Service.PatchSite(t.Context(), w.Dispatcher, w.HouseholdSite.ID, 1, func(d *dispatch.SiteDraft) { d.Position = &to }); err != nil {
		t.Fatal(err)
	}
	if v := w.VisitOf(t, r); v.Status != dispatch.Unassigned {
		t.Errorf("the visit is %s, want it waiting for its new place", v.Status)
	}
	w.WorkJobs(t)
	after := w.VisitOf(t, r)
	if after.Assignment == nil || after.Assignment.TravelMetres == before.Assignment.TravelMetres {
		t.Errorf("the visit is at %+v after %+v, want another way there", after.Assignment, before.Assignment)
	}
}

func TestAContactOrAssetBelongsToASiteOfItsOwnClient(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	_, err := w.Service.CreateContact(t.Context(), w.Dispatcher, dispatch.Contact{ClientID: w.Company.ID, SiteID: w.HouseholdSite.ID, Name: "Paul"})
	wantFaults(t, err, "/site_id request.site_unknown")
	_, err = w.Service.CreateAsset(t.Context(), w.Dispatcher, dispatch.Asset{ClientID: w.Company.ID, SiteID: w.HouseholdSite.ID, Kind: "toaster"})
	wantFaults(t, err, "/site_id request.site_unknown", "/kind asset.kind")
	contact, err := w.Service.CreateContact(t.Context(), w.AsCompany, dispatch.Contact{ClientID: w.Company.ID, SiteID: w.CompanySites[0].ID, Name: "Paul", Phone: "0144556677"})
	if err != nil || contact.Phone != "+33144556677" {
		t.Fatalf("the contact is %+v (%v)", contact, err)
	}
	if err := w.Service.DeleteSite(t.Context(), w.Dispatcher, w.CompanySites[0].ID, 1); err != nil {
		t.Fatal(err)
	}
	contact, err = w.Service.Contact(t.Context(), w.AsCompany, contact.ID)
	if err != nil || contact.SiteID != uuid.Nil || contact.Version != 2 {
		t.Errorf("after its site went, the contact is %+v (%v), want it the whole client's", contact, err)
	}
}

func TestTimesAreToldInTheSitesZoneToWhoMaySeeIt(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	if _, err := w.Service.PatchSite(t.Context(), w.Dispatcher, w.HouseholdSite.ID, 1, func(d *dispatch.SiteDraft) { d.TimeZone = "Indian/Reunion" }); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p    dispatch.Principal
		want string
	}{{w.Dispatcher, "Indian/Reunion"}, {w.AsHousehold, "Indian/Reunion"}, {w.AsCompany, "Europe/Paris"}, {w.PartnerKey, "Europe/Paris"}} {
		if zone, err := w.Service.TimeZone(t.Context(), c.p, w.HouseholdSite.ID); err != nil || zone != c.want {
			t.Errorf("a %s reads times in %s (%v), want %s", c.p.Role, zone, err, c.want)
		}
	}
}
