// Package directory tells the accounts (package identity) of the business around them.
package directory

import (
	"context"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/identity"
)

// Directory is a dispatch.Service as identity.Directory.
type Directory struct{ business *dispatch.Service }

var _ identity.Directory = Directory{}

// New makes a Directory.
func New(business *dispatch.Service) Directory { return Directory{business} }

// OrganizationBySlug implements identity.Directory.
func (d Directory) OrganizationBySlug(ctx context.Context, slug string) (uuid.UUID, error) {
	return d.business.OrganizationBySlug(ctx, slug)
}

// CreateOrganization implements identity.Directory.
func (d Directory) CreateOrganization(ctx context.Context, o identity.NewOrganization) (uuid.UUID, error) {
	made, err := d.business.CreateOrganization(ctx, dispatch.NewOrganization{Name: o.Name, Slug: o.Slug, TimeZone: o.TimeZone, Locale: o.Locale})
	return made.ID, err
}

// CreateClient implements identity.Directory.
func (d Directory) CreateClient(ctx context.Context, organization uuid.UUID, c identity.NewClient) (uuid.UUID, error) {
	made, err := d.business.CreateClient(ctx, itself(organization), dispatch.Client{Kind: dispatch.ClientKind(c.Kind), Name: c.Name, Email: c.Email, Locale: c.Locale})
	return made.ID, err
}

// RequireClient implements identity.Directory.
func (d Directory) RequireClient(ctx context.Context, organization, client uuid.UUID) error {
	_, err := d.business.Client(ctx, itself(organization), client)
	return err
}

// RequireTechnician implements identity.Directory.
func (d Directory) RequireTechnician(ctx context.Context, organization, technician uuid.UUID) error {
	_, err := d.business.Technician(ctx, itself(organization), technician)
	return err
}

// RequirePartner implements identity.Directory.
func (d Directory) RequirePartner(ctx context.Context, organization, partner uuid.UUID) error {
	_, err := d.business.Partner(ctx, itself(organization), partner)
	return err
}

// itself acts for the organization, before anybody of it has an account.
func itself(organization uuid.UUID) dispatch.Principal {
	return dispatch.Principal{OrganizationID: organization, Role: dispatch.RoleAdministrator, ID: organization}
}
