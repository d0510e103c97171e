package road_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tournee/geo"
	"tournee/geo/road"
)

// places are n places in a row, a thousandth of a degree apart.
func places(n int, lon float64) []geo.Position {
	out := make([]geo.Position, n)
	for i := range out {
		out[i] = geo.Position{Lat: 45 + float64(i)/1000, Lon: lon}
	}
	return out
}

// seconds is how long the fake engines say that a journey takes; south of 45.001 there is no way east of 4.5.
func seconds(from, to geo.Position) *float64 {
	if to.Lat < 45.001 && to.Lon > 4.5 {
		return nil
	}
	s := 1e5*(to.Lat-45) + 1e3*(from.Lat-45) + 7
	return &s
}

func tables(from, to []geo.Position) (durations, distances [][]*float64) {
	for _, f := range from {
		var row, metres []*float64
		for _, t := range to {
			s := seconds(f, t)
			row, metres = append(row, s), append(metres, s)
		}
		durations, distances = append(durations, row), append(distances, metres)
	}
	return durations, distances
}

// fakeOSRM answers as osrm-routed does, and refuses more coordinates than its limit.
func fakeOSRM(t *testing.T, limit int) *httptest.Server {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		rest, ok := strings.CutPrefix(r.URL.Path, "/maps/table/v1/car/")
		if !ok || r.URL.Query().Get("annotations") != "duration,distance" {
			http.Error(w, `{"code":"InvalidUrl"}`, http.StatusBadRequest)
			return
		}
		var all []geo.Position
		for text := range strings.SplitSeq(rest, ";") {
			var p geo.Position
			if _, err := fmt.Sscanf(text, "%f,%f", &p.Lon, &p.Lat); err != nil {
				t.Errorf("coordinate %q: %v", text, err)
			}
			all = append(all, p)
		}
		if len(all) > limit {
			http.Error(w, `{"code":"TooBig"}`, http.StatusBadRequest)
			return
		}
		pick := func(name string) (out []geo.Position) {
			_, list, _ := strings.Cut(r.URL.RawQuery, "&"+name+"=") // net/url refuses a semicolon
			list, _, _ = strings.Cut(list, "&")
			for text := range strings.SplitSeq(list, ";") {
				var i int
				if _, err := fmt.Sscan(text, &i); err != nil || i >= len(all) {
					t.Errorf("%s %q: %v", name, text, err)
					return nil
				}
				out = append(out, all[i])
			}
			return out
		}
		durations, distances := tables(pick("sources"), pick("destinations"))
		_ = json.NewEncoder(w).Encode(map[string]any{"code": "Ok", "durations": durations, "distances": distances, "sources": []any{}})
	})
}

