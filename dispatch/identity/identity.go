// Package identity knows who may sign in, and how: local accounts, external issuers, partners' API keys, and the sessions and tokens
// that follow. It decides who a caller is (a dispatch.Principal); what a role may do is decided where it is done.
//
// Every token that must be presented again (refresh tokens, mailed links, the bootstrap token) is a MAC over the id of a row under a
// key derived from the server's secret. The database and the job queue hold the id alone, so that neither gives a token away.
package identity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// How long things last.
const (
	AccessTTL       = 15 * time.Minute     // an account's access token
	ClientTTL       = 15 * time.Minute     // a partner's access token (client credentials)
	RefreshIdle     = 30 * 24 * time.Hour  // a session that nobody refreshes ends
	SessionTTL      = 180 * 24 * time.Hour // a session ends in any case
	RefreshGrace    = 10 * time.Second     // a refresh whose answer was lost may be repeated
	RevocationDelay = 5 * time.Second      // how long another node may still honour what was revoked; the node that revoked it does not
	SignUpTTL       = 24 * time.Hour
	InvitationTTL   = 7 * 24 * time.Hour
	ResetTTL        = time.Hour
	BootstrapTTL    = 24 * time.Hour
)

// Config is what a Service needs to be told.
type Config struct {
	Issuer    string   // "iss" of access tokens: the public base URL of the program
	Audience  string   // "aud" of access tokens
	LinkBase  string   // mailed links are LinkBase + "/sign-up#token=…", "/invitation#token=…", "/password-reset#token=…"
	Secrets   [][]byte // at least 32 bytes each, the same on every node; the first makes, all verify, so that it can be changed
	Scopes    []string // the scopes an API key may have
	Locale    string   // of a partner's answers: "fr" or "en"
	Retention time.Duration
	// Hashing bounds what password hashing costs. Zero values take DefaultHashing's.
	Hashing Hashing
}

// Caller is where a call comes from, as the edge saw it.
type Caller struct {
	Address   string // IP address, without port; kept coarsened
	UserAgent string
}

// Service is the business of accounts.
type Service struct {
	store     Store
	directory Directory
	mailer    Mailer
	verifiers map[string]Verifier
	now       func() time.Time
	random    io.Reader
	config    Config
	secrets   secrets
	hasher    *hasher
	ring      *keyRing
	sessions  *cache[standing]
	keys      *cache[APIKey]

	touchedMu sync.Mutex
	touched   map[uuid.UUID]time.Time // when this node last wrote an API key's last use
}

// New is a Service. now is the clock; random yields cryptographically secure bytes (crypto/rand.Reader) and is safe for concurrent use;
// verifiers are the external issuers by the name callers use ("oidc", "firebase"). Every fault of the configuration is told at once.
func New(store Store, directory Directory, mailer Mailer, verifiers map[string]Verifier, now func() time.Time, random io.Reader, config Config) (*Service, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	clock := func() time.Time { return now().UTC().Truncate(time.Microsecond) } // what PostgreSQL keeps
	s := &Service{
		store: store, directory: directory, mailer: mailer, verifiers: verifiers,
		now: clock, random: random, config: config, secrets: secrets(config.Secrets),
		sessions: newCache[standing](clock), keys: newCache[APIKey](clock),
		touched: map[uuid.UUID]time.Time{},
	}
	var err error
	if s.hasher, err = newHasher(config.Hashing, random); err != nil {
		return nil, err
	}
	s.ring = newKeyRing(store, s.secrets, clock, random)
	return s, nil
}

func (c Config) check() error {
	var errs []error
	need := func(ok bool, what string) {
		if !ok {
			errs = append(errs, errors.New("identity: "+what))
		}
	}
	need(c.Issuer != "", "no issuer of access tokens")
	need(c.Audience != "", "no audience of access tokens")
	need(strings.HasPrefix(c.LinkBase, "https://") || strings.HasPrefix(c.LinkBase, "http://"), "the base of mailed links must be an http(s) URL")
	need(len(c.Secrets) > 0, "no secret key")
	need(!slices.ContainsFunc(c.Secrets, func(s []byte) bool { return len(s) < 32 }), "a secret key is shorter than 32 bytes")
	need(c.Locale == "fr" || c.Locale == "en", "the locale must be fr or en")
	need(c.Retention > 0, "the audit's retention must be positive")
	return errors.Join(errs...)
}

// newID is a UUIDv7 (RFC 9562 §5.7) from the injected clock and randomness.
func (s *Service) newID() (uuid.UUID, error) {
	var id uuid.UUID
	if _, err := io.ReadFull(s.random, id[6:]); err != nil {
		return uuid.Nil, fmt.Errorf("identity: reading randomness: %w", err)
	}
	ms := s.now().UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = 0x70 | id[6]&0x0f
	id[8] = 0x80 | id[8]&0x3f
	return id, nil
}

// Verifier checks an ID token of an external issuer. An error means that the token proves nothing.
type Verifier interface {
	Verify(ctx context.Context, idToken string) (External, error)
}

// External is what an issuer says about a person.
type External struct {
	Issuer        string
	Subject       string
	Email         string
	EmailVerified bool
	Name          string
	Nonce         string // as in the token; "" when it has none
}

// Directory is the business around the accounts. Its methods are called inside a transaction of Store and become part of it; they answer
// a dispatch.NotFound for what does not exist in that organization. OrganizationBySlug and CreateOrganization are called before an organization
// is bound to the transaction; the others in the organization's own.
type Directory interface {
	OrganizationBySlug(ctx context.Context, slug string) (uuid.UUID, error)
	CreateOrganization(ctx context.Context, o NewOrganization) (uuid.UUID, error)
	CreateClient(ctx context.Context, organizationID uuid.UUID, c NewClient) (uuid.UUID, error)
	RequireClient(ctx context.Context, organizationID, clientID uuid.UUID) error
	RequireTechnician(ctx context.Context, organizationID, technicianID uuid.UUID) error
	RequirePartner(ctx context.Context, organizationID, partnerID uuid.UUID) error
}

// NewOrganization is the organization that the first administrator makes. The Directory checks slug and time zone, naming faults by
// the pointers "/organization_slug", "/organization_name" and "/time_zone".
type NewOrganization struct {
	Name     string
	Slug     string
	TimeZone string // IANA
	Locale   string
}

// NewClient is the household or company that signs up.
type NewClient struct {
	Kind   string `json:"kind"` // "household" or "company"
	Name   string `json:"name"` // of the person, or of the company
	Email  string `json:"email"`
	Locale string `json:"locale"`
}
