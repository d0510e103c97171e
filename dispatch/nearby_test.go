package dispatch_test

import (
	"slices"
	"testing"
	"time"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/geo"
)

// names lists who was found, in order.
func names(found []dispatch.Near) (out []string) {
	for _, n := range found {
		out = append(out, n.Name)
	}
	return out
}

// near asks who is near Vincennes.
func near(t *testing.T, w *dispatchtest.World, change func(*dispatch.NearQuery)) []dispatch.Near {
	t.Helper()
	q := dispatch.NearQuery{Position: geo.Position{Lat: 48.8472, Lon: 2.4348}, Limit: 10}
	if change != nil {
		change(&q)
	}
	found, err := w.Service.Nearby(t.Context(), w.Dispatcher, q)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestOnlyThoseOnShiftWithTheSkillAreNearANewEmergency(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	if found := near(t, w, nil); len(found) != 0 {
		t.Errorf("before the shifts, %v are near, want nobody", names(found))
	}
	w.Clock.Set(w.At(0, 9, 0))
	found := near(t, w, nil)
	if len(found) != 3 || found[0].Name != w.Karim.Name || found[0].PositionAge != nil || !found[0].OnShiftUntil.Equal(w.At(0, 17, 0)) {
		t.Fatalf("found %+v, want all three, Karim of Montreuil first, at his shift's start, until 17:00", found)
	}
	if !slices.IsSortedFunc(found, func(a, b dispatch.Near) int { return int(a.Travel - b.Travel) }) {
		t.Errorf("the journeys take %v, want the shortest first", found)
	}
	skilled := near(t, w, func(q *dispatch.NearQuery) { q.Skill, q.Level = dispatchtest.Windows, 3 })
	if want := []string{w.Lea.Name}; !slices.Equal(names(skilled), want) {
		t.Errorf("windows 3: %v, want %v", names(skilled), want)
	}
	sunday := near(t, w, func(q *dispatch.NearQuery) { q.At = w.At(6, 10, 0) })
	if len(sunday) != 0 {
		t.Errorf("on Sunday %v, want nobody", names(sunday))
	}
	_, err := w.Service.Nearby(t.Context(), w.Dispatcher, dispatch.NearQuery{Skill: "juggling", Level: 9, Position: geo.Position{Lat: 100}, Limit: 1})
	wantFaults(t, err, "query:lat position.coordinates", "query:level skill.level")
	_, err = w.Service.Nearby(t.Context(), w.AsKarim, dispatch.NearQuery{Limit: 1})
	wantError(t, err, dispatch.KindForbidden, "forbidden")
}

func TestAPositionJustReportedCountsAtOnce(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Clock.Set(w.At(0, 9, 0))
	near(t, w, nil) // the picture is taken
	vincennes := geo.Position{Lat: 48.8472, Lon: 2.4348}
	w.Clock.Advance(10 * time.Second)
	if _, err := w.Service.ReportPositions(t.Context(), w.AsMoussa, w.Moussa.ID, []dispatch.Fix{{At: w.Clock.Now(), Position: vincennes}}); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(5 * time.Second)
	found := near(t, w, nil)
	if len(found) == 0 || found[0].Name != w.Moussa.Name || found[0].PositionAge == nil || *found[0].PositionAge != 5*time.Second {
		t.Errorf("found %+v, want Moussa first, seen 5 s ago", found)
	}
}

func TestWhoCallsInSickIsNoLongerNearWithinHalfAMinute(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Clock.Set(w.At(0, 9, 0))
	near(t, w, nil)
	sick := dispatch.Absence{TechnicianID: w.Karim.ID, Kind: dispatch.Sick, Span: dispatch.Span{Start: w.At(0, 9, 0), End: w.At(1, 0, 0)}}
	if _, err := w.Service.CreateAbsence(t.Context(), w.Dispatcher, sick); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(30 * time.Second)
	if found := names(near(t, w, nil)); slices.Contains(found, w.Karim.Name) || len(found) != 2 {
		t.Errorf("found %v, want the two others", found)
	}
}
