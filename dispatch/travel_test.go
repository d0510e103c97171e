package dispatch_test

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
	"tournee/geo"
	"tournee/geo/cell"
)

// engine is a road engine on which every way takes as many seconds a metre as it says; without a pace no way leads anywhere.
type engine struct {
	pace  float64
	hours []int
	fails error
	asked atomic.Int32
	ways  atomic.Int32
}

func (e *engine) Modes() []geo.Mode { return []geo.Mode{geo.Car} }
func (e *engine) Hours() []int      { return e.hours }

func (e *engine) Table(_ context.Context, mode geo.Mode, from, to []geo.Position, leave time.Time) ([]geo.Leg, error) {
	e.asked.Add(1)
	e.ways.Add(int32(len(from) * len(to)))
	if mode != geo.Car {
		return nil, errors.New("no map")
	}
	legs := make([]geo.Leg, len(from)*len(to))
	for i, f := range from {
		for j, t := range to {
			d := geo.Distance(f, t)
			if e.pace > 0 {
				legs[i*len(to)+j] = geo.Leg{Seconds: d * e.pace, Metres: 2 * d, Reachable: true}
			}
			if !leave.IsZero() {
				legs[i*len(to)+j].Seconds *= 2
			}
		}
	}
	return legs, e.fails
}

