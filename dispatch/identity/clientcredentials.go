package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"tournee/dispatch"
)

// ClientToken is the answer to OAuth 2.0 client credentials (RFC 6749 §4.4.3; token_type is "Bearer").
type ClientToken struct {
	AccessToken string
	ExpiresIn   time.Duration
	Scope       string // space-separated; what was granted
}

// ClientCredentials exchanges an API key, split into client_id and client_secret, for a short-lived access token. scope (space-separated)
// narrows the token; "" grants every scope of the key. The token dies with the key. Errors carry the codes of RFC 6749 §5.2:
// invalid_client (401), invalid_scope (422 here; the edge answers it as 400).
func (s *Service) ClientCredentials(ctx context.Context, id, secret, scope string, c Caller) (ClientToken, error) {
	k, err := s.provenKey(ctx, id+"_"+secret)
	if dispatch.KindOf(err) == dispatch.KindUnauthenticated && err != nil {
		return ClientToken{}, refused("invalid_client", err)
	}
	if err != nil {
		return ClientToken{}, err
	}
	if id != k.ClientID() { // the key was cut elsewhere: one key, one name to count its tries under
		return ClientToken{}, refused("invalid_client", nil)
	}
	scopes := k.Scopes
	if strings.TrimSpace(scope) != "" {
		scopes = strings.Fields(scope)
		slices.Sort(scopes)
		scopes = slices.Compact(scopes)
	}
	for _, sc := range scopes {
		if !slices.Contains(k.Scopes, sc) {
			return ClientToken{}, &dispatch.Error{Kind: dispatch.KindInvalid, Code: "invalid_scope", Params: map[string]any{"scope": sc}}
		}
	}
	ttl := min(ClientTTL, k.ExpiresAt.Sub(s.now()))
	token, err := s.clientToken(ctx, k.ID, scopes, ttl)
	if err != nil {
		return ClientToken{}, err
	}
	err = s.store.Alone(ctx, func(ctx context.Context) error {
		return s.record(ctx, c, "client_token_issued", k.OrganizationID, k.ID, k.ID, nil)
	})
	return ClientToken{AccessToken: token, ExpiresIn: ttl, Scope: strings.Join(scopes, " ")}, err
}
