package postgres

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
	"tournee/geo"
)

const shiftColumns = `s.id, s.version, s.created_at, s.updated_at, s.deleted_at, coalesce(s.external_id, '') AS external_id, s.technician_id, s.start_at, s.end_at, s.start_lat,
	s.start_lon, s.end_lat, s.end_lon, s.transport, s.breaks, s.rules, s.route_version, s.published_at`

func shiftTargets(s *dispatch.Shift, transport *string) []any {
	return []any{
		&s.ID, &s.Version, &s.CreatedAt, &s.UpdatedAt, &s.DeletedAt, &s.ExternalID, &s.TechnicianID, &s.Start, &s.End, &s.StartPlace.Lat,
		&s.StartPlace.Lon, &s.EndPlace.Lat, &s.EndPlace.Lon, transport, &s.Breaks, &s.Rules, &s.RouteVersion, &s.PublishedAt,
	}
}

func scanShift(row pgx.CollectableRow) (s dispatch.Shift, err error) {
	var transport string
	if err = row.Scan(shiftTargets(&s, &transport)...); err == nil {
		s.Transport, err = geo.ParseMode(transport)
	}
	return s, err
}

// LockRoutes implements dispatch.RouteStore.
func (d *DB) LockRoutes(ctx context.Context, shifts []uuid.UUID) (map[uuid.UUID]int64, error) {
	versions := map[uuid.UUID]int64{}
	if len(shifts) == 0 {
		return versions, nil
	}
	rows, err := d.tx(ctx).Query(ctx, `SELECT id, route_version FROM shifts WHERE organization_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE`, org(ctx), shifts)
	if err != nil {
		return nil, err
	}
	var id uuid.UUID
	var version int64
	_, err = pgx.ForEachRow(rows, []any{&id, &version}, func() error {
		versions[id] = version
		return nil
	})
	return versions, err
}

// BumpRoutes implements dispatch.RouteStore.
func (d *DB) BumpRoutes(ctx context.Context, shifts []uuid.UUID) (map[uuid.UUID]int64, error) {
	rows, err := d.tx(ctx).Query(ctx, `UPDATE shifts SET route_version = route_version + $3 WHERE organization_id = $1 AND id = ANY($2) RETURNING id, route_version`,
		org(ctx), shifts, stride())
	if err != nil {
		return nil, err
	}
	versions := map[uuid.UUID]int64{}
	var id uuid.UUID
	var version int64
	_, err = pgx.ForEachRow(rows, []any{&id, &version}, func() error {
		versions[id] = version
		return nil
	})
	return versions, err
}

// stride is by how much a version moves on. A node may remember a version whose transaction was undone; had the next change the same number, it
// would take the one for the other.
func stride() int64 { return 1 + rand.Int64N(1<<20) }

// SaveAssignments implements dispatch.RouteStore. What is freed goes first, so that two visits may change places without overlapping on
// the way.
func (d *DB) SaveAssignments(ctx context.Context, freed []uuid.UUID, taken []dispatch.Assignment) error {
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM occupancies WHERE organization_id = $1 AND visit_id = ANY($2)`, org(ctx), freed)
	batch.Queue(`DELETE FROM assignments WHERE organization_id = $1 AND visit_id = ANY($2)`, org(ctx), freed)
	for _, a := range taken {
		batch.Queue(`INSERT INTO assignments (organization_id, visit_id, crew_place, shift_id, technician_id, arrive_at, begin_at, depart_at, travel_seconds,
			travel_metres, decided_by, site_id, forced) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			org(ctx), a.VisitID, a.CrewPlace, a.ShiftID, a.TechnicianID, a.Arrive, a.Begin, a.Depart, a.TravelSeconds, a.TravelMetres, a.DecidedBy, orNull(a.SiteID), a.Forced)
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		batch.Queue(`INSERT INTO occupancies (organization_id, id, technician_id, visit_id, crew_place, during, exclusive, expires_at)
			SELECT $1, $2::uuid, $3::uuid, $4::uuid, $5::smallint, tstzrange($6, $7), NOT coalesce((s.rules ->> 'pool')::boolean, false), v.held_until
			FROM shifts s, visits v WHERE s.organization_id = $1 AND s.id = $8 AND v.organization_id = $1 AND v.id = $4`,
			org(ctx), id, a.TechnicianID, a.VisitID, a.CrewPlace, a.Begin, a.Depart, a.ShiftID)
	}
	return d.tx(ctx).SendBatch(ctx, batch).Close()
}

