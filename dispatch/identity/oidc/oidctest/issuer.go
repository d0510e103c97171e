// Package oidctest is an OpenID Connect issuer for tests: discovery, a key set, and ID tokens that it signs. It listens on loopback.
package oidctest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// Issuer signs with its newest key. It is safe for concurrent use.
type Issuer struct {
	URL string // as in the tokens' "iss"

	t       testing.TB
	mu      sync.Mutex
	keys    jose.JSONWebKeySet // what it publishes
	signer  crypto.Signer
	method  jwt.SigningMethod
	kid     string
	down    bool
	fetched int
}

// Start makes an issuer with one RSA key. It ends with the test.
func Start(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{t: t}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		i.answer(w, map[string]any{
			"issuer": i.URL, "jwks_uri": i.URL + "/keys", "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token",
			"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "HS256", "none"},
		})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		i.mu.Lock()
		i.fetched++
		keys := i.keys
		i.mu.Unlock()
		i.answer(w, keys)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	i.URL = server.URL
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i.Use("first", key, jwt.SigningMethodRS256)
	return i
}

func (i *Issuer) answer(w http.ResponseWriter, body any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.down {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(body); err != nil {
		i.t.Error(err)
	}
}

// Down makes the issuer answer every call with 502, or end that.
func (i *Issuer) Down(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.down = down
}

// Fetched counts how often the key set was asked for.
func (i *Issuer) Fetched() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetched
}

// Use signs with a new key from now on, and publishes it beside the old ones.
func (i *Issuer) Use(kid string, key crypto.Signer, method jwt.SigningMethod) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys.Keys = append(slices.Clip(i.keys.Keys), jose.JSONWebKey{Key: key.Public(), KeyID: kid, Use: "sig", Algorithm: method.Alg()})
	i.signer, i.method, i.kid = key, method, kid
}

// Token is an ID token with the claims, signed with the newest key.
func (i *Issuer) Token(c jwt.MapClaims) string {
	i.t.Helper()
	i.mu.Lock()
	method, signer := i.method, i.signer
	i.mu.Unlock()
	return i.Sign(method, signer, c)
}

// Sign is an ID token that names the newest key, whatever it is signed with.
func (i *Issuer) Sign(method jwt.SigningMethod, key any, c jwt.MapClaims) string {
	i.t.Helper()
	token := jwt.NewWithClaims(method, c)
	i.mu.Lock()
	token.Header["kid"] = i.kid
	i.mu.Unlock()
	text, err := token.SignedString(key)
	if err != nil {
		i.t.Fatal(err)
	}
	return text
}
