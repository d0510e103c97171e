package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
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
// authentication: a call whose token is refused counts against its address, and an address that showed many API keys that are nobody's
// is refused before another is looked up.
func (s *Server) limited(next echo.HandlerFunc) echo.HandlerFunc {
	known := s.authenticate(func(echo.Context) error { return nil })
	return func(e echo.Context) error {
		ctx := e.Request().Context()
		c := callOf(ctx)
		if unlimited(e, c.operation) {
			return next(e)
		}
		header := e.Response().Header()
		looksUp := c.operation != nil && !c.operation.public && identity.IsAPIKey(bearerOf(c.authorization))
		if looksUp {
			if r := s.refused.Look(c.from()); !r.Allowed {
				return tooMany(header, r)
			}
		}
		refused := known(e)
		if looksUp && refused != nil && dispatch.KindOf(refused) == dispatch.KindUnauthenticated {
			s.refused.Count(c.from())
		}
		class := limit.Read
		if c.operation != nil {
			class = c.operation.class
		}
		who, err := c.caller(e, class)
		if err != nil && refused == nil {
			refused = err
		}
		r := s.config.Limiter.Allow(ctx, class, who)
		if !r.Allowed {
			return tooMany(header, r)
		}
		tell(header, r)
		if refused != nil {
			return refused
		}
		return next(e)
	}
}

// tell says where the caller stands.
func tell(header http.Header, r limit.Result) {
	header.Set("RateLimit-Policy", limit.RateLimitPolicy(r))
	header.Set("RateLimit", limit.RateLimit(r))
}

func tooMany(header http.Header, r limit.Result) error {
	tell(header, r)
	return &refusal{
		status: http.StatusTooManyRequests, code: "too_many_requests", params: map[string]any{"seconds": limit.RetryAfter(r)},
		headers: map[string]string{"Retry-After": strconv.Itoa(limit.RetryAfter(r))},
	}
}

// from is the address of the caller; one that cannot be read is the zero address, and counts as one, "unknown".
func (c *call) from() netip.Addr {
	address, _ := netip.ParseAddr(c.address)
	return address
}

// unlimited reports whether the call counts against nothing: what watches over the program must get an answer.
func unlimited(e echo.Context, op *operation) bool {
	return (op != nil && op.unlimited) || e.Path() == "/metrics"
}

// caller is whom the call counts against. Where secrets can be guessed it is also the account that the call tries.
func (c *call) caller(e echo.Context, class limit.Class) (limit.Caller, error) {
	who := limit.Caller{Address: c.from()}
	switch {
	case c.principal.Role == dispatch.RolePartner:
		who.Key = c.principal.ID.String()
	case c.known():
		who.User = c.principal.ID.String()
	case class.Strict != nil && c.operation != nil:
		if err := c.read(e); err != nil {
			return who, err
		}
		who.Account = c.account(e.Request())
	}
	return who, nil
}

// account is the name of the account that a sign-in or a reset tries, or "". A token request tries none: nobody guesses 256 random bits.
func (c *call) account(r *http.Request) string {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return ""
	}
	var tried struct {
		Email string `json:"email"`
	}
	if json.Unmarshal(c.body, &tried) != nil {
		return "" // the validation says what is wrong with it
	}
	return identity.SignInName(tried.Email)
}
