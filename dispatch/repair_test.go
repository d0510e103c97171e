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
	crisis(t, w)
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
