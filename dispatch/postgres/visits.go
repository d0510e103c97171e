package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

const visitColumns = `v.id, v.version, v.created_at, v.updated_at, v.deleted_at, v.request_id, v.reference, v.client_id, v.partner_id, v.site_id, v.territory_id, v.time_zone, v.mode,
	v.status, v.priority, v.required_skills, v.duration_seconds, v.windows, v.pinned_technician_id, v.pinned_start, v.refused_by, v.promised_start, v.promised_end,
	v.actual_start, v.actual_end, v.unassigned_reasons, v.outcome, v.rules, v.links, v.pinned_position, v.booking_id, v.held_until, v.by_slot,
	v.set_off_at, v.arrived_at, v.paused_at, v.paused_seconds, v.expected_end, v.cause, v.follows_id,
	e.shift_id AS eta_shift, e.planned_begin, e.planned_depart, e.begin_at AS eta_begin, e.earliest AS eta_earliest, e.latest AS eta_latest, e.said AS eta_said, e.at AS eta_at,
	a.site_id AS done_at, a.crew_place, a.shift_id, a.technician_id, a.arrive_at, a.begin_at, a.depart_at, a.travel_seconds, a.travel_metres, a.decided_by, a.forced, t.name AS technician_name`

const visitTables = `visits v LEFT JOIN assignments a ON a.organization_id = v.organization_id AND a.visit_id = v.id AND a.crew_place = 0
	LEFT JOIN technicians t ON t.organization_id = a.organization_id AND t.id = a.technician_id
	` + visitETA

// visitETA joins what is expected of a visit in the route that it is in.
const visitETA = `LEFT JOIN etas e ON e.organization_id = a.organization_id AND e.visit_id = a.visit_id AND e.shift_id = a.shift_id`

// visitRow holds what may be null in a visit's row.
type visitRow struct {
	site, territory, pinned     *uuid.UUID
	booking                     *uuid.UUID
	promisedStart, promisedEnd  *time.Time
	seconds                     int64
	crew                        *int
	doneAt, shift, technician   *uuid.UUID
	arrive, begin, depart       *time.Time
	travelSeconds, travelMetres *int
	decided, technicianName     *string
	pauses                      int64
	follows                     *uuid.UUID
	etaShift                    *uuid.UUID
	eta                         [6]*time.Time
	said                        *[len(dispatch.ETA{}.Said)]*time.Time
	forced                      *bool
}

func (n *visitRow) targets(v *dispatch.Visit) []any {
	return []any{
		&v.ID, &v.Version, &v.CreatedAt, &v.UpdatedAt, &v.DeletedAt, &v.RequestID, &v.Reference, &v.ClientID, &v.PartnerID, &n.site, &n.territory, &v.TimeZone, &v.Mode,
		&v.Status, &v.Priority, &v.RequiredSkills, &n.seconds, &v.Windows, &n.pinned, &v.PinnedStart, &v.RefusedBy, &n.promisedStart, &n.promisedEnd,
		&v.ActualStart, &v.ActualEnd, &v.UnassignedReasons, &v.Outcome, &v.Rules, &v.Links, &v.PinnedPosition, &n.booking, &v.HeldUntil, &v.BySlot,
		&v.SetOffAt, &v.ArrivedAt, &v.PausedAt, &n.pauses, &v.ExpectedEnd, &v.Cause, &n.follows,
		&n.etaShift, &n.eta[0], &n.eta[1], &n.eta[2], &n.eta[3], &n.eta[4], &n.said, &n.eta[5],
		&n.doneAt, &n.crew, &n.shift, &n.technician, &n.arrive, &n.begin, &n.depart, &n.travelSeconds, &n.travelMetres, &n.decided, &n.forced, &n.technicianName,
	}
}

