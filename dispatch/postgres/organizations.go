package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

const organizationColumns = `organization_id, version, created_at, updated_at, slug, name, time_zone, locale, currency, priority_matrix, weights, policy`

func scanOrganization(row pgx.CollectableRow) (o dispatch.Organization, err error) {
	var matrix []int16
	err = row.Scan(&o.ID, &o.Version, &o.CreatedAt, &o.UpdatedAt, &o.Slug, &o.Name, &o.TimeZone, &o.Locale, &o.Currency, &matrix, &o.Weights, &o.Policy)
	copy(o.PriorityMatrix[:], matrix)
	return o, err
}

const skillCodesSQL = `SELECT code FROM skills WHERE organization_id = current_organization() AND deleted_at IS NULL`

func skillCodes(rows pgx.Rows) (map[string]bool, error) {
	codes := map[string]bool{}
	var code string
	_, err := pgx.ForEachRow(rows, []any{&code}, func() error {
		codes[code] = true
		return nil
	})
	return codes, err
}

// SkillCodes implements dispatch.RegistryStore.
func (d *DB) SkillCodes(ctx context.Context) (map[string]bool, error) {
	rows, err := d.tx(ctx).Query(ctx, skillCodesSQL)
	if err != nil {
		return nil, err
	}
	return skillCodes(rows)
}

// Organizations lists the ids of all organizations: for jobs that visit each in turn. Slugs are tenant-free; nothing else is read.
func (d *DB) Organizations(ctx context.Context) ([]uuid.UUID, error) {
	rows, err := d.pool.Query(ctx, `SELECT organization_id FROM organization_slugs ORDER BY organization_id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// Organization implements dispatch.RegistryStore.
func (d *DB) Organization(ctx context.Context) (dispatch.Organization, error) {
	return only(ctx, d, selecting(organizationColumns, "organizations", org(ctx)), scanOrganization, "organization")
}

// InsertOrganization implements dispatch.RegistryStore.
func (d *DB) InsertOrganization(ctx context.Context, o dispatch.Organization) error {
	batch := &pgx.Batch{}
	batch.Queue(`INSERT INTO organization_slugs (slug, organization_id) VALUES ($1, $2)`, o.Slug, o.ID)
	batch.Queue(`INSERT INTO organizations (organization_id, slug, name, time_zone, locale, currency, priority_matrix, weights, policy, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`, o.ID, o.Slug, o.Name, o.TimeZone, o.Locale, o.Currency, o.PriorityMatrix[:], o.Weights, o.Policy, o.CreatedAt)
	return d.tx(ctx).SendBatch(ctx, batch).Close()
}

// UpdateOrganization implements dispatch.RegistryStore.
func (d *DB) UpdateOrganization(ctx context.Context, o dispatch.Organization) error {
	return d.update(ctx, "organization", `UPDATE organizations SET name = $2, time_zone = $3, locale = $4, priority_matrix = $5, weights = $6, policy = $7, version = $8, updated_at = $9
		WHERE organization_id = $1 AND version = $8 - 1`, org(ctx), o.Name, o.TimeZone, o.Locale, o.PriorityMatrix[:], o.Weights, o.Policy, o.Version, o.UpdatedAt)
}

// OrganizationBySlug implements dispatch.RegistryStore: the one look-up outside every organization.
func (d *DB) OrganizationBySlug(ctx context.Context, slug string) (id uuid.UUID, err error) {
	err = d.tx(ctx).QueryRow(ctx, `SELECT organization_id FROM organization_slugs WHERE slug = $1`, slug).Scan(&id)
	return id, absent(err, "organization")
}
