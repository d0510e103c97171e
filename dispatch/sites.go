package dispatch

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"regexp"

	"github.com/google/uuid"

	"tournee/geo"
	"tournee/geo/cell"
)

// SiteDraft is a site as a caller describes it. Without a Position, the address is looked up.
type SiteDraft struct {
	External
	ClientID     uuid.UUID
	Name         string
	Address      Address
	Position     *geo.Position
	TimeZone     string // "": the organization's
	AccessNotes  string
	NoConnection bool
	Metadata     Metadata
}

// The longest texts of a site, in characters.
const (
	maxStreet      = 200
	maxCity        = 100
	maxPostalCode  = 10
	maxAccessNotes = 2000
)

var countryCode = regexp.MustCompile(`^[A-Z]{2}$`)

// checkSite tidies a draft and notes everything wrong with it.
func checkSite(p Principal, d *SiteDraft) error {
	var faults Faults
	faults.externalID(p, &d.External)
	faults.line("/name", &d.Name, maxName)
	faults.tidy("/address/street", &d.Address.Street, 1, maxStreet, false)
	faults.line("/address/complement", &d.Address.Complement, maxStreet)
	faults.tidy("/address/postal_code", &d.Address.PostalCode, 1, maxPostalCode, false)
	faults.tidy("/address/city", &d.Address.City, 1, maxCity, false)
	faults.Check(countryCode.MatchString(d.Address.Country), "/address/country", "country.unknown")
	if d.Position != nil {
		faults.Check(d.Position.Validate() == nil, "/position", "position.coordinates")
	}
	if d.TimeZone != "" {
		faults.zone("/time_zone", d.TimeZone)
	}
	faults.tidy("/access_notes", &d.AccessNotes, 0, maxAccessNotes, true)
	faults.labels("/metadata", &d.Metadata)
	return faults.Err()
}

// spot is where a site is, and how exactly that is known.
type spot struct {
	position  geo.Position
	precision Precision
}

// locate finds where a drafted site is: where the caller says; where it was, while its address is the same; else where the geocoder says.
func (s *Service) locate(ctx context.Context, d SiteDraft, old *Site) (spot, error) {
	switch {
	case d.Position != nil:
		return spot{*d.Position, PrecisionExact}, nil
	case old != nil && old.Address == d.Address:
		return spot{old.Position, old.Precision}, nil
	}
	position, precision, err := s.geo.Locate(ctx, d.Address)
	if err != nil && KindOf(err) == KindInvalid {
		var faults Faults
		faults.Add("/address", "address.unknown", nil)
		return spot{}, faults.Err()
	}
	return spot{position, precision}, err
}

// settle makes a site of a draft and the place that was found for it: its cell, its territory, its zone.
func (s *Service) settle(ctx context.Context, d SiteDraft, at spot) (Site, error) {
	site := Site{
		External: d.External, ClientID: d.ClientID, Name: d.Name, Address: d.Address, Position: at.position, Precision: at.precision,
		TimeZone: d.TimeZone, AccessNotes: d.AccessNotes, NoConnection: d.NoConnection, Metadata: d.Metadata,
	}
	own := cell.Of(at.position, cell.SiteResolution)
	site.Cell = int64(own)
	parent := int64(own.Parent(cell.TerritoryResolution))
	owners, err := s.store.CellOwners(ctx, []int64{parent})
	if err != nil {
		return Site{}, err
	}
	owner, served := owners[parent]
	if !served {
		var faults Faults
		faults.Add("/address", "site.outside_territories", map[string]any{"position": at.position, "precision": at.precision})
		return Site{}, faults.Err()
	}
	site.TerritoryID = owner.ID
	if site.TimeZone == "" {
		site.TimeZone, err = s.store.TimeZone(ctx, uuid.Nil, uuid.Nil, uuid.Nil)
	}
	return site, err
}

// visibleSite reads a site and hides it from those who may not see its client.
func (s *Service) visibleSite(ctx context.Context, p Principal, id uuid.UUID) (Site, error) {
	site, err := s.store.Site(ctx, id)
	if err != nil {
		return Site{}, err
	}
	return site, s.ofVisibleClient(ctx, p, site.ClientID, "site")
}

// ofVisibleClient hides what belongs to a client that the principal may not see.
func (s *Service) ofVisibleClient(ctx context.Context, p Principal, client uuid.UUID, noun string) error {
	_, err := s.visibleClient(ctx, p, client)
	if missing(err) {
		return NotFound(noun)
	}
	return err
}

// Site gives one site that the principal may see.
func (s *Service) Site(ctx context.Context, p Principal, id uuid.UUID) (Site, error) {
	return within(ctx, s, p, func(ctx context.Context) (Site, error) { return s.visibleSite(ctx, p, id) })
}

