// Package oidc verifies ID tokens of any OpenID Connect issuer (OpenID Connect Core 1.0 §3.1.3.7).
package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"tournee/dispatch"
	"tournee/dispatch/identity"
)

// Config names the issuer and who its tokens must be for.
type Config struct {
	Issuer    string   // as in the tokens' "iss"; discovery is at Issuer + "/.well-known/openid-configuration"
	Audiences []string // the client ids of our apps
	Client    *http.Client
}

// Verifier is an identity.Verifier. It finds the issuer's keys by discovery, at the first token rather than at the start, so that the
// program starts while the issuer is down; it reads the keys again when a token names one it does not know.
type Verifier struct {
	config Config
	now    func() time.Time

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier
}

// New is a Verifier. The issuer must be https, except on a loopback address. A nil Client waits at most ten seconds for the issuer.
func New(c Config, now func() time.Time) (*Verifier, error) {
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("oidc: the issuer %q is no URL", c.Issuer)
	}
	if u.Scheme != "https" && !loopback(u.Hostname()) {
		return nil, fmt.Errorf("oidc: the issuer %q is not https: whoever sits between could forge its keys", c.Issuer)
	}
	if len(c.Audiences) == 0 || slices.Contains(c.Audiences, "") {
		return nil, errors.New("oidc: no audience: a token made for any other app would be taken")
	}
	if c.Client == nil {
		c.Client = &http.Client{Timeout: 10 * time.Second}
	}
	return &Verifier{config: c, now: now}, nil
}

func loopback(host string) bool {
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
}

// claims are what is read beside what the library checks.
type claims struct {
	Email           string `json:"email"`
	EmailVerified   any    `json:"email_verified"` // a boolean; some issuers write it as a string
	Name            string `json:"name"`
	AuthorizedParty string `json:"azp"`
}

// Verify checks signature (asymmetric algorithms the issuer announces; never "none" nor HMAC), issuer, audience and expiry. An issuer
// that does not answer is a dispatch.KindUnavailable.
func (v *Verifier) Verify(ctx context.Context, idToken string) (identity.External, error) {
	verifier, err := v.discover(ctx)
	if err != nil {
		return identity.External{}, err
	}
	var fetch error
	token, err := verifier.Verify(context.WithValue(ctx, fetchKey{}, &fetch), idToken)
	if fetch != nil {
		return identity.External{}, unavailable(fetch)
	}
	if err != nil {
		return identity.External{}, fmt.Errorf("oidc: %w", err)
	}
	var c claims
	if err := token.Claims(&c); err != nil {
		return identity.External{}, fmt.Errorf("oidc: claims: %w", err)
	}
	if err := v.forUs(token.Audience, c.AuthorizedParty); err != nil {
		return identity.External{}, err
	}
	return identity.External{
		Issuer: token.Issuer, Subject: token.Subject, Email: c.Email, EmailVerified: c.EmailVerified == true || c.EmailVerified == "true",
		Name: c.Name, Nonce: token.Nonce,
	}, nil
}

// forUs checks that the token was made for one of our apps, and asked for by one.
func (v *Verifier) forUs(audience []string, authorizedParty string) error {
	ours := func(id string) bool { return slices.Contains(v.config.Audiences, id) }
	if !slices.ContainsFunc(audience, ours) {
		return fmt.Errorf("oidc: made for %q, not for us", audience)
	}
	if authorizedParty != "" && !ours(authorizedParty) || authorizedParty == "" && len(audience) > 1 {
		return fmt.Errorf("oidc: asked for by %q, not by us", authorizedParty)
	}
	return nil
}

func (v *Verifier) discover(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.verifier != nil {
		return v.verifier, nil
	}
	ctx = oidc.ClientContext(ctx, v.config.Client)
	p, err := oidc.NewProvider(ctx, v.config.Issuer)
	if err != nil {
		return nil, unavailable(err)
	}
	var announced struct {
		Keys       string   `json:"jwks_uri"`
		Algorithms []string `json:"id_token_signing_alg_values_supported"`
	}
	if err := p.Claims(&announced); err != nil {
		return nil, unavailable(err)
	}
	if announced.Keys == "" {
		return nil, unavailable(errors.New("oidc: the issuer's configuration names no keys"))
	}
	keys := keySet{oidc.NewRemoteKeySet(context.WithoutCancel(ctx), announced.Keys)}
	v.verifier = oidc.NewVerifier(v.config.Issuer, keys, &oidc.Config{
		SkipClientIDCheck:    true, // forUs checks all our apps
		SupportedSigningAlgs: asymmetric(announced.Algorithms),
		Now:                  v.now,
	})
	return v.verifier, nil
}

// asymmetric keeps the algorithms (RFC 7518 §3.1, RFC 8037) that only the issuer can sign with; RS256, which every issuer must offer, if it announced none.
func asymmetric(announced []string) []string {
	good := []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}
	kept := slices.DeleteFunc(slices.Clone(announced), func(a string) bool { return !slices.Contains(good, a) })
	if len(kept) == 0 {
		return []string{oidc.RS256}
	}
	return kept
}

type fetchKey struct{}

// keySet tells "the keys could not be fetched" from "the signature is wrong", which the library answers alike.
type keySet struct{ oidc.KeySet }

// VerifySignature implements oidc.KeySet.
func (k keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := k.KeySet.VerifySignature(ctx, jwt)
	if err != nil && strings.HasPrefix(err.Error(), "fetching keys") {
		if fetch, ok := ctx.Value(fetchKey{}).(*error); ok {
			*fetch = err
		}
	}
	return payload, err
}

func unavailable(err error) error {
	return &dispatch.Error{Kind: dispatch.KindUnavailable, Code: "issuer_unavailable", Err: err}
}
