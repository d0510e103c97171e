package dispatch

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// Day is a calendar day where the work is done, YYYY-MM-DD. Days compare as texts.
type Day string

const dayForm = "2006-01-02"

// dayOf is the day that t shows in its own zone.
func dayOf(t time.Time) Day { return Day(t.Format(dayForm)) }

// digits is the day's midnight in UTC; the zero time for what is no day.
func (d Day) digits() time.Time {
	t, err := time.Parse(dayForm, string(d))
	if err != nil {
		return time.Time{}
	}
	return t
}

// Valid reports whether there is such a day, in the years that four digits write.
func (d Day) Valid() bool { return !d.digits().IsZero() }

func (d Day) plus(days int) Day { return dayOf(d.digits().AddDate(0, 0, days)) }

// The bounds of a rule. The contract names them as well.
const (
	maxRule     = 300 // characters
	maxInterval = 100
	maxCount    = 2000
)

// byParts are the parts that choose days: their values, and the frequencies that they go with (RFC 5545, 3.3.10). Parts that choose hours are not
// taken: an occurrence is a day, so a rule gives at most 366 in a year.
var byParts = map[string]struct {
	most  int
	minus bool // counts from the end as well
	with  []string
	into  func(*rrule.ROption) *[]int
}{
	"BYMONTH":    {12, false, []string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}, func(o *rrule.ROption) *[]int { return &o.Bymonth }},
	"BYMONTHDAY": {31, true, []string{"DAILY", "MONTHLY", "YEARLY"}, func(o *rrule.ROption) *[]int { return &o.Bymonthday }},
	"BYYEARDAY":  {366, true, []string{"YEARLY"}, func(o *rrule.ROption) *[]int { return &o.Byyearday }},
	"BYWEEKNO":   {53, true, []string{"YEARLY"}, func(o *rrule.ROption) *[]int { return &o.Byweekno }},
	"BYSETPOS":   {366, true, []string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}, func(o *rrule.ROption) *[]int { return &o.Bysetpos }},
}

var (
	frequencies = map[string]rrule.Frequency{"DAILY": rrule.DAILY, "WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY, "YEARLY": rrule.YEARLY}
	weekdays    = map[string]rrule.Weekday{"MO": rrule.MO, "TU": rrule.TU, "WE": rrule.WE, "TH": rrule.TH, "FR": rrule.FR, "SA": rrule.SA, "SU": rrule.SU}
	weekdayForm = regexp.MustCompile(`^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$`)
)

// ruleText is a rule as it is kept: in capitals, without its name.
func ruleText(text string) string {
	return strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "RRULE:")
}

// dayRule is an RFC 5545 rule whose occurrences are days.
type dayRule struct {
	rule  *rrule.RRule
	years int // that the rule is evaluated later than it is meant
}

// rule reads a rule that starts at start, whose digits are held in UTC; UNTIL with a Z is an instant, told in the zone. What is wrong
// is noted under path, and nil given.
func (f *Faults) rule(path, text string, start time.Time, zone *time.Location) *dayRule {
	before := len(*f)
	parts := f.ruleParts(path, text)
	if parts == nil {
		return nil
	}
	option := rrule.ROption{Dtstart: start}
	for name, value := range parts {
		if !ruleValue(&option, name, value, zone) {
			f.Add(path, "series.rule_value", map[string]any{"part": name + "=" + value})
		}
	}
	if len(*f) == before {
		f.ruleCombination(path, parts, option)
	}
	if len(*f) > before {
		return nil
	}
	// For a rule that never matches the library looks through every day up to the year 9999. The calendar repeats every 400 years, days of the week
	// included: shifted by a multiple of that, it gives up after a few centuries.
	years := max(0, (9999-40-start.Year())/400*400)
	option.Dtstart = option.Dtstart.AddDate(years, 0, 0)
	if !option.Until.IsZero() {
		option.Until = option.Until.AddDate(years, 0, 0)
	}
	r, err := rrule.NewRRule(option)
	if err != nil {
		f.Add(path, "series.rule_value", map[string]any{"part": text})
		return nil
	}
	return &dayRule{rule: r, years: years}
}

// ruleParts takes a rule apart; nil when it is none.
func (f *Faults) ruleParts(path, text string) map[string]string {
	if text == "" || len(text) > maxRule {
		f.Add(path, "series.rule_length", map[string]any{"most": maxRule})
		return nil
	}
	before := len(*f)
	parts := map[string]string{}
	for part := range strings.SplitSeq(text, ";") {
		name, value, ok := strings.Cut(part, "=")
		_, by := byParts[name]
		switch {
		case !ok || value == "":
			f.Add(path, "series.rule_value", map[string]any{"part": part})
		case !by && !slices.Contains([]string{"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"}, name):
			f.Add(path, "series.rule_part", map[string]any{"part": name})
		case parts[name] != "":
			f.Add(path, "series.rule_twice", map[string]any{"part": name})
		default:
			parts[name] = value
		}
	}
	if parts["FREQ"] == "" {
		f.Add(path, "series.rule_frequency", nil)
	}
	if len(*f) > before {
		return nil
	}
	return parts
}

