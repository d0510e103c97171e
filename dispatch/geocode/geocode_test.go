package geocode_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"tournee/dispatch"
	"tournee/dispatch/geocode"
	"tournee/geo"
	"tournee/geo/address"
)

// answer is what the national address API says, in its dialect.
const answer = `{"type": "FeatureCollection", "features": [
	{"type": "Feature", "geometry": {"type": "Point", "coordinates": [2.37817, 48.85364]},
		"properties": {"label": "52 Rue de Charonne 75011 Paris", "score": 0.96, "type": "housenumber", "postcode": "75011", "city": "Paris", "citycode": "75111"}},
	{"type": "Feature", "geometry": {"type": "Point", "coordinates": [2.3849, 48.8549]},
		"properties": {"label": "Rue de Charonne 75011 Paris", "score": 0.71, "type": "street", "postcode": "75011", "city": "Paris", "citycode": "75111"}}]}`

// geocoder asks a server that answers every look-up so.
func geocoder(t *testing.T, status int, body string) geocode.Geocoder {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	addresses, err := address.New(address.Config{BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return geocode.New(addresses)
}

var charonne = dispatch.Address{Street: "52 rue de Charonne", PostalCode: "75011", City: "Paris", Country: "FR"}

func TestAnAddressIsFoundAtItsHouseNumber(t *testing.T) {
	t.Parallel()
	at, precision, err := geocoder(t, http.StatusOK, answer).Locate(t.Context(), charonne)
	if want := (geo.Position{Lat: 48.85364, Lon: 2.37817}); err != nil || at != want || precision != dispatch.PrecisionHouseNumber {
		t.Errorf("found at %v, %s (%v), want %v", at, precision, err, want)
	}
}

func TestWithoutTheServiceTheCommunesCentreStandsIn(t *testing.T) {
	t.Parallel()
	at, precision, err := geocoder(t, http.StatusInternalServerError, "").Locate(t.Context(), charonne)
	if err != nil || precision != dispatch.PrecisionCommune || geo.Distance(at, geo.Position{Lat: 48.8566, Lon: 2.3522}) > 10_000 {
		t.Errorf("found at %v, %s (%v), want the centre of Paris", at, precision, err)
	}
}

func TestAnAddressThatNobodyKnowsIsAFaultOfTheInput(t *testing.T) {
	t.Parallel()
	nowhere := dispatch.Address{Street: "1 rue Perdue", PostalCode: "00000", City: "Nulle-Part-sur-Rien", Country: "FR"}
	abroad := dispatch.Address{Street: "Unter den Linden 1", PostalCode: "10117", City: "Berlin", Country: "DE"}
	for _, a := range []dispatch.Address{nowhere, abroad} {
		_, _, err := geocoder(t, http.StatusOK, `{"features": []}`).Locate(t.Context(), a)
		if err == nil || dispatch.KindOf(err) != dispatch.KindInvalid || dispatch.CodeOf(err) != "address.unknown" {
			t.Errorf("%s: %v, want that the address is unknown", a.City, err)
		}
	}
}

func TestWhatATextMayMeanIsSuggestedBestFirst(t *testing.T) {
	t.Parallel()
	found, err := geocoder(t, http.StatusOK, answer).Suggest(t.Context(), "rue de Charonne", "75011")
	if err != nil || len(found) != 2 {
		t.Fatalf("%d suggestions (%v), want 2", len(found), err)
	}
	best := found[0]
	if best.Address != (dispatch.Address{Street: "52 Rue de Charonne", PostalCode: "75011", City: "Paris", Country: "FR"}) || best.Score != 0.96 ||
		best.Precision != dispatch.PrecisionHouseNumber || found[1].Precision != dispatch.PrecisionStreet {
		t.Errorf("suggested %+v", found)
	}
	none, err := geocoder(t, http.StatusOK, `{"features": []}`).Suggest(t.Context(), "xyzzy", "")
	if err != nil || len(none) != 0 {
		t.Errorf("suggested %+v (%v) for nonsense, want nothing", none, err)
	}
}
