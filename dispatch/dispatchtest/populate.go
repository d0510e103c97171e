package dispatchtest

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/geo"
	"tournee/geo/cell"
)

// NotreDame is the World's centre.
var NotreDame = geo.Position{Lat: 48.85296, Lon: 2.34990}

func (w *World) populate(t testing.TB) {
	t.Helper()
	w.addOrganization(t)
	w.addTechnicians(t)
	w.addClients(t)
	w.Administrator, w.Dispatcher, w.PartnerKey = w.principal(dispatch.RoleAdministrator), w.principal(dispatch.RoleDispatcher), w.principal(dispatch.RolePartner)
	w.PartnerKey.PartnerID = w.Partner.ID
	w.PartnerKey.Scopes = []string{"clients:read", "clients:write", "requests:read", "requests:write", "technicians:read"}
	w.AsKarim, w.AsLea, w.AsMoussa = w.principal(dispatch.RoleTechnician), w.principal(dispatch.RoleTechnician), w.principal(dispatch.RoleTechnician)
	w.AsKarim.TechnicianID, w.AsLea.TechnicianID, w.AsMoussa.TechnicianID = w.Karim.ID, w.Lea.ID, w.Moussa.ID
	w.AsHousehold, w.AsCompany = w.principal(dispatch.RoleClient), w.principal(dispatch.RoleClient)
	w.AsHousehold.ClientID, w.AsCompany.ClientID = w.Household.ID, w.Company.ID
}

func (w *World) addOrganization(t testing.TB) {
	t.Helper()
	w.Organization = dispatch.Organization{
		Record: w.record(), Slug: "depannage", Name: "Dépannage Île-de-France", TimeZone: "Europe/Paris", Locale: "fr", Currency: "EUR",
		PriorityMatrix: dispatch.DefaultPriorityMatrix(), Weights: dispatch.DefaultWeights(), Policy: dispatch.DefaultPolicy(),
	}
	cells, err := cell.Disk(NotreDame, 25_000, cell.TerritoryResolution)
	must(t, err)
	w.Territory = dispatch.Territory{Record: w.record(), ExternalID: "paris", Name: "Paris et petite couronne"}
	for _, c := range cells {
		w.Territory.Cells = append(w.Territory.Cells, int64(c))
	}
	w.Partner = dispatch.Partner{Record: w.record(), Name: "Assurances du Midi"}
	skills := []dispatch.Skill{
		{Code: Network, NameFR: "Réseau", NameEN: "Networking"}, {Code: Windows, NameFR: "Windows", NameEN: "Windows"}, {Code: Printing, NameFR: "Impression", NameEN: "Printing"},
	}
	w.Tx(t, func(ctx context.Context) error {
		if err := w.DB.InsertOrganization(ctx, w.Organization); err != nil {
			return err
		}
		for _, s := range skills {
			s.CreatedAt = w.Clock.Now()
			if err := w.DB.InsertSkill(ctx, s); err != nil {
				return err
			}
		}
		if err := w.DB.InsertPartner(ctx, w.Partner); err != nil {
			return err
		}
		return w.DB.InsertTerritory(ctx, w.Territory)
	})
}

func (w *World) addTechnicians(t testing.TB) {
	t.Helper()
	technician := func(id, name string, mode geo.Mode, home geo.Position, skills ...dispatch.SkillLevel) dispatch.Technician {
		return dispatch.Technician{
			Record: w.record(), ExternalID: id, Name: name, Employment: dispatch.Employee, Transport: mode, Home: home, TimeZone: "Europe/Paris", Locale: "fr",
			Skills: skills, TerritoryIDs: []uuid.UUID{w.Territory.ID},
		}
	}
	level := func(skill string, n int) dispatch.SkillLevel { return dispatch.SkillLevel{Skill: skill, Level: n} }
	w.Karim = technician("T-1", "Karim Haddad", geo.Car, geo.Position{Lat: 48.8566, Lon: 2.4422}, level(Network, 3), level(Printing, 2))
	w.Lea = technician("T-2", "Léa Fontaine", geo.Bike, geo.Position{Lat: 48.8670, Lon: 2.3640}, level(Network, 1), level(Windows, 4))
	w.Moussa = technician("T-3", "Moussa Diarra", geo.Car, geo.Position{Lat: 48.9362, Lon: 2.3574}, level(Windows, 2), level(Printing, 3))
	everyone := []dispatch.Technician{w.Karim, w.Lea, w.Moussa}
	for day := range 5 {
		for _, who := range everyone {
			w.Shifts = append(w.Shifts, dispatch.Shift{
				Record: w.record(), TechnicianID: who.ID, Span: dispatch.Span{Start: w.At(day, 8, 0), End: w.At(day, 17, 0)},
				StartPlace: who.Home, EndPlace: who.Home, Transport: who.Transport, RouteVersion: 1,
				Breaks: []dispatch.Break{{Earliest: w.At(day, 12, 0), Latest: w.At(day, 13, 30), Seconds: int(45 * time.Minute / time.Second)}},
			})
		}
	}
	w.Tx(t, func(ctx context.Context) error {
		for _, who := range everyone {
			if err := w.DB.InsertTechnician(ctx, who); err != nil {
				return err
			}
		}
		for _, s := range w.Shifts {
			if err := w.DB.InsertShift(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *World) addClients(t testing.TB) {
	t.Helper()
	client := func(kind dispatch.ClientKind, name, email, phone string) dispatch.Client {
		return dispatch.Client{Record: w.record(), Kind: kind, Name: name, Email: email, Phone: phone, Locale: "fr"}
	}
	w.Household = client(dispatch.Household, "Mme Moreau", "", "+33612345678")
	w.Company = client(dispatch.Company, "Boulangeries Lebrun", "contact@lebrun.example", "+33144556677")
	w.Insured = client(dispatch.Household, "M. Petit", "petit@example.org", "")
	w.Insured.External = dispatch.External{PartnerID: w.Partner.ID, ExternalID: "POL-1"}
	w.HouseholdSite = w.site(w.Household, "52 rue de Charonne", "75011", "Paris", geo.Position{Lat: 48.85364, Lon: 2.37817})
	w.CompanySites = []dispatch.Site{
		w.site(w.Company, "12 route de la Reine", "92100", "Boulogne-Billancourt", geo.Position{Lat: 48.84205, Lon: 2.24840}),
		w.site(w.Company, "8 rue de Paris", "93100", "Montreuil", geo.Position{Lat: 48.85630, Lon: 2.43550}),
	}
	w.InsuredSite = w.site(w.Insured, "3 avenue du Château", "94300", "Vincennes", geo.Position{Lat: 48.84720, Lon: 2.43480})
	w.Tx(t, func(ctx context.Context) error {
		for _, c := range []dispatch.Client{w.Household, w.Company, w.Insured} {
			if err := w.DB.InsertClient(ctx, c); err != nil {
				return err
			}
		}
		for _, s := range append([]dispatch.Site{w.HouseholdSite, w.InsuredSite}, w.CompanySites...) {
			if err := w.DB.InsertSite(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
}
