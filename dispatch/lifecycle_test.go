package dispatch_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

// walk takes a visit through steps, each by the technician.
func walk(t *testing.T, w *dispatchtest.World, by dispatch.Principal, v dispatch.Visit, steps ...dispatch.VisitStatus) dispatch.Visit {
	t.Helper()
	for _, to := range steps {
		var err error
		if v, err = w.Service.TransitionVisit(t.Context(), by, v.ID, dispatch.Transition{To: to, Reason: "because", Version: v.Version}); err != nil {
			t.Fatalf("to %s: %v", to, err)
		}
	}
	return v
}

// published makes a request, has it placed and tells Karim of his Monday.
func published(t *testing.T, w *dispatchtest.World) dispatch.Visit {
	t.Helper()
	r := w.Request(t, func(in *dispatch.NewRequest) {
		in.RequiredSkills = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 2}}
	})
	w.WorkJobs(t)
	publish(t, w)
	return w.VisitOf(t, r)
}

func publish(t *testing.T, w *dispatchtest.World) {
	t.Helper()
	if _, err := w.Service.PublishRoutes(t.Context(), w.Dispatcher, dispatch.Span{Start: w.At(0, 0, 0), End: w.At(1, 0, 0)}, nil); err != nil {
		t.Fatal(err)
	}
}

