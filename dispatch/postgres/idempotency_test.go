package postgres

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tournee/dispatch"
	"tournee/dispatch/postgres/pgtest"
	"tournee/migrations"
)

var repeats = pgtest.NewTemplate("idempotency", func(ctx context.Context, url string) error {
	return migrations.Up(ctx, url, slog.New(slog.DiscardHandler))
})

// desk is a database, and somebody who registers phones in it.
type desk struct {
	*DB
	t         *testing.T
	superuser string
	who       dispatch.Principal
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	urls := repeats.New(t)
	db, err := Open(t.Context(), urls.Serving, 8)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return &desk{DB: db, t: t, superuser: urls.Superuser, who: dispatch.Principal{OrganizationID: uuid.New(), ID: uuid.New(), Role: dispatch.RoleTechnician}}
}

// asSuperuser runs one statement past row-level security and gives the rows it touched or, for a query, its one number.
func (d *desk) asSuperuser(sql string, args ...any) int {
	d.t.Helper()
	conn, err := pgx.Connect(d.t.Context(), d.superuser)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(d.t.Context())) }()
	rows, err := conn.Query(d.t.Context(), sql, args...)
	if err != nil {
		d.t.Fatal(err)
	}
	n := 0
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			d.t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		d.t.Fatal(err)
	}
	return n
}

func (d *desk) phones() int { return d.asSuperuser(`SELECT count(*)::int FROM devices`) }

func (d *desk) kept() int { return d.asSuperuser(`SELECT count(*)::int FROM idempotency_keys`) }

// register adds a phone and answers with the status.
func (d *desk) register(status int) func(context.Context) (dispatch.Answer, error) {
	return func(ctx context.Context) (dispatch.Answer, error) {
		id := uuid.New()
		err := d.Tx(ctx, org(ctx), func(ctx context.Context) error {
			_, err := d.tx(ctx).Exec(ctx, `INSERT INTO devices (organization_id, id, account_id, platform, token) VALUES ($1, $2, $2, 'android', $3)`, org(ctx), id, id.String())
			return err
		})
		return dispatch.Answer{Status: status, Headers: map[string]string{"Location": "/v1/devices/" + id.String()}, Body: []byte(id.String())}, err
	}
}

func key(name, hash string) dispatch.IdempotencyKey {
	return dispatch.IdempotencyKey{Operation: "registerDevice", Key: name, Hash: []byte(hash)}
}

// never fails the test when the call is made again.
func (d *desk) never(context.Context) (dispatch.Answer, error) {
	d.t.Error("the call was made again")
	return dispatch.Answer{}, nil
}

func TestARepeatGetsTheFirstAnswerAndHappensOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first, replayed, err := d.Once(t.Context(), d.who, key("k", "h"), d.register(http.StatusCreated))
	if err != nil || replayed {
		t.Fatalf("the first call: %v, replayed %v", err, replayed)
	}
	again, replayed, err := d.Once(t.Context(), d.who, key("k", "h"), d.never)
	if err != nil || !replayed || !reflect.DeepEqual(again, first) {
		t.Fatalf("the repeat: %+v, replayed %v, %v; want %+v", again, replayed, err, first)
	}
	if n := d.phones(); n != 1 {
		t.Errorf("%d phones, want 1", n)
	}
	_, _, err = d.Once(t.Context(), d.who, key("k", "other"), d.never)
	if dispatch.CodeOf(err) != "idempotency_key_reused" || dispatch.KindOf(err) != dispatch.KindInvalid {
		t.Errorf("another call with the key: %v", err)
	}
}

