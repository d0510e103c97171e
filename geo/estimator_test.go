package geo_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tournee/geo"
)

var (
	notreDame = geo.Position{Lat: 48.8530, Lon: 2.3499}
	laDefense = geo.Position{Lat: 48.8920, Lon: 2.2380}
	massy     = geo.Position{Lat: 48.7269, Lon: 2.2830}
	meaux     = geo.Position{Lat: 48.9601, Lon: 2.8788}
	modes     = []geo.Mode{geo.Car, geo.Bike, geo.Foot, geo.PublicTransport}
)

func paris(t testing.TB) *time.Location {
	t.Helper()
	location, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return location
}

func estimator(t testing.TB) *geo.Estimator {
	t.Helper()
	e, err := geo.NewEstimator(geo.DefaultParameters(), paris(t))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func drawPosition(t *rapid.T, label string) geo.Position {
	return geo.Position{
		Lat: rapid.Float64Range(48.1, 49.3).Draw(t, label+" latitude"),
		Lon: rapid.Float64Range(1.4, 3.6).Draw(t, label+" longitude"),
	}
}

// drawInstant draws across both changes of clock of 2026 in Europe/Paris, and any nanosecond.
func drawInstant(t *rapid.T, label string) time.Time {
	change := rapid.SampledFrom([]time.Time{
		time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC),
	}).Draw(t, label+" clock change")
	return change.Add(time.Duration(rapid.Int64Range(-int64(30*time.Hour), int64(30*time.Hour)).Draw(t, label)))
}

func TestLeavingLaterNeverArrivesEarlier(t *testing.T) {
	t.Parallel()
	e := estimator(t)
	rapid.Check(t, func(t *rapid.T) {
		from, to := drawPosition(t, "from"), drawPosition(t, "to")
		mode := rapid.SampledFrom(modes).Draw(t, "mode")
		early := drawInstant(t, "early")
		late := early.Add(time.Duration(rapid.Int64Range(0, int64(3*time.Hour)).Draw(t, "later by")))
		arrivesEarly := early.Add(e.Travel(from, to, mode, early))
		arrivesLate := late.Add(e.Travel(from, to, mode, late))
		if arrivesLate.Before(arrivesEarly) {
			t.Fatalf("leaving %v arrives %v, but leaving later, %v, arrives %v", early, arrivesEarly, late, arrivesLate)
		}
	})
}

func TestAJourneyBetweenDifferentPlacesTakesTimeAndAStayTakesNone(t *testing.T) {
	t.Parallel()
	e := estimator(t)
	rapid.Check(t, func(t *rapid.T) {
		from := drawPosition(t, "from")
		to := geo.Position{Lat: from.Lat, Lon: math.Nextafter(from.Lon, 90)}
		if rapid.Bool().Draw(t, "far") {
			to = drawPosition(t, "to")
		}
		mode, leave := rapid.SampledFrom(modes).Draw(t, "mode"), drawInstant(t, "leave")
		if got := e.Travel(from, to, mode, leave); from != to && got < time.Second {
			t.Fatalf("%v to %v takes %v", from, to, got)
		}
		if got := e.Travel(from, from, mode, leave); got != 0 {
			t.Fatalf("staying at %v takes %v", from, got)
		}
	})
}

func TestNoJourneyIsFasterThanTheLowerBoundOfItsDistance(t *testing.T) {
	t.Parallel()
	e := estimator(t)
	rapid.Check(t, func(t *rapid.T) {
		from, to := drawPosition(t, "from"), drawPosition(t, "to")
		mode := rapid.SampledFrom(modes).Draw(t, "mode")
		departure := e.Leaving(drawInstant(t, "leave"))
		distance := geo.Distance(from, to)
		nearer := distance * rapid.Float64Range(0, 1).Draw(t, "share of the distance")
		seconds := departure.Seconds(e.Place(from), e.Place(to), mode)
		if bound := departure.AtLeast(distance, mode); seconds < bound {
			t.Fatalf("%v metres by %v take %d s, below the bound %d s", distance, mode, seconds, bound)
		}
		least := min(departure.AtLeast(distance, mode), departure.AtLeast(distance, geo.Foot))
		if bound := departure.AtLeastOf(distance, 1<<mode|1<<geo.Foot); bound != least {
			t.Fatalf("%v metres by %v or on foot: the bound is %d s, want %d s", distance, mode, bound, least)
		}
		if departure.AtLeast(nearer, mode) > departure.AtLeast(distance, mode) {
			t.Fatalf("the bound falls with the distance between %v and %v metres", nearer, distance)
		}
	})
}

func TestAFartherPlaceInTheSameSuburbNeverTakesLess(t *testing.T) {
	t.Parallel()
	e := estimator(t)
	leave := time.Date(2026, 5, 12, 9, 0, 0, 0, paris(t))
	for _, mode := range modes {
		previous := time.Duration(0)
		for step := range 400 {
			to := geo.Position{Lat: massy.Lat - float64(step)*0.001, Lon: massy.Lon}
			took := e.Travel(massy, to, mode, leave)
			if took < previous {
				t.Fatalf("%v: step %d takes %v, the step before %v", mode, step, took, previous)
			}
			previous = took
		}
	}
}