func TestAVisitGoesFromTheRequestToItsEndAndTheTraceSaysSo(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	if _, err := w.Service.RegisterDevice(t.Context(), w.AsKarim, dispatch.PlatformAndroid, "karims-phone"); err != nil {
		t.Fatal(err)
	}
	v := published(t, w)
	w.WorkJobs(t)
	if sent := w.Sender.Sent(); len(sent) != 1 || !slices.Equal(sent[0].Tokens, []string{"karims-phone"}) {
		t.Fatalf("publishing sent %+v, want one notice to Karim's phone", sent)
	}
	v = walk(t, w, w.AsKarim, v, dispatch.Accepted, dispatch.EnRoute, dispatch.Arrived, dispatch.Started, dispatch.Paused, dispatch.Started, dispatch.Completed)
	if v.ActualStart == nil || v.ActualEnd == nil {
		t.Errorf("the real times are missing: %+v", v)
	}
	r, err := w.Service.Request(t.Context(), w.AsHousehold, v.RequestID)
	if err != nil || r.Status != dispatch.RequestCompleted {
		t.Errorf("the client sees the request %s (%v), want completed", r.Status, err)
	}
	events, err := w.Service.RequestEvents(t.Context(), w.Dispatcher, v.RequestID, dispatch.EventCursor{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range events {
		if e.Kind != dispatch.EventRequestUpdated {
			kinds = append(kinds, e.Kind)
		}
	}
	want := []string{
		"request.created", "visit.created", "visit.planned", "visit.published", "visit.accepted", "visit.en_route", "visit.arrived", "visit.started", "visit.paused",
		"visit.started", "visit.completed",
	}
	if !slices.Equal(kinds, want) {
		t.Errorf("the trace is\n%v, want\n%v", kinds, want)
	}
}

func TestAnIllegalStepIsRefusedAndTheLegalOnesAreNamed(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := published(t, w)
	_, err := w.Service.TransitionVisit(t.Context(), w.AsKarim, v.ID, dispatch.Transition{To: dispatch.Completed})
	if dispatch.CodeOf(err) != "visit.illegal_move" {
		t.Fatalf("completing a visit that nobody began gave %v", err)
	}
	var e *dispatch.Error
	if !errors.As(err, &e) {
		t.Fatalf("the refusal is a %T", err)
	}
	if legal := fmt.Sprint(e.Params["legal"]); legal != fmt.Sprint(v.Status.Moves(dispatch.OnSite)) {
		t.Errorf("the refusal names %s", legal)
	}
	if again := mustVisit(t, w, v); again.Version != v.Version {
		t.Error("the refused step changed the visit")
	}
}

func mustVisit(t *testing.T, w *dispatchtest.World, v dispatch.Visit) dispatch.Visit {
	t.Helper()
	again, err := w.Service.Visit(t.Context(), w.Dispatcher, v.ID)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// Whatever is tried in whatever order, a visit only ever takes legal steps, and a step repeated is a step taken once.
func TestAVisitOnlyTakesLegalStepsWhateverIsTried(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	rapid.Check(t, func(rt *rapid.T) {
		r := w.Request(t, func(in *dispatch.NewRequest) {
			in.Mode = rapid.SampledFrom([]dispatch.Mode{dispatch.OnSite, dispatch.Remote}).Draw(rt, "mode")
			in.Duration = 5 * 60e9
			in.Windows[0].End = w.At(4, 16, 0)
		})
		v := w.VisitOf(t, r)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			to := rapid.SampledFrom(dispatch.VisitStatuses()).Draw(rt, "to")
			after, err := w.Service.TransitionVisit(t.Context(), w.Dispatcher, v.ID, dispatch.Transition{To: to, Reason: "x"})
			step := !slices.Contains([]dispatch.VisitStatus{dispatch.Draft, dispatch.Held, dispatch.Unassigned, dispatch.Planned, dispatch.Published}, to)
			legal, repeat := step && v.Status.MayBecome(to, v.Mode), step && to == v.Status
			switch {
			case legal || repeat:
				if err != nil || after.Status != to {
					rt.Fatalf("%s -> %s: %v", v.Status, to, err)
				}
				if repeat && after.Version != v.Version {
					rt.Fatalf("repeating %s changed the visit", to)
				}
				v = after
			case err == nil:
				rt.Fatalf("%s -> %s was let through", v.Status, to)
			}
		}
		if !v.Status.Over() && v.Status.MayBecome(dispatch.Cancelled, v.Mode) { // leave the day free for the next draw
			if _, err := w.Service.TransitionVisit(t.Context(), w.Dispatcher, v.ID, dispatch.Transition{To: dispatch.Cancelled, Reason: "x"}); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

func TestEveryStateButTheThreeEndsLeadsOn(t *testing.T) {
	t.Parallel()
	for _, s := range dispatch.VisitStatuses() {
		ends := s == dispatch.Completed || s == dispatch.Failed || s == dispatch.Cancelled
		if s.Over() != ends {
			t.Errorf("%s.Over() = %v", s, s.Over())
		}
		for _, next := range s.Moves(dispatch.Remote) {
			if next == dispatch.EnRoute || next == dispatch.Arrived {
				if s != dispatch.EnRoute && s != dispatch.Arrived {
					t.Errorf("work without a place may go from %s to %s", s, next)
				}
			}
		}
	}
}

func TestARefusedVisitGoesToSomebodyElseAndNeverBack(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, nil)
	w.WorkJobs(t)
	publish(t, w)
	v := w.VisitOf(t, r)
	first := v.Assignment.TechnicianID
	as := map[string]dispatch.Principal{w.Karim.ID.String(): w.AsKarim, w.Lea.ID.String(): w.AsLea}
	walk(t, w, as[first.String()], v, dispatch.Refused)
	w.WorkJobs(t)
	v = w.VisitOf(t, r)
	if v.Assignment == nil || v.Assignment.TechnicianID == first {
		t.Fatalf("after the refusal the visit is %s with %+v, want it with the other one who has the skill", v.Status, v.Assignment)
	}
	if v.Status != dispatch.Published {
		t.Errorf("the other's day was published, so the visit is told at once; it is %s", v.Status)
	}
	walk(t, w, as[v.Assignment.TechnicianID.String()], v, dispatch.Refused)
	w.WorkJobs(t)
	v = w.VisitOf(t, r)
	if v.Assignment != nil {
		t.Fatalf("both refused, and it went to %s again", v.Assignment.TechnicianID)
	}
	for _, why := range v.UnassignedReasons {
		if why.TechnicianID == first && (len(why.Reasons) == 0 || why.Reasons[0].Code != "scheduler.forbidden") {
			t.Errorf("the reason for who refused is %v", why.Reasons)
		}
	}
}

func TestTheTechnicianOfAPlannedVisitDoesNotSeeItBeforeItIsPublished(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, func(in *dispatch.NewRequest) {
		in.RequiredSkills = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 2}}
	})
	w.WorkJobs(t)
	v := w.VisitOf(t, r)
	if _, err := w.Service.Visit(t.Context(), w.AsKarim, v.ID); dispatch.KindOf(err) != dispatch.KindNotFound || err == nil {
		t.Errorf("Karim reads what he was not told of: %v", err)
	}
	publish(t, w)
	if _, err := w.Service.Visit(t.Context(), w.AsKarim, v.ID); err != nil {
		t.Errorf("Karim cannot read his visit: %v", err)
	}
	if _, err := w.Service.Visit(t.Context(), w.AsLea, v.ID); dispatch.KindOf(err) != dispatch.KindNotFound || err == nil {
		t.Errorf("Léa reads Karim's visit: %v", err)
	}
}

func TestCancellingTellsTheTechnicianAndFreesTheTime(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	if _, err := w.Service.RegisterDevice(t.Context(), w.AsKarim, dispatch.PlatformIOS, "karims-phone"); err != nil {
		t.Fatal(err)
	}
	v := published(t, w)
	w.WorkJobs(t)
	r, err := w.Service.CancelRequest(t.Context(), w.AsHousehold, v.RequestID, "Cela remarche.")
	if err != nil || r.Status != dispatch.RequestCancelled || r.Outcome != "Cela remarche." {
		t.Fatalf("cancelling gave %s, %q, %v", r.Status, r.Outcome, err)
	}
	w.WorkJobs(t)
	sent := w.Sender.Sent()
	if len(sent) != 2 || sent[1].Notice.Data["kind"] != "notice.visit_gone" {
		t.Errorf("Karim was sent %+v", sent)
	}
	v = mustVisit(t, w, v)
	if v.Status != dispatch.Cancelled || v.Assignment != nil {
		t.Errorf("the visit is %s with %+v", v.Status, v.Assignment)
	}
	if r, err = w.Service.CancelRequest(t.Context(), w.AsHousehold, v.RequestID, "Encore."); err != nil || r.Outcome != "Cela remarche." {
		t.Errorf("cancelling twice gave %q, %v", r.Outcome, err)
	}
}

func TestAClientCannotCancelOnceTheTechnicianIsOnTheWay(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	v := walk(t, w, w.AsKarim, published(t, w), dispatch.Accepted, dispatch.EnRoute)
	if _, err := w.Service.CancelRequest(t.Context(), w.AsHousehold, v.RequestID, "Non"); dispatch.CodeOf(err) != "request.under_way" {
		t.Errorf("the client's cancellation gave %v", err)
	}
	if _, err := w.Service.CancelRequest(t.Context(), w.Dispatcher, v.RequestID, "Client absent"); err != nil {
		t.Errorf("the dispatcher's cancellation gave %v", err)
	}
}
