package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
	"tournee/geo"
)

const technicianColumns = `id, version, created_at, updated_at, deleted_at, coalesce(external_id, ''), name, coalesce(email, ''), coalesce(phone, ''), employment,
	transport, home_lat, home_lon, time_zone, locale, skills, territory_ids, metadata`

func scanTechnician(row pgx.CollectableRow) (t dispatch.Technician, err error) {
	var transport string
	err = row.Scan(&t.ID, &t.Version, &t.CreatedAt, &t.UpdatedAt, &t.DeletedAt, &t.ExternalID, &t.Name, &t.Email, &t.Phone, &t.Employment,
		&transport, &t.Home.Lat, &t.Home.Lon, &t.TimeZone, &t.Locale, &t.Skills, &t.TerritoryIDs, &t.Metadata)
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
