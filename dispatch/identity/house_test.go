package identity_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/identity"
	"tournee/dispatch/postgres"
	"tournee/dispatch/postgres/pgtest"
	"tournee/migrations"
)

var schema = pgtest.NewTemplate("identity", func(ctx context.Context, url string) error {
	return migrations.Up(ctx, url, slog.New(slog.DiscardHandler))
})

// house is a running installation: one database, and nodes that share it.
type house struct {
	*identity.Service // the first node
	t                 testing.TB
	db                *pgtest.DB
	clock             *clock
	directory         *directory
	queue             *queue
	outbox            *outbox
	issuer            *issuer
	config            identity.Config
	organization      uuid.UUID
}

func open(t testing.TB) *house {
	t.Helper()
	h := &house{
		t: t, db: schema.New(t), clock: &clock{at: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)},
		queue: &queue{}, outbox: &outbox{}, issuer: &issuer{}, organization: uuid.MustParse("0196a000-0000-7000-8000-000000000001"),
		config: identity.Config{
			Issuer: "https://tournee.example", Audience: "tournee", LinkBase: "https://tournee.example/account",
			Secrets: [][]byte{bytes.Repeat([]byte("s"), 32)}, Scopes: []string{"requests:read", "requests:write", "visits:read"},
			Locale: "fr", Retention: 365 * 24 * time.Hour, Hashing: identity.Hashing{Memory: 64, Passes: 1, Lanes: 1},
		},
	}
	h.directory = &directory{slugs: map[string]uuid.UUID{"depannage": h.organization}}
	h.Service = h.node(h.config)
	return h
}

// node is one more program on the same database.
func (h *house) node(c identity.Config) *identity.Service {
	h.t.Helper()
	db, err := postgres.Open(h.t.Context(), h.db.Serving, 8)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(db.Close)
	s, err := identity.New(store{postgres.Identity{DB: db}, h.queue}, h.directory, h.outbox,
		map[string]identity.Verifier{"oidc": h.issuer}, h.clock.Now, rand.Reader, c)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

const password = "une carafe de tisane"

// phone and stranger are where calls come from.
var (
	phone    = identity.Caller{Address: "203.0.113.7", UserAgent: "Tournée/1 (Android)"}
	stranger = identity.Caller{Address: "198.51.100.9", UserAgent: "curl/8"}
)

// person makes an active account in the house's organization.
func (h *house) person(role dispatch.Role, email string) dispatch.Principal {
	h.t.Helper()
	return h.personOf(h.organization, role, email)
}

func (h *house) personOf(organization uuid.UUID, role dispatch.Role, email string) dispatch.Principal {
	h.t.Helper()
	n := identity.NewAccount{OrganizationID: organization, Role: role, Email: email, Name: "Camille Martin", Locale: "fr", Password: password}
	switch role {
	case dispatch.RoleClient:
		n.ClientID = uuid.New()
	case dispatch.RoleTechnician:
		n.TechnicianID = uuid.New()
	}
	a, err := h.Provision(h.t.Context(), n)
	if err != nil {
		h.t.Fatal(err)
	}
	return dispatch.Principal{OrganizationID: organization, Role: role, ID: a.ID, ClientID: a.ClientID, TechnicianID: a.TechnicianID, Locale: "fr"}
}

func (h *house) signIn(email string, c identity.Caller) identity.Tokens {
	h.t.Helper()
	tokens, err := h.SignIn(h.t.Context(), email, password, c)
	if err != nil {
		h.t.Fatalf("%s cannot sign in: %v", email, err)
	}
	return tokens
}

func (h *house) signInWith(email, password string) identity.Tokens {
	h.t.Helper()
	tokens, err := h.SignIn(h.t.Context(), email, password, phone)
	if err != nil {
		h.t.Fatal(err)
	}
	return tokens
}

// deliver runs the mail jobs, and gives the mails they sent.
func (h *house) deliver() []identity.Message {
	h.t.Helper()
	for _, m := range h.queue.take() {
		if err := h.DeliverMail(h.t.Context(), m); err != nil {
			h.t.Fatal(err)
		}
	}
	return h.outbox.take()
}

// link is the token in the one mail that was just sent.
func (h *house) link() string {
	h.t.Helper()
	mails := h.deliver()
	if len(mails) != 1 {
		h.t.Fatalf("%d mails instead of one: %v", len(mails), mails)
	}
	_, rest, ok := strings.Cut(mails[0].Body, "#token=")
	if !ok {
		h.t.Fatalf("no link in %q", mails[0].Body)
	}
	token, _, _ := strings.Cut(rest, "\n")
	return token
}

// refused fails the test unless err has the code.
func refused(t testing.TB, err error, code string) {
	t.Helper()
	if err == nil || dispatch.CodeOf(err) != code {
		t.Errorf("refused with %v instead of %s", err, code)
	}
}

// faults gives the codes of an invalid input by pointer.
func faults(err error) map[string]string {
	m := map[string]string{}
	if e, ok := errors.AsType[*dispatch.Error](err); ok {
		for _, f := range e.Faults {
			m[f.Path] = f.Code
		}
	}
	return m
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// store is the real one, but for the queue: what is enqueued is kept here for the test to deliver.
type store struct {
	postgres.Identity
	queue *queue
}

func (s store) EnqueueMail(_ context.Context, m identity.Mail) error { return s.queue.add(m) }

type queue struct {
	mu    sync.Mutex
	mails []identity.Mail
}

func (q *queue) add(m identity.Mail) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.mails = append(q.mails, m)
	return nil
}

func (q *queue) take() []identity.Mail {
	q.mu.Lock()
	defer q.mu.Unlock()
	m := q.mails
	q.mails = nil
	return m
}

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

// directory is the business around the accounts: which organizations, clients, technicians and partners there are.
type directory struct {
	mu      sync.Mutex
	slugs   map[string]uuid.UUID
	clients []identity.NewClient
	others  map[uuid.UUID]bool // ids that belong to another organization
}

func (d *directory) OrganizationBySlug(_ context.Context, slug string) (uuid.UUID, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id, ok := d.slugs[slug]
	if !ok {
		return id, dispatch.NotFound("organization")
	}
	return id, nil
}

func (d *directory) CreateOrganization(_ context.Context, o identity.NewOrganization) (uuid.UUID, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slugs[o.Slug] = uuid.New()
	return d.slugs[o.Slug], nil
}

func (d *directory) CreateClient(_ context.Context, _ uuid.UUID, c identity.NewClient) (uuid.UUID, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clients = append(d.clients, c)
	return uuid.New(), nil
}

func (d *directory) RequireClient(_ context.Context, _, id uuid.UUID) error {
	return d.require(id, "client")
}

func (d *directory) RequireTechnician(_ context.Context, _, id uuid.UUID) error {
	return d.require(id, "technician")
}

func (d *directory) RequirePartner(_ context.Context, _, id uuid.UUID) error {
	return d.require(id, "partner")
}

func (d *directory) require(id uuid.UUID, noun string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.others[id] {
		return dispatch.NotFound(noun)
	}
	return nil
}

// issuer vouches for whatever the test says the ID token holds.
type issuer struct {
	says identity.External
	err  error
}

func (i *issuer) Verify(context.Context, string) (identity.External, error) { return i.says, i.err }
