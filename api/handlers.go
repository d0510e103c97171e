package api

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/dispatch/message"
)

// handlers answer the operations of the contract: one file per noun turns the contract's values into the business's and back.
type handlers struct {
	Health
	dispatch *dispatch.Service
	streams  *Streams
}

// listPage is page for the generated parameters, where a zero value was not given.
func listPage(limit int, cursor string, updatedSince time.Time) (dispatch.Page, error) {
	return page(orNil(limit), orNil(cursor), orNil(updatedSince))
}

// orNil is nil for a zero value: a field that was not given.
func orNil[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// each turns every value of a slice into another; it is never nil, so that JSON shows an empty array.
func each[A, B any](values []A, turn func(A) B) []B {
	out := make([]B, len(values))
	for i, v := range values {
		out[i] = turn(v)
	}
	return out
}

// inZone gives an instant the offset it has in an IANA zone; the zero time stays.
func inZone(t time.Time, name string) time.Time {
	if t.IsZero() {
		return t
	}
	if z, err := zone(name); err == nil {
		return t.In(z)
	}
	return t
}

// when is inZone of an instant there may be.
func when(t *time.Time, name string) time.Time {
	if t == nil {
		return time.Time{}
	}
	return inZone(*t, name)
}

func windowOf(s dispatch.Span, name string) oapi.Window {
	return oapi.Window{Start: inZone(s.Start, name), End: inZone(s.End, name)}
}

func windowsOf(spans []dispatch.Span, name string) []oapi.Window {
	return each(spans, func(s dispatch.Span) oapi.Window { return windowOf(s, name) })
}

func skillLevelsOf(levels []dispatch.SkillLevel) []oapi.SkillLevel {
	return each(levels, func(l dispatch.SkillLevel) oapi.SkillLevel { return oapi.SkillLevel(l) })
}

func skillLevels(levels []oapi.SkillLevel) []dispatch.SkillLevel {
	return each(levels, func(l oapi.SkillLevel) dispatch.SkillLevel { return dispatch.SkillLevel(l) })
}

// reasonsOf gives coded reasons their sentences in the caller's language.
func reasonsOf(ctx context.Context, reasons []dispatch.Reason) []oapi.Reason {
	locale := localeOf(ctx)
	return each(reasons, func(r dispatch.Reason) oapi.Reason {
		return oapi.Reason{Code: r.Code, Detail: message.Text(locale, r.Code, r.Params)}
	})
}

// localTimes reads the times of one body: local ones in one zone, every fault noted.
type localTimes struct {
	faults dispatch.Faults
	zone   *time.Location
}

// localTimes reads times in the zone that the body names; without one, in the site's, and without a site in the organization's.
func (h *handlers) localTimes(ctx context.Context, name string, site uuid.UUID) (*localTimes, error) {
	if name == "" {
		var err error
		if name, err = h.dispatch.TimeZone(ctx, principal(ctx), site); err != nil {
			return nil, err
		}
	}
	l := &localTimes{}
	z, err := zone(name)
	if err != nil {
		l.faults.Add("/time_zone", "time_zone.unknown", map[string]any{"zone": name})
		return nil, l.faults.Err()
	}
	l.zone = z
	return l, nil
}

func (l *localTimes) instant(path, text string, fold oapi.Fold) time.Time {
	return instant(&l.faults, path, text, l.zone, Fold(fold))
}

func (l *localTimes) windows(path string, windows []oapi.LocalWindow) []dispatch.Span {
	spans := make([]dispatch.Span, len(windows))
	for i, w := range windows {
		at := pointer(path, i)
		spans[i] = dispatch.Span{Start: l.instant(at+"/start", w.Start, w.Fold), End: l.instant(at+"/end", w.End, w.Fold)}
	}
	return spans
}

// duration reads an ISO 8601 duration; "" is zero: not given.
func (l *localTimes) duration(path, text string) time.Duration {
	if text == "" {
		return 0
	}
	d, err := parseDuration(text)
	if err != nil {
		l.faults.Add(path, "duration.malformed", nil)
	}
	return d
}

// withFaults joins the faults found while reading a body with those that the business finds: the caller sees all of them at once.
func withFaults(faults dispatch.Faults, err error) error {
	var e *dispatch.Error
	if errors.As(err, &e) && e.Kind == dispatch.KindInvalid {
		return append(faults, e.Faults...).Err()
	}
	if len(faults) > 0 {
		return faults.Err()
	}
	return err
}
