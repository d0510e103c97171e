package address_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"tournee/geo"
	"tournee/geo/address"
	"tournee/geo/commune"
)

// answer is a FeatureCollection of one feature, as the national address API writes it.
func answer(kind, label, postcode, city, citycode string, score, lat, lon float64) string {
	return fmt.Sprintf(`{"type":"FeatureCollection","version":"draft","features":[{"type":"Feature",
		"geometry":{"type":"Point","coordinates":[%g,%g]},
		"properties":{"label":%q,"score":%g,"housenumber":"8","id":"80021_6590_00008","name":"8 Boulevard du Port",
		"postcode":%q,"citycode":%q,"x":648952.58,"y":6977867.25,"city":%q,"context":"80, Somme, Hauts-de-France","type":%q,"importance":0.67}}],
		"attribution":"BAN","licence":"ETALAB-2.0","query":"…","limit":5}`, lon, lat, label, score, postcode, citycode, city, kind)
}

// service is a fake address service that answers each request with the handler.
func service(t *testing.T, handler http.HandlerFunc) *address.Geocoder {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	g, err := address.New(address.Config{BaseURL: server.URL + "/geocodage/", HTTP: server.Client(), Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestAddressesWithOddCharactersReachTheServiceUnharmed(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("résidence Cœur-de-Ville ", 40)
	for _, written := range []struct {
		query address.Query
		q     string
	}{
		{address.Query{Text: "12 bis rue de l’Abbé-Grégoire", Postcode: "92130", City: "Issy-les-Moulineaux"}, "12 bis rue de l’Abbé-Grégoire 92130 Issy-les-Moulineaux"},
		{address.Query{Text: "3 place du Sacré-Cœur", City: "Saint-Étienne"}, "3 place du Sacré-Cœur Saint-Étienne"},
		{address.Query{Text: "1 rue d'Œuilly & Cie #4 + 50 %", Postcode: "51 480"}, "1 rue d'Œuilly & Cie #4 + 50 % 51 480"},
		{address.Query{Text: "  4\true\nÉmile Zola "}, "4 rue Émile Zola"},
		{address.Query{Text: long}, strings.TrimSpace(long[:8*len("résidence Cœur-de-Ville ")])},
		{address.Query{Text: "rue \xff du Port"}, "rue   du Port"},
	} {
		var asked url.Values
		var path string
		g := service(t, func(w http.ResponseWriter, r *http.Request) {
			asked, path = r.URL.Query(), r.URL.Path
			io.WriteString(w, answer("housenumber", "12bis Rue de l’Abbé Grégoire 92130 Issy-les-Moulineaux", "92130", "Issy-les-Moulineaux", "92040", 0.97, 48.8239, 2.2743))
		})
		result, err := g.Locate(t.Context(), written.query)
		if err != nil {
			t.Fatal(err)
		}
		if got := asked.Get("q"); got != written.q || utf8.RuneCountInString(got) > 200 || path != "/geocodage/search/" {
			t.Errorf("%+v: %s was asked for\n%q, want\n%q", written.query, path, got, written.q)
		}
		if want := strings.ReplaceAll(written.query.Postcode, " ", ""); asked.Get("postcode") != want {
			t.Errorf("%+v: the postal code asked for is %q, want %q", written.query, asked.Get("postcode"), want)
		}
		want := address.Result{
			Position: geo.Position{Lat: 48.8239, Lon: 2.2743}, Precision: address.HouseNumber, Score: 0.97,
			Label: "12bis Rue de l’Abbé Grégoire 92130 Issy-les-Moulineaux", Postcode: "92130", City: "Issy-les-Moulineaux", CityCode: "92040",
		}
		if result != want {
			t.Errorf("%+v: got\n%+v, want\n%+v", written.query, result, want)
		}
	}
}

func TestThePrecisionIsThatOfTheAnswer(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]address.Precision{
		"housenumber": address.HouseNumber, "street": address.Street, "locality": address.Locality, "municipality": address.Commune,
	} {
		g := service(t, func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, answer(kind, "Somewhere", "92130", "Issy-les-Moulineaux", "92040", 0.9, 48.82, 2.27))
		})
		result, err := g.Locate(t.Context(), address.Query{Text: "somewhere", Postcode: "92130"})
		if err != nil || result.Precision != want || result.Score != 0.9 || result.Cause != nil {
			t.Errorf("%s: got %+v, %v, want precision %s", kind, result, err, want)
		}
	}
}

