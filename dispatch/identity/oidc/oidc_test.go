package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"tournee/dispatch"
	"tournee/dispatch/identity"
	"tournee/dispatch/identity/oidc"
	"tournee/dispatch/identity/oidc/oidctest"
)

var now = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// issuer is an issuer, and what its good tokens hold.
type issuer struct {
	*oidctest.Issuer
	t *testing.T
}

func start(t *testing.T) issuer {
	t.Helper()
	return issuer{oidctest.Start(t), t}
}

// claims are those of a good token.
func (i issuer) claims() jwt.MapClaims {
	return jwt.MapClaims{
		"iss": i.URL, "sub": "42", "aud": "tournee-android", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "nonce": "n-1",
		"email": "jeanne@example.fr", "email_verified": true, "name": "Jeanne Petit",
	}
}

func (i issuer) verifier() *oidc.Verifier {
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
	got, err := i.verifier().Verify(t.Context(), i.Token(i.claims()))
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
		if got, err := v.Verify(t.Context(), i.Token(claims)); err != nil || got.EmailVerified != c.want {
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
	good := i.Token(i.claims())
	for name, token := range map[string]string{
		"empty":                     "",
		"for another app":           i.Token(with("aud", "another-app")),
		"of another issuer":         i.Token(with("iss", "https://other.example")),
		"expired":                   i.Token(with("exp", now.Add(-time.Second).Unix())),
		"without expiry":            i.Token(with("exp", nil)),
		"asked for by another app":  i.Token(with("azp", "another-app")),
		"for us and for whoever":    i.Token(with("aud", []string{"tournee-ios", "another-app"})),
		"signed by a stranger":      i.Sign(jwt.SigningMethodRS256, stranger, i.claims()),
		"not signed at all":         i.Sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, i.claims()),
		"HMAC under the public key": i.Sign(jwt.SigningMethodHS256, []byte("whatever is published"), i.claims()),
		"signature cut off":         good[:strings.LastIndex(good, ".")+1],
	} {
		got, err := v.Verify(t.Context(), token)
		if err == nil || dispatch.KindOf(err) == dispatch.KindUnavailable {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	if _, err := v.Verify(t.Context(), i.Token(with("aud", "tournee-ios"))); err != nil {
		t.Errorf("our other app: %v", err)
	}
}

func TestTheIssuerMayChangeItsKey(t *testing.T) {
	t.Parallel()
	i := start(t)
	v := i.verifier()
	old := i.Token(i.claims())
	if _, err := v.Verify(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	fresh, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i.Use("second", fresh, jwt.SigningMethodES256)
	for name, token := range map[string]string{"new": i.Token(i.claims()), "old": old} {
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Errorf("the %s key: %v", name, err)
		}
	}
	if n := i.Fetched(); n != 2 {
		t.Errorf("the key set was fetched %d times for two keys", n)
	}
}

func TestAnIssuerThatIsDownIsNotABadToken(t *testing.T) {
	t.Parallel()
	i := start(t)
	v := i.verifier()
	i.Down(true)
	if _, err := v.Verify(t.Context(), i.Token(i.claims())); dispatch.KindOf(err) != dispatch.KindUnavailable {
		t.Errorf("at discovery: %v", err)
	}
	i.Down(false)
	if _, err := v.Verify(t.Context(), i.Token(i.claims())); err != nil {
		t.Errorf("once it is back: %v", err)
	}
	fresh, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i.Use("second", fresh, jwt.SigningMethodRS256)
	i.Down(true)
	if _, err := v.Verify(t.Context(), i.Token(i.claims())); dispatch.KindOf(err) != dispatch.KindUnavailable {
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
