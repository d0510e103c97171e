package dispatch

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestEasterFallsWhereTheChurchPutsIt(t *testing.T) {
	t.Parallel()
	// The earliest and the latest there are, leap years, and years on both sides of a century.
	for _, want := range []string{
		"1818-03-22", "1886-04-25", "1900-04-15", "1943-04-25", "1961-04-02", "1997-03-30", "2000-04-23", "2008-03-23", "2016-03-27", "2019-04-21", "2024-03-31", "2025-04-20",
		"2026-04-05", "2027-03-28", "2028-04-16", "2029-04-01", "2030-04-21", "2038-04-25", "2049-04-18", "2100-03-28",
	} {
		day, err := time.Parse(time.DateOnly, want)
		if err != nil {
			t.Fatal(err)
		}
		if month, n := easter(day.Year()); month != day.Month() || n != day.Day() {
			t.Errorf("Easter of %d is %s %d, want %s", day.Year(), month, n, want)
		}
	}
}

func TestFranceHasElevenHolidaysAndAlsaceMoselleThirteen(t *testing.T) {
	t.Parallel()
	zone := paris(t)
	want := map[string]string{
		"2026-01-01": "holiday.new_year", "2026-04-06": "holiday.easter_monday", "2026-05-01": "holiday.labour_day", "2026-05-08": "holiday.victory_day", "2026-05-14": "holiday.ascension",
		"2026-05-25": "holiday.whit_monday", "2026-07-14": "holiday.bastille_day", "2026-08-15": "holiday.assumption", "2026-11-01": "holiday.all_saints", "2026-11-11": "holiday.armistice",
		"2026-12-25": "holiday.christmas",
	}
	more := map[string]string{"2026-04-03": "holiday.good_friday", "2026-12-26": "holiday.saint_stephen"}
	for day := time.Date(2026, time.January, 1, 23, 30, 0, 0, zone); day.Year() == 2026; day = day.AddDate(0, 0, 1) {
		date := day.Format(time.DateOnly)
		if got := FranceHolidays.On(day); got != want[date] {
			t.Errorf("%s in France is %q, want %q", date, got, want[date])
		}
		if got := AlsaceMoselleHolidays.On(day); got != want[date]+more[date] {
			t.Errorf("%s in Alsace is %q, want %q", date, got, want[date]+more[date])
		}
		if got := NoHolidays.On(day); got != "" {
			t.Errorf("%s is %q where there are no holidays", date, got)
		}
	}
}

func TestEasterIsASundayBetween22MarchAnd25April(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		year := rapid.IntRange(1583, 9999).Draw(r, "year")
		month, n := easter(year)
		day := time.Date(year, month, n, 0, 0, 0, 0, time.UTC)
		if day.Weekday() != time.Sunday || day.Before(time.Date(year, time.March, 22, 0, 0, 0, 0, time.UTC)) || day.After(time.Date(year, time.April, 25, 0, 0, 0, 0, time.UTC)) {
			r.Fatalf("Easter of %d is %s", year, day.Format(time.DateOnly))
		}
	})
}
