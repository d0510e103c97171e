package dispatch_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/geo"
)

// overtaken is a store under which, each time somebody has read what planning looks at, somebody else commits before the reader does.
type overtaken struct {
	dispatch.Store
	readings atomic.Int32
	commit   func(reading int32)
}

func (o *overtaken) PlanView(ctx context.Context, q dispatch.ViewQuery) (dispatch.PlanView, error) {
	view, err := o.Store.PlanView(ctx, q)
	o.commit(o.readings.Add(1))
	return view, err
}

// slow is a service on the World's store whose planning is overtaken by commit.
func slow(t *testing.T, w *dispatchtest.World, commit func(reading int32)) (*dispatch.Service, *overtaken) {
	t.Helper()
	travel, err := geo.NewEstimator(geo.DefaultParameters(), w.Zone)
	if err != nil {
		t.Fatal(err)
	}
	store := &overtaken{Store: w.DB, commit: commit}
	return dispatch.New(dispatch.Config{
		Store: store, Sender: w.Sender, Geocoder: w.Geocoder, Travel: travel, Clock: w.Clock.Now, Log: slog.New(slog.DiscardHandler),
	}), store
}

func TestAPlaceThatWasTakenMeanwhileIsLookedForAgain(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	onlyKarim := func(in *dispatch.NewRequest) { in.RequiredSkills[0].Level = 2 }
	// Room for two visits of an hour, not for three: who comes second must see the first.
	window := []dispatch.Span{{Start: w.At(0, 9, 0), End: w.At(0, 10, 0)}}
	narrow := func(in *dispatch.NewRequest) {
		onlyKarim(in)
		in.WaitForPlan, in.Windows = true, window
	}
	mine, theirs := w.VisitOf(t, w.Request(t, narrow)), w.VisitOf(t, w.Request(t, narrow))
	nine := w.At(0, 9, 0)
	service, store := slow(t, w, func(reading int32) {
		if reading > 1 {
			return
		}
		if _, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, theirs.ID, theirs.Version, dispatch.Choice{TechnicianID: w.Karim.ID, Begin: &nine}); err != nil {
			t.Errorf("the dispatcher's choice: %v", err)
		}
	})
	if err := service.PlaceVisit(t.Context(), w.Organization.ID, mine.ID); err != nil {
		t.Fatal(err)
	}
	if n := store.readings.Load(); n != 2 {
		t.Errorf("the plan was read %d times, want again once", n)
	}
	mine, theirs = mustVisit(t, w, mine), mustVisit(t, w, theirs)
	if theirs.Assignment == nil || !theirs.Assignment.Begin.Equal(nine) {
		t.Fatalf("the dispatcher's choice became %+v", theirs.Assignment)
	}
	if mine.Assignment == nil || mine.Assignment.Arrive.Before(theirs.Assignment.Depart) {
		t.Errorf("the other visit is %s with %+v, want after the dispatcher's", mine.Status, mine.Assignment)
	}
}

func TestAPlanThatWasOvertakenKeepsWhatTheDispatcherDidMeanwhile(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	visits := make([]dispatch.Visit, 5)
	for i := range visits {
		visits[i] = w.VisitOf(t, w.Request(t, waiting(w, nil)))
	}
	begin := w.At(0, 14, 0)
	service, store := slow(t, w, func(reading int32) {
		if reading > 1 {
			return
		}
		if _, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, visits[0].ID, visits[0].Version, dispatch.Choice{TechnicianID: w.Lea.ID, Begin: &begin}); err != nil {
			t.Errorf("the dispatcher's choice: %v", err)
		}
	})
	run, err := w.Service.StartPlan(t.Context(), w.Dispatcher, monday(w), 1, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if err := service.RunPlan(t.Context(), w.Organization.ID, run.ID); err != nil {
		t.Fatal(err)
	}
	if n := store.readings.Load(); n != 2 {
		t.Errorf("the plan was read %d times, want again once", n)
	}
	if v := mustVisit(t, w, visits[0]); v.Assignment == nil || v.Assignment.TechnicianID != w.Lea.ID || !v.Assignment.Begin.Equal(begin) {
		t.Errorf("the dispatcher's choice became %+v", v.Assignment)
	}
	for _, v := range visits {
		if v = mustVisit(t, w, v); v.Status != dispatch.Planned {
			t.Errorf("visit %s is %s after the run", v.ID, v.Status)
		}
	}
}

