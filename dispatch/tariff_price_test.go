package dispatch_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/scheduler"
)

// served is a territory of the tariff under test.
var served = uuid.MustParse("0193a5c2-7b3e-7020-9c41-2f6d8e0b1a20")

// at is a moment in Paris.
func at(t testing.TB, local string) time.Time {
	t.Helper()
	zone, err := dispatch.Zone("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	m, err := time.ParseInLocation("2006-01-02 15:04", local, zone)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// asked is an hour's work on a printer, on site, on an ordinary Wednesday, asked for a week before; change makes it another.
func asked(t testing.TB, change func(*dispatch.PriceQuery)) dispatch.PriceQuery {
	t.Helper()
	q := dispatch.PriceQuery{
		Category: "printer", Mode: dispatch.OnSite, Priority: 3, Duration: time.Hour, TerritoryID: served, Begin: at(t, "2026-06-17 10:00"), TimeZone: "Europe/Paris",
		Asked: at(t, "2026-06-10 10:00"),
	}
	if change != nil {
		change(&q)
	}
	return q
}

// lines writes a price as code and net amount.
func lines(p dispatch.Price) (all []string) {
	for _, l := range p.Lines {
		all = append(all, fmt.Sprintf("%s %d", l.Code, l.Net))
	}
	return all
}

func TestWhatTheWorkCosts(t *testing.T) {
	t.Parallel()
	type query = dispatch.PriceQuery
	for what, c := range map[string]struct {
		change func(*query)
		want   []string
	}{
		"an hour at home":                {nil, []string{"price.call_out 5000", "price.labour 6000", "price.travel 1000"}},
		"twenty minutes are an hour":     {func(q *query) { q.Duration = 20 * time.Minute }, []string{"price.call_out 5000", "price.labour 6000", "price.travel 1000"}},
		"a quarter begun is a quarter":   {func(q *query) { q.Duration = 61 * time.Minute }, []string{"price.call_out 5000", "price.labour 7500", "price.travel 1000"}},
		"outside every zone":             {func(q *query) { q.TerritoryID = uuid.Nil }, []string{"price.call_out 5000", "price.labour 6000", "price.travel 2000"}},
		"ten kilometres are free":        {func(q *query) { q.TravelMetres = 10_000 }, []string{"price.call_out 5000", "price.labour 6000", "price.travel 1000"}},
		"a kilometre begun is one":       {func(q *query) { q.TravelMetres = 12_001 }, []string{"price.call_out 5000", "price.labour 6000", "price.travel 1000", "price.kilometres 300"}},
		"remote work has no journey":     {func(q *query) { q.Mode, q.TravelMetres, q.Duration = dispatch.Remote, 30_000, 32*time.Minute }, []string{"price.labour 2333"}},
		"the hotline is free, and said":  {func(q *query) { q.Mode = dispatch.Hotline }, []string{"price.flat 0"}},
		"a flat price for a category":    {func(q *query) { q.Category, q.Duration = "data_recovery", 9*time.Hour }, []string{"price.call_out 1000", "price.flat 20000", "price.travel 1000"}},
		"the category before the mode":   {func(q *query) { q.Category, q.Mode = "data_recovery", dispatch.Remote }, []string{"price.opening 1000", "price.flat 20000"}},
		"category and mode before both":  {func(q *query) { q.Category, q.Mode = "data_recovery", dispatch.Workshop }, []string{"price.flat 20000"}},
		"the workshop has the default":   {func(q *query) { q.Mode = dispatch.Workshop }, []string{"price.opening 5000", "price.labour 6000"}},
		"most pressing":                  {func(q *query) { q.Priority = 1 }, []string{"price.call_out 5000", "price.labour 6000", "price.travel 1000", "price.urgency 3600"}},
		"within four hours":              {func(q *query) { q.Asked = q.Begin.Add(-4*time.Hour + time.Second) }, []string{"price.call_out 5000", "price.labour 6000", "price.travel 1000", "price.urgency 2500"}},
		"in four hours is not within":    {func(q *query) { q.Asked = q.Begin.Add(-4 * time.Hour) }, []string{"price.call_out 5000", "price.labour 6000", "price.travel 1000"}},
		"both urgent: the dearer one":    {func(q *query) { q.Priority, q.Asked = 1, q.Begin }, []string{"price.call_out 5000", "price.labour 6000", "price.travel 1000", "price.urgency 3600"}},
		"a technician next door":         {func(q *query) { q.Green = true }, []string{"price.call_out 5000", "price.labour 6000", "price.travel 1000", "price.green -1200"}},
		"a slot in demand":               {func(q *query) { q.Adjustment = 777 }, []string{"price.call_out 5000", "price.labour 6000", "price.travel 1000", "price.slot 777"}},
		"no discount goes below floor":   {func(q *query) { q.Green, q.Adjustment = true, -9000 }, []string{"price.call_out 5000", "price.labour 6000", "price.travel 1000", "price.green -1200", "price.slot -1200"}},
		"no surcharge goes above":        {func(q *query) { q.Adjustment = 1 << 40 }, []string{"price.call_out 5000", "price.labour 6000", "price.travel 1000", "price.slot 18000"}},
		"urgent, at night, on a holiday": {func(q *query) { q.Priority, q.Begin = 1, at(t, "2026-07-14 23:00") }, []string{"price.call_out 5000", "price.labour 6000", "price.travel 1000", "price.urgency 3600", "price.evening 7200", "price.holiday 12000", "price.ceiling -4800"}},
		"dear, and the slot cheaper": {func(q *query) { q.Priority, q.Begin, q.Adjustment = 1, at(t, "2026-07-14 23:00"), -800 }, []string{
			"price.call_out 5000", "price.labour 6000", "price.travel 1000", "price.urgency 3600", "price.evening 7200", "price.holiday 12000", "price.slot -800", "price.ceiling -4000",
		}},
	} {
		p, err := dispatchtest.Tariff(served).Price(asked(t, c.change))
		if got := lines(p); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v (%v), want %v", what, got, err, c.want)
		}
	}
}

func TestDiscountsThatGoBelowTheFloorAreToldAndGivenBack(t *testing.T) {
	t.Parallel()
	tariff := dispatchtest.Tariff(served)
	tariff.GreenDiscount = 30
	p, err := tariff.Price(asked(t, func(q *dispatch.PriceQuery) { q.Green, q.Adjustment = true, 500 }))
	want := []string{"price.call_out 5000", "price.labour 6000", "price.travel 1000", "price.green -3600", "price.slot 500", "price.floor 700"}
	if got := lines(p); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v (%v), want %v", got, err, want)
	}
}

