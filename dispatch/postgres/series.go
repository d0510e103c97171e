package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

const seriesColumns = `id, version, created_at, updated_at, deleted_at, partner_id, client_id, site_id, contact_id, asset_id, time_zone, work, recurrence, horizon_days, status,
	coalesce(made_through::text, ''), stuck, created_by_role, created_by, updated_by_role, updated_by`

func scanSeries(row pgx.CollectableRow) (v dispatch.Series, err error) {
	var site, contact, asset *uuid.UUID
	err = row.Scan(&v.ID, &v.Version, &v.CreatedAt, &v.UpdatedAt, &v.DeletedAt, &v.PartnerID, &v.ClientID, &site, &contact, &asset, &v.TimeZone, &v.Work, &v.Recurrence,
		&v.HorizonDays, &v.Status, (*string)(&v.MadeThrough), &v.Stuck, &v.CreatedBy.Role, &v.CreatedBy.ID, &v.UpdatedBy.Role, &v.UpdatedBy.ID)
	v.SiteID, v.ContactID, v.AssetID = orZero(site), orZero(contact), orZero(asset)
	return v, err
}

// Series implements dispatch.SeriesStore.
func (d *DB) Series(ctx context.Context, id uuid.UUID) (dispatch.Series, error) {
	q := selecting(seriesColumns, "series", org(ctx))
	q.where(`id = %s`, id)
	return only(ctx, d, q, scanSeries, "series")
}

// LockSeries implements dispatch.SeriesStore.
func (d *DB) LockSeries(ctx context.Context, id uuid.UUID) (dispatch.Series, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+seriesColumns+` FROM series WHERE organization_id = $1 AND id = $2 FOR NO KEY UPDATE`, org(ctx), id)
	if err != nil {
		return dispatch.Series{}, err
	}
	return exactlyOne(rows, scanSeries, "series")
}

// SeriesList implements dispatch.SeriesStore.
func (d *DB) SeriesList(ctx context.Context, f dispatch.SeriesFilter, page dispatch.Page) (dispatch.Listing[dispatch.Series], error) {
	q := selecting(seriesColumns, "series", org(ctx))
	q.equal("client_id", f.ClientID)
	q.equal("partner_id", f.PartnerID)
	if f.Status != "" {
		q.where(`status = %s`, f.Status)
	}
	return listed(ctx, d, q, page, scanSeries, func(v dispatch.Series) dispatch.Record { return v.Record })
}

// InsertSeries implements dispatch.SeriesStore.
func (d *DB) InsertSeries(ctx context.Context, v dispatch.Series) error {
	return d.exec(ctx, `INSERT INTO series (organization_id, id, partner_id, client_id, site_id, contact_id, asset_id, time_zone, work, recurrence, horizon_days, status,
		created_by_role, created_by, updated_by_role, updated_by, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)`,
		org(ctx), v.ID, v.PartnerID, v.ClientID, orNull(v.SiteID), orNull(v.ContactID), orNull(v.AssetID), v.TimeZone, v.Work, v.Recurrence, v.HorizonDays, v.Status,
		v.CreatedBy.Role, v.CreatedBy.ID, v.UpdatedBy.Role, v.UpdatedBy.ID, v.CreatedAt)
}

// UpdateSeries implements dispatch.SeriesStore.
func (d *DB) UpdateSeries(ctx context.Context, v dispatch.Series) error {
	return d.update(ctx, "series", `UPDATE series SET contact_id = $3, asset_id = $4, time_zone = $5, work = $6, recurrence = $7, horizon_days = $8, status = $9,
		updated_by_role = $10, updated_by = $11, version = $12, updated_at = $13, deleted_at = $14, made_through = NULL, stuck = '[]'
		WHERE organization_id = $1 AND id = $2 AND version = $12 - 1`,
		org(ctx), v.ID, orNull(v.ContactID), orNull(v.AssetID), v.TimeZone, v.Work, v.Recurrence, v.HorizonDays, v.Status, v.UpdatedBy.Role, v.UpdatedBy.ID,
		v.Version, v.UpdatedAt, v.DeletedAt)
}

