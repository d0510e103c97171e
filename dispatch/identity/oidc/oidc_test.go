package oidc_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"tournee/dispatch"
	"tournee/dispatch/identity"
	"tournee/dispatch/identity/oidc"
)

var now = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// issuer is an OpenID Connect issuer: discovery, a key set, and tokens signed with its newest key.
type issuer struct {
	*httptest.Server
	t  *testing.T
	mu sync.Mutex
	// what it publishes and signs with
	keys    jose.JSONWebKeySet
	signer  crypto.Signer
	method  jwt.SigningMethod
	kid     string
	down    bool
	fetched int // times the key set was asked for
}

func start(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{t: t}
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
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i.use("first", key, jwt.SigningMethodRS256)
	return i
}

func (i *issuer) answer(w http.ResponseWriter, body any) {
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

func (i *issuer) outage(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.down = down
}

// use signs with a new key, and publishes it beside the old ones.
func (i *issuer) use(kid string, key crypto.Signer, method jwt.SigningMethod) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys.Keys = append(slices.Clip(i.keys.Keys), jose.JSONWebKey{Key: key.Public(), KeyID: kid, Use: "sig", Algorithm: method.Alg()})
	i.signer, i.method, i.kid = key, method, kid
}

// claims are those of a good token.
func (i *issuer) claims() jwt.MapClaims {
	return jwt.MapClaims{
		"iss": i.URL, "sub": "42", "aud": "tournee-android", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "nonce": "n-1",
		"email": "jeanne@example.fr", "email_verified": true, "name": "Jeanne Petit",
	}
}

func (i *issuer) token(c jwt.MapClaims) string { return i.sign(i.method, i.signer, c) }

func (i *issuer) sign(method jwt.SigningMethod, key any, c jwt.MapClaims) string {
	i.t.Helper()
	token := jwt.NewWithClaims(method, c)
	token.Header["kid"] = i.kid
	text, err := token.SignedString(key)
	if err != nil {
		i.t.Fatal(err)
	}
	return text
}

func (i *issuer) verifier() *oidc.Verifier {
	i.t.Helper()
	v, err := oidc.New(oidc.Config{Issuer: i.URL, Audiences: []string{"tournee-android", "tournee-ios"}}, func() time.Time { return now })
	if err != nil {
		i.t.Fatal(err)
	}
	return v
}

func TestATokenOfTheIssuerSaysWhoItIs(t *testing.T) {
	t.Parallel()
	i := start(t)
	got, err := i.verifier().Verify(t.Context(), i.token(i.claims()))
	want := identity.External{Issuer: i.URL, Subject: "42", Email: "jeanne@example.fr", EmailVerified: true, Name: "Jeanne Petit", Nonce: "n-1"}
	if err != nil || got != want {
		t.Errorf("%+v %v", got, err)
	}
}

func TestWhetherTheAddressIsVerifiedIsReadAsIssuersWriteIt(t *testing.T) {
	t.Parallel()
	i := start(t)
	v := i.verifier()
	for _, c := range []struct {
		claim any
		want  bool
	}{{true, true}, {"true", true}, {false, false}, {"false", false}, {nil, false}, {1, false}} {
		claims := i.claims()
		claims["email_verified"] = c.claim
		if got, err := v.Verify(t.Context(), i.token(claims)); err != nil || got.EmailVerified != c.want {
			t.Errorf("%v is read as %t (%v)", c.claim, got.EmailVerified, err)
		}
	}
}

func TestTokensThatProveNothing(t *testing.T) {
	t.Parallel()
	i := start(t)
	v := i.verifier()
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	with := func(key string, value any) jwt.MapClaims {
		c := i.claims()
		c[key] = value
		return c
	}
	good := i.token(i.claims())
	for name, token := range map[string]string{
		"empty":                     "",
		"for another app":           i.token(with("aud", "another-app")),
		"of another issuer":         i.token(with("iss", "https://other.example")),
		"expired":                   i.token(with("exp", now.Add(-time.Second).Unix())),
		"without expiry":            i.token(with("exp", nil)),
		"asked for by another app":  i.token(with("azp", "another-app")),
		"for us and for whoever":    i.token(with("aud", []string{"tournee-ios", "another-app"})),
		"signed by a stranger":      i.sign(jwt.SigningMethodRS256, stranger, i.claims()),
		"not signed at all":         i.sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, i.claims()),
		"HMAC under the public key": i.sign(jwt.SigningMethodHS256, []byte("whatever is published"), i.claims()),
		"signature cut off":         good[:strings.LastIndex(good, ".")+1],
	} {
		got, err := v.Verify(t.Context(), token)
		if err == nil || dispatch.KindOf(err) == dispatch.KindUnavailable {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	if _, err := v.Verify(t.Context(), i.token(with("aud", "tournee-ios"))); err != nil {
		t.Errorf("our other app: %v", err)
	}
}

func TestTheIssuerMayChangeItsKey(t *testing.T) {
	t.Parallel()
	i := start(t)
	v := i.verifier()
	old := i.token(i.claims())
	if _, err := v.Verify(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	fresh, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i.use("second", fresh, jwt.SigningMethodES256)
	for name, token := range map[string]string{"new": i.token(i.claims()), "old": old} {
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Errorf("the %s key: %v", name, err)
		}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fetched != 2 {
		t.Errorf("the key set was fetched %d times for two keys", i.fetched)
	}
}

func TestAnIssuerThatIsDownIsNotABadToken(t *testing.T) {
	t.Parallel()
	i := start(t)
	v := i.verifier()
	i.outage(true)
	if _, err := v.Verify(t.Context(), i.token(i.claims())); dispatch.KindOf(err) != dispatch.KindUnavailable {
		t.Errorf("at discovery: %v", err)
	}
	i.outage(false)
	if _, err := v.Verify(t.Context(), i.token(i.claims())); err != nil {
		t.Errorf("once it is back: %v", err)
	}
	fresh, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i.use("second", fresh, jwt.SigningMethodRS256)
	i.outage(true)
	if _, err := v.Verify(t.Context(), i.token(i.claims())); dispatch.KindOf(err) != dispatch.KindUnavailable {
		t.Errorf("at the keys: %v", err)
	}
}

func TestConfigurationsThatAreNotSafeAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]oidc.Config{
		"no issuer":      {Audiences: []string{"a"}},
		"in the clear":   {Issuer: "http://issuer.example", Audiences: []string{"a"}},
		"no audience":    {Issuer: "https://issuer.example"},
		"empty audience": {Issuer: "https://issuer.example", Audiences: []string{""}},
	} {
		if _, err := oidc.New(c, time.Now); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