func TestAKeyIsOnesOwn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	colleague, stranger := d.who, d.who
	colleague.ID, stranger.OrganizationID = uuid.New(), uuid.New()
	other := key("k", "h")
	other.Operation = "createRequest"
	for _, c := range []struct {
		who dispatch.Principal
		key dispatch.IdempotencyKey
	}{{d.who, key("k", "h")}, {colleague, key("k", "h")}, {stranger, key("k", "h")}, {d.who, other}, {d.who, key("l", "h")}} {
		if _, replayed, err := d.Once(t.Context(), c.who, c.key, d.register(http.StatusCreated)); err != nil || replayed {
			t.Errorf("%+v: replayed %v, %v", c, replayed, err)
		}
	}
	if n := d.phones(); n != 5 {
		t.Errorf("%d phones, want 5", n)
	}
}

func TestARepeatWhileTheFirstIsWorkedOnIsToldSo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, _, err := d.Once(t.Context(), d.who, key("k", "h"), func(ctx context.Context) (dispatch.Answer, error) {
		_, _, second := d.Once(t.Context(), d.who, key("k", "h"), d.never)
		if dispatch.CodeOf(second) != "idempotency_in_progress" || dispatch.KindOf(second) != dispatch.KindConflict {
			t.Errorf("the second of two at once: %v", second)
		}
		return d.register(http.StatusCreated)(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestManyAtOnceDoItOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var made atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for {
				_, replayed, err := d.Once(t.Context(), d.who, key("k", "h"), d.register(http.StatusCreated))
				if dispatch.CodeOf(err) == "idempotency_in_progress" {
					continue // as a phone does
				}
				if err != nil {
					t.Error(err)
				} else if !replayed {
					made.Add(1)
				}
				return
			}
		})
	}
	all.Wait()
	if made.Load() != 1 || d.phones() != 1 {
		t.Errorf("made %d times, %d phones, want 1", made.Load(), d.phones())
	}
}

func TestARefusalUndoesWhatWasWritten(t *testing.T) {
	t.Parallel()
	for status, kept := range map[int]bool{400: true, 403: true, 404: true, 422: true, 409: false, 412: false, 429: false} {
		d := newDesk(t)
		first, _, err := d.Once(t.Context(), d.who, key("k", "h"), d.register(status))
		if err != nil || first.Status != status {
			t.Fatalf("%d: %+v, %v", status, first, err)
		}
		if n := d.phones(); n != 0 {
			t.Errorf("%d left %d phones", status, n)
		}
		again, replayed, err := d.Once(t.Context(), d.who, key("k", "h"), d.register(http.StatusCreated))
		if err != nil || replayed != kept || (kept && !reflect.DeepEqual(again, first)) {
			t.Errorf("after %d: %+v, replayed %v, %v; want it kept: %v", status, again, replayed, err, kept)
		}
	}
}

func TestAFaultOfOursIsNeitherDoneNorKept(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	broken := errors.New("the printer is on fire")
	_, _, err := d.Once(t.Context(), d.who, key("k", "h"), func(ctx context.Context) (dispatch.Answer, error) {
		if _, err := d.register(http.StatusCreated)(ctx); err != nil {
			return dispatch.Answer{}, err
		}
		return dispatch.Answer{}, broken
	})
	if !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if d.phones() != 0 || d.kept() != 0 {
		t.Errorf("%d phones and %d answers are left", d.phones(), d.kept())
	}
	if _, replayed, err := d.Once(t.Context(), d.who, key("k", "h"), d.register(http.StatusCreated)); err != nil || replayed {
		t.Errorf("the next try: replayed %v, %v", replayed, err)
	}
}

