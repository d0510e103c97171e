package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

const requestColumns = `id, version, created_at, updated_at, deleted_at, partner_id, coalesce(external_id, ''), reference, client_id, site_id, contact_id,
	asset_id, time_zone, category, description, support_level, severity, impact, urgency, priority, mode, required_skills, duration_seconds, windows, rules, status, outcome,
	created_by_role, created_by, metadata`

func scanRequest(row pgx.CollectableRow) (dispatch.Request, error) {
	var r dispatch.Request
	var site, contact, asset *uuid.UUID
	var seconds int64
	err := row.Scan(&r.ID, &r.Version, &r.CreatedAt, &r.UpdatedAt, &r.DeletedAt, &r.PartnerID, &r.ExternalID, &r.Reference, &r.ClientID, &site, &contact,
		&asset, &r.TimeZone, &r.Category, &r.Description, &r.SupportLevel, &r.Severity, &r.Impact, &r.Urgency, &r.Priority, &r.Mode, &r.RequiredSkills, &seconds,
		&r.Windows, &r.Rules, &r.Status, &r.Outcome, &r.CreatedBy.Role, &r.CreatedBy.ID, &r.Metadata)
	r.SiteID, r.ContactID, r.AssetID = orZero(site), orZero(contact), orZero(asset)
	r.Duration = time.Duration(seconds) * time.Second
	return r, err
}

// list gives an empty JSON array for a nil slice.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func labels(m dispatch.Metadata) dispatch.Metadata {
	if m == nil {
		return dispatch.Metadata{}
	}
	return m
}

// RequestContext implements dispatch.RequestStore: one round trip.
func (d *DB) RequestContext(ctx context.Context, client, site, contact, asset uuid.UUID) (dispatch.RequestContext, error) {
	var around dispatch.RequestContext
	batch := &pgx.Batch{}
	batch.Queue(`SELECT ` + organizationColumns + ` FROM organizations WHERE organization_id = current_organization()`).Query(func(rows pgx.Rows) (err error) {
		around.Organization, err = exactlyOne(rows, scanOrganization, "organization")
		return err
	})
	maybe := func(id uuid.UUID, sql string, scan func(pgx.Rows) error) {
		if id != uuid.Nil {
			batch.Queue(sql, id).Query(scan)
		}
	}
	maybe(client, `SELECT `+clientColumns+` FROM clients WHERE organization_id = current_organization() AND id = $1 AND deleted_at IS NULL`, func(rows pgx.Rows) (err error) {
		around.Client, err = maybeOne(rows, scanClient)
		return err
	})
	maybe(site, `SELECT `+siteColumns+` FROM sites WHERE organization_id = current_organization() AND id = $1 AND deleted_at IS NULL`, func(rows pgx.Rows) (err error) {
		around.Site, err = maybeOne(rows, scanSite)
		return err
	})
	maybe(contact, `SELECT `+contactColumns+` FROM contacts WHERE organization_id = current_organization() AND id = $1 AND deleted_at IS NULL`, func(rows pgx.Rows) (err error) {
		around.Contact, err = maybeOne(rows, scanContact)
		return err
	})
	maybe(asset, `SELECT `+assetColumns+` FROM assets WHERE organization_id = current_organization() AND id = $1 AND deleted_at IS NULL`, func(rows pgx.Rows) (err error) {
		around.Asset, err = maybeOne(rows, scanAsset)
		return err
	})
	batch.Queue(skillCodesSQL).Query(func(rows pgx.Rows) (err error) {
		around.Skills, err = skillCodes(rows)
		return err
	})
	return around, d.tx(ctx).SendBatch(ctx, batch).Close()
}

// maybeOne gives the row there is, or nil.
func maybeOne[T any](rows pgx.Rows, scan pgx.RowToFunc[T]) (*T, error) {
	v, err := pgx.CollectOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// exactlyOne gives the row there is, or KindNotFound for the noun.
func exactlyOne[T any](rows pgx.Rows, scan pgx.RowToFunc[T], noun string) (T, error) {
	v, err := pgx.CollectOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return v, dispatch.NotFound(noun)
	}
	return v, err
}

const insertRequestSQL = `INSERT INTO requests (organization_id, id, reference, partner_id, external_id, client_id, site_id, contact_id, asset_id, time_zone, category,
	description, support_level, severity, impact, urgency, priority, mode, required_skills, duration_seconds, windows, status, created_by_role, created_by,
	metadata, created_at, updated_at, rules)
	VALUES ($1, $2, $3, $4, nullif($5, ''), $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $26, $27)`