func TestADoubtfulOrMissingAnswerGivesTheCommunesCentreAndSaysWhy(t *testing.T) {
	t.Parallel()
	respond := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
	}
	refuse := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
	for name, failing := range map[string]struct {
		handler  http.HandlerFunc
		cause    string
		requests int32
	}{
		"low score":      {respond(answer("street", "Rue X", "92130", "Issy", "92040", 0.31, 48, 2)), "scores 0.31, below 0.50", 1},
		"nothing found":  {respond(`{"type":"FeatureCollection","features":[]}`), "best of 0 answers", 1},
		"unknown type":   {respond(answer("planet", "Mars", "92130", "Issy", "92040", 0.9, 48, 2)), "best of 1 answers", 1},
		"off the Earth":  {respond(answer("street", "Rue X", "92130", "Issy", "92040", 0.9, 148, 2)), "best of 1 answers", 1},
		"no coordinates": {respond(`{"features":[{"properties":{"type":"street","score":1}}]}`), "best of 1 answers", 1},
		"not JSON":       {respond("<html>"), "not a GeoJSON", 1},
		"endless answer": {respond(strings.Repeat(" ", 2<<20)), "longer than 1048576 bytes", 1},
		"refused":        {refuse(http.StatusBadRequest), "400 Bad Request", 1},
		"too many":       {refuse(http.StatusTooManyRequests), "429 Too Many Requests", 1},
		"server error":   {refuse(http.StatusBadGateway), "502 Bad Gateway", 2},
		"connection cut": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			g := service(t, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				failing.handler(w, r)
			})
			result, err := g.Locate(t.Context(), address.Query{Text: "12 rue Nulle-Part", Postcode: "92130", City: "ISSY LES MOULINEAUX"})
			if err != nil {
				t.Fatal(err)
			}
			if result.Cause == nil || !strings.Contains(result.Cause.Error(), failing.cause) {
				t.Errorf("the cause is %v, want it to say %q", result.Cause, failing.cause)
			}
			if result.Cause != nil && strings.Contains(result.Cause.Error(), "Nulle") {
				t.Errorf("the cause gives the client's address away: %v", result.Cause)
			}
			if result.Precision != address.Commune || result.CityCode != "92040" || result.Label != "92130 Issy-les-Moulineaux" || result.Score != 0 {
				t.Errorf("got %+v, want the centre of Issy-les-Moulineaux", result)
			}
			if requests.Load() != failing.requests {
				t.Errorf("%d requests, want %d", requests.Load(), failing.requests)
			}
		})
	}
}

func TestTheServiceIsAskedAgainOnceAfterItFailed(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	g := service(t, func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) == 1 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		io.WriteString(w, answer("street", "Rue du Port", "80000", "Amiens", "80021", 0.8, 49.9, 2.3))
	})
	result, err := g.Locate(t.Context(), address.Query{Text: "rue du Port", Postcode: "80000"})
	if err != nil || result.Precision != address.Street || requests.Load() != 2 {
		t.Errorf("got %+v, %v after %d requests; want the street after 2", result, err, requests.Load())
	}
}

