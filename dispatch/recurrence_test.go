package dispatch

import (
	"slices"
	"testing"
	"time"
)

// days are those that a rule gives in some years from its start at 9:00 in Paris on, at most so many.
func days(t *testing.T, text, start string, most int) []Day {
	t.Helper()
	var faults Faults
	at := Day(start).digits().Add(9 * time.Hour)
	r := faults.rule("/rule", ruleText(text), at, paris(t))
	if err := faults.Err(); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	out, err := r.days(Day(start), Day(start).plus(366*8))
	if err != nil {
		t.Fatal(err)
	}
	return out[:min(most, len(out))]
}

func TestARuleGivesTheDaysThatACalendarShows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule, start string
		want        []Day
	}{
		{"FREQ=MONTHLY;BYDAY=1TU", "2026-09-01", []Day{"2026-09-01", "2026-10-06", "2026-11-03", "2026-12-01", "2027-01-05"}},
		{"rrule:freq=monthly;byday=-1FR;count=3", "2026-01-01", []Day{"2026-01-30", "2026-02-27", "2026-03-27"}},
		{"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "2026-06-15", []Day{"2026-06-15", "2026-06-18", "2026-06-29", "2026-07-02"}},
		{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2026-01-01", []Day{"2028-02-29", "2032-02-29"}},
		{"FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20260331", "2026-01-01", []Day{"2026-01-31", "2026-02-28", "2026-03-31"}},
		{"FREQ=DAILY;UNTIL=20260103T080000Z", "2026-01-01", []Day{"2026-01-01", "2026-01-02", "2026-01-03"}},
		{"FREQ=DAILY;UNTIL=20260103T075959Z", "2026-01-01", []Day{"2026-01-01", "2026-01-02"}},
		{"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", "2026-05-01", []Day{"2026-05-29", "2026-06-30"}},
		{"FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=2", "2026-01-01", []Day{"2026-05-11", "2027-05-17"}},
		{"FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", "2026-01-31", []Day{"2026-01-31", "2026-03-31", "2026-05-31"}},
	} {
		if have := days(t, c.rule, c.start, len(c.want)); !slices.Equal(have, c.want) {
			t.Errorf("%s from %s gives %v, want %v", c.rule, c.start, have, c.want)
		}
	}
}

func TestARuleThatIsNoneIsRefusedWithWhatIsWrong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                                    {"series.rule_length"},
		"every Tuesday":                       {"series.rule_value", "series.rule_frequency"},
		"FREQ=HOURLY":                         {"series.rule_value"},
		"FREQ=DAILY;BYHOUR=9":                 {"series.rule_part"},
		"FREQ=DAILY;FREQ=DAILY":               {"series.rule_twice"},
		"FREQ=DAILY;INTERVAL=0":               {"series.rule_value"},
		"FREQ=DAILY;COUNT=9;UNTIL=20270101":   {"series.rule_combination"},
		"FREQ=WEEKLY;BYDAY=1TU":               {"series.rule_combination"},
		"FREQ=WEEKLY;BYMONTHDAY=1":            {"series.rule_combination"},
		"FREQ=MONTHLY;BYDAY=53MO":             {"series.rule_combination"},
		"FREQ=MONTHLY;BYDAY=1MO,TU":           {"series.rule_combination"},
		"FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO":    {"series.rule_combination"},
		"FREQ=MONTHLY;BYSETPOS=1":             {"series.rule_combination"},
		"FREQ=MONTHLY;BYMONTHDAY=0,32":        {"series.rule_value"},
		"FREQ=MONTHLY;COUNT=x;INTERVAL=12345": {"series.rule_value", "series.rule_value"},
	} {
		var faults Faults
		if r := faults.rule("/rule", text, time.Date(2026, 6, 15, 9, 0, 0, 0, time.UTC), paris(t)); r != nil {
			t.Errorf("%q is taken", text)
		}
		var have []string
		for _, f := range faults {
			have = append(have, f.Code)
		}
		slices.Sort(have)
		slices.Sort(want)
		if !slices.Equal(have, want) {
			t.Errorf("%q: %v, want %v", text, have, want)
		}
	}
}

func TestAWindowInTheNightOfAChangeOfClocksIsReadAsTheRFCReadsIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		day         Day
		opens, ends string
		want        string
	}{
		{"2027-03-28", "02:30", "04:00", "01:30-02:00"}, // clocks skip 2 to 3: half past two is half past three
		{"2027-03-28", "02:30", "03:15", ""},
		{"2027-03-28", "02:00", "02:30", "01:00-01:30"},
		{"2027-10-31", "02:30", "02:45", "00:30-00:45"}, // shown twice: the first
		{"2027-10-31", "01:00", "24:00", "23:00-23:00"},
	} {
		opens, _ := time.Parse("15:04", c.opens)
		var have string
		for _, w := range (Recurrence{Start: opens, WindowEnd: c.ends}).windows(c.day, paris(t)) {
			have += w.Start.Format("15:04-") + w.End.Format("15:04")
		}
		if have != c.want {
			t.Errorf("%s to %s on %s is %q in UTC, want %q", c.opens, c.ends, c.day, have, c.want)
		}
	}
}

// FuzzRule holds that no text makes the reading of a rule panic or go on for ever, and that what a rule gives lies in order and between the bounds.
func FuzzRule(f *testing.F) {
	for _, text := range []string{
		"FREQ=MONTHLY;BYDAY=1TU", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYDAY=-53SU;WKST=SU",
		"FREQ=WEEKLY;INTERVAL=100;BYDAY=SU;BYSETPOS=-1", "FREQ=YEARLY;BYWEEKNO=53,-53;BYYEARDAY=366", "FREQ=YEARLY;BYMONTH=1,12;BYDAY=-5MO", "FREQ=DAILY;UNTIL=99991231",
	} {
		f.Add(text, int16(2026))
	}
	f.Fuzz(func(t *testing.T, text string, year int16) {
		var faults Faults
		start := time.Date(1900+int(uint16(year))%300, 6, 15, 9, 0, 0, 0, time.UTC)
		r := faults.rule("/rule", ruleText(text), start, paris(t))
		if (r == nil) != (len(faults) > 0) {
			t.Fatalf("%q: a rule %v with the faults %v", text, r != nil, faults)
		}
		if r == nil {
			return
		}
		first, last := dayOf(start), dayOf(start).plus(3*366)
		out, err := r.days(first, last)
		if err != nil {
			t.Fatalf("%q from %d: %v", text, start.Year(), err)
		}
		if len(out) > 3*367 {
			t.Fatalf("%q gives %d days in three years", text, len(out))
		}
		for i, day := range out {
			if day < first || day > last || i > 0 && out[i-1] >= day {
				t.Fatalf("%q gives %s after %v", text, day, out[:i])
			}
		}
	})
}
