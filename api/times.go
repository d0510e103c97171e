package api

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zone data in the binary: the machine's may be missing or old

	"tournee/dispatch"
)

// Fold says which of the two instants is meant by a local time that comes twice.
type Fold string

// The folds.
const (
	FoldEarlier Fold = "earlier"
	FoldLater   Fold = "later"
)

// localForms are the ways a local time is written (RFC 3339 without an offset, seconds optional).
var localForms = []string{"2006-01-02T15:04:05.999999999", "2006-01-02T15:04"}

// maxDuration bounds every duration that comes in: far beyond any shift or warranty of ours, far below what an int64 of nanoseconds holds.
const maxDuration = 3650 * 24 * time.Hour

// instantText writes an instant with the offset it has in the zone (RFC 3339).
func instantText(t time.Time, in *time.Location) string { return t.In(in).Format(time.RFC3339Nano) }

var zones sync.Map // IANA name -> *time.Location; only names that exist enter it, so it is bounded

// zone is the IANA time zone of that name. "Local" and the empty name are none.
func zone(name string) (*time.Location, error) {
	if l, ok := zones.Load(name); ok {
		return l.(*time.Location), nil
	}
	if name == "" || name == "Local" || len(name) > 64 {
		return nil, fmt.Errorf("api: no time zone %q", name)
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("api: no time zone %q", name)
	}
	zones.Store(name, l)
	return l, nil
}

// instant reads a time that a caller gave: with an offset it is that instant; without one it is what clocks in the zone show, and fold
// says which is meant when they show it twice. Faults under path: time.malformed, time.does_not_exist (clocks skip it),
// time.ambiguous (they show it twice and fold is empty).
func instant(faults *dispatch.Faults, path, text string, in *time.Location, fold Fold) time.Time {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t
	}
	for _, form := range localForms {
		local, err := time.Parse(form, text)
		if err != nil {
			continue
		}
		return resolve(faults, path, local, in, fold)
	}
	faults.Add(path, "time.malformed", nil)
	return time.Time{}
}

// resolve finds the instants at which clocks in the zone show the local time (held in UTC): each offset that the zone has within a day
// of it is tried. Zones change their offset by whole days at most (Samoa, 2011).
func resolve(faults *dispatch.Faults, path string, local time.Time, in *time.Location, fold Fold) time.Time {
	var found []time.Time // at most two, the earlier first
	for _, around := range []time.Time{local.Add(-25 * time.Hour), local, local.Add(25 * time.Hour)} {
		_, offset := around.In(in).Zone()
		t := local.Add(-time.Duration(offset) * time.Second).In(in)
		if !sameClock(t, local) || (len(found) > 0 && found[len(found)-1].Equal(t)) {
			continue
		}
		found = append(found, t)
	}
	params := map[string]any{"time": local.Format("2006-01-02T15:04:05"), "zone": in.String()}
	switch {
	case len(found) == 0:
		faults.Add(path, "time.does_not_exist", params)
		return time.Time{}
	case len(found) == 1 || fold == FoldEarlier:
		return found[0]
	case fold == FoldLater:
		return found[len(found)-1]
	}
	faults.Add(path, "time.ambiguous", params)
	return time.Time{}
}

func sameClock(t, local time.Time) bool {
	_, offset := t.Zone()
	return t.Add(time.Duration(offset) * time.Second).Equal(local)
}

// durationText writes a duration as ISO 8601 does, in hours, minutes and seconds: PT1H30M. Less than a second is cut off.
func durationText(d time.Duration) string {
	if d < time.Second {
		return "PT0S"
	}
	s := strings.ToUpper(d.Truncate(time.Second).String()) // 1H30M0S
	for _, zero := range []string{"M0S", "H0M"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return "PT" + s
}

// parseDuration reads an ISO 8601 duration of days, hours, minutes and seconds (P1D, PT1H30M, PT0.5H is refused), each whole, in
// that order; a day is 24 hours. It is never negative and at most ten years.
func parseDuration(text string) (time.Duration, error) {
	malformed := fmt.Errorf("api: %q is not an ISO 8601 duration such as PT1H30M", text)
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
			if err != nil || time.Duration(n) > maxDuration/part.length[next+unit] {
				return 0, malformed
			}
			total += time.Duration(n) * part.length[next+unit]
			next += unit + 1
			s = s[end+1:]
		}
	}
	if total > maxDuration {
		return 0, malformed
	}
	return total, nil
}