// On the last Sunday of March clocks in Paris go from 2:00 to 3:00, on the last Sunday of October from 3:00 back to 2:00.
func TestEveningsAndSundaysGoByTheClocksOfTheSite(t *testing.T) {
	t.Parallel()
	utc := func(text string) time.Time {
		m, err := time.Parse("2006-01-02 15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for what, c := range map[string]struct {
		begin time.Time
		zone  string
		want  []string
	}{
		"Saturday, a minute before midnight": {at(t, "2026-03-28 23:59"), "Europe/Paris", []string{"price.evening", "price.saturday"}},
		"the hour that is skipped":           {utc("2026-03-29 01:00"), "Europe/Paris", []string{"price.evening", "price.sunday"}}, // 3:00
		"seven in the morning, in summer":    {utc("2026-03-29 05:00"), "Europe/Paris", []string{"price.sunday"}},
		"the same instant a week before":     {utc("2026-03-22 05:00"), "Europe/Paris", []string{"price.evening", "price.sunday"}}, // 6:00
		"six in the evening, in winter":      {utc("2026-10-26 17:59"), "Europe/Paris", nil},
		"seven in the evening, in winter":    {utc("2026-10-26 18:00"), "Europe/Paris", []string{"price.evening"}},
		"seven in the evening, in summer":    {utc("2026-10-23 17:00"), "Europe/Paris", []string{"price.evening"}},
		"Sunday is over in Paris":            {utc("2026-06-21 22:30"), "Europe/Paris", []string{"price.evening"}},
		"and not in Fort-de-France":          {utc("2026-06-21 22:30"), "America/Martinique", []string{"price.sunday"}},
		"14 July in La Réunion":              {utc("2026-07-13 21:00"), "Indian/Reunion", []string{"price.evening", "price.holiday"}},
		"at ten the night begins":            {at(t, "2026-06-17 22:00"), "Europe/Paris", []string{"price.evening"}},
	} {
		tariff := dispatchtest.Tariff(served)
		tariff.SlotCeiling = 1000
		p, err := tariff.Price(asked(t, func(q *dispatch.PriceQuery) {
			q.Begin, q.TimeZone, q.Asked = c.begin, c.zone, c.begin.Add(-7*24*time.Hour)
		}))
		var got []string
		for _, l := range p.Lines[3:] {
			got = append(got, l.Code)
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v (%v), want %v", what, got, err, c.want)
		}
	}
}

func TestASundayThatIsAHolidayPaysTheDearerOnly(t *testing.T) {
	t.Parallel()
	sunday := func(q *dispatch.PriceQuery) { q.Begin = at(t, "2026-11-01 10:00") } // All Saints'
	for holiday, want := range map[int]string{100: "price.holiday 12000", 50: "price.holiday 6000", 30: "price.sunday 6000", 0: "price.sunday 6000"} {
		tariff := dispatchtest.Tariff(served)
		tariff.Holiday = dispatch.Surcharge{Percent: holiday}
		p, err := tariff.Price(asked(t, sunday))
		if got := lines(p)[3:]; err != nil || !slices.Equal(got, []string{want}) {
			t.Errorf("with %d %% on holidays and 50 %% on Sundays: %v (%v), want %s", holiday, got, err, want)
		}
	}
}

func TestTheClientReadsWhyTheyPay(t *testing.T) {
	t.Parallel()
	p, err := dispatchtest.Tariff(served).Price(asked(t, func(q *dispatch.PriceQuery) {
		q.Duration, q.TravelMetres, q.Begin, q.Asked, q.Green, q.Adjustment = 80*time.Minute, 14_200, at(t, "2026-07-14 19:00"), at(t, "2026-07-14 17:00"), true, -300
	}))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var read dispatch.Price
	if err := json.Unmarshal(kept, &read); err != nil {
		t.Fatal(err)
	}
	for locale, want := range map[string][]string{
		"fr": {
			"Déplacement", "Main-d’œuvre, 1 h 30", "Trajet jusqu’à votre secteur", "Trajet : 5 km au-delà de 10 km", "Majoration urgence", "Majoration de 19:00 à 22:00 (+25 %)",
			"Majoration jour férié : 14 juillet (+100 %)", "Créneau vert : un technicien est déjà près de chez vous (−10 %)", "Créneau peu demandé", //nolint:misspell // French
		},
		"en": {
			"Call-out", "Labour, 1 h 30", "Travel to your area", "Travel: 5 km beyond 10 km", "Urgency surcharge", "Surcharge from 19:00 to 22:00 (+25%)",
			"Public holiday surcharge: 14 July (+100%)", "Green slot: a technician is already near you (−10%)", "Slot in low demand",
		},
	} {
		for how, price := range map[string]dispatch.Price{"as it was made": p, "as it was kept": read} {
			var got []string
			for _, l := range price.Lines {
				got = append(got, l.Text(locale))
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, in %s:\n%q, want\n%q", how, locale, got, want)
			}
		}
	}
}

func TestTheVATIsThatOfTheWholeAndGoesByTheWork(t *testing.T) {
	t.Parallel()
	tariff := dispatchtest.Tariff(served)
	tariff.Works = []dispatch.WorkPrice{{CallOut: 333, Hour: 333}}
	tariff.Travel.Zones[0].Price = 333
	p, err := tariff.Price(asked(t, nil))
	if err != nil || p.NetTotal != 999 || p.VATTotal != 200 || p.Total != 1199 { // 199.8; three lines rounded each would be 201
		t.Errorf("the price is %+v (%v), want 9.99 € and 2.00 € of VAT", p, err)
	}
	p, err = dispatchtest.Tariff(served).Price(asked(t, func(q *dispatch.PriceQuery) { q.Category, q.Mode = "data_recovery", dispatch.Workshop }))
	if err != nil || p.VATTotal != 2000 || p.Lines[0].VATRate != 1000 {
		t.Errorf("the price is %+v (%v), want VAT of 10 %%", p, err)
	}
}

func TestAPriceIsNotMadeOfNonsense(t *testing.T) {
	t.Parallel()
	_, err := dispatchtest.Tariff(served).Price(dispatch.PriceQuery{Mode: "by_post", Duration: time.Minute, TravelMetres: -1, TimeZone: "Paris"})
	wantFaults(t, err, "/mode field.enum", "/priority visit.priority", "/duration work.duration", "/travel_distance rules.bounds", "/begin field.required", "/time_zone time_zone.unknown")
}

// anyTariff draws figures inside the bounds of what an administrator may give.
func anyTariff(r *rapid.T) dispatch.Tariff {
	amount := func(name string) int64 { return rapid.Int64Range(0, 10_000_000).Draw(r, name) }
	surcharge := func(name string) dispatch.Surcharge {
		if rapid.Bool().Draw(r, name+" is fixed") {
			return dispatch.Surcharge{Amount: amount(name)}
		}
		return dispatch.Surcharge{Percent: rapid.IntRange(0, 500).Draw(r, name)}
	}
	t := dispatchtest.Tariff(served)
	t.Version, t.Currency = 7, "EUR"
	t.Works = []dispatch.WorkPrice{{
		CallOut: amount("call-out"), Hour: amount("hour"), Minimum: scheduler.Seconds(rapid.IntRange(0, 12*3600).Draw(r, "minimum")), Step: scheduler.Seconds(rapid.IntRange(0, 12*3600).Draw(r, "step")),
	}}
	t.Travel = dispatch.TravelPrice{Elsewhere: amount("travel"), FreeMetres: rapid.IntRange(0, 100_000).Draw(r, "free"), Kilometre: amount("kilometre")}
	t.Urgency[0].Surcharge, t.Urgency[1].Surcharge, t.Evening[0].Surcharge, t.Evening[1].Surcharge = surcharge("priority"), surcharge("lead"), surcharge("evening"), surcharge("night")
	t.Saturday, t.Sunday, t.Holiday = surcharge("Saturday"), surcharge("Sunday"), surcharge("holiday")
	t.GreenDiscount, t.SlotFloor = rapid.IntRange(0, 100).Draw(r, "green"), rapid.IntRange(-100, 0).Draw(r, "floor")
	t.SlotCeiling, t.VATRate = rapid.IntRange(0, 1000).Draw(r, "ceiling"), rapid.IntRange(0, 10_000).Draw(r, "VAT")
	return t
}

func anyQuery(r *rapid.T) dispatch.PriceQuery {
	begin := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(r, "begin"), 0)
	return dispatch.PriceQuery{
		Category: "printer", Mode: rapid.SampledFrom([]dispatch.Mode{dispatch.OnSite, dispatch.Remote}).Draw(r, "mode"), Priority: rapid.IntRange(1, 5).Draw(r, "priority"),
		Duration: time.Duration(rapid.IntRange(300, 12*3600).Draw(r, "duration")) * time.Second, TravelMetres: rapid.IntRange(0, 500_000).Draw(r, "metres"),
		Begin: begin, TimeZone: rapid.SampledFrom([]string{"Europe/Paris", "Indian/Reunion", "Pacific/Noumea"}).Draw(r, "zone"),
		Asked: begin.Add(-time.Duration(rapid.IntRange(0, 48).Draw(r, "lead")) * time.Hour), Green: rapid.Bool().Draw(r, "green"), Adjustment: rapid.Int64().Draw(r, "adjustment"),
	}
}

