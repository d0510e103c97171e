package dispatch_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tournee/dispatch"
)

// zoned are zones whose clocks change in different ways: by an hour, by half an hour, at midnight, over a whole day, in the south, never.
var zoned = []string{"Europe/Paris", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "Asia/Beirut", "Pacific/Apia", "America/Nuuk", "Asia/Tokyo", "UTC"}

// transitions are the instants from 2020 to 2030 at which the zone's offset changes.
func transitions(in *time.Location) []time.Time {
	var out []time.Time
	offset := func(t time.Time) int { _, o := t.In(in).Zone(); return o }
	end := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	for t := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC); t.Before(end); t = t.Add(6 * time.Hour) {
		next := t.Add(6 * time.Hour)
		if offset(t) == offset(next) {
			continue
		}
		low, high := t, next
		for high.Sub(low) > time.Second {
			if middle := low.Add(high.Sub(low) / 2).Truncate(time.Second); offset(middle) == offset(low) {
				low = middle
			} else {
				high = middle
			}
		}
		out = append(out, high)
	}
	return out
}

const localForm = "2006-01-02T15:04:05"

func TestAroundEveryClockChangeALocalTimeMeansOneInstantTwoOrNone(t *testing.T) {
	t.Parallel()
	changes := 0
	for _, name := range zoned {
		in, err := dispatch.Zone(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range transitions(in) {
			changes++
			_, before := change.Add(-time.Second).In(in).Zone()
			_, after := change.In(in).Zone()
			shift := time.Duration(after-before) * time.Second
			wall := change.Add(time.Duration(min(before, after)) * time.Second).UTC() // where the odd stretch begins on the clock
			for offset, odd := range map[time.Duration]bool{-time.Second: false, 0: true, shift.Abs() - time.Second: true, shift.Abs(): false} {
				local := wall.Add(offset).Format(localForm)
				var strict dispatch.Faults
				got := strict.Instant("/start", local, in, "")
				switch {
				case !odd && (len(strict) > 0 || got.Format(localForm) != local):
					t.Errorf("%s %s: %v %v, want one instant", name, local, got, strict)
				case odd && shift > 0 && (len(strict) != 1 || strict[0].Code != "time.does_not_exist"):
					t.Errorf("%s %s: %v, want that it does not exist", name, local, strict)
				case odd && shift < 0 && (len(strict) != 1 || strict[0].Code != "time.ambiguous"):
					t.Errorf("%s %s: %v, want that it is ambiguous", name, local, strict)
				}
				if odd && shift < 0 {
					var f dispatch.Faults
					earlier, later := f.Instant("", local, in, dispatch.FoldEarlier), f.Instant("", local, in, dispatch.FoldLater)
					if len(f) > 0 || later.Sub(earlier) != -shift || earlier.Format(localForm) != local || later.Format(localForm) != local {
						t.Errorf("%s %s: earlier %v, later %v, faults %v", name, local, earlier, later, f)
					}
				}
			}
		}
	}
	if changes < 100 {
		t.Fatalf("only %d clock changes were looked at", changes)
	}
}

func TestAnInstantSurvivesItsWritingInAnyZone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in, err := dispatch.Zone(rapid.SampledFrom(zoned).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(rapid.Int64Range(1577836800, 1924991999).Draw(t, "at"), 0)
		var f dispatch.Faults
		if got := f.Instant("", at.In(in).Format(time.RFC3339Nano), time.UTC, ""); len(f) > 0 || !got.Equal(at) {
			t.Fatalf("%s became %v %v", at.In(in).Format(time.RFC3339Nano), got, f)
		}
		local := at.In(in).Format(localForm)
		earlier, later := f.Instant("", local, in, dispatch.FoldEarlier), f.Instant("", local, in, dispatch.FoldLater)
		if len(f) > 0 || (!earlier.Equal(at) && !later.Equal(at)) {
			t.Fatalf("%s in %s is %v or %v, not %v %v", local, in, earlier, later, at, f)
		}
	})
}

func TestTimesAndZonesThatAreNone(t *testing.T) {
	t.Parallel()
	paris, err := dispatch.Zone("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "demain", "2026-11-21T09:00+0100", "2026-11-21", "2026-02-30T09:00", "2026-11-21T25:00", "2026-11-21 09:00", "2026-11-21T09:00+01"} {
		var f dispatch.Faults
		if f.Instant("/start", text, paris, ""); len(f) != 1 || f[0].Code != "time.malformed" || f[0].Path != "/start" {
			t.Errorf("%q: %v", text, f)
		}
	}
	for _, name := range []string{"", "Local", "Europe/Atlantis", "../etc/passwd", strings.Repeat("a", 99)} {
		if _, err := dispatch.Zone(name); err == nil {
			t.Errorf("%q is a zone", name)
		}
	}
	var f dispatch.Faults
	for _, text := range []string{"2026-11-21T09:00", "2026-11-21T09:00:00", "2026-11-21T08:00Z", "2026-11-21T13:30:00+05:30"} {
		if got := f.Instant("", text, paris, "").In(paris).Format(time.RFC3339); got != "2026-11-21T09:00:00+01:00" || len(f) > 0 {
			t.Errorf("nine o'clock in Paris, written %s, is %s %v", text, got, f)
		}
	}
}

func FuzzInstant(f *testing.F) {
	f.Add("2026-03-29T02:30", "Europe/Paris")
	f.Add("2026-11-21T09:00:00+01:00", "UTC")
	f.Fuzz(func(t *testing.T, text, name string) {
		in, err := dispatch.Zone(name)
		if err != nil {
			return
		}
		var faults dispatch.Faults
		at := faults.Instant("", text, in, "")
		if len(faults) > 1 || (len(faults) == 1) != at.IsZero() && at.Year() > 1 {
			t.Fatalf("%q in %s: %v and %v", text, name, at, faults)
		}
	})
}
