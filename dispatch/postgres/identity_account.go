package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch/identity"
)

const accountColumns = `a.id, a.organization_id, a.role, a.client_id, a.technician_id, a.email, a.name, a.locale, a.password_hash,
	a.state, a.session_epoch, a.created_at, a.updated_at`

func accountTargets(a *identity.Account, n *accountNulls) []any {
	return []any{
		&a.ID, &a.OrganizationID, &a.Role, &n.client, &n.technician, &n.email, &a.Name, &a.Locale, &n.hash,
		&a.State, &a.Epoch, &a.CreatedAt, &a.UpdatedAt,
	}
}

// accountNulls are the columns that may be NULL.
type accountNulls struct {
	client, technician *uuid.UUID
	email, hash        *string
}

func (n accountNulls) fill(a *identity.Account) {
	a.ClientID, a.TechnicianID, a.Email, a.PasswordHash = orZero(n.client), orZero(n.technician), orZero(n.email), orZero(n.hash)
}

func scanAccount(row pgx.CollectableRow) (a identity.Account, err error) {
	var n accountNulls
	err = row.Scan(accountTargets(&a, &n)...)
	n.fill(&a)
	return a, err
}

// InsertAccount adds an account.
func (i Identity) InsertAccount(ctx context.Context, a identity.Account) error {
	_, err := i.tx(ctx).Exec(ctx, `
		INSERT INTO identity.accounts (id, organization_id, role, client_id, technician_id, email, name, locale, password_hash, state,
			session_epoch, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		a.ID, a.OrganizationID, a.Role, orNull(a.ClientID), orNull(a.TechnicianID), orNull(a.Email), a.Name, a.Locale, orNull(a.PasswordHash),
		a.State, a.Epoch, a.CreatedAt, a.UpdatedAt)
	return translate(err)
}

// UpdateAccount writes everything but id, organization and creation.
func (i Identity) UpdateAccount(ctx context.Context, a identity.Account) error {
	_, err := i.tx(ctx).Exec(ctx, `
		UPDATE identity.accounts SET role = $2, client_id = $3, technician_id = $4, email = $5, name = $6, locale = $7, password_hash = $8,
			state = $9, session_epoch = $10, updated_at = $11
		WHERE id = $1`,
		a.ID, a.Role, orNull(a.ClientID), orNull(a.TechnicianID), orNull(a.Email), a.Name, a.Locale, orNull(a.PasswordHash),
		a.State, a.Epoch, a.UpdatedAt)
	return translate(err)
}

// DeleteAccount deletes an account and what hangs on it.
func (i Identity) DeleteAccount(ctx context.Context, id uuid.UUID) error {
	_, err := i.tx(ctx).Exec(ctx, `DELETE FROM identity.accounts WHERE id = $1`, id)
	return err
}

// Account reads an account.
func (i Identity) Account(ctx context.Context, id uuid.UUID) (identity.Account, error) {
	return i.account(ctx, `WHERE a.id = $1`, id)
}

// LockAccount reads an account and keeps others from changing it until the transaction ends.
func (i Identity) LockAccount(ctx context.Context, id uuid.UUID) (identity.Account, error) {
	return i.account(ctx, `WHERE a.id = $1 FOR UPDATE`, id)
}

// AccountByEmail finds the account, not merely invited, of a normalised e-mail.
func (i Identity) AccountByEmail(ctx context.Context, email string) (identity.Account, error) {
	return i.account(ctx, `WHERE a.email = $1 AND a.state <> 'invited'`, email)
}

// AccountBySubject finds the account linked to an external subject.
func (i Identity) AccountBySubject(ctx context.Context, issuer, subject string) (identity.Account, error) {
	return i.account(ctx, `JOIN identity.external_subjects s ON s.account_id = a.id WHERE s.issuer = $1 AND s.subject = $2`, issuer, subject)
}

// account reads the one account that the rest of the statement chooses.
func (i Identity) account(ctx context.Context, rest string, args ...any) (identity.Account, error) {
	rows, err := i.tx(ctx).Query(ctx, `SELECT `+accountColumns+` FROM identity.accounts a `+rest, args...)
	return exactly(rows, err, scanAccount, "account")
}

// InvitedAccounts gives the accounts waiting under the e-mail, newest first.
func (i Identity) InvitedAccounts(ctx context.Context, email string) ([]identity.Account, error) {
	rows, err := i.tx(ctx).Query(ctx, `SELECT `+accountColumns+` FROM identity.accounts a WHERE a.email = $1 AND a.state = 'invited' ORDER BY a.id DESC`, email)
	return all(rows, err, scanAccount)
}

// Accounts gives those of the filter in id order.
func (i Identity) Accounts(ctx context.Context, f identity.AccountFilter) ([]identity.Account, error) {
	rows, err := i.tx(ctx).Query(ctx, `
		SELECT `+accountColumns+` FROM identity.accounts a
		WHERE a.organization_id = $1 AND a.id > $2 AND ($3::uuid IS NULL OR a.client_id = $3)
		ORDER BY a.id LIMIT $4`, f.OrganizationID, f.After, orNull(f.ClientID), f.Limit)
	return all(rows, err, scanAccount)
}

// LockAdministrators gives the organization's active administrators, locked in id order.
func (i Identity) LockAdministrators(ctx context.Context, organizationID uuid.UUID) ([]uuid.UUID, error) {
	rows, err := i.tx(ctx).Query(ctx, `
		SELECT id FROM identity.accounts WHERE organization_id = $1 AND role = 'administrator' AND state = 'active' ORDER BY id FOR UPDATE`, organizationID)
	return all(rows, err, pgx.RowTo[uuid.UUID])
}

// AnyAdministrator reports whether some organization has an administrator who is not merely invited.
func (i Identity) AnyAdministrator(ctx context.Context) (exists bool, err error) {
	err = i.tx(ctx).QueryRow(ctx, `SELECT EXISTS (SELECT FROM identity.accounts WHERE role = 'administrator' AND state <> 'invited')`).Scan(&exists)
	return exists, err
}

// InsertSubject links an external subject to an account.
func (i Identity) InsertSubject(ctx context.Context, issuer, subject string, accountID uuid.UUID, at time.Time) error {
	_, err := i.tx(ctx).Exec(ctx, `INSERT INTO identity.external_subjects (issuer, subject, account_id, created_at) VALUES ($1, $2, $3, $4)`,
		issuer, subject, accountID, at)
	return translate(err)
}
