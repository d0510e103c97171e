package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
	"tournee/geo"
)

const travelTimeColumns = `mode, from_cell, to_cell, hour, seconds, metres, learnt_at`

func scanTravelTime(row pgx.CollectableRow) (t dispatch.TravelTime, err error) {
	var mode string
	var seconds, metres *int
	if err := row.Scan(&mode, &t.From, &t.To, &t.Hour, &seconds, &metres, &t.LearntAt); err != nil {
		return t, err
	}
	if seconds != nil && metres != nil {
		t.Reachable, t.Seconds, t.Metres = true, *seconds, *metres
	}
	t.Mode, err = geo.ParseMode(mode)
	return t, err
}

// TravelTimes implements dispatch.TravelStore.
func (d *DB) TravelTimes(ctx context.Context, from, to []int64) ([]dispatch.TravelTime, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+travelTimeColumns+` FROM travel_times
		WHERE organization_id = $1 AND mode IN ('car', 'bike', 'foot') AND from_cell = ANY ($2) AND to_cell = ANY ($3)`, org(ctx), from, to)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanTravelTime)
}

// SampleTravelTimes implements dispatch.TravelStore. The 18 lowest bits of a cell at resolution 9 are always the same.
func (d *DB) SampleTravelTimes(ctx context.Context, most int) ([]dispatch.TravelTime, error) {
	rows, err := d.tx(ctx).Query(ctx, `WITH all_of AS (SELECT greatest(1, ceil(count(*) / $2::float8))::bigint AS every FROM travel_times WHERE organization_id = $1 AND seconds IS NOT NULL)
		SELECT `+travelTimeColumns+` FROM travel_times, all_of
		WHERE organization_id = $1 AND seconds IS NOT NULL AND ((from_cell >> 18) * 31 + (to_cell >> 18)) % every = 0
		ORDER BY mode, from_cell, to_cell, hour LIMIT $2`, org(ctx), most)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanTravelTime)
}

// SaveTravelTimes implements dispatch.TravelStore, in one statement.
func (d *DB) SaveTravelTimes(ctx context.Context, times []dispatch.TravelTime) error {
	n := len(times)
	modes, from, to, hours := make([]string, n), make([]int64, n), make([]int64, n), make([]int16, n)
	seconds, metres, learnt := make([]*int32, n), make([]*int32, n), make([]time.Time, n)
	for i, t := range times {
		modes[i], from[i], to[i], hours[i], learnt[i] = t.Mode.String(), t.From, t.To, int16(t.Hour), t.LearntAt
		if t.Reachable {
			s, m := int32(t.Seconds), int32(t.Metres)
			seconds[i], metres[i] = &s, &m
		}
	}
	return d.exec(ctx, `INSERT INTO travel_times (organization_id, mode, from_cell, to_cell, hour, seconds, metres, learnt_at)
		SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::smallint[], $6::integer[], $7::integer[], $8::timestamptz[]) ORDER BY 2, 3, 4, 5
		ON CONFLICT (organization_id, mode, from_cell, to_cell, hour)
		DO UPDATE SET seconds = excluded.seconds, metres = excluded.metres, learnt_at = excluded.learnt_at`, org(ctx), modes, from, to, hours, seconds, metres, learnt)
}

