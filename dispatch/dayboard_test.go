package dispatch_test

import (
	"slices"
	"testing"
	"time"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

func today(w *dispatchtest.World) func(string) dispatch.Span {
	return func(string) dispatch.Span { return dispatch.Span{Start: w.At(0, 0, 0), End: w.At(1, 0, 0)} }
}

func TestADispatcherSeesTheDayInOneLook(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	first, second := morning(t, w)
	promised(t, w, second, dispatch.Span{Start: w.At(0, 10, 30), End: w.At(0, 11, 0)})
	nobodys := w.Request(t, func(r *dispatch.NewRequest) {
		r.RequiredSkills = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 4}}
	})
	w.WorkJobs(t)
	w.Clock.Set(w.At(0, 9, 50))
	step(t, w, first, dispatch.Accepted, dispatch.EnRoute, dispatch.Arrived, dispatch.Started)
	watch(t, w)
	_, err := w.Service.DayBoard(t.Context(), w.AsKarim, w.Territory.ID, today(w))
	wantCode(t, err, "forbidden")
	_, err = w.Service.DayBoard(t.Context(), w.Dispatcher, dispatchtest.NewID(), today(w))
	wantCode(t, err, "not_found")
	b, err := w.Service.DayBoard(t.Context(), w.Dispatcher, w.Territory.ID, today(w))
	if err != nil || len(b.Routes) != 3 || b.Routes[0].TechnicianName != w.Karim.Name || len(b.Routes[0].Stops) != 2 {
		t.Fatalf("the board has %d routes (%v)", len(b.Routes), err)
	}
	stop := b.Routes[0].Stops[1].Visit
	if planned, _ := stop.Planned(); !stop.Late() || !planned.Equal(w.At(0, 10, 30)) || stop.Expected() == nil {
		t.Errorf("the second stop: planned %v, %+v", planned, stop)
	}
	if len(b.Unassigned) != 1 || b.Unassigned[0].ID != w.VisitOf(t, nobodys).ID || len(b.Unassigned[0].UnassignedReasons) == 0 {
		t.Errorf("nobody has %+v", b.Unassigned)
	}
	if len(b.Alerts) == 0 || b.Alerts[0].Remedy == nil {
		t.Errorf("alerts: %+v", b.Alerts)
	}
	if k := b.KPIs; k.Visits != 2 || k.Begun != 1 || k.OnTime != 0 || k.Late != 1 || k.LeftOut != 1 || k.Shifts != 27*time.Hour || k.Utilisation <= 0 {
		t.Errorf("figures: %+v", k)
	}
	// What happens after the board is told by the events after it.
	step(t, w, first, dispatch.Completed)
	eventually(t, func() bool {
		told, err := w.Service.Events(t.Context(), w.Organization.ID, dispatch.EventFilter{}, b.AsOf, 1000)
		return err == nil && slices.ContainsFunc(told, func(e dispatch.Event) bool { return e.Kind == "visit.completed" })
	})
}
