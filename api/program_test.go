package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"tournee/api"
	"tournee/api/limit"
	"tournee/dispatch"
	"tournee/dispatch/directory"
	"tournee/dispatch/dispatchtest"
	"tournee/dispatch/identity"
	"tournee/dispatch/identity/oidc"
	"tournee/dispatch/identity/oidc/oidctest"
	"tournee/dispatch/postgres"
	"tournee/openapi"
)

// program is the whole HTTP side over a real database, as callers meet it.
type program struct {
	*dispatchtest.World
	t        *testing.T
	server   *httptest.Server
	identity *identity.Service
	issuer   *oidctest.Issuer
	outbox   *outbox
	log      *journal
}

func start(t *testing.T) *program {
	t.Helper()
	p := &program{World: dispatchtest.New(t), t: t, issuer: oidctest.Start(t), outbox: &outbox{}, log: &journal{}}
	log := slog.New(slog.NewJSONHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	verifier, err := oidc.New(oidc.Config{Issuer: p.issuer.URL, Audiences: []string{"tournee-android"}}, p.Clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	p.identity, err = identity.New(postgres.Identity{DB: p.DB}, directory.New(p.Service), p.outbox, map[string]identity.Verifier{"oidc": verifier}, p.Clock.Now, rand.Reader, identity.Config{
		Issuer: "https://tournee.example", Audience: "tournee", LinkBase: "https://tournee.example/account",
		Secrets: [][]byte{bytes.Repeat([]byte("s"), 32)}, Scopes: dispatch.Scopes(),
		Locale: "fr", Retention: 365 * 24 * time.Hour, Hashing: identity.Hashing{Memory: 64, Passes: 1, Lanes: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	store := limit.Embedded()
	t.Cleanup(func() { _ = store.Close() })
	limiter, err := limit.New(store, limit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	services := api.Services{Dispatch: p.Service, Identity: p.identity, Limiter: limiter, Health: api.Health{Log: log}, Now: p.Clock.Now}
	handler, err := api.New(api.Config{
		Spec: openapi.YAML, Routes: services.Routes, Identity: p.identity, Limiter: limiter, Repeater: p.DB, Events: p.Service,
		Registry: prometheus.NewRegistry(), Log: log, Now: p.Clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.server = httptest.NewServer(handler)
	t.Cleanup(p.server.Close)
	return p
}

const password = "une carafe de tisane"

// account is somebody of the World's organization who does not exist yet.
func (p *program) account(role dispatch.Role, email string) identity.NewAccount {
	n := identity.NewAccount{OrganizationID: p.Organization.ID, Role: role, Email: email, Name: "Camille Martin", Locale: "en", Password: password}
	switch role {
	case dispatch.RoleClient:
		n.ClientID = p.Company.ID
	case dispatch.RoleTechnician:
		n.TechnicianID = p.Karim.ID
	}
	return n
}

// person makes an active account.
func (p *program) person(role dispatch.Role, email string) identity.Account {
	p.t.Helper()
	a, err := p.identity.Provision(p.t.Context(), p.account(role, email))
	if err != nil {
		p.t.Fatal(err)
	}
	return a
}

// enter makes an active account and signs in to it.
func (p *program) enter(role dispatch.Role, email string) session {
	p.t.Helper()
	p.person(role, email)
	return p.signIn(email, password)
}

func (p *program) signIn(email, password string) session {
	p.t.Helper()
	return p.post("/v1/auth/sign-in", "", map[string]string{"email": email, "password": password}).session(200)
}

// me is who the bearer is.
func (p *program) me(bearer string) me {
	p.t.Helper()
	var m me
	p.call("GET", "/v1/me", bearer, nil).into(200, &m)
	return m
}

// mails runs the queued mail jobs and gives what they sent.
func (p *program) mails() []identity.Message {
	p.t.Helper()
	rows, err := p.Pool.Query(p.t.Context(), `DELETE FROM jobs.river_job WHERE kind = 'mail' RETURNING args`)
	if err != nil {
		p.t.Fatal(err)
	}
	var queued []identity.Mail
	for rows.Next() {
		var m identity.Mail
		if err := rows.Scan(&m); err != nil {
			p.t.Fatal(err)
		}
		queued = append(queued, m)
	}
	if err := rows.Err(); err != nil {
		p.t.Fatal(err)
	}
	for _, m := range queued {
		if err := p.identity.DeliverMail(p.t.Context(), m); err != nil {
			p.t.Fatal(err)
		}
	}
	return p.outbox.take()
}

// link is the token in the one mail that was just sent, to the address.
func (p *program) link(to string) string {
	p.t.Helper()
	mails := p.mails()
	if len(mails) != 1 || mails[0].To != to {
		p.t.Fatalf("mails %+v, want one to %s", mails, to)
	}
	_, rest, ok := strings.Cut(mails[0].Body, "#token=")
	if !ok {
		p.t.Fatalf("no link in %q", mails[0].Body)
	}
	token, _, _ := strings.Cut(rest, "\n")
	return token
}

func (p *program) post(path, bearer string, body any, headers ...string) answer {
	p.t.Helper()
	return p.call("POST", path, bearer, body, headers...)
}

// csvFile is a body that goes as CSV.
type csvFile string

// call makes a call; a body that is url.Values goes as a form, a csvFile as CSV, any other as JSON; headers are pairs.
func (p *program) call(method, path, bearer string, body any, headers ...string) answer {
	p.t.Helper()
	var content io.Reader
	mediaType := ""
	switch b := body.(type) {
	case nil:
	case url.Values:
		content, mediaType = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	case csvFile:
		content, mediaType = strings.NewReader(string(b)), "text/csv"
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			p.t.Fatal(err)
		}
		content, mediaType = bytes.NewReader(raw), "application/json"
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.server.URL+path, content)
	if err != nil {
		p.t.Fatal(err)
	}
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := p.server.Client().Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{p.t, method + " " + path, response.StatusCode, response.Header, text}
}

// answer is what a call got.
type answer struct {
	t      *testing.T
	call   string
	status int
	header http.Header
	body   []byte
}

type session struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
	Principal    me     `json:"principal"`
}

type me struct {
	ID             uuid.UUID `json:"id"`
	Role           string    `json:"role"`
	OrganizationID uuid.UUID `json:"organization_id"`
	Name           string    `json:"name"`
	Email          string    `json:"email"`
	Locale         string    `json:"locale"`
	ClientID       uuid.UUID `json:"client_id"`
	TechnicianID   uuid.UUID `json:"technician_id"`
	PartnerID      uuid.UUID `json:"partner_id"`
	Scopes         []string  `json:"scopes"`
}

type problem struct {
	Code   string `json:"code"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Errors []struct {
		Pointer string `json:"pointer"`
		Code    string `json:"code"`
	} `json:"errors"`
}

// faults gives the codes of the faults by pointer.
func (p problem) faults() map[string]string {
	out := map[string]string{}
	for _, f := range p.Errors {
		out[f.Pointer] = f.Code
	}
	return out
}

// is fails the test unless the answer has the status.
func (a answer) is(status int) {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: %d instead of %d: %s", a.call, a.status, status, a.body)
	}
}

// into reads a good answer.
func (a answer) into(status int, v any) {
	a.t.Helper()
	a.is(status)
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%s: %v in %s", a.call, err, a.body)
	}
}

// session reads an answer that signs in: one that bears secrets, and says so to whoever keeps answers.
func (a answer) session(status int) session {
	a.t.Helper()
	var s session
	a.into(status, &s)
	a.bearsSecret()
	if s.AccessToken == "" || s.RefreshToken == "" || s.TokenType != "Bearer" || s.ExpiresIn != 900 || s.Principal.ID == uuid.Nil {
		a.t.Fatalf("%s: not a session: %+v", a.call, s)
	}
	return s
}

func (a answer) bearsSecret() {
	a.t.Helper()
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		a.t.Errorf("%s: an answer with a secret in it has Cache-Control %q", a.call, got)
	}
}

// refused reads a problem document of the status and code.
func (a answer) refused(status int, code string) problem {
	a.t.Helper()
	var p problem
	a.into(status, &p)
	if a.header.Get("Content-Type") != "application/problem+json" || p.Code != code || p.Status != status || p.Detail == "" || p.Detail == code {
		a.t.Fatalf("%s: not the problem %s: %s", a.call, code, a.body)
	}
	if status == http.StatusUnauthorized && a.header.Get("WWW-Authenticate") == "" {
		a.t.Errorf("%s: a 401 without WWW-Authenticate", a.call)
	}
	return p
}

// outbox keeps the mails that were sent.
type outbox struct {
	mu    sync.Mutex
	mails []identity.Message
}

func (o *outbox) Send(_ context.Context, m identity.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mails = append(o.mails, m)
	return nil
}

func (o *outbox) take() []identity.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	m := o.mails
	o.mails = nil
	return m
}

// journal keeps the log.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