// FreeTime implements dispatch.RouteStore.
func (d *DB) FreeTime(ctx context.Context, visit uuid.UUID, at time.Time) error {
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM occupancies WHERE organization_id = $1 AND visit_id = $2 AND lower(during) >= $3`, org(ctx), visit, at)
	batch.Queue(`UPDATE occupancies SET during = tstzrange(lower(during), $3) WHERE organization_id = $1 AND visit_id = $2 AND upper(during) > $3`, org(ctx), visit, at)
	return d.tx(ctx).SendBatch(ctx, batch).Close()
}

// MarkPublished implements dispatch.RouteStore.
func (d *DB) MarkPublished(ctx context.Context, shifts []uuid.UUID, at time.Time) error {
	_, err := d.tx(ctx).Exec(ctx, `UPDATE shifts SET published_at = $3, route_version = route_version + $4 WHERE organization_id = $1 AND id = ANY($2) AND published_at IS NULL`, org(ctx), shifts, at, stride())
	return err
}

// Routes implements dispatch.RouteStore: one round trip for the shifts, one for their stops.
func (d *DB) Routes(ctx context.Context, f dispatch.RouteFilter, page dispatch.Page) (dispatch.Listing[dispatch.Route], error) {
	q := selecting(`*`, `(SELECT s.organization_id, `+shiftColumns+`, t.name, t.time_zone FROM shifts s
		JOIN technicians t ON t.organization_id = s.organization_id AND t.id = s.technician_id) route`, org(ctx))
	if !f.Start.IsZero() {
		q.where(`end_at > %s AND start_at < %s`, f.Start, f.End)
	}
	q.equal("technician_id", f.TechnicianID)
	if len(f.ShiftIDs) > 0 {
		q.where(`id = ANY(%s)`, f.ShiftIDs)
	}
	page.UpdatedSince = nil
	list, err := listed(ctx, d, q, page, scanRoute, func(r dispatch.Route) dispatch.Record { return r.Shift.Record })
	if err != nil || len(list.Items) == 0 {
		return list, err
	}
	return list, d.fillStops(ctx, list.Items)
}

func scanRoute(row pgx.CollectableRow) (r dispatch.Route, err error) {
	var transport string
	if err = row.Scan(append(append([]any{nil}, shiftTargets(&r.Shift, &transport)...), &r.TechnicianName, &r.TimeZone)...); err == nil {
		r.Shift.Transport, err = geo.ParseMode(transport)
	}
	return r, err
}

func (d *DB) fillStops(ctx context.Context, routes []dispatch.Route) error {
	shifts, index := make([]uuid.UUID, len(routes)), map[uuid.UUID]int{}
	for i, r := range routes {
		shifts[i], index[r.Shift.ID] = r.Shift.ID, i
	}
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+visitColumns+`, r.category, r.description, coalesce(c.name, ''), coalesce(c.phone, ''), `+joinedSiteColumns+`
		FROM assignments a
		JOIN visits v ON v.organization_id = a.organization_id AND v.id = a.visit_id
		JOIN requests r ON r.organization_id = v.organization_id AND r.id = v.request_id
		JOIN technicians t ON t.organization_id = a.organization_id AND t.id = a.technician_id
		`+visitETA+`
		LEFT JOIN contacts c ON c.organization_id = r.organization_id AND c.id = r.contact_id
		LEFT JOIN sites ON sites.organization_id = v.organization_id AND sites.id = coalesce(a.site_id, v.site_id)
		WHERE a.organization_id = $1 AND a.shift_id = ANY($2) ORDER BY a.shift_id, a.begin_at, v.id`, org(ctx), shifts)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var stop dispatch.Stop
		var n visitRow
		var site joinedSite
		targets := append(n.targets(&stop.Visit), &stop.Category, &stop.Description, &stop.ContactName, &stop.ContactPhone)
		if err := rows.Scan(append(targets, site.targets()...)...); err != nil {
			return err
		}
		n.fill(&stop.Visit)
		stop.Site = site.site()
		i := index[stop.Visit.Assignment.ShiftID]
		routes[i].Stops = append(routes[i].Stops, stop)
	}
	return rows.Err()
}

// joinedSiteColumns are what a technician needs of a site, null for work without a place.
const joinedSiteColumns = `sites.id, sites.name, sites.street, sites.complement, sites.postal_code, sites.city, sites.country, sites.lat, sites.lon,
	sites.precision, sites.time_zone, sites.access_notes`

type joinedSite struct {
	id                                                                                    *uuid.UUID
	name, street, complement, postalCode, city, country, precision, timeZone, accessNotes *string
	lat, lon                                                                              *float64
}

func (s *joinedSite) targets() []any {
	return []any{&s.id, &s.name, &s.street, &s.complement, &s.postalCode, &s.city, &s.country, &s.lat, &s.lon, &s.precision, &s.timeZone, &s.accessNotes}
}

func (s *joinedSite) site() *dispatch.Site {
	if s.id == nil {
		return nil
	}
	return &dispatch.Site{
		Record: dispatch.Record{ID: *s.id}, Name: *s.name, Position: geo.Position{Lat: *s.lat, Lon: *s.lon}, Precision: dispatch.Precision(*s.precision),
		Address:  dispatch.Address{Street: *s.street, Complement: *s.complement, PostalCode: *s.postalCode, City: *s.city, Country: *s.country},
		TimeZone: *s.timeZone, AccessNotes: *s.accessNotes,
	}
}
