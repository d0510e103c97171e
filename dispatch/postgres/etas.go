package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

// TechniciansLive implements dispatch.LiveStore.
func (d *DB) TechniciansLive(ctx context.Context, since, until time.Time) ([]uuid.UUID, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT DISTINCT s.technician_id FROM shifts s
		JOIN assignments a ON a.organization_id = s.organization_id AND a.shift_id = s.id
		JOIN visits v ON v.organization_id = a.organization_id AND v.id = a.visit_id
		WHERE s.organization_id = $1 AND s.deleted_at IS NULL AND s.start_at < $3 AND s.start_at > $2::timestamptz - interval '1 day' AND s.end_at > $2
			AND v.status NOT IN ('completed', 'failed', 'cancelled') ORDER BY 1`, org(ctx), since, until)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// SaveETAs implements dispatch.LiveStore. Occupied time goes first and comes back whole: what moves along a route does not overlap on the way.
func (d *DB) SaveETAs(ctx context.Context, visits []dispatch.Visit) error {
	var waiting []uuid.UUID
	for _, v := range visits {
		if v.ActualStart == nil {
			waiting = append(waiting, v.ID)
		}
	}
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM occupancies WHERE organization_id = $1 AND visit_id = ANY($2)`, org(ctx), waiting)
	for _, v := range visits {
		a, e := v.Assignment, v.ETA
		batch.Queue(`UPDATE assignments SET arrive_at = $4, begin_at = $5, depart_at = $6, travel_seconds = $7, travel_metres = $8
			WHERE organization_id = $1 AND visit_id = $2 AND crew_place = $3`, org(ctx), v.ID, a.CrewPlace, a.Arrive, a.Begin, a.Depart, a.TravelSeconds, a.TravelMetres)
		batch.Queue(`INSERT INTO etas (organization_id, visit_id, shift_id, planned_begin, planned_depart, begin_at, earliest, latest, said, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (organization_id, visit_id) DO UPDATE SET shift_id = $3, planned_begin = $4, planned_depart = $5, begin_at = $6, earliest = $7, latest = $8, said = $9, at = $10`,
			org(ctx), v.ID, e.ShiftID, e.PlannedBegin, e.PlannedDepart, e.Begin, e.Earliest, e.Latest, e.Said, e.At)
		if v.ActualStart != nil {
			continue // what really happens is nobody's planned time
		}
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		batch.Queue(`INSERT INTO occupancies (organization_id, id, technician_id, visit_id, crew_place, during, exclusive, expires_at)
			VALUES ($1, $2, $3, $4, $5, tstzrange($6, $7), true, $8)`, org(ctx), id, a.TechnicianID, v.ID, a.CrewPlace, a.Begin, a.Depart, v.HeldUntil)
	}
	return d.tx(ctx).SendBatch(ctx, batch).Close()
}

// MarkProposed implements dispatch.LiveStore. What was proposed is no part of the visit as people see it: its version stays.
func (d *DB) MarkProposed(ctx context.Context, visit uuid.UUID, in, to dispatch.VisitStatus) (bool, error) {
	tag, err := d.tx(ctx).Exec(ctx, `UPDATE visits SET proposed = $4 WHERE organization_id = $1 AND id = $2 AND status = $3 AND proposed <> $4`, org(ctx), visit, in, to)
	return tag.RowsAffected() == 1, err
}

// ErrorCounts implements dispatch.LiveStore.
func (d *DB) ErrorCounts(ctx context.Context, hours []int) (map[dispatch.ErrorKey]dispatch.ErrorCounts, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT mode, hour, ahead, counts FROM eta_errors WHERE organization_id = $1 AND hour = ANY($2)`, org(ctx), hours)
	if err != nil {
		return nil, err
	}
	out := map[dispatch.ErrorKey]dispatch.ErrorCounts{}
	var k dispatch.ErrorKey
	var counts []int32
	_, err = pgx.ForEachRow(rows, []any{&k.Mode, &k.Hour, &k.Ahead, &counts}, func() error {
		var c dispatch.ErrorCounts
		copy(c[:], counts)
		out[k] = c
		return nil
	})
	return out, err
}

// CountErrors implements dispatch.LiveStore.
func (d *DB) CountErrors(ctx context.Context, errors []dispatch.ErrorSeen) error {
	batch := &pgx.Batch{}
	for _, e := range errors {
		var none dispatch.ErrorCounts
		i := none.Bin(e.Error)
		none[i]++
		batch.Queue(`INSERT INTO eta_errors AS e (organization_id, mode, hour, ahead, counts) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (organization_id, mode, hour, ahead) DO UPDATE SET counts[$6] = e.counts[$6] + 1`, org(ctx), e.Mode, e.Hour, e.Ahead, none[:], i+1)
	}
	return d.tx(ctx).SendBatch(ctx, batch).Close()
}

const consentColumns = `id, visit_id, told_start, told_end, window_start, window_end, how, said_by, recorded_by_role, recorded_by, created_at`

func scanConsent(row pgx.CollectableRow) (c dispatch.Consent, err error) {
	var from, to *time.Time
	err = row.Scan(&c.ID, &c.VisitID, &from, &to, &c.Window.Start, &c.Window.End, &c.How, &c.By, &c.RecordedBy.Role, &c.RecordedBy.ID, &c.At)
	if from != nil && to != nil {
		c.Told = &dispatch.Span{Start: *from, End: *to}
	}
	return c, err
}

// InsertConsent implements dispatch.LiveStore.
func (d *DB) InsertConsent(ctx context.Context, c dispatch.Consent) error {
	var from, to *time.Time
	if c.Told != nil {
		from, to = &c.Told.Start, &c.Told.End
	}
	_, err := d.tx(ctx).Exec(ctx, `INSERT INTO consents (organization_id, id, visit_id, told_start, told_end, window_start, window_end, how, said_by, recorded_by_role, recorded_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		org(ctx), c.ID, c.VisitID, from, to, c.Window.Start, c.Window.End, c.How, c.By, c.RecordedBy.Role, c.RecordedBy.ID, c.At)
	return err
}

// Consents implements dispatch.LiveStore.
func (d *DB) Consents(ctx context.Context, visit uuid.UUID) ([]dispatch.Consent, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+consentColumns+` FROM consents WHERE organization_id = $1 AND visit_id = $2 ORDER BY id LIMIT 200`, org(ctx), visit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanConsent)
}
