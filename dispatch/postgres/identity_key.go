package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch/identity"
)

const keyColumns = `id, organization_id, partner_id, name, secret_hash, scopes, created_at, expires_at, last_used_at, revoked_at`

func scanKey(row pgx.CollectableRow) (k identity.APIKey, err error) {
	var used, revoked *time.Time
	err = row.Scan(&k.ID, &k.OrganizationID, &k.PartnerID, &k.Name, &k.SecretHash, &k.Scopes, &k.CreatedAt, &k.ExpiresAt, &used, &revoked)
	k.LastUsedAt, k.RevokedAt = orZero(used), orZero(revoked)
	return k, err
}

// InsertAPIKey adds a key.
func (i Identity) InsertAPIKey(ctx context.Context, k identity.APIKey) error {
	_, err := i.tx(ctx).Exec(ctx, `
		INSERT INTO identity.api_keys (id, organization_id, partner_id, name, secret_hash, scopes, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		k.ID, k.OrganizationID, k.PartnerID, k.Name, k.SecretHash, k.Scopes, k.CreatedAt, k.ExpiresAt)
	return err
}

// APIKey reads a key.
func (i Identity) APIKey(ctx context.Context, id uuid.UUID) (identity.APIKey, error) {
	rows, err := i.tx(ctx).Query(ctx, `SELECT `+keyColumns+` FROM identity.api_keys WHERE id = $1`, id)
	return exactly(rows, err, scanKey, "api_key")
}

// LockAPIKey reads a key and keeps others from changing it until the transaction ends.
func (i Identity) LockAPIKey(ctx context.Context, id uuid.UUID) (identity.APIKey, error) {
	rows, err := i.tx(ctx).Query(ctx, `SELECT `+keyColumns+` FROM identity.api_keys WHERE id = $1 FOR UPDATE`, id)
	return exactly(rows, err, scanKey, "api_key")
}

// UpdateAPIKey writes expiry and revocation.
func (i Identity) UpdateAPIKey(ctx context.Context, k identity.APIKey) error {
	_, err := i.tx(ctx).Exec(ctx, `UPDATE identity.api_keys SET expires_at = $2, revoked_at = $3 WHERE id = $1`, k.ID, k.ExpiresAt, orNull(k.RevokedAt))
	return err
}

// APIKeys gives those of the filter in id order.
func (i Identity) APIKeys(ctx context.Context, f identity.KeyFilter) ([]identity.APIKey, error) {
	rows, err := i.tx(ctx).Query(ctx, `
		SELECT `+keyColumns+` FROM identity.api_keys
		WHERE organization_id = $1 AND id > $2 AND ($3::uuid IS NULL OR partner_id = $3)
		ORDER BY id LIMIT $4`, f.OrganizationID, f.After, orNull(f.PartnerID), f.Limit)
	return all(rows, err, scanKey)
}

// RevokePartnerKeys revokes every key of a partner that is not yet revoked, and names them.
func (i Identity) RevokePartnerKeys(ctx context.Context, organizationID, partnerID uuid.UUID, at time.Time) ([]uuid.UUID, error) {
	rows, err := i.tx(ctx).Query(ctx, `
		UPDATE identity.api_keys SET revoked_at = $3 WHERE organization_id = $1 AND partner_id = $2 AND revoked_at IS NULL RETURNING id`,
		organizationID, partnerID, at)
	return all(rows, err, pgx.RowTo[uuid.UUID])
}

// TouchAPIKey writes the last use unless one is known since notSince.
func (i Identity) TouchAPIKey(ctx context.Context, id uuid.UUID, at, notSince time.Time) error {
	_, err := i.tx(ctx).Exec(ctx, `
		UPDATE identity.api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)`, id, at, notSince)
	return err
}

// identityLock is the advisory lock under which nodes take turns at what only one must make.
const identityLock = 0x746f75726e6b6579 // "tournkey"

// LockSigningKeys waits for other nodes that make a key, until the transaction ends.
func (i Identity) LockSigningKeys(ctx context.Context) error {
	_, err := i.tx(ctx).Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(identityLock))
	return err
}

// SigningKeys gives the ring.
func (i Identity) SigningKeys(ctx context.Context) ([]identity.SigningKey, error) {
	rows, err := i.tx(ctx).Query(ctx, `SELECT id, public_key, sealed_key, created_at, retire_at FROM identity.signing_keys ORDER BY created_at`)
	return all(rows, err, func(row pgx.CollectableRow) (k identity.SigningKey, err error) {
		var public []byte
		err = row.Scan(&k.ID, &public, &k.Sealed, &k.CreatedAt, &k.RetireAt)
		k.Public = public
		return k, err
	})
}

// InsertSigningKey adds a key to the ring.
func (i Identity) InsertSigningKey(ctx context.Context, k identity.SigningKey) error {
	_, err := i.tx(ctx).Exec(ctx, `INSERT INTO identity.signing_keys (id, public_key, sealed_key, created_at, retire_at) VALUES ($1, $2, $3, $4, $5)`,
		k.ID, []byte(k.Public), k.Sealed, k.CreatedAt, k.RetireAt)
	return err
}

// DeleteSigningKeys deletes keys retired before the time.
func (i Identity) DeleteSigningKeys(ctx context.Context, before time.Time) (int64, error) {
	return i.deleted(ctx, `DELETE FROM identity.signing_keys WHERE retire_at < $1`, before)
}

// InsertAudit adds an entry.
func (i Identity) InsertAudit(ctx context.Context, e identity.Entry) error {
	if e.Details == nil {
		e.Details = map[string]any{}
	}
	_, err := i.tx(ctx).Exec(ctx, `
		INSERT INTO identity.audit (id, at, organization_id, subject_id, actor_id, action, source, details) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		e.ID, e.At, orNull(e.OrganizationID), orNull(e.SubjectID), orNull(e.ActorID), e.Action, e.Source, e.Details)
	return err
}

// Audit gives an organization's entries, newest first, older than the entry before.
func (i Identity) Audit(ctx context.Context, organizationID, before uuid.UUID, limit int) ([]identity.Entry, error) {
	rows, err := i.tx(ctx).Query(ctx, `
		SELECT id, at, organization_id, subject_id, actor_id, action, source, details FROM identity.audit
		WHERE organization_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, organizationID, before, limit)
	return all(rows, err, func(row pgx.CollectableRow) (e identity.Entry, err error) {
		var organization, subject, actor *uuid.UUID
		err = row.Scan(&e.ID, &e.At, &organization, &subject, &actor, &e.Action, &e.Source, &e.Details)
		e.OrganizationID, e.SubjectID, e.ActorID = orZero(organization), orZero(subject), orZero(actor)
		return e, err
	})
}

// DeleteAudit deletes entries older than the time.
func (i Identity) DeleteAudit(ctx context.Context, before time.Time) (int64, error) {
	return i.deleted(ctx, `DELETE FROM identity.audit WHERE at < $1`, before)
}
