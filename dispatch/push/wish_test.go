package push

import (
	"testing"
	"time"
)

func TestRetryAfterIsReadInBothItsForms(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"-5":                            0,
		"30":                            30 * time.Second,
		"9223372036854775807":           24 * time.Hour,
		"Mon, 02 Mar 2026 12:01:00 GMT": time.Minute,
		"Mon, 02 Mar 2026 11:59:00 GMT": 0,
		"Mon, 02 Mar 2027 12:00:00 GMT": 24 * time.Hour,
		"soon":                          0,
	} {
		if got := parseRetryAfter(value, now); got != want {
			t.Errorf("%q: %v; want %v", value, got, want)
		}
	}
}

func FuzzRetryAfterIsNeverNegativeNorMoreThanADay(f *testing.F) {
	f.Add("30")
	f.Add("Mon, 02 Mar 2026 12:01:00 GMT")
	f.Fuzz(func(t *testing.T, value string) {
		if got := parseRetryAfter(value, time.Unix(1_772_452_800, 0)); got < 0 || got > 24*time.Hour {
			t.Errorf("%q: %v", value, got)
		}
	})
}
