package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

// DayStates implements dispatch.ReplanStore: one round trip.
func (d *DB) DayStates(ctx context.Context, days []dispatch.Span) (out []dispatch.DayState, err error) {
	var starts, ends []time.Time
	for _, day := range days {
		starts, ends = append(starts, day.Start), append(ends, day.End)
	}
	const with = `WITH days AS (SELECT start_at, end_at, nr - 1 AS nr FROM unnest($2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY AS d (start_at, end_at, nr)) `
	batch := &pgx.Batch{}
	batch.Queue(with+`SELECT days.nr, s.technician_id, bit_xor(hashtextextended(s.id::text || s.route_version, 0)) FROM days
		JOIN shifts s ON s.organization_id = $1 AND s.deleted_at IS NULL AND s.start_at >= days.start_at AND s.start_at < days.end_at GROUP BY 1, 2`,
		org(ctx), starts, ends).Query(func(rows pgx.Rows) error {
		var s dispatch.DayState
		_, err := pgx.ForEachRow(rows, []any{&s.Day, &s.TechnicianID, &s.State}, func() error {
			out = append(out, s)
			return nil
		})
		return err
	})
	batch.Queue(with+`SELECT days.nr, v.territory_id, bit_xor(hashtextextended(v.id::text || v.version, 0)) FROM days
		JOIN visits v ON v.organization_id = $1 AND v.status IN ('unassigned', 'refused') AND v.window_start < days.end_at AND v.window_end > days.start_at GROUP BY 1, 2`,
		org(ctx), starts, ends).Query(func(rows pgx.Rows) error {
		s := dispatch.DayState{Waiting: true}
		var territory *uuid.UUID
		_, err := pgx.ForEachRow(rows, []any{&s.Day, &territory, &s.State}, func() error {
			s.TerritoryID = orZero(territory)
			out = append(out, s)
			return nil
		})
		return err
	})
	return out, d.tx(ctx).SendBatch(ctx, batch).Close()
}

// NoticeDay implements dispatch.ReplanStore.
func (d *DB) NoticeDay(ctx context.Context, day dispatch.BasinDay, state int64, now time.Time) (n dispatch.NoticedDay, err error) {
	err = d.tx(ctx).QueryRow(ctx, `INSERT INTO replans AS r (organization_id, basin, day_start, day_end, noticed, noticed_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
		ON CONFLICT (organization_id, basin, day_start) DO UPDATE SET noticed = $5, day_end = $4,
			noticed_at = CASE WHEN r.noticed = $5 THEN r.noticed_at ELSE $6 END,
			changed_at = CASE WHEN r.seen = $5 THEN NULL ELSE coalesce(r.changed_at, $6) END
		RETURNING noticed_at, changed_at, coalesce(lease_until > $6, false), coalesce(asked_until > $6, false)`,
		org(ctx), day.Basin, day.Start, day.End, state, now).Scan(&n.Since, &n.Changed, &n.Leased, &n.Asked)
	return n, err
}

// AskDay implements dispatch.ReplanStore.
func (d *DB) AskDay(ctx context.Context, day dispatch.BasinDay, until time.Time) error {
	_, err := d.tx(ctx).Exec(ctx, `UPDATE replans SET asked_until = $4 WHERE organization_id = $1 AND basin = $2 AND day_start = $3`, org(ctx), day.Basin, day.Start, until)
	return err
}

// LeaseDay implements dispatch.ReplanStore.
func (d *DB) LeaseDay(ctx context.Context, day dispatch.BasinDay, lease uuid.UUID, now, until time.Time) (bool, error) {
	tag, err := d.tx(ctx).Exec(ctx, `INSERT INTO replans AS r (organization_id, basin, day_start, day_end, noticed, noticed_at, changed_at, lease, lease_until)
		VALUES ($1, $2, $3, $4, 0, $6, $6, $5, $7)
		ON CONFLICT (organization_id, basin, day_start) DO UPDATE SET lease = $5, lease_until = $7 WHERE r.lease_until IS NULL OR r.lease_until <= $6`,
		org(ctx), day.Basin, day.Start, day.End, lease, now, until)
	return tag.RowsAffected() == 1, err
}

