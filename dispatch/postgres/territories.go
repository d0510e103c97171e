package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

const territoryColumns = `id, version, created_at, updated_at, deleted_at, coalesce(external_id, ''), name, metadata,
	(SELECT coalesce(array_agg(c.cell ORDER BY c.cell), '{}') FROM territory_cells c WHERE c.organization_id = territories.organization_id AND c.territory_id = territories.id)`

func scanTerritory(row pgx.CollectableRow) (t dispatch.Territory, err error) {
	err = row.Scan(&t.ID, &t.Version, &t.CreatedAt, &t.UpdatedAt, &t.DeletedAt, &t.ExternalID, &t.Name, &t.Metadata, &t.Cells)
	return t, err
}

// Territory implements dispatch.RegistryStore.
func (d *DB) Territory(ctx context.Context, id uuid.UUID) (dispatch.Territory, error) {
	return only(ctx, d, selecting(territoryColumns, "territories", org(ctx)).living(id), scanTerritory, "territory")
}

// TerritoryByExternalID implements dispatch.RegistryStore.
func (d *DB) TerritoryByExternalID(ctx context.Context, externalID string) (dispatch.Territory, error) {
	q := selecting(territoryColumns, "territories", org(ctx))
	q.where(`external_id = %s`, externalID)
	return only(ctx, d, q, scanTerritory, "territory")
}

// Territories implements dispatch.RegistryStore.
func (d *DB) Territories(ctx context.Context, page dispatch.Page) (dispatch.Listing[dispatch.Territory], error) {
	return listed(ctx, d, selecting(territoryColumns, "territories", org(ctx)), page, scanTerritory, func(t dispatch.Territory) dispatch.Record { return t.Record })
}

// LivingTerritories implements dispatch.RegistryStore.
func (d *DB) LivingTerritories(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT id FROM territories WHERE organization_id = $1 AND id = ANY($2) AND deleted_at IS NULL`, org(ctx), list(ids))
	if err != nil {
		return nil, err
	}
	return idSet(rows)
}

// InsertTerritory implements dispatch.RegistryStore.
func (d *DB) InsertTerritory(ctx context.Context, t dispatch.Territory) error {
	err := d.exec(ctx, `INSERT INTO territories (organization_id, id, external_id, name, metadata, created_at, updated_at) VALUES ($1, $2, nullif($3, ''), $4, $5, $6, $6)`,
		org(ctx), t.ID, t.ExternalID, t.Name, labels(t.Metadata), t.CreatedAt)
	if err != nil {
		return err
	}
	return d.insertCells(ctx, t)
}

// UpdateTerritory implements dispatch.RegistryStore. A deleted territory gives its cells back.
func (d *DB) UpdateTerritory(ctx context.Context, t dispatch.Territory) error {
	err := d.update(ctx, "territory", `UPDATE territories SET name = $3, metadata = $4, version = $5, updated_at = $6, deleted_at = $7
		WHERE organization_id = $1 AND id = $2 AND version = $5 - 1`, org(ctx), t.ID, t.Name, labels(t.Metadata), t.Version, t.UpdatedAt, t.DeletedAt)
	if err != nil {
		return err
	}
	if t.DeletedAt != nil {
		t.Cells = nil
	}
	err = d.exec(ctx, `DELETE FROM territory_cells WHERE organization_id = $1 AND territory_id = $2 AND cell <> ALL($3)`, org(ctx), t.ID, list(t.Cells))
	if err != nil {
		return err
	}
	return d.insertCells(ctx, t)
}

// insertCells adds the cells that the territory does not have yet. One that another territory has breaks the primary key; the service has
// looked for those before, so that only two writers at the same moment meet it.
func (d *DB) insertCells(ctx context.Context, t dispatch.Territory) error {
	return d.exec(ctx, `INSERT INTO territory_cells (organization_id, cell, territory_id)
		SELECT $1, cell, $2 FROM unnest($3::bigint[]) cell
		WHERE NOT EXISTS (SELECT FROM territory_cells c WHERE c.organization_id = $1 AND c.cell = cell.cell AND c.territory_id = $2)`, org(ctx), t.ID, list(t.Cells))
}

// CellOwners implements dispatch.RegistryStore.
func (d *DB) CellOwners(ctx context.Context, cells []int64) (map[int64]dispatch.CellOwner, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT c.cell, t.id, t.name FROM territory_cells c
		JOIN territories t ON t.organization_id = c.organization_id AND t.id = c.territory_id
		WHERE c.organization_id = $1 AND c.cell = ANY($2) FOR KEY SHARE OF t`, org(ctx), list(cells))
	if err != nil {
		return nil, err
	}
	owners := map[int64]dispatch.CellOwner{}
	var cell int64
	var owner dispatch.CellOwner
	_, err = pgx.ForEachRow(rows, []any{&cell, &owner.ID, &owner.Name}, func() error {
		owners[cell] = owner
		return nil
	})
	return owners, err
}

// SiteCells implements dispatch.RegistryStore. The territory is locked, so that no site joins it before the transaction ends.
func (d *DB) SiteCells(ctx context.Context, territory uuid.UUID) ([]int64, error) {
	if err := d.exec(ctx, `SELECT FROM territories WHERE organization_id = $1 AND id = $2 FOR UPDATE`, org(ctx), territory); err != nil {
		return nil, err
	}
	rows, err := d.tx(ctx).Query(ctx, `SELECT cell FROM sites WHERE organization_id = $1 AND territory_id = $2 AND deleted_at IS NULL`, org(ctx), territory)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// TechniciansServing implements dispatch.RegistryStore.
func (d *DB) TechniciansServing(ctx context.Context, territory uuid.UUID) (int, error) {
	return d.count(ctx, `SELECT count(*) FROM technicians WHERE organization_id = $1 AND deleted_at IS NULL AND territory_ids @> ARRAY[$2::uuid]`, org(ctx), territory)
}
