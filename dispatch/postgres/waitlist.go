package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

const waitlistColumns = `id, version, created_at, updated_at, deleted_at, visit_id, client_id, partner_id, territory_id, time_zone, earliest, latest, offer`

func scanWaitlist(row pgx.CollectableRow) (e dispatch.WaitlistEntry, err error) {
	var territory *uuid.UUID
	var earliest, latest *time.Time
	err = row.Scan(&e.ID, &e.Version, &e.CreatedAt, &e.UpdatedAt, &e.DeletedAt, &e.VisitID, &e.ClientID, &e.PartnerID, &territory, &e.TimeZone, &earliest, &latest, &e.Offer)
	e.TerritoryID, e.Earliest, e.Latest = orZero(territory), orZero(earliest), orZero(latest)
	return e, err
}

// PutWaitlist implements dispatch.WaitlistStore.
func (d *DB) PutWaitlist(ctx context.Context, e dispatch.WaitlistEntry) (dispatch.WaitlistEntry, error) {
	rows, err := d.tx(ctx).Query(ctx, `INSERT INTO waitlist (organization_id, id, visit_id, client_id, partner_id, territory_id, time_zone, earliest, latest, version, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
		ON CONFLICT (organization_id, visit_id) DO UPDATE SET earliest = excluded.earliest, latest = excluded.latest, territory_id = excluded.territory_id,
			version = waitlist.version + 1, updated_at = excluded.updated_at
		RETURNING `+waitlistColumns,
		org(ctx), e.ID, e.VisitID, e.ClientID, e.PartnerID, orNull(e.TerritoryID), e.TimeZone, orNull(e.Earliest), orNull(e.Latest), e.Version, e.CreatedAt)
	if err != nil {
		return e, err
	}
	return exactlyOne(rows, scanWaitlist, "waitlist")
}

// OfferWaitlist implements dispatch.WaitlistStore.
func (d *DB) OfferWaitlist(ctx context.Context, e dispatch.WaitlistEntry) error {
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE waitlist SET offer = $3, version = $4, updated_at = $5 WHERE organization_id = $1 AND id = $2 AND version = $4 - 1`, org(ctx), e.ID, e.Offer, e.Version, e.UpdatedAt)
	return d.sendUpdates(ctx, batch, "waitlist")
}

// LeaveWaitlist implements dispatch.WaitlistStore.
func (d *DB) LeaveWaitlist(ctx context.Context, visits ...uuid.UUID) error {
	_, err := d.tx(ctx).Exec(ctx, `DELETE FROM waitlist WHERE organization_id = $1 AND visit_id = ANY($2)`, org(ctx), visits)
	return err
}

// Waitlist implements dispatch.WaitlistStore.
func (d *DB) Waitlist(ctx context.Context, f dispatch.PartyFilter, page dispatch.Page) (dispatch.Listing[dispatch.WaitlistEntry], error) {
	q := selecting(waitlistColumns, "waitlist", org(ctx))
	q.equal("client_id", f.ClientID)
	q.equal("partner_id", f.PartnerID)
	return listed(ctx, d, q, page, scanWaitlist, func(e dispatch.WaitlistEntry) dispatch.Record { return e.Record })
}

// Waiting implements dispatch.WaitlistStore: ids are made in the order of time.
func (d *DB) Waiting(ctx context.Context, limit int) ([]dispatch.WaitlistEntry, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+waitlistColumns+` FROM waitlist WHERE organization_id = $1 ORDER BY id LIMIT $2`, org(ctx), limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanWaitlist)
}

// AnybodyWaits implements dispatch.WaitlistStore.
func (d *DB) AnybodyWaits(ctx context.Context) (waits bool, err error) {
	err = d.tx(ctx).QueryRow(ctx, `SELECT EXISTS (SELECT FROM waitlist WHERE organization_id = $1)`, org(ctx)).Scan(&waits)
	return waits, err
}