// InsertRequest implements dispatch.RequestStore: the request, its visit and the events go in one round trip, the jobs in another.
func (d *DB) InsertRequest(ctx context.Context, r dispatch.Request, v dispatch.Visit, events []dispatch.Event, jobs []dispatch.Job) error {
	batch := &pgx.Batch{}
	batch.Queue(insertRequestSQL, org(ctx), r.ID, r.Reference, r.PartnerID, r.ExternalID, r.ClientID, orNull(r.SiteID), orNull(r.ContactID), orNull(r.AssetID), r.TimeZone, r.Category,
		r.Description, r.SupportLevel, r.Severity, r.Impact, r.Urgency, r.Priority, r.Mode, list(r.RequiredSkills), int64(r.Duration/time.Second), r.Windows,
		r.Status, r.CreatedBy.Role, r.CreatedBy.ID, labels(r.Metadata), r.CreatedAt, r.Rules)
	queueVisit(ctx, batch, v)
	queueEvents(ctx, batch, events)
	if err := d.tx(ctx).SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	return d.Enqueue(ctx, jobs...)
}

// UpdateRequests implements dispatch.RequestStore.
func (d *DB) UpdateRequests(ctx context.Context, requests ...dispatch.Request) error {
	batch := &pgx.Batch{}
	for _, r := range requests {
		batch.Queue(`UPDATE requests SET contact_id = $3, asset_id = $4, category = $5, description = $6, support_level = $7, severity = $8, impact = $9,
			urgency = $10, priority = $11, required_skills = $12, duration_seconds = $13, windows = $14, status = $15, outcome = $16, metadata = $17,
			version = $18, updated_at = $19, rules = $20
			WHERE organization_id = $1 AND id = $2 AND version = $18 - 1`,
			org(ctx), r.ID, orNull(r.ContactID), orNull(r.AssetID), r.Category, r.Description, r.SupportLevel, r.Severity, r.Impact,
			r.Urgency, r.Priority, list(r.RequiredSkills), int64(r.Duration/time.Second), r.Windows, r.Status, r.Outcome, labels(r.Metadata), r.Version, r.UpdatedAt, r.Rules)
	}
	return d.sendUpdates(ctx, batch, "request")
}

// sendUpdates sends statements that must each change one row; one that changes none found another version.
func (d *DB) sendUpdates(ctx context.Context, batch *pgx.Batch, noun string) error {
	if batch.Len() == 0 {
		return nil
	}
	results := d.tx(ctx).SendBatch(ctx, batch)
	for range batch.Len() {
		tag, err := results.Exec()
		if err == nil && tag.RowsAffected() != 1 {
			err = dispatch.Stale(noun)
		}
		if err != nil {
			return errors.Join(err, results.Close())
		}
	}
	return results.Close()
}

// Request implements dispatch.RequestStore.
func (d *DB) Request(ctx context.Context, id uuid.UUID) (dispatch.Request, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+requestColumns+` FROM requests WHERE organization_id = $1 AND id = $2`, org(ctx), id)
	if err != nil {
		return dispatch.Request{}, err
	}
	return exactlyOne(rows, scanRequest, "request")
}

// RequestByExternalID implements dispatch.RequestStore.
func (d *DB) RequestByExternalID(ctx context.Context, e dispatch.External) (dispatch.Request, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+requestColumns+` FROM requests WHERE organization_id = $1 AND partner_id = $2 AND external_id = $3`,
		org(ctx), e.PartnerID, e.ExternalID)
	if err != nil {
		return dispatch.Request{}, err
	}
	return exactlyOne(rows, scanRequest, "request")
}

// LockRequests implements dispatch.RequestStore.
func (d *DB) LockRequests(ctx context.Context, ids []uuid.UUID) ([]dispatch.Request, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT `+requestColumns+` FROM requests WHERE organization_id = $1 AND id = ANY($2) ORDER BY id FOR NO KEY UPDATE`, org(ctx), ids)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanRequest)
}

// Requests implements dispatch.RequestStore.
func (d *DB) Requests(ctx context.Context, f dispatch.RequestFilter, page dispatch.Page) (dispatch.Listing[dispatch.Request], error) {
	q := selecting(requestColumns, "requests", org(ctx))
	q.equal("client_id", f.ClientID)
	q.equal("partner_id", f.PartnerID)
	if f.TechnicianID != uuid.Nil {
		q.where(`EXISTS (SELECT FROM visits v JOIN assignments a ON a.organization_id = v.organization_id AND a.visit_id = v.id
			WHERE v.organization_id = requests.organization_id AND v.request_id = requests.id AND a.technician_id = %s)`, f.TechnicianID)
	}
	if f.Status != "" {
		q.where(`status = %s`, f.Status)
	}
	return listed(ctx, d, q, page, scanRequest, func(r dispatch.Request) dispatch.Record { return r.Record })
}
