package dispatch_test

import (
	"testing"
	"time"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/geo"
)

// openAlerts lists the open alerts.
func openAlerts(t *testing.T, w *dispatchtest.World) map[dispatch.AlertKind]dispatch.Alert {
	t.Helper()
	no := false
	list, err := w.Service.Alerts(t.Context(), w.Dispatcher, dispatch.AlertFilter{Resolved: &no}, dispatch.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	out := map[dispatch.AlertKind]dispatch.Alert{}
	for _, a := range list.Items {
		if _, twice := out[a.Kind]; twice {
			t.Errorf("two alerts of %s", a.Kind)
		}
		out[a.Kind] = a
	}
	return out
}

func TestADispatcherIsToldThatAVisitWillBeLateAndGivesItToWhoCanBeThereInTime(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	first, second := morning(t, w)
	promised(t, w, second, dispatch.Span{Start: w.At(0, 10, 30), End: w.At(0, 11, 0)})
	w.Clock.Set(w.At(0, 9, 50))
	step(t, w, first, dispatch.Accepted, dispatch.EnRoute, dispatch.Arrived, dispatch.Started)
	watch(t, w)
	a, told := openAlerts(t, w)[dispatch.WillBeLate]
	v := w.VisitOf(t, second)
	if !told || a.VisitID != v.ID || a.TechnicianID != w.Karim.ID || a.Params["minutes"].(float64) <= 0 {
		t.Fatalf("what is told: %+v", openAlerts(t, w))
	}
	if a.Remedy == nil || a.Remedy.Kind != dispatch.Reassign || a.Remedy.TechnicianID != w.Lea.ID || a.Remedy.Cost <= 0 { // who alone has the skill too
		t.Fatalf("what would help: %+v", a.Remedy)
	}
	for range 3 { // it is told once
		watch(t, w)
	}
	_, err := w.Service.AcceptAlert(t.Context(), w.AsKarim, a.ID, a.Version)
	wantCode(t, err, "forbidden")
	_, err = w.Service.AcceptAlert(t.Context(), w.Dispatcher, a.ID, a.Version+1)
	wantCode(t, err, "stale_version")
	if a, err = w.Service.AcceptAlert(t.Context(), w.Dispatcher, a.ID, a.Version); err != nil || a.AcceptedAt == nil || a.AcknowledgedBy != w.Dispatcher.ID {
		t.Fatalf("accepted, it is %+v (%v)", a, err)
	}
	w.WorkJobs(t)
	if v = w.VisitOf(t, second); v.Assignment == nil || v.Assignment.TechnicianID != w.Lea.ID || v.Assignment.Begin.After(w.At(0, 11, 0)) {
		t.Errorf("the visit is with %+v", v.Assignment)
	}
	if still, late := openAlerts(t, w)[dispatch.WillBeLate]; late {
		t.Errorf("still open: %+v", still)
	}
	_, err = w.Service.AcceptAlert(t.Context(), w.Dispatcher, a.ID, 0)
	wantCode(t, err, "alert.over")
}

func TestWhatIsNoLongerTheMatterIsResolvedByItself(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	first, _ := morning(t, w)
	w.Clock.Set(w.At(0, 8, 10))
	watch(t, w)
	a, told := openAlerts(t, w)[dispatch.NotAcknowledged]
	if !told || a.Remedy == nil || a.Remedy.Kind != dispatch.Remind {
		t.Fatalf("at ten past eight nobody worries that Karim has not said yes: %+v", openAlerts(t, w))
	}
	if _, err := w.Service.AcceptAlert(t.Context(), w.Dispatcher, a.ID, a.Version); err != nil {
		t.Fatal(err)
	}
	if n := count(t, w, `SELECT count(*) FROM notices WHERE technician_id = $1 AND data ->> 'kind' = 'notice.remind'`, w.Karim.ID); n != 1 {
		t.Errorf("Karim gets %d notices", n)
	}
	step(t, w, first, dispatch.Accepted)
	watch(t, w)
	if left := openAlerts(t, w); len(left) != 0 {
		t.Errorf("accepted, and still open: %+v", left)
	}
	kinds := map[string]int{}
	for _, e := range events(t, w) {
		kinds[e.Kind]++
	}
	if kinds[dispatch.EventAlertOpened] != 1 || kinds[dispatch.EventAlertResolved] != 1 || kinds[dispatch.EventAlertAccepted] != 1 {
		t.Errorf("events: %v", kinds)
	}
}

func TestNobodyIsForgottenOnTheirRound(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	first, _ := morning(t, w)
	w.Clock.Set(w.At(0, 9, 0))
	step(t, w, first, dispatch.Accepted, dispatch.EnRoute, dispatch.Arrived, dispatch.Started)
	report(t, w, dispatch.Fix{At: w.At(0, 9, 0), Position: w.HouseholdSite.Position})
	w.Clock.Set(w.At(0, 9, 40))
	watch(t, w)
	if _, told := openAlerts(t, w)[dispatch.TechnicianOffline]; !told {
		t.Errorf("forty minutes of silence: %+v", openAlerts(t, w))
	}
	report(t, w, dispatch.Fix{At: w.At(0, 9, 40), Position: geo.Position{Lat: 48.95, Lon: 2.35}})
	w.WorkJobs(t)
	if a, told := openAlerts(t, w)[dispatch.Deviation]; !told || a.Params["metres"].(float64) < 9000 {
		t.Errorf("ten kilometres from the site: %+v", openAlerts(t, w))
	}
	w.Clock.Set(w.At(0, 10, 30))
	watch(t, w)
	if _, told := openAlerts(t, w)[dispatch.NoProgress]; !told {
		t.Errorf("half an hour over, and no word: %+v", openAlerts(t, w))
	}
	w.Clock.Set(w.At(0, 16, 30))
	watch(t, w)
	if _, told := openAlerts(t, w)[dispatch.OutOfHours]; !told {
		t.Errorf("half past four, and a visit is left: %+v", openAlerts(t, w))
	}
}

func TestWhatIsOwedToClientsIsWatched(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	due := w.At(0, 11, 0)
	r := w.Request(t, func(r *dispatch.NewRequest) { r.Rules.Due = &due })
	w.WorkJobs(t)
	v := w.VisitOf(t, r)
	if v.Assignment == nil {
		t.Fatal("it has no place")
	}
	w.Clock.Set(w.At(0, 10, 30))
	watch(t, w)
	if a, told := openAlerts(t, w)[dispatch.SLAAtRisk]; !told || a.VisitID != v.ID {
		t.Errorf("half an hour before it is due, and not begun: %+v", openAlerts(t, w))
	}
	w.Clock.Set(w.At(0, 11, 30))
	watch(t, w)
	left := openAlerts(t, w)
	if _, told := left[dispatch.SLABroken]; !told {
		t.Errorf("half an hour after: %+v", left)
	}
	if _, told := left[dispatch.SLAAtRisk]; told {
		t.Error("what is broken is still at risk")
	}
	// One that was promised, and that nobody has.
	promise := &dispatch.Span{Start: w.At(0, 14, 0), End: w.At(0, 15, 0)}
	other := w.Request(t, func(r *dispatch.NewRequest) {
		r.RequiredSkills = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 4}}
	})
	w.WorkJobs(t)
	o := w.VisitOf(t, other)
	if _, err := w.Service.PatchVisit(t.Context(), w.Dispatcher, o.ID, o.Version, dispatch.VisitPatch{Promise: &promise}); err != nil {
		t.Fatal(err)
	}
	watch(t, w)
	a, told := openAlerts(t, w)[dispatch.UnplannedPromise]
	if !told || a.VisitID != o.ID {
		t.Fatalf("nobody is told: %+v", openAlerts(t, w))
	}
	_, err := w.Service.AcceptAlert(t.Context(), w.Dispatcher, a.ID, a.Version)
	wantCode(t, err, "alert.no_remedy")
	if a, err = w.Service.AcknowledgeAlert(t.Context(), w.Dispatcher, a.ID, a.Version); err != nil || a.AcknowledgedAt == nil {
		t.Errorf("acknowledged, it is %+v (%v)", a, err)
	}
	w.Clock.Advance(time.Minute)
	watch(t, w)
	if again := openAlerts(t, w)[dispatch.UnplannedPromise]; again.ID != a.ID || again.AcknowledgedAt == nil {
		t.Errorf("it is told again: %+v", again)
	}
}
