package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

// only reads the one row that a selection finds, or KindNotFound for the noun.
func only[T any](ctx context.Context, d *DB, q *selection, scan pgx.RowToFunc[T], noun string) (T, error) {
	rows, err := d.tx(ctx).Query(ctx, q.sql("organization_id", 1), q.args...)
	if err != nil {
		var none T
		return none, err
	}
	return exactlyOne(rows, scan, noun)
}

// living narrows a selection to one record that is not deleted.
func (q *selection) living(id uuid.UUID) *selection {
	q.where(`id = %s`, id)
	q.where(`deleted_at IS NULL`)
	return q
}

// external narrows a selection to the record that another system knows by this id, a deleted one too: its id may come back.
func (q *selection) external(e dispatch.External) *selection {
	q.where(`partner_id = %s`, e.PartnerID)
	q.where(`external_id = %s`, e.ExternalID)
	return q
}

// update sends one statement that changes the row whose version is one below the given; none found is KindStale.
func (d *DB) update(ctx context.Context, noun, sql string, args ...any) error {
	batch := &pgx.Batch{}
	batch.Queue(sql, args...)
	return d.sendUpdates(ctx, batch, noun)
}

func (d *DB) exec(ctx context.Context, sql string, args ...any) error {
	_, err := d.tx(ctx).Exec(ctx, sql, args...)
	return err
}

func (d *DB) count(ctx context.Context, sql string, args ...any) (n int, err error) {
	err = d.tx(ctx).QueryRow(ctx, sql, args...).Scan(&n)
	return n, err
}

// requestColumn says how a request names each noun, and where the noun is kept.
var requestColumn = map[string]struct{ table, column string }{
	"client": {"clients", "client_id"}, "site": {"sites", "site_id"}, "contact": {"contacts", "contact_id"}, "asset": {"assets", "asset_id"},
}

// OpenRequests implements dispatch.RegistryStore. The row is locked, so that no new request names it before the transaction ends.
func (d *DB) OpenRequests(ctx context.Context, noun string, id uuid.UUID) (int, error) {
	is := requestColumn[noun]
	if err := d.exec(ctx, `SELECT FROM `+is.table+` WHERE organization_id = $1 AND id = $2 FOR UPDATE`, org(ctx), id); err != nil {
		return 0, err
	}
	return d.count(ctx, `SELECT count(*) FROM requests WHERE organization_id = $1 AND `+is.column+` = $2 AND deleted_at IS NULL
		AND status IN ('draft', 'open', 'scheduled', 'in_progress')`, org(ctx), id)
}

// AssignedVisits implements dispatch.RegistryStore.
func (d *DB) AssignedVisits(ctx context.Context, technician, shift uuid.UUID, span dispatch.Span) ([]dispatch.Visit, error) {
	q := selecting(visitColumns, visitTables, org(ctx))
	q.conditions[0] = `v.` + q.conditions[0]
	q.where(`v.status IN ('held', 'planned', 'published', 'accepted', 'en_route', 'arrived', 'started', 'paused')`)
	q.equal("a.technician_id", technician)
	q.equal("a.shift_id", shift)
	if !span.End.IsZero() {
		q.where(`a.depart_at > %s AND a.begin_at < %s`, span.Start, span.End)
	}
	rows, err := d.tx(ctx).Query(ctx, q.sql("v.id", maxAssigned), q.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanVisit)
}

// VisitsAt implements dispatch.RegistryStore.
func (d *DB) VisitsAt(ctx context.Context, site uuid.UUID) ([]dispatch.Visit, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+visitColumns+` FROM `+visitTables+` WHERE v.organization_id = $1 AND v.site_id = $2
		AND v.status NOT IN ('completed', 'failed', 'cancelled') ORDER BY v.id`, org(ctx), site)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanVisit)
}

// SetVisitTerritory implements dispatch.RegistryStore.
func (d *DB) SetVisitTerritory(ctx context.Context, site, territory uuid.UUID, at time.Time) error {
	return d.exec(ctx, `UPDATE visits SET territory_id = $3, version = version + 1, updated_at = $4 WHERE organization_id = $1 AND site_id = $2
		AND territory_id <> $3 AND status NOT IN ('completed', 'failed', 'cancelled')`, org(ctx), site, territory, at)
}

// maxAssigned bounds one reading of a technician's visits: a year of thirty a day.
const maxAssigned = 10_000

// TimeZone implements dispatch.RegistryStore.
func (d *DB) TimeZone(ctx context.Context, site, client, partner uuid.UUID) (name string, err error) {
	err = d.tx(ctx).QueryRow(ctx, `SELECT coalesce((SELECT s.time_zone FROM sites s JOIN clients c ON c.organization_id = s.organization_id AND c.id = s.client_id
			WHERE s.organization_id = $1 AND s.id = $2 AND s.deleted_at IS NULL AND ($3::uuid IS NULL OR s.client_id = $3) AND ($4::uuid IS NULL OR c.partner_id = $4)), time_zone)
		FROM organizations WHERE organization_id = $1`, org(ctx), site, orNull(client), orNull(partner)).Scan(&name)
	return name, absent(err, "organization")
}
