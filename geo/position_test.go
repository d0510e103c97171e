package geo_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"tournee/geo"
)

func TestAPositionOffTheEarthIsRefusedWithEveryFault(t *testing.T) {
	t.Parallel()
	for _, refused := range []struct {
		position geo.Position
		words    []string
	}{
		{geo.Position{Lat: math.NaN(), Lon: 181}, []string{"latitude is not a finite number", "longitude 181 is outside"}},
		{geo.Position{Lat: 90.0001, Lon: math.Inf(-1)}, []string{"latitude 90.0001 is outside", "longitude is not a finite number"}},
		{geo.Position{Lat: -91, Lon: 0}, []string{"latitude -91 is outside"}},
	} {
		err := refused.position.Validate()
		for _, words := range refused.words {
			if err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("%v: got %v, want it to say %q", refused.position, err, words)
			}
		}
	}
	for _, accepted := range []geo.Position{{}, {Lat: 90, Lon: 180}, {Lat: -90, Lon: -180}, notreDame} {
		if err := accepted.Validate(); err != nil {
			t.Errorf("%v is refused: %v", accepted, err)
		}
	}
}

func TestModesReadAndWriteAsInTheAPI(t *testing.T) {
	t.Parallel()
	for mode, want := range map[geo.Mode]string{
		geo.Car: "car", geo.Bike: "bike", geo.Foot: "foot", geo.PublicTransport: "public_transport",
	} {
		text, err := mode.MarshalText()
		if err != nil || string(text) != want {
			t.Errorf("mode %d is written %q, %v; want %q", mode, text, err, want)
		}
		var back geo.Mode
		if err := back.UnmarshalText(text); err != nil || back != mode {
			t.Errorf("%q is read as %v, %v", text, back, err)
		}
	}
	if _, err := geo.ParseMode("Car"); err == nil || !strings.Contains(err.Error(), "public_transport") {
		t.Errorf("an unknown mode: got %v, want an error naming the known ones", err)
	}
	if _, err := geo.Mode(geo.Modes).MarshalText(); err == nil {
		t.Error("an unknown mode is written without an error")
	}
}

func TestFaultyTravelParametersAreRefusedAllAtOnce(t *testing.T) {
	t.Parallel()
	parameters := geo.DefaultParameters()
	parameters.Modes[geo.Car].Detour = 0.5
	parameters.Modes[geo.Car].Hours[3] = 0
	parameters.Modes[geo.Foot].Bands = []geo.Band{{UpTo: 5, KmPerHour: math.NaN()}}
	parameters.Modes[geo.Bike].Access = 0
	parameters.Dense[0].Radius = -1
	_, err := geo.NewEstimator(parameters, time.UTC)
	if err == nil {
		t.Fatal("faulty parameters are accepted")
	}
	for _, words := range []string{
		"car: detour 0.5", "car: hour 3: speed 0", "foot: the last band must have no end", "foot: band 0: speed NaN",
		"bike: access time 0", "dense area 0: radius -1",
	} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("the error does not say %q:\n%v", words, err)
		}
	}
	if _, err := geo.NewEstimator(geo.DefaultParameters(), nil); err == nil {
		t.Error("an estimator without a time zone is accepted")
	}
}
