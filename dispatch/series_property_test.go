package dispatch_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

// expected is the model: the days that the rule gives in the horizon, each in its own way, without those dropped and with those added.
func expected(interval, horizon int, weekdays []time.Weekday, today time.Time, dropped, added map[string]bool) []string {
	days := map[string]bool{}
	first := time.Date(2026, time.June, 15, 0, 0, 0, 0, time.UTC) // a Monday
	for n := range horizon + 40 {
		day := first.AddDate(0, 0, n)
		if (n/7)%interval == 0 && slices.Contains(weekdays, day.Weekday()) && !dropped[day.Format(time.DateOnly)] {
			days[day.Format(time.DateOnly)] = true
		}
	}
	maps.Copy(days, added)
	last := today.AddDate(0, 0, horizon).Format(time.DateOnly)
	maps.DeleteFunc(days, func(day string, _ bool) bool { return day > last })
	return slices.Sorted(maps.Keys(days))
}

// Whatever the order and number of runs, of exceptions and of days that pass between them, what is made is what the rule gives minus what was dropped
// plus what was added, each once.
func TestWhatIsMadeIsTheRuleWithoutItsExceptionsHoweverOftenTheJobRuns(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	monday := w.Clock.Now()
	codes := map[time.Weekday]string{time.Monday: "MO", time.Tuesday: "TU", time.Wednesday: "WE", time.Thursday: "TH", time.Friday: "FR", time.Saturday: "SA"}
	rapid.Check(t, func(rt *rapid.T) {
		w.Clock.Set(monday)
		interval := rapid.IntRange(1, 3).Draw(rt, "interval")
		horizon := rapid.IntRange(5, 40).Draw(rt, "horizon")
		weekdays := rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(codes))), 1, 3, rapid.ID).Draw(rt, "weekdays")
		rule := fmt.Sprintf("FREQ=WEEKLY;INTERVAL=%d;BYDAY=", interval)
		for i, day := range weekdays {
			rule += map[bool]string{true: "", false: ","}[i == 0] + codes[day]
		}
		v, err := w.Service.CreateSeries(t.Context(), w.Dispatcher, upkeep(w, func(v *dispatch.Series) {
			v.HorizonDays = horizon
			v.Recurrence = dispatch.Recurrence{Rule: rule, Start: digits("2026-06-15T09:00"), WindowEnd: "18:00", OnHoliday: dispatch.KeepHoliday}
		}))
		if err != nil {
			rt.Fatal(err)
		}
		dropped, added := map[string]bool{}, map[string]bool{}
		today := time.Date(2026, time.June, 15, 0, 0, 0, 0, time.UTC)
		run := func() {
			if err := w.Service.Materialise(t.Context(), w.Organization.ID, v.ID); err != nil {
				rt.Fatal(err)
			}
		}
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			switch rapid.IntRange(0, 3).Draw(rt, "step") {
			case 0:
				run()
			case 1:
				run() // on the day itself: what is past is not made
				today = today.AddDate(0, 0, 1)
				w.Clock.Advance(24 * time.Hour)
				run()
			default:
				day := today.AddDate(0, 0, rapid.IntRange(1, horizon+10).Draw(rt, "day")).Format(time.DateOnly)
				there := slices.Contains(expected(interval, horizon+60, weekdays, today, dropped, added), day)
				e := dispatch.Exception{Kind: dispatch.AddOccurrence, On: dispatch.Day(day)}
				if there {
					e.Kind = dispatch.DropOccurrence
				}
				if _, _, err := w.Service.ExceptSeries(t.Context(), w.Dispatcher, v.ID, e); err != nil {
					rt.Fatalf("%+v: %v", e, err)
				}
				delete(added, day)
				delete(dropped, day)
				if there {
					dropped[day] = true
				} else {
					added[day] = true
				}
			}
		}
		run()
		run()
		all, err := w.Service.Occurrences(t.Context(), w.Dispatcher, v.ID, "2026-06-15", 1)
		if err != nil {
			rt.Fatal(err)
		}
		var have []string
		for _, o := range all {
			if o.Made != nil {
				have = append(have, string(o.Date))
			}
		}
		if want := expected(interval, horizon, weekdays, today, dropped, added); !slices.Equal(have, want) {
			rt.Fatalf("%s for %d days, without %v, with %v: made are\n%v, want\n%v", rule, horizon, dropped, added, have, want)
		}
		if err := w.Service.DeleteSeries(t.Context(), w.Dispatcher, v.ID, 0); err != nil {
			rt.Fatal(err)
		}
		run()
		left := count(t, w, `SELECT count(*) FROM series_occurrences o JOIN requests r ON r.id = o.request_id
			WHERE o.series_id = $1 AND o.planned_on >= $2::date AND r.status <> 'cancelled'`, v.ID, today.Format(time.DateOnly))
		if left != 0 {
			rt.Fatalf("%d requests are left open after the end", left)
		}
	})
}
