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

func monday(w *dispatchtest.World) dispatch.Span {
	return dispatch.Span{Start: w.At(0, 0, 0), End: w.At(1, 0, 0)}
}

// runPlan plans the span at once and gives the run as it ended.
func runPlan(t *testing.T, w *dispatchtest.World, span dispatch.Span) dispatch.PlanRun {
	t.Helper()
	run, err := w.Service.StartPlan(t.Context(), w.Dispatcher, span, 1, 2000)
	if err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	run, err = w.Service.Plan(t.Context(), w.Dispatcher, run.ID)
	if err != nil || run.Status != dispatch.PlanDone {
		t.Fatalf("the run is %s: %+v, %v", run.Status, run.Summary, err)
	}
	return run
}

func waiting(w *dispatchtest.World, change func(*dispatch.NewRequest)) func(*dispatch.NewRequest) {
	return func(in *dispatch.NewRequest) {
		in.WaitForPlan = true
		if change != nil {
			change(in)
		}
	}
}

func TestAPlanningRunGivesEveryVisitItsTechnicianOrTrueReasons(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	var requests []dispatch.Request
	for range 6 {
		requests = append(requests, w.Request(t, waiting(w, nil)))
	}
	hard := w.Request(t, waiting(w, func(in *dispatch.NewRequest) {
		in.RequiredSkills = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 4}}
	}))
	remote := w.Request(t, waiting(w, func(in *dispatch.NewRequest) { in.Mode, in.SiteID = dispatch.Remote, uuid.Nil }))
	run := runPlan(t, w, monday(w))
	s := run.Summary
	if s.Planned != 7 || s.Remote != 1 || s.Unassigned != 1 || s.Changed != 7 {
		t.Errorf("the summary says %+v", s)
	}
	if s.TravelSeconds <= 0 || s.ServiceSeconds != 7*3600 {
		t.Errorf("on the road %d s, at work %d s", s.TravelSeconds, s.ServiceSeconds)
	}
	for _, r := range append(requests, remote) {
		if v := w.VisitOf(t, r); v.Status != dispatch.Planned || v.Assignment == nil {
			t.Errorf("visit %s is %s", v.ID, v.Status)
		}
	}
	v := w.VisitOf(t, hard)
	if len(v.UnassignedReasons) != 3 {
		t.Fatalf("there are reasons for %d technicians, want all three", len(v.UnassignedReasons))
	}
	want := map[uuid.UUID]string{w.Karim.ID: "scheduler.skill_level_too_low", w.Lea.ID: "scheduler.skill_level_too_low", w.Moussa.ID: "scheduler.skill_missing"}
	for _, why := range v.UnassignedReasons {
		if len(why.Reasons) == 0 || why.Reasons[0].Code != want[why.TechnicianID] {
			t.Errorf("technician %s: %v, want %s", why.TechnicianID, why.Reasons, want[why.TechnicianID])
		}
	}
}

func TestPlanningAgainWithNothingNewChangesNothing(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	for range 5 {
		w.Request(t, waiting(w, nil))
	}
	runPlan(t, w, monday(w))
	before := routes(t, w)
	if run := runPlan(t, w, monday(w)); run.Summary.Changed != 0 {
		t.Errorf("the second run changed %d visits", run.Summary.Changed)
	}
	for i, r := range routes(t, w) {
		if r.Shift.RouteVersion != before[i].Shift.RouteVersion {
			t.Errorf("the second run moved the version of route %s", r.Shift.ID)
		}
	}
}