func TestASilentServiceIsLeftAtTheDeadline(t *testing.T) {
	t.Parallel()
	released := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-released:
		}
	}))
	defer server.Close()
	defer close(released)
	g, err := address.New(address.Config{BaseURL: server.URL, Timeout: time.Millisecond, HTTP: server.Client()})
	if err != nil {
		t.Fatal(err)
	}
	result, err := g.Locate(t.Context(), address.Query{Text: "1 rue X", Postcode: "75015"})
	if err != nil || !errors.Is(result.Cause, context.DeadlineExceeded) || result.CityCode != "75115" {
		t.Errorf("got %+v, %v, want the arrondissement's centre because of the deadline", result, err)
	}
	caller, cancel := context.WithCancel(t.Context())
	cancel()
	if result, err := g.Locate(caller, address.Query{Postcode: "75015"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who gave up gets %+v, %v", result, err)
	}
}

func TestWithoutAServiceTheCommuneAnswers(t *testing.T) {
	t.Parallel()
	g, err := address.New(address.Config{})
	if err != nil {
		t.Fatal(err)
	}
	result, err := g.Locate(t.Context(), address.Query{Text: "6 rue Victor-Hugo", Postcode: "42100", City: "St Etienne"})
	if err != nil || result.CityCode != "42218" || result.Postcode != "42100" || result.Cause != nil || result.Placement != commune.Own {
		t.Errorf("got %+v, %v, want Saint-Étienne", result, err)
	}
	for _, unknown := range []address.Query{
		{},
		{Text: "12 rue Nulle-Part"},
		{Text: strings.Repeat("œ", 5000), City: "Trifouilly-les-Oies"},
		{Postcode: "00000", City: "Paris"},
	} {
		result, err := g.Locate(t.Context(), unknown)
		if !errors.Is(err, address.ErrNotFound) || len(err.Error()) > 600 {
			t.Errorf("%+v: got %+v, %v; want a short \"address not found\"", unknown, result, err)
		}
	}
	if _, err := g.Locate(t.Context(), address.Query{City: "Saint-Denis"}); !errors.Is(err, commune.ErrAmbiguous) || !errors.Is(err, address.ErrNotFound) {
		t.Errorf("Saint-Denis alone: got %v, want to be asked for the postal code", err)
	}
}

func TestAPositionHasAnAddress(t *testing.T) {
	t.Parallel()
	var asked *url.URL
	g := service(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL
		io.WriteString(w, answer("housenumber", "8 Boulevard du Port 80000 Amiens", "80000", "Amiens", "80021", 0.99, 49.897442, 2.290084))
	})
	result, err := g.Reverse(t.Context(), geo.Position{Lat: 49.8974, Lon: 2.29008})
	if err != nil || result.Label != "8 Boulevard du Port 80000 Amiens" || result.Precision != address.HouseNumber {
		t.Errorf("got %+v, %v", result, err)
	}
	if asked.Path != "/geocodage/reverse/" || asked.Query().Get("lat") != "49.8974000" || asked.Query().Get("lon") != "2.2900800" {
		t.Errorf("the service was asked %v", asked)
	}
	silent := service(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"features":[]}`) })
	result, err = silent.Reverse(t.Context(), geo.Position{Lat: 48.7269, Lon: 2.2830})
	if err != nil || result.City != "Massy" || result.Precision != address.Commune || result.Cause == nil {
		t.Errorf("got %+v, %v, want Massy and why", result, err)
	}
	if result, err := silent.Reverse(t.Context(), geo.Position{Lat: 0, Lon: -30}); !errors.Is(err, address.ErrNotFound) {
		t.Errorf("the middle of the Atlantic is %+v, %v", result, err)
	}
	if _, err := silent.Reverse(t.Context(), geo.Position{Lat: 95}); err == nil {
		t.Error("a position off the Earth has an address")
	}
}

func TestAFaultyConfigurationIsRefused(t *testing.T) {
	t.Parallel()
	_, err := address.New(address.Config{BaseURL: "ftp://example.org", Timeout: -1, MinScore: 2})
	for _, words := range []string{`"ftp://example.org" is not`, "timeout -1ns", "score 2"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("got %v, want it to say %q", err, words)
		}
	}
}