// Sites lists the sites that the principal may see: one client's, or with the nil UUID everybody's.
func (s *Service) Sites(ctx context.Context, p Principal, client uuid.UUID, page Page) (Listing[Site], error) {
	return within(ctx, s, p, func(ctx context.Context) (list Listing[Site], err error) {
		f, err := s.partyFilter(ctx, p, client)
		if err != nil {
			return list, err
		}
		return s.store.Sites(ctx, f, page)
	})
}

// partyFilter is what the principal may list of what belongs to clients; KindNotFound for a client that is not the principal's to see.
func (s *Service) partyFilter(ctx context.Context, p Principal, client uuid.UUID) (PartyFilter, error) {
	if p.Role == RoleClient && client == uuid.Nil {
		client = p.ClientID
	}
	if p.Role == RoleTechnician {
		return PartyFilter{}, Forbidden()
	}
	if client != uuid.Nil {
		if _, err := s.visibleClient(ctx, p, client); err != nil {
			return PartyFilter{}, err
		}
	}
	return PartyFilter{ClientID: client, PartnerID: p.PartnerID}, nil
}

// CreateSite makes a site of a client that the principal may see. The address is looked up before any transaction of the site's own begins.
func (s *Service) CreateSite(ctx context.Context, p Principal, d SiteDraft) (Site, error) {
	if err := checkSite(p, &d); err != nil {
		return Site{}, err
	}
	at, err := s.locate(ctx, d, nil)
	if err != nil {
		return Site{}, err
	}
	return within(ctx, s, p, func(ctx context.Context) (Site, error) { return s.insertSite(ctx, p, d, at) })
}

func (s *Service) insertSite(ctx context.Context, p Principal, d SiteDraft, at spot) (Site, error) {
	if _, err := s.visibleClient(ctx, p, d.ClientID); err != nil {
		return Site{}, err
	}
	site, err := s.settle(ctx, d, at)
	if err != nil {
		return Site{}, err
	}
	site.Record = s.newRecord()
	if err := s.store.InsertSite(ctx, site); err != nil {
		return Site{}, err
	}
	return site, s.store.AppendEvents(ctx, siteEvent(site, p))
}

func siteEvent(site Site, p Principal) Event {
	return Event{Kind: EventSiteUpdated, ClientID: site.ClientID, PartnerID: site.PartnerID, ActorRole: p.Role, ActorID: p.ID, Data: map[string]any{"site": site.ID}}
}

// draft is a site as its caller would describe it; its position stays as it is while the address does.
func (site Site) draft() SiteDraft {
	return SiteDraft{
		ClientID: site.ClientID, Name: site.Name, Address: site.Address, TimeZone: site.TimeZone, AccessNotes: site.AccessNotes, NoConnection: site.NoConnection,
		Metadata: maps.Clone(site.Metadata),
	}
}

// PatchSite changes a site of the given version: patch is applied to it as it stands. A new address is looked up, unless a position comes
// with it.
func (s *Service) PatchSite(ctx context.Context, p Principal, id uuid.UUID, version int, patch func(*SiteDraft)) (site Site, err error) {
	err = retry(func() error {
		old, err := s.Site(ctx, p, id)
		if err != nil {
			return err
		}
		if err := fresh(old.Version, version, "site"); err != nil {
			return err
		}
		d := old.draft()
		patch(&d)
		site, err = s.replaceSite(ctx, p, old, d)
		return err
	})
	return site, err
}

// replaceSite writes a changed site; one that is as before is left alone. It looks the address up first, and gives errMoved when the site has
// changed meanwhile.
func (s *Service) replaceSite(ctx context.Context, p Principal, old Site, d SiteDraft) (Site, error) {
	d.External, d.ClientID = External{}, old.ClientID
	if err := checkSite(p, &d); err != nil {
		return Site{}, err
	}
	at, err := s.locate(ctx, d, &old)
	if err != nil {
		return Site{}, err
	}
	return s.writeSite(ctx, p, old, d, at)
}

// writeSite writes a changed site at the place that was found for it.
func (s *Service) writeSite(ctx context.Context, p Principal, old Site, d SiteDraft, at spot) (Site, error) {
	return within(ctx, s, p, func(ctx context.Context) (Site, error) {
		site, err := s.settle(ctx, d, at)
		if err != nil {
			return Site{}, err
		}
		site.Record, site.External = old.Record, old.External
		if reflect.DeepEqual(site, old) && old.DeletedAt == nil {
			return old, nil
		}
		site.Record = s.next(old.Record)
		if site.Position != old.Position || site.TerritoryID != old.TerritoryID {
			if err := s.moveVisits(ctx, p, site); err != nil {
				return Site{}, err
			}
		}
		if err := s.store.UpdateSite(ctx, site); err != nil {
			return Site{}, overtaken(err)
		}
		return site, s.store.AppendEvents(ctx, siteEvent(site, p))
	})
}