func routes(t *testing.T, w *dispatchtest.World) []dispatch.Route {
	t.Helper()
	list, err := w.Service.Routes(t.Context(), w.Dispatcher, dispatch.RouteFilter{Span: monday(w)}, dispatch.Page{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func TestWhatADispatcherPinnedStaysWhenThePlannerRunsAgain(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, waiting(w, nil))
	v := w.VisitOf(t, r)
	begin := w.At(0, 14, 0)
	v, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.Choice{TechnicianID: w.Lea.ID, Begin: &begin})
	if err != nil {
		t.Fatal(err)
	}
	if v.Assignment == nil || v.Assignment.TechnicianID != w.Lea.ID || !v.Assignment.Begin.Equal(begin) || v.Assignment.DecidedBy != dispatch.ByDispatcher {
		t.Fatalf("the dispatcher's choice became %+v", v.Assignment)
	}
	events, err := w.Service.RequestEvents(t.Context(), w.Dispatcher, r.ID, dispatch.EventCursor{}, 100)
	if err != nil || !slices.ContainsFunc(events, func(e dispatch.Event) bool {
		return e.Kind == dispatch.EventVisitPlanned && e.ActorID == w.Dispatcher.ID && e.ActorRole == dispatch.RoleDispatcher
	}) {
		t.Errorf("the trace does not say that the dispatcher chose: %+v, %v", events, err)
	}
	for range 4 {
		w.Request(t, waiting(w, nil))
	}
	runPlan(t, w, monday(w))
	if v = w.VisitOf(t, r); v.Assignment == nil || v.Assignment.TechnicianID != w.Lea.ID || !v.Assignment.Begin.Equal(begin) {
		t.Errorf("after planning it is %+v", v.Assignment)
	}
}

func TestAChoiceThatCannotBeIsRefusedWithItsReasonsAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, waiting(w, nil))
	v := w.VisitOf(t, r)
	_, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.Choice{TechnicianID: w.Moussa.ID})
	var e *dispatch.Error
	if !errors.As(err, &e) || e.Code != "visit.does_not_fit" || len(e.Faults) == 0 || e.Faults[0].Code != "scheduler.skill_missing" {
		t.Fatalf("giving network work to Moussa, who has not the skill, gave %v", err)
	}
	if again := mustVisit(t, w, v); again.Version != v.Version || again.PinnedTechnician != uuid.Nil {
		t.Error("the refused choice changed the visit")
	}
}

