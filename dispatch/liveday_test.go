package dispatch_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

// step takes a step of a visit's life as Karim, at the World's time, and lets the day be thought out again.
func step(t *testing.T, w *dispatchtest.World, r dispatch.Request, to ...dispatch.VisitStatus) dispatch.Visit {
	t.Helper()
	for _, status := range to {
		tr := dispatch.Transition{To: status}
		if status == dispatch.Failed {
			tr.Reason = "Personne sur place."
		}
		if _, err := w.Service.TransitionVisit(t.Context(), w.AsKarim, w.VisitOf(t, r).ID, tr); err != nil {
			t.Fatal(err)
		}
	}
	w.WorkJobs(t)
	return w.VisitOf(t, r)
}

// watch lets the day be looked at, as happens every few minutes.
func watch(t *testing.T, w *dispatchtest.World) {
	t.Helper()
	if err := w.Service.WatchDay(t.Context(), w.Organization.ID); err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
}

// morning gives Karim two visits on Monday that he knows of: at Mme Moreau's from 9 on, then in Montreuil from 10:30 on.
func morning(t *testing.T, w *dispatchtest.World) (first, second dispatch.Request) {
	t.Helper()
	first = w.Request(t, func(r *dispatch.NewRequest) { r.Windows[0] = dispatch.Span{Start: w.At(0, 9, 0), End: w.At(0, 9, 30)} })
	second = w.Request(t, func(r *dispatch.NewRequest) {
		r.ClientID, r.SiteID = w.Company.ID, w.CompanySites[1].ID
		r.Windows[0] = dispatch.Span{Start: w.At(0, 10, 30), End: w.At(0, 11, 0)}
	})
	w.WorkJobs(t)
	for _, r := range []dispatch.Request{first, second} {
		v := w.VisitOf(t, r)
		if _, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.Choice{TechnicianID: w.Karim.ID}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Service.PublishRoutes(t.Context(), w.Dispatcher, dispatch.Span{Start: w.At(0, 0, 0), End: w.At(1, 0, 0)}, nil); err != nil {
		t.Fatal(err)
	}
	return first, second
}

func promised(t *testing.T, w *dispatchtest.World, r dispatch.Request, span dispatch.Span) {
	t.Helper()
	v, promise := w.VisitOf(t, r), &span
	if _, err := w.Service.PatchVisit(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.VisitPatch{Promise: &promise}); err != nil {
		t.Fatal(err)
	}
}

func TestWhoeverStartsLateIsExpectedLateAtTheNextVisit(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	first, second := morning(t, w)
	w.Clock.Set(w.At(0, 8, 30))
	watch(t, w)
	planned := w.VisitOf(t, second)
	if planned.ETA == nil || !planned.Assignment.Begin.Equal(w.At(0, 10, 30)) {
		t.Fatalf("the second visit is expected at %v: %+v", planned.Assignment.Begin, planned.ETA)
	}
	w.Clock.Set(w.At(0, 10, 0))
	step(t, w, first, dispatch.EnRoute, dispatch.Arrived, dispatch.Started)
	late := w.VisitOf(t, second)
	if !late.Assignment.Begin.After(w.At(0, 11, 0)) {
		t.Errorf("an hour behind, the second visit is expected at %v", late.Assignment.Begin)
	}
	if !late.ETA.PlannedBegin.Equal(w.At(0, 10, 30)) || late.ETA.Earliest.After(late.Assignment.Begin) || late.ETA.Latest.Before(late.Assignment.Begin) {
		t.Errorf("what is told of it: %+v", late.ETA)
	}
	told := 0
	for _, e := range events(t, w) {
		if e.Kind == dispatch.EventVisitETA && e.VisitID == late.ID {
			told++
		}
	}
	if told != 1 {
		t.Errorf("%d events say so", told)
	}
}

func TestADelayBelowTheThresholdChangesNothing(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	first, second := morning(t, w)
	w.Clock.Set(w.At(0, 9, 0))
	step(t, w, first, dispatch.EnRoute, dispatch.Arrived, dispatch.Started)
	before := w.VisitOf(t, first)
	w.Clock.Set(w.At(0, 10, 3)) // three minutes over
	watch(t, w)
	if after := w.VisitOf(t, first); after.Version != before.Version || !after.Assignment.Depart.Equal(before.Assignment.Depart) {
		t.Errorf("three minutes made %v of %v", after.Assignment.Depart, before.Assignment.Depart)
	}
	w.Clock.Set(w.At(0, 10, 20))
	watch(t, w)
	if after := w.VisitOf(t, first); !after.Assignment.Depart.Equal(w.At(0, 10, 20)) {
		t.Errorf("twenty minutes over, it is expected to end at %v", after.Assignment.Depart)
	}
	if v := w.VisitOf(t, second); v.Assignment.Begin.Before(w.At(0, 10, 20)) {
		t.Errorf("and the next to begin at %v", v.Assignment.Begin)
	}
}

func TestWhoeverSaysThatWorkTakesLongerIsBelieved(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	first, second := morning(t, w)
	w.Clock.Set(w.At(0, 9, 0))
	step(t, w, first, dispatch.EnRoute, dispatch.Arrived, dispatch.Started)
	end := w.At(0, 12, 0)
	if _, err := w.Service.TransitionVisit(t.Context(), w.AsKarim, w.VisitOf(t, first).ID, dispatch.Transition{To: dispatch.Started, ExpectedEnd: &end}); err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	if v := w.VisitOf(t, first); !v.Assignment.Depart.Equal(end) {
		t.Errorf("it is expected to end at %v", v.Assignment.Depart)
	}
	if v := w.VisitOf(t, second); !v.Assignment.Begin.After(end) {
		t.Errorf("the next is expected at %v", v.Assignment.Begin)
	}
	past := w.At(0, 8, 0)
	_, err := w.Service.TransitionVisit(t.Context(), w.AsKarim, w.VisitOf(t, first).ID, dispatch.Transition{To: dispatch.Started, ExpectedEnd: &past})
	wantFaults(t, err, "/expected_end visit.expected_end_when")
}

func TestWhoeverIsHeldUpOnTheWayIsExpectedByWhereTheyAre(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	first, _ := morning(t, w)
	w.Clock.Set(w.At(0, 8, 30))
	step(t, w, first, dispatch.EnRoute)
	w.Clock.Set(w.At(0, 9, 10))
	// Still at Karim's home in Montreuil, far from the rue de Charonne.
	if kept := report(t, w, dispatch.Fix{At: w.At(0, 9, 10), Position: w.Karim.Home}); kept != 1 {
		t.Fatal("the position was not kept")
	}
	w.WorkJobs(t)
	if v := w.VisitOf(t, first); !v.Assignment.Begin.After(w.At(0, 9, 15)) {
		t.Errorf("at ten past nine, still at home, Karim is expected at %v", v.Assignment.Begin)
	}
}

func TestAPromiseThatCannotBeKeptStaysAsToldUntilTheClientConsents(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	first, second := morning(t, w)
	window := dispatch.Span{Start: w.At(0, 10, 30), End: w.At(0, 11, 0)}
	promised(t, w, second, window)
	w.Clock.Set(w.At(0, 10, 20))
	step(t, w, first, dispatch.EnRoute, dispatch.Arrived, dispatch.Started)
	for range 3 {
		look(t, w)
	}
	v := w.VisitOf(t, second)
	if v.Assignment == nil || v.Assignment.TechnicianID != w.Karim.ID || v.Promise == nil || !v.Promise.Start.Equal(window.Start) || !v.Promise.End.Equal(window.End) {
		t.Fatalf("it is %s, promised %v, by %+v", v.Status, v.Promise, v.Assignment)
	}
	if !v.Assignment.Begin.After(window.End) {
		t.Fatalf("it is expected at %v: nothing would be proved", v.Assignment.Begin)
	}
	other := &dispatch.Span{Start: w.At(0, 11, 0), End: w.At(0, 13, 0)}
	_, err := w.Service.PatchVisit(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.VisitPatch{Promise: &other})
	wantCode(t, err, "visit.promise_needs_consent")
	_, err = w.Service.Consent(t.Context(), w.AsHousehold, v.ID, 0, dispatch.Consent{Window: *other, How: dispatch.ByApp})
	wantCode(t, err, "not_found")
	_, err = w.Service.Consent(t.Context(), w.AsCompany, v.ID, 0, dispatch.Consent{Window: dispatch.Span{Start: w.At(0, 15, 0), End: w.At(0, 16, 0)}, How: dispatch.ByApp})
	wantFaults(t, err, "/start consent.not_expected")
	v, err = w.Service.Consent(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.Consent{Window: *other, How: dispatch.ByPhone, By: "M. Lebrun"})
	if err != nil || v.Promise == nil || !v.Promise.Start.Equal(other.Start) || v.Assignment == nil {
		t.Fatalf("after the yes it is promised %v (%v)", v.Promise, err)
	}
	list, err := w.Service.Consents(t.Context(), w.AsCompany, v.ID)
	if err != nil || len(list) != 1 || list[0].By != "M. Lebrun" || list[0].Told == nil || !list[0].Told.End.Equal(window.End) {
		t.Errorf("what is kept of it: %+v (%v)", list, err)
	}
}

func TestHowFarOffBeginsWereIsLearntAndToldHonestly(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	first, _ := morning(t, w)
	w.Clock.Set(w.At(0, 8, 30))
	watch(t, w)
	before := w.VisitOf(t, first).ETA
	var errors []dispatch.ErrorSeen
	for range 200 { // two hundred mornings on which everybody came forty minutes late
		errors = append(errors, dispatch.ErrorSeen{ErrorKey: dispatch.ErrorKey{Mode: dispatch.OnSite, Hour: 9}, Error: 40 * time.Minute})
	}
	w.Tx(t, func(ctx context.Context) error { return w.DB.CountErrors(ctx, errors) })
	watch(t, w)
	after := w.VisitOf(t, first).ETA
	if late := after.Latest.Sub(after.Begin); before.Latest.Sub(before.Begin) > 15*time.Minute || late < 38*time.Minute || late > 45*time.Minute {
		t.Errorf("at first the client is told %v at most, then %v", before.Latest.Sub(before.Begin), late)
	}
	w.Clock.Set(w.At(0, 9, 0))
	step(t, w, first, dispatch.EnRoute, dispatch.Arrived, dispatch.Started)
	if n := count(t, w, `SELECT sum((SELECT sum(c) FROM unnest(counts) c)) FROM eta_errors`); n != 201 {
		t.Errorf("%d begins are counted, want 201", n)
	}
}

func TestWhenKarimFallsSickOthersTakeOverWhatTheyCan(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	var requests []dispatch.Request
	for i := range 3 {
		requests = append(requests, w.Request(t, func(r *dispatch.NewRequest) {
			r.ClientID, r.SiteID = w.Company.ID, w.CompanySites[1].ID // next to Karim's home
			r.Windows[0] = dispatch.Span{Start: w.At(0, 10+i, 0), End: w.At(0, 11+i, 0)}
		}))
	}
	w.WorkJobs(t)
	for _, r := range requests {
		if v := w.VisitOf(t, r); v.Assignment == nil || v.Assignment.TechnicianID != w.Karim.ID {
			t.Fatalf("it is with %+v: nothing would be proved", v.Assignment)
		}
	}
	promised(t, w, requests[1], dispatch.Span{Start: w.At(0, 11, 0), End: w.At(0, 12, 0)})
	w.Clock.Set(w.At(0, 8, 20))
	if _, err := w.Service.CreateAbsence(t.Context(), w.AsKarim, dispatch.Absence{
		TechnicianID: w.Karim.ID, Span: dispatch.Span{Start: w.Clock.Now(), End: w.At(0, 18, 0)}, Kind: dispatch.Sick,
	}); err != nil {
		t.Fatal(err)
	}
	if jobs := w.Jobs(t); !slices.Contains(jobs, "repair_day") || slices.Contains(jobs, "place_visit") {
		t.Errorf("the day is repaired visit by visit: %v", jobs)
	}
	w.WorkJobs(t)
	for _, r := range requests {
		if v := w.VisitOf(t, r); v.Assignment == nil || v.Assignment.TechnicianID != w.Lea.ID || v.Assignment.Begin.After(v.Windows[0].End) {
			t.Errorf("%s: %s, with %+v", v.ID, v.Status, v.Assignment)
		}
	}
}

func TestAVisitThatFailedIsMadeUpForWhenItsClientChoosesASlot(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	first, second := morning(t, w)
	w.Clock.Set(w.At(0, 9, 0))
	step(t, w, first, dispatch.EnRoute, dispatch.Arrived)
	v := w.VisitOf(t, first)
	_, err := w.Service.TransitionVisit(t.Context(), w.AsKarim, v.ID, dispatch.Transition{To: dispatch.Started, Cause: dispatch.NoShow})
	wantFaults(t, err, "/cause visit.cause")
	if _, err := w.Service.TransitionVisit(t.Context(), w.AsKarim, v.ID, dispatch.Transition{To: dispatch.Failed, Reason: "Personne.", Cause: dispatch.NoShow}); err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	list, err := w.Service.Visits(t.Context(), w.AsHousehold, dispatch.VisitFilter{Status: dispatch.Draft}, dispatch.Page{Limit: 10})
	if err != nil || len(list.Items) != 1 {
		t.Fatalf("%d visits are drafted (%v)", len(list.Items), err)
	}
	draft := list.Items[0]
	if draft.FollowsID != v.ID || draft.RequestID != first.ID || draft.Duration != v.Duration || draft.Assignment != nil {
		t.Errorf("drafted: %+v", draft)
	}
	if r, err := w.Service.Request(t.Context(), w.AsHousehold, first.ID); err != nil || r.Status != dispatch.RequestDraft {
		t.Errorf("the request is %s (%v)", r.Status, err)
	}
	a, err := w.Service.Availability(t.Context(), w.AsHousehold, dispatch.AvailabilityQuery{VisitID: draft.ID})
	if err != nil || len(a.Slots) == 0 {
		t.Errorf("%d slots are offered for it (%v)", len(a.Slots), err)
	}
	if next := w.VisitOf(t, second); next.Assignment.Begin.After(w.At(0, 10, 31)) {
		t.Errorf("the next visit waits until %v", next.Assignment.Begin)
	}
}

func TestAPositionProposesTheNextStepOnceAndNeverTakesIt(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	first, _ := morning(t, w)
	w.Clock.Set(w.At(0, 8, 40))
	step(t, w, first, dispatch.Accepted, dispatch.EnRoute)
	at := func(minute int, where dispatch.Site) {
		w.Clock.Set(w.At(0, 9, minute))
		report(t, w, dispatch.Fix{At: w.Clock.Now(), Position: where.Position})
		w.WorkJobs(t)
	}
	proposed := func() (out []any) {
		for _, e := range events(t, w) {
			if e.Kind == dispatch.EventProposed {
				out = append(out, e.Data["to"])
				if e.ClientID != w.Karim.ID && e.ClientID.String() != "00000000-0000-0000-0000-000000000000" {
					t.Error("the client is told where Karim seems to be")
				}
			}
		}
		return out
	}
	at(0, w.HouseholdSite)
	at(1, w.HouseholdSite)
	if p := proposed(); len(p) != 1 || p[0] != "arrived" {
		t.Fatalf("at the site: %v", p)
	}
	if v := w.VisitOf(t, first); v.Status != dispatch.EnRoute {
		t.Errorf("it became %s by itself", v.Status)
	}
	step(t, w, first, dispatch.Arrived, dispatch.Started)
	at(20, w.HouseholdSite)
	at(50, w.CompanySites[1])
	at(52, w.CompanySites[1])
	if p := proposed(); len(p) != 2 || p[1] != "completed" {
		t.Errorf("away from the site: %v", p)
	}
	if n := count(t, w, `SELECT count(*) FROM notices WHERE technician_id = $1 AND data ->> 'kind' LIKE 'notice.propose%'`, w.Karim.ID); n != 2 {
		t.Errorf("Karim gets %d notices", n)
	}
}
