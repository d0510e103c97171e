package api_test

import (
	"context"
	"math"
	"net/http"
	"testing"

	"tournee/dispatch"
	"tournee/geo"
	"tournee/geo/cell"
)

func TestAnAdministratorHasTravelTimesCalibratedAndADispatcherSeesWhatItBrought(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	boss, dispatcher := o.bearer[dispatch.RoleAdministrator], o.bearer[dispatch.RoleDispatcher]
	type calibration struct {
		ID     string
		Status string
		InUse  bool `json:"in_use"`
		Modes  []struct {
			Transport   string
			Samples     int
			ErrorBefore float64 `json:"error_before"`
			ErrorAfter  float64 `json:"error_after"`
			Applied     bool
		}
	}
	var none, queued, done calibration
	p.call("GET", "/v1/travel/calibration", dispatcher, nil).into(http.StatusOK, &none)
	if none.Status != "none" || none.InUse || none.ID != "" || none.Modes == nil {
		t.Errorf("before any: %+v", none)
	}
	var times []dispatch.TravelTime
	var cells []cell.Cell
	for i := range 30 {
		cells = append(cells, cell.Of(geo.Position{Lat: 48.75 + 0.2*math.Mod(0.618*float64(i), 1), Lon: 2.15 + 0.4*math.Mod(0.755*float64(i), 1)}, cell.SiteResolution))
	}
	for _, a := range cells {
		for _, b := range cells {
			if d := geo.Distance(a.Centre(), b.Centre()); a != b {
				times = append(times, dispatch.TravelTime{
					Mode: geo.Car, From: int64(a), To: int64(b), Hour: geo.FreeFlow, Seconds: int(d / 4), Metres: int(d), Reachable: true, LearntAt: p.Clock.Now(),
				})
			}
		}
	}
	p.Tx(t, func(ctx context.Context) error { return p.DB.SaveTravelTimes(ctx, times) })
	p.post("/v1/travel/calibration", boss, nil).into(http.StatusAccepted, &queued)
	if queued.Status != "queued" {
		t.Errorf("%+v", queued)
	}
	p.WorkJobs(t)
	p.call("GET", "/v1/travel/calibration", dispatcher, nil).into(http.StatusOK, &done)
	if done.ID != queued.ID || done.Status != "done" || !done.InUse || len(done.Modes) != 1 {
		t.Fatalf("%+v", done)
	}
	if m := done.Modes[0]; m.Transport != "car" || m.Samples != 30*29 || !m.Applied || m.ErrorAfter >= m.ErrorBefore {
		t.Errorf("%+v", m)
	}
}
