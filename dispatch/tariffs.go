package dispatch

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
)

// TariffStore keeps the versions of the tariff. They are added and read, never changed.
type TariffStore interface {
	// Tariffs lists the versions, newest first.
	Tariffs(ctx context.Context, page Page) (Listing[Tariff], error)
	TariffVersion(ctx context.Context, n int) (Tariff, error)
	// NewestTariff is the version with the highest number, valid already or not; KindNotFound when there is none.
	NewestTariff(ctx context.Context) (Tariff, error)
	// TariffAt is the tariff in force at a moment: of the versions valid by then, the one with the highest number. KindNotFound when there is none.
	TariffAt(ctx context.Context, at time.Time) (Tariff, error)
	InsertTariff(ctx context.Context, t Tariff) error // KindConflict already_exists for a number that is taken
}

// Tariffs lists the versions of the tariff, newest first: to dispatchers and administrators.
func (s *Service) Tariffs(ctx context.Context, p Principal, page Page) (Listing[Tariff], error) {
	if !p.Staff() {
		return Listing[Tariff]{}, Forbidden()
	}
	return within(ctx, s, p, func(ctx context.Context) (Listing[Tariff], error) {
		list, err := s.store.Tariffs(ctx, page)
		list.AsOf = s.clock()
		return list, err
	})
}

// TariffVersion gives one version of the tariff: to dispatchers and administrators.
func (s *Service) TariffVersion(ctx context.Context, p Principal, n int) (Tariff, error) {
	if !p.Staff() {
		return Tariff{}, Forbidden()
	}
	return within(ctx, s, p, func(ctx context.Context) (Tariff, error) { return s.store.TariffVersion(ctx, n) })
}

// tariffSlack is how far in the past a new version may begin: the time that a call takes, and that clocks differ by.
const tariffSlack = time.Minute

// AddTariff adds a version to the tariff, valid from the given moment, or from now; only the first may be valid from the past on, where nothing
// was priced yet. Of the tariff it takes ValidFrom, Currency ("" is the organization's) and the terms. Prices already told stay as they are.
func (s *Service) AddTariff(ctx context.Context, p Principal, t Tariff) (Tariff, error) {
	if p.Role != RoleAdministrator {
		return Tariff{}, Forbidden()
	}
	return changing(ctx, s, p, func(ctx context.Context) (Tariff, error) {
		newest, err := s.store.NewestTariff(ctx)
		if err != nil && !missing(err) {
			return Tariff{}, err
		}
		added := t
		if err := s.checkTariff(ctx, &added, newest.Version == 0); err != nil {
			return Tariff{}, err
		}
		added.ID, added.Version, added.CreatedAt, added.CreatedBy = newID(), newest.Version+1, s.clock(), p.Actor()
		if err := s.store.InsertTariff(ctx, added); err != nil {
			if CodeOf(err) == "already_exists" { // somebody else's version, at the same moment
				return Tariff{}, errMoved
			}
			return Tariff{}, err
		}
		return added, s.store.AppendEvents(ctx, Event{
			Kind: EventTariffAdded, ActorRole: p.Role, ActorID: p.ID, Data: map[string]any{"version": added.Version, "valid_from": added.ValidFrom},
		})
	})
}

// checkTariff fills in what is left open, and notes everything wrong.
func (s *Service) checkTariff(ctx context.Context, t *Tariff, first bool) error {
	o, err := s.store.Organization(ctx)
	if err != nil {
		return err
	}
	var zones []uuid.UUID
	for _, z := range t.Travel.Zones {
		zones = append(zones, z.TerritoryID)
	}
	territories, err := s.store.LivingTerritories(ctx, zones)
	if err != nil {
		return err
	}
	var faults Faults
	now := s.clock()
	if t.ValidFrom.IsZero() {
		t.ValidFrom = now
	}
	t.ValidFrom = t.ValidFrom.UTC().Truncate(time.Microsecond)
	faults.Check(first || !t.ValidFrom.Before(now.Add(-tariffSlack)), "/valid_from", "window.past")
	faults.Check(t.ValidFrom.After(now.Add(-maxAhead)), "/valid_from", "window.past")
	faults.Check(t.ValidFrom.Before(now.Add(maxAhead)), "/valid_from", "window.too_far")
	t.Currency = cmp.Or(t.Currency, o.Currency)
	if t.Currency != o.Currency {
		faults.Add("/currency", "tariff.currency", map[string]any{"currency": o.Currency})
	}
	t.Holidays = cmp.Or(t.Holidays, FranceHolidays)
	faults.terms(t.TariffTerms, territories)
	t.TariffTerms = stored(t.TariffTerms)
	return faults.Err()
}