// RenewDay implements dispatch.ReplanStore.
func (d *DB) RenewDay(ctx context.Context, day dispatch.BasinDay, lease uuid.UUID, until time.Time) (bool, error) {
	tag, err := d.tx(ctx).Exec(ctx, `UPDATE replans SET lease_until = $5 WHERE organization_id = $1 AND basin = $2 AND day_start = $3 AND lease = $4`,
		org(ctx), day.Basin, day.Start, lease, until)
	return tag.RowsAffected() == 1, err
}

// SettleDay implements dispatch.ReplanStore.
func (d *DB) SettleDay(ctx context.Context, day dispatch.BasinDay, lease uuid.UUID, seen int64) error {
	_, err := d.tx(ctx).Exec(ctx, `UPDATE replans SET lease = NULL, lease_until = NULL, asked_until = NULL, seen = $5, changed_at = CASE WHEN noticed = $5 THEN NULL ELSE changed_at END
		WHERE organization_id = $1 AND basin = $2 AND day_start = $3 AND lease = $4`, org(ctx), day.Basin, day.Start, lease, seen)
	return err
}

const planChangeColumns = `id, version, created_at, updated_at, deleted_at, basin, day_start, status, saving, moves, routes, decided_by_role, decided_by`

func scanPlanChange(row pgx.CollectableRow) (c dispatch.PlanChange, err error) {
	var by *uuid.UUID
	err = row.Scan(&c.ID, &c.Version, &c.CreatedAt, &c.UpdatedAt, &c.DeletedAt, &c.Basin, &c.Start, &c.Status, &c.Saving, &c.Moves, &c.Routes, &c.DecidedBy.Role, &by)
	c.DecidedBy.ID = orZero(by)
	return c, err
}

// InsertPlanChange implements dispatch.ReplanStore.
func (d *DB) InsertPlanChange(ctx context.Context, c dispatch.PlanChange) error {
	_, err := d.tx(ctx).Exec(ctx, `INSERT INTO plan_changes (organization_id, id, basin, day_start, status, saving, moves, routes, decided_by_role, decided_by, version, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)`,
		org(ctx), c.ID, c.Basin, c.Start, c.Status, c.Saving, c.Moves, c.Routes, c.DecidedBy.Role, orNull(c.DecidedBy.ID), c.Version, c.CreatedAt)
	return err
}

// UpdatePlanChange implements dispatch.ReplanStore.
func (d *DB) UpdatePlanChange(ctx context.Context, c dispatch.PlanChange) error {
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE plan_changes SET status = $3, decided_by_role = $4, decided_by = $5, version = $6, updated_at = $7 WHERE organization_id = $1 AND id = $2 AND version = $6 - 1`,
		org(ctx), c.ID, c.Status, c.DecidedBy.Role, orNull(c.DecidedBy.ID), c.Version, c.UpdatedAt)
	return d.sendUpdates(ctx, batch, "plan_change")
}

// PlanChange implements dispatch.ReplanStore.
func (d *DB) PlanChange(ctx context.Context, id uuid.UUID) (dispatch.PlanChange, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+planChangeColumns+` FROM plan_changes WHERE organization_id = $1 AND id = $2`, org(ctx), id)
	if err != nil {
		return dispatch.PlanChange{}, err
	}
	return exactlyOne(rows, scanPlanChange, "plan_change")
}

// PlanChanges implements dispatch.ReplanStore.
func (d *DB) PlanChanges(ctx context.Context, status dispatch.PlanChangeStatus, page dispatch.Page) (dispatch.Listing[dispatch.PlanChange], error) {
	q := selecting(planChangeColumns, "plan_changes", org(ctx))
	if status != "" {
		q.where("status = %s", status)
	}
	return listed(ctx, d, q, page, scanPlanChange, func(c dispatch.PlanChange) dispatch.Record { return c.Record })
}

// OutdatePlanChanges implements dispatch.ReplanStore.
func (d *DB) OutdatePlanChanges(ctx context.Context, day dispatch.BasinDay, now time.Time) error {
	_, err := d.tx(ctx).Exec(ctx, `UPDATE plan_changes SET status = 'outdated', version = version + 1, updated_at = $4
		WHERE organization_id = $1 AND basin = $2 AND day_start = $3 AND status = 'proposed'`, org(ctx), day.Basin, day.Start, now)
	return err
}
