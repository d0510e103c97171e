package directory_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/directory"
	"tournee/dispatch/dispatchtest"
	"tournee/dispatch/identity"
)

func TestTheFirstOrganizationAndItsClientAreMadeInOneTransaction(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	d := directory.New(w.Service)
	var organization, client uuid.UUID
	err := w.DB.Tx(t.Context(), uuid.Nil, func(ctx context.Context) (err error) {
		if organization, err = d.CreateOrganization(ctx, identity.NewOrganization{Name: "Autre", Slug: "autre", TimeZone: "Europe/Paris", Locale: "fr"}); err != nil {
			return err
		}
		client, err = d.CreateClient(ctx, organization, identity.NewClient{Kind: "company", Name: "Lebrun", Email: "contact@lebrun.example", Locale: "fr"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if id, err := d.OrganizationBySlug(t.Context(), "autre"); err != nil || id != organization {
		t.Errorf("the slug leads to %v (%v), want %v", id, err, organization)
	}
	if err := d.RequireClient(t.Context(), organization, client); err != nil {
		t.Errorf("the client that was made: %v", err)
	}
	if err := d.RequireClient(t.Context(), w.Organization.ID, client); dispatch.KindOf(err) != dispatch.KindNotFound || err == nil {
		t.Errorf("the client in another organization: %v, want not found", err)
	}
}

func TestWhatTheAccountsNameMustBeThere(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	d := directory.New(w.Service)
	for what, require := range map[string]struct {
		check func(ctx context.Context, organization, id uuid.UUID) error
		there uuid.UUID
	}{
		"client": {d.RequireClient, w.Household.ID}, "technician": {d.RequireTechnician, w.Karim.ID}, "partner": {d.RequirePartner, w.Partner.ID},
	} {
		if err := require.check(t.Context(), w.Organization.ID, require.there); err != nil {
			t.Errorf("the %s that is there: %v", what, err)
		}
		if err := require.check(t.Context(), w.Organization.ID, dispatchtest.NewID()); dispatch.KindOf(err) != dispatch.KindNotFound || err == nil {
			t.Errorf("a %s that is not: %v, want not found", what, err)
		}
	}
	if _, err := d.OrganizationBySlug(t.Context(), "nobody"); dispatch.KindOf(err) != dispatch.KindNotFound || err == nil {
		t.Errorf("a slug that is not: %v, want not found", err)
	}
}
