package dispatch

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tournee/scheduler"
)

func paris(t *testing.T) *time.Location {
	t.Helper()
	zone, err := Zone("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestWeeklyHoursFollowTheClockThroughTheChangesOfTheYear(t *testing.T) {
	t.Parallel()
	zone := paris(t)
	night := []WeeklyHours{{Days: []int{6}, Start: "20:00", End: "24:00"}, {Days: []int{7}, Start: "00:00", End: "06:00"}}
	for day, hours := range map[time.Time]time.Duration{
		time.Date(2026, time.June, 13, 12, 0, 0, 0, zone):    10 * time.Hour, // a Saturday like others
		time.Date(2026, time.March, 28, 12, 0, 0, 0, zone):   9 * time.Hour,  // the night that loses an hour
		time.Date(2026, time.October, 24, 12, 0, 0, 0, zone): 11 * time.Hour, // the night that has one more
	} {
		got := spans(night, zone, Span{Start: day, End: day.Add(36 * time.Hour)})
		if len(got) != 1 || got[0].End.Sub(got[0].Start) != hours || got[0].Start.Hour() != 20 || got[0].End.Hour() != 6 {
			t.Errorf("the night of %s is %v, want one of %s", day.Format(time.DateOnly), got, hours)
		}
	}
}

func TestTravelByTheHourNeverPaysForLeavingLater(t *testing.T) {
	t.Parallel()
	zone := paris(t)
	rapid.Check(t, func(r *rapid.T) {
		var percents [24]int
		for h := range percents {
			percents[h] = rapid.IntRange(10, 1000).Draw(r, "percent")
		}
		longest := rapid.Int64Range(0, 40_000).Draw(r, "longest")
		zero := time.Date(2026, time.March, 27, rapid.IntRange(0, 23).Draw(r, "hour"), rapid.IntRange(0, 59).Draw(r, "minute"), 0, 0, zone)
		tr := &translator{zone: zone, zero: zero}
		tr.Start, tr.Length = zero.Unix(), scheduler.Seconds(rapid.IntRange(60, 14*24*3600).Draw(r, "length"))
		curve := tr.curve(percents, longest)
		if len(curve) == 0 {
			r.Fatal("no curve")
		}
		for i, p := range curve {
			if p.At < 0 || p.At > scheduler.Time(tr.Length) {
				r.Fatalf("point %d at %d is outside the horizon", i, p.At)
			}
			middle := zero.Add(time.Duration(p.At) * time.Second)
			if p.Percent < percents[middle.In(zone).Hour()] && p.At < scheduler.Time(tr.Length) {
				r.Fatalf("at %s travel takes %d %%, less than the hour's %d %%", middle, p.Percent, percents[middle.In(zone).Hour()])
			}
			if i == 0 {
				continue
			}
			before := curve[i-1]
			if p.At <= before.At || longest*int64(before.Percent-p.Percent) > 100*int64(p.At-before.At) {
				r.Fatalf("from %+v to %+v a journey of %d s is overtaken", before, p, longest)
			}
		}
	})
}

func TestACurveNamesTheLocalHourOnBothSidesOfAClockChange(t *testing.T) {
	t.Parallel()
	zone := paris(t)
	var percents [24]int
	for h := range percents {
		percents[h] = 100 + h
	}
	zero := time.Date(2026, time.March, 28, 0, 0, 0, 0, zone)
	tr := &translator{zone: zone, zero: zero}
	tr.Start, tr.Length = zero.Unix(), 2*24*3600
	for _, p := range tr.curve(percents, 60) {
		at := zero.Add(time.Duration(p.At) * time.Second).In(zone)
		if p.Percent != percents[at.Hour()] || at.Minute() != 30 {
			t.Errorf("at %s it is %d %%, want %d %%", at, p.Percent, percents[at.Hour()])
		}
	}
}
