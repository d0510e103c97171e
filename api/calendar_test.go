package api

import (
	"io"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/google/uuid"

	"tournee/dispatch"
)

// calendarText is the calendar of an appointment in a zone, from a local time on.
func calendarText(t *testing.T, locale, zone string, start time.Time, length time.Duration) string {
	t.Helper()
	a := dispatch.Appointment{
		Booking:      dispatch.Booking{TimeZone: zone, Slot: dispatch.Span{Start: start, End: start.Add(length)}, Status: dispatch.BookingBooked},
		Visit:        dispatch.Visit{Record: dispatch.Record{ID: uuid.New(), Version: 3, UpdatedAt: start.Add(-time.Hour)}, Work: dispatch.Work{Mode: dispatch.OnSite}},
		Organization: "Dépannage & Fils; Île-de-France", Reference: "7KQ2-M9DX",
		Site: &dispatch.Site{Address: dispatch.Address{Street: "3 bis, allée de l’Œuvre-d’Art", Complement: "Bât. « Ÿ », \\ étage", PostalCode: "94240", City: "L’Haÿ-les-Roses", Country: "FR"}},
	}
	body, length64 := calendarOf(locale, a)
	text, err := io.ReadAll(body)
	if err != nil || int64(len(text)) != length64 {
		t.Fatalf("%d bytes of %d: %v", len(text), length64, err)
	}
	return string(text)
}

func local(t *testing.T, zone string, year int, month time.Month, day, hour int) time.Time {
	t.Helper()
	at, err := dispatch.Zone(zone)
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(year, month, day, hour, 0, 0, 0, at)
}

func TestACalendarIsWhatRFC5545Says(t *testing.T) {
	t.Parallel()
	text := calendarText(t, "fr", "Europe/Paris", local(t, "Europe/Paris", 2026, time.November, 27, 10), 2*time.Hour)
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("a line of %d bytes: %q", len(line), line)
		}
	}
	for _, want := range []string{
		"BEGIN:VCALENDAR\r\n", "VERSION:2.0\r\n", "PRODID:", "TZID:Europe/Paris\r\n", "BEGIN:STANDARD\r\nDTSTART:20261025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nEND:STANDARD\r\n",
		"DTSTAMP:20261127T080000Z\r\n", "DTSTART;TZID=Europe/Paris:20261127T100000\r\n", "DTEND;TZID=Europe/Paris:20261127T120000\r\n", "SEQUENCE:3\r\n", "STATUS:CONFIRMED\r\n", "END:VCALENDAR\r\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
	cal, err := ics.ParseCalendar(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	e := cal.Events()[0]
	for name, want := range map[ics.ComponentProperty]string{
		ics.ComponentPropertySummary:     "Intervention de Dépannage & Fils; Île-de-France",
		ics.ComponentPropertyLocation:    "3 bis, allée de l’Œuvre-d’Art, Bât. « Ÿ », \\ étage, 94240 L’Haÿ-les-Roses",
		ics.ComponentPropertyDescription: "Le technicien arrive entre 10:00 et 12:00. Référence : 7KQ2-M9DX.", //nolint:misspell // French
	} {
		if got := e.GetProperty(name); got == nil || got.Value != want {
			t.Errorf("%s is %+v, want %q", name, got, want)
		}
	}
}

func TestACalendarTellsTheZoneItsTimesAreOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		zone         string
		start        time.Time
		has, has2    string
		observances  int
		start2, end2 string
	}{
		"summer":                    {"Europe/Paris", local(t, "Europe/Paris", 2026, time.June, 18, 14), "BEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200", "TZNAME:CEST", 1, "20260618T140000", "20260618T160000"},
		"the night clocks go back":  {"Europe/Paris", local(t, "Europe/Paris", 2026, time.October, 25, 1), "BEGIN:DAYLIGHT", "BEGIN:STANDARD\r\nDTSTART:20261025T030000", 2, "20261025T010000", "20261025T010000Z"},
		"a zone that never changes": {"UTC", local(t, "UTC", 2026, time.June, 18, 14), "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000", "TZNAME:UTC", 1, "20260618T140000", "20260618T160000"},
		"overseas":                  {"Indian/Reunion", local(t, "Indian/Reunion", 2026, time.June, 18, 14), "TZOFFSETTO:+0400", "TZID:Indian/Reunion", 1, "20260618T140000", "20260618T160000"},
	} {
		text := calendarText(t, "en", c.zone, c.start, 2*time.Hour)
		if !strings.Contains(text, c.has) || !strings.Contains(text, c.has2) || strings.Count(text, "TZOFFSETTO") != c.observances || !strings.Contains(text, ":"+c.start2) || !strings.Contains(text, ":"+c.end2) {
			t.Errorf("%s:\n%s", name, text)
		}
		if !strings.Contains(text, "Visit by ") {
			t.Errorf("%s is not in English:\n%s", name, text)
		}
	}
}
