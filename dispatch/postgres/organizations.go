package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

const organizationColumns = `organization_id, version, created_at, updated_at, slug, name, time_zone, locale, currency, priority_matrix, weights`

func scanOrganization(row pgx.CollectableRow) (o dispatch.Organization, err error) {
	var matrix []int16
	err = row.Scan(&o.ID, &o.Version, &o.CreatedAt, &o.UpdatedAt, &o.Slug, &o.Name, &o.TimeZone, &o.Locale, &o.Currency, &matrix, &o.Weights)
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
