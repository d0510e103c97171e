package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

func queueEvents(ctx context.Context, batch *pgx.Batch, events []dispatch.Event) {
	for _, e := range events {
		data := e.Data
		if data == nil {
			data = map[string]any{}
		}
		batch.Queue(`INSERT INTO events (organization_id, kind, request_id, visit_id, client_id, technician_id, partner_id, actor_role, actor_id, data)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			org(ctx), e.Kind, orNull(e.RequestID), orNull(e.VisitID), orNull(e.ClientID), orNull(e.TechnicianID), orNull(e.PartnerID), e.ActorRole, e.ActorID, data)
	}
}

// AppendEvents implements dispatch.EventStore.
func (d *DB) AppendEvents(ctx context.Context, events ...dispatch.Event) error {
	if len(events) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	queueEvents(ctx, batch, events)
	return d.tx(ctx).SendBatch(ctx, batch).Close()
}

const eventColumns = `era, transaction::text::bigint, id, at, kind, request_id, visit_id, client_id, technician_id, partner_id, actor_role, actor_id, data`

func scanEvent(row pgx.CollectableRow) (e dispatch.Event, err error) {
	var request, visit, client, technician, partner *uuid.UUID
	var transaction int64
	err = row.Scan(&e.Cursor.Era, &transaction, &e.Cursor.ID, &e.At, &e.Kind, &request, &visit, &client, &technician, &partner, &e.ActorRole, &e.ActorID, &e.Data)
	e.Cursor.Transaction = uint64(transaction)
	e.RequestID, e.VisitID, e.ClientID, e.TechnicianID, e.PartnerID = orZero(request), orZero(visit), orZero(client), orZero(technician), orZero(partner)
	return e, err
}

// settled lets through events of transactions that are over, and of nothing that comes later than one still running.
const settled = `(era < current_era() OR transaction < pg_snapshot_xmin(pg_current_snapshot()))`

const afterCursor = `(era, transaction, id) > (%s::integer, %s::text::xid8, %s::bigint)`

// Events implements dispatch.EventStore.
func (d *DB) Events(ctx context.Context, f dispatch.EventFilter, after dispatch.EventCursor, limit int) ([]dispatch.Event, error) {
	q := selecting(eventColumns, "events", org(ctx))
	q.where(settled)
	q.where(afterCursor, after.Era, xid(after.Transaction), after.ID)
	q.equal("client_id", f.ClientID)
	q.equal("technician_id", f.TechnicianID)
	q.equal("partner_id", f.PartnerID)
	if len(f.Kinds) > 0 {
		q.where(`kind = ANY(%s)`, f.Kinds)
	}
	rows, err := d.tx(ctx).Query(ctx, q.sql("era, transaction, id", limit), q.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanEvent)
}

// LastEvent implements dispatch.EventStore.
func (d *DB) LastEvent(ctx context.Context) (c dispatch.EventCursor, err error) {
	q := selecting(eventColumns, "events", org(ctx))
	q.where(settled)
	rows, err := d.tx(ctx).Query(ctx, q.sql("era DESC, transaction DESC, id DESC", 1), q.args...)
	if err != nil {
		return c, err
	}
	last, err := maybeOne(rows, scanEvent)
	if err != nil || last == nil {
		return c, err
	}
	return last.Cursor, nil
}

// RequestEvents implements dispatch.EventStore.
func (d *DB) RequestEvents(ctx context.Context, request uuid.UUID, after dispatch.EventCursor, limit int) ([]dispatch.Event, error) {
	q := selecting(eventColumns, "events", org(ctx))
	q.where(`request_id = %s`, request)
	q.where(afterCursor, after.Era, xid(after.Transaction), after.ID)
	rows, err := d.tx(ctx).Query(ctx, q.sql("era, transaction, id", limit), q.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanEvent)
}
