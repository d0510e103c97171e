package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

const fixColumns = `technician_id, at, lat, lon, cell`

func scanFix(row pgx.CollectableRow) (f dispatch.Fix, err error) {
	var lat, lon float32
	err = row.Scan(&f.TechnicianID, &f.At, &lat, &lon, &f.Cell)
	f.Position.Lat, f.Position.Lon = float64(lat), float64(lon)
	return f, err
}

// InsertFixes implements dispatch.PositionStore.
func (d *DB) InsertFixes(ctx context.Context, fixes []dispatch.Fix) error {
	batch := &pgx.Batch{}
	for _, f := range fixes {
		batch.Queue(`INSERT INTO technician_positions (organization_id, technician_id, at, lat, lon, cell) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
			org(ctx), f.TechnicianID, f.At, float32(f.Position.Lat), float32(f.Position.Lon), f.Cell)
	}
	return d.tx(ctx).SendBatch(ctx, batch).Close()
}

// LastFix implements dispatch.PositionStore.
func (d *DB) LastFix(ctx context.Context, technician uuid.UUID) (dispatch.Fix, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+fixColumns+` FROM technician_positions WHERE organization_id = $1 AND technician_id = $2 ORDER BY at DESC LIMIT 1`, org(ctx), technician)
	if err != nil {
		return dispatch.Fix{}, err
	}
	return exactlyOne(rows, scanFix, "position")
}

// LastFixes implements dispatch.PositionStore.
func (d *DB) LastFixes(ctx context.Context, since time.Time) ([]dispatch.Fix, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT DISTINCT ON (technician_id) `+fixColumns+` FROM technician_positions
		WHERE organization_id = $1 AND at >= $2 ORDER BY technician_id, at DESC`, org(ctx), since)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanFix)
}

// ForgetBefore implements dispatch.PositionStore.
func (d *DB) ForgetBefore(ctx context.Context, positions, notices, keys time.Time) error {
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM technician_positions WHERE organization_id = $1 AND at < $2`, org(ctx), positions)
	batch.Queue(`DELETE FROM notices WHERE organization_id = $1 AND created_at < $2`, org(ctx), notices)
	batch.Queue(`DELETE FROM idempotency_keys WHERE organization_id = $1 AND created_at < $2`, org(ctx), keys)
	return d.tx(ctx).SendBatch(ctx, batch).Close()
}