// A change that is overtaken every time gives up, says so, and leaves the visit as it was: its job stays in the queue.
func TestWhoIsAlwaysOvertakenGivesUpWithoutAChange(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := w.VisitOf(t, w.Request(t, func(in *dispatch.NewRequest) { in.WaitForPlan, in.RequiredSkills[0].Level = true, 2 }))
	service, store := slow(t, w, func(int32) {
		w.Tx(t, func(ctx context.Context) error {
			_, err := w.DB.LockRoutes(ctx, []uuid.UUID{w.ShiftOf(w.Karim, 0).ID})
			if err != nil {
				return err
			}
			_, err = w.DB.BumpRoutes(ctx, []uuid.UUID{w.ShiftOf(w.Karim, 0).ID})
			return err
		})
	})
	before := rows(t, w)
	err := service.PlaceVisit(t.Context(), w.Organization.ID, v.ID)
	if dispatch.KindOf(err) != dispatch.KindConflict || dispatch.CodeOf(err) != "plan_moved" {
		t.Errorf("it ends with %v", err)
	}
	if n := store.readings.Load(); n < 2 || n > 10 {
		t.Errorf("it tried %d times, want a few", n)
	}
	if again := mustVisit(t, w, v); again.Version != v.Version || again.Status != dispatch.Unassigned || rows(t, w) != before {
		t.Errorf("it left the visit %s at version %d, and %d rows", again.Status, again.Version, rows(t, w)-before)
	}
}

func TestAVisitThatWasCancelledMeanwhileIsNotPlanned(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, waiting(w, nil))
	v := w.VisitOf(t, r)
	service, _ := slow(t, w, func(reading int32) {
		if reading > 1 {
			return
		}
		if _, err := w.Service.CancelRequest(t.Context(), w.AsHousehold, r.ID, "Cela remarche."); err != nil {
			t.Errorf("the client's cancellation: %v", err)
		}
	})
	if err := service.PlaceVisit(t.Context(), w.Organization.ID, v.ID); err != nil {
		t.Fatal(err)
	}
	if v = mustVisit(t, w, v); v.Status != dispatch.Cancelled || v.Assignment != nil {
		t.Errorf("the cancelled visit is %s with %+v", v.Status, v.Assignment)
	}
}

// The night of 29 March has an hour less, that of 25 October an hour more: as many hours of work fit.
func TestANightShiftIsAsLongAsTheClockMakesIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		evening time.Time
		hours   int
	}{
		"summer time begins": {time.Date(2026, time.March, 28, 22, 0, 0, 0, time.UTC), 7},
		"an ordinary night":  {time.Date(2026, time.May, 9, 22, 0, 0, 0, time.UTC), 8},
		"summer time ends":   {time.Date(2026, time.October, 24, 22, 0, 0, 0, time.UTC), 9},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := dispatchtest.New(t)
			evening := time.Date(c.evening.Year(), c.evening.Month(), c.evening.Day(), 22, 0, 0, 0, w.Zone)
			morning := time.Date(c.evening.Year(), c.evening.Month(), c.evening.Day()+1, 6, 0, 0, 0, w.Zone)
			night := dispatch.Span{Start: evening, End: morning}
			w.Clock.Set(evening.Add(-4 * time.Hour))
			w.Tx(t, func(ctx context.Context) error {
				return w.DB.InsertShift(ctx, dispatch.Shift{
					Record:       dispatch.Record{ID: dispatchtest.NewID(), Version: 1, CreatedAt: w.Clock.Now(), UpdatedAt: w.Clock.Now()},
					TechnicianID: w.Lea.ID, Span: night, StartPlace: w.Lea.Home, EndPlace: w.Lea.Home, Transport: w.Lea.Transport, RouteVersion: 1,
				})
			})
			for range 10 {
				w.Request(t, waiting(w, func(in *dispatch.NewRequest) {
					in.Mode, in.SiteID, in.Windows = dispatch.Remote, uuid.Nil, []dispatch.Span{night}
				}))
			}
			if run := runPlan(t, w, dispatch.Span{Start: evening.Add(-time.Hour), End: morning}); run.Summary.Planned != c.hours || run.Summary.Unassigned != 10-c.hours {
				t.Errorf("%d visits of an hour are planned and %d are not, want %d in that night", run.Summary.Planned, run.Summary.Unassigned, c.hours)
			}
			list, err := w.Service.Routes(t.Context(), w.Dispatcher, dispatch.RouteFilter{Span: night}, dispatch.Page{Limit: 10})
			if err != nil || len(list.Items) != 1 {
				t.Fatalf("%d routes, %v", len(list.Items), err)
			}
			free := evening
			for _, stop := range list.Items[0].Stops {
				a := stop.Visit.Assignment
				if a.Begin.Before(free) || a.Depart.Sub(a.Begin) != time.Hour || a.Depart.After(morning) {
					t.Errorf("a visit of an hour from %s to %s, the technician is free from %s to %s", a.Begin, a.Depart, free, morning)
				}
				free = a.Depart
			}
		})
	}
}
