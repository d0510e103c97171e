package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
)

// ofParty narrows a list of what belongs to clients: to one client, or to those that a partner created.
func ofParty(q *selection, f dispatch.PartyFilter) *selection {
	q.equal("client_id", f.ClientID)
	if f.PartnerID != uuid.Nil {
		q.where(`client_id IN (SELECT c.id FROM clients c WHERE c.organization_id = current_organization() AND c.partner_id = %s)`, f.PartnerID)
	}
	return q
}

// Site implements dispatch.RegistryStore.
func (d *DB) Site(ctx context.Context, id uuid.UUID) (dispatch.Site, error) {
	return only(ctx, d, selecting(siteColumns, "sites", org(ctx)).living(id), scanSite, "site")
}

// SiteByExternalID implements dispatch.RegistryStore.
func (d *DB) SiteByExternalID(ctx context.Context, e dispatch.External) (dispatch.Site, error) {
	return only(ctx, d, selecting(siteColumns, "sites", org(ctx)).external(e), scanSite, "site")
}

// Sites implements dispatch.RegistryStore.
func (d *DB) Sites(ctx context.Context, f dispatch.PartyFilter, page dispatch.Page) (dispatch.Listing[dispatch.Site], error) {
	return listed(ctx, d, ofParty(selecting(siteColumns, "sites", org(ctx)), f), page, scanSite, func(s dispatch.Site) dispatch.Record { return s.Record })
}

// SitesOf implements dispatch.ClientStore.
func (d *DB) SitesOf(ctx context.Context, client uuid.UUID, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	rows, err := d.tx(ctx).Query(ctx, `SELECT id FROM sites WHERE organization_id = $1 AND client_id = $2 AND id = ANY($3) AND deleted_at IS NULL`, org(ctx), client, list(ids))
	if err != nil {
		return nil, err
	}
	return idSet(rows)
}

// InsertSite implements dispatch.RegistryStore.
func (d *DB) InsertSite(ctx context.Context, s dispatch.Site) error {
	return d.exec(ctx, `INSERT INTO sites (organization_id, id, partner_id, external_id, client_id, name, street, complement, postal_code, city, country, lat, lon, precision,
		cell, territory_id, time_zone, access_notes, no_connection, metadata, created_at, updated_at)
		VALUES ($1, $2, $3, nullif($4, ''), $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $21)`,
		org(ctx), s.ID, s.PartnerID, s.ExternalID, s.ClientID, s.Name, s.Address.Street, s.Address.Complement, s.Address.PostalCode, s.Address.City, s.Address.Country,
		s.Position.Lat, s.Position.Lon, s.Precision, s.Cell, s.TerritoryID, s.TimeZone, s.AccessNotes, s.NoConnection, labels(s.Metadata), s.CreatedAt)
}

// UpdateSite implements dispatch.RegistryStore. Contacts and assets of a deleted site become the whole client's.
func (d *DB) UpdateSite(ctx context.Context, s dispatch.Site) error {
	err := d.update(ctx, "site", `UPDATE sites SET name = $3, street = $4, complement = $5, postal_code = $6, city = $7, country = $8, lat = $9, lon = $10, precision = $11,
		cell = $12, territory_id = $13, time_zone = $14, access_notes = $15, metadata = $16, version = $17, updated_at = $18, deleted_at = $19, no_connection = $20
		WHERE organization_id = $1 AND id = $2 AND version = $17 - 1`,
		org(ctx), s.ID, s.Name, s.Address.Street, s.Address.Complement, s.Address.PostalCode, s.Address.City, s.Address.Country, s.Position.Lat, s.Position.Lon, s.Precision,
		s.Cell, s.TerritoryID, s.TimeZone, s.AccessNotes, labels(s.Metadata), s.Version, s.UpdatedAt, s.DeletedAt, s.NoConnection)
	if err != nil || s.DeletedAt == nil {
		return err
	}
	batch := &pgx.Batch{}
	for _, table := range []string{"contacts", "assets"} {
		batch.Queue(`UPDATE `+table+` SET site_id = NULL, version = version + 1, updated_at = $3 WHERE organization_id = $1 AND site_id = $2`, org(ctx), s.ID, s.UpdatedAt)
	}
	return d.tx(ctx).SendBatch(ctx, batch).Close()
}

