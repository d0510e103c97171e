package dispatch

import (
	"context"
	"fmt"
	"reflect"
	"regexp"

	"github.com/google/uuid"
)

// Organization gives the principal's organization.
func (s *Service) Organization(ctx context.Context, p Principal) (Organization, error) {
	return within(ctx, s, p, s.store.Organization)
}

// NewOrganization is an organization as whoever makes it describes it.
type NewOrganization struct {
	Name     string
	Slug     string
	TimeZone string // IANA
	Locale   string // "fr" or "en"
}

// slugForm is what a slug looks like; the table checks the same.
var slugForm = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9]){1,62}$`)

// CreateOrganization makes an organization with the usual matrix and prices. Faults are at /organization_name, /organization_slug,
// /time_zone and /locale. The caller has checked who may.
func (s *Service) CreateOrganization(ctx context.Context, in NewOrganization) (Organization, error) {
	var faults Faults
	faults.name("/organization_name", &in.Name)
	faults.Check(slugForm.MatchString(in.Slug), "/organization_slug", "organization.slug")
	faults.zone("/time_zone", in.TimeZone)
	faults.locale("/locale", in.Locale)
	if err := faults.Err(); err != nil {
		return Organization{}, err
	}
	o := Organization{
		Record: s.newRecord(), Slug: in.Slug, Name: in.Name, TimeZone: in.TimeZone, Locale: in.Locale, Currency: "EUR",
		PriorityMatrix: DefaultPriorityMatrix(), Weights: DefaultWeights(), Policy: DefaultPolicy(),
	}
	err := s.store.Tx(ctx, o.ID, func(ctx context.Context) error { return s.store.InsertOrganization(ctx, o) })
	if CodeOf(err) == "already_exists" {
		faults.Add("/organization_slug", "organization.slug_taken", map[string]any{"slug": o.Slug})
		return Organization{}, faults.Err()
	}
	return o, err
}

// OrganizationBySlug gives the id of the organization with this slug.
func (s *Service) OrganizationBySlug(ctx context.Context, slug string) (id uuid.UUID, err error) {
	err = s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) error {
		id, err = s.store.OrganizationBySlug(ctx, slug)
		return err
	})
	return id, err
}

// PatchOrganization changes the organization of the given version: its prices become those of the profile, if one is named, then patch is
// applied to it as it stands. Id, slug and currency stay.
func (s *Service) PatchOrganization(ctx context.Context, p Principal, version int, profile string, patch func(*Organization)) (Organization, error) {
	return changing(ctx, s, p, func(ctx context.Context) (Organization, error) {
		old, err := s.store.Organization(ctx)
		if err != nil {
			return old, err
		}
		if err := fresh(old.Version, version, "organization"); err != nil {
			return old, err
		}
		o := old
		if err := o.Weights.follow(profile); err != nil {
			return old, err
		}
		patch(&o)
		o.Slug, o.Currency = old.Slug, old.Currency
		if err := s.checkOrganization(ctx, &o); err != nil || reflect.DeepEqual(o, old) {
			return o, err
		}
		o.Record = s.next(old.Record)
		return o, overtaken(s.store.UpdateOrganization(ctx, o))
	})
}

func (s *Service) checkOrganization(ctx context.Context, o *Organization) error {
	var named []uuid.UUID
	for _, h := range o.Policy.TravelHours {
		named = append(named, h.TerritoryID)
	}
	for _, r := range o.Policy.Slots.Reserves {
		named = append(named, r.TerritoryID)
	}
	territories, err := s.store.LivingTerritories(ctx, named)
	if err != nil {
		return err
	}
	var faults Faults
	faults.policy(o.Policy, territories)
	faults.name("/name", &o.Name)
	faults.zone("/time_zone", o.TimeZone)
	faults.locale("/locale", o.Locale)
	for _, priority := range o.PriorityMatrix {
		if priority < 1 || priority > 5 {
			faults.Add("/priority_matrix", "visit.priority", nil)
			break
		}
	}
	for i, price := range o.Weights.LeftOut {
		faults.price(fmt.Sprintf("/weights/left_out/%d", i), price)
	}
	for _, price := range o.Weights.prices() {
		most := int64(maxWeight)
		if price.cents == &o.Weights.Fairness || price.cents == &o.Weights.Unpleasant {
			most = maxSquared
		}
		bounded(&faults, "/weights/"+price.name, *price.cents, 0, most)
	}
	if err := faults.Err(); err != nil {
		return err
	}
	o.Policy = stored(o.Policy)
	return nil
}

// maxWeight keeps the cost of a whole plan far below what an int64 holds.
const maxWeight = 100_000_000

// maxSquared does the same for prices of squares.
const maxSquared = 10_000

// TimeZone is the site's zone, if the principal may see the site, else the organization's.
func (s *Service) TimeZone(ctx context.Context, p Principal, site uuid.UUID) (zone string, err error) {
	err = s.store.Join(ctx, p.OrganizationID, func(ctx context.Context) error {
		zone, err = s.store.TimeZone(ctx, site, p.ClientID, p.PartnerID)
		return err
	})
	return zone, err
}