// Many dispatchers give many visits to one technician at one time: exactly one gets it, and nobody is ever in two places.
func TestATechnicianIsNeverGivenTwoVisitsAtOnce(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	begin := w.At(0, 10, 0)
	const rivals = 8
	visits := make([]dispatch.Visit, rivals)
	for i := range visits {
		visits[i] = w.VisitOf(t, w.Request(t, waiting(w, nil)))
	}
	faults := make([]error, rivals)
	var all sync.WaitGroup
	for i, v := range visits {
		all.Go(func() {
			_, faults[i] = w.Service.AssignVisit(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.Choice{TechnicianID: w.Karim.ID, Begin: &begin})
		})
	}
	all.Wait()
	won := 0
	for _, err := range faults {
		switch {
		case err == nil:
			won++
		case dispatch.KindOf(err) != dispatch.KindConflict:
			t.Errorf("a loser got %v, want a conflict", err)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d got the hour", won, rivals)
	}
}

// Even a program that is wrong cannot book a person twice: the database refuses.
func TestTheDatabaseRefusesADoubleBooking(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	a, b := w.VisitOf(t, w.Request(t, waiting(w, nil))), w.VisitOf(t, w.Request(t, waiting(w, nil)))
	shift := w.ShiftOf(w.Karim, 0)
	at := func(v dispatch.Visit, from time.Time) dispatch.Assignment {
		return dispatch.Assignment{
			VisitID: v.ID, ShiftID: shift.ID, TechnicianID: w.Karim.ID, Arrive: from, Begin: from, Depart: from.Add(time.Hour), DecidedBy: dispatch.ByPlanner,
		}
	}
	err := w.DB.Tx(t.Context(), w.Organization.ID, func(ctx context.Context) error {
		return w.DB.SaveAssignments(ctx, nil, []dispatch.Assignment{at(a, w.At(0, 9, 0)), at(b, w.At(0, 9, 30))})
	})
	if dispatch.CodeOf(err) != "double_booking" {
		t.Errorf("overlapping assignments gave %v", err)
	}
}

func TestAStaleVersionIsRefused(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := w.VisitOf(t, w.Request(t, waiting(w, nil)))
	priority := 1
	if _, err := w.Service.PatchVisit(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.VisitPatch{Priority: &priority}); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"patch":    second(w.Service.PatchVisit(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.VisitPatch{Priority: &priority})),
		"assign":   second(w.Service.AssignVisit(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.Choice{})),
		"unassign": second(w.Service.UnassignVisit(t.Context(), w.Dispatcher, v.ID, v.Version)),
		"cancel":   second(w.Service.TransitionVisit(t.Context(), w.Dispatcher, v.ID, dispatch.Transition{To: dispatch.Cancelled, Reason: "x", Version: v.Version})),
	} {
		if dispatch.KindOf(err) != dispatch.KindStale || err == nil {
			t.Errorf("%s with the old version gave %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestAPublishedVisitKeepsItsTechnicianWhenThePlannerRunsAgain(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := published(t, w)
	for range 5 {
		w.Request(t, waiting(w, nil))
	}
	runPlan(t, w, monday(w))
	if again := mustVisit(t, w, v); again.Assignment == nil || again.Assignment.TechnicianID != v.Assignment.TechnicianID || again.Status != dispatch.Published {
		t.Errorf("the published visit is now %s with %+v", again.Status, again.Assignment)
	}
}

func TestThePlannerLeavesWorkThatBeganWhereItIs(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := published(t, w)
	w.Clock.Set(v.Assignment.Begin)
	v = walk(t, w, w.AsKarim, v, dispatch.Accepted, dispatch.EnRoute, dispatch.Arrived, dispatch.Started)
	w.Clock.Advance(20 * time.Minute)
	for range 3 {
		w.Request(t, waiting(w, func(in *dispatch.NewRequest) { in.RequiredSkills[0].Level = 2 }))
	}
	runPlan(t, w, monday(w))
	again := mustVisit(t, w, v)
	if !again.Assignment.Begin.Equal(v.Assignment.Begin) || again.Status != dispatch.Started {
		t.Errorf("work that began was moved: %+v", again.Assignment)
	}
	for _, r := range routes(t, w) {
		for _, stop := range r.Stops {
			if stop.Visit.ID != v.ID && stop.Visit.Assignment.TechnicianID == w.Karim.ID && stop.Visit.Assignment.Begin.Before(w.Clock.Now()) {
				t.Errorf("a new visit is to begin at %s, before now", stop.Visit.Assignment.Begin)
			}
		}
	}
}

func TestTheExplanationAgreesWithWhatAssigningDoes(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := w.VisitOf(t, w.Request(t, waiting(w, nil)))
	c, err := w.Service.Candidates(t.Context(), w.Dispatcher, v.ID, dispatch.CandidateQuery{})
	if err != nil || len(c.Items) != 3 {
		t.Fatalf("explained for %d technicians: %v", len(c.Items), err)
	}
	for _, line := range c.Items {
		again := mustVisit(t, w, v)
		_, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, v.ID, again.Version, dispatch.Choice{TechnicianID: line.TechnicianID})
		if line.Feasible != (err == nil) {
			t.Errorf("technician %s: feasible %v %v, and assigning gave %v", line.TechnicianID, line.Feasible, line.Reasons, err)
		}
	}
}

func TestAChangedWindowMovesTheVisit(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, nil)
	w.WorkJobs(t)
	v := w.VisitOf(t, r)
	windows := []dispatch.Span{{Start: w.At(1, 9, 0), End: w.At(1, 11, 0)}}
	if _, err := w.Service.PatchRequest(t.Context(), w.AsHousehold, r.ID, 0, dispatch.RequestPatch{Windows: &windows}); err != nil {
		t.Fatal(err)
	}
	if v = mustVisit(t, w, v); v.Status != dispatch.Unassigned {
		t.Errorf("until it is placed again the visit is %s", v.Status)
	}
	w.WorkJobs(t)
	if v = mustVisit(t, w, v); v.Assignment == nil || !windows[0].Contains(v.Assignment.Begin) {
		t.Errorf("the visit went to %+v, outside the new window", v.Assignment)
	}
}

func TestAVisitWhoseWindowsAreOverSaysSo(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, waiting(w, nil))
	w.Clock.Set(w.At(0, 20, 0))
	run := runPlan(t, w, dispatch.Span{Start: w.At(0, 0, 0), End: w.At(2, 0, 0)})
	v := w.VisitOf(t, r)
	if run.Summary.Unassigned != 1 || len(v.UnassignedReasons) == 0 || v.UnassignedReasons[0].Reasons[0].Code != "visit.windows_past" {
		t.Errorf("unassigned %d, reasons %v", run.Summary.Unassigned, v.UnassignedReasons)
	}
}

// An acceptance is one technician's word: it does not bind the next.
func TestAVisitGivenToSomebodyElseIsNoLongerAccepted(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, nil)
	w.WorkJobs(t)
	publish(t, w)
	v := w.VisitOf(t, r)
	as, other := w.AsKarim, w.Lea
	if v.Assignment.TechnicianID == w.Lea.ID {
		as, other = w.AsLea, w.Karim
	}
	v = walk(t, w, as, v, dispatch.Accepted)
	v, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.Choice{TechnicianID: other.ID})
	if err != nil {
		t.Fatal(err)
	}
	if v.Assignment.TechnicianID != other.ID || v.Status != dispatch.Published {
		t.Errorf("it is %s with %s, want published with the other technician, whose day is published", v.Status, v.Assignment.TechnicianID)
	}
}