// moveVisits carries a site's new place to its visits that have not begun: they come into the new territory, and those that nobody was told
// of are placed again. A visit that its technician knows of stays with him; the next planning run gives it its new times.
func (s *Service) moveVisits(ctx context.Context, p Principal, site Site) error {
	read, err := s.store.VisitsAt(ctx, site.ID)
	if err != nil {
		return err
	}
	visits, err := s.lockVisits(ctx, read)
	if err != nil {
		return err
	}
	var untold []Visit
	var routes []uuid.UUID
	for _, v := range visits {
		switch {
		case v.Status.Over() || v.Status.UnderWay():
			continue
		case v.Status == Planned:
			untold = append(untold, v)
		case v.Assignment != nil:
			routes = append(routes, v.Assignment.ShiftID)
		}
	}
	if err := s.release(ctx, p.Actor(), untold, Reason{Code: "visit.site_moved"}); err != nil {
		return err
	}
	if _, err := s.store.BumpRoutes(ctx, routes); err != nil {
		return err
	}
	return s.store.SetVisitTerritory(ctx, site.ID, site.TerritoryID, s.clock())
}

// UpsertSite makes the site with this external id, or replaces the one there is; a repeat changes nothing.
func (s *Service) UpsertSite(ctx context.Context, p Principal, version int, in SiteDraft) (site Site, created bool, err error) {
	err = retry(func() error {
		old, err := within(ctx, s, p, func(ctx context.Context) (Site, error) {
			return s.store.SiteByExternalID(ctx, External{p.PartnerID, in.ExternalID})
		})
		if missing(err) {
			if version != 0 {
				return Stale("site")
			}
			created = true
			site, err = s.CreateSite(ctx, p, in)
			if CodeOf(err) == "external_id.taken" {
				return errMoved
			}
			return unknownClient(err)
		}
		if err != nil {
			return err
		}
		if err := fresh(old.Version, version, "site"); err != nil {
			return err
		}
		if old.ClientID != in.ClientID {
			return Conflict("record.identity", nil)
		}
		created = old.DeletedAt != nil
		site, err = s.replaceSite(ctx, p, old, in)
		return err
	})
	return site, created, err
}

// unknownClient is the fault of a body that names a client which is not there; in a path it is KindNotFound.
func unknownClient(err error) error {
	if !missing(err) {
		return err
	}
	var faults Faults
	faults.Add("/client_id", "request.client_unknown", nil)
	return faults.Err()
}

// DeleteSite takes a site of the given version out. Its contacts and assets become the whole client's. It is refused while a request is open.
func (s *Service) DeleteSite(ctx context.Context, p Principal, id uuid.UUID, version int) error {
	return s.change(ctx, p, func(ctx context.Context) error {
		site, err := s.visibleSite(ctx, p, id)
		if err != nil {
			return err
		}
		if err := fresh(site.Version, version, "site"); err != nil {
			return err
		}
		if err := s.refuseOpenRequests(ctx, "site", id); err != nil {
			return err
		}
		site.Record = s.buried(site.Record)
		if err := s.store.UpdateSite(ctx, site); err != nil {
			return overtaken(err)
		}
		return s.store.AppendEvents(ctx, siteEvent(site, p))
	})
}

// Suggest gives the addresses that a text may mean, best first, and the territory that each lies in.
func (s *Service) Suggest(ctx context.Context, p Principal, text, postalCode string) ([]ServedSuggestion, error) {
	found, err := s.geo.Suggest(ctx, text, postalCode)
	if err != nil {
		return nil, fmt.Errorf("dispatch: looking an address up: %w", err)
	}
	cells := make([]int64, len(found))
	for i, f := range found {
		cells[i] = int64(cell.Of(f.Position, cell.SiteResolution).Parent(cell.TerritoryResolution))
	}
	owners, err := within(ctx, s, p, func(ctx context.Context) (map[int64]CellOwner, error) { return s.store.CellOwners(ctx, cells) })
	if err != nil {
		return nil, err
	}
	out := make([]ServedSuggestion, len(found))
	for i, f := range found {
		out[i] = ServedSuggestion{Suggestion: f, TerritoryID: owners[cells[i]].ID}
	}
	return out, nil
}

// ServedSuggestion is a suggestion and the territory it lies in; the nil UUID: nobody serves it.
type ServedSuggestion struct {
	Suggestion
	TerritoryID uuid.UUID
}
