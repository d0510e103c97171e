package api

import (
	"context"

	"github.com/google/uuid"

	"tournee/api/internal/oapi"
	"tournee/dispatch/identity"
)

func scopesOf(scopes []string) []oapi.Scope {
	return each(scopes, func(s string) oapi.Scope { return oapi.Scope(s) })
}

func apiKeyOf(k identity.APIKey) oapi.APIKey {
	return oapi.APIKey{
		ID: k.ID, PartnerID: k.PartnerID, Name: k.Name, ClientID: k.ClientID(), Scopes: scopesOf(k.Scopes),
		CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, LastUsedAt: k.LastUsedAt, RevokedAt: k.RevokedAt,
	}
}

// newKeyOf is the one answer that shows the key itself.
func newKeyOf(k identity.APIKey, text string) oapi.APIKeyWithSecret {
	return oapi.APIKeyWithSecret{
		ID: k.ID, PartnerID: k.PartnerID, Name: k.Name, ClientID: k.ClientID(), Scopes: scopesOf(k.Scopes),
		CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, Key: text,
	}
}

// ListAPIKeys lists partners' keys, without secrets.
func (h *handlers) ListAPIKeys(ctx context.Context, in oapi.ListAPIKeysRequestObject) (oapi.ListAPIKeysResponseObject, error) {
	after, rows, err := idPage(in.Params.Limit, in.Params.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := h.identity.ListAPIKeys(ctx, principal(ctx), identity.KeyFilter{PartnerID: in.Params.PartnerID, After: after, Limit: rows})
	list, next := cut(list, rows, func(k identity.APIKey) uuid.UUID { return k.ID })
	return oapi.ListAPIKeys200JSONResponse{Items: each(list, apiKeyOf), NextCursor: next, AsOf: h.now()}, err
}

// CreateAPIKey makes a key for a partner.
func (h *handlers) CreateAPIKey(ctx context.Context, in oapi.CreateAPIKeyRequestObject) (oapi.CreateAPIKeyResponseObject, error) {
	b := in.Body
	n := identity.NewKey{
		PartnerID: b.PartnerID, Name: b.Name, ExpiresAt: b.ExpiresAt,
		Scopes: each(b.Scopes, func(s oapi.Scope) string { return string(s) }),
	}
	k, text, err := h.identity.CreateAPIKey(ctx, principal(ctx), n, caller(ctx))
	return oapi.CreateAPIKey201JSONResponse(newKeyOf(k, text)), err
}

// RotateAPIKey makes the key that follows an old one.
func (h *handlers) RotateAPIKey(ctx context.Context, in oapi.RotateAPIKeyRequestObject) (oapi.RotateAPIKeyResponseObject, error) {
	k, text, err := h.identity.RotateAPIKey(ctx, principal(ctx), in.ID, in.Body.ExpiresAt, in.Body.OldUntil, caller(ctx))
	return oapi.RotateAPIKey201JSONResponse(newKeyOf(k, text)), err
}

// RevokeAPIKey ends a key.
func (h *handlers) RevokeAPIKey(ctx context.Context, in oapi.RevokeAPIKeyRequestObject) (oapi.RevokeAPIKeyResponseObject, error) {
	return oapi.RevokeAPIKey204Response{}, h.identity.RevokeAPIKey(ctx, principal(ctx), in.ID, caller(ctx))
}
