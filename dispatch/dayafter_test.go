package dispatch_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

// A client cancels while the planner is placing the visit: whoever comes first, no cancelled visit stays in a route.
func TestACancelledVisitNeverStaysInARoute(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	for range 12 {
		r := w.Request(t, nil)
		var both sync.WaitGroup
		both.Go(func() { w.WorkJobs(t) })
		both.Go(func() {
			if _, err := w.Service.CancelRequest(context.WithoutCancel(t.Context()), w.AsHousehold, r.ID, "Non"); err != nil && dispatch.KindOf(err) != dispatch.KindConflict {
				t.Errorf("cancelling gave %v", err)
			}
		})
		both.Wait()
	}
	w.WorkJobs(t)
	var left int
	err := w.DB.Tx(t.Context(), w.Organization.ID, func(ctx context.Context) error {
		routes, err := w.DB.Routes(ctx, dispatch.RouteFilter{Span: monday(w)}, dispatch.Page{Limit: 100})
		for _, r := range routes.Items {
			for _, stop := range r.Stops {
				if stop.Visit.Status == dispatch.Cancelled {
					left++
				}
			}
		}
		return err
	})
	if err != nil || left != 0 {
		t.Errorf("%d cancelled visits are still in a route, %v", left, err)
	}
}

func TestATechnicianWhoBeginsEarlyDoesNotBlockTheDay(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, waiting(w, nil))
	v := w.VisitOf(t, r)
	begin := w.At(0, 14, 0)
	if _, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, v.ID, 0, dispatch.Choice{TechnicianID: w.Karim.ID, Begin: &begin}); err != nil {
		t.Fatal(err)
	}
	publish(t, w)
	w.Clock.Set(w.At(0, 9, 0))
	walk(t, w, w.AsKarim, mustVisit(t, w, v), dispatch.Accepted, dispatch.EnRoute, dispatch.Arrived, dispatch.Started)
	w.Clock.Set(w.At(0, 9, 30))
	next := w.VisitOf(t, w.Request(t, waiting(w, nil)))
	at := w.At(0, 14, 15)
	if _, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, next.ID, 0, dispatch.Choice{TechnicianID: w.Karim.ID, Begin: &at}); err != nil {
		t.Errorf("the hour that the early start freed is refused: %v", err)
	}
}

func TestARefusedPinnedVisitDoesNotComeBack(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, waiting(w, nil))
	v := w.VisitOf(t, r)
	v, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, v.ID, 0, dispatch.Choice{TechnicianID: w.Lea.ID})
	if err != nil {
		t.Fatal(err)
	}
	publish(t, w)
	walk(t, w, w.AsLea, mustVisit(t, w, v), dispatch.Refused)
	w.WorkJobs(t)
	if v = mustVisit(t, w, v); v.Assignment == nil || v.Assignment.TechnicianID != w.Karim.ID {
		t.Errorf("after Léa's refusal it is with %+v, want Karim", v.Assignment)
	}
}

func TestAToldVisitStaysWithItsTechnicianAfterTheShiftForALateReport(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := published(t, w)
	v = walk(t, w, w.AsKarim, v, dispatch.Accepted)
	w.Clock.Set(w.At(0, 18, 0))
	runPlan(t, w, dispatch.Span{Start: w.At(0, 0, 0), End: w.At(2, 0, 0)})
	v = mustVisit(t, w, v)
	if v.Status != dispatch.Accepted || v.Assignment == nil {
		t.Fatalf("the planner took it: %s, %+v", v.Status, v.Assignment)
	}
	walk(t, w, w.AsKarim, v, dispatch.EnRoute, dispatch.Arrived, dispatch.Started, dispatch.Completed)
}

