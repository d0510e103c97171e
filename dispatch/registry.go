package dispatch

import (
	"context"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
)

// RegistryStore keeps what changes rarely: the organization, its territories, skills, clients, technicians, shifts. A record is read by id
// while it lives, and by external id also when it was deleted, since its id may come back. Insert… answers KindConflict for an external id
// that is taken. Update… writes a record whose version is one above the stored one, else KindStale; with DeletedAt it becomes a tombstone.
type RegistryStore interface {
	Organization(ctx context.Context) (Organization, error)
	InsertOrganization(ctx context.Context, o Organization) error // and its slug
	UpdateOrganization(ctx context.Context, o Organization) error
	OrganizationBySlug(ctx context.Context, slug string) (uuid.UUID, error)
	// TimeZone is the site's zone, when the site is the client's and the client the partner's (nil UUIDs leave that side open); else the
	// organization's.
	TimeZone(ctx context.Context, site, client, partner uuid.UUID) (string, error)

	Partner(ctx context.Context, id uuid.UUID) (Partner, error)
	Partners(ctx context.Context, page Page) (Listing[Partner], error)
	InsertPartner(ctx context.Context, p Partner) error
	UpdatePartner(ctx context.Context, p Partner) error

	SkillCodes(ctx context.Context) (map[string]bool, error) // those in use
	Skill(ctx context.Context, code string) (Skill, error)   // a deleted one too
	Skills(ctx context.Context, page Page) (Listing[Skill], error)
	InsertSkill(ctx context.Context, s Skill) error
	UpdateSkill(ctx context.Context, s Skill) error
	SkillUse(ctx context.Context, code string) (technicians, visits int, err error) // who has it, and what still needs it

	Territory(ctx context.Context, id uuid.UUID) (Territory, error)
	TerritoryByExternalID(ctx context.Context, externalID string) (Territory, error)
	Territories(ctx context.Context, page Page) (Listing[Territory], error)
	LivingTerritories(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]bool, error)
	InsertTerritory(ctx context.Context, t Territory) error
	UpdateTerritory(ctx context.Context, t Territory) error
	CellOwners(ctx context.Context, cells []int64) (map[int64]CellOwner, error)
	SiteCells(ctx context.Context, territory uuid.UUID) ([]int64, error) // of its sites; no site joins it until the transaction ends
	TechniciansServing(ctx context.Context, territory uuid.UUID) (int, error)

	ClientStore
	WorkforceStore
}

// CellOwner is the territory that a cell belongs to.
type CellOwner struct {
	ID   uuid.UUID
	Name string
}

// ClientStore keeps clients and what is theirs.
type ClientStore interface {
	Client(ctx context.Context, id uuid.UUID) (Client, error)
	ClientByExternalID(ctx context.Context, e External) (Client, error)
	Clients(ctx context.Context, partner uuid.UUID, page Page) (Listing[Client], error) // the nil UUID: everybody's
	InsertClient(ctx context.Context, c Client) error
	UpdateClient(ctx context.Context, c Client) error

	Site(ctx context.Context, id uuid.UUID) (Site, error)
	SiteByExternalID(ctx context.Context, e External) (Site, error)
	SitesOf(ctx context.Context, client uuid.UUID, ids []uuid.UUID) (map[uuid.UUID]bool, error) // those of them that are the client's
	Sites(ctx context.Context, f PartyFilter, page Page) (Listing[Site], error)
	InsertSite(ctx context.Context, s Site) error
	UpdateSite(ctx context.Context, s Site) error

	Contact(ctx context.Context, id uuid.UUID) (Contact, error)
	Contacts(ctx context.Context, f PartyFilter, page Page) (Listing[Contact], error)
	InsertContact(ctx context.Context, c Contact) error
	UpdateContact(ctx context.Context, c Contact) error

	Asset(ctx context.Context, id uuid.UUID) (Asset, error)
	AssetByExternalID(ctx context.Context, e External) (Asset, error)
	Assets(ctx context.Context, f PartyFilter, page Page) (Listing[Asset], error)
	InsertAsset(ctx context.Context, a Asset) error
	UpdateAsset(ctx context.Context, a Asset) error

	// VisitsAt gives the visits at a site that are not over.
	VisitsAt(ctx context.Context, site uuid.UUID) ([]Visit, error)
	// SetVisitTerritory brings the visits at a site that are not over into a territory, one version on.
	SetVisitTerritory(ctx context.Context, site, territory uuid.UUID, at time.Time) error
	// OpenRequests counts the requests that are not over and name the client, site, contact or asset; none more does until the transaction
	// ends.
	OpenRequests(ctx context.Context, noun string, id uuid.UUID) (int, error)
}

// PartyFilter narrows a list of what belongs to clients; a nil UUID leaves that side open.
type PartyFilter struct {
	ClientID  uuid.UUID
	PartnerID uuid.UUID // who created the client
}

