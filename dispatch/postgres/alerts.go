package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

const alertColumns = `id, version, created_at, updated_at, deleted_at, kind, visit_id, technician_id, shift_id, territory_id, params, remedy, accepted_at, acknowledged_at,
	acknowledged_by, resolved_at`

func scanAlert(row pgx.CollectableRow) (a dispatch.Alert, err error) {
	var by *uuid.UUID
	err = row.Scan(&a.ID, &a.Version, &a.CreatedAt, &a.UpdatedAt, &a.DeletedAt, &a.Kind, &a.VisitID, &a.TechnicianID, &a.ShiftID, &a.TerritoryID, &a.Params, &a.Remedy, &a.AcceptedAt,
		&a.AcknowledgedAt, &by, &a.ResolvedAt)
	a.AcknowledgedBy = orZero(by)
	return a, err
}

// OpenAlerts implements dispatch.AlertStore.
func (d *DB) OpenAlerts(ctx context.Context, technician uuid.UUID) ([]dispatch.Alert, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+alertColumns+` FROM alerts WHERE organization_id = $1 AND technician_id = $2 AND resolved_at IS NULL ORDER BY id FOR UPDATE`, org(ctx), technician)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanAlert)
}

// TechniciansAlerted implements dispatch.AlertStore.
func (d *DB) TechniciansAlerted(ctx context.Context) ([]uuid.UUID, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT DISTINCT technician_id FROM alerts WHERE organization_id = $1 AND resolved_at IS NULL
		AND technician_id <> '00000000-0000-0000-0000-000000000000' ORDER BY 1`, org(ctx))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// InsertAlert implements dispatch.AlertStore.
func (d *DB) InsertAlert(ctx context.Context, a dispatch.Alert) error {
	_, err := d.tx(ctx).Exec(ctx, `INSERT INTO alerts (organization_id, id, kind, visit_id, technician_id, shift_id, territory_id, params, remedy, version, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)`,
		org(ctx), a.ID, a.Kind, a.VisitID, a.TechnicianID, a.ShiftID, a.TerritoryID, a.Params, a.Remedy, a.Version, a.CreatedAt)
	return err
}

// UpdateAlert implements dispatch.AlertStore.
func (d *DB) UpdateAlert(ctx context.Context, a dispatch.Alert) error {
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE alerts SET remedy = $3, accepted_at = $4, acknowledged_at = $5, acknowledged_by = $6, resolved_at = $7, version = $8, updated_at = $9
		WHERE organization_id = $1 AND id = $2 AND version = $8 - 1`,
		org(ctx), a.ID, a.Remedy, a.AcceptedAt, a.AcknowledgedAt, orNull(a.AcknowledgedBy), a.ResolvedAt, a.Version, a.UpdatedAt)
	return d.sendUpdates(ctx, batch, "alert")
}

// Alert implements dispatch.AlertStore.
func (d *DB) Alert(ctx context.Context, id uuid.UUID) (dispatch.Alert, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+alertColumns+` FROM alerts WHERE organization_id = $1 AND id = $2`, org(ctx), id)
	if err != nil {
		return dispatch.Alert{}, err
	}
	return exactlyOne(rows, scanAlert, "alert")
}

// Alerts implements dispatch.AlertStore.
func (d *DB) Alerts(ctx context.Context, f dispatch.AlertFilter, page dispatch.Page) (dispatch.Listing[dispatch.Alert], error) {
	q := selecting(alertColumns, "alerts", org(ctx))
	if f.Resolved != nil {
		q.where(`(resolved_at IS NOT NULL) = %s`, *f.Resolved)
	}
	if f.Kind != "" {
		q.where(`kind = %s`, f.Kind)
	}
	q.equal("visit_id", f.VisitID)
	q.equal("technician_id", f.TechnicianID)
	return listed(ctx, d, q, page, scanAlert, func(a dispatch.Alert) dispatch.Record { return a.Record })
}

// VisitsOwed implements dispatch.AlertStore.
func (d *DB) VisitsOwed(ctx context.Context, before time.Time, limit int) ([]dispatch.Visit, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+visitColumns+` FROM `+visitTables+` WHERE v.organization_id = $1 AND v.status IN ('unassigned', 'refused') AND v.deleted_at IS NULL
		AND (v.promised_start < $2 OR (v.rules ->> 'due')::timestamptz < $2) ORDER BY v.id LIMIT $3`, org(ctx), before, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanVisit)
}

// VisitsWaiting implements dispatch.AlertStore.
func (d *DB) VisitsWaiting(ctx context.Context, territory uuid.UUID, span dispatch.Span, limit int) ([]dispatch.Visit, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+visitColumns+` FROM `+visitTables+` WHERE v.organization_id = $1 AND v.status IN ('unassigned', 'refused') AND v.mode <> 'hotline'
		AND v.window_start < $3 AND v.window_end > $2 AND ($4::uuid IS NULL OR v.territory_id = $4) AND v.deleted_at IS NULL ORDER BY v.priority, v.window_end, v.id LIMIT $5`,
		org(ctx), span.Start, span.End, orNull(territory), limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanVisit)
}

// CrisesWaiting implements dispatch.AlertStore.
func (d *DB) CrisesWaiting(ctx context.Context, before time.Time, limit int) ([]dispatch.Visit, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+visitColumns+` FROM `+visitTables+` JOIN requests r ON r.organization_id = v.organization_id AND r.id = v.request_id
		WHERE v.organization_id = $1 AND v.status IN ('unassigned', 'refused') AND v.mode <> 'hotline' AND v.deleted_at IS NULL AND r.severity = 'crisis'
		AND v.window_start < $2 ORDER BY v.id LIMIT $3`, org(ctx), before, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanVisit)
}
