package identity

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
)

// APIKey is how a partner's program proves itself. Its secret is shown once, when it is made.
type APIKey struct {
	ID             uuid.UUID
	OrganizationID uuid.UUID
	PartnerID      uuid.UUID
	Name           string
	SecretHash     []byte // SHA-256 of the secret: 32 random bytes need no slow hash
	Scopes         []string
	CreatedAt      time.Time
	ExpiresAt      time.Time
	LastUsedAt     time.Time // zero: never; to the minute
	RevokedAt      time.Time // zero while not revoked
}

// ClientID is the key's id as an OAuth 2.0 client_id.
func (k APIKey) ClientID() string { return clientID(k.ID) }

func (k APIKey) good(now time.Time) bool { return k.RevokedAt.IsZero() && now.Before(k.ExpiresAt) }

// NewKey is what an administrator decides about a key.
type NewKey struct {
	PartnerID uuid.UUID
	Name      string
	Scopes    []string
	ExpiresAt time.Time // zero: in a year
}

// An API key reads "trn_" id "_" secret checksum: the id (16 bytes) and secret (32 bytes) in lower-case base32 (RFC 4648 §6, unpadded), the
// checksum the CRC-32 of everything before it, likewise. "trn_" id is the OAuth client_id; secret checksum the client_secret.
const (
	keyPrefix    = "trn_"
	secretSize   = 32
	idLength     = 26
	secretLength = 52
	sumLength    = 7

	keyTTL     = 365 * 24 * time.Hour // unless the administrator decides
	keyTTLMax  = 2 * 366 * 24 * time.Hour
	touchEvery = time.Minute
)

var b32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// IsAPIKey reports whether the bearer is meant as an API key, good or not: finding that out takes a look-up.
func IsAPIKey(bearer string) bool { return strings.HasPrefix(bearer, keyPrefix) }

func clientID(id uuid.UUID) string { return keyPrefix + b32.EncodeToString(id[:]) }

func formatKey(id uuid.UUID, secret []byte) string {
	body := clientID(id) + "_" + b32.EncodeToString(secret)
	return body + checksum(body)
}

func checksum(body string) string {
	return b32.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(body))))
}

var errKeyFormat = errors.New("identity: not an API key: mistyped, or cut short")

// parseKey reads an API key; a mistyped one is found out by its checksum, without a look-up.
func parseKey(key string) (id uuid.UUID, secret []byte, err error) {
	rest, ok := strings.CutPrefix(key, keyPrefix)
	if !ok || len(rest) != idLength+1+secretLength+sumLength || rest[idLength] != '_' {
		return id, nil, errKeyFormat
	}
	body := key[:len(key)-sumLength]
	if checksum(body) != key[len(body):] {
		return id, nil, errKeyFormat
	}
	rawID, err1 := b32.DecodeString(rest[:idLength])
	secret, err2 := b32.DecodeString(rest[idLength+1 : idLength+1+secretLength])
	if err1 != nil || err2 != nil {
		return id, nil, errKeyFormat
	}
	return uuid.UUID(rawID), secret, nil
}

// CreateAPIKey makes a key for a partner of the administrator's organization. The second answer is the key itself, which is kept nowhere.
func (s *Service) CreateAPIKey(ctx context.Context, p dispatch.Principal, n NewKey, c Caller) (APIKey, string, error) {
	if p.Role != dispatch.RoleAdministrator {
		return APIKey{}, "", dispatch.Forbidden()
	}
	now := s.now()
	if n.ExpiresAt.IsZero() {
		n.ExpiresAt = now.Add(keyTTL)
	}
	var f dispatch.Faults
	checkName(&f, "/name", n.Name)
	f.Check(len(n.Scopes) > 0, "/scopes", "scopes_missing")
	for i, scope := range n.Scopes {
		if !slices.Contains(s.config.Scopes, scope) {
			f.Add(fmt.Sprintf("/scopes/%d", i), "scope_unknown", map[string]any{"scope": scope})
		}
	}
	f.Check(n.ExpiresAt.After(now) && !n.ExpiresAt.After(now.Add(keyTTLMax)), "/expires_at", "key_expiry_invalid")
	if err := f.Err(); err != nil {
		return APIKey{}, "", err
	}
	scopes := slices.Clone(n.Scopes)
	slices.Sort(scopes)
	k := APIKey{
		OrganizationID: p.OrganizationID, PartnerID: n.PartnerID, Name: n.Name, Scopes: slices.Compact(scopes),
		CreatedAt: now, ExpiresAt: n.ExpiresAt.UTC().Truncate(time.Microsecond),
	}
	text, err := s.newSecret(&k)
	if err != nil {
		return APIKey{}, "", err
	}
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		if err := s.directory.RequirePartner(ctx, p.OrganizationID, n.PartnerID); err != nil {
			return named(err, "/partner_id", "partner_unknown")
		}
		return s.insertKey(ctx, k, p, c, "api_key_created")
	})
	if err != nil {
		return APIKey{}, "", err
	}
	return k, text, nil
}

