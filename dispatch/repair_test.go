package dispatch_test

import (
	"testing"
	"time"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

// full leaves Karim and Léa with a Monday full of work that only they can do.
func full(t *testing.T, w *dispatchtest.World) []dispatch.Request {
	t.Helper()
	var requests []dispatch.Request
	for range 14 {
		requests = append(requests, w.Request(t, func(r *dispatch.NewRequest) { r.Windows[0].End = w.At(0, 17, 0) }))
	}
	w.WorkJobs(t)
	return requests
}

func crisis(t *testing.T, w *dispatchtest.World) dispatch.Visit {
	t.Helper()
	level := 0 // whatever the support level
	r := w.Request(t, func(r *dispatch.NewRequest) {
		r.Severity, r.SupportLevel, r.Duration = dispatch.Crisis, &level, 2*time.Hour
		r.Windows[0] = dispatch.Span{Start: w.At(0, 9, 0), End: w.At(0, 10, 0)}
	})
	w.WorkJobs(t)
	return w.VisitOf(t, r)
}

func TestACrisisDisplacesAtOnceWhatWasNotPromised(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	requests := full(t, w)
	if v := crisis(t, w); v.Assignment == nil || v.Assignment.Begin.After(w.At(0, 10, 0)) {
		t.Errorf("the crisis is %s, with %+v: %v", v.Status, v.Assignment, v.UnassignedReasons)
	}
	lost := 0
	for _, r := range requests {
		if w.VisitOf(t, r).Assignment == nil {
			lost++
		}
	}
	if lost == 0 {
		t.Error("nothing made room: nothing is proved")
	}
}

func TestACrisisDisplacesNothingThatWasPromised(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	told := map[string]dispatch.Span{}
	for _, r := range full(t, w) {
		v := w.VisitOf(t, r)
		if v.Assignment == nil {
			continue
		}
		span := dispatch.Span{Start: v.Assignment.Begin.UTC(), End: v.Assignment.Begin.Add(10 * time.Minute).UTC()}
		promised(t, w, r, span)
		told[v.ID.String()] = span
	}
	c := crisis(t, w)
	watch(t, w)
	if c.Assignment == nil {
		a, open := openAlerts(t, w)[dispatch.UnplannedCrisis]
		if !open || a.VisitID != c.ID {
			t.Errorf("nobody is told of the crisis: %+v", openAlerts(t, w))
		}
		if r := a.Remedy; r != nil && (r.Kind != dispatch.AskClient || r.VisitID == c.ID || r.Window == nil) {
			t.Errorf("what would help: %+v", r)
		}
	}
	kept := 0
	for _, v := range everyVisit(t, w) {
		span, known := told[v.ID.String()]
		if !known {
			continue
		}
		kept++
		if v.Assignment == nil || v.Assignment.Begin.Before(span.Start) || v.Assignment.Begin.After(span.End) || v.Promise == nil {
			t.Errorf("promised for %v, it is %s, with %+v", span.Start, v.Status, v.Assignment)
		}
	}
	if kept < 10 {
		t.Errorf("only %d were promised", kept)
	}
}

func TestThePromisedClientWhoCouldMakeRoomForACrisisIsNamedAndTheirConsentMakesIt(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	// Léa is away: one promised visit of Karim's is all that stands between the crisis and a place in its window.
	if _, err := w.Service.CreateAbsence(t.Context(), w.Dispatcher, dispatch.Absence{TechnicianID: w.Lea.ID, Span: dispatch.Span{Start: w.At(0, 0, 0), End: w.At(5, 0, 0)}, Kind: dispatch.Training}); err != nil {
		t.Fatal(err)
	}
	r := w.Request(t, func(r *dispatch.NewRequest) {
		r.Windows[0], r.Duration = dispatch.Span{Start: w.At(0, 9, 0), End: w.At(0, 9, 30)}, 2*time.Hour
	})
	w.WorkJobs(t)
	promised(t, w, r, dispatch.Span{Start: w.At(0, 9, 0), End: w.At(0, 9, 30)})
	c := crisis(t, w)
	if c.Assignment != nil {
		t.Fatalf("the crisis has a place at %v: nothing would be proved", c.Assignment.Begin)
	}
	watch(t, w)
	a, open := openAlerts(t, w)[dispatch.UnplannedCrisis]
	if !open || a.Remedy == nil || a.Remedy.VisitID != w.VisitOf(t, r).ID || a.Remedy.Window == nil {
		t.Fatalf("what would help: %+v", a.Remedy)
	}
	v := w.VisitOf(t, r)
	if _, err := w.Service.Consent(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.Consent{Window: *a.Remedy.Window, How: dispatch.ByPhone, By: "Mme Moreau"}); err != nil {
		t.Fatal(err)
	}
	w.WorkJobs(t)
	for range 3 {
		look(t, w)
	}
	watch(t, w)
	if c, err := w.Service.Visit(t.Context(), w.Dispatcher, c.ID); err != nil || c.Assignment == nil || c.Assignment.Begin.After(w.At(0, 10, 0)) {
		t.Errorf("after the yes the crisis is %s, with %+v (%v)", c.Status, c.Assignment, err)
	}
	if v = w.VisitOf(t, r); v.Assignment == nil || !a.Remedy.Window.Contains(v.Assignment.Begin) {
		t.Errorf("and the other is %s, with %+v", v.Status, v.Assignment)
	}
}
