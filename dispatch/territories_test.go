package dispatch_test

import (
	"context"
	"errors"
	"testing"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/geo"
	"tournee/geo/cell"
)

// hexes writes cells as a caller does.
func hexes(cells []cell.Cell) (texts []string) {
	for _, c := range cells {
		texts = append(texts, c.String())
	}
	return texts
}

// lyon is a territory far from the World's.
var lyon = geo.Position{Lat: 45.7640, Lon: 4.8357}

func TestTwoTerritoriesShareNoCellAndTheOtherOneIsNamed(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	overlapping, err := cell.Disk(geo.Position{Lat: 48.65, Lon: 2.35}, 10_000, cell.TerritoryResolution)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Service.CreateTerritory(t.Context(), w.Administrator, dispatch.TerritoryDraft{Name: "Sud", Cells: hexes(overlapping)})
	var refused *dispatch.Error
	if !errors.As(err, &refused) || refused.Code != "territory.taken" || refused.Params["territory"] != w.Territory.Name {
		t.Errorf("got %v, want the refusal to name %q", err, w.Territory.Name)
	}
	if n := count(t, w, `SELECT count(*) FROM territories`); n != 1 {
		t.Errorf("%d territories, want the one there was", n)
	}
}

func TestATerritoryIsDrawnAsCellsOrAsAnOutline(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	outline := []geo.Position{{Lat: 45.70, Lon: 4.75}, {Lat: 45.70, Lon: 4.95}, {Lat: 45.82, Lon: 4.95}, {Lat: 45.82, Lon: 4.75}, {Lat: 45.70, Lon: 4.75}}
	made, err := w.Service.CreateTerritory(t.Context(), w.Administrator, dispatch.TerritoryDraft{Name: "Lyon", Outline: [][]geo.Position{outline}})
	if err != nil || len(made.Cells) < 20 {
		t.Fatalf("%d cells (%v), want the dozens that the outline holds", len(made.Cells), err)
	}
	read, err := w.Service.Territory(t.Context(), w.Dispatcher, made.ID)
	if err != nil || len(read.Cells) != len(made.Cells) {
		t.Errorf("%d cells are read back (%v), want %d", len(read.Cells), err, len(made.Cells))
	}
	_, err = w.Service.CreateTerritory(t.Context(), w.Administrator, dispatch.TerritoryDraft{
		Cells: []string{cell.Of(lyon, cell.SiteResolution).String(), "87xyz"}, Name: "x\x07",
	})
	wantFaults(t, err, "/cells/0 territory.cell", "/cells/1 territory.cell", "/name text.control")
	_, err = w.Service.CreateTerritory(t.Context(), w.Administrator, dispatch.TerritoryDraft{Name: "Rien"})
	wantFaults(t, err, "/cells field.required")
	_, err = w.Service.CreateTerritory(t.Context(), w.Administrator, dispatch.TerritoryDraft{Name: "Trait", Outline: [][]geo.Position{outline[:2]}})
	wantFaults(t, err, "/polygon territory.polygon")
}

func TestATerritoryDoesNotShrinkAwayFromItsSites(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	small, err := cell.Disk(w.HouseholdSite.Position, 3000, cell.TerritoryResolution)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Service.PatchTerritory(t.Context(), w.Administrator, w.Territory.ID, 1, func(d *dispatch.TerritoryDraft) { d.Cells = hexes(small) })
	var refused *dispatch.Error
	if !errors.As(err, &refused) || refused.Code != "territory.sites_outside" || refused.Params["sites"] != 3 {
		t.Errorf("got %v, want a refusal that counts the 3 sites outside", err)
	}
	renamed, err := w.Service.PatchTerritory(t.Context(), w.Administrator, w.Territory.ID, 1, func(d *dispatch.TerritoryDraft) { d.Name = "Paris" })
	if err != nil || renamed.Version != 2 || len(renamed.Cells) != len(w.Territory.Cells) {
		t.Errorf("renamed to version %d with %d cells (%v), want 2 and the cells it had", renamed.Version, len(renamed.Cells), err)
	}
	wantError(t, w.Service.DeleteTerritory(t.Context(), w.Administrator, w.Territory.ID, 2), dispatch.KindConflict, "territory.in_use")
}

func TestADeletedTerritoryGivesItsCellsBack(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	draft := dispatch.TerritoryDraft{Name: "Lyon", ExternalID: "lyon", Cells: hexes([]cell.Cell{cell.Of(lyon, cell.TerritoryResolution)})}
	first, created, err := w.Service.UpsertTerritory(t.Context(), w.Administrator, 0, draft)
	if err != nil || !created {
		t.Fatal(created, err)
	}
	if again, created, err := w.Service.UpsertTerritory(t.Context(), w.Administrator, 0, draft); err != nil || created || again.Version != 1 {
		t.Errorf("a repeat: version %d, created %t (%v), want nothing changed", again.Version, created, err)
	}
	if err := w.Service.DeleteTerritory(t.Context(), w.Administrator, first.ID, 1); err != nil {
		t.Fatal(err)
	}
	draft.ExternalID = ""
	if _, err := w.Service.CreateTerritory(t.Context(), w.Administrator, draft); err != nil {
		t.Errorf("the cells of a deleted territory: %v", err)
	}
}

func TestAnOrganizationNeedsASlugOfItsOwn(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	_, err := w.Service.CreateOrganization(t.Context(), dispatch.NewOrganization{Name: "", Slug: "Dépannage!", TimeZone: "Paris", Locale: "de"})
	wantFaults(t, err, "/organization_name field.required", "/organization_slug organization.slug", "/time_zone time_zone.unknown", "/locale locale.unknown")
	_, err = w.Service.CreateOrganization(t.Context(), dispatch.NewOrganization{Name: "Autre", Slug: w.Organization.Slug, TimeZone: "Europe/Paris", Locale: "fr"})
	wantFaults(t, err, "/organization_slug organization.slug_taken")
	other, err := w.Service.CreateOrganization(t.Context(), dispatch.NewOrganization{Name: "Autre", Slug: "autre", TimeZone: "Europe/Paris", Locale: "fr"})
	if err != nil {
		t.Fatal(err)
	}
	if id, err := w.Service.OrganizationBySlug(t.Context(), "autre"); err != nil || id != other.ID {
		t.Errorf("the slug leads to %v (%v), want %v", id, err, other.ID)
	}
	theirs := dispatch.Principal{OrganizationID: other.ID, Role: dispatch.RoleAdministrator, ID: dispatchtest.NewID()}
	_, err = w.Service.Client(t.Context(), theirs, w.Household.ID)
	wantError(t, err, dispatch.KindNotFound, "not_found")
}

func TestAPartnersKeysEndWithThePartnerOrNotAtAll(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	away := errors.New("keys cannot be revoked now")
	err := w.Service.DeletePartner(t.Context(), w.Administrator, w.Partner.ID, 1, func(context.Context) error { return away })
	if !errors.Is(err, away) {
		t.Errorf("got %v", err)
	}
	if _, err := w.Service.Partner(t.Context(), w.Administrator, w.Partner.ID); err != nil {
		t.Errorf("the partner whose keys are still good: %v, want it there", err)
	}
	revoked := 0
	revoke := func(context.Context) error { revoked++; return nil }
	if err := w.Service.DeletePartner(t.Context(), w.Administrator, w.Partner.ID, 1, revoke); err != nil || revoked != 1 {
		t.Errorf("revoked %d times (%v), want once", revoked, err)
	}
}