func (n *visitRow) fill(v *dispatch.Visit) {
	v.SiteID, v.TerritoryID, v.PinnedTechnician, v.BookingID = orZero(n.site), orZero(n.territory), orZero(n.pinned), orZero(n.booking)
	v.Duration = time.Duration(n.seconds) * time.Second
	if n.promisedStart != nil && n.promisedEnd != nil {
		v.Promise = &dispatch.Span{Start: *n.promisedStart, End: *n.promisedEnd}
	}
	v.FollowsID = orZero(n.follows)
	v.Pauses = time.Duration(n.pauses) * time.Second
	if n.etaShift != nil {
		v.ETA = &dispatch.ETA{
			ShiftID: *n.etaShift, PlannedBegin: *n.eta[0], PlannedDepart: *n.eta[1], Begin: *n.eta[2], Earliest: *n.eta[3], Latest: *n.eta[4], Said: *n.said, At: *n.eta[5],
		}
	}
	if n.shift != nil {
		v.Assignment = &dispatch.Assignment{
			VisitID: v.ID, CrewPlace: *n.crew, ShiftID: *n.shift, TechnicianID: *n.technician, SiteID: orZero(n.doneAt), Technician: *n.technicianName, Arrive: *n.arrive, Begin: *n.begin, Depart: *n.depart,
			TravelSeconds: *n.travelSeconds, TravelMetres: *n.travelMetres, DecidedBy: dispatch.Decider(*n.decided), Forced: *n.forced,
		}
	}
}

func scanVisit(row pgx.CollectableRow) (dispatch.Visit, error) {
	var v dispatch.Visit
	var n visitRow
	if err := row.Scan(n.targets(&v)...); err != nil {
		return v, err
	}
	n.fill(&v)
	return v, nil
}

func queueVisit(ctx context.Context, batch *pgx.Batch, v dispatch.Visit) {
	first, last := v.Windows[0], v.Windows[len(v.Windows)-1]
	batch.Queue(`INSERT INTO visits (organization_id, id, request_id, reference, client_id, partner_id, site_id, territory_id, time_zone, mode, status, priority, required_skills,
		duration_seconds, windows, window_start, window_end, created_at, updated_at, rules, links, follows_id, by_slot)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18, $19, $20, $21, $22)`,
		org(ctx), v.ID, v.RequestID, v.Reference, v.ClientID, v.PartnerID, orNull(v.SiteID), orNull(v.TerritoryID), v.TimeZone, v.Mode, v.Status, v.Priority, list(v.RequiredSkills),
		int64(v.Duration/time.Second), v.Windows, first.Start, last.End, v.CreatedAt, v.Rules, v.Links, orNull(v.FollowsID), v.BySlot)
}

// InsertVisit implements dispatch.VisitStore.
func (d *DB) InsertVisit(ctx context.Context, v dispatch.Visit) error {
	batch := &pgx.Batch{}
	queueVisit(ctx, batch, v)
	return d.tx(ctx).SendBatch(ctx, batch).Close()
}

