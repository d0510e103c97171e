package dispatch_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

// events lists what happened in the World so far, in order. Transactions of other tests, in other databases of the server, hold events back for
// a moment: it reads until there are as many as were written.
func events(t *testing.T, w *dispatchtest.World) []dispatch.Event {
	t.Helper()
	want := count(t, w, `SELECT count(*) FROM events`)
	var all []dispatch.Event
	eventually(t, func() bool {
		all = settled(t, w)
		return len(all) == want
	})
	return all
}

// eventually asks again until the answer is yes.
func eventually(t *testing.T, ask func() bool) {
	t.Helper()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	deadline := time.After(30 * time.Second)
	for !ask() {
		select {
		case <-again.C:
		case <-deadline:
			t.Fatal("it did not come about in half a minute")
		}
	}
}

// count looks behind the service for one number of the World's organization.
func count(t *testing.T, w *dispatchtest.World, query string, args ...any) (n int) {
	t.Helper()
	tx, err := w.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), `SELECT set_config('app.organization_id', $1, true)`, w.Organization.ID.String()); err != nil {
		t.Fatal(err)
	}
	if err := tx.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// settled lists the events that a reader is given now, page by page.
func settled(t *testing.T, w *dispatchtest.World) (all []dispatch.Event) {
	t.Helper()
	var cursor dispatch.EventCursor
	for {
		page, err := w.Service.Events(t.Context(), w.Organization.ID, dispatch.EventFilter{}, cursor, 7)
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, page...); len(page) < 7 {
			return all
		}
		cursor = page[6].Cursor
	}
}

// shown lists the kinds of what the principal may see.
func shown(t *testing.T, w *dispatchtest.World, p dispatch.Principal, kinds ...string) []string {
	t.Helper()
	filter := dispatch.EventFilterFor(p, kinds)
	var out []string
	for _, e := range events(t, w) {
		if filter.Shows(e) {
			out = append(out, e.Kind)
		}
	}
	return out
}

func TestATechnicianHearsOfAVisitOnlyFromItsPublicationOn(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	networkLevel2 := func(in *dispatch.NewRequest) {
		in.RequiredSkills = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 2}}
	}
	kept, taken, cancelled := w.Request(t, networkLevel2), w.Request(t, networkLevel2), w.Request(t, networkLevel2)
	w.WorkJobs(t)
	v := w.VisitOf(t, taken)
	if v.Assignment == nil || v.Assignment.TechnicianID != w.Karim.ID {
		t.Fatalf("the visit is with %+v, want Karim, the only one who can", v.Assignment)
	}
	if _, err := w.Service.UnassignVisit(t.Context(), w.Dispatcher, v.ID, v.Version); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Service.CancelRequest(t.Context(), w.Dispatcher, cancelled.ID, "doublon"); err != nil {
		t.Fatal(err)
	}
	if heard := shown(t, w, w.AsKarim); len(heard) != 0 {
		t.Errorf("before anything is published Karim hears %v", heard)
	}
	publish(t, w)
	if heard := shown(t, w, w.AsKarim); !slices.Equal(heard, []string{"visit.published"}) {
		t.Errorf("after the publication Karim hears %v", heard)
	}
	v = w.VisitOf(t, kept)
	if _, err := w.Service.UnassignVisit(t.Context(), w.Dispatcher, v.ID, v.Version); err != nil {
		t.Fatal(err)
	}
	if heard := shown(t, w, w.AsKarim); !slices.Equal(heard, []string{"visit.published", "visit.unassigned"}) {
		t.Errorf("after it was taken back Karim hears %v", heard)
	}
	w.Request(t, networkLevel2)
	w.WorkJobs(t)
	if heard := shown(t, w, w.AsKarim); !slices.Equal(heard, []string{"visit.published", "visit.unassigned", "visit.planned"}) {
		t.Errorf("a visit that enters the published route is told at once; Karim hears %v", heard)
	}
}