// newSecret gives the key an id and a secret, and answers its text.
func (s *Service) newSecret(k *APIKey) (string, error) {
	id, err := s.newID()
	if err != nil {
		return "", err
	}
	secret := make([]byte, secretSize)
	if _, err := io.ReadFull(s.random, secret); err != nil {
		return "", fmt.Errorf("identity: reading randomness: %w", err)
	}
	sum := sha256.Sum256(secret)
	k.ID, k.SecretHash = id, sum[:]
	return formatKey(id, secret), nil
}

func (s *Service) insertKey(ctx context.Context, k APIKey, p dispatch.Principal, c Caller, action string) error {
	if err := s.store.InsertAPIKey(ctx, k); err != nil {
		return err
	}
	return s.record(ctx, c, action, k.OrganizationID, k.ID, p.ID, map[string]any{"partner": k.PartnerID, "scopes": k.Scopes})
}

// RotateAPIKey makes a key like the old one, good until expiresAt (zero: for a year); the old one works until oldUntil (zero: it ends at
// once) or its own end, if earlier, so that the partner's programs can change over. The second answer is the new key itself.
func (s *Service) RotateAPIKey(ctx context.Context, p dispatch.Principal, id uuid.UUID, expiresAt, oldUntil time.Time, c Caller) (APIKey, string, error) {
	if p.Role != dispatch.RoleAdministrator {
		return APIKey{}, "", dispatch.Forbidden()
	}
	now := s.now()
	if expiresAt.IsZero() {
		expiresAt = now.Add(keyTTL)
	}
	if oldUntil.IsZero() {
		oldUntil = now
	}
	var f dispatch.Faults
	f.Check(expiresAt.After(now) && !expiresAt.After(now.Add(keyTTLMax)), "/expires_at", "key_expiry_invalid")
	f.Check(!oldUntil.Before(now), "/old_until", "key_overlap_invalid")
	if err := f.Err(); err != nil {
		return APIKey{}, "", err
	}
	var fresh APIKey
	var text string
	err := s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		old, err := s.ownKey(ctx, p, id)
		if err != nil {
			return err
		}
		if !old.good(now) {
			return dispatch.Conflict("api_key_over", nil)
		}
		fresh = APIKey{
			OrganizationID: old.OrganizationID, PartnerID: old.PartnerID, Name: old.Name, Scopes: old.Scopes,
			CreatedAt: now, ExpiresAt: expiresAt.UTC().Truncate(time.Microsecond),
		}
		if text, err = s.newSecret(&fresh); err != nil {
			return err
		}
		if oldUntil.Before(old.ExpiresAt) {
			old.ExpiresAt = oldUntil.UTC().Truncate(time.Microsecond)
		}
		if err := s.store.UpdateAPIKey(ctx, old); err != nil {
			return err
		}
		return s.insertKey(ctx, fresh, p, c, "api_key_rotated")
	})
	s.keys.drop(id)
	if err != nil {
		return APIKey{}, "", err
	}
	return fresh, text, nil
}

// RevokeAPIKey ends a key, and the access tokens got with it. Revoking twice is no error.
func (s *Service) RevokeAPIKey(ctx context.Context, p dispatch.Principal, id uuid.UUID, c Caller) error {
	if p.Role != dispatch.RoleAdministrator {
		return dispatch.Forbidden()
	}
	err := s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		k, err := s.ownKey(ctx, p, id)
		if err != nil || !k.RevokedAt.IsZero() {
			return err
		}
		k.RevokedAt = s.now()
		if err := s.store.UpdateAPIKey(ctx, k); err != nil {
			return err
		}
		return s.record(ctx, c, "api_key_revoked", k.OrganizationID, k.ID, p.ID, nil)
	})
	s.keys.drop(id)
	return err
}

// RevokePartnerKeys ends every key of a partner: to be called when the partner is deleted, in the same transaction.
func (s *Service) RevokePartnerKeys(ctx context.Context, organizationID, partnerID uuid.UUID) error {
	err := s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		ids, err := s.store.RevokePartnerKeys(ctx, organizationID, partnerID, s.now())
		for _, id := range ids {
			err = errors.Join(err, s.record(ctx, Caller{}, "api_key_revoked", organizationID, id, uuid.Nil, nil))
		}
		return err
	})
	s.keys.dropWhere(func(k APIKey) bool { return k.PartnerID == partnerID })
	return err
}

// KeyFilter chooses API keys of one organization, in the order of their ids.
type KeyFilter struct {
	OrganizationID uuid.UUID // set by ListAPIKeys
	PartnerID      uuid.UUID // nil UUID: every partner's
	After          uuid.UUID // those whose id is greater
	Limit          int
}

