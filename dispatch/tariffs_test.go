package dispatch_test

import (
	"sync"
	"testing"
	"time"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

func TestTheTariffInForceIsTheNewestThatIsValidAlready(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	add := func(from time.Time, callOut int64) dispatch.Tariff {
		tariff := dispatchtest.Tariff(w.Territory.ID)
		tariff.ValidFrom, tariff.Works[0].CallOut = from, callOut
		added, err := w.Service.AddTariff(t.Context(), w.Administrator, tariff)
		if err != nil {
			t.Fatal(err)
		}
		return added
	}
	callOut := func() (version int, net int64) {
		p, err := w.Service.PriceOf(t.Context(), w.AsHousehold, dispatch.DescribedWork{Category: "printer", Mode: dispatch.OnSite, Begin: w.Clock.Now().Add(24 * time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		return p.TariffVersion, p.Lines[0].Net
	}
	want := func(when string, wantVersion int, wantNet int64) {
		t.Helper()
		if version, net := callOut(); version != wantVersion || net != wantNet {
			t.Errorf("%s version %d asks for %d, want version %d and %d", when, version, net, wantVersion, wantNet)
		}
	}
	add(w.At(-100, 0, 0), 5000) // the first may be valid from the past on
	add(w.At(16, 0, 0), 5500)   // 1 July
	want("in June", 1, 5000)
	add(time.Time{}, 5100) // from now on, and instead of what was announced
	want("after a correction", 3, 5100)
	w.Clock.Set(w.At(20, 9, 0))
	want("in July, with a correction newer than what was announced,", 3, 5100)
	list, err := w.Service.Tariffs(t.Context(), w.Dispatcher, dispatch.Page{Limit: 2})
	if err != nil || len(list.Items) != 2 || list.Items[0].Version != 3 || list.Next == nil {
		t.Fatalf("the list is %+v (%v), want versions 3 and 2, and more", list, err)
	}
	list, err = w.Service.Tariffs(t.Context(), w.Dispatcher, dispatch.Page{Limit: 2, After: list.Next})
	if err != nil || len(list.Items) != 1 || list.Items[0].Version != 1 || list.Next != nil {
		t.Errorf("the list goes on with %+v (%v), want version 1 and its end", list, err)
	}
}

func TestANewTariffChangesNoPriceOfThePast(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	tariff := dispatchtest.Tariff(w.Territory.ID)
	first, err := w.Service.AddTariff(t.Context(), w.Administrator, tariff)
	if err != nil {
		t.Fatal(err)
	}
	if read, err := w.Service.TariffVersion(t.Context(), w.Dispatcher, 1); err != nil || read.Currency != "EUR" || !read.ValidFrom.Equal(first.ValidFrom) || read.CreatedBy != w.Administrator.Actor() {
		t.Errorf("version 1 is %+v (%v), want %+v", read, err, first)
	}
	tariff.ValidFrom = w.Clock.Now().Add(-2 * time.Minute)
	_, err = w.Service.AddTariff(t.Context(), w.Administrator, tariff)
	wantFaults(t, err, "/valid_from window.past")
	tariff.ValidFrom = w.Clock.Now().Add(-30 * time.Second) // the call took its time
	if _, err = w.Service.AddTariff(t.Context(), w.Administrator, tariff); err != nil {
		t.Error(err)
	}
	tariff.ValidFrom = w.At(500, 0, 0)
	_, err = w.Service.AddTariff(t.Context(), w.Administrator, tariff)
	wantFaults(t, err, "/valid_from window.too_far")
	for _, sql := range []string{`UPDATE tariffs SET currency = 'USD'`, `DELETE FROM tariffs`} {
		if _, err := w.Pool.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s is done", sql)
		}
	}
	if n := count(t, w, `SELECT count(*) FROM events WHERE kind = 'tariff.added' AND data ->> 'version' IN ('1', '2')`); n != 2 {
		t.Errorf("%d events tell of the tariffs, want 2", n)
	}
}

func TestTwoAdministratorsWhoAddATariffAtOnceAddTwo(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	var all sync.WaitGroup
	versions := make([]int, 3)
	for i := range versions {
		all.Go(func() {
			added, err := w.Service.AddTariff(t.Context(), w.Administrator, dispatchtest.Tariff(w.Territory.ID))
			if err != nil {
				t.Error(err)
			}
			versions[i] = added.Version
		})
	}
	all.Wait()
	if versions[0]+versions[1]+versions[2] != 6 || count(t, w, `SELECT count(DISTINCT version) FROM tariffs`) != 3 {
		t.Errorf("the versions are %v, want 1, 2 and 3 once each", versions)
	}
}

func TestOnlyAdministratorsMakeTheTariffAndOnlyStaffReadIt(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	for _, p := range []dispatch.Principal{w.Dispatcher, w.AsHousehold, w.AsKarim, w.PartnerKey} {
		_, err := w.Service.AddTariff(t.Context(), p, dispatchtest.Tariff(w.Territory.ID))
		wantError(t, err, dispatch.KindForbidden, "forbidden")
		if p.Staff() {
			continue
		}
		_, err = w.Service.Tariffs(t.Context(), p, dispatch.Page{Limit: 10})
		wantError(t, err, dispatch.KindForbidden, "forbidden")
		_, err = w.Service.TariffVersion(t.Context(), p, 1)
		wantError(t, err, dispatch.KindForbidden, "forbidden")
	}
}

func TestWorkAtASiteIsPricedByItsTerritoryAndItsClocks(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	if _, err := w.Service.AddTariff(t.Context(), w.Administrator, dispatchtest.Tariff(w.Territory.ID)); err != nil {
		t.Fatal(err)
	}
	work := dispatch.DescribedWork{Category: "printer", Mode: dispatch.OnSite, Urgency: dispatch.High, Impact: dispatch.High, SiteID: w.HouseholdSite.ID, Begin: w.At(6, 9, 0)}
	p, err := w.Service.PriceOf(t.Context(), w.AsHousehold, work)
	want := []string{"price.call_out 5000", "price.labour 6000", "price.travel 1000", "price.urgency 3600", "price.sunday 6000"}
	if got := lines(p); err != nil || len(got) != len(want) || got[2] != want[2] || got[3] != want[3] || got[4] != want[4] {
		t.Errorf("%v (%v), want %v", got, err, want)
	}
	_, err = w.Service.PriceOf(t.Context(), w.AsCompany, work)
	wantFaults(t, err, "/site_id site.unknown")
	work.Begin, work.TerritoryID, work.Category = w.At(-1, 9, 0), w.Territory.ID, " "
	_, err = w.Service.PriceOf(t.Context(), w.AsHousehold, work)
	wantFaults(t, err, "/begin window.past", "/category field.required", "/territory_id tariff.site_or_territory")
}