// WorkforceStore keeps technicians, their shifts and absences.
type WorkforceStore interface {
	Technician(ctx context.Context, id uuid.UUID) (Technician, error)
	TechnicianByExternalID(ctx context.Context, externalID string) (Technician, error)
	Technicians(ctx context.Context, page Page) (Listing[Technician], error)
	LivingTechnicians(ctx context.Context) ([]Technician, error)
	LivingAmong(ctx context.Context, technicians []uuid.UUID) (map[uuid.UUID]bool, error)
	TechnicianZones(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error) // of deleted ones too
	InsertTechnician(ctx context.Context, t Technician) error
	UpdateTechnician(ctx context.Context, t Technician) error

	Shift(ctx context.Context, id uuid.UUID) (Shift, error)
	ShiftByExternalID(ctx context.Context, externalID string) (Shift, error)
	Shifts(ctx context.Context, f SpanFilter, page Page) (Listing[Shift], error)
	ShiftsOf(ctx context.Context, technician uuid.UUID, span Span) ([]Shift, error) // overlapping the span
	ShiftsDuring(ctx context.Context, span Span) ([]Shift, error)                   // everybody's, overlapping the span
	InsertShift(ctx context.Context, s Shift) error                                 // KindConflict shift.overlap
	UpdateShift(ctx context.Context, s Shift) error                                 // KindConflict shift.overlap; the route's version moves too

	Absence(ctx context.Context, id uuid.UUID) (Absence, error)
	Absences(ctx context.Context, f SpanFilter, page Page) (Listing[Absence], error)
	AbsencesDuring(ctx context.Context, span Span) ([]Absence, error)
	InsertAbsence(ctx context.Context, a Absence) error
	UpdateAbsence(ctx context.Context, a Absence) error

	// AssignedVisits gives the visits, not over, that the technician has, in the shift, whose planned time overlaps the span; a nil UUID or
	// a zero span leaves that side open.
	AssignedVisits(ctx context.Context, technician, shift uuid.UUID, span Span) ([]Visit, error)
}

// SpanFilter narrows a list of shifts or absences: whose, and overlapping what. Zero values leave that side open.
type SpanFilter struct {
	Span
	TechnicianID uuid.UUID
}

// within runs fn in one transaction of the principal's organization and gives what it gives.
func within[T any](ctx context.Context, s *Service, p Principal, fn func(ctx context.Context) (T, error)) (out T, err error) {
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		out, err = fn(ctx)
		return err
	})
	return out, err
}

// changing is within for a change of a record that somebody else may change at the same moment: it is then made again from what they made.
func changing[T any](ctx context.Context, s *Service, p Principal, fn func(ctx context.Context) (T, error)) (out T, err error) {
	err = s.change(ctx, p, func(ctx context.Context) error {
		out, err = fn(ctx)
		return err
	})
	return out, err
}

// overtaken turns the store's refusal of a version that was current when it was read into errMoved.
func overtaken(err error) error {
	if KindOf(err) == KindStale {
		return errMoved
	}
	return err
}

// missing reports whether err says that there is no such record.
func missing(err error) bool { return err != nil && KindOf(err) == KindNotFound }

// newRecord is the record of something that comes to be now.
func (s *Service) newRecord() Record {
	now := s.clock()
	return Record{ID: newID(), Version: 1, CreatedAt: now, UpdatedAt: now}
}

// next is the record one version on, alive.
func (s *Service) next(r Record) Record {
	r.Version, r.UpdatedAt, r.DeletedAt = r.Version+1, s.clock(), nil
	return r
}

// buried is the record one version on, as a tombstone.
func (s *Service) buried(r Record) Record {
	r = s.next(r)
	r.DeletedAt = &r.UpdatedAt
	return r
}

// upserting makes a record that another system knows by its own id, or replaces the one there is. A version other than 0 must be the
// present one's.
type upserting[T any] struct {
	noun    string
	find    func(ctx context.Context) (T, error)
	record  func(T) Record
	insert  func(ctx context.Context) (T, error)
	replace func(ctx context.Context, old T) (T, error)
}

func (u upserting[T]) run(ctx context.Context, s *Service, p Principal, version int) (out T, created bool, err error) {
	err = s.change(ctx, p, func(ctx context.Context) error {
		old, err := u.find(ctx)
		if missing(err) {
			if version != 0 {
				return Stale(u.noun)
			}
			created = true
			out, err = u.insert(ctx)
			if CodeOf(err) == "external_id.taken" { // by somebody who makes it at this moment: replace theirs
				return errMoved
			}
			return err
		}
		if err != nil {
			return err
		}
		if err := fresh(u.record(old).Version, version, u.noun); err != nil {
			return err
		}
		created = u.record(old).DeletedAt != nil
		out, err = u.replace(ctx, old)
		return err
	})
	return out, created, err
}

// Geocoder turns addresses into positions.
type Geocoder interface {
	// Locate gives the best position known for an address, and how exact it is. KindInvalid when nothing matches.
	Locate(ctx context.Context, a Address) (geo.Position, Precision, error)
	// Suggest gives the addresses that a text may mean, best first; none is no error. The postal code may be "".
	Suggest(ctx context.Context, text, postalCode string) ([]Suggestion, error)
}

// Suggestion is an address that a text may mean.
type Suggestion struct {
	Label     string // as the geocoder writes it
	Address   Address
	Position  geo.Position
	Precision Precision
	Score     float64 // 0 to 1, the best
}
