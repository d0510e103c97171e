package identity

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Store keeps accounts. Lookups answer dispatch.NotFound for what is not there. Every method but Tx and Alone is called inside one of the two.
type Store interface {
	// Tx runs fn in one transaction, joining the one in ctx if there is one.
	Tx(ctx context.Context, organizationID uuid.UUID, fn func(ctx context.Context) error) error
	// Alone runs fn in a transaction of its own whatever ctx carries: what it writes stays when the caller's is undone.
	// A failed sign-in must be counted, and a stolen session ended, although the answer is an error.
	Alone(ctx context.Context, fn func(ctx context.Context) error) error

	accountStore
	sessionStore
	oneTimeStore
	counterStore
	keyStore
	ringStore
	auditStore
	EnqueueMail(ctx context.Context, m Mail) error
}

type accountStore interface {
	InsertAccount(ctx context.Context, a Account) error
	// UpdateAccount writes everything of the account but its id and organization.
	UpdateAccount(ctx context.Context, a Account) error
	DeleteAccount(ctx context.Context, id uuid.UUID) error
	Account(ctx context.Context, id uuid.UUID) (Account, error)
	// LockAccount is Account, and nobody else changes it until the transaction ends.
	LockAccount(ctx context.Context, id uuid.UUID) (Account, error)
	// AccountByEmail finds an account that is not merely invited.
	AccountByEmail(ctx context.Context, email string) (Account, error)
	// InvitedAccounts are those waiting under the e-mail, newest first.
	InvitedAccounts(ctx context.Context, email string) ([]Account, error)
	Accounts(ctx context.Context, f AccountFilter) ([]Account, error)
	// LockAdministrators gives the ids of the organization's active administrators, kept as they are until the transaction ends.
	LockAdministrators(ctx context.Context, organizationID uuid.UUID) ([]uuid.UUID, error)
	// AnyAdministrator reports whether any organization has an administrator who is not merely invited.
	AnyAdministrator(ctx context.Context) (bool, error)
	AccountBySubject(ctx context.Context, issuer, subject string) (Account, error)
	InsertSubject(ctx context.Context, issuer, subject string, accountID uuid.UUID, at time.Time) error
}

type sessionStore interface {
	InsertSession(ctx context.Context, s Session) error
	LockSession(ctx context.Context, id uuid.UUID) (Session, error)
	// UpdateSession writes generation, rotation, expiry and revocation.
	UpdateSession(ctx context.Context, s Session) error
	// SessionAccount reads a session and its account.
	SessionAccount(ctx context.Context, id uuid.UUID) (Session, Account, error)
	// DeleteSessions deletes those that expired or were revoked before the time.
	DeleteSessions(ctx context.Context, before time.Time) (int64, error)
}

type oneTimeStore interface {
	InsertOneTime(ctx context.Context, t OneTime) error
	OneTime(ctx context.Context, id uuid.UUID) (OneTime, error)
	// TakeOneTime deletes the row and gives what it held: of two callers only one gets it.
	TakeOneTime(ctx context.Context, id uuid.UUID) (OneTime, error)
	// LatestOneTimes gives those of the purpose under the e-mail, newest first.
	LatestOneTimes(ctx context.Context, purpose Purpose, email string) ([]OneTime, error)
	DeleteOneTimes(ctx context.Context, purpose Purpose, email string) error
	DeleteExpiredOneTimes(ctx context.Context, before time.Time) (int64, error)
}

type counterStore interface {
	// Counter reads; a counter never written is zero.
	Counter(ctx context.Context, name []byte, source string) (Counter, error)
	// LockCounter is Counter, made if need be and kept until the transaction ends.
	LockCounter(ctx context.Context, name []byte, source string, at time.Time) (Counter, error)
	UpdateCounter(ctx context.Context, c Counter) error
	DeleteCounters(ctx context.Context, before time.Time) (int64, error)
}

type keyStore interface {
	InsertAPIKey(ctx context.Context, k APIKey) error
	APIKey(ctx context.Context, id uuid.UUID) (APIKey, error)
	LockAPIKey(ctx context.Context, id uuid.UUID) (APIKey, error)
	// UpdateAPIKey writes expiry and revocation.
	UpdateAPIKey(ctx context.Context, k APIKey) error
	APIKeys(ctx context.Context, f KeyFilter) ([]APIKey, error)
	RevokePartnerKeys(ctx context.Context, organizationID, partnerID uuid.UUID, at time.Time) ([]uuid.UUID, error)
	// TouchAPIKey writes the last use unless one is known since notSince.
	TouchAPIKey(ctx context.Context, id uuid.UUID, at, notSince time.Time) error
}

type ringStore interface {
	// LockSigningKeys makes nodes that rotate at the same moment wait for one another until the transaction ends.
	LockSigningKeys(ctx context.Context) error
	SigningKeys(ctx context.Context) ([]SigningKey, error)
	InsertSigningKey(ctx context.Context, k SigningKey) error
	DeleteSigningKeys(ctx context.Context, before time.Time) (int64, error)
}

type auditStore interface {
	InsertAudit(ctx context.Context, e Entry) error
	Audit(ctx context.Context, organizationID, before uuid.UUID, limit int) ([]Entry, error)
	DeleteAudit(ctx context.Context, before time.Time) (int64, error)
}
