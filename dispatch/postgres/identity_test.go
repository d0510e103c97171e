package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch/identity"
	"tournee/dispatch/postgres"
	"tournee/dispatch/postgres/pgtest"
	"tournee/migrations"
)

var identitySchema = pgtest.NewTemplate("identity_store", func(ctx context.Context, url string) error {
	return migrations.Up(ctx, url, slog.New(slog.DiscardHandler))
})

func openIdentity(t *testing.T) (postgres.Identity, *pgx.Conn) {
	t.Helper()
	database := identitySchema.New(t)
	db, err := postgres.Open(t.Context(), database.Serving, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.OpenQueue(slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), database.Superuser)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return postgres.Identity{DB: db}, conn
}

func TestAQueuedMailHoldsIdsAloneAndGoesWithItsTransaction(t *testing.T) {
	t.Parallel()
	store, conn := openIdentity(t)
	mail := identity.Mail{Template: "password_reset", OneTimeID: uuid.MustParse("0196a000-0000-7000-8000-000000000001")}
	undone := errors.New("undone")
	for _, outcome := range []error{undone, nil} {
		err := store.Tx(t.Context(), uuid.Nil, func(ctx context.Context) error {
			return errors.Join(store.EnqueueMail(ctx, mail), outcome)
		})
		if !errors.Is(err, outcome) {
			t.Fatal(err)
		}
	}
	rows, err := conn.Query(t.Context(), `SELECT args FROM jobs.river_job WHERE kind = 'mail'`)
	if err != nil {
		t.Fatal(err)
	}
	queued, err := pgx.CollectRows(rows, pgx.RowTo[json.RawMessage])
	if err != nil || len(queued) != 1 {
		t.Fatalf("%d mails queued: %v", len(queued), err)
	}
	var got map[string]string
	if err := json.Unmarshal(queued[0], &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"template": "password_reset", "one_time_id": mail.OneTimeID.String(), "account_id": uuid.Nil.String()}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestWhatIsDoneAloneStaysWhenTheCallerIsUndone(t *testing.T) {
	t.Parallel()
	store, conn := openIdentity(t)
	undone := errors.New("undone")
	entry := func(ctx context.Context, action string) error {
		return store.InsertAudit(ctx, identity.Entry{ID: uuid.New(), Action: action, Source: "unknown"})
	}
	err := store.Tx(t.Context(), uuid.Nil, func(ctx context.Context) error {
		if err := entry(ctx, "joined"); err != nil {
			return err
		}
		if err := store.Alone(ctx, func(ctx context.Context) error { return entry(ctx, "alone") }); err != nil {
			return err
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), `SELECT action FROM identity.audit`)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || !cmp.Equal(kept, []string{"alone"}) {
		t.Errorf("kept: %v (%v)", kept, err)
	}
}

// The serving role writes the audit and forgets what is old, but cannot change what it says.
func TestTheServingRoleCannotRewriteTheAudit(t *testing.T) {
	t.Parallel()
	_, conn := openIdentity(t)
	var may bool
	for privilege, want := range map[string]bool{"SELECT": true, "INSERT": true, "DELETE": true, "UPDATE": false, "TRUNCATE": false} {
		if err := conn.QueryRow(t.Context(), `SELECT has_table_privilege('tournee', 'identity.audit', $1)`, privilege).Scan(&may); err != nil || may != want {
			t.Errorf("%s: %t (%v)", privilege, may, err)
		}
	}
}