// DescribedWork is work that a price is asked for before there is a request for it.
type DescribedWork struct {
	Category        string
	Mode            Mode
	Impact, Urgency Grade         // "" is medium
	Duration        time.Duration // 0 is an hour
	SiteID          uuid.UUID     // or TerritoryID, or neither
	TerritoryID     uuid.UUID
	Begin           time.Time // when the arrival window opens

	// What follows is for dispatchers and administrators, to see what a tariff makes of a slot.
	TariffVersion int // 0: the one in force
	Green         bool
	TravelMetres  int
	Adjustment    int64
}

// PriceOf says what described work would cost by the tariff in force: for work at a site that the principal may see, or in a territory. Nothing
// is promised by it. KindConflict tariff.missing without a tariff.
func (s *Service) PriceOf(ctx context.Context, p Principal, w DescribedWork) (Price, error) {
	return within(ctx, s, p, func(ctx context.Context) (Price, error) {
		q, err := s.priceQuery(ctx, p, w)
		if err != nil {
			return Price{}, err
		}
		t, err := s.tariffFor(ctx, w.TariffVersion)
		if err != nil {
			return Price{}, err
		}
		return t.Price(q)
	})
}

// tariffFor is the version with this number, or the one in force.
func (s *Service) tariffFor(ctx context.Context, version int) (Tariff, error) {
	if version != 0 {
		return s.store.TariffVersion(ctx, version)
	}
	t, err := s.store.TariffAt(ctx, s.clock())
	if missing(err) {
		return t, Conflict("tariff.missing", nil)
	}
	return t, err
}

// priceQuery turns described work into a query, or notes everything wrong with it.
func (s *Service) priceQuery(ctx context.Context, p Principal, w DescribedWork) (PriceQuery, error) {
	o, err := s.store.Organization(ctx)
	if err != nil {
		return PriceQuery{}, err
	}
	w.Impact, w.Urgency = cmp.Or(w.Impact, Medium), cmp.Or(w.Urgency, Medium)
	q := PriceQuery{
		Category: w.Category, Mode: w.Mode, Priority: o.PriorityMatrix.Priority(w.Impact, w.Urgency), Duration: cmp.Or(w.Duration, defaultDuration),
		TerritoryID: w.TerritoryID, TravelMetres: w.TravelMetres, Begin: w.Begin, TimeZone: o.TimeZone, Asked: s.clock(), Green: w.Green, Adjustment: w.Adjustment,
	}
	var faults Faults
	faults.described(p, w, q)
	if w.TerritoryID != uuid.Nil {
		living, err := s.store.LivingTerritories(ctx, []uuid.UUID{w.TerritoryID})
		if err != nil {
			return q, err
		}
		faults.Check(living[w.TerritoryID], "/territory_id", "territory.unknown")
	}
	if w.SiteID != uuid.Nil {
		site, err := s.visibleSite(ctx, p, w.SiteID)
		switch {
		case missing(err):
			faults.Add("/site_id", "site.unknown", nil)
		case err != nil:
			return q, err
		default:
			q.TerritoryID, q.TimeZone = site.TerritoryID, site.TimeZone
		}
	}
	return q, faults.Err()
}

// described notes what is wrong with described work, and what is not the principal's to say.
func (f *Faults) described(p Principal, w DescribedWork, q PriceQuery) {
	f.priced(q)
	f.Check(strings.TrimSpace(w.Category) != "", "/category", "field.required")
	f.Check(w.Impact.Valid(), "/impact", "field.enum")
	f.Check(w.Urgency.Valid(), "/urgency", "field.enum")
	f.Check(w.SiteID == uuid.Nil || w.TerritoryID == uuid.Nil, "/territory_id", "tariff.site_or_territory")
	bounded(f, "/adjustment", w.Adjustment, -maxAmount, maxAmount)
	now := q.Asked
	f.Check(w.Begin.IsZero() || w.Begin.After(now), "/begin", "window.past")
	f.Check(w.Begin.Before(now.Add(maxAhead)), "/begin", "window.too_far")
	if p.Staff() {
		return
	}
	f.Check(w.TariffVersion == 0, "/tariff_version", "tariff.reserved")
	f.Check(!w.Green, "/green", "tariff.reserved")
	f.Check(w.TravelMetres == 0, "/travel_distance", "tariff.reserved")
	f.Check(w.Adjustment == 0, "/adjustment", "tariff.reserved")
}
