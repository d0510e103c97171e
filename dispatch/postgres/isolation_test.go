package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/dispatch/postgres"
	"tournee/geo"
)

const noRights = "42501" // insufficient_privilege: also what row-level security answers to a row of somebody else's

// neighbours is a database with a busy organization and a second one.
type neighbours struct {
	*dispatchtest.World
	super  *pgx.Conn
	tables []string // every table with row-level security
	other  uuid.UUID
}

func newNeighbours(t *testing.T) neighbours {
	t.Helper()
	n := neighbours{World: dispatchtest.New(t), other: dispatchtest.NewID()}
	var err error
	if n.super, err = pgx.Connect(t.Context(), n.Database.Superuser); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.super.Close(context.Background()) })
	second := n.Organization
	second.ID, second.Slug = n.other, "voisins"
	err = n.DB.Tx(t.Context(), n.other, func(ctx context.Context) error {
		return errors.Join(n.DB.InsertOrganization(ctx, second), n.DB.InsertPartner(ctx, dispatch.Partner{Record: n.Partner.Record, Name: "Voisin"}))
	})
	if err != nil {
		t.Fatal(err)
	}
	n.fill(t)
	rows, err := n.super.Query(t.Context(), `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relrowsecurity ORDER BY relname`)
	if err != nil {
		t.Fatal(err)
	}
	if n.tables, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || len(n.tables) == 0 {
		t.Fatalf("tenant tables: %v, %v", n.tables, err)
	}
	return n
}

