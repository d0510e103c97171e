package dispatch

import "time"

// HolidayCalendar says which days are public holidays.
type HolidayCalendar string

// The calendars.
const (
	NoHolidays     HolidayCalendar = "none"
	FranceHolidays HolidayCalendar = "fr"
	// AlsaceMoselleHolidays are those of Bas-Rhin, Haut-Rhin and Moselle, which keep two days more.
	AlsaceMoselleHolidays HolidayCalendar = "fr_alsace_moselle"
)

// Valid reports whether there is such a calendar.
func (c HolidayCalendar) Valid() bool {
	return c == NoHolidays || c == FranceHolidays || c == AlsaceMoselleHolidays
}

// monthDay is a day that comes back every year.
type monthDay struct {
	month time.Month
	day   int
}

// fixedHolidays and movingHolidays (by days after Easter Sunday) are the eleven days of Code du travail, L3133-1. Their values are keys of the
// message catalogue.
var (
	fixedHolidays = map[monthDay]string{
		{time.January, 1}:   "holiday.new_year",
		{time.May, 1}:       "holiday.labour_day",
		{time.May, 8}:       "holiday.victory_day",
		{time.July, 14}:     "holiday.bastille_day",
		{time.August, 15}:   "holiday.assumption",
		{time.November, 1}:  "holiday.all_saints",
		{time.November, 11}: "holiday.armistice",
		{time.December, 25}: "holiday.christmas",
	}
	movingHolidays = map[int]string{1: "holiday.easter_monday", 39: "holiday.ascension", 50: "holiday.whit_monday"}
)

// On is the holiday that a day is, by the day that t shows in its own zone: a key of the message catalogue, "" for none. 8 May and Ascension may
// be one day, as in 1997: the fixed one is given.
func (c HolidayCalendar) On(t time.Time) string {
	if c != FranceHolidays && c != AlsaceMoselleHolidays {
		return ""
	}
	year, month, day := t.Date()
	if name := fixedHolidays[monthDay{month, day}]; name != "" {
		return name
	}
	month0, day0 := easter(year)
	after := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Sub(time.Date(year, month0, day0, 0, 0, 0, 0, time.UTC))
	days := int(after / (24 * time.Hour))
	switch {
	case c == AlsaceMoselleHolidays && days == -2:
		return "holiday.good_friday" // Code du travail, L3134-13: where a commune has a Protestant church; taken everywhere
	case c == AlsaceMoselleHolidays && month == time.December && day == 26:
		return "holiday.saint_stephen" // the same
	}
	return movingHolidays[days]
}

// easter is Easter Sunday of the Gregorian calendar, after J. Meeus, Astronomical Algorithms (1991), chapter 8: the anonymous rule of Nature, 20
// April 1876. It holds for every year from 1583 on.
func easter(year int) (time.Month, int) {
	a, b, c := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return time.Month(n / 31), n%31 + 1
}
