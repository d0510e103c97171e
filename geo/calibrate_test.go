package geo_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tournee/geo"
)

// town draws so many places in a square of about 15 km, well outside the default dense areas.
func town(r *rand.Rand, n int) []geo.Position {
	places := make([]geo.Position, n)
	for i := range places {
		places[i] = geo.Position{Lat: 47.2 + 0.14*r.Float64(), Lon: -1.6 + 0.2*r.Float64()}
	}
	return places
}

// grid is a tiling of the town in squares of about 1.5 km.
func grid() geo.Tiling {
	t := geo.Tiling{Spacing: 1500}
	for i := range 11 {
		for j := range 11 {
			t.Centres = append(t.Centres, geo.Position{Lat: 47.2 + 0.014*float64(i), Lon: -1.6 + 0.02*float64(j)})
		}
	}
	return t
}

// journeys are all those among the places, as long as truth says.
func journeys(places []geo.Position, truth func(from, to geo.Position) float64) (samples []geo.Sample) {
	for _, from := range places {
		for _, to := range places {
			if from != to {
				samples = append(samples, geo.Sample{From: from, To: to, Mode: geo.Car, Seconds: truth(from, to), Metres: 1.3 * geo.Distance(from, to), Hour: geo.FreeFlow})
			}
		}
	}
	return samples
}

func calibrate(t *testing.T, samples []geo.Sample, tiling geo.Tiling) (geo.Parameters, geo.ModeCalibration) {
	t.Helper()
	got, report := geo.Calibrate(samples, geo.DefaultParameters(), [geo.Modes]geo.Tiling{geo.Car: tiling})
	if err := got.Validate(); err != nil {
		t.Fatal(err)
	}
	return got, report[geo.Car]
}

func TestCalibratingFindsTheSpeedsAndTheDetourOfATown(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	places := town(r, 60)
	truth := func(from, to geo.Position) float64 { return 40 + geo.Distance(from, to)/8 } // 40 s and 29 km/h
	samples := journeys(places, truth)
	for i := range samples {
		if i%11 == 0 {
			samples[i].Seconds *= 20 // nonsense
		}
	}
	got, report := calibrate(t, samples, geo.Tiling{})
	if !report.Applied || report.Samples != len(samples) || report.Places != 60 {
		t.Fatalf("%+v", report)
	}
	mean, n, err := geo.MeanError(got, journeys(town(r, 40), truth))
	if err != nil || n < 500 || mean > 0.02 {
		t.Errorf("other places of the town are %.3f off over %d journeys: %v", mean, n, err)
	}
	if d := got.Modes[geo.Car].Detour; math.Abs(d-1.3) > 0.001 {
		t.Errorf("detour %g", d)
	}
	if !reflect.DeepEqual(got.Modes[geo.Foot], geo.DefaultParameters().Modes[geo.Foot]) {
		t.Error("learnt to walk from cars")
	}
}

func TestCalibratingFindsTheRiverAndTheSlowQuarter(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(2, 2))
	truth := func(from, to geo.Position) float64 {
		seconds := 30 + geo.Distance(from, to)/9
		if (from.Lat < 47.27) != (to.Lat < 47.27) {
			seconds += 240 // the bridge
		}
		if to.Lon < -1.53 {
			seconds += 120 // the old town
		}
		return seconds
	}
	samples, check := journeys(town(r, 90), truth), journeys(town(r, 40), truth)
	flat, _ := calibrate(t, samples, geo.Tiling{})
	zoned, report := calibrate(t, samples, grid())
	without, _, _ := geo.MeanError(flat, check)
	with, _, _ := geo.MeanError(zoned, check)
	if with > 0.6*without || with > 0.06 {
		t.Errorf("with zones %.3f off, without %.3f", with, without)
	}
	if report.After >= report.Before || report.Zones != 121 || report.Checked == 0 {
		t.Errorf("%+v", report)
	}
}

func TestCalibratingFindsTheEveningPeakAndTheTimeAtTheDoor(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	places := town(r, 50)
	driving := func(from, to geo.Position) float64 { return 30 + geo.Distance(from, to)/9 }
	samples := journeys(places, driving)
	speeds := [24]float64{8: 0.5, 17: 0.4, 12: 0.9}
	for range 1500 {
		from, to := places[r.IntN(50)], places[r.IntN(50)]
		hour := []int{8, 12, 17}[r.IntN(3)]
		samples = append(samples, geo.Sample{From: from, To: to, Mode: geo.Car, Hour: hour, Door: true, Seconds: driving(from, to)/speeds[hour] + 420})
	}
	got, report := calibrate(t, samples, geo.Tiling{})
	m := got.Modes[geo.Car]
	for hour, speed := range speeds {
		if speed > 0 && math.Abs(float64(m.Hours[hour])/1000-speed) > 0.05 {
			t.Errorf("hour %d: %d thousandths, want %g", hour, m.Hours[hour], speed)
		}
	}
	if m.Hours[3] != 1000 || math.Abs(float64(m.Access)-420) > 30 || report.Trips < 1400 {
		t.Errorf("hour 3: %d, access %d, %d trips", m.Hours[3], m.Access, report.Trips)
	}
}