// fill brings the first organization's rows into the tables that a World leaves empty.
func (n neighbours) fill(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	if _, err := n.Service.RegisterDevice(ctx, n.AsKarim, dispatch.PlatformIOS, "karims-phone"); err != nil {
		t.Fatal(err)
	}
	r := n.Request(t, nil)
	_, err := n.Service.CreateSeries(ctx, n.Dispatcher, dispatch.Series{
		ClientID: n.Household.ID, SiteID: n.HouseholdSite.ID, Work: dispatch.SeriesWork{Mode: dispatch.OnSite, Category: "maintenance", Description: "Entretien"},
		Recurrence: dispatch.Recurrence{Rule: "FREQ=WEEKLY;COUNT=2", Start: time.Date(2026, time.June, 16, 9, 0, 0, 0, time.UTC), WindowEnd: "12:00"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Service.StartPlan(ctx, n.Dispatcher, dispatch.Span{Start: n.At(0, 0, 0), End: n.At(1, 0, 0)}, 1, 100); err != nil {
		t.Fatal(err)
	}
	n.WorkJobs(t)
	if _, err := n.Service.PublishRoutes(ctx, n.Dispatcher, dispatch.Span{Start: n.At(0, 0, 0), End: n.At(1, 0, 0)}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Service.AddTariff(ctx, n.Administrator, dispatchtest.Tariff(n.Territory.ID)); err != nil {
		t.Fatal(err)
	}
	n.hold(t)
	if err := n.Service.LookForReplans(ctx, n.Organization.ID); err != nil {
		t.Fatal(err)
	}
	n.Clock.Set(n.At(0, 7, 30))
	if err := n.Service.WatchDay(ctx, n.Organization.ID); err != nil {
		t.Fatal(err)
	}
	key := dispatch.IdempotencyKey{Operation: "createRequest", Key: "k", Hash: []byte{1}}
	_, _, err = n.DB.Once(ctx, n.Dispatcher, key, func(context.Context) (dispatch.Answer, error) { return dispatch.Answer{Status: 201}, nil })
	if err != nil {
		t.Fatal(err)
	}
	record := func() dispatch.Record {
		return dispatch.Record{ID: dispatchtest.NewID(), Version: 1, CreatedAt: n.Clock.Now(), UpdatedAt: n.Clock.Now()}
	}
	n.Tx(t, func(ctx context.Context) error {
		return errors.Join(
			n.DB.InsertDecision(ctx, dispatch.Decision{ID: dispatchtest.NewID(), Kind: dispatch.DecidedByRun, MadeAt: n.Clock.Now(), Input: []byte{1}, InputHash: []byte{2}, OutputHash: []byte{3}}),
			n.DB.InsertConsent(ctx, dispatch.Consent{
				ID: dispatchtest.NewID(), VisitID: n.VisitOf(t, r).ID, Window: dispatch.Span{Start: n.At(0, 8, 0), End: n.At(0, 9, 0)}, How: dispatch.ByPhone, At: n.Clock.Now(),
			}),
			n.DB.InsertAlert(ctx, dispatch.Alert{Record: record(), Kind: dispatch.NotAcknowledged, TechnicianID: n.Karim.ID, Params: map[string]any{}}),
			n.DB.CountErrors(ctx, []dispatch.ErrorSeen{{ErrorKey: dispatch.ErrorKey{Mode: dispatch.OnSite}}}),
			n.DB.InsertOverride(ctx, dispatch.Override{Record: record(), Status: dispatch.OverrideMade}),
			n.DB.InsertPlanChange(ctx, dispatch.PlanChange{Record: record(), Status: dispatch.ChangeProposed, Moves: []dispatch.PlannedMove{}, Routes: map[uuid.UUID]int64{}}),
			n.DB.InsertContact(ctx, dispatch.Contact{Record: record(), ClientID: n.Company.ID, Name: "M. Lebrun"}),
			n.DB.InsertAsset(ctx, dispatch.Asset{Record: record(), ClientID: n.Company.ID, Kind: "printer"}),
			n.DB.InsertAbsence(ctx, dispatch.Absence{Record: record(), TechnicianID: n.Lea.ID, Span: dispatch.Span{Start: n.At(3, 8, 0), End: n.At(3, 17, 0)}, Kind: dispatch.Sick}),
			n.DB.SaveTravelTimes(ctx, []dispatch.TravelTime{{Mode: geo.Car, From: 1, To: 2, Hour: geo.FreeFlow, LearntAt: n.Clock.Now()}}),
			n.DB.InsertCalibration(ctx, dispatch.TravelCalibration{ID: dispatchtest.NewID(), Status: dispatch.CalibrationQueued, CreatedAt: n.Clock.Now()}),
			n.DB.InsertFixes(ctx, []dispatch.Fix{{TechnicianID: n.Lea.ID, At: n.At(0, 9, 0), Position: geo.Position{Lat: 48.867, Lon: 2.364}, Cell: 1}}),
		)
	})
}

// bound runs fn as the serving role in a transaction bound to the organization (the nil UUID: to none), which is then undone.
func (n neighbours) bound(t *testing.T, to uuid.UUID, fn func(tx pgx.Tx)) {
	t.Helper()
	tx, err := n.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if to != uuid.Nil {
		if _, err := tx.Exec(t.Context(), `SELECT set_config('app.organization_id', $1, true)`, to.String()); err != nil {
			t.Fatal(err)
		}
	}
	fn(tx)
}

// hold has a request wait for an earlier slot, and then keeps one for it.
func (n *neighbours) hold(t *testing.T) {
	t.Helper()
	r := n.Request(t, func(r *dispatch.NewRequest) { r.BySlot = true })
	v := n.VisitOf(t, r)
	if _, err := n.Service.JoinWaitlist(t.Context(), n.Dispatcher, v.ID, dispatch.Wish{}); err != nil {
		t.Fatal(err)
	}
	a, err := n.Service.Availability(t.Context(), n.Dispatcher, dispatch.AvailabilityQuery{VisitID: v.ID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Service.Hold(t.Context(), n.Dispatcher, dispatch.HoldQuery{VisitID: v.ID, Token: a.Slots[0].Token}); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, q interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}, sql string, args ...any,
) (n int) {
	t.Helper()
	if err := q.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// attempt runs a statement in a savepoint and gives what it touched.
func attempt(t *testing.T, tx pgx.Tx, sql string, args ...any) (int64, error) {
	t.Helper()
	sp, err := tx.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tag, err := sp.Exec(t.Context(), sql, args...)
	if rolled := sp.Rollback(t.Context()); rolled != nil {
		t.Fatal(rolled)
	}
	return tag.RowsAffected(), err
}

func TestAnotherOrganizationsRowsAreNeitherSeenNorTouchedInAnyTable(t *testing.T) {
	t.Parallel()
	n := newNeighbours(t)
	for who, to := range map[string]uuid.UUID{"the other organization": n.other, "no organization": uuid.Nil} {
		for _, table := range n.tables {
			owned := count(t, n.super, `SELECT count(*) FROM `+table+` WHERE organization_id = $1`, n.Organization.ID)
			if owned == 0 {
				t.Fatalf("%s holds no row of the first organization: nothing would be proved", table)
			}
			n.bound(t, n.Organization.ID, func(tx pgx.Tx) {
				if seen := count(t, tx, `SELECT count(*) FROM `+table); seen != owned {
					t.Errorf("%s: the organization itself sees %d of its %d rows", table, seen, owned)
				}
			})
			n.bound(t, to, func(tx pgx.Tx) {
				if seen := count(t, tx, `SELECT count(*) FROM `+table+` WHERE organization_id = $1`, n.Organization.ID); seen != 0 {
					t.Errorf("%s: %s sees %d rows", table, who, seen)
				}
				for verb, sql := range map[string]string{
					"changes": `UPDATE ` + table + ` SET organization_id = organization_id`,
					"deletes": `DELETE FROM ` + table,
					"locks":   `SELECT FROM ` + table + ` WHERE organization_id = $1 FOR UPDATE`,
				} {
					if !strings.Contains(sql, "$1") {
						sql += ` WHERE organization_id = $1`
					}
					touched, err := attempt(t, tx, sql, n.Organization.ID)
					if kept := (table == "events" || table == "tariffs" || table == "decisions" || table == "consents") && code(err) == noRights; touched != 0 || (err != nil && !kept) {
						t.Errorf("%s: %s %s %d rows (%v)", table, who, verb, touched, err)
					}
				}
				if _, err := attempt(t, tx, n.again(t, table)); code(err) != noRights {
					t.Errorf("%s: %s writes a row into the first organization: %v", table, who, err)
				}
			})
		}
	}
}

// again is a statement that writes a row of the first organization once more: row-level security must refuse it before any key does.
func (n neighbours) again(t *testing.T, table string) string {
	t.Helper()
	var row json.RawMessage
	if err := n.super.QueryRow(t.Context(), `SELECT to_jsonb(t) FROM `+table+` t WHERE organization_id = $1 LIMIT 1`, n.Organization.ID).Scan(&row); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`INSERT INTO %s OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_record(NULL::%s, '%s')`, table, table, //nolint:unqueryvet // the row as it is, whatever its columns
		strings.ReplaceAll(string(row), "'", "''"))
}

func TestARowCannotBeGivenToAnotherOrganization(t *testing.T) {
	t.Parallel()
	n := newNeighbours(t)
	n.bound(t, n.other, func(tx pgx.Tx) {
		if _, err := attempt(t, tx, `UPDATE partners SET organization_id = $1`, n.Organization.ID); code(err) != noRights {
			t.Errorf("moving one's own partner to somebody else gave %v", err)
		}
	})
}

func TestTheStoreFindsNothingOfAnotherOrganization(t *testing.T) {
	t.Parallel()
	n := newNeighbours(t)
	err := n.DB.Tx(t.Context(), n.other, func(ctx context.Context) error {
		_, err := n.DB.Client(ctx, n.Household.ID)
		return err
	})
	if dispatch.KindOf(err) != dispatch.KindNotFound {
		t.Errorf("reading the neighbour's client gave %v", err)
	}
	err = n.DB.Tx(t.Context(), n.other, func(ctx context.Context) error {
		return n.DB.Tx(ctx, n.Organization.ID, func(context.Context) error { return nil })
	})
	if err == nil {
		t.Error("a transaction of one organization was joined for another")
	}
}

func code(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code
	}
	return ""
}

func TestTheProgramRefusesToServeAsARoleThatSeesEverything(t *testing.T) {
	t.Parallel()
	n := newNeighbours(t)
	role := "passer_" + strings.ReplaceAll(dispatchtest.NewID().String(), "-", "")
	if _, err := n.super.Exec(t.Context(), `CREATE ROLE `+role+` LOGIN BYPASSRLS PASSWORD 'p'; GRANT CONNECT ON DATABASE `+n.super.Config().Database+` TO `+role); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := n.super.Exec(context.Background(), `DROP OWNED BY `+role+`; DROP ROLE `+role); err != nil {
			t.Errorf("dropping the role: %v", err)
		}
	})
	cfg, err := pgx.ParseConfig(n.Database.Serving)
	if err != nil {
		t.Fatal(err)
	}
	passer := strings.Replace(strings.Replace(n.Database.Serving, cfg.User, role, 1), cfg.Password, "p", 1)
	for who, dsn := range map[string]string{"the superuser": n.Database.Superuser, "a role with BYPASSRLS": passer} {
		db, err := postgres.Open(t.Context(), dsn, 1)
		if err == nil {
			db.Close()
			t.Errorf("it serves as %s", who)
		} else if !strings.Contains(err.Error(), "row-level security") {
			t.Errorf("as %s: %v, which does not say why", who, err)
		}
	}
}