func TestEveryoneHearsOfTheirOwnOnly(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Request(t, nil)
	insured, err := w.Service.CreateRequest(t.Context(), w.PartnerKey, dispatch.NewRequest{
		ClientID: w.Insured.ID, SiteID: w.InsuredSite.ID, Category: "network", Description: "Panne",
		Work: dispatch.Work{Mode: dispatch.OnSite, Windows: []dispatch.Span{{Start: w.At(0, 8, 0), End: w.At(0, 16, 0)}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	both := shown(t, w, w.Dispatcher)
	if len(both) < 6 {
		t.Fatalf("the dispatcher hears only %v", both)
	}
	heard := 0
	for who, p := range map[string]dispatch.Principal{"the household": w.AsHousehold, "the partner": w.PartnerKey, "the company": w.AsCompany, "Léa": w.AsLea} {
		filter := dispatch.EventFilterFor(p, nil)
		for _, e := range events(t, w) {
			if !filter.Shows(e) {
				continue
			}
			heard++
			mine := e.ClientID == p.ClientID && p.ClientID != uuid.Nil || e.RequestID == insured.ID && p.Role == dispatch.RolePartner
			if !mine {
				t.Errorf("%s hears %s of client %s", who, e.Kind, e.ClientID)
			}
		}
	}
	if heard == 0 {
		t.Error("nobody hears anything")
	}
	if only := shown(t, w, w.AsHousehold, "request.created"); !slices.Equal(only, []string{"request.created"}) {
		t.Errorf("asking for one kind gives %v", only)
	}
}

// Writers that begin in one order and commit in another, some of which give up, must not make a reader skip or repeat an event.
func TestAReaderMissesNothingAndHearsNothingTwiceWhileManyWrite(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	const writers, each = 6, 40
	start, err := w.Service.LastEvent(t.Context(), w.Organization.ID)
	if err != nil {
		t.Fatal(err)
	}
	undone := errors.New("changed my mind")
	written := make([][]uuid.UUID, writers)
	done := make(chan struct{})
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for n := range each {
				id := dispatchtest.NewID()
				err := w.DB.Tx(t.Context(), w.Organization.ID, func(ctx context.Context) error {
					e := dispatch.Event{Kind: "request.updated", RequestID: id, ActorRole: dispatch.RoleDispatcher, ActorID: w.Dispatcher.ID}
					if err := w.DB.AppendEvents(ctx, e, e); err != nil {
						return err
					}
					if n%5 == i%5 {
						return undone
					}
					// Another transaction, begun later, commits earlier.
					other := dispatchtest.NewID()
					err := w.DB.Tx(t.Context(), w.Organization.ID, func(ctx context.Context) error {
						e.RequestID = other
						return w.DB.AppendEvents(ctx, e)
					})
					if err == nil {
						written[i] = append(written[i], other)
					}
					return err
				})
				switch {
				case err == nil:
					written[i] = append(written[i], id, id)
				case !errors.Is(err, undone):
					t.Error(err)
				}
			}
		})
	}
	go func() { all.Wait(); close(done) }()
	var read []uuid.UUID
	last := start
	for finished := false; ; {
		over := finished && allShown(t, w)
		page, err := w.Service.Events(t.Context(), w.Organization.ID, dispatch.EventFilter{}, last, 13)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			if !after(e.Cursor, last) {
				t.Fatalf("event %v comes after %v", e.Cursor, last)
			}
			last = e.Cursor
			read = append(read, e.RequestID)
		}
		if len(page) > 0 {
			continue
		}
		if over {
			break
		}
		select {
		case <-done:
			finished = true
		default:
		}
	}
	want := slices.Concat(written...)
	byID := func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }
	slices.SortFunc(want, byID)
	slices.SortFunc(read, byID)
	if len(want) < writers*each || !slices.Equal(read, want) {
		t.Errorf("%d events were written and %d read, not the same", len(want), len(read))
	}
}

// allShown reports whether no transaction on the server is older than the newest event, so that all of them are shown.
func allShown(t *testing.T, w *dispatchtest.World) bool {
	t.Helper()
	return count(t, w, `SELECT count(*) FROM events WHERE transaction >= pg_snapshot_xmin(pg_current_snapshot())`) == 0
}

func after(a, b dispatch.EventCursor) bool {
	if a.Era != b.Era {
		return a.Era > b.Era
	}
	if a.Transaction != b.Transaction {
		return a.Transaction > b.Transaction
	}
	return a.ID > b.ID
}

// An event is held back while an older transaction is still running: it could still write one that belongs before.
func TestAnEventWaitsForTheOlderTransactionsThatStillRun(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	e := dispatch.Event{Kind: "request.updated", ActorRole: dispatch.RoleDispatcher, ActorID: w.Dispatcher.ID}
	slow, quick := dispatchtest.NewID(), dispatchtest.NewID()
	ids := func(events []dispatch.Event) (ids []uuid.UUID) {
		for _, e := range events {
			ids = append(ids, e.RequestID)
		}
		return ids
	}
	w.Tx(t, func(ctx context.Context) error {
		e.RequestID = slow
		if err := w.DB.AppendEvents(ctx, e); err != nil {
			return err
		}
		w.Tx(t, func(ctx context.Context) error { // t's own context: a transaction apart
			e.RequestID = quick
			return w.DB.AppendEvents(ctx, e)
		})
		if heard := ids(settled(t, w)); len(heard) != 0 {
			t.Errorf("while the older transaction runs %v is heard", heard)
		}
		return nil
	})
	if heard := ids(events(t, w)); !slices.Equal(heard, []uuid.UUID{slow, quick}) {
		t.Errorf("afterwards %v is heard, want the older one first", heard)
	}
}
