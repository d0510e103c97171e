package dispatch_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/dispatch/postgres/audit"
	"tournee/geo"
)

// aDay gives Karim and Moussa a Monday of visits that they know of, every other one promised, and lists what was promised.
func aDay(t *testing.T, w *dispatchtest.World) map[uuid.UUID]dispatch.Span {
	t.Helper()
	told := map[uuid.UUID]dispatch.Span{}
	var requests []dispatch.Request
	for i := range 6 {
		requests = append(requests, w.Request(t, func(r *dispatch.NewRequest) {
			r.RequiredSkills = nil
			r.Duration = time.Duration(30+15*(i%3)) * time.Minute
			r.Windows = []dispatch.Span{{Start: w.At(0, 8+i/2, 0), End: w.At(0, 16, 0)}}
			if i%3 > 0 {
				r.ClientID, r.SiteID = w.Company.ID, w.CompanySites[i%3-1].ID
			}
		}))
	}
	w.WorkJobs(t)
	for i, r := range requests {
		v := w.VisitOf(t, r)
		if v.Assignment == nil {
			t.Fatalf("%s has no place", v.ID)
		}
		if i%2 == 0 {
			span := dispatch.Span{Start: v.Assignment.Begin.Add(-15 * time.Minute).UTC(), End: v.Assignment.Begin.Add(15 * time.Minute).UTC()}
			promised(t, w, r, span)
			told[v.ID] = span
		}
	}
	if _, err := w.Service.PublishRoutes(t.Context(), w.Dispatcher, dispatch.Span{Start: w.At(0, 0, 0), End: w.At(1, 0, 0)}, nil); err != nil {
		t.Fatal(err)
	}
	return told
}

// whoHas is the technician who has the visit, as a caller.
func whoHas(w *dispatchtest.World, v dispatch.Visit) dispatch.Principal {
	switch {
	case v.Assignment == nil:
		return w.Dispatcher
	case v.Assignment.TechnicianID == w.Karim.ID:
		return w.AsKarim
	case v.Assignment.TechnicianID == w.Lea.ID:
		return w.AsLea
	}
	return w.AsMoussa
}

func everyVisit(t *testing.T, w *dispatchtest.World) []dispatch.Visit {
	t.Helper()
	list, err := w.Service.Visits(t.Context(), w.Dispatcher, dispatch.VisitFilter{}, dispatch.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// TestWhateverHappensOnADayItsOutlookHolds lets steps and positions come in any order and at any pace: what is expected goes forward along each
// route, nobody is expected in two places, what was promised stays as told, and no visit is lost.
func TestWhateverHappensOnADayItsOutlookHolds(t *testing.T) {
	t.Parallel()
	day := rapid.MakeFuzz(func(rt *rapid.T) {
		w := dispatchtest.New(t)
		told := aDay(t, w)
		w.Clock.Set(w.At(0, 7, 45))
		for range rapid.IntRange(5, 18).Draw(rt, "happenings") {
			w.Clock.Advance(time.Duration(rapid.IntRange(0, 50).Draw(rt, "minutes")) * time.Minute)
			visits := everyVisit(t, w)
			v := visits[rapid.IntRange(0, len(visits)-1).Draw(rt, "visit")]
			switch rapid.IntRange(0, 4).Draw(rt, "what") {
			case 0:
				who := rapid.SampledFrom([]dispatch.Principal{w.AsKarim, w.AsLea, w.AsMoussa}).Draw(rt, "who")
				at := geo.Position{Lat: 48.8 + rapid.Float64Range(0, 0.1).Draw(rt, "lat"), Lon: 2.2 + rapid.Float64Range(0, 0.3).Draw(rt, "lon")}
				ago := time.Duration(rapid.IntRange(0, 40).Draw(rt, "ago")) * time.Minute
				if _, err := w.Service.ReportPositions(t.Context(), who, who.TechnicianID, []dispatch.Fix{{At: w.Clock.Now().Add(-ago), Position: at}}); err != nil {
					rt.Fatal(err)
				}
			case 1:
				watch(t, w)
			default:
				legal := slices.DeleteFunc(slices.Clone(v.Status.Moves(v.Mode)), func(s dispatch.VisitStatus) bool {
					return !slices.Contains([]dispatch.VisitStatus{dispatch.Accepted, dispatch.EnRoute, dispatch.Arrived, dispatch.Started, dispatch.Paused, dispatch.Completed, dispatch.Failed}, s)
				})
				if len(legal) == 0 || v.Assignment == nil {
					continue
				}
				to := dispatch.Transition{To: rapid.SampledFrom(legal).Draw(rt, "to"), Reason: "no_show"}
				to.At = w.Clock.Now().Add(-time.Duration(rapid.IntRange(0, 30).Draw(rt, "told late")) * time.Minute)
				if _, err := w.Service.TransitionVisit(t.Context(), whoHas(w, v), v.ID, to); err != nil {
					rt.Fatal(err)
				}
			}
			w.WorkJobs(t)
			holds(t, rt, w, told)
		}
		watch(t, w)
		holds(t, rt, w, told)
		audited(t, rt, w)
	})
	for seed := range byte(20) { // a day takes half a second: rapid's hundred would take too long
		choices := make([]byte, 8192)
		_, _ = rand.NewChaCha8([32]byte{seed}).Read(choices)
		day(t, choices)
	}
}

// audited has the auditor, who shares nothing with the program, look at what is stored.
func audited(t *testing.T, rt *rapid.T, w *dispatchtest.World) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), w.Database.Superuser)
	if err != nil {
		rt.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if wrong, err := audit.Run(t.Context(), conn, []uuid.UUID{w.Organization.ID}); err != nil || len(wrong) > 0 {
		rt.Fatalf("the audit finds %+v (%v)", wrong, err)
	}
}

func holds(t *testing.T, rt *rapid.T, w *dispatchtest.World, told map[uuid.UUID]dispatch.Span) {
	t.Helper()
	routes := map[uuid.UUID][]dispatch.Visit{}
	for _, v := range everyVisit(t, w) {
		if span, known := told[v.ID]; known && (v.Promise == nil || !v.Promise.Start.Equal(span.Start) || !v.Promise.End.Equal(span.End)) {
			rt.Fatalf("what was promised of %s became %v", v.ID, v.Promise)
		}
		if v.Assignment == nil {
			if v.Status != dispatch.Unassigned && !v.Status.Over() {
				rt.Fatalf("%s is %s, and nobody's", v.ID, v.Status)
			}
			continue
		}
		if !v.Status.Over() {
			routes[v.Assignment.ShiftID] = append(routes[v.Assignment.ShiftID], v)
		}
	}
	for _, stops := range routes {
		slices.SortFunc(stops, func(a, b dispatch.Visit) int { return a.Assignment.Begin.Compare(b.Assignment.Begin) })
		for i, v := range stops {
			a := v.Assignment
			if a.Arrive.After(a.Begin) || !a.Begin.Before(a.Depart) {
				rt.Fatalf("%s arrives %v, begins %v, departs %v", v.ID, a.Arrive, a.Begin, a.Depart)
			}
			if i > 0 && stops[i-1].Assignment.Depart.After(a.Begin) {
				rt.Fatalf("%s begins %v, before the one before ends %v", v.ID, a.Begin, stops[i-1].Assignment.Depart)
			}
			if e := v.ETA; e != nil && e.Begin.Equal(a.Begin) && (e.Earliest.After(e.Begin) || e.Latest.Before(e.Begin)) {
				rt.Fatalf("%s is expected at %v, between %v and %v", v.ID, e.Begin, e.Earliest, e.Latest)
			}
		}
	}
}
