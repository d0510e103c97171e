package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"tournee/api/limit"
	"tournee/dispatch"
	"tournee/dispatch/identity"
)

// Limiter says whether a request may go on. There is always an answer.
type Limiter interface {
	Allow(ctx context.Context, class limit.Class, who limit.Caller) limit.Result
}

// classes are the endpoint classes by the name that an operation's x-limit gives.
func classes() map[string]limit.Class {
	byName := map[string]limit.Class{}
	for _, c := range limit.Classes() {
		byName[c.Name] = c
	}
	return byName
}

// limited counts the call against the limits of its class and tells where the caller stands, whatever the answer. It stands around the
// authentication: a call whose token is refused counts against its address.
func (s *Server) limited(next echo.HandlerFunc) echo.HandlerFunc {
	known := s.authenticate(func(echo.Context) error { return nil })
	return func(e echo.Context) error {
		ctx := e.Request().Context()
		c := callOf(ctx)
		if unlimited(e, c.operation) {
			return next(e)
		}
		refused := known(e)
		class := limit.Read
		if c.operation != nil {
			class = c.operation.class
		}
		who, err := c.caller(e, class)
		if err != nil && refused == nil {
			refused = err
		}
		r := s.config.Limiter.Allow(ctx, class, who)
		header := e.Response().Header()
		header.Set("RateLimit-Policy", limit.RateLimitPolicy(r))
		header.Set("RateLimit", limit.RateLimit(r))
		if !r.Allowed {
			return &refusal{
				status: http.StatusTooManyRequests, code: "too_many_requests", params: map[string]any{"seconds": limit.RetryAfter(r)},
				headers: map[string]string{"Retry-After": strconv.Itoa(limit.RetryAfter(r))},
			}
		}
		if refused != nil {
			return refused
		}
		return next(e)
	}
}

// unlimited reports whether the call counts against nothing: what watches over the program must get an answer.
func unlimited(e echo.Context, op *operation) bool {
	return (op != nil && op.unlimited) || e.Path() == "/metrics"
}

// caller is whom the call counts against. Where secrets can be guessed it is also the account that the call tries, so that many
// addresses cannot share out the guesses at one account.
func (c *call) caller(e echo.Context, class limit.Class) (limit.Caller, error) {
	address, _ := netip.ParseAddr(c.address) // the zero address counts as one, "unknown"
	who := limit.Caller{Address: address}
	switch {
	case c.principal.Role == dispatch.RolePartner:
		who.Key = c.principal.ID.String()
	case c.known():
		who.User = c.principal.ID.String()
	case class.Strict != nil && c.operation != nil:
		if err := c.read(e); err != nil {
			return who, err
		}
		who.User = c.account(e.Request())
	}
	return who, nil
}

// account is the name of the account that a sign-in, a reset or a token request tries, or "".
func (c *call) account(r *http.Request) string {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if id, _, ok := basicClient(c.authorization); ok {
			return id
		}
		form, err := url.ParseQuery(string(c.body))
		if err != nil {
			return ""
		}
		return form.Get("client_id")
	}
	var tried struct {
		Email string `json:"email"`
	}
	if json.Unmarshal(c.body, &tried) != nil {
		return "" // the validation says what is wrong with it
	}
	return identity.SignInName(tried.Email)
}
