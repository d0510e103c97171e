package postgres

import (
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
	country, lat, lon, precision, cell, territory_id, time_zone, access_notes, metadata`

func scanSite(row pgx.CollectableRow) (s dispatch.Site, err error) {
	err = row.Scan(&s.ID, &s.Version, &s.CreatedAt, &s.UpdatedAt, &s.DeletedAt, &s.PartnerID, &s.ExternalID, &s.ClientID, &s.Name, &s.Address.Street,
		&s.Address.Complement, &s.Address.PostalCode, &s.Address.City, &s.Address.Country, &s.Position.Lat, &s.Position.Lon, &s.Precision, &s.Cell,
		&s.TerritoryID, &s.TimeZone, &s.AccessNotes, &s.Metadata)
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
