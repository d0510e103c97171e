package main

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tournee/geo"
)

func TestTheTableTellsTheErrorBeforeAndAfter(t *testing.T) {
	t.Parallel()
	dir, r := t.TempDir(), rand.New(rand.NewPCG(1, 1))
	m := map[string]any{"name": "nowhere"}
	var points []map[string]float64
	for range 80 {
		points = append(points, map[string]float64{"lat": 47.2 + 0.14*r.Float64(), "lon": -1.6 + 0.2*r.Float64()})
	}
	var durations, distances [][]any
	for _, p := range points {
		var times, metres []any
		for _, q := range points {
			d := geo.Distance(geo.Position{Lat: p["lat"], Lon: p["lon"]}, geo.Position{Lat: q["lat"], Lon: q["lon"]})
			times, metres = append(times, d/7), append(metres, d*1.3)
		}
		times[r.IntN(80)] = nil // no way
		durations, distances = append(durations, times), append(distances, metres)
	}
	m["points"], m["durations_s"], m["distances_m"] = points, durations, distances
	text, err := json.Marshal(m)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "nowhere_200.json"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	before, after := figuresOf(t, dir, "nowhere", "1")
	if before < 10 || after > 3 {
		t.Errorf("%g %% before, %g %% after", before, after)
	}
}

// The figures of docs/benchmarks.md: TRAVEL_DATA names the folder of the matrices.
func TestCalibratedOnHalfThePlacesTheOtherHalfIsNear(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("TRAVEL_DATA")
	if dir == "" {
		t.Skip("TRAVEL_DATA is not set: the matrices of Lyon and Porto are not part of the project")
	}
	sum := 0.0
	for name, most := range map[string]float64{"lyon_insa": 8, "porto_uniform": 13} {
		before, after := figuresOf(t, dir, name, "5")
		if after > most || after > 0.6*before {
			t.Errorf("%s: %g %% before, %g %% after, want at most %g", name, before, after, most)
		}
		sum += after
	}
	if sum/2 > 12 {
		t.Errorf("%g %% on the mean, want 12 at most", sum/2)
	}
}

func TestWhatIsNoMatrixIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`[]`, `{"points":[{"lat":1,"lon":2}],"durations_s":[]}`, `{"points":[{"lat":1,"lon":2}],"durations_s":[[]],"distances_m":[[0]]}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a_200.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := travel([]string{"-data", dir}, io.Discard, io.Discard); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}

// figuresOf are the mean errors of a place in per cent.
func figuresOf(t *testing.T, dir, name, splits string) (before, after float64) {
	t.Helper()
	var out bytes.Buffer
	if err := travel([]string{"-data", dir, "-splits", splits}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if !strings.Contains(line, "**"+name+"**") {
			continue
		}
		shares := regexp.MustCompile(`([0-9.]+) %`).FindAllStringSubmatch(line, -1)
		before, _ = strconv.ParseFloat(shares[0][1], 64)
		after, _ = strconv.ParseFloat(shares[2][1], 64)
		return before, after
	}
	t.Fatalf("no mean of %s in\n%s", name, out.String())
	return 0, 0
}