// ForgetTravel implements dispatch.TravelStore.
func (d *DB) ForgetTravel(ctx context.Context, before time.Time) error {
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM travel_times WHERE organization_id = $1 AND learnt_at < $2`, org(ctx), before)
	batch.Queue(`DELETE FROM travel_calibrations c WHERE organization_id = $1 AND created_at < $2
		AND EXISTS (SELECT FROM travel_calibrations n WHERE n.organization_id = $1 AND n.id > c.id)
		AND (parameters IS NULL OR EXISTS (SELECT FROM travel_calibrations n WHERE n.organization_id = $1 AND n.id > c.id AND n.parameters IS NOT NULL))`, org(ctx), before)
	return d.tx(ctx).SendBatch(ctx, batch).Close()
}

// Trips implements dispatch.TravelStore. A journey begins where the technician was seen around the time of leaving; else at the visit that ended within the
// half hour before, else, for the first of a shift, where the shift begins. Others are left out.
func (d *DB) Trips(ctx context.Context, since time.Time, most int) ([]dispatch.Trip, error) {
	rows, err := d.tx(ctx).Query(ctx, `WITH journeys AS (
			SELECT visit_id, technician_id, max(coalesce((data ->> 'at')::timestamptz, at)) FILTER (WHERE kind = 'visit.en_route') AS leave,
				max(coalesce((data ->> 'at')::timestamptz, at)) FILTER (WHERE kind = 'visit.arrived') AS arrive
			FROM events WHERE organization_id = $1 AND kind IN ('visit.en_route', 'visit.arrived') AND at >= $2 GROUP BY visit_id, technician_id)
		SELECT came.lat, came.lon, sites.lat, sites.lon, s.transport, j.leave, j.arrive, extract(hour FROM j.leave AT TIME ZONE v.time_zone)::int
		FROM journeys j
		JOIN assignments a ON a.organization_id = $1 AND a.visit_id = j.visit_id AND a.technician_id = j.technician_id
		JOIN shifts s ON s.organization_id = $1 AND s.id = a.shift_id
		JOIN visits v ON v.organization_id = $1 AND v.id = j.visit_id
		JOIN sites ON sites.organization_id = $1 AND sites.id = coalesce(a.site_id, v.site_id)
		CROSS JOIN LATERAL (
			(SELECT lat::float8, lon::float8 FROM technician_positions p WHERE p.organization_id = $1 AND p.technician_id = j.technician_id
				AND p.at BETWEEN j.leave - interval '10 minutes' AND j.leave + interval '2 minutes' ORDER BY greatest(p.at, j.leave) - least(p.at, j.leave) LIMIT 1)
			UNION ALL
			(SELECT b.lat, b.lon FROM assignments o JOIN visits w ON w.organization_id = $1 AND w.id = o.visit_id
				JOIN sites b ON b.organization_id = $1 AND b.id = coalesce(o.site_id, w.site_id)
				WHERE o.organization_id = $1 AND o.shift_id = a.shift_id AND w.actual_end BETWEEN j.leave - interval '30 minutes' AND j.leave ORDER BY w.actual_end DESC LIMIT 1)
			UNION ALL
			SELECT s.start_lat, s.start_lon WHERE j.leave BETWEEN s.start_at - interval '1 hour' AND s.start_at + interval '1 hour' AND NOT EXISTS (
				SELECT FROM assignments o JOIN visits w ON w.organization_id = $1 AND w.id = o.visit_id
				WHERE o.organization_id = $1 AND o.shift_id = a.shift_id AND w.actual_start < j.leave)
			LIMIT 1) came
		WHERE j.arrive > j.leave ORDER BY j.leave, j.visit_id, j.technician_id LIMIT $3`, org(ctx), since, most)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (t dispatch.Trip, err error) {
		var mode string
		if err := row.Scan(&t.From.Lat, &t.From.Lon, &t.To.Lat, &t.To.Lon, &mode, &t.Leave, &t.Arrive, &t.Hour); err != nil {
			return t, err
		}
		t.Mode, err = geo.ParseMode(mode)
		return t, err
	})
}

const calibrationColumns = `id, status, requested_by, created_at, finished_at, failure, report,
	parameters IS NOT NULL AND NOT EXISTS (SELECT FROM travel_calibrations n WHERE n.organization_id = travel_calibrations.organization_id
		AND n.id > travel_calibrations.id AND n.parameters IS NOT NULL)`

func scanCalibration(row pgx.CollectableRow) (c dispatch.TravelCalibration, err error) {
	var report []geo.ModeCalibration
	err = row.Scan(&c.ID, &c.Status, &c.RequestedBy, &c.CreatedAt, &c.FinishedAt, &c.Failure, &report, &c.InUse)
	copy(c.Report[:], report)
	return c, err
}

// InsertCalibration implements dispatch.TravelStore.
func (d *DB) InsertCalibration(ctx context.Context, c dispatch.TravelCalibration) error {
	return d.exec(ctx, `INSERT INTO travel_calibrations (organization_id, id, status, requested_by, created_at) VALUES ($1, $2, $3, $4, $5)`,
		org(ctx), c.ID, c.Status, c.RequestedBy, c.CreatedAt)
}

// UpdateCalibration implements dispatch.TravelStore.
func (d *DB) UpdateCalibration(ctx context.Context, c dispatch.TravelCalibration, learnt *geo.Parameters) error {
	return d.exec(ctx, `UPDATE travel_calibrations SET status = $3, finished_at = $4, failure = $5, report = $6, parameters = $7 WHERE organization_id = $1 AND id = $2`,
		org(ctx), c.ID, c.Status, c.FinishedAt, c.Failure, c.Report, learnt)
}

// LockCalibration implements dispatch.TravelStore.
func (d *DB) LockCalibration(ctx context.Context, id uuid.UUID) (dispatch.TravelCalibration, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+calibrationColumns+` FROM travel_calibrations WHERE organization_id = $1 AND id = $2 FOR UPDATE`, org(ctx), id)
	if err != nil {
		return dispatch.TravelCalibration{}, err
	}
	return exactlyOne(rows, scanCalibration, "calibration")
}

// LastCalibration implements dispatch.TravelStore.
func (d *DB) LastCalibration(ctx context.Context) (dispatch.TravelCalibration, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+calibrationColumns+` FROM travel_calibrations WHERE organization_id = $1 ORDER BY id DESC LIMIT 1`, org(ctx))
	if err != nil {
		return dispatch.TravelCalibration{}, err
	}
	return exactlyOne(rows, scanCalibration, "calibration")
}

// TravelInUse implements dispatch.TravelStore.
func (d *DB) TravelInUse(ctx context.Context) (calibration uuid.UUID, words bool, err error) {
	err = d.tx(ctx).QueryRow(ctx, `SELECT coalesce((SELECT id FROM travel_calibrations WHERE organization_id = $1 AND parameters IS NOT NULL ORDER BY id DESC LIMIT 1), $2),
		EXISTS (SELECT FROM travel_times WHERE organization_id = $1)`, org(ctx), uuid.Nil).Scan(&calibration, &words)
	return calibration, words, err
}

// CalibratedParameters implements dispatch.TravelStore.
func (d *DB) CalibratedParameters(ctx context.Context, id uuid.UUID) (geo.Parameters, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT parameters FROM travel_calibrations WHERE organization_id = $1 AND id = $2 AND parameters IS NOT NULL`, org(ctx), id)
	if err != nil {
		return geo.Parameters{}, err
	}
	return exactlyOne(rows, pgx.RowTo[geo.Parameters], "calibration")
}
