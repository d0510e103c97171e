package dispatch

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zone data in the binary: the machine's may be missing or old
)

// Fold says which of the two instants is meant by a local time that comes twice.
type Fold string

// The folds.
const (
	FoldEarlier Fold = "earlier"
	FoldLater   Fold = "later"
)

// isoForms are the ways a local time is written in a body: RFC 3339 without an offset. Seconds may be left out, with an offset too.
var isoForms = []string{"2006-01-02T15:04:05.999999999", "2006-01-02T15:04"}

var zones sync.Map // IANA name -> *time.Location; only names that exist enter it, so it is bounded

// Zone is the IANA time zone of that name. "Local" and the empty name are none.
func Zone(name string) (*time.Location, error) {
	if l, ok := zones.Load(name); ok {
		return l.(*time.Location), nil
	}
	if name == "" || name == "Local" || len(name) > 64 {
		return nil, fmt.Errorf("dispatch: no time zone %q", name)
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("dispatch: no time zone %q", name)
	}
	zones.Store(name, l)
	return l, nil
}

// Instant reads a time that a caller gave: with an offset it is that instant; without one it is what clocks in the zone show, and fold
// says which is meant when they show it twice. Faults under path: time.malformed, time.does_not_exist (clocks skip it),
// time.ambiguous (they show it twice and fold is empty).
func (f *Faults) Instant(path, text string, in *time.Location, fold Fold) time.Time {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(form, text); err == nil {
			return t
		}
	}
	for _, form := range isoForms {
		if local, err := time.Parse(form, text); err == nil {
			return f.resolve(path, local, in, fold)
		}
	}
	f.Add(path, "time.malformed", nil)
	return time.Time{}
}

// resolve is the instant at which clocks in the zone show the local time, whose digits are held in UTC.
func (f *Faults) resolve(path string, local time.Time, in *time.Location, fold Fold) time.Time {
	found := Instants(local, in)
	params := map[string]any{"time": local.Format("2006-01-02T15:04:05"), "zone": in.String()}
	switch {
	case len(found) == 0:
		f.Add(path, "time.does_not_exist", params)
		return time.Time{}
	case len(found) == 1 || fold == FoldEarlier:
		return found[0]
	case fold == FoldLater:
		return found[len(found)-1]
	}
	f.Add(path, "time.ambiguous", params)
	return time.Time{}
}

// Instants are the moments at which clocks in a zone show a local time (its digits held in UTC), the earlier first: none for an hour that is
// skipped in spring, two for one that comes twice in autumn. Each offset that the zone has within a day of it is tried; zones change their
// offset by whole days at most (Samoa, 2011).
func Instants(local time.Time, in *time.Location) (found []time.Time) {
	for _, around := range []time.Time{local.Add(-25 * time.Hour), local, local.Add(25 * time.Hour)} {
		_, offset := around.In(in).Zone()
		t := local.Add(-time.Duration(offset) * time.Second).In(in)
		_, shown := t.Zone()
		if shown != offset || (len(found) > 0 && found[len(found)-1].Equal(t)) {
			continue
		}
		found = append(found, t)
	}
	return found
}

// MaxDuration bounds every duration that comes in: far beyond any shift or warranty of ours, far below what an int64 of nanoseconds holds.
const MaxDuration = 3650 * 24 * time.Hour

// ParseDuration reads an ISO 8601 duration of days, hours, minutes and seconds (P1D, PT1H30M, PT0.5H is refused), each whole, in
// that order; a day is 24 hours. It is never negative and at most ten years.
func ParseDuration(text string) (time.Duration, error) {
	malformed := fmt.Errorf("dispatch: %q is not an ISO 8601 duration such as PT1H30M", text)
	rest, ok := strings.CutPrefix(text, "P")
	if !ok || rest == "" || strings.HasSuffix(rest, "T") {
		return 0, malformed
	}
	days, clock, _ := strings.Cut(rest, "T")
	var total time.Duration
	for _, part := range []struct {
		text, units string
		length      []time.Duration
	}{{days, "D", []time.Duration{24 * time.Hour}}, {clock, "HMS", []time.Duration{time.Hour, time.Minute, time.Second}}} {
		next := 0 // the first unit that may still come
		for s := part.text; s != ""; {
			end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
			if end < 1 || end > 9 {
				return 0, malformed
			}
			unit := strings.IndexByte(part.units[next:], s[end])
			if unit < 0 {
				return 0, malformed
			}
			n, err := strconv.Atoi(s[:end])
			if err != nil || time.Duration(n) > MaxDuration/part.length[next+unit] {
				return 0, malformed
			}
			total += time.Duration(n) * part.length[next+unit]
			next += unit + 1
			s = s[end+1:]
		}
	}
	if total > MaxDuration {
		return 0, malformed
	}
	return total, nil
}

// kept is a clock whose times are as the store gives them back, to the microsecond and in UTC: a record is told alike when it is made and when it
// is read.
func kept(clock func() time.Time) func() time.Time {
	return func() time.Time { return clock().UTC().Truncate(time.Microsecond) }
}
