package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

const clientColumns = `id, version, created_at, updated_at, deleted_at, partner_id, coalesce(external_id, ''), kind, name, coalesce(email, ''), coalesce(phone, ''),
	locale, notes, metadata`

func scanClient(row pgx.CollectableRow) (c dispatch.Client, err error) {
	err = row.Scan(&c.ID, &c.Version, &c.CreatedAt, &c.UpdatedAt, &c.DeletedAt, &c.PartnerID, &c.ExternalID, &c.Kind, &c.Name, &c.Email, &c.Phone,
		&c.Locale, &c.Notes, &c.Metadata)
	return c, err
}

const siteColumns = `id, version, created_at, updated_at, deleted_at, partner_id, coalesce(external_id, ''), client_id, name, street, complement, postal_code, city,
	country, lat, lon, precision, cell, territory_id, time_zone, access_notes, no_connection, metadata`

func scanSite(row pgx.CollectableRow) (s dispatch.Site, err error) {
	err = row.Scan(&s.ID, &s.Version, &s.CreatedAt, &s.UpdatedAt, &s.DeletedAt, &s.PartnerID, &s.ExternalID, &s.ClientID, &s.Name, &s.Address.Street,
		&s.Address.Complement, &s.Address.PostalCode, &s.Address.City, &s.Address.Country, &s.Position.Lat, &s.Position.Lon, &s.Precision, &s.Cell,
		&s.TerritoryID, &s.TimeZone, &s.AccessNotes, &s.NoConnection, &s.Metadata)
	return s, err
}

const contactColumns = `id, version, created_at, updated_at, deleted_at, client_id, site_id, name, coalesce(email, ''), coalesce(phone, ''), function`

func scanContact(row pgx.CollectableRow) (c dispatch.Contact, err error) {
	var site *uuid.UUID
	err = row.Scan(&c.ID, &c.Version, &c.CreatedAt, &c.UpdatedAt, &c.DeletedAt, &c.ClientID, &site, &c.Name, &c.Email, &c.Phone, &c.Function)
	c.SiteID = orZero(site)
	return c, err
}

const assetColumns = `id, version, created_at, updated_at, deleted_at, partner_id, coalesce(external_id, ''), client_id, site_id, kind, make, model, serial,
	warranty_end, metadata`

func scanAsset(row pgx.CollectableRow) (a dispatch.Asset, err error) {
	var site *uuid.UUID
	var warranty *time.Time
	err = row.Scan(&a.ID, &a.Version, &a.CreatedAt, &a.UpdatedAt, &a.DeletedAt, &a.PartnerID, &a.ExternalID, &a.ClientID, &site, &a.Kind, &a.Make, &a.Model,
		&a.Serial, &warranty, &a.Metadata)
	a.SiteID, a.WarrantyEnd = orZero(site), warranty
	return a, err
}

// Client implements dispatch.RegistryStore.
func (d *DB) Client(ctx context.Context, id uuid.UUID) (dispatch.Client, error) {
	return only(ctx, d, selecting(clientColumns, "clients", org(ctx)).living(id), scanClient, "client")
}

// ClientByExternalID implements dispatch.RegistryStore.
func (d *DB) ClientByExternalID(ctx context.Context, e dispatch.External) (dispatch.Client, error) {
	return only(ctx, d, selecting(clientColumns, "clients", org(ctx)).external(e), scanClient, "client")
}

// Clients implements dispatch.RegistryStore.
func (d *DB) Clients(ctx context.Context, partner uuid.UUID, page dispatch.Page) (dispatch.Listing[dispatch.Client], error) {
	q := selecting(clientColumns, "clients", org(ctx))
	q.equal("partner_id", partner)
	return listed(ctx, d, q, page, scanClient, func(c dispatch.Client) dispatch.Record { return c.Record })
}

// InsertClient implements dispatch.RegistryStore.
func (d *DB) InsertClient(ctx context.Context, c dispatch.Client) error {
	return d.exec(ctx, `INSERT INTO clients (organization_id, id, partner_id, external_id, kind, name, email, phone, locale, notes, metadata, created_at, updated_at)
		VALUES ($1, $2, $3, nullif($4, ''), $5, $6, nullif($7, ''), nullif($8, ''), $9, $10, $11, $12, $12)`,
		org(ctx), c.ID, c.PartnerID, c.ExternalID, c.Kind, c.Name, c.Email, c.Phone, c.Locale, c.Notes, labels(c.Metadata), c.CreatedAt)
}

// UpdateClient implements dispatch.RegistryStore. What belongs to a deleted client goes with it.
func (d *DB) UpdateClient(ctx context.Context, c dispatch.Client) error {
	err := d.update(ctx, "client", `UPDATE clients SET name = $3, email = nullif($4, ''), phone = nullif($5, ''), locale = $6, notes = $7, metadata = $8, version = $9,
		updated_at = $10, deleted_at = $11, kind = $12 WHERE organization_id = $1 AND id = $2 AND version = $9 - 1`,
		org(ctx), c.ID, c.Name, c.Email, c.Phone, c.Locale, c.Notes, labels(c.Metadata), c.Version, c.UpdatedAt, c.DeletedAt, c.Kind)
	if err != nil || c.DeletedAt == nil {
		return err
	}
	batch := &pgx.Batch{}
	for _, table := range []string{"sites", "contacts", "assets"} {
		batch.Queue(`UPDATE `+table+` SET version = version + 1, updated_at = $3, deleted_at = $3 WHERE organization_id = $1 AND client_id = $2 AND deleted_at IS NULL`,
			org(ctx), c.ID, c.UpdatedAt)
	}
	return d.tx(ctx).SendBatch(ctx, batch).Close()
}
