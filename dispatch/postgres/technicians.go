package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
	"tournee/geo"
)

const technicianColumns = `id, version, created_at, updated_at, deleted_at, coalesce(external_id, ''), name, coalesce(email, ''), coalesce(phone, ''), employment,
	transport, home_lat, home_lon, time_zone, locale, skills, territory_ids, rules, metadata`

func scanTechnician(row pgx.CollectableRow) (t dispatch.Technician, err error) {
	var transport string
	err = row.Scan(&t.ID, &t.Version, &t.CreatedAt, &t.UpdatedAt, &t.DeletedAt, &t.ExternalID, &t.Name, &t.Email, &t.Phone, &t.Employment,
		&transport, &t.Home.Lat, &t.Home.Lon, &t.TimeZone, &t.Locale, &t.Skills, &t.TerritoryIDs, &t.Rules, &t.Metadata)
	if err == nil {
		t.Transport, err = geo.ParseMode(transport)
	}
	return t, err
}

// Technician implements dispatch.RegistryStore.
func (d *DB) Technician(ctx context.Context, id uuid.UUID) (dispatch.Technician, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+technicianColumns+` FROM technicians WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL`, org(ctx), id)
	if err != nil {
		return dispatch.Technician{}, err
	}
	return exactlyOne(rows, scanTechnician, "technician")
}

// ShiftsOf implements dispatch.RegistryStore.
func (d *DB) ShiftsOf(ctx context.Context, technician uuid.UUID, span dispatch.Span) ([]dispatch.Shift, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+shiftColumns+` FROM shifts s WHERE s.organization_id = $1 AND s.technician_id = $2 AND s.deleted_at IS NULL
		AND s.end_at > $3 AND s.start_at < $4 ORDER BY s.start_at`, org(ctx), technician, span.Start, span.End)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanShift)
}

// TechnicianByExternalID implements dispatch.RegistryStore.
func (d *DB) TechnicianByExternalID(ctx context.Context, externalID string) (dispatch.Technician, error) {
	q := selecting(technicianColumns, "technicians", org(ctx))
	q.where(`external_id = %s`, externalID)
	return only(ctx, d, q, scanTechnician, "technician")
}

// Technicians implements dispatch.RegistryStore.
func (d *DB) Technicians(ctx context.Context, page dispatch.Page) (dispatch.Listing[dispatch.Technician], error) {
	return listed(ctx, d, selecting(technicianColumns, "technicians", org(ctx)), page, scanTechnician, func(t dispatch.Technician) dispatch.Record { return t.Record })
}

// InsertTechnician implements dispatch.RegistryStore.
func (d *DB) InsertTechnician(ctx context.Context, t dispatch.Technician) error {
	return d.exec(ctx, `INSERT INTO technicians (organization_id, id, external_id, name, email, phone, employment, transport, home_lat, home_lon, time_zone, locale, skills,
		territory_ids, rules, metadata, created_at, updated_at)
		VALUES ($1, $2, nullif($3, ''), $4, nullif($5, ''), nullif($6, ''), $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)`,
		org(ctx), t.ID, t.ExternalID, t.Name, t.Email, t.Phone, t.Employment, t.Transport.String(), t.Home.Lat, t.Home.Lon, t.TimeZone, t.Locale, list(t.Skills),
		list(t.TerritoryIDs), t.Rules, labels(t.Metadata), t.CreatedAt)
}

// UpdateTechnician implements dispatch.RegistryStore.
func (d *DB) UpdateTechnician(ctx context.Context, t dispatch.Technician) error {
	return d.update(ctx, "technician", `UPDATE technicians SET name = $3, email = nullif($4, ''), phone = nullif($5, ''), employment = $6, transport = $7, home_lat = $8,
		home_lon = $9, time_zone = $10, locale = $11, skills = $12, territory_ids = $13, metadata = $14, version = $15, updated_at = $16, deleted_at = $17, rules = $18
		WHERE organization_id = $1 AND id = $2 AND version = $15 - 1`,
		org(ctx), t.ID, t.Name, t.Email, t.Phone, t.Employment, t.Transport.String(), t.Home.Lat, t.Home.Lon, t.TimeZone, t.Locale, list(t.Skills),
		list(t.TerritoryIDs), labels(t.Metadata), t.Version, t.UpdatedAt, t.DeletedAt, t.Rules)
}

// TechnicianZones implements dispatch.RegistryStore.
func (d *DB) TechnicianZones(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT id, time_zone FROM technicians WHERE organization_id = $1 AND id = ANY($2)`, org(ctx), list(ids))
	if err != nil {
		return nil, err
	}
	zones := map[uuid.UUID]string{}
	var id uuid.UUID
	var zone string
	_, err = pgx.ForEachRow(rows, []any{&id, &zone}, func() error {
		zones[id] = zone
		return nil
	})
	return zones, err
}

// LivingAmong implements dispatch.RegistryStore.
func (d *DB) LivingAmong(ctx context.Context, technicians []uuid.UUID) (map[uuid.UUID]bool, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT id FROM technicians WHERE organization_id = $1 AND id = ANY($2) AND deleted_at IS NULL`, org(ctx), list(technicians))
	if err != nil {
		return nil, err
	}
	return idSet(rows)
}

func idSet(rows pgx.Rows) (map[uuid.UUID]bool, error) {
	set := map[uuid.UUID]bool{}
	var id uuid.UUID
	_, err := pgx.ForEachRow(rows, []any{&id}, func() error {
		set[id] = true
		return nil
	})
	return set, err
}
