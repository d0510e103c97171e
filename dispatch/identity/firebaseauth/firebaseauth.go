// Package firebaseauth verifies ID tokens of Firebase Authentication.
package firebaseauth

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/auth"
	"google.golang.org/api/option"

	"tournee/dispatch"
	"tournee/dispatch/identity"
)

// EmulatorVariable is the environment variable that makes the SDK take unsigned tokens. The SDK reads it by itself.
const EmulatorVariable = "FIREBASE_AUTH_EMULATOR_HOST"

// Config names the Firebase project.
type Config struct {
	ProjectID   string
	Credentials []byte // a service account's JSON; with it, tokens of disabled or signed-out users are refused too; without, their hour runs out
	Development bool   // the emulator is allowed: anybody can sign in as anybody
}

// patience is how long a verification waits for the project's certificates.
const patience = 10 * time.Second

// Verifier is an identity.Verifier for one Firebase project.
type Verifier struct {
	verify func(ctx context.Context, idToken string) (*auth.Token, error)
}

// New is a Verifier. It refuses to run against the emulator, whose tokens bear no signature, outside development.
func New(ctx context.Context, c Config) (*Verifier, error) {
	if c.ProjectID == "" {
		return nil, errors.New("firebaseauth: no project id")
	}
	if host := os.Getenv(EmulatorVariable); host != "" && !c.Development {
		return nil, fmt.Errorf("firebaseauth: refusing to start: %s=%s makes anybody able to sign in as anybody, for the emulator's tokens are not signed; unset it, or turn development mode on", EmulatorVariable, host)
	}
	credentials := option.WithoutAuthentication()
	if len(c.Credentials) > 0 {
		credentials = option.WithAuthCredentialsJSON(option.ServiceAccount, c.Credentials)
	}
	app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: c.ProjectID}, credentials)
	if err != nil {
		return nil, fmt.Errorf("firebaseauth: %w", err)
	}
	client, err := app.Auth(ctx)
	if err != nil {
		return nil, fmt.Errorf("firebaseauth: %w", err)
	}
	if len(c.Credentials) > 0 {
		return &Verifier{verify: client.VerifyIDTokenAndCheckRevoked}, nil
	}
	return &Verifier{verify: client.VerifyIDToken}, nil
}

// Verify checks an ID token: signature, project, expiry. Certificates that cannot be fetched are a dispatch.KindUnavailable.
func (v *Verifier) Verify(ctx context.Context, idToken string) (identity.External, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	t, err := v.verify(ctx, idToken)
	if auth.IsCertificateFetchFailed(err) {
		return identity.External{}, &dispatch.Error{Kind: dispatch.KindUnavailable, Code: "issuer_unavailable", Err: err}
	}
	if err != nil {
		return identity.External{}, fmt.Errorf("firebaseauth: %w", err)
	}
	email, _ := t.Claims["email"].(string)
	verified, _ := t.Claims["email_verified"].(bool)
	name, _ := t.Claims["name"].(string)
	nonce, _ := t.Claims["nonce"].(string)
	return identity.External{Issuer: t.Issuer, Subject: t.Subject, Email: email, EmailVerified: verified, Name: name, Nonce: nonce}, nil
}
