package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

const overrideColumns = `id, version, created_at, updated_at, status, changes, reason, forced, breaches, costs, before_state, after_state, made_by_role, made_by,
	changed_by_role, changed_by`

func scanOverride(row pgx.CollectableRow) (o dispatch.Override, err error) {
	err = row.Scan(&o.ID, &o.Version, &o.CreatedAt, &o.UpdatedAt, &o.Status, &o.Changes, &o.Reason, &o.Forced, &o.Breaches, &o.Costs, &o.Before, &o.After, &o.MadeBy.Role, &o.MadeBy.ID,
		&o.ChangedBy.Role, &o.ChangedBy.ID)
	return o, err
}

// InsertOverride implements dispatch.OverrideStore.
func (d *DB) InsertOverride(ctx context.Context, o dispatch.Override) error {
	_, err := d.tx(ctx).Exec(ctx, `INSERT INTO overrides (organization_id, id, status, changes, reason, forced, breaches, costs, before_state, after_state, made_by_role, made_by,
		changed_by_role, changed_by, version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		org(ctx), o.ID, o.Status, list(o.Changes), o.Reason, o.Forced, list(o.Breaches), list(o.Costs), o.Before, o.After, o.MadeBy.Role, o.MadeBy.ID,
		o.ChangedBy.Role, o.ChangedBy.ID, o.Version, o.CreatedAt, o.UpdatedAt)
	return err
}

// UpdateOverride implements dispatch.OverrideStore.
func (d *DB) UpdateOverride(ctx context.Context, o dispatch.Override) error {
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE overrides SET status = $3, changed_by_role = $4, changed_by = $5, version = $6, updated_at = $7 WHERE organization_id = $1 AND id = $2 AND version = $6 - 1`,
		org(ctx), o.ID, o.Status, o.ChangedBy.Role, o.ChangedBy.ID, o.Version, o.UpdatedAt)
	return d.sendUpdates(ctx, batch, "override")
}

// Override implements dispatch.OverrideStore.
func (d *DB) Override(ctx context.Context, id uuid.UUID) (dispatch.Override, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+overrideColumns+` FROM overrides WHERE organization_id = $1 AND id = $2`, org(ctx), id)
	if err != nil {
		return dispatch.Override{}, err
	}
	return exactlyOne(rows, scanOverride, "override")
}

// Overrides implements dispatch.OverrideStore.
func (d *DB) Overrides(ctx context.Context, page dispatch.Page) (out dispatch.Listing[dispatch.Override], err error) {
	q := selecting(overrideColumns, "overrides", org(ctx))
	if page.After != nil {
		q.where(`id < %s`, page.After.ID)
	}
	rows, err := d.tx(ctx).Query(ctx, q.sql("id DESC", page.Limit+1), q.args...)
	if err != nil {
		return out, err
	}
	if out.Items, err = pgx.CollectRows(rows, scanOverride); err != nil {
		return out, err
	}
	if len(out.Items) > page.Limit {
		out.Items = out.Items[:page.Limit]
		out.Next = &dispatch.Cursor{ID: out.Items[page.Limit-1].ID}
	}
	return out, nil
}