// LivingSeries implements dispatch.SeriesStore.
func (d *DB) LivingSeries(ctx context.Context, noun string, id uuid.UUID) (int, error) {
	return d.count(ctx, `SELECT count(*) FROM series WHERE organization_id = $1 AND `+requestColumn[noun].column+` = $2 AND deleted_at IS NULL AND status <> 'ended'`, org(ctx), id)
}

// SeriesToMake implements dispatch.SeriesStore.
func (d *DB) SeriesToMake(ctx context.Context, today dispatch.Day) ([]uuid.UUID, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT id FROM series WHERE organization_id = $1
		AND (made_through IS NULL OR status = 'active' AND made_through < $2::date + horizon_days) ORDER BY id`, org(ctx), string(today))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// SaveProgress implements dispatch.SeriesStore.
func (d *DB) SaveProgress(ctx context.Context, id uuid.UUID, version int, through dispatch.Day, stuck []dispatch.Reason) error {
	return d.exec(ctx, `UPDATE series SET made_through = nullif($4, '')::date, stuck = $5 WHERE organization_id = $1 AND id = $2 AND version = $3`,
		org(ctx), id, version, string(through), list(stuck))
}

const occurrenceColumns = `o.series_id, o.occurrence_on::text, o.planned_on::text, o.request_id, o.series_version, o.applied, o.made_at, o.withdrawn_at, r.status,
	EXISTS (SELECT FROM visits v WHERE v.organization_id = o.organization_id AND v.request_id = o.request_id AND v.status <> 'cancelled'
		AND (v.promised_start IS NOT NULL OR v.status NOT IN ('draft', 'unassigned', 'planned', 'refused')))`

const occurrenceTables = `series_occurrences o JOIN requests r ON r.organization_id = o.organization_id AND r.id = o.request_id`

func scanOccurrence(row pgx.CollectableRow) (o dispatch.MadeOccurrence, err error) {
	err = row.Scan(&o.SeriesID, (*string)(&o.On), (*string)(&o.Date), &o.RequestID, &o.SeriesVersion, &o.Applied, &o.MadeAt, &o.WithdrawnAt, &o.RequestStatus, &o.Told)
	return o, err
}

// MadeOccurrences implements dispatch.SeriesStore.
func (d *DB) MadeOccurrences(ctx context.Context, series uuid.UUID, from dispatch.Day, most int) ([]dispatch.MadeOccurrence, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+occurrenceColumns+` FROM `+occurrenceTables+` WHERE o.organization_id = $1 AND o.series_id = $2 AND o.planned_on >= $3::date
		ORDER BY o.planned_on DESC, o.occurrence_on DESC LIMIT $4`, org(ctx), series, string(from), most)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanOccurrence)
}

// MadeOccurrence implements dispatch.SeriesStore.
func (d *DB) MadeOccurrence(ctx context.Context, series uuid.UUID, on dispatch.Day) (*dispatch.MadeOccurrence, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+occurrenceColumns+` FROM `+occurrenceTables+` WHERE o.organization_id = $1 AND o.series_id = $2 AND o.occurrence_on = $3::date`,
		org(ctx), series, string(on))
	if err != nil {
		return nil, err
	}
	return maybeOne(rows, scanOccurrence)
}

// SaveOccurrence implements dispatch.SeriesStore. One that has another request, not taken back, is refused.
func (d *DB) SaveOccurrence(ctx context.Context, o dispatch.MadeOccurrence) error {
	return d.update(ctx, "series", `INSERT INTO series_occurrences (organization_id, series_id, occurrence_on, planned_on, request_id, series_version, applied, made_at, withdrawn_at)
		VALUES ($1, $2, $3::date, $4::date, $5, $6, $7, $8, $9)
		ON CONFLICT (organization_id, series_id, occurrence_on) DO UPDATE SET planned_on = excluded.planned_on, request_id = excluded.request_id,
			series_version = excluded.series_version, applied = excluded.applied, made_at = excluded.made_at, withdrawn_at = excluded.withdrawn_at
		WHERE series_occurrences.withdrawn_at IS NOT NULL OR series_occurrences.request_id = excluded.request_id`,
		org(ctx), o.SeriesID, string(o.On), string(o.Date), o.RequestID, o.SeriesVersion, o.Applied, o.MadeAt, o.WithdrawnAt)
}
