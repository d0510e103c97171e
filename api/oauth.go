package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

// IssueToken trades a partner's API key for an access token: OAuth 2.0 client credentials (RFC 6749 §4.4).
func (h *handlers) IssueToken(ctx context.Context, in oapi.IssueTokenRequestObject) (oapi.IssueTokenResponseObject, error) {
	id, secret, err := client(callOf(ctx).authorization, in.Body)
	if err != nil {
		return nil, err
	}
	t, err := h.identity.ClientCredentials(ctx, id, secret, in.Body.Scope, caller(ctx))
	return oapi.IssueToken200JSONResponse{
		Body: oapi.TokenResponse{
			AccessToken: t.AccessToken, TokenType: oapi.TokenResponseTokenTypeBearer, ExpiresIn: int(t.ExpiresIn / time.Second), Scope: t.Scope,
		},
		Headers: oapi.IssueToken200ResponseHeaders{CacheControl: "no-store"},
	}, err
}

// client is who asks for a token, by the header or by the form but not by both (RFC 6749 §2.3).
func client(authorization string, form *oapi.TokenRequest) (id, secret string, err error) {
	if authorization == "" {
		return form.ClientID, form.ClientSecret, nil
	}
	id, secret, ok := basicClient(authorization)
	switch {
	case !ok:
		return "", "", &dispatch.Error{Kind: dispatch.KindUnauthenticated, Code: "invalid_client"}
	case form.ClientSecret != "" || form.ClientID != "" && form.ClientID != id:
		return "", "", &refusal{status: http.StatusBadRequest, code: "client_named_twice"}
	}
	return id, secret, nil
}

// basicClient reads an Authorization header of HTTP Basic, whose two parts are form-encoded first (RFC 6749 §2.3.1).
func basicClient(authorization string) (id, secret string, ok bool) {
	r := http.Request{Header: http.Header{"Authorization": {authorization}}}
	user, password, ok := r.BasicAuth()
	if !ok {
		return "", "", false
	}
	id, err1 := url.QueryUnescape(user)
	secret, err2 := url.QueryUnescape(password)
	return id, secret, err1 == nil && err2 == nil
}

// oauthError is the problem as RFC 6749 §5.2 has it; every mistake of the caller's is a 400 there, save who it is.
func oauthError(p *problem) oapi.OAuthError {
	e := oapi.OAuthError{Error: oapi.OAuthErrorCodeInvalidRequest}
	switch {
	case p.Status == http.StatusUnauthorized:
		e.Error = oapi.OAuthErrorCodeInvalidClient
	case p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable:
		e.Error = oapi.OAuthErrorCodeTemporarilyUnavailable
	case p.Status >= http.StatusInternalServerError:
		e.Error = oapi.OAuthErrorCodeServerError
	default:
		p.Status = http.StatusBadRequest
		if p.Code == "invalid_scope" {
			e.Error = oapi.OAuthErrorCodeInvalidScope
		}
		if slices.ContainsFunc(p.Errors, otherGrant) {
			e.Error = oapi.OAuthErrorCodeUnsupportedGrantType
		}
	}
	sentences := []string{p.Detail}
	for _, f := range p.Errors {
		if f.Pointer != nil {
			sentences = append(sentences, strings.TrimPrefix(*f.Pointer, "/")+": "+f.Detail)
		}
	}
	description := strings.Map(describing, strings.Join(sentences, " "))
	e.ErrorDescription = description[:min(len(description), descriptionMax)]
	return e
}

// descriptionMax is how long an error_description may be, as the contract says; one is ASCII.
const descriptionMax = 400

func otherGrant(f fault) bool {
	return f.Pointer != nil && *f.Pointer == "/grant_type" && f.Code == "field.enum"
}

// describing keeps the characters that an error_description may hold (RFC 6749 §5.2), and makes quotation marks of others.
func describing(r rune) rune {
	if r < ' ' || r > '~' || r == '"' || r == '\\' {
		return '\''
	}
	return r
}
