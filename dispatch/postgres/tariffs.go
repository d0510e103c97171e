package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

const tariffColumns = `id, version, valid_from, currency, terms, created_at, created_by_role, created_by`

func scanTariff(row pgx.CollectableRow) (t dispatch.Tariff, err error) {
	err = row.Scan(&t.ID, &t.Version, &t.ValidFrom, &t.Currency, &t.TariffTerms, &t.CreatedAt, &t.CreatedBy.Role, &t.CreatedBy.ID)
	return t, err
}

// Tariffs implements dispatch.TariffStore, newest first.
func (d *DB) Tariffs(ctx context.Context, page dispatch.Page) (out dispatch.Listing[dispatch.Tariff], err error) {
	q := selecting(tariffColumns, "tariffs", org(ctx))
	if page.After != nil {
		q.where(`version < (SELECT a.version FROM tariffs a WHERE a.organization_id = %s AND a.id = %s)`, org(ctx), page.After.ID)
	}
	rows, err := d.tx(ctx).Query(ctx, q.sql("version DESC", page.Limit+1), q.args...)
	if err != nil {
		return out, err
	}
	if out.Items, err = pgx.CollectRows(rows, scanTariff); err != nil {
		return out, err
	}
	if len(out.Items) > page.Limit {
		out.Items = out.Items[:page.Limit]
		out.Next = &dispatch.Cursor{ID: out.Items[page.Limit-1].ID}
	}
	return out, nil
}

// TariffVersion implements dispatch.TariffStore.
func (d *DB) TariffVersion(ctx context.Context, n int) (dispatch.Tariff, error) {
	q := selecting(tariffColumns, "tariffs", org(ctx))
	q.where(`version = %s`, n)
	return only(ctx, d, q, scanTariff, "tariff")
}

// NewestTariff implements dispatch.TariffStore.
func (d *DB) NewestTariff(ctx context.Context) (dispatch.Tariff, error) {
	return d.highest(ctx, selecting(tariffColumns, "tariffs", org(ctx)))
}

// TariffAt implements dispatch.TariffStore.
func (d *DB) TariffAt(ctx context.Context, at time.Time) (dispatch.Tariff, error) {
	q := selecting(tariffColumns, "tariffs", org(ctx))
	q.where(`valid_from <= %s`, at)
	return d.highest(ctx, q)
}

// highest is the version of a selection with the highest number.
func (d *DB) highest(ctx context.Context, q *selection) (dispatch.Tariff, error) {
	rows, err := d.tx(ctx).Query(ctx, q.sql("version DESC", 1), q.args...)
	if err != nil {
		return dispatch.Tariff{}, err
	}
	return exactlyOne(rows, scanTariff, "tariff")
}

// InsertTariff implements dispatch.TariffStore.
func (d *DB) InsertTariff(ctx context.Context, t dispatch.Tariff) error {
	return translate(d.exec(ctx, `INSERT INTO tariffs (organization_id, version, id, valid_from, currency, terms, created_at, created_by_role, created_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, org(ctx), t.Version, t.ID, t.ValidFrom, t.Currency, t.TariffTerms, t.CreatedAt, t.CreatedBy.Role, t.CreatedBy.ID))
}
