package dispatch

import (
	"context"
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
		PriorityMatrix: DefaultPriorityMatrix(), Weights: DefaultWeights(),
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

// PatchOrganization changes the organization of the given version: patch is applied to it as it stands. Id, slug and currency stay.
func (s *Service) PatchOrganization(ctx context.Context, p Principal, version int, patch func(*Organization)) (Organization, error) {
	return changing(ctx, s, p, func(ctx context.Context) (Organization, error) {
		old, err := s.store.Organization(ctx)
		if err != nil {
			return old, err
		}
		if err := fresh(old.Version, version, "organization"); err != nil {
			return old, err
		}
		o := old
		patch(&o)
		o.Slug, o.Currency = old.Slug, old.Currency
		if err := checkOrganization(&o); err != nil || o == old {
			return o, err
		}
		o.Record = s.next(old.Record)
		return o, overtaken(s.store.UpdateOrganization(ctx, o))
	})
}

func checkOrganization(o *Organization) error {
	var faults Faults
	faults.name("/name", &o.Name)
	faults.zone("/time_zone", o.TimeZone)
	faults.locale("/locale", o.Locale)
	for _, priority := range o.PriorityMatrix {
		if priority < 1 || priority > 5 {
			faults.Add("/priority_matrix", "visit.priority", nil)
			break
		}
	}
	prices := append([]int64{o.Weights.TravelHour, o.Weights.TravelKilometre, o.Weights.WaitingHour, o.Weights.Overqualification, o.Weights.TechnicianChange},
		o.Weights.LeftOut[:]...)
	for _, price := range prices {
		if price < 0 || price > maxWeight {
			faults.Add("/weights", "organization.weights", map[string]any{"most": maxWeight})
			break
		}
	}
	return faults.Err()
}

// maxWeight keeps the cost of a whole plan far below what an int64 holds.
const maxWeight = 100_000_000

// TimeZone is the site's zone, if the principal may see the site, else the organization's.
func (s *Service) TimeZone(ctx context.Context, p Principal, site uuid.UUID) (zone string, err error) {
	err = s.store.Join(ctx, p.OrganizationID, func(ctx context.Context) error {
		zone, err = s.store.TimeZone(ctx, site, p.ClientID, p.PartnerID)
		return err
	})
	return zone, err
}