func TestACommitThatFailsIsTold(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.asSuperuser(`CREATE TABLE checked_late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)`)
	d.asSuperuser(`GRANT INSERT ON checked_late TO tournee`)
	_, _, err := d.Once(t.Context(), d.who, key("k", "h"), func(ctx context.Context) (dispatch.Answer, error) {
		if _, err := d.tx(ctx).Exec(ctx, `INSERT INTO checked_late VALUES (1), (1)`); err != nil {
			t.Errorf("the constraint is not deferred: %v", err)
		}
		return d.register(http.StatusCreated)(ctx)
	})
	if dispatch.KindOf(err) != dispatch.KindConflict {
		t.Errorf("a constraint that fails at COMMIT: %v", err)
	}
	_, _, err = d.Once(t.Context(), d.who, key("k", "h"), func(ctx context.Context) (dispatch.Answer, error) {
		a, err := d.register(http.StatusCreated)(ctx)
		_, _ = d.tx(ctx).Exec(ctx, `SELECT pg_terminate_backend(pg_backend_pid())`) // its answer is the end of the connection
		return a, err
	})
	if err == nil {
		t.Error("a connection lost before COMMIT is taken for success")
	}
	if d.phones() != 0 || d.kept() != 0 {
		t.Errorf("%d phones and %d answers are left", d.phones(), d.kept())
	}
	if _, replayed, err := d.Once(t.Context(), d.who, key("k", "h"), d.register(http.StatusCreated)); err != nil || replayed || d.phones() != 1 {
		t.Errorf("the next try: replayed %v, %v, %d phones", replayed, err, d.phones())
	}
}

func TestAnAnswerIsForgottenAfterADay(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	age := func(by string) {
		d.asSuperuser(`UPDATE idempotency_keys SET created_at = created_at - $1::text::interval`, by)
	}
	run := func(hash string) bool {
		_, replayed, err := d.Once(t.Context(), d.who, key("k", hash), d.register(http.StatusCreated))
		if err != nil {
			t.Fatal(err)
		}
		return replayed
	}
	run("monday")
	age("23 hours 59 minutes")
	if !run("monday") {
		t.Error("forgotten within the day")
	}
	age("1 minute")
	if run("tuesday") {
		t.Error("given again after a day")
	}
	if !run("tuesday") || d.kept() != 1 {
		t.Errorf("the new answer does not stand in the old one's place: %d kept", d.kept())
	}
	age("1 day")
	long := time.Now().AddDate(-1, 0, 0)
	forget := func(ctx context.Context) error { return d.ForgetBefore(ctx, long, long, time.Now().Add(-24*time.Hour)) }
	if err := d.Tx(t.Context(), d.who.OrganizationID, forget); err != nil {
		t.Fatal(err)
	}
	if d.kept() != 0 {
		t.Error("an expired answer is still kept")
	}
}

func TestACallThatJoinsIsUndoneWithAllTheRest(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	insert := func(ctx context.Context, id uuid.UUID) error {
		return d.Join(ctx, d.who.OrganizationID, func(ctx context.Context) error {
			_, err := d.tx(ctx).Exec(ctx, `INSERT INTO devices (organization_id, id, account_id, platform, token) VALUES ($1, $2, $2, 'android', $3)`, org(ctx), id, id.String())
			return err
		})
	}
	phone := uuid.New()
	twice := func(swallow bool) func(context.Context) (dispatch.Answer, error) {
		return func(ctx context.Context) (dispatch.Answer, error) {
			err := insert(ctx, phone)
			if err == nil {
				err = insert(ctx, phone)
			}
			if dispatch.KindOf(err) != dispatch.KindConflict {
				t.Errorf("the same phone twice: got %v", err)
			}
			if swallow {
				err = nil
			}
			return dispatch.Answer{Status: http.StatusCreated}, err
		}
	}
	for name, swallow := range map[string]bool{"whoever joins gives the error on": false, "somebody forgets to": true} {
		if _, _, err := d.Once(t.Context(), d.who, key(name, "hash"), twice(swallow)); err == nil {
			t.Errorf("%s: the call was answered", name)
		}
	}
	if d.phones() != 0 || d.kept() != 0 {
		t.Errorf("%d phones and %d answers are left", d.phones(), d.kept())
	}
	if err := insert(t.Context(), phone); err != nil || d.phones() != 1 {
		t.Errorf("alone it is a transaction of its own: %v, %d phones", err, d.phones())
	}
}
