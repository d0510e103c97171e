package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
	"tournee/geo"
	"tournee/scheduler"
)

// PlanView implements dispatch.PlanStore: one round trip, one snapshot is not needed because a commit compares every version it uses.
func (d *DB) PlanView(ctx context.Context, q dispatch.ViewQuery) (dispatch.PlanView, error) {
	span := q.Span
	view := dispatch.PlanView{Span: span, Technicians: map[uuid.UUID]dispatch.Technician{}, Places: map[uuid.UUID]dispatch.PlanPlace{}, Names: map[uuid.UUID]string{}}
	// The parameters $1 to $4 are the same everywhere; no technicians means all of them, and all visits that wait.
	const inSpan = ` s.organization_id = $1 AND s.deleted_at IS NULL AND s.start_at >= $2 AND s.start_at < $3 AND ($4::uuid[] IS NULL OR s.technician_id = ANY($4))`
	batch := &pgx.Batch{}
	// The shifts first: a change of a technician or an absence moves their versions on, so what is read after them is as they say or newer.
	batch.Queue(`SELECT `+shiftColumns+` FROM shifts s WHERE`+inSpan+` ORDER BY s.start_at, s.id`, org(ctx), span.Start, span.End, q.Technicians).Query(func(rows pgx.Rows) (err error) {
		view.Shifts, err = pgx.CollectRows(rows, scanShift)
		return err
	})
	batch.Queue(`SELECT ` + organizationColumns + ` FROM organizations WHERE organization_id = current_organization()`).Query(func(rows pgx.Rows) (err error) {
		view.Organization, err = exactlyOne(rows, scanOrganization, "organization")
		return err
	})
	batch.Queue(`SELECT id, name FROM territories WHERE organization_id = $1 ORDER BY id`, org(ctx)).Query(func(rows pgx.Rows) error {
		var id uuid.UUID
		var name string
		_, err := pgx.ForEachRow(rows, []any{&id, &name}, func() error {
			view.Territories = append(view.Territories, id)
			view.Names[id] = name
			return nil
		})
		return err
	})
	batch.Queue(`SELECT `+technicianColumns+` FROM technicians WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY id`, org(ctx)).Query(func(rows pgx.Rows) error {
		technicians, err := pgx.CollectRows(rows, scanTechnician)
		for _, t := range technicians {
			view.Technicians[t.ID] = t
		}
		return err
	})
	batch.Queue(`SELECT `+absenceColumns+` FROM absences WHERE organization_id = $1 AND deleted_at IS NULL AND end_at > $2 AND start_at < $3::timestamptz + interval '1 day'
		ORDER BY start_at, id`, org(ctx), span.Start, span.End).Query(func(rows pgx.Rows) (err error) {
		view.Absences, err = pgx.CollectRows(rows, scanAbsence)
		return err
	})
	// The ids first, each kind by its own index; then the rows behind them.
	const picked = `WITH picked AS (
			SELECT a.visit_id AS id FROM shifts s JOIN assignments a ON a.organization_id = s.organization_id AND a.shift_id = s.id WHERE` + inSpan + `
			UNION
			SELECT id FROM visits WHERE organization_id = $1 AND status IN ('unassigned', 'refused') AND window_start < $3 AND window_end > $2
				AND ($4 IS NULL OR coalesce(territory_id, '00000000-0000-0000-0000-000000000000') = ANY($6))
			UNION
			SELECT unnest($5::uuid[]))`
	batch.Queue(picked+` SELECT `+visitColumns+`, sites.lat, sites.lon, sites.no_connection FROM picked JOIN `+visitTables+` ON v.id = picked.id
		LEFT JOIN sites ON sites.organization_id = v.organization_id AND sites.id = v.site_id
		WHERE v.organization_id = $1 ORDER BY v.id`, org(ctx), span.Start, span.End, q.Technicians, q.Visits, q.Territories).Query(func(rows pgx.Rows) (err error) {
		view.Visits, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (dispatch.Visit, error) { return scanPlaced(row, view.Places) })
		return err
	})
	batch.Queue(picked+` SELECT sites.id, sites.lat, sites.lon, sites.no_connection, sites.territory_id FROM sites WHERE organization_id = $1 AND id IN (
			SELECT jsonb_array_elements_text(v.rules -> 'alternative_site_ids')::uuid FROM picked JOIN visits v ON v.organization_id = $1 AND v.id = picked.id
			WHERE v.rules ? 'alternative_site_ids') AND deleted_at IS NULL`,
		org(ctx), span.Start, span.End, q.Technicians, q.Visits, q.Territories).Query(func(rows pgx.Rows) error {
		var id uuid.UUID
		var at dispatch.PlanPlace
		_, err := pgx.ForEachRow(rows, []any{&id, &at.Lat, &at.Lon, &at.NoConnection, &at.TerritoryID}, func() error {
			view.Places[id] = at
			return nil
		})
		return err
	})
	batch.Queue(picked+` SELECT `+visitColumns+` FROM `+visitTables+` WHERE v.organization_id = $1 AND v.request_id IN (
			SELECT l.request_id FROM visits l WHERE l.organization_id = $1 AND l.links <> '{}' AND l.request_id IN (
				SELECT p.request_id FROM visits p JOIN picked ON p.id = picked.id WHERE p.organization_id = $1)) ORDER BY v.id`,
		org(ctx), span.Start, span.End, q.Technicians, q.Visits, q.Territories).Query(func(rows pgx.Rows) (err error) {
		view.Linked, err = pgx.CollectRows(rows, scanVisit)
		return err
	})
	// What was worked before is read only where it is shared out.
	batch.Queue(`SELECT s.technician_id, extract(epoch FROM max(a.depart_at) - min(a.arrive_at - make_interval(secs => a.travel_seconds)))::bigint, array_agg(a.begin_at)
		FROM shifts s JOIN assignments a ON a.organization_id = s.organization_id AND a.shift_id = s.id
		WHERE s.organization_id = $1 AND s.deleted_at IS NULL AND s.start_at >= $2::timestamptz - $3::interval AND s.start_at < $2
			AND EXISTS (SELECT FROM organizations o WHERE o.organization_id = $1 AND ((o.weights ->> 'fairness')::bigint > 0 OR ((o.weights ->> 'unpleasant')::bigint > 0 AND o.policy ? 'unpleasant')))
		GROUP BY s.technician_id, s.id`, org(ctx), span.Start, dispatch.ShareWeeks).Query(func(rows pgx.Rows) (err error) {
		view.Past, err = pastWork(rows)
		return err
	})
	return view, d.tx(ctx).SendBatch(ctx, batch).Close()
}

