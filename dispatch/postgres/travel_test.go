package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/geo"
)

func TestTravelTimesComeBackAsTheyWereSaved(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	at := w.Clock.Now().UTC()
	way := func(from, to int64, hour, seconds int) dispatch.TravelTime {
		return dispatch.TravelTime{Mode: geo.Bike, From: from << 18, To: to << 18, Hour: hour, Seconds: seconds, Metres: 3 * seconds, Reachable: true, LearntAt: at}
	}
	none := dispatch.TravelTime{Mode: geo.Car, From: 1 << 18, To: 2 << 18, Hour: geo.FreeFlow, LearntAt: at}
	w.Tx(t, func(ctx context.Context) error {
		return w.DB.SaveTravelTimes(ctx, []dispatch.TravelTime{none, way(1, 2, geo.FreeFlow, 60), way(1, 2, 8, 90), way(2, 1, 8, 100), way(1, 3, 8, 5)})
	})
	newer := way(1, 2, 8, 91)
	newer.LearntAt = at.Add(time.Hour)
	read := func(most int) (found, sampled []dispatch.TravelTime) {
		w.Tx(t, func(ctx context.Context) (err error) {
			if found, err = w.DB.TravelTimes(ctx, []int64{1 << 18, 2 << 18}, []int64{2 << 18, 1 << 18}); err != nil {
				return err
			}
			sampled, err = w.DB.SampleTravelTimes(ctx, most)
			return err
		})
		for _, list := range [][]dispatch.TravelTime{found, sampled} {
			for i := range list {
				list[i].LearntAt = list[i].LearntAt.UTC()
			}
		}
		return found, sampled
	}
	w.Tx(t, func(ctx context.Context) error { return w.DB.SaveTravelTimes(ctx, []dispatch.TravelTime{newer}) })
	found, sampled := read(10)
	byKey := map[dispatch.TravelTime]bool{}
	for _, f := range found {
		byKey[f] = true
	}
	want := map[dispatch.TravelTime]bool{none: true, way(1, 2, geo.FreeFlow, 60): true, newer: true, way(2, 1, 8, 100): true}
	if diff := cmp.Diff(want, byKey); diff != "" {
		t.Errorf("read otherwise than saved (-want +got):\n%s", diff)
	}
	if len(sampled) != 4 { // those with a way
		t.Errorf("%d sampled, want 4: %v", len(sampled), sampled)
	}
	if _, few := read(1); len(few) > 1 {
		t.Errorf("%d sampled, want at most 1", len(few))
	}
	w.Tx(t, func(ctx context.Context) error { return w.DB.ForgetTravel(ctx, at.Add(time.Minute)) })
	if found, _ = read(10); len(found) != 1 || found[0] != newer {
		t.Errorf("after forgetting: %v", found)
	}
}

func TestCalibratedParametersComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	learnt := geo.DefaultParameters()
	learnt.Modes[geo.Car].Zones = geo.Zones{
		Centres: []geo.Position{{Lat: 48.85, Lon: 2.35}}, Reach: 700, Out: []float64{12.5}, In: []float64{-3}, Between: []float64{0.1},
	}
	c := dispatch.TravelCalibration{ID: dispatchtest.NewID(), Status: dispatch.CalibrationQueued, RequestedBy: w.Administrator.ID, CreatedAt: w.Clock.Now().UTC()}
	failed := dispatch.TravelCalibration{ID: dispatchtest.NewID(), Status: dispatch.CalibrationFailed, Failure: "internal", CreatedAt: w.Clock.Now().UTC()}
	w.Tx(t, func(ctx context.Context) error {
		if id, words, err := w.DB.TravelInUse(ctx); err != nil || id != uuid.Nil || words {
			t.Errorf("in use before any: %v, %v, %v", id, words, err)
		}
		if err := w.DB.InsertCalibration(ctx, c); err != nil {
			return err
		}
		c.Status, c.Report[geo.Car] = dispatch.CalibrationDone, geo.ModeCalibration{Samples: 7, Before: 0.4, After: 0.1, Applied: true}
		if err := w.DB.UpdateCalibration(ctx, c, &learnt); err != nil {
			return err
		}
		if err := w.DB.InsertCalibration(ctx, failed); err != nil {
			return err
		}
		return w.DB.UpdateCalibration(ctx, failed, nil)
	})
	w.Tx(t, func(ctx context.Context) error {
		id, _, err := w.DB.TravelInUse(ctx)
		if err != nil || id != c.ID {
			t.Errorf("in use %v, want %v: %v", id, c.ID, err)
		}
		got, err := w.DB.CalibratedParameters(ctx, id)
		if diff := cmp.Diff(learnt, got); diff != "" {
			t.Errorf("other parameters (-want +got):\n%s", diff)
		}
		if err != nil {
			return err
		}
		kept, err := w.DB.LockCalibration(ctx, c.ID)
		if err != nil || kept.Report != c.Report || !kept.InUse {
			t.Errorf("%+v, %v", kept, err)
		}
		last, err := w.DB.LastCalibration(ctx)
		if err != nil || last.ID != failed.ID || last.InUse || last.Failure != "internal" {
			t.Errorf("last %+v, %v", last, err)
		}
		return nil
	})
}