func TestWorkThatRunsOverIntoTheNextShiftDoesNotStopThePlanner(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	_, err := w.Service.CreateShift(t.Context(), w.Dispatcher, dispatch.ShiftDraft{TechnicianID: w.Karim.ID, Span: dispatch.Span{Start: w.At(0, 17, 30), End: w.At(0, 19, 0)}})
	if err != nil {
		t.Fatal(err)
	}
	r := w.Request(t, waiting(w, func(in *dispatch.NewRequest) { in.Duration = 2 * time.Hour; in.Windows[0].End = w.At(0, 17, 0) }))
	v := w.VisitOf(t, r)
	begin := w.At(0, 14, 0)
	if _, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, v.ID, 0, dispatch.Choice{TechnicianID: w.Karim.ID, Begin: &begin}); err != nil {
		t.Fatal(err)
	}
	publish(t, w)
	w.Clock.Set(w.At(0, 16, 30))
	walk(t, w, w.AsKarim, mustVisit(t, w, v), dispatch.Accepted, dispatch.EnRoute, dispatch.Arrived, dispatch.Started)
	late := w.Request(t, waiting(w, func(in *dispatch.NewRequest) { in.Windows[0].End = w.At(1, 16, 0) }))
	runPlan(t, w, dispatch.Span{Start: w.At(0, 0, 0), End: w.At(2, 0, 0)})
	if got := w.VisitOf(t, late); got.Assignment == nil {
		t.Errorf("the other visit found no place: %v", got.UnassignedReasons)
	}
}

func TestATechnicianWhoLeavesTheFirmDoesNotStopThePlanner(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := published(t, w)
	w.Clock.Set(v.Assignment.Begin)
	walk(t, w, w.AsKarim, v, dispatch.Accepted, dispatch.EnRoute, dispatch.Arrived, dispatch.Started, dispatch.Completed)
	w.Clock.Set(w.At(0, 18, 0))
	if err := w.Service.DeleteTechnician(t.Context(), w.Administrator, w.Karim.ID, 0); err != nil {
		t.Fatal(err)
	}
	r := w.Request(t, waiting(w, func(in *dispatch.NewRequest) {
		in.Windows = []dispatch.Span{{Start: w.At(1, 9, 0), End: w.At(1, 16, 0)}}
	}))
	runPlan(t, w, dispatch.Span{Start: w.At(0, 0, 0), End: w.At(2, 0, 0)})
	if got := w.VisitOf(t, r); got.Assignment == nil {
		t.Errorf("the next day's visit found no place: %v", got.UnassignedReasons)
	}
}

func TestARequestForADayWithoutShiftsSaysSo(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, func(in *dispatch.NewRequest) {
		in.Windows = []dispatch.Span{{Start: w.At(12, 9, 0), End: w.At(12, 16, 0)}}
	})
	w.WorkJobs(t)
	v := w.VisitOf(t, r)
	if len(v.UnassignedReasons) == 0 || v.UnassignedReasons[0].Reasons[0].Code != "visit.no_shift_yet" {
		t.Errorf("the reasons are %v", v.UnassignedReasons)
	}
}

func TestACallSolvedOnTheHotlineIsCompletedWithoutARoute(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, func(in *dispatch.NewRequest) { in.Mode, in.SiteID = dispatch.Hotline, uuid.Nil })
	v := w.VisitOf(t, r)
	if _, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, v.ID, 0, dispatch.Choice{}); dispatch.CodeOf(err) != "visit.hotline" {
		t.Errorf("assigning it gave %v", err)
	}
	if _, err := w.Service.TransitionVisit(t.Context(), w.Dispatcher, v.ID, dispatch.Transition{To: dispatch.Completed, Outcome: "Résolu par téléphone."}); err != nil {
		t.Fatal(err)
	}
	if r, err := w.Service.Request(t.Context(), w.AsHousehold, r.ID); err != nil || r.Status != dispatch.RequestCompleted {
		t.Errorf("the client sees %s, %v", r.Status, err)
	}
}

func TestAClientCannotTakeTheOrganizationsExternalIDs(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	in := dispatch.NewRequest{
		External: dispatch.External{ExternalID: "ERP-1001"}, SiteID: w.HouseholdSite.ID, Category: "network", Description: "x",
		Work: dispatch.Work{Mode: dispatch.OnSite, Windows: []dispatch.Span{{Start: w.At(0, 9, 0), End: w.At(0, 12, 0)}}},
	}
	if _, err := w.Service.CreateRequest(t.Context(), w.AsHousehold, in); dispatch.KindOf(err) != dispatch.KindInvalid || err == nil {
		t.Errorf("the client's external id gave %v", err)
	}
}
