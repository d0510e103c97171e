package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/dispatch/message"
)

// problemType is the media type of every refusal (RFC 9457).
const problemType = "application/problem+json"

// problem is a problem document (RFC 9457 §3).
type problem struct {
	Type      string  `json:"type"`
	Title     string  `json:"title"`
	Status    int     `json:"status"`
	Detail    string  `json:"detail"`
	Code      string  `json:"code"`
	Instance  string  `json:"instance,omitempty"`
	RequestID string  `json:"request_id"`
	Errors    []fault `json:"errors,omitempty"`

	Alternatives []oapi.Slot `json:"alternatives,omitempty"` // an extension member: what is left when a slot is gone
}

// fault is one thing wrong with what was sent: in the body at Pointer (RFC 6901), or in the query, path or header parameter named.
type fault struct {
	Pointer   *string `json:"pointer,omitempty"`
	Parameter string  `json:"parameter,omitempty"`
	Code      string  `json:"code"`
	Detail    string  `json:"detail"`
}

// problemTypes is where the types of problems are; a type is its code under it.
const problemTypes = "https://tournee.example/problems/"

// refusal is an error that HTTP itself knows: a status of its own, and headers that go with it.
type refusal struct {
	status  int
	code    string
	params  map[string]any
	headers map[string]string
	err     error // the cause, for the log; never shown
}

func (r *refusal) Error() string {
	if r.err != nil {
		return r.code + ": " + r.err.Error()
	}
	return r.code
}

func (r *refusal) Unwrap() error { return r.err }

// statuses gives each kind of error its HTTP status.
var statuses = map[dispatch.Kind]int{
	dispatch.KindInternal:        http.StatusInternalServerError,
	dispatch.KindInvalid:         http.StatusUnprocessableEntity,
	dispatch.KindUnauthenticated: http.StatusUnauthorized,
	dispatch.KindForbidden:       http.StatusForbidden,
	dispatch.KindNotFound:        http.StatusNotFound,
	dispatch.KindConflict:        http.StatusConflict,
	dispatch.KindStale:           http.StatusPreconditionFailed,
	dispatch.KindTooMany:         http.StatusTooManyRequests,
	dispatch.KindUnavailable:     http.StatusServiceUnavailable,
	dispatch.KindGone:            http.StatusGone,
}

// problemOf says an error in the caller's language. An error of ours says nothing but its request id.
func problemOf(ctx context.Context, err error) problem {
	c := callOf(ctx)
	p := problem{Status: http.StatusInternalServerError, Code: "internal", RequestID: c.id, Instance: c.path}
	var params map[string]any
	var known *dispatch.Error
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		p.Status, p.Code, params = refused.status, refused.code, refused.params
	case errors.As(err, &known):
		p.Status = statuses[known.Kind]
		if known.Kind != dispatch.KindInternal {
			p.Code, params = known.Code, known.Params
		}
		for _, f := range known.Faults {
			p.Errors = append(p.Errors, faultOf(c.locale, f))
		}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled): // too slow, or the caller has gone
		p.Status, p.Code = http.StatusServiceUnavailable, "timeout"
	}
	if gone, ok := errors.AsType[*dispatch.SlotGone](err); ok {
		p.Alternatives = slotsOf(ctx, gone.Left)
	}
	p.Type = problemTypes + p.Code
	p.Title = title(c.locale, p.Status)
	p.Detail = message.Text(c.locale, p.Code, params)
	return p
}

// title is the sentence for the whole class of problem, the same at every occurrence (RFC 9457 §3.1.3).
func title(locale string, status int) string {
	return message.Text(locale, "title."+strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_"), nil)
}

func faultOf(locale string, f dispatch.Fault) fault {
	out := fault{Code: f.Code, Detail: message.Text(locale, f.Code, f.Params)}
	if _, name, isParameter := strings.Cut(f.Path, ":"); isParameter && !strings.HasPrefix(f.Path, "/") {
		out.Parameter = name
		return out
	}
	out.Pointer = &f.Path
	return out
}

// parameterPath is the Fault.Path of a parameter: "query:limit", "path:visit_id", "header:If-Match". A JSON pointer is empty or begins
// with "/", so the two cannot be mixed up.
func parameterPath(in, name string) string { return in + ":" + name }

// fail answers with the problem document of err; it is echo's error handler. An error of ours is logged here, once, with its cause.
func (s *Server) fail(err error, e echo.Context) {
	ctx := e.Request().Context()
	err = fromEcho(err)
	p := problemOf(ctx, err)
	if p.Status >= http.StatusInternalServerError {
		level := slog.LevelError
		if p.Status == http.StatusServiceUnavailable {
			level = slog.LevelWarn
		}
		s.log.LogAttrs(ctx, level, "request failed", append(callOf(ctx).attrs(), slog.Any("error", err))...)
	}
	if e.Response().Committed {
		return // the answer began before it failed: the connection's end says so
	}
	header := e.Response().Header()
	if refused, ok := errors.AsType[*refusal](err); ok {
		for k, v := range refused.headers {
			header.Set(k, v)
		}
	}
	var known *dispatch.Error
	if errors.As(err, &known) && known.Params["seconds"] != nil {
		header.Set("Retry-After", fmt.Sprint(known.Params["seconds"]))
	}
	oauth := callOf(ctx).operation != nil && callOf(ctx).operation.oauth
	if p.Status == http.StatusUnauthorized && header.Get("WWW-Authenticate") == "" {
		header.Set("WWW-Authenticate", challenge(p.Code, ""))
		if oauth {
			header.Set("WWW-Authenticate", `Basic realm="tournee"`)
		}
	}
	if p.Status == http.StatusServiceUnavailable && header.Get("Retry-After") == "" {
		header.Set("Retry-After", "1")
	}
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", problemType)
	header.Set("Content-Language", callOf(ctx).locale)
	header.Del("Content-Length")
	var document any = p
	if oauth {
		header.Set("Content-Type", "application/json")
		document = oauthError(&p)
	}
	body, err := json.Marshal(document)
	if err != nil {
		s.log.LogAttrs(ctx, slog.LevelError, "problem document", append(callOf(ctx).attrs(), slog.Any("error", err))...)
		return
	}
	e.Response().WriteHeader(p.Status)
	if e.Request().Method != http.MethodHead {
		_, _ = e.Response().Write(body) // a caller that is gone reads nothing
	}
}

// fromEcho gives the framework's own errors and the decoder's their stable codes.
func fromEcho(err error) error {
	var known *dispatch.Error
	var refused *refusal
	if errors.As(err, &known) || errors.As(err, &refused) {
		return err
	}
	if wrongType, ok := errors.AsType[*json.UnmarshalTypeError](err); ok { // what the contract's schema lets through and Go's types do not, such as 1.0 for an integer
		var faults dispatch.Faults
		faults.Add("/"+strings.ReplaceAll(wrongType.Field, ".", "/"), "field.type", map[string]any{"type": wrongType.Type.String()})
		return faults.Err()
	}
	var he *echo.HTTPError
	if !errors.As(err, &he) {
		return err
	}
	switch he.Code {
	case http.StatusNotFound:
		return &refusal{status: he.Code, code: "no_such_path"}
	case http.StatusMethodNotAllowed:
		return &refusal{status: he.Code, code: "method_not_allowed"} // echo's handler has set Allow
	case http.StatusUnsupportedMediaType:
		return &refusal{status: he.Code, code: "unsupported_media_type", params: map[string]any{"accepted": "application/json"}}
	case http.StatusBadRequest:
		return &refusal{status: he.Code, code: "bad_request", err: err}
	}
	return err
}