func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func client(t *testing.T, c road.Config) *road.Client {
	t.Helper()
	made, err := road.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func checkTable(t *testing.T, got []geo.Leg, from, to []geo.Position, metres float64) {
	t.Helper()
	if len(got) != len(from)*len(to) {
		t.Fatalf("%d journeys, want %d times %d", len(got), len(from), len(to))
	}
	for i, f := range from {
		for j, to1 := range to {
			leg, want := got[i*len(to)+j], seconds(f, to1)
			if want == nil && leg != (geo.Leg{}) {
				t.Errorf("%d→%d: %v, want no way", i, j, leg)
			}
			if want != nil && (!leg.Reachable || abs(leg.Seconds-*want) > 0.2 || abs(leg.Metres-*want*metres) > 0.2*metres) {
				t.Errorf("%d→%d: %v, want %g s", i, j, leg, *want)
			}
		}
	}
}

func abs(x float64) float64 { return max(x, -x) }

func TestATableOfManyPlacesIsAskedOfOSRMInBlocks(t *testing.T) {
	t.Parallel()
	server := fakeOSRM(t, 20)
	c := client(t, road.Config{URL: server.URL + "/maps/", Coordinates: 20})
	from, to := places(33, 4.25), places(21, 4.75)
	got, err := c.Table(t.Context(), geo.Car, from, to, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	checkTable(t, got, from, to, 1)
	if _, err := client(t, road.Config{URL: "osrm+" + server.URL + "/maps"}).Table(t.Context(), geo.Car, from, to, time.Time{}); road.KindOf(err) != road.Refused {
		t.Errorf("a table larger than the engine's limit: %v", err)
	}
}

func TestValhallaAnswersInItsShortAndInItsLongForm(t *testing.T) {
	t.Parallel()
	from, to := places(5, 4.25), places(7, 4.75)
	for name, long := range map[string]bool{"short": false, "long": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				var ask struct {
					Sources, Targets []geo.Position
					Costing          string
					DateTime         struct{ Value string } `json:"date_time"`
				}
				if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || r.URL.Path != "/v/sources_to_targets" || r.Method != http.MethodPost {
					t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
				}
				if ask.Costing != "bicycle" || ask.DateTime.Value != "2026-12-01T08:00" {
					t.Errorf("asked for %s at %q", ask.Costing, ask.DateTime.Value)
				}
				durations, distances := tables(ask.Sources, ask.Targets)
				var answer any = map[string]any{"durations": durations, "distances": distances}
				if long {
					rows := make([][]map[string]any, len(durations))
					for i := range durations {
						for j := range durations[i] {
							rows[i] = append(rows[i], map[string]any{"time": durations[i][j], "distance": distances[i][j], "from_index": i, "to_index": j})
						}
					}
					answer = rows
				}
				_ = json.NewEncoder(w).Encode(map[string]any{"sources_to_targets": answer, "units": "kilometers"})
			})
			c := client(t, road.Config{URL: "valhalla+" + server.URL + "/v?hours=8", Coordinates: 6})
			got, err := c.Table(t.Context(), geo.Bike, from, to, time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC))
			if err != nil {
				t.Fatal(err)
			}
			checkTable(t, got, from, to, 1000)
			if h := c.Hours(); len(h) != 1 || h[0] != 8 {
				t.Errorf("hours %v", h)
			}
		})
	}
}