// UpdateVisits implements dispatch.VisitStore.
func (d *DB) UpdateVisits(ctx context.Context, visits ...dispatch.Visit) error {
	batch := &pgx.Batch{}
	for _, v := range visits {
		var promise dispatch.Span
		var from, to *time.Time
		if v.Promise != nil {
			promise = *v.Promise
			from, to = &promise.Start, &promise.End
		}
		batch.Queue(`UPDATE visits SET status = $3, priority = $4, required_skills = $5, duration_seconds = $6, windows = $7, window_start = $8, window_end = $9,
			pinned_technician_id = $10, pinned_start = $11, refused_by = $12, promised_start = $13, promised_end = $14, actual_start = $15, actual_end = $16,
			unassigned_reasons = $17, outcome = $18, version = $19, updated_at = $20, rules = $21, links = $22, pinned_position = $23, booking_id = $24, held_until = $25,
			set_off_at = $26, arrived_at = $27, paused_at = $28, paused_seconds = $29, expected_end = $30, cause = $31, proposed = CASE WHEN status = $3 THEN proposed ELSE '' END, by_slot = $32
			WHERE organization_id = $1 AND id = $2 AND version = $19 - 1`,
			org(ctx), v.ID, v.Status, v.Priority, list(v.RequiredSkills), int64(v.Duration/time.Second), v.Windows, v.Windows[0].Start, v.Windows[len(v.Windows)-1].End,
			orNull(v.PinnedTechnician), v.PinnedStart, list(v.RefusedBy), from, to, v.ActualStart, v.ActualEnd,
			list(v.UnassignedReasons), v.Outcome, v.Version, v.UpdatedAt, v.Rules, v.Links, v.PinnedPosition, orNull(v.BookingID), v.HeldUntil,
			v.SetOffAt, v.ArrivedAt, v.PausedAt, int64(v.Pauses/time.Second), v.ExpectedEnd, v.Cause, v.BySlot)
	}
	return d.sendUpdates(ctx, batch, "visit")
}

// Visit implements dispatch.VisitStore.
func (d *DB) Visit(ctx context.Context, id uuid.UUID) (dispatch.Visit, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+visitColumns+` FROM `+visitTables+` WHERE v.organization_id = $1 AND v.id = $2`, org(ctx), id)
	if err != nil {
		return dispatch.Visit{}, err
	}
	return exactlyOne(rows, scanVisit, "visit")
}

// VisitsOf implements dispatch.VisitStore.
func (d *DB) VisitsOf(ctx context.Context, requests ...uuid.UUID) ([]dispatch.Visit, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+visitColumns+` FROM `+visitTables+` WHERE v.organization_id = $1 AND v.request_id = ANY($2) ORDER BY v.id`, org(ctx), requests)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanVisit)
}

// LockVisits implements dispatch.VisitStore.
func (d *DB) LockVisits(ctx context.Context, ids []uuid.UUID) ([]dispatch.Visit, error) {
	// Two statements: after a wait for a lock PostgreSQL reads the locked row again but not what is joined to it, so the assignment must be
	// read by a later snapshot.
	if _, err := d.tx(ctx).Exec(ctx, `SELECT FROM visits WHERE organization_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE`, org(ctx), ids); err != nil {
		return nil, err
	}
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+visitColumns+` FROM `+visitTables+` WHERE v.organization_id = $1 AND v.id = ANY($2) ORDER BY v.id`, org(ctx), ids)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanVisit)
}

// Visits implements dispatch.VisitStore.
func (d *DB) Visits(ctx context.Context, f dispatch.VisitFilter, page dispatch.Page) (dispatch.Listing[dispatch.Visit], error) {
	q := selecting(`*`, `(SELECT v.organization_id, v.window_start, v.window_end, `+visitColumns+` FROM `+visitTables+`) visit`, org(ctx))
	q.equal("request_id", f.RequestID)
	q.equal("client_id", f.ClientID)
	q.equal("partner_id", f.PartnerID)
	q.equal("technician_id", f.TechnicianID)
	if f.Status != "" {
		q.where(`status = %s`, f.Status)
	}
	if f.Within != nil {
		q.where(`CASE WHEN begin_at IS NULL THEN window_start < %[2]s AND window_end > %[1]s ELSE begin_at >= %[1]s AND begin_at < %[2]s END`, f.Within.Start, f.Within.End)
	}
	return listed(ctx, d, q, page, scanListedVisit, func(v dispatch.Visit) dispatch.Record { return v.Record })
}

// scanListedVisit passes over the three columns that a list filters by.
func scanListedVisit(row pgx.CollectableRow) (dispatch.Visit, error) {
	var v dispatch.Visit
	var n visitRow
	if err := row.Scan(append([]any{nil, nil, nil}, n.targets(&v)...)...); err != nil {
		return v, err
	}
	n.fill(&v)
	return v, nil
}