// order is the order of the lines.
var order = []string{
	dispatch.LineCallOut, dispatch.LineOpening, dispatch.LineLabour, dispatch.LineFlat, dispatch.LineTravel, dispatch.LineKilometres, dispatch.LineUrgency, dispatch.LineEvening,
	dispatch.LineSaturday, dispatch.LineSunday, dispatch.LineHoliday, dispatch.LineGreen, dispatch.LineSlot, dispatch.LineFloor, dispatch.LineCeiling,
}

func TestWhateverTheFiguresThePriceAddsUpAndStaysInItsBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		tariff, q := anyTariff(r), anyQuery(r)
		p, err := tariff.Price(q)
		if err != nil {
			r.Fatal(err)
		}
		var net, vat, gross, base int64
		last := -1
		for _, l := range p.Lines {
			place := slices.Index(order, l.Code)
			if place <= last {
				r.Fatalf("%s stands out of order in %v", l.Code, lines(p))
			}
			last = place
			net, vat, gross = net+l.Net, vat+l.VAT, gross+l.Gross
			if place < slices.Index(order, dispatch.LineUrgency) {
				base += l.Net
			}
			if l.Gross != l.Net+l.VAT || abs(l.VAT*10_000-l.Net*int64(l.VATRate)) > 10_000 {
				r.Fatalf("the VAT of %+v is not its own", l)
			}
		}
		if net != p.NetTotal || vat != p.VATTotal || gross != p.Total || p.Total != p.NetTotal+p.VATTotal {
			r.Fatalf("%+v does not add up", p)
		}
		if abs(vat*10_000-net*int64(tariff.VATRate)) > 5000 {
			r.Fatalf("%d of VAT on %d at %d", vat, net, tariff.VATRate)
		}
		if part := 100 * (net - base); part < base*int64(tariff.SlotFloor) || part > base*int64(tariff.SlotCeiling) {
			r.Fatalf("the slot's part of %v is %d on %d, outside %d %% to %d %%", lines(p), net-base, base, tariff.SlotFloor, tariff.SlotCeiling)
		}
		if p.Total < 0 {
			r.Fatalf("the organization pays the client: %+v", p)
		}
	})
}

func TestMoreWorkIsNeverCheaper(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		tariff, q := anyTariff(r), anyQuery(r)
		short, err := tariff.Price(q)
		if err != nil {
			r.Fatal(err)
		}
		q.Duration = time.Duration(rapid.Int64Range(int64(q.Duration), int64(12*time.Hour)).Draw(r, "longer"))
		long, err := tariff.Price(q)
		if err != nil {
			r.Fatal(err)
		}
		if long.NetTotal < short.NetTotal || long.Total < short.Total {
			r.Fatalf("%v is less than %v", lines(long), lines(short))
		}
	})
}

func abs(n int64) int64 { return max(n, -n) }