// OwnAPIKey is the key that the calling partner proves itself with, without its secret. An account has none: not found.
func (s *Service) OwnAPIKey(ctx context.Context, p dispatch.Principal) (k APIKey, err error) {
	if p.Role != dispatch.RolePartner {
		return k, dispatch.NotFound("api_key")
	}
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		k, err = s.store.APIKey(ctx, p.ID)
		return err
	})
	k.SecretHash = nil
	return k, err
}

// ListAPIKeys gives keys of the administrator's organization, without secrets.
func (s *Service) ListAPIKeys(ctx context.Context, p dispatch.Principal, f KeyFilter) (list []APIKey, err error) {
	if p.Role != dispatch.RoleAdministrator {
		return nil, dispatch.Forbidden()
	}
	f.OrganizationID = p.OrganizationID
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		list, err = s.store.APIKeys(ctx, f)
		return err
	})
	for i := range list {
		list[i].SecretHash = nil
	}
	return list, err
}

// ownKey locks a key of p's organization; any other is not found.
func (s *Service) ownKey(ctx context.Context, p dispatch.Principal, id uuid.UUID) (APIKey, error) {
	k, err := s.store.LockAPIKey(ctx, id)
	if err == nil && k.OrganizationID != p.OrganizationID {
		return APIKey{}, dispatch.NotFound("api_key")
	}
	return k, err
}

func (s *Service) authenticateKey(ctx context.Context, text string) (dispatch.Principal, error) {
	k, err := s.provenKey(ctx, text)
	if err != nil {
		return dispatch.Principal{}, err
	}
	return s.partner(ctx, k, k.Scopes)
}

// authenticateClient is the principal behind a partner's access token: its key must still be good, and its scopes still the key's.
func (s *Service) authenticateClient(ctx context.Context, c claims) (dispatch.Principal, error) {
	id, err := uuid.Parse(c.Subject)
	if err != nil || c.ClientID != clientID(id) {
		return dispatch.Principal{}, refused("token_invalid", err)
	}
	k, err := s.key(ctx, id)
	if err != nil {
		return dispatch.Principal{}, err
	}
	if !k.good(s.now()) {
		return dispatch.Principal{}, refused("api_key_expired", nil)
	}
	return s.partner(ctx, k, strings.Fields(c.Scope))
}

// provenKey is the key whose text is presented. Errors: api_key_invalid, api_key_expired (401).
func (s *Service) provenKey(ctx context.Context, text string) (APIKey, error) {
	id, secret, err := parseKey(text)
	if err != nil {
		return APIKey{}, refused("api_key_invalid", err)
	}
	k, err := s.key(ctx, id)
	if err != nil {
		return APIKey{}, err
	}
	if sum := sha256.Sum256(secret); subtle.ConstantTimeCompare(sum[:], k.SecretHash) != 1 {
		return APIKey{}, refused("api_key_invalid", nil)
	}
	if !k.good(s.now()) {
		return APIKey{}, refused("api_key_expired", nil)
	}
	return k, nil
}

// key reads a key, or remembers it for RevocationDelay.
func (s *Service) key(ctx context.Context, id uuid.UUID) (APIKey, error) {
	if k, ok := s.keys.lookup(id); ok {
		return k, nil
	}
	read := s.now()
	var k APIKey
	err := s.store.Alone(ctx, func(ctx context.Context) (err error) {
		k, err = s.store.APIKey(ctx, id)
		return err
	})
	if isNotFound(err) {
		return k, refused("api_key_invalid", err)
	}
	if err != nil {
		return k, err
	}
	s.keys.keep(id, k, read)
	return k, nil
}

// partner is the principal of a key, narrowed to the scopes; the use is noted at most once a minute.
func (s *Service) partner(ctx context.Context, k APIKey, scopes []string) (dispatch.Principal, error) {
	if now := s.now(); s.due(k.ID, now) {
		err := s.store.Alone(ctx, func(ctx context.Context) error {
			return s.store.TouchAPIKey(ctx, k.ID, now, now.Add(-touchEvery))
		})
		if err != nil {
			return dispatch.Principal{}, err
		}
	}
	return dispatch.Principal{
		OrganizationID: k.OrganizationID, Role: dispatch.RolePartner, ID: k.ID, PartnerID: k.PartnerID,
		Scopes: slices.Clone(scopes), Locale: s.config.Locale,
	}, nil
}

// due reports whether this node has not written the key's use within the minute, and takes the turn.
func (s *Service) due(id uuid.UUID, now time.Time) bool {
	s.touchedMu.Lock()
	defer s.touchedMu.Unlock()
	if now.Before(s.touched[id].Add(touchEvery)) {
		return false
	}
	s.touched[id] = now
	return true
}