// on is a service on the World's store with a road engine.
func on(t *testing.T, w *dispatchtest.World, road dispatch.Road) *dispatch.Service {
	t.Helper()
	travel, err := geo.NewEstimator(geo.DefaultParameters(), w.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return dispatch.New(dispatch.Config{
		Store: w.DB, Sender: w.Sender, Geocoder: w.Geocoder, Travel: travel, Road: road, Clock: w.Clock.Now, Log: slog.New(slog.DiscardHandler),
		Secrets: [][]byte{make([]byte, 32)},
	})
}

func learn(t *testing.T, w *dispatchtest.World, s *dispatch.Service) {
	t.Helper()
	if err := s.LearnTravel(t.Context(), w.Organization.ID); err != nil {
		t.Fatal(err)
	}
}

// longestByCar is the longest journey by car in the week's problem, in seconds.
func longestByCar(t *testing.T, w *dispatchtest.World, s *dispatch.Service) (seconds, metres int64) {
	t.Helper()
	p, err := s.Problem(t.Context(), w.Dispatcher, dispatch.Span{Start: w.At(0, 0, 0), End: w.At(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	for _, travel := range p.Travel {
		for i := range travel.Seconds {
			for j := range travel.Seconds[i] {
				if travel.Mode == "car" {
					seconds, metres = max(seconds, int64(travel.Seconds[i][j])), max(metres, int64(travel.Metres[i][j]))
				}
			}
		}
	}
	return seconds, metres
}

func learnt(t *testing.T, w *dispatchtest.World, condition string) (n int) {
	t.Helper()
	tx, err := w.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), `SELECT set_config('app.organization_id', $1, true)`, w.Organization.ID.String()); err != nil {
		t.Fatal(err)
	}
	if err := tx.QueryRow(t.Context(), `SELECT count(*) FROM travel_times WHERE `+condition).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTravelTimesAreLearntOnceAndPlansGoByThem(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Request(t, nil)
	w.WorkJobs(t)
	seconds, metres := longestByCar(t, w, w.Service)
	road := &engine{pace: 0.36} // 10 km/h
	service := on(t, w, road)
	learn(t, w, service)
	asked := road.asked.Load()
	if asked == 0 || learnt(t, w, "mode = 'car' AND hour = -1 AND seconds > 0") == 0 || learnt(t, w, "mode <> 'car'") != 0 {
		t.Fatalf("asked %d times, %d rows", asked, learnt(t, w, "true"))
	}
	slower, longer := longestByCar(t, w, service)
	if slower < seconds*3/2 || float64(longer) < 1.3*float64(metres) {
		t.Errorf("the longest journey takes %d s over %d m, and %d s over %d m before the road was known", slower, longer, seconds, metres)
	}
	if aware, _ := longestByCar(t, w, w.Service); aware != slower {
		t.Errorf("another node says %d s, want %d", aware, slower)
	}
	w.Tx(t, func(ctx context.Context) error {
		times, err := w.DB.SampleTravelTimes(ctx, 10_000)
		for i := range times {
			times[i].Seconds *= 2
		}
		return errors.Join(err, w.DB.SaveTravelTimes(ctx, times))
	})
	if remembered, _ := longestByCar(t, w, w.Service); remembered != slower {
		t.Errorf("a node that remembers what it read says %d s, want %d", remembered, slower)
	}
	w.Clock.Advance(10 * time.Minute)
	if aware, _ := longestByCar(t, w, w.Service); aware < slower*3/2 {
		t.Errorf("ten minutes later it says %d s, want about twice %d", aware, slower)
	}
	if learn(t, w, service); road.asked.Load() != asked {
		t.Error("asked again about what is fresh")
	}
	w.Request(t, func(in *dispatch.NewRequest) { in.SiteID, in.ClientID = w.CompanySites[1].ID, w.Company.ID })
	w.WorkJobs(t)
	if road.asked.Load() != asked {
		t.Error("the road engine was asked while a visit was placed")
	}
	before := road.ways.Load()
	if learn(t, w, service); road.asked.Load() == asked || road.ways.Load()-before > 2*int32(learnt(t, w, "true")) {
		t.Errorf("a new site: %d ways asked", road.ways.Load()-before)
	}
}

func TestWhatTheRoadEngineSaysOfAnHourCountsForThePlan(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Request(t, nil)
	w.WorkJobs(t)
	freeFlow := on(t, w, &engine{pace: 0.36})
	learn(t, w, freeFlow)
	free, _ := longestByCar(t, w, freeFlow)
	timed := on(t, w, &engine{pace: 0.36, hours: []int{9}}) // twice as long in traffic
	learn(t, w, timed)
	if learnt(t, w, "hour = 9") == 0 {
		t.Fatal("nothing is known of 9 o'clock")
	}
	if traffic, _ := longestByCar(t, w, timed); traffic < free*11/10 {
		t.Errorf("%d s with traffic, %d s by free flow and the estimator's hours", traffic, free)
	}
}

func TestARoadEngineThatFailsOrFindsNoWayLeavesPlansAsTheyWere(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	visit := w.VisitOf(t, w.Request(t, nil))
	w.WorkJobs(t)
	seconds, metres := longestByCar(t, w, w.Service)
	learn(t, w, on(t, w, &engine{pace: 1, fails: errors.New("down")}))
	if learnt(t, w, "true") != 0 {
		t.Error("kept what a failing engine said")
	}
	learn(t, w, on(t, w, &engine{}))
	if learnt(t, w, "seconds IS NULL") == 0 {
		t.Error("that there is no way is not kept")
	}
	if s, m := longestByCar(t, w, on(t, w, nil)); s != seconds || m != metres {
		t.Errorf("%d s and %d m, %d s and %d m before", s, m, seconds, metres)
	}
	if v, err := w.Service.Visit(t.Context(), w.Dispatcher, visit.ID); err != nil || v.Assignment == nil {
		t.Errorf("the visit has no place: %v", err)
	}
	if err := w.Service.LearnTravel(t.Context(), w.Organization.ID); err != nil {
		t.Errorf("without a road engine: %v", err)
	}
}

func TestASlotIsQuotedByWhatTheRoadEngineSaidBefore(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Request(t, nil)
	w.WorkJobs(t)
	road := &engine{pace: 0.36}
	service := on(t, w, road)
	cost := func() int64 {
		t.Helper()
		work := described(w)
		a, err := service.Availability(t.Context(), w.Dispatcher, dispatch.AvailabilityQuery{Work: &work, From: w.At(0, 8, 0), To: w.At(2, 18, 0)})
		if err != nil {
			t.Fatal(err)
		}
		return slotAt(t, a, w.At(1, 10, 0)).Cost
	}
	before := cost()
	if road.asked.Load() != 0 {
		t.Error("the road engine was asked for a quote")
	}
	learn(t, w, service)
	asked := road.asked.Load()
	w.Clock.Advance(11 * time.Minute) // boards in memory are older than that
	if after := cost(); after < before*5/4 || road.asked.Load() != asked {
		t.Errorf("the slot costs %d, %d before the roads were known; asked %d times more", after, before, road.asked.Load()-asked)
	}
}

// roads fills the store with ways among cells around Paris, at a pace.
func roads(t *testing.T, w *dispatchtest.World, pace float64) {
	t.Helper()
	var times []dispatch.TravelTime
	var cells []cell.Cell
	for i := range 40 {
		at := geo.Position{Lat: 48.75 + 0.2*math.Mod(0.618*float64(i), 1), Lon: 2.15 + 0.4*math.Mod(0.755*float64(i), 1)}
		cells = append(cells, cell.Of(at, cell.SiteResolution))
	}
	for _, a := range cells {
		for _, b := range cells {
			if d := geo.Distance(a.Centre(), b.Centre()); a != b {
				times = append(times, dispatch.TravelTime{
					Mode: geo.Car, From: int64(a), To: int64(b), Hour: geo.FreeFlow, Seconds: int(d*pace) + 1, Metres: int(1.5 * d), Reachable: true, LearntAt: w.Clock.Now(),
				})
			}
		}
	}
	w.Tx(t, func(ctx context.Context) error { return w.DB.SaveTravelTimes(ctx, times) })
}

func TestAnAdministratorCalibratesAndPlansGoByIt(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	w.Request(t, nil)
	w.WorkJobs(t)
	if c, err := w.Service.Calibration(t.Context(), w.Dispatcher); err != nil || c.Status != dispatch.CalibrationNone {
		t.Errorf("before any: %+v, %v", c, err)
	}
	roads(t, w, 0.36)
	before, _ := longestByCar(t, w, w.Service)
	if _, err := w.Service.StartCalibration(t.Context(), w.Dispatcher); dispatch.KindOf(err) != dispatch.KindForbidden {
		t.Errorf("a dispatcher started one: %v", err)
	}
	started, err := w.Service.StartCalibration(t.Context(), w.Administrator)
	if err != nil || started.Status != dispatch.CalibrationQueued {
		t.Fatalf("%+v, %v", started, err)
	}
	if again, err := w.Service.StartCalibration(t.Context(), w.Administrator); err != nil || again.ID != started.ID {
		t.Errorf("a second one while the first waits: %v, %v", again.ID, err)
	}
	w.WorkJobs(t)
	done, err := w.Service.Calibration(t.Context(), w.Dispatcher)
	car := done.Report[geo.Car]
	if err != nil || done.ID != started.ID || done.Status != dispatch.CalibrationDone || done.FinishedAt == nil || !done.InUse {
		t.Fatalf("%+v, %v", done, err)
	}
	if !car.Applied || car.Samples != 40*39 || car.Places != 40 || car.Checked == 0 || car.After > 0.1 || car.Before < 2*car.After || done.Report[geo.Foot].Applied {
		t.Errorf("%+v", done.Report)
	}
	if after, _ := longestByCar(t, w, w.Service); after < before*3/2 {
		t.Errorf("the longest journey takes %d s, %d s before", after, before)
	}
	if err := w.Service.CalibrateTravel(t.Context(), w.Organization.ID, started.ID); err != nil {
		t.Errorf("the job again: %v", err)
	}
}

func TestTheEstimatorIsCalibratedEveryDayWhereThereIsSomethingToLearn(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	daily := func() dispatch.TravelCalibration {
		t.Helper()
		if err := w.Service.CalibrateTravel(t.Context(), w.Organization.ID, uuid.Nil); err != nil {
			t.Fatal(err)
		}
		c, _ := w.Service.Calibration(t.Context(), w.Administrator)
		return c
	}
	if c := daily(); c.ID != uuid.Nil {
		t.Errorf("nothing to learn, and yet %+v", c)
	}
	roads(t, w, 0.1)
	first := daily()
	if first.Status != dispatch.CalibrationDone || first.RequestedBy != uuid.Nil || !first.InUse {
		t.Fatalf("%+v", first)
	}
	w.Clock.Advance(time.Hour)
	if c := daily(); c.ID != first.ID {
		t.Error("calibrated again after an hour")
	}
	roads(t, w, 0.2)
	w.Clock.Advance(24 * time.Hour)
	if c := daily(); c.ID == first.ID || !c.InUse {
		t.Error("not calibrated again the next day")
	}
	w.Clock.Advance(200 * 24 * time.Hour)
	if err := w.Service.Forget(t.Context(), w.Organization.ID); err != nil {
		t.Fatal(err)
	}
	if c, err := w.Service.Calibration(t.Context(), w.Administrator); err != nil || !c.InUse || learnt(t, w, "true") != 0 {
		t.Errorf("what is in use was forgotten, or the road engine's old words were not: %v", err)
	}
}

func TestAJourneyBeginsWhereTheTechnicianWasSeen(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	nine := w.At(0, 9, 0)
	v := w.VisitOf(t, w.Request(t, nil))
	v, err := w.Service.AssignVisit(t.Context(), w.Dispatcher, v.ID, v.Version, dispatch.Choice{TechnicianID: w.Karim.ID, Begin: &nine})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Service.PublishRoutes(t.Context(), w.Dispatcher, dispatch.Span{Start: w.At(0, 0, 0), End: w.At(1, 0, 0)}, nil); err != nil {
		t.Fatal(err)
	}
	step := func(to dispatch.VisitStatus, hour, minute int) {
		t.Helper()
		w.Clock.Set(w.At(0, hour, minute))
		at := w.Clock.Now()
		if _, err := w.Service.TransitionVisit(t.Context(), w.AsKarim, v.ID, dispatch.Transition{To: to, At: at}); err != nil {
			t.Fatal(err)
		}
	}
	step(dispatch.Accepted, 8, 0)
	step(dispatch.EnRoute, 8, 25)
	step(dispatch.Arrived, 8, 58)
	trips := func() (out []dispatch.Trip) {
		t.Helper()
		w.Tx(t, func(ctx context.Context) (err error) {
			out, err = w.DB.Trips(ctx, w.At(-1, 0, 0), 10)
			return err
		})
		if len(out) != 1 {
			t.Fatalf("%d journeys, want 1: %v", len(out), out)
		}
		return out
	}
	got := trips()[0]
	if got.From != w.ShiftOf(w.Karim, 0).StartPlace || got.To != w.HouseholdSite.Position || got.Mode != geo.Car || got.Hour != 8 ||
		got.Arrive.Sub(got.Leave) != 33*time.Minute {
		t.Errorf("from the start of the shift: %+v", got)
	}
	seen := geo.Position{Lat: 48.875, Lon: 2.375}
	w.Tx(t, func(ctx context.Context) error {
		return w.DB.InsertFixes(ctx, []dispatch.Fix{{TechnicianID: w.Karim.ID, At: w.At(0, 8, 22), Position: seen, Cell: 1}})
	})
	if got := trips()[0]; geo.Distance(got.From, seen) > 1 {
		t.Errorf("from where Karim was seen: %+v", got)
	}
}
