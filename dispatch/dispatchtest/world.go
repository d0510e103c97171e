// Package dispatchtest gives a test a small organization around Paris, on a real database of its own, with a clock that the test moves.
package dispatchtest

import (
	"context"
	"log/slog"
	"testing"
	"time"
	_ "time/tzdata" // Europe/Paris, whatever the machine has

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"tournee/dispatch"
	"tournee/dispatch/postgres"
	"tournee/dispatch/postgres/pgtest"
	"tournee/geo"
	"tournee/geo/cell"
	"tournee/migrations"
)

var schema = pgtest.NewTemplate("dispatchtest", func(ctx context.Context, dsn string) error {
	return migrations.Up(ctx, dsn, slog.New(slog.DiscardHandler))
})

// World is an organization in the summer of 2026: a Monday at 6 in the morning in Paris, when everybody's shifts of the week are ahead.
type World struct {
	Database *pgtest.DB
	DB       *postgres.DB
	Pool     *pgxpool.Pool // of the serving role, for looking behind the service
	Service  *dispatch.Service
	Clock    *Clock
	Sender   *Sender
	Geocoder *Geocoder
	Zone     *time.Location // Europe/Paris

	Organization dispatch.Organization
	Territory    dispatch.Territory // 25 km around Notre-Dame
	Partner      dispatch.Partner

	Karim  dispatch.Technician // car; network 3, printing 2
	Lea    dispatch.Technician // bike; network 1, windows 4
	Moussa dispatch.Technician // car; windows 2, printing 3
	Shifts []dispatch.Shift    // Monday to Friday, 8 to 17, a break of 45 minutes between 12:00 and 13:30; by day, then in the order above

	Household     dispatch.Client // Mme Moreau, no e-mail
	HouseholdSite dispatch.Site   // rue de Charonne, Paris
	Company       dispatch.Client // a company with two sites
	CompanySites  []dispatch.Site // Boulogne-Billancourt, Montreuil
	Insured       dispatch.Client // a household that the partner created
	InsuredSite   dispatch.Site   // Vincennes

	Administrator, Dispatcher, PartnerKey dispatch.Principal
	AsKarim, AsLea, AsMoussa              dispatch.Principal
	AsHousehold, AsCompany                dispatch.Principal
}

// The skills that every World has.
const (
	Network  = "network"
	Windows  = "windows"
	Printing = "printing"
)

// New makes a World. Its database goes when the test ends.
func New(t testing.TB) *World {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	must(t, err)
	w := &World{
		Database: schema.New(t), Zone: zone, Sender: &Sender{}, Geocoder: &Geocoder{},
		Clock: &Clock{now: time.Date(2026, time.June, 15, 6, 0, 0, 0, zone)},
	}
	w.open(t)
	w.populate(t)
	return w
}

// open connects the service to the World's database.
func (w *World) open(t testing.TB) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	var err error
	w.DB, err = postgres.Open(t.Context(), w.Database.Serving, 8)
	must(t, err)
	t.Cleanup(w.DB.Close)
	must(t, w.DB.OpenQueue(log))
	w.Pool, err = pgxpool.New(t.Context(), w.Database.Serving)
	must(t, err)
	t.Cleanup(w.Pool.Close)
	travel, err := geo.NewEstimator(geo.DefaultParameters(), w.Zone)
	must(t, err)
	w.Service = dispatch.New(dispatch.Config{Store: w.DB, Sender: w.Sender, Geocoder: w.Geocoder, Travel: travel, Clock: w.Clock.Now, Log: log, Secrets: [][]byte{[]byte("a secret that only tests know")}, LinkBase: "https://tournee.example"})
}

// Tx runs fn in one transaction of the organization.
func (w *World) Tx(t testing.TB, fn func(ctx context.Context) error) {
	t.Helper()
	must(t, w.DB.Tx(t.Context(), w.Organization.ID, fn))
}

// At is a local time in Paris, so many days after the World's first Monday.
func (w *World) At(day, hour, minute int) time.Time {
	return time.Date(2026, time.June, 15+day, hour, minute, 0, 0, w.Zone)
}

// ShiftOf is the technician's shift, so many days after Monday.
func (w *World) ShiftOf(technician dispatch.Technician, day int) dispatch.Shift {
	for _, s := range w.Shifts {
		if s.TechnicianID == technician.ID && s.Start.Equal(w.At(day, 8, 0)) {
			return s
		}
	}
	panic("dispatchtest: shifts run from day 0 to 4")
}

// Request makes a request of the household for an hour's visit at home on Monday, needing the network skill; change may make it another.
// Its visit waits: WorkJobs places it.
func (w *World) Request(t testing.TB, change func(*dispatch.NewRequest)) dispatch.Request {
	t.Helper()
	in := dispatch.NewRequest{
		ClientID: w.Household.ID, SiteID: w.HouseholdSite.ID, Category: "network", Description: "La box ne se connecte plus depuis ce matin.",
		Work: dispatch.Work{
			Mode: dispatch.OnSite, Duration: time.Hour, RequiredSkills: []dispatch.SkillLevel{{Skill: Network, Level: 1}},
			Windows: []dispatch.Span{{Start: w.At(0, 8, 0), End: w.At(0, 16, 0)}},
		},
	}
	if change != nil {
		change(&in)
	}
	r, err := w.Service.CreateRequest(t.Context(), w.Dispatcher, in)
	must(t, err)
	return r
}

// VisitOf is the request's first visit as it stands.
func (w *World) VisitOf(t testing.TB, r dispatch.Request) dispatch.Visit {
	t.Helper()
	list, err := w.Service.Visits(t.Context(), w.Dispatcher, dispatch.VisitFilter{RequestID: r.ID}, dispatch.Page{Limit: 10})
	must(t, err)
	if len(list.Items) == 0 {
		t.Fatalf("request %s has no visit", r.Reference)
	}
	return list.Items[0]
}

func (w *World) record() dispatch.Record {
	return dispatch.Record{ID: NewID(), Version: 1, CreatedAt: w.Clock.Now(), UpdatedAt: w.Clock.Now()}
}

// NewID gives a UUIDv7.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// principal is somebody of the organization.
func (w *World) principal(role dispatch.Role) dispatch.Principal {
	return dispatch.Principal{OrganizationID: w.Organization.ID, Role: role, ID: NewID(), Locale: "fr"}
}

// site is a site of the client at a position that the geocoder is told of.
func (w *World) site(c dispatch.Client, street, postalCode, city string, at geo.Position) dispatch.Site {
	w.Geocoder.Know(street, postalCode, at, dispatch.PrecisionHouseNumber)
	return dispatch.Site{
		Record: w.record(), ClientID: c.ID, Name: street, External: dispatch.External{PartnerID: c.PartnerID},
		Address:  dispatch.Address{Street: street, PostalCode: postalCode, City: city, Country: "FR"},
		Position: at, Precision: dispatch.PrecisionHouseNumber, Cell: int64(cell.Of(at, cell.SiteResolution)),
		TerritoryID: w.Territory.ID, TimeZone: "Europe/Paris",
	}
}
