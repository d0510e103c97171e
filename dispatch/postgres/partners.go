package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

const partnerColumns = `id, version, created_at, updated_at, deleted_at, name`

func scanPartner(row pgx.CollectableRow) (p dispatch.Partner, err error) {
	err = row.Scan(&p.ID, &p.Version, &p.CreatedAt, &p.UpdatedAt, &p.DeletedAt, &p.Name)
	return p, err
}

// Partner implements dispatch.RegistryStore.
func (d *DB) Partner(ctx context.Context, id uuid.UUID) (dispatch.Partner, error) {
	return only(ctx, d, selecting(partnerColumns, "partners", org(ctx)).living(id), scanPartner, "partner")
}

// Partners implements dispatch.RegistryStore.
func (d *DB) Partners(ctx context.Context, page dispatch.Page) (dispatch.Listing[dispatch.Partner], error) {
	return listed(ctx, d, selecting(partnerColumns, "partners", org(ctx)), page, scanPartner, func(p dispatch.Partner) dispatch.Record { return p.Record })
}

// InsertPartner implements dispatch.RegistryStore.
func (d *DB) InsertPartner(ctx context.Context, p dispatch.Partner) error {
	return d.exec(ctx, `INSERT INTO partners (organization_id, id, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)`, org(ctx), p.ID, p.Name, p.CreatedAt)
}

// UpdatePartner implements dispatch.RegistryStore.
func (d *DB) UpdatePartner(ctx context.Context, p dispatch.Partner) error {
	return d.update(ctx, "partner", `UPDATE partners SET name = $3, version = $4, updated_at = $5, deleted_at = $6
		WHERE organization_id = $1 AND id = $2 AND version = $4 - 1`, org(ctx), p.ID, p.Name, p.Version, p.UpdatedAt, p.DeletedAt)
}
