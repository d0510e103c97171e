package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"tournee/dispatch"
	"tournee/dispatch/message"
)

// Authenticator finds out who a bearer token or API key belongs to. Its refusals are *dispatch.Error of KindUnauthenticated.
type Authenticator interface {
	Authenticate(ctx context.Context, bearer string) (dispatch.Principal, error)
}

// authenticate finds the caller of every operation that is not open to everyone. Whether the token is good is all it asks.
func (s *Server) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(e echo.Context) error {
		r := e.Request()
		c := callOf(r.Context())
		if c.operation == nil || c.operation.public {
			return next(e)
		}
		c.bearer = bearerOf(c.authorization)
		if c.bearer == "" {
			return &dispatch.Error{Kind: dispatch.KindUnauthenticated, Code: "unauthenticated"}
		}
		p, err := s.config.Identity.Authenticate(r.Context(), c.bearer)
		if err != nil {
			if dispatch.KindOf(err) == dispatch.KindUnauthenticated {
				e.Response().Header().Set("WWW-Authenticate", challenge("invalid_token", ""))
			}
			return err
		}
		c.principal = p
		if !c.asked && (p.Locale == message.French || p.Locale == message.English) {
			c.locale = p.Locale
		}
		return next(e)
	}
}

// authorize refuses an operation that the caller's role, or a partner's scopes, do not open. What a principal may see inside an
// operation is the service's business.
func (s *Server) authorize(next echo.HandlerFunc) echo.HandlerFunc {
	return func(e echo.Context) error {
		c := callOf(e.Request().Context())
		op := c.operation
		switch {
		case op == nil || op.public:
			return next(e)
		case !slices.Contains(op.roles, c.principal.Role):
			return dispatch.Forbidden()
		case c.principal.Role == dispatch.RolePartner && op.scope != "" && !slices.Contains(c.principal.Scopes, op.scope):
			return &refusal{
				status: http.StatusForbidden, code: "scope_missing", params: map[string]any{"scope": op.scope},
				headers: map[string]string{"WWW-Authenticate": challenge("insufficient_scope", op.scope)},
			}
		}
		return next(e)
	}
}

// bearerOf is the token of an Authorization header (RFC 6750 §2.1), or "".
func bearerOf(header string) string {
	scheme, token, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// challenge is a WWW-Authenticate header (RFC 6750 §3). Its error is told only to who showed a token.
func challenge(code, scope string) string {
	h := `Bearer realm="tournee"`
	if code == "invalid_token" || code == "insufficient_scope" {
		h += `, error="` + code + `"`
	}
	if scope != "" {
		h += `, scope="` + scope + `"`
	}
	return h
}
