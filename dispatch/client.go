package dispatch

import (
	"time"

	"github.com/google/uuid"

	"tournee/geo"
)

// ClientKind says whether a client is a household or a company.
type ClientKind string

// The kinds of client.
const (
	Household ClientKind = "household"
	Company   ClientKind = "company"
)

// Client asks for help: a household, or a company with several sites. Many have no e-mail; a dispatcher enters them.
type Client struct {
	Record
	External
	Kind     ClientKind
	Name     string
	Email    string // "" when there is none
	Phone    string // E.164, "" when there is none
	Locale   string
	Notes    string
	Metadata Metadata
}

// Precision says how exactly a site's position is known.
type Precision string

// The precisions, best first.
const (
	PrecisionExact       Precision = "exact" // given by the caller or fixed by hand
	PrecisionHouseNumber Precision = "housenumber"
	PrecisionStreet      Precision = "street"
	PrecisionLocality    Precision = "locality"
	PrecisionCommune     Precision = "commune" // the commune's centre
)

// Address is a postal address.
type Address struct {
	Street     string // number and street
	Complement string // building, floor, door
	PostalCode string
	City       string
	Country    string // ISO 3166-1 alpha-2
}

// Site is a place where work is done.
type Site struct {
	Record
	External
	ClientID     uuid.UUID
	Name         string
	Address      Address
	Position     geo.Position
	Precision    Precision
	Cell         int64 // H3, resolution 9
	TerritoryID  uuid.UUID
	TimeZone     string // IANA
	AccessNotes  string // codes, floor, dog: for the technician of the visit only
	NoConnection bool   // remote work cannot be done from there
	Metadata     Metadata
}

// Contact is a person to ask for.
type Contact struct {
	Record
	ClientID uuid.UUID
	SiteID   uuid.UUID // nil UUID: the whole client's
	Name     string
	Email    string
	Phone    string
	Function string // caretaker, IT manager
}

// Asset is a device.
type Asset struct {
	Record
	External
	ClientID    uuid.UUID
	SiteID      uuid.UUID // nil UUID: not known
	Kind        string    // laptop, desktop, printer, server, router, phone, tablet, other
	Make        string
	Model       string
	Serial      string
	WarrantyEnd *time.Time // a date, midnight UTC
	Metadata    Metadata
}
