package api

import (
	"io"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"tournee/dispatch"
	"tournee/dispatch/message"
)

// The forms of RFC 5545's times.
const (
	calendarLocal = "20060102T150405"
	calendarUTC   = calendarLocal + "Z"
)

// calendarOf is an appointment as a calendar with one event (RFC 5545), and its length in bytes. The event is the visit's: it stays the same one when
// the booking is moved, and every change of the visit makes it a newer one.
func calendarOf(locale string, a dispatch.Appointment) (io.Reader, int64) {
	zone, err := dispatch.Zone(a.TimeZone)
	if err != nil {
		zone = time.UTC // checked when it came in
	}
	cal := &ics.Calendar{}
	cal.SetVersion("2.0")
	cal.SetProductId("-//Tournée//Tournée//" + strings.ToUpper(locale))
	cal.SetCalscale("GREGORIAN")
	start, end := a.Slot.Start.In(zone), a.Slot.End.In(zone)
	cal.AddVTimezone(timezoneOf(a.TimeZone, start, end))
	event := cal.AddEvent(a.Visit.ID.String() + "@tournee")
	event.SetSequence(a.Visit.Version)
	event.SetProperty(ics.ComponentPropertyDtstamp, a.Visit.UpdatedAt.UTC().Format(calendarUTC))
	event.SetProperty(ics.ComponentPropertyLastModified, a.Visit.UpdatedAt.UTC().Format(calendarUTC))
	setMoment(event, ics.ComponentPropertyDtStart, start)
	setMoment(event, ics.ComponentPropertyDtEnd, end)
	event.SetSummary(message.Text(locale, "calendar.summary", map[string]any{"organization": a.Organization}))
	code := "calendar.window"
	if a.Visit.Mode == dispatch.Remote {
		code = "calendar.remote"
	}
	event.SetDescription(message.Text(locale, code, map[string]any{"start": start.Format("15:04"), "end": end.Format("15:04"), "reference": a.Reference}))
	if a.Site != nil && a.Visit.Mode == dispatch.OnSite {
		event.SetLocation(addressLine(a.Site.Address))
	}
	event.SetStatus(ics.ObjectStatusConfirmed)
	if a.Status == dispatch.BookingCancelled {
		event.SetStatus(ics.ObjectStatusCancelled)
	}
	text := cal.Serialize(ics.WithNewLineWindows)
	return strings.NewReader(text), int64(len(text))
}

// setMoment writes a moment by the clocks of its zone, or as UTC where they show it twice: then the first is meant (RFC 5545 §3.3.5).
func setMoment(event *ics.VEvent, name ics.ComponentProperty, at time.Time) {
	began, _ := at.ZoneBounds()
	_, before := began.Add(-time.Second).Zone()
	_, now := at.Zone()
	if !began.IsZero() && at.Sub(began) < time.Duration(before-now)*time.Second {
		event.SetProperty(name, at.UTC().Format(calendarUTC))
		return
	}
	event.SetProperty(name, at.Format(calendarLocal), ics.WithTZID(at.Location().String()))
}

// timezoneOf describes a zone as far as it is in force between two moments (RFC 5545 §3.6.5).
func timezoneOf(name string, start, end time.Time) *ics.VTimezone {
	out := ics.NewTimezone(name)
	for at := start; ; {
		began, ends := at.ZoneBounds()
		if began.IsZero() {
			began = time.Date(1970, time.January, 1, 0, 0, 0, 0, time.UTC)
		}
		out.Components = append(out.Components, observance(at, began))
		if ends.IsZero() || ends.After(end) {
			return out
		}
		at = ends
	}
}

// observance is the offset in force at a moment, since when, and the one before it.
func observance(at, began time.Time) ics.Component {
	before := began.Add(-time.Second).In(at.Location())
	name, _ := at.Zone()
	_, from := before.Zone()
	properties := ics.ComponentBase{}
	properties.AddProperty(ics.ComponentPropertyDtStart, began.In(time.FixedZone("", from)).Format(calendarLocal)) // by the clock that it ends
	properties.AddProperty(ics.ComponentProperty(ics.PropertyTzoffsetfrom), before.Format("-0700"))
	properties.AddProperty(ics.ComponentProperty(ics.PropertyTzoffsetto), at.Format("-0700"))
	properties.AddProperty(ics.ComponentProperty(ics.PropertyTzname), name)
	if at.IsDST() {
		return &ics.Daylight{ComponentBase: properties}
	}
	return &ics.Standard{ComponentBase: properties}
}

// addressLine is an address in one line.
func addressLine(a dispatch.Address) string {
	parts := []string{a.Street}
	if a.Complement != "" {
		parts = append(parts, a.Complement)
	}
	return strings.Join(append(parts, a.PostalCode+" "+a.City), ", ")
}