func TestAFaultOfTheEngineIsToldByItsKind(t *testing.T) {
	t.Parallel()
	say := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, broken := range map[string]struct {
		answer http.HandlerFunc
		want   road.Kind
	}{
		"broken inside":     {say(500, "oops"), road.Unavailable},
		"overloaded":        {say(429, ""), road.Unavailable},
		"bad request":       {say(400, `{"code":"InvalidOptions"}`), road.Refused},
		"no segment":        {say(200, `{"code":"NoSegment"}`), road.Refused},
		"nothing":           {say(200, ``), road.Malformed},
		"a page":            {say(200, `<html>`), road.Malformed},
		"no content":        {say(204, ``), road.Malformed},
		"no lengths":        {say(200, `{"code":"Ok","durations":[[1,2]]}`), road.Malformed},
		"too few rows":      {say(200, `{"code":"Ok","durations":[],"distances":[]}`), road.Malformed},
		"too many columns":  {say(200, `{"code":"Ok","durations":[[1,2,3]],"distances":[[1,2,3]]}`), road.Malformed},
		"a null row":        {say(200, `{"code":"Ok","durations":[null],"distances":[[1,2]]}`), road.Malformed},
		"a negative time":   {say(200, `{"code":"Ok","durations":[[1,-2]],"distances":[[1,2]]}`), road.Malformed},
		"an absurd length":  {say(200, `{"code":"Ok","durations":[[1,2]],"distances":[[1,1e300]]}`), road.Malformed},
		"words for numbers": {say(200, `{"code":"Ok","durations":[["1",2]],"distances":[[1,2]]}`), road.Malformed},
		"no end":            {say(200, `{"code":"Ok","durations":[[`+strings.Repeat(" ", 5<<20)+`1,2]],"distances":[[1,2]]}`), road.Malformed},
		"cut short": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"code":"Ok"`)
		}, road.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, broken.answer)
			c := client(t, road.Config{URL: strings.Replace(server.URL, "http://", "http://user:secret@", 1)})
			_, err := c.Table(t.Context(), geo.Car, places(1, 4), places(2, 5), time.Time{})
			if err == nil || road.KindOf(err) != broken.want {
				t.Errorf("%v, want kind %d", err, broken.want)
			}
			if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "45.0")) {
				t.Errorf("the error tells the password or a place: %v", err)
			}
		})
	}
}

func TestAnEngineThatTakesTooLongIsUnavailable(t *testing.T) {
	t.Parallel()
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c := client(t, road.Config{URL: server.URL, Timeout: time.Millisecond})
	if _, err := c.Table(t.Context(), geo.Car, places(1, 4), places(1, 5), time.Time{}); err == nil || road.KindOf(err) != road.Unavailable {
		t.Errorf("%v", err)
	}
}

func TestAnEngineThatFailsIsLeftAloneForAWhileAndThenTriedAgain(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	var well atomic.Bool
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		if !well.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, `{"code":"Ok","durations":[[60]],"distances":[[500]]}`)
	})
	now := time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC)
	c := client(t, road.Config{URL: server.URL, Now: func() time.Time { return now }})
	ask := func(ctx context.Context) road.Kind {
		_, err := c.Table(ctx, geo.Car, places(1, 4), places(1, 5), time.Time{})
		if err == nil {
			return 255
		}
		return road.KindOf(err)
	}
	expect := func(what string, got, want road.Kind, times int32) {
		t.Helper()
		if got != want || asked.Load() != times {
			t.Errorf("%s: kind %d after %d questions, want %d after %d", what, got, asked.Load(), want, times)
		}
	}
	for i := range int32(3) {
		expect("failing", ask(t.Context()), road.Unavailable, i+1)
	}
	expect("open", ask(t.Context()), road.Resting, 3)
	now = now.Add(30 * time.Second)
	expect("tried once", ask(t.Context()), road.Unavailable, 4)
	expect("still open", ask(t.Context()), road.Resting, 4)
	now = now.Add(30 * time.Second)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	expect("the caller gave up", ask(gone), road.GivenUp, 4)
	well.Store(true)
	expect("works again", ask(t.Context()), 255, 5)
	expect("closed", ask(t.Context()), 255, 6)
}

func TestARefusalDoesNotOpenTheBreaker(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	c := client(t, road.Config{URL: server.URL})
	for range 10 {
		if _, err := c.Table(t.Context(), geo.Car, places(1, 4), places(1, 5), time.Time{}); road.KindOf(err) != road.Refused {
			t.Fatal(err)
		}
	}
	if _, err := c.Table(t.Context(), geo.PublicTransport, places(1, 4), places(1, 5), time.Time{}); road.KindOf(err) != road.Refused {
		t.Error("asked a road engine about public transport")
	}
}

func TestAFaultyAddressOfTheEngineIsRefusedWithoutRepeatingIt(t *testing.T) {
	t.Parallel()
	for _, faulty := range []string{
		"", "://", "ftp://host", "google+http://user:secret@host", "osrm+ftp://user:secret@host", "http://user:secret@host?modes=car,train",
		"http://host?modes=public_transport", "http://host?hours=8", "valhalla+http://host?hours=24", "http://host?key=secret", "host:5000",
	} {
		_, err := road.New(road.Config{URL: faulty})
		if err == nil || strings.Contains(err.Error(), "secret@") {
			t.Errorf("%q: %v", faulty, err)
		}
	}
	if _, err := road.New(road.Config{URL: "http://host", Coordinates: 1, Timeout: -1}); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("want two faults at once: %v", err)
	}
	if got := client(t, road.Config{URL: "http://host:5000?modes=car,foot"}).Modes(); len(got) != 2 || got[1] != geo.Foot {
		t.Errorf("modes %v", got)
	}
}