// ruleValue reads one part; false for a value that it cannot have.
func ruleValue(o *rrule.ROption, name, value string, zone *time.Location) (ok bool) {
	switch name {
	case "FREQ":
		o.Freq, ok = frequencies[value]
	case "INTERVAL":
		o.Interval, ok = wholeNumber(value, 1, maxInterval, false)
	case "COUNT":
		o.Count, ok = wholeNumber(value, 1, maxCount, false)
	case "UNTIL":
		o.Until, ok = until(value, zone)
	case "WKST":
		o.Wkst, ok = weekdays[value]
	case "BYDAY":
		o.Byweekday, ok = byDay(value)
	default:
		by := byParts[name]
		for text := range strings.SplitSeq(value, ",") {
			n, fits := wholeNumber(text, 1, by.most, by.minus)
			if !fits {
				return false
			}
			*by.into(o) = append(*by.into(o), n)
		}
		return true
	}
	return ok
}

// wholeNumber reads a whole number inside bounds; with minus, its negative as well.
func wholeNumber(text string, least, most int, minus bool) (int, bool) {
	n, err := strconv.Atoi(text)
	size := n
	if minus && n < 0 {
		size = -n
	}
	return n, err == nil && size >= least && size <= most
}

func byDay(value string) (days []rrule.Weekday, ok bool) {
	for text := range strings.SplitSeq(value, ",") {
		m := weekdayForm.FindStringSubmatch(text)
		if m == nil {
			return nil, false
		}
		day := weekdays[m[2]]
		if m[1] != "" {
			n, fits := wholeNumber(m[1], 1, 53, true)
			if !fits {
				return nil, false
			}
			day = day.Nth(n)
		}
		days = append(days, day)
	}
	return days, true
}

// until reads the last moment of a rule as digits held in UTC: a day is meant whole.
func until(value string, zone *time.Location) (time.Time, bool) {
	if t, err := time.Parse("20060102", value); err == nil {
		return t.Add(24*time.Hour - time.Second), true
	}
	if t, err := time.Parse("20060102T150405Z", value); err == nil {
		local := t.In(zone)
		return time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, time.UTC), true
	}
	t, err := time.Parse("20060102T150405", value)
	return t, err == nil
}

// ruleCombination notes parts that do not go together: what RFC 5545 forbids, and ordinary days beside numbered ones, which programs read
// differently.
func (f *Faults) ruleCombination(path string, parts map[string]string, o rrule.ROption) {
	no := func(parts ...string) {
		f.Add(path, "series.rule_combination", map[string]any{"parts": strings.Join(parts, ", ")})
	}
	frequency, chooses := parts["FREQ"], parts["BYDAY"] != ""
	for name := range parts {
		by, is := byParts[name]
		if !is {
			continue
		}
		chooses = chooses || name != "BYSETPOS"
		if !slices.Contains(by.with, frequency) {
			no("FREQ="+frequency, name)
		}
	}
	if parts["COUNT"] != "" && parts["UNTIL"] != "" {
		no("COUNT", "UNTIL")
	}
	if parts["BYSETPOS"] != "" && !chooses {
		no("BYSETPOS")
	}
	numbered, most := 0, 0
	for _, d := range o.Byweekday {
		if n := d.N(); n != 0 {
			numbered++
			most = max(most, n, -n)
		}
	}
	switch inMonth := frequency == "MONTHLY" || parts["BYMONTH"] != ""; {
	case numbered == 0:
	case frequency != "MONTHLY" && frequency != "YEARLY", parts["BYWEEKNO"] != "", numbered < len(o.Byweekday), inMonth && most > 5:
		no("FREQ="+frequency, "BYDAY="+parts["BYDAY"])
	}
}

// days are the rule's days from one to another, both included, in order.
func (r *dayRule) days(from, to Day) (out []Day, err error) {
	defer func() {
		if broken := recover(); broken != nil { // the library reads past the end of a year's table for some rules
			out, err = nil, fmt.Errorf("dispatch: evaluating the rule %s: %v", r.rule.OrigOptions.RRuleString(), broken)
		}
	}()
	next := r.rule.Iterator()
	for t, ok := next(); ok; t, ok = next() {
		day := dayOf(t.AddDate(-r.years, 0, 0))
		if day > to {
			break
		}
		if day >= from {
			out = append(out, day)
		}
	}
	return out, nil
}