// RouteVersions implements dispatch.PlanStore.
func (d *DB) RouteVersions(ctx context.Context, span dispatch.Span, technicians []uuid.UUID) ([]dispatch.RouteVersion, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT id, start_at, route_version FROM shifts WHERE organization_id = $1 AND deleted_at IS NULL AND start_at >= $2 AND start_at < $3
		AND technician_id = ANY($4)`, org(ctx), span.Start, span.End, technicians)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (v dispatch.RouteVersion, err error) {
		err = row.Scan(&v.ShiftID, &v.Start, &v.Version)
		return v, err
	})
}

// Workforce implements dispatch.PlanStore.
func (d *DB) Workforce(ctx context.Context) (territories []uuid.UUID, technicians map[uuid.UUID]dispatch.Technician, err error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT id FROM territories WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY id`, org(ctx))
	if err != nil {
		return nil, nil, err
	}
	if territories, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID]); err != nil {
		return nil, nil, err
	}
	if rows, err = d.tx(ctx).Query(ctx, `SELECT `+technicianColumns+` FROM technicians WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY id`, org(ctx)); err != nil {
		return nil, nil, err
	}
	all, err := pgx.CollectRows(rows, scanTechnician)
	technicians = make(map[uuid.UUID]dispatch.Technician, len(all))
	for _, t := range all {
		technicians[t.ID] = t
	}
	return territories, technicians, err
}

