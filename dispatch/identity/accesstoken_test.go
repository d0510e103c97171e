package identity_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"tournee/dispatch"
	"tournee/dispatch/identity"
)

func kid(t testing.TB, token string) string {
	t.Helper()
	parsed, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Header["kid"].(string)
}

func TestAnAccessTokenRunsOut(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleClient, "owner@example.fr")
	tokens := h.signIn("owner@example.fr", phone)
	h.clock.pass(identity.AccessTTL - time.Second)
	if _, err := h.Authenticate(t.Context(), tokens.AccessToken); err != nil {
		t.Error(err)
	}
	h.clock.pass(time.Second)
	_, err := h.Authenticate(t.Context(), tokens.AccessToken)
	refused(t, err, "token_expired")
}

func TestForgedAccessTokensAreRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleAdministrator, "admin@example.fr")
	good := h.signIn("admin@example.fr", phone).AccessToken
	parsed, _, err := jwt.NewParser().ParseUnverified(good, jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	claims, realKid := parsed.Claims.(jwt.MapClaims), parsed.Header["kid"]
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(method jwt.SigningMethod, key any, kid any, typ string) string {
		token := jwt.NewWithClaims(method, claims)
		token.Header["kid"], token.Header["typ"] = kid, typ
		text, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	parts := strings.Split(good, ".")
	elsewhere := h.config
	elsewhere.Audience = "another service"
	abroad := h.config
	abroad.Issuer = "https://abroad.example"
	for name, forged := range map[string]string{
		"empty":                      "",
		"no token":                   "Bearer",
		"unsigned":                   sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, realKid, "at+jwt"),
		"signature cut off":          parts[0] + "." + parts[1] + ".",
		"HMAC with the public key":   sign(jwt.SigningMethodHS256, []byte(public), realKid, "at+jwt"),
		"another key, our key id":    sign(jwt.SigningMethodEdDSA, private, realKid, "at+jwt"),
		"another key, its own id":    sign(jwt.SigningMethodEdDSA, private, "unknown", "at+jwt"),
		"no key id":                  sign(jwt.SigningMethodEdDSA, private, nil, "at+jwt"),
		"claims of another token":    parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"x"}`)) + "." + parts[2],
		"for another service":        signedBy(t, h, elsewhere),
		"by another issuer, our key": signedBy(t, h, abroad),
	} {
		if _, err := h.Authenticate(t.Context(), forged); dispatch.CodeOf(err) != "token_invalid" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Authenticate(t.Context(), good); err != nil {
		t.Errorf("the real one: %v", err)
	}
}

// signedBy is an access token of a program with that configuration on the same database, thus with the same keys.
func signedBy(t testing.TB, h *house, c identity.Config) string {
	t.Helper()
	tokens, err := h.node(c).SignIn(t.Context(), "admin@example.fr", password, phone)
	if err != nil {
		t.Fatal(err)
	}
	return tokens.AccessToken
}

func TestNodesShareTheirKeysAndChangeThemTogether(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleClient, "owner@example.fr")
	other := h.node(h.config)
	old := h.signIn("owner@example.fr", phone)
	theirs, err := other.SignIn(t.Context(), "owner@example.fr", password, phone)
	if err != nil {
		t.Fatal(err)
	}
	if kid(t, old.AccessToken) != kid(t, theirs.AccessToken) {
		t.Error("two nodes sign with two keys")
	}
	h.clock.pass(identity.SigningAge - time.Minute)
	last, err := h.Refresh(t.Context(), old.RefreshToken, phone)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.pass(time.Minute)
	first, err := other.SignIn(t.Context(), "owner@example.fr", password, phone) // this node finds the key too old and makes one
	if err != nil {
		t.Fatal(err)
	}
	if kid(t, first.AccessToken) == kid(t, last.AccessToken) {
		t.Error("the key is not changed")
	}
	for name, node := range map[string]*identity.Service{"the node that made the key": other, "the other": h.Service} {
		for _, token := range []string{first.AccessToken, last.AccessToken} {
			if _, err := node.Authenticate(t.Context(), token); err != nil {
				t.Errorf("%s refuses a token: %v", name, err)
			}
		}
	}
	if again := h.signIn("owner@example.fr", phone); kid(t, again.AccessToken) != kid(t, first.AccessToken) {
		t.Error("the other node made a key of its own")
	}
}

func TestANodeWithoutTheSecretOfAKeyVerifiesButSignsWithItsOwn(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person(dispatch.RoleClient, "owner@example.fr")
	old := h.signIn("owner@example.fr", phone)
	changed := h.config
	changed.Secrets = [][]byte{[]byte("a new secret of thirty-two bytes or more, alone")}
	node := h.node(changed)
	if _, err := node.Authenticate(t.Context(), old.AccessToken); err != nil {
		t.Error(err)
	}
	fresh, err := node.SignIn(t.Context(), "owner@example.fr", password, phone)
	if err != nil {
		t.Fatal(err)
	}
	if kid(t, fresh.AccessToken) == kid(t, old.AccessToken) {
		t.Error("signed with a key it cannot open")
	}
}

func TestABrokenConfigurationIsToldWhole(t *testing.T) {
	t.Parallel()
	_, err := identity.New(nil, nil, nil, nil, time.Now, rand.Reader, identity.Config{Secrets: [][]byte{[]byte("short")}, LinkBase: "tournee.example"})
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{"issuer", "audience", "links", "32 bytes", "locale", "retention"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing from %q", want, err)
		}
	}
}
