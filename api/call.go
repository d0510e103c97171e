package api

import (
	"context"

	"github.com/labstack/echo/v4"

	"tournee/dispatch"
	"tournee/dispatch/message"
)

// call is what the server knows of the request it is answering. The stages fill it in order; handlers read it from their context.
type call struct {
	id        string // the request id, in every log line and problem document
	trace     trace
	address   string // of the caller, as the trusted proxies saw it
	path      string
	agent     string // the caller's User-Agent
	locale    string // "fr" or "en"
	asked     bool   // the caller asked for the locale with Accept-Language
	operation *operation
	// as received: HTTP Basic for a partner's token, else a bearer
	authorization string
	bearer        string
	principal     dispatch.Principal // the zero Principal on operations open to everyone
	body          []byte             // as received
	document      any                // the body, when it is JSON, decoded
}

type callKey struct{}

// callOf is the call being answered. Outside a request it is empty, and speaks French.
func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{locale: message.French}
}

// principal is who is calling.
func principal(ctx context.Context) dispatch.Principal { return callOf(ctx).principal }

// known reports whether the caller has shown who it is.
func (c *call) known() bool { return c.principal.ID != [16]byte{} }

// in is echo's context for this call, with the call in the request's context.
func (c *call) in(e echo.Context) {
	e.SetRequest(e.Request().WithContext(context.WithValue(e.Request().Context(), callKey{}, c)))
}

func newCall(e echo.Context) *call {
	r := e.Request()
	locale := message.Locale(r.Header.Get("Accept-Language"), "")
	c := &call{
		id:            requestID(r.Header.Get("X-Request-Id")),
		trace:         continued(r.Header.Get("Traceparent")),
		address:       e.RealIP(),
		path:          r.URL.Path,
		agent:         r.UserAgent(),
		authorization: r.Header.Get("Authorization"),
		locale:        locale,
		asked:         locale != "",
	}
	if !c.asked {
		c.locale = message.French
	}
	return c
}