// scanPlaced scans a visit and notes where its site is.
func scanPlaced(row pgx.CollectableRow, places map[uuid.UUID]dispatch.PlanPlace) (v dispatch.Visit, err error) {
	var n visitRow
	var lat, lon *float64
	var offline *bool
	if err := row.Scan(append(n.targets(&v), &lat, &lon, &offline)...); err != nil {
		return v, err
	}
	n.fill(&v)
	if lat != nil && lon != nil && offline != nil {
		places[v.SiteID] = dispatch.PlanPlace{Position: geo.Position{Lat: *lat, Lon: *lon}, TerritoryID: v.TerritoryID, NoConnection: *offline}
	}
	return v, nil
}

// pastWork adds the shifts of each technician up.
func pastWork(rows pgx.Rows) (map[uuid.UUID]dispatch.PastWork, error) {
	past := map[uuid.UUID]dispatch.PastWork{}
	var id uuid.UUID
	var seconds int64
	var begins []time.Time
	_, err := pgx.ForEachRow(rows, []any{&id, &seconds, &begins}, func() error {
		w := past[id]
		w.Seconds += scheduler.Seconds(seconds)
		w.Begins = append(w.Begins, begins...)
		past[id] = w
		return nil
	})
	return past, err
}

const absenceColumns = `id, version, created_at, updated_at, deleted_at, technician_id, start_at, end_at, kind`

func scanAbsence(row pgx.CollectableRow) (a dispatch.Absence, err error) {
	err = row.Scan(&a.ID, &a.Version, &a.CreatedAt, &a.UpdatedAt, &a.DeletedAt, &a.TechnicianID, &a.Start, &a.End, &a.Kind)
	return a, err
}

const planColumns = `id, status, start_at, end_at, seed, iterations, summary, requested_by, created_at, finished_at`

func scanPlan(row pgx.CollectableRow) (r dispatch.PlanRun, err error) {
	err = row.Scan(&r.ID, &r.Status, &r.Start, &r.End, &r.Seed, &r.Iterations, &r.Summary, &r.RequestedBy, &r.CreatedAt, &r.FinishedAt)
	return r, err
}

// InsertPlan implements dispatch.PlanStore.
func (d *DB) InsertPlan(ctx context.Context, r dispatch.PlanRun) error {
	_, err := d.tx(ctx).Exec(ctx, `INSERT INTO plan_runs (organization_id, id, status, start_at, end_at, seed, iterations, requested_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, org(ctx), r.ID, r.Status, r.Start, r.End, r.Seed, r.Iterations, r.RequestedBy, r.CreatedAt)
	return err
}

// UpdatePlan implements dispatch.PlanStore.
func (d *DB) UpdatePlan(ctx context.Context, r dispatch.PlanRun) error {
	_, err := d.tx(ctx).Exec(ctx, `UPDATE plan_runs SET status = $3, summary = $4, finished_at = $5 WHERE organization_id = $1 AND id = $2`,
		org(ctx), r.ID, r.Status, r.Summary, r.FinishedAt)
	return err
}

// Plan implements dispatch.PlanStore.
func (d *DB) Plan(ctx context.Context, id uuid.UUID) (dispatch.PlanRun, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+planColumns+` FROM plan_runs WHERE organization_id = $1 AND id = $2`, org(ctx), id)
	if err != nil {
		return dispatch.PlanRun{}, err
	}
	return exactlyOne(rows, scanPlan, "plan")
}

// Plans implements dispatch.PlanStore, newest first.
func (d *DB) Plans(ctx context.Context, page dispatch.Page) (out dispatch.Listing[dispatch.PlanRun], err error) {
	q := selecting(planColumns, "plan_runs", org(ctx))
	if page.After != nil {
		q.where(`id < %s`, page.After.ID)
	}
	rows, err := d.tx(ctx).Query(ctx, q.sql("id DESC", page.Limit+1), q.args...)
	if err != nil {
		return out, err
	}
	if out.Items, err = pgx.CollectRows(rows, scanPlan); err != nil {
		return out, err
	}
	if len(out.Items) > page.Limit {
		out.Items = out.Items[:page.Limit]
		out.Next = &dispatch.Cursor{ID: out.Items[page.Limit-1].ID}
	}
	return out, nil
}
