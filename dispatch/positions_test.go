package dispatch_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/geo"
)

var bastille = geo.Position{Lat: 48.853291, Lon: 2.369037}

func report(t *testing.T, w *dispatchtest.World, fixes ...dispatch.Fix) int {
	t.Helper()
	kept, err := w.Service.ReportPositions(t.Context(), w.AsKarim, w.Karim.ID, fixes)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// fixes counts the positions that the database holds of a technician.
func fixes(t *testing.T, w *dispatchtest.World, technician uuid.UUID) int {
	t.Helper()
	return count(t, w, `SELECT count(*) FROM technician_positions WHERE technician_id = $1`, technician)
}

func TestWhereATechnicianIsInHisOwnTimeIsNotKept(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Clock.Set(w.At(0, 18, 0))
	at := func(hour, minute int) dispatch.Fix {
		return dispatch.Fix{At: w.At(0, hour, minute), Position: bastille}
	}
	// The shift is from 8 to 17; its end is no longer in it.
	if kept := report(t, w, at(7, 59), at(8, 0), at(16, 59), at(17, 0), at(17, 30)); kept != 2 {
		t.Errorf("%d of five positions are kept, want the two of the shift", kept)
	}
	if have := fixes(t, w, w.Karim.ID); have != 2 {
		t.Errorf("the database holds %d positions", have)
	}
	if kept := report(t, w, at(17, 45)); kept != 0 || fixes(t, w, w.Karim.ID) != 2 {
		t.Errorf("%d positions of the evening are kept", kept)
	}
}

func TestAKeptPositionIsCoarse(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Clock.Set(w.At(0, 9, 0))
	report(t, w, dispatch.Fix{At: w.At(0, 9, 0), Position: bastille})
	f, err := w.Service.LastPosition(t.Context(), w.Dispatcher, w.Karim.ID)
	if err != nil {
		t.Fatal(err)
	}
	for what, degrees := range map[string][2]float64{"latitude": {f.Position.Lat, bastille.Lat}, "longitude": {f.Position.Lon, bastille.Lon}} {
		kept, told := degrees[0], degrees[1]
		if rounded := math.Round(told*1000) / 1000; math.Abs(kept-rounded) > 1e-5 { // kept in single precision
			t.Errorf("the %s %f became %f, want %.3f", what, told, kept, rounded)
		}
	}
	if f.Cell == 0 || !f.At.Equal(w.At(0, 9, 0)) {
		t.Errorf("the position is in cell %d at %s", f.Cell, f.At)
	}
}

func TestNoEventTellsWhereATechnicianWas(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Clock.Set(w.At(0, 9, 0))
	report(t, w, dispatch.Fix{At: w.At(0, 9, 0), Position: bastille})
	seen := 0
	for _, e := range events(t, w) {
		if e.Kind != dispatch.EventPosition {
			continue
		}
		seen++
		if e.TechnicianID != w.Karim.ID || len(e.Data) != 0 {
			t.Errorf("the event, which is kept for good, is about %s and says %v", e.TechnicianID, e.Data)
		}
	}
	if seen != 1 {
		t.Errorf("one report made %d events", seen)
	}
}

func TestAPositionIsShownDuringTheShiftOnly(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Clock.Set(w.At(0, 16, 50))
	report(t, w, dispatch.Fix{At: w.At(0, 16, 50), Position: bastille})
	if _, err := w.Service.LastPosition(t.Context(), w.AsKarim, w.Karim.ID); err != nil {
		t.Errorf("Karim does not see himself: %v", err)
	}
	if _, err := w.Service.LastPosition(t.Context(), w.AsLea, w.Karim.ID); dispatch.KindOf(err) != dispatch.KindNotFound {
		t.Errorf("Léa looks for Karim and gets %v", err)
	}
	for when, at := range map[string]time.Time{"after the shift": w.At(0, 17, 0), "the next morning, at work again but not seen yet": w.At(1, 8, 30)} {
		w.Clock.Set(at)
		if _, err := w.Service.LastPosition(t.Context(), w.Dispatcher, w.Karim.ID); dispatch.KindOf(err) != dispatch.KindNotFound {
			t.Errorf("%s the dispatcher gets %v", when, err)
		}
	}
}

func TestAReportOfPositionsThatCannotBeIsRefusedWhole(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Clock.Set(w.At(1, 9, 0))
	now := w.Clock.Now()
	_, err := w.Service.ReportPositions(t.Context(), w.AsKarim, w.Karim.ID, []dispatch.Fix{
		{At: now, Position: bastille},
		{At: now, Position: geo.Position{Lat: 91, Lon: 2}},
		{At: now, Position: geo.Position{Lat: math.NaN(), Lon: 2}},
		{At: now.Add(time.Hour), Position: bastille},
		{At: now.Add(-48 * time.Hour), Position: bastille},
	})
	wantFaults(t, err, "/positions/1 position.coordinates", "/positions/2 position.coordinates", "/positions/3/at position.at", "/positions/4/at position.at")
	_, err = w.Service.ReportPositions(t.Context(), w.AsKarim, w.Karim.ID, nil)
	wantFaults(t, err, "/positions position.count")
	_, err = w.Service.ReportPositions(t.Context(), w.AsKarim, w.Karim.ID, make([]dispatch.Fix, 101))
	if dispatch.KindOf(err) != dispatch.KindInvalid {
		t.Errorf("101 positions gave %v", err)
	}
	_, err = w.Service.ReportPositions(t.Context(), w.AsLea, w.Karim.ID, []dispatch.Fix{{At: now, Position: bastille}})
	if dispatch.KindOf(err) != dispatch.KindNotFound {
		t.Errorf("Léa reporting for Karim gave %v", err)
	}
	if have := fixes(t, w, w.Karim.ID); have != 0 {
		t.Errorf("the refused reports left %d positions", have)
	}
}

func TestPositionsAreForgottenAfterTwoMonths(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Clock.Set(w.At(1, 18, 0))
	report(t, w, dispatch.Fix{At: w.At(0, 9, 0), Position: bastille}, dispatch.Fix{At: w.At(1, 9, 0), Position: bastille})
	for _, step := range []struct {
		at   time.Time
		left int
	}{{w.At(61, 8, 59), 2}, {w.At(61, 9, 1), 1}, {w.At(62, 9, 1), 0}} {
		w.Clock.Set(step.at)
		if err := w.Service.Forget(t.Context(), w.Organization.ID); err != nil {
			t.Fatal(err)
		}
		if have := fixes(t, w, w.Karim.ID); have != step.left {
			t.Errorf("at %s %d positions are left, want %d", step.at, have, step.left)
		}
	}
}

func TestAPhoneThatReportsTwiceIsHeardOnce(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Clock.Set(w.At(0, 10, 0))
	f := dispatch.Fix{At: w.At(0, 9, 30), Position: bastille}
	report(t, w, f)
	report(t, w, f)
	if have := fixes(t, w, w.Karim.ID); have != 1 {
		t.Errorf("the same position is kept %d times", have)
	}
}
