package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

// listedShiftColumns are shiftColumns without the table's name, for lists.
const listedShiftColumns = `id, version, created_at, updated_at, deleted_at, coalesce(external_id, ''), technician_id, start_at, end_at, start_lat,
	start_lon, end_lat, end_lon, transport, breaks, rules, route_version, published_at`

// Shift implements dispatch.RegistryStore.
func (d *DB) Shift(ctx context.Context, id uuid.UUID) (dispatch.Shift, error) {
	return only(ctx, d, selecting(listedShiftColumns, "shifts", org(ctx)).living(id), scanShift, "shift")
}

// ShiftByExternalID implements dispatch.RegistryStore.
func (d *DB) ShiftByExternalID(ctx context.Context, externalID string) (dispatch.Shift, error) {
	q := selecting(listedShiftColumns, "shifts", org(ctx))
	q.where(`external_id = %s`, externalID)
	return only(ctx, d, q, scanShift, "shift")
}

// Shifts implements dispatch.RegistryStore.
func (d *DB) Shifts(ctx context.Context, f dispatch.SpanFilter, page dispatch.Page) (dispatch.Listing[dispatch.Shift], error) {
	return listed(ctx, d, within(selecting(listedShiftColumns, "shifts", org(ctx)), f), page, scanShift, func(s dispatch.Shift) dispatch.Record { return s.Record })
}

// within narrows a list of shifts or absences.
func within(q *selection, f dispatch.SpanFilter) *selection {
	q.equal("technician_id", f.TechnicianID)
	if !f.Start.IsZero() {
		q.where(`end_at > %s`, f.Start)
	}
	if !f.End.IsZero() {
		q.where(`start_at < %s`, f.End)
	}
	return q
}

// InsertShift implements dispatch.RegistryStore.
func (d *DB) InsertShift(ctx context.Context, s dispatch.Shift) error {
	return d.exec(ctx, `INSERT INTO shifts (organization_id, id, external_id, technician_id, start_at, end_at, start_lat, start_lon, end_lat, end_lon, transport, breaks, rules,
		created_at, updated_at) VALUES ($1, $2, nullif($3, ''), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)`,
		org(ctx), s.ID, s.ExternalID, s.TechnicianID, s.Start, s.End, s.StartPlace.Lat, s.StartPlace.Lon, s.EndPlace.Lat, s.EndPlace.Lon, s.Transport.String(),
		list(s.Breaks), s.Rules, s.CreatedAt)
}

// UpdateShift implements dispatch.RegistryStore. The route's version moves with every change.
func (d *DB) UpdateShift(ctx context.Context, s dispatch.Shift) error {
	return d.update(ctx, "shift", `UPDATE shifts SET start_at = $3, end_at = $4, start_lat = $5, start_lon = $6, end_lat = $7, end_lon = $8, transport = $9, breaks = $10,
		route_version = route_version + 1, version = $11, updated_at = $12, deleted_at = $13, rules = $14
		WHERE organization_id = $1 AND id = $2 AND version = $11 - 1`,
		org(ctx), s.ID, s.Start, s.End, s.StartPlace.Lat, s.StartPlace.Lon, s.EndPlace.Lat, s.EndPlace.Lon, s.Transport.String(), list(s.Breaks), s.Version, s.UpdatedAt, s.DeletedAt, s.Rules)
}

// ShiftsDuring implements dispatch.RegistryStore.
func (d *DB) ShiftsDuring(ctx context.Context, span dispatch.Span) ([]dispatch.Shift, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+listedShiftColumns+` FROM shifts WHERE organization_id = $1 AND deleted_at IS NULL
		AND start_at < $3 AND end_at > $2 AND start_at > $2::timestamptz - $4::interval ORDER BY id`, org(ctx), span.Start, span.End, longestShift)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanShift)
}

// longestShift is the length that a constraint of the table allows; with it the index by start finds the shifts that reach into a time.
const longestShift = 24 * time.Hour

// Absence implements dispatch.RegistryStore.
func (d *DB) Absence(ctx context.Context, id uuid.UUID) (dispatch.Absence, error) {
	return only(ctx, d, selecting(absenceColumns, "absences", org(ctx)).living(id), scanAbsence, "absence")
}

// Absences implements dispatch.RegistryStore.
func (d *DB) Absences(ctx context.Context, f dispatch.SpanFilter, page dispatch.Page) (dispatch.Listing[dispatch.Absence], error) {
	return listed(ctx, d, within(selecting(absenceColumns, "absences", org(ctx)), f), page, scanAbsence, func(a dispatch.Absence) dispatch.Record { return a.Record })
}

// AbsencesDuring implements dispatch.RegistryStore.
func (d *DB) AbsencesDuring(ctx context.Context, span dispatch.Span) ([]dispatch.Absence, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+absenceColumns+` FROM absences WHERE organization_id = $1 AND deleted_at IS NULL AND end_at > $2 AND start_at < $3 ORDER BY id`,
		org(ctx), span.Start, span.End)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanAbsence)
}

// InsertAbsence implements dispatch.RegistryStore.
func (d *DB) InsertAbsence(ctx context.Context, a dispatch.Absence) error {
	return d.exec(ctx, `INSERT INTO absences (organization_id, id, technician_id, start_at, end_at, kind, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`,
		org(ctx), a.ID, a.TechnicianID, a.Start, a.End, a.Kind, a.CreatedAt)
}

// UpdateAbsence implements dispatch.RegistryStore.
func (d *DB) UpdateAbsence(ctx context.Context, a dispatch.Absence) error {
	return d.update(ctx, "absence", `UPDATE absences SET start_at = $3, end_at = $4, kind = $5, version = $6, updated_at = $7, deleted_at = $8
		WHERE organization_id = $1 AND id = $2 AND version = $6 - 1`, org(ctx), a.ID, a.Start, a.End, a.Kind, a.Version, a.UpdatedAt, a.DeletedAt)
}

// LivingTechnicians implements dispatch.RegistryStore.
func (d *DB) LivingTechnicians(ctx context.Context) ([]dispatch.Technician, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+technicianColumns+` FROM technicians WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY id`, org(ctx))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanTechnician)
}