func TestFewSamplesTeachNothing(t *testing.T) {
	t.Parallel()
	places := town(rand.New(rand.NewPCG(4, 4)), 12)
	got, report := calibrate(t, journeys(places, func(_, _ geo.Position) float64 { return 3000 }), grid())
	if report.Applied || !reflect.DeepEqual(got, geo.DefaultParameters()) {
		t.Errorf("%+v", report)
	}
}

// Whatever the samples say, absurd as it may be, the parameters are valid, repeat themselves, survive being kept as JSON, and an estimator of
// them never lets a later departure arrive earlier, nor a journey beat its lower bound.
func TestWhateverIsLearntIsValidAndMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		places := append(town(r, 20+r.IntN(20)), notreDame, laDefense, massy, meaux)
		spread := rapid.Float64Range(0, 3).Draw(t, "nonsense")
		var samples []geo.Sample
		for range 600 {
			s := geo.Sample{
				From: places[r.IntN(len(places))], To: places[r.IntN(len(places))], Mode: geo.Car, Hour: r.IntN(25) - 1, Door: r.IntN(2) == 0,
				Metres: 3e4 * r.Float64(),
			}
			s.Seconds = math.Exp(spread*r.NormFloat64()) * (20 + geo.Distance(s.From, s.To)/10)
			samples = append(samples, s, geo.Sample{Mode: geo.Mode(r.IntN(6)), Seconds: math.NaN()})
		}
		tilings := [geo.Modes]geo.Tiling{geo.Car: grid()}
		learnt, _ := geo.Calibrate(samples, geo.DefaultParameters(), tilings)
		if again, _ := geo.Calibrate(samples, geo.DefaultParameters(), tilings); !reflect.DeepEqual(learnt, again) {
			t.Fatal("the same samples taught something else")
		}
		text, err := json.Marshal(learnt)
		var kept geo.Parameters
		if err == nil {
			err = json.Unmarshal(text, &kept)
		}
		if err != nil || !reflect.DeepEqual(kept, learnt) {
			t.Fatalf("kept as JSON it is something else: %v", err)
		}
		zone, _ := time.LoadLocation("Europe/Paris")
		e, err := geo.NewEstimator(learnt, zone)
		if err != nil {
			t.Fatal(err)
		}
		checkMonotone(t, e, places[r.IntN(len(places))], places[r.IntN(len(places))], drawInstant(t, "leave"), r.Int64N(7200))
	})
}

func checkMonotone(t *rapid.T, e *geo.Estimator, from, to geo.Position, leave time.Time, later int64) {
	wait := time.Duration(later) * time.Second
	if early, late := e.Travel(from, to, geo.Car, leave), wait+e.Travel(from, to, geo.Car, leave.Add(wait)); late < early {
		t.Fatalf("leaving %v later arrives after %v instead of %v", wait, late, early)
	}
	departure := e.Leaving(leave)
	seconds := departure.Seconds(e.Place(from), e.Place(to), geo.Car)
	metres := geo.Distance(from, to)
	bound := departure.AtLeast(metres*(1-1e-9), geo.Car)
	if of := departure.AtLeastOf(metres*(1-1e-9), 1<<geo.Car); from != to && (seconds < bound || seconds < of) {
		t.Fatalf("%d s beat the bounds of %d and %d s", seconds, bound, of)
	}
	m := e.Matrix([]geo.Position{from, to}, geo.Car, 9)
	nine := time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC).Add(-2 * time.Hour) // 9:00 in Paris
	there := e.Travel(from, to, geo.Car, nine)
	if got, _ := m.At(0, 1); there < time.Hour && time.Duration(got)*time.Second != there {
		t.Fatalf("the matrix says %d s, the estimator %v", got, there)
	}
}

func TestFaultyZonesAreRefused(t *testing.T) {
	t.Parallel()
	for name, zones := range map[string]geo.Zones{
		"no reach":      {Centres: []geo.Position{massy}, Out: []float64{1}, In: []float64{1}, Between: []float64{0}},
		"no square":     {Centres: []geo.Position{massy}, Reach: 100, Out: []float64{1}, In: []float64{1}},
		"no centres":    {Reach: 100, Out: []float64{1}},
		"off the Earth": {Centres: []geo.Position{{Lat: 91}}, Reach: 100, Out: []float64{1}, In: []float64{1}, Between: []float64{0}},
		"no number":     {Centres: []geo.Position{massy}, Reach: 100, Out: []float64{math.NaN()}, In: []float64{1}, Between: []float64{0}},
	} {
		p := geo.DefaultParameters()
		p.Modes[geo.Car].Zones = zones
		if p.Validate() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
