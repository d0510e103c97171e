package api

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/dispatch/identity"
	"tournee/dispatch/message"
)

// Services are what the operations of the contract are answered from. Every field is required.
type Services struct {
	Dispatch *dispatch.Service
	Identity *identity.Service
	Limiter  Limiter
	Health   Health
	Now      func() time.Time
}

// Routes registers a handler for every operation of the contract: Config.Routes.
func (s Services) Routes(e *echo.Echo, streams *Streams) {
	h := &handlers{Health: s.Health, dispatch: s.Dispatch, identity: s.Identity, limiter: s.Limiter, streams: streams, now: s.Now}
	oapi.RegisterHandlers(e, oapi.NewStrictHandler(h, nil))
}

// handlers answer the operations of the contract: one file per noun turns the contract's values into the business's and back.
type handlers struct {
	Health
	dispatch *dispatch.Service
	identity *identity.Service
	limiter  Limiter
	streams  *Streams
	now      func() time.Time
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
	if z, err := dispatch.Zone(name); err == nil {
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

func skillLevelOf(l dispatch.SkillLevel) oapi.SkillLevel {
	return oapi.SkillLevel{Skill: l.Skill, Level: l.Level}
}

func skillLevel(l oapi.SkillLevel) dispatch.SkillLevel {
	return dispatch.SkillLevel{Skill: l.Skill, Level: l.Level}
}

func skillLevelsOf(levels []dispatch.SkillLevel) []oapi.SkillLevel { return each(levels, skillLevelOf) }

func skillLevels(levels []oapi.SkillLevel) []dispatch.SkillLevel { return each(levels, skillLevel) }

// reasonsOf gives coded reasons their sentences in the caller's language.
func reasonsOf(ctx context.Context, reasons []dispatch.Reason) []oapi.Reason {
	locale := callOf(ctx).locale
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
	z, err := dispatch.Zone(name)
	if err != nil {
		l.faults.Add("/time_zone", "time_zone.unknown", map[string]any{"zone": name})
		return nil, l.faults.Err()
	}
	l.zone = z
	return l, nil
}

func (l *localTimes) instant(path, text string, fold oapi.Fold) time.Time {
	return l.faults.Instant(path, text, l.zone, dispatch.Fold(fold))
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
	d, err := dispatch.ParseDuration(text)
	if err != nil {
		l.faults.Add(path, "duration.malformed", nil)
	}
	return d
}

// pointer is a JSON pointer to an element of an array.
func pointer(path string, i int) string { return path + "/" + strconv.Itoa(i) }
