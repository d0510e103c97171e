package postgres

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

// xid is a transaction id as text, for the cast that PostgreSQL offers.
func xid(n uint64) string { return strconv.FormatUint(n, 10) }

const deviceColumns = `id, account_id, technician_id, client_id, platform, token, created_at, updated_at`

func scanDevice(row pgx.CollectableRow) (v dispatch.Device, err error) {
	var technician, client *uuid.UUID
	err = row.Scan(&v.ID, &v.AccountID, &technician, &client, &v.Platform, &v.Token, &v.CreatedAt, &v.UpdatedAt)
	v.TechnicianID, v.ClientID = orZero(technician), orZero(client)
	return v, err
}

// UpsertDevice implements dispatch.DeviceStore.
func (d *DB) UpsertDevice(ctx context.Context, v dispatch.Device) (dispatch.Device, error) {
	rows, err := d.tx(ctx).Query(ctx, `INSERT INTO devices (organization_id, id, account_id, technician_id, client_id, platform, token, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
		ON CONFLICT (organization_id, token) DO UPDATE SET account_id = excluded.account_id, technician_id = excluded.technician_id,
			client_id = excluded.client_id, platform = excluded.platform, updated_at = excluded.updated_at
		RETURNING `+deviceColumns, org(ctx), v.ID, v.AccountID, orNull(v.TechnicianID), orNull(v.ClientID), v.Platform, v.Token, v.CreatedAt)
	if err != nil {
		return dispatch.Device{}, err
	}
	return exactlyOne(rows, scanDevice, "device")
}

// Devices implements dispatch.DeviceStore.
func (d *DB) Devices(ctx context.Context, account uuid.UUID) ([]dispatch.Device, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+deviceColumns+` FROM devices WHERE organization_id = $1 AND account_id = $2 ORDER BY id`, org(ctx), account)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanDevice)
}

// DeleteDevice implements dispatch.DeviceStore.
func (d *DB) DeleteDevice(ctx context.Context, account, id uuid.UUID) error {
	tag, err := d.tx(ctx).Exec(ctx, `DELETE FROM devices WHERE organization_id = $1 AND account_id = $2 AND id = $3`, org(ctx), account, id)
	if err == nil && tag.RowsAffected() == 0 {
		return dispatch.NotFound("device")
	}
	return err
}

// DeleteDevicesOf implements dispatch.DeviceStore.
func (d *DB) DeleteDevicesOf(ctx context.Context, account uuid.UUID) error {
	_, err := d.tx(ctx).Exec(ctx, `DELETE FROM devices WHERE organization_id = $1 AND account_id = $2`, org(ctx), account)
	return err
}

// DeleteTokens implements dispatch.DeviceStore.
func (d *DB) DeleteTokens(ctx context.Context, tokens []string) error {
	if len(tokens) == 0 {
		return nil
	}
	_, err := d.tx(ctx).Exec(ctx, `DELETE FROM devices WHERE organization_id = $1 AND token = ANY($2)`, org(ctx), tokens)
	return err
}

// InsertNotices implements dispatch.DeviceStore.
func (d *DB) InsertNotices(ctx context.Context, notices ...dispatch.AddressedNotice) error {
	batch := &pgx.Batch{}
	jobs := make([]dispatch.Job, len(notices))
	for i, n := range notices {
		batch.Queue(`INSERT INTO notices (organization_id, id, technician_id, client_id, title, body, collapse, ttl_seconds, data)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			org(ctx), n.ID, orNull(n.TechnicianID), orNull(n.ClientID), n.Title, n.Body, n.Collapse, int64(n.TTL/time.Second), n.Data)
		jobs[i] = dispatch.SendNotice{NoticeID: n.ID}
	}
	if err := d.tx(ctx).SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	return d.Enqueue(ctx, jobs...)
}

// PendingNotice implements dispatch.DeviceStore.
func (d *DB) PendingNotice(ctx context.Context, id uuid.UUID) (n dispatch.Notice, devices []dispatch.Device, err error) {
	var seconds int64
	n.ID = id
	batch := &pgx.Batch{}
	batch.Queue(`SELECT title, body, collapse, ttl_seconds, created_at, data FROM notices WHERE organization_id = $1 AND id = $2`, org(ctx), id).QueryRow(func(row pgx.Row) error {
		return row.Scan(&n.Title, &n.Body, &n.Collapse, &seconds, &n.CreatedAt, &n.Data)
	})
	batch.Queue(`SELECT `+prefixed("d", deviceColumns)+` FROM notices n JOIN devices d ON d.organization_id = n.organization_id
		AND (d.technician_id = n.technician_id OR d.client_id = n.client_id)
		WHERE n.organization_id = $1 AND n.id = $2 AND d.id <> ALL(n.delivered) ORDER BY d.id`, org(ctx), id).Query(func(rows pgx.Rows) (err error) {
		devices, err = pgx.CollectRows(rows, scanDevice)
		return err
	})
	err = d.tx(ctx).SendBatch(ctx, batch).Close()
	if errors.Is(err, pgx.ErrNoRows) {
		return n, nil, dispatch.NotFound("notice")
	}
	n.TTL = time.Duration(seconds) * time.Second
	return n, devices, err
}

// MarkDelivered implements dispatch.DeviceStore.
func (d *DB) MarkDelivered(ctx context.Context, notice uuid.UUID, devices []uuid.UUID) error {
	if len(devices) == 0 {
		return nil
	}
	_, err := d.tx(ctx).Exec(ctx, `UPDATE notices SET delivered = delivered || $3 WHERE organization_id = $1 AND id = $2`, org(ctx), notice, devices)
	return err
}

// Locales implements dispatch.DeviceStore.
func (d *DB) Locales(ctx context.Context, technicians, clients []uuid.UUID) (map[uuid.UUID]string, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT id, locale FROM technicians WHERE organization_id = $1 AND id = ANY($2)
		UNION ALL SELECT id, locale FROM clients WHERE organization_id = $1 AND id = ANY($3)`, org(ctx), list(technicians), list(clients))
	if err != nil {
		return nil, err
	}
	locales := map[uuid.UUID]string{}
	var id uuid.UUID
	var locale string
	_, err = pgx.ForEachRow(rows, []any{&id, &locale}, func() error {
		locales[id] = locale
		return nil
	})
	return locales, err
}