// Contact implements dispatch.RegistryStore.
func (d *DB) Contact(ctx context.Context, id uuid.UUID) (dispatch.Contact, error) {
	return only(ctx, d, selecting(contactColumns, "contacts", org(ctx)).living(id), scanContact, "contact")
}

// Contacts implements dispatch.RegistryStore.
func (d *DB) Contacts(ctx context.Context, f dispatch.PartyFilter, page dispatch.Page) (dispatch.Listing[dispatch.Contact], error) {
	return listed(ctx, d, ofParty(selecting(contactColumns, "contacts", org(ctx)), f), page, scanContact, func(c dispatch.Contact) dispatch.Record { return c.Record })
}

// InsertContact implements dispatch.RegistryStore.
func (d *DB) InsertContact(ctx context.Context, c dispatch.Contact) error {
	return d.exec(ctx, `INSERT INTO contacts (organization_id, id, client_id, site_id, name, email, phone, function, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, nullif($6, ''), nullif($7, ''), $8, $9, $9)`,
		org(ctx), c.ID, c.ClientID, orNull(c.SiteID), c.Name, c.Email, c.Phone, c.Function, c.CreatedAt)
}

// UpdateContact implements dispatch.RegistryStore.
func (d *DB) UpdateContact(ctx context.Context, c dispatch.Contact) error {
	return d.update(ctx, "contact", `UPDATE contacts SET site_id = $3, name = $4, email = nullif($5, ''), phone = nullif($6, ''), function = $7, version = $8, updated_at = $9,
		deleted_at = $10 WHERE organization_id = $1 AND id = $2 AND version = $8 - 1`,
		org(ctx), c.ID, orNull(c.SiteID), c.Name, c.Email, c.Phone, c.Function, c.Version, c.UpdatedAt, c.DeletedAt)
}

// Asset implements dispatch.RegistryStore.
func (d *DB) Asset(ctx context.Context, id uuid.UUID) (dispatch.Asset, error) {
	return only(ctx, d, selecting(assetColumns, "assets", org(ctx)).living(id), scanAsset, "asset")
}

// AssetByExternalID implements dispatch.RegistryStore.
func (d *DB) AssetByExternalID(ctx context.Context, e dispatch.External) (dispatch.Asset, error) {
	return only(ctx, d, selecting(assetColumns, "assets", org(ctx)).external(e), scanAsset, "asset")
}

// Assets implements dispatch.RegistryStore.
func (d *DB) Assets(ctx context.Context, f dispatch.PartyFilter, page dispatch.Page) (dispatch.Listing[dispatch.Asset], error) {
	return listed(ctx, d, ofParty(selecting(assetColumns, "assets", org(ctx)), f), page, scanAsset, func(a dispatch.Asset) dispatch.Record { return a.Record })
}

// InsertAsset implements dispatch.RegistryStore.
func (d *DB) InsertAsset(ctx context.Context, a dispatch.Asset) error {
	return d.exec(ctx, `INSERT INTO assets (organization_id, id, partner_id, external_id, client_id, site_id, kind, make, model, serial, warranty_end, metadata, created_at, updated_at)
		VALUES ($1, $2, $3, nullif($4, ''), $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)`,
		org(ctx), a.ID, a.PartnerID, a.ExternalID, a.ClientID, orNull(a.SiteID), a.Kind, a.Make, a.Model, a.Serial, a.WarrantyEnd, labels(a.Metadata), a.CreatedAt)
}

// UpdateAsset implements dispatch.RegistryStore.
func (d *DB) UpdateAsset(ctx context.Context, a dispatch.Asset) error {
	return d.update(ctx, "asset", `UPDATE assets SET site_id = $3, kind = $4, make = $5, model = $6, serial = $7, warranty_end = $8, metadata = $9, version = $10, updated_at = $11,
		deleted_at = $12 WHERE organization_id = $1 AND id = $2 AND version = $10 - 1`,
		org(ctx), a.ID, orNull(a.SiteID), a.Kind, a.Make, a.Model, a.Serial, a.WarrantyEnd, labels(a.Metadata), a.Version, a.UpdatedAt, a.DeletedAt)
}
