package identity

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// claims of an access token (RFC 9068). An account's carries sid; a partner's carries client_id and scope. What the account may do is
// not in the token but read with the session, so that a change of role bites as fast as a sign-out.
type claims struct {
	jwt.RegisteredClaims
	SessionID string `json:"sid,omitempty"`
	ClientID  string `json:"client_id,omitempty"`
	Scope     string `json:"scope,omitempty"` // space-separated
}

// accessToken signs a token for a session of the account.
func (s *Service) accessToken(ctx context.Context, accountID, sessionID uuid.UUID) (string, error) {
	return s.sign(ctx, accountID, AccessTTL, claims{SessionID: sessionID.String()})
}

// clientToken signs a token for an API key, narrowed to the scopes.
func (s *Service) clientToken(ctx context.Context, keyID uuid.UUID, scopes []string, ttl time.Duration) (string, error) {
	return s.sign(ctx, keyID, ttl, claims{ClientID: clientID(keyID), Scope: strings.Join(scopes, " ")})
}

func (s *Service) sign(ctx context.Context, subject uuid.UUID, ttl time.Duration, c claims) (string, error) {
	kid, key, err := s.ring.current(ctx)
	if err != nil {
		return "", err
	}
	jti, err := s.newID()
	if err != nil {
		return "", err
	}
	now := s.now()
	c.RegisteredClaims = jwt.RegisteredClaims{
		Issuer: s.config.Issuer, Audience: jwt.ClaimStrings{s.config.Audience}, Subject: subject.String(), ID: jti.String(),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(ttl)),
	}
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, c)
	t.Header["kid"], t.Header["typ"] = kid, "at+jwt"
	return t.SignedString(key)
}

var errUnknownKey = errors.New("identity: signed with a key that is not, or no longer, in the ring")

// parseAccess checks signature, type, issuer, audience and expiry. Errors: token_expired, token_invalid (401), or the store's.
func (s *Service) parseAccess(ctx context.Context, token string) (claims, error) {
	var c claims
	var failure error // the store's, which the library would wrap as a bad token
	keyOf := func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if t.Header["typ"] != "at+jwt" {
			return nil, errNotOurs
		}
		key, ok, err := s.ring.verifier(ctx, kid)
		if err != nil {
			failure = err
			return nil, err
		}
		if !ok {
			return nil, errUnknownKey
		}
		return key, nil
	}
	_, err := jwt.ParseWithClaims(token, &c, keyOf, jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithIssuer(s.config.Issuer),
		jwt.WithAudience(s.config.Audience), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.now))
	switch {
	case failure != nil:
		return c, failure
	case errors.Is(err, jwt.ErrTokenExpired):
		return c, refused("token_expired", err)
	case err != nil:
		return c, refused("token_invalid", err)
	}
	return c, nil
}
