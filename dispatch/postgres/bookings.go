package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

const bookingColumns = `id, version, created_at, updated_at, deleted_at, request_id, client_id, partner_id, time_zone, status, slot_start, slot_end, held_until, price, replaced_by,
	created_by_role, created_by, booked_at, array(SELECT v.id FROM visits v WHERE v.organization_id = bookings.organization_id AND v.booking_id = bookings.id ORDER BY v.id) AS visit_ids`

func scanBooking(row pgx.CollectableRow) (b dispatch.Booking, err error) {
	var replaced *uuid.UUID
	err = row.Scan(&b.ID, &b.Version, &b.CreatedAt, &b.UpdatedAt, &b.DeletedAt, &b.RequestID, &b.ClientID, &b.PartnerID, &b.TimeZone, &b.Status, &b.Slot.Start, &b.Slot.End, &b.HeldUntil,
		&b.Price, &replaced, &b.CreatedBy.Role, &b.CreatedBy.ID, &b.BookedAt, &b.VisitIDs)
	b.ReplacedBy = orZero(replaced)
	return b, err
}

// InsertBooking implements dispatch.BookingStore.
func (d *DB) InsertBooking(ctx context.Context, b dispatch.Booking) error {
	_, err := d.tx(ctx).Exec(ctx, `INSERT INTO bookings (organization_id, id, request_id, client_id, partner_id, time_zone, status, slot_start, slot_end, held_until, price,
		created_by_role, created_by, version, created_at, updated_at, booked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16)`,
		org(ctx), b.ID, b.RequestID, b.ClientID, b.PartnerID, b.TimeZone, b.Status, b.Slot.Start, b.Slot.End, b.HeldUntil, b.Price, b.CreatedBy.Role, b.CreatedBy.ID, b.Version, b.CreatedAt, b.BookedAt)
	return err
}

// UpdateBooking implements dispatch.BookingStore.
func (d *DB) UpdateBooking(ctx context.Context, b dispatch.Booking) error {
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE bookings SET status = $3, replaced_by = $4, booked_at = $5, version = $6, updated_at = $7 WHERE organization_id = $1 AND id = $2 AND version = $6 - 1`,
		org(ctx), b.ID, b.Status, orNull(b.ReplacedBy), b.BookedAt, b.Version, b.UpdatedAt)
	return d.sendUpdates(ctx, batch, "booking")
}

// Booking implements dispatch.BookingStore.
func (d *DB) Booking(ctx context.Context, id uuid.UUID) (dispatch.Booking, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+bookingColumns+` FROM bookings WHERE organization_id = $1 AND id = $2`, org(ctx), id)
	if err != nil {
		return dispatch.Booking{}, err
	}
	return exactlyOne(rows, scanBooking, "booking")
}

// LockBooking implements dispatch.BookingStore.
func (d *DB) LockBooking(ctx context.Context, id uuid.UUID) (dispatch.Booking, error) {
	if _, err := d.tx(ctx).Exec(ctx, `SELECT FROM bookings WHERE organization_id = $1 AND id = $2 FOR UPDATE`, org(ctx), id); err != nil {
		return dispatch.Booking{}, err
	}
	return d.Booking(ctx, id)
}

// Bookings implements dispatch.BookingStore.
func (d *DB) Bookings(ctx context.Context, f dispatch.BookingFilter, page dispatch.Page) (dispatch.Listing[dispatch.Booking], error) {
	q := selecting(bookingColumns, "bookings", org(ctx))
	q.equal("request_id", f.RequestID)
	q.equal("client_id", f.ClientID)
	q.equal("partner_id", f.PartnerID)
	if f.Status != "" {
		q.where("status = %s", f.Status)
	}
	return listed(ctx, d, q, page, scanBooking, func(b dispatch.Booking) dispatch.Record { return b.Record })
}

// VisitsBooked implements dispatch.BookingStore.
func (d *DB) VisitsBooked(ctx context.Context, booking uuid.UUID) ([]dispatch.Visit, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+visitColumns+` FROM `+visitTables+` WHERE v.organization_id = $1 AND v.booking_id = $2 ORDER BY v.id`, org(ctx), booking)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanVisit)
}

// LiveHolds implements dispatch.BookingStore.
func (d *DB) LiveHolds(ctx context.Context, client uuid.UUID, now time.Time) (n int, err error) {
	err = d.tx(ctx).QueryRow(ctx, `SELECT count(*) FROM bookings WHERE organization_id = $1 AND status = 'held' AND held_until > $2 AND client_id = $3`, org(ctx), now, client).Scan(&n)
	return n, err
}

// KeepOccupied implements dispatch.BookingStore.
func (d *DB) KeepOccupied(ctx context.Context, visits []uuid.UUID) error {
	_, err := d.tx(ctx).Exec(ctx, `UPDATE occupancies SET expires_at = NULL WHERE organization_id = $1 AND visit_id = ANY($2)`, org(ctx), visits)
	return err
}

// mostSales bounds what one question about sales reads.
const mostSales = 5000

// Sales implements dispatch.BookingStore: one round trip.
func (d *DB) Sales(ctx context.Context, q dispatch.SaleQuery) (out dispatch.Sales, err error) {
	batch := &pgx.Batch{}
	batch.Queue(`SELECT b.slot_start, b.booked_at FROM bookings b JOIN visits v ON v.organization_id = b.organization_id AND v.booking_id = b.id
		WHERE b.organization_id = $1 AND b.booked_at >= $2 AND b.status IN ('booked', 'cancelled') AND v.territory_id IS NOT DISTINCT FROM $3
			AND ($4 = '' OR v.required_skills @> jsonb_build_array(jsonb_build_object('skill', $4::text))) LIMIT $5`,
		org(ctx), q.Since, orNull(q.TerritoryID), q.Skill, mostSales).Query(func(rows pgx.Rows) error {
		var slot, at time.Time
		_, err := pgx.ForEachRow(rows, []any{&slot, &at}, func() error {
			out.Booked = append(out.Booked, dispatch.Sale{Slot: slot, At: at})
			return nil
		})
		return err
	})
	batch.Queue(`SELECT DISTINCT a.technician_id FROM visits v JOIN assignments a ON a.organization_id = v.organization_id AND a.visit_id = v.id
		WHERE v.organization_id = $1 AND v.client_id = $2 AND v.status = 'completed' AND v.actual_end >= $3::timestamptz - interval '1 year'`,
		org(ctx), q.ClientID, q.Since).Query(func(rows pgx.Rows) (err error) {
		out.Familiar, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		return err
	})
	return out, d.tx(ctx).SendBatch(ctx, batch).Close()
}

// OverdueHolds implements dispatch.BookingStore.
func (d *DB) OverdueHolds(ctx context.Context, around dispatch.Span, now time.Time) ([]dispatch.Booking, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+bookingColumns+` FROM bookings WHERE organization_id = $1 AND status = 'held' AND held_until <= $2
		AND slot_start < $4 AND slot_end > $3 ORDER BY id LIMIT 20`, org(ctx), now, around.Start, around.End)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanBooking)
}
