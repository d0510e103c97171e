package commune_test

import (
	"errors"
	"testing"
	"unicode/utf8"

	"tournee/geo"
	"tournee/geo/commune"
)

func TestAnAddressAsPeopleWriteItNamesItsCommune(t *testing.T) {
	t.Parallel()
	for _, written := range []struct{ postcode, name, code string }{
		{"93200", "Saint-Denis", "93066"},
		{"93200", "ST DENIS", "93066"},
		{"97400", "saint denis", "97411"},
		{"42000", "St-Étienne", "42218"},
		{"42000", "Saint-E\u0301tienne", "42218"}, // accents that combine, as macOS writes them
		{"94170", "Le Perreux sur Marne", "94058"},
		{"91000", "Évry", "91228"},              // the name before the merger
		{"78150", "Rocquencourt", "78158"},      // a former commune
		{"93210", "La Plaine Saint-Denis", ""},  // a quarter, not a commune
		{"95880", "Enghien-les-Bains", "95210"}, // a slip in the postal code
		{"75015", "Paris", "75115"},
		{"75116", "PARIS 16", "75116"},
		{"75 015", "", "75115"},
		{"75383", "PARIS CEDEX 08", "75056"},
		{"69003", "Lyon", "69383"},
		{"13008", "Marseille", "13208"},
		{"20000", "Ajaccio", "2A004"},
		{"97133", "Saint-Barthélemy", "97701"},
		{"97233", "Schoelcher", "97229"},
		{"97233", "Schœlcher", "97229"},
		{"62000", "Arras", "62041"},
		{"02600", "L’Haÿ", ""},
		{"94240", "L’Haÿ-les-Roses", "94038"},
		{"94240", "L'HAY LES ROSES", "94038"},
		{"92130", "", "92040"},
		{"", "Issy-les-Moulineaux", "92040"},
		{"", "Paris", "75056"},
	} {
		found, err := commune.France().Find(written.postcode, written.name)
		if written.code == "" {
			if !errors.Is(err, commune.ErrNotFound) {
				t.Errorf("%s %s is found as %+v, %v", written.postcode, written.name, found, err)
			}
			continue
		}
		if err != nil || found.Code != written.code {
			t.Errorf("%s %s: found %s %s, error %v; want %s", written.postcode, written.name, found.Code, found.Name, err, written.code)
		}
	}
}

func TestANameAloneMustBeTheOnlyOne(t *testing.T) {
	t.Parallel()
	if c, err := commune.France().Find("", "Saint-Denis"); !errors.Is(err, commune.ErrAmbiguous) {
		t.Errorf("Saint-Denis without a postal code is %+v, %v; want an ambiguity", c, err)
	}
	for _, nothing := range [][2]string{{"", ""}, {"", "Trifouilly-les-Oies"}, {"99999", ""}, {"99999", "Paris"}, {"abc", "œuf ’"}} {
		if c, err := commune.France().Find(nothing[0], nothing[1]); !errors.Is(err, commune.ErrNotFound) {
			t.Errorf("%q is %+v, %v; want nothing found", nothing, c, err)
		}
	}
}

func TestEveryCommuneHasWhatAnAddressNeeds(t *testing.T) {
	t.Parallel()
	directory := commune.France()
	people, placed := 0, 0
	for _, c := range directory.All() {
		if err := c.Position.Validate(); err != nil || c.Position == (geo.Position{}) {
			t.Errorf("%s %s: position %v, %v", c.Code, c.Name, c.Position, err)
		}
		if len(c.Code) != 5 || !utf8.ValidString(c.Name) || commune.Normalize(c.Name) == "" {
			t.Errorf("a commune is %+v", c)
		}
		for _, postcode := range c.Postcodes {
			if len(postcode) != 5 {
				t.Errorf("%s %s: postal code %q", c.Code, c.Name, postcode)
			}
			if found, err := directory.Find(postcode, c.Name); err != nil || commune.Normalize(found.Name) != commune.Normalize(c.Name) && found.City != c.Code {
				t.Errorf("%s %s is found as %s, %v", postcode, c.Name, found.Name, err)
			}
		}
		if c.City == "" {
			people += c.Population
			if c.Placement == commune.Own {
				placed += c.Population
			}
		}
	}
	// INSEE counts 68 to 70 million people, overseas collectivities included.
	if people < 67_000_000 || people > 71_000_000 || float64(placed) < 0.83*float64(people) {
		t.Errorf("%d people, %d of them in a commune with a position of its own", people, placed)
	}
	if n := len(directory.All()); n != 34_963+45 {
		t.Errorf("%d communes and arrondissements, want 34963 and 45", n)
	}
}

func TestKnownCommunesLieWhereTheyDo(t *testing.T) {
	t.Parallel()
	for code, where := range map[string]geo.Position{
		"75056": {Lat: 48.8566, Lon: 2.3522}, "75115": {Lat: 48.8412, Lon: 2.3003}, "59183": {Lat: 51.0343, Lon: 2.3768},
		"13055": {Lat: 43.2965, Lon: 5.3698}, "97411": {Lat: -20.8789, Lon: 55.4481}, "98818": {Lat: -22.2711, Lon: 166.4416},
		"2A004": {Lat: 41.9192, Lon: 8.7386}, "93070": {Lat: 48.9117, Lon: 2.3342}, "98801": {Lat: -21, Lon: 165.5},
	} {
		c, ok := commune.France().ByCode(code)
		within := 5000.0
		if c.Placement > commune.City {
			within = 200_000 // Belep has its archipelago's mean
		}
		if !ok || geo.Distance(c.Position, where) > within {
			t.Errorf("%s %s lies at %v, %.0f m from %v", code, c.Name, c.Position, geo.Distance(c.Position, where), where)
		}
	}
}

func TestAPostalCodeServesItsCommunesMostPopulousFirst(t *testing.T) {
	t.Parallel()
	served := commune.France().ByPostcode("78120")
	if len(served) < 3 || served[0].Name != "Rambouillet" || served[0].Department() != "78" {
		t.Fatalf("78120 serves %+v, want Rambouillet first of several", served)
	}
	for i := 1; i < len(served); i++ {
		if served[i].Population > served[i-1].Population {
			t.Errorf("%s comes after the smaller %s", served[i].Name, served[i-1].Name)
		}
	}
	if found := commune.France().ByName("saint denis"); len(found) < 4 || found[0].Code != "97411" {
		t.Errorf("Saint-Denis is %+v, want that of Réunion first of four or more", found)
	}
}

func FuzzFind(f *testing.F) {
	f.Add("75015", "Paris")
	f.Add("", "L’Haÿ-les-Roses")
	f.Add("\xff", "\xff œ St")
	f.Fuzz(func(t *testing.T, postcode, name string) {
		c, err := commune.France().Find(postcode, name)
		if (err == nil) != (c.Code != "") {
			t.Errorf("%q %q: commune %+v and error %v", postcode, name, c, err)
		}
		if once := commune.Normalize(name); commune.Normalize(once) != once {
			t.Errorf("%q normalizes to %q, which is not its own normal form", name, once)
		}
	})
}

func BenchmarkUnpack(b *testing.B) {
	for b.Loop() {
		commune.Unpack(b)
	}
}