func TestACarCrossesParisSlowerAtTheEveningPeakThanAtNight(t *testing.T) {
	t.Parallel()
	e := estimator(t)
	// 2 km at 30 km/h, 8 km at 45, the rest at 70; one end of the journey is dense. Rounding moves nothing here.
	way := geo.Distance(notreDame, meaux) * 1.4 / 1000
	freeFlow := (2/30.0 + 8/45.0 + (way-10)/70) * 3600 * (1 + 0.35/2)
	night := time.Date(2026, 5, 12, 1, 0, 0, 0, paris(t))
	want := time.Duration(math.Ceil(freeFlow)+240) * time.Second
	if got := e.Travel(notreDame, meaux, geo.Car, night); got != want {
		t.Errorf("at night: %v, want %v", got, want)
	}
	peak := time.Date(2026, 5, 12, 17, 0, 0, 0, paris(t))
	want = time.Duration(math.Ceil(freeFlow/0.64)+240) * time.Second
	if got := e.Travel(notreDame, meaux, geo.Car, peak); got != want {
		t.Errorf("at 17:00: %v, want %v", got, want)
	}
}

func TestAJourneyGoesOnAtTheSpeedOfTheHourItRunsInto(t *testing.T) {
	t.Parallel()
	parameters := geo.DefaultParameters()
	parameters.Dense = nil
	e, err := geo.NewEstimator(parameters, paris(t))
	if err != nil {
		t.Fatal(err)
	}
	way := geo.Distance(massy, meaux) * 1.4 / 1000
	freeFlow := (2/30.0 + 8/45.0 + (way-10)/70) * 3600
	// Ten minutes at 65 % of free flow until 10:00, the rest at 78 %.
	want := time.Duration(600+math.Ceil((freeFlow-600*0.65)/0.78)+240) * time.Second
	leave := time.Date(2026, 5, 12, 9, 50, 0, 0, paris(t))
	if got := e.Travel(massy, meaux, geo.Car, leave); got != want {
		t.Errorf("leaving at 9:50: %v, want %v", got, want)
	}
}

func TestDefaultJourneysInIleDeFranceArePlausible(t *testing.T) {
	t.Parallel()
	e := estimator(t)
	morning := time.Date(2026, 5, 12, 10, 30, 0, 0, paris(t))
	for _, journey := range []struct {
		name     string
		from, to geo.Position
		mode     geo.Mode
		min, max time.Duration
	}{
		{"Notre-Dame to La Défense by car", notreDame, laDefense, geo.Car, 25 * time.Minute, 45 * time.Minute},
		{"Notre-Dame to La Défense by train", notreDame, laDefense, geo.PublicTransport, 30 * time.Minute, 50 * time.Minute},
		{"Notre-Dame to La Défense by bike", notreDame, laDefense, geo.Bike, 40 * time.Minute, 60 * time.Minute},
		{"Massy to Notre-Dame by train", massy, notreDame, geo.PublicTransport, 45 * time.Minute, 70 * time.Minute},
		{"Massy to Meaux by car", massy, meaux, geo.Car, 60 * time.Minute, 100 * time.Minute},
	} {
		if got := e.Travel(journey.from, journey.to, journey.mode, morning); got < journey.min || got > journey.max {
			t.Errorf("%s takes %v, want %v to %v", journey.name, got, journey.min, journey.max)
		}
	}
}

func TestMatrixAgreesWithTravelWithinTheHour(t *testing.T) {
	t.Parallel()
	e := estimator(t)
	positions := []geo.Position{notreDame, laDefense, massy, meaux, notreDame}
	nine := time.Date(2026, 5, 12, 9, 0, 0, 0, paris(t))
	for _, mode := range modes {
		m := e.Matrix(positions, mode, 9)
		for i, from := range positions {
			for j, to := range positions {
				seconds, metres := m.At(i, j)
				if want := e.Metres(from, to, mode); int(metres) != want {
					t.Errorf("%v %d→%d: %d m, want %d", mode, i, j, metres, want)
				}
				travel := e.Travel(from, to, mode, nine)
				if travel < time.Hour && time.Duration(seconds)*time.Second != travel {
					t.Errorf("%v %d→%d: %d s, want %v", mode, i, j, seconds, travel)
				}
			}
		}
	}
	if seconds, metres := e.Matrix(positions, geo.Car, 9).At(0, 4); seconds != 0 || metres != 0 {
		t.Errorf("two visits at one address: %d s and %d m apart, want none", seconds, metres)
	}
}

func TestDistanceIsTheHaversineDistance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := geo.Position{Lat: rapid.Float64Range(-90, 90).Draw(t, "a.lat"), Lon: rapid.Float64Range(-180, 180).Draw(t, "a.lon")}
		b := geo.Position{Lat: rapid.Float64Range(-90, 90).Draw(t, "b.lat"), Lon: rapid.Float64Range(-180, 180).Draw(t, "b.lon")}
		rad := math.Pi / 180
		h := math.Pow(math.Sin((b.Lat-a.Lat)*rad/2), 2) +
			math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*math.Pow(math.Sin((b.Lon-a.Lon)*rad/2), 2)
		want := 2 * geo.EarthRadius * math.Asin(math.Sqrt(min(1, h)))
		if got := geo.Distance(a, b); math.Abs(got-want) > 1e-6*want+1 {
			t.Fatalf("%v to %v: %v m, want %v m", a, b, got, want)
		}
		if geo.Distance(a, b) != geo.Distance(b, a) {
			t.Fatalf("the distance from %v to %v differs from the way back", a, b)
		}
	})
	// Notre-Dame to Meaux, checked by hand: 0.1071° north, 0.5289° east at 48.9°.
	if got := geo.Distance(notreDame, meaux); math.Abs(got-40_440) > 100 {
		t.Errorf("Notre-Dame to Meaux is %v m", got)
	}
}

func BenchmarkMatrix600(b *testing.B) {
	e := estimator(b)
	positions := make([]geo.Position, 600)
	for i := range positions {
		positions[i] = geo.Position{Lat: 48.5 + 0.001*float64(i), Lon: 2 + 0.0015*float64((i*37)%600)}
	}
	b.ReportAllocs()
	for b.Loop() {
		e.Matrix(positions, geo.Car, 9)
	}
}
