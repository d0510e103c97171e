package firebaseauth

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"tournee/dispatch"
	"tournee/dispatch/identity"
)

// The tests here are not parallel: they set environment variables and the default transport, which is all the SDK lets one turn.

func TestTheEmulatorIsRefusedOutsideDevelopment(t *testing.T) {
	t.Setenv(EmulatorVariable, "127.0.0.1:9099")
	_, err := New(t.Context(), Config{ProjectID: "demo"})
	if err == nil || !strings.Contains(err.Error(), EmulatorVariable) || !strings.Contains(err.Error(), "refusing") {
		t.Errorf("started with the emulator: %v", err)
	}
	if _, err := New(t.Context(), Config{ProjectID: "demo", Development: true}); err != nil {
		t.Errorf("in development: %v", err)
	}
	t.Setenv(EmulatorVariable, "")
	if _, err := New(t.Context(), Config{ProjectID: "demo"}); err != nil {
		t.Errorf("without the emulator: %v", err)
	}
	if _, err := New(t.Context(), Config{}); err == nil {
		t.Error("started without a project")
	}
}

// google stands in for www.googleapis.com, which publishes the certificates of Firebase's signing keys. The SDK's address for it is
// fixed, so the transport that the SDK copies is made to lead here.
type google struct {
	key  *rsa.PrivateKey
	down atomic.Bool
}

func startGoogle(t *testing.T) *google {
	t.Helper()
	t.Setenv(EmulatorVariable, "")
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	g := &google{key: key}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "firebase"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	published := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.down.Load() || r.Host != "www.googleapis.com" || !strings.Contains(r.URL.Path, "securetoken@system") {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Cache-Control", "max-age=3600")
		_ = json.NewEncoder(w).Encode(map[string]string{"k1": published})
	}))
	t.Cleanup(server.Close)
	usual := http.DefaultTransport
	t.Cleanup(func() { http.DefaultTransport = usual })
	fake := usual.(*http.Transport).Clone()
	fake.Proxy = nil
	fake.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}
	fake.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} // the test's own server, under another's name
	http.DefaultTransport = fake
	return g
}

func (g *google) token(t *testing.T, method jwt.SigningMethod, key any, change map[string]any) string {
	t.Helper()
	now := time.Now()
	c := jwt.MapClaims{
		"iss": "https://securetoken.google.com/tournee-test", "aud": "tournee-test", "sub": "uid-1", "iat": now.Add(-time.Minute).Unix(),
		"exp": now.Add(time.Hour).Unix(), "auth_time": now.Add(-time.Minute).Unix(), "email": "jeanne@example.fr", "email_verified": true, "name": "Jeanne Petit",
	}
	maps.Copy(c, change)
	token := jwt.NewWithClaims(method, c)
	token.Header["kid"] = "k1"
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestFirebaseTokensAreVerifiedAgainstTheProjectsCertificates(t *testing.T) {
	g := startGoogle(t)
	v, err := New(t.Context(), Config{ProjectID: "tournee-test"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.Verify(t.Context(), g.token(t, jwt.SigningMethodRS256, g.key, nil))
	want := identity.External{Issuer: "https://securetoken.google.com/tournee-test", Subject: "uid-1", Email: "jeanne@example.fr", EmailVerified: true, Name: "Jeanne Petit"}
	if err != nil || got != want {
		t.Fatalf("%+v %v", got, err)
	}
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"of another project":     g.token(t, jwt.SigningMethodRS256, g.key, map[string]any{"aud": "other", "iss": "https://securetoken.google.com/other"}),
		"of another issuer":      g.token(t, jwt.SigningMethodRS256, g.key, map[string]any{"iss": "https://accounts.google.com"}),
		"expired":                g.token(t, jwt.SigningMethodRS256, g.key, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}),
		"from the future":        g.token(t, jwt.SigningMethodRS256, g.key, map[string]any{"iat": time.Now().Add(time.Hour).Unix()}),
		"signed by a stranger":   g.token(t, jwt.SigningMethodRS256, stranger, nil),
		"unsigned, as emulators": g.token(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"empty":                  "",
	} {
		if _, err := v.Verify(t.Context(), token); err == nil || dispatch.KindOf(err) == dispatch.KindUnavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCertificatesThatCannotBeFetchedAreNotABadToken(t *testing.T) {
	g := startGoogle(t)
	g.down.Store(true)
	v, err := New(t.Context(), Config{ProjectID: "tournee-test"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(t.Context(), g.token(t, jwt.SigningMethodRS256, g.key, nil)); dispatch.KindOf(err) != dispatch.KindUnavailable {
		t.Errorf("%v", err)
	}
	g.down.Store(false)
	if _, err := v.Verify(t.Context(), g.token(t, jwt.SigningMethodRS256, g.key, nil)); err != nil {
		t.Errorf("once they can: %v", err)
	}
}
