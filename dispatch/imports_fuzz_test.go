package dispatch

import (
	"strings"
	"testing"
	"time"
)

func FuzzReadCSV(f *testing.F) {
	f.Add("code,name_fr,name_en\nwifi,\"Wi-Fi, rapide\",Wi-Fi\n")
	f.Add("\ufeffcode;name_fr;name_en\r\nvoip;T\u00e9l\u00e9phonie;VoIP\r\n;;\r\n")
	f.Add("code,name_fr,name_en\n\"\n\"\"\",x\n")
	f.Add("code,name_fr,name_en\nr\xe9seau,x,y\n")
	f.Fuzz(func(t *testing.T, file string) {
		im := importer{key: "code", required: []string{"code", "name_fr", "name_en"}}
		lines, problems, err := readCSV(strings.NewReader(file), im)
		if err != nil {
			if KindOf(err) != KindInvalid {
				t.Fatalf("%q was refused with %v, want a fault of the file", file, err)
			}
			return
		}
		last, most := 1, 1+strings.Count(file, "\n")
		for _, line := range lines {
			if line.number <= last || line.number > most || len(line.cells) != 3 {
				t.Fatalf("%q has a line %d with %d cells after line %d, of %d lines", file, line.number, len(line.cells), last, most)
			}
			last = line.number
		}
		for _, p := range problems {
			if p.Line < 1 || p.Line > most+1 || p.Code == "" {
				t.Fatalf("%q has the problem %+v in %d lines", file, p, most)
			}
		}
	})
}

func FuzzImportedTimes(f *testing.F) {
	f.Add("2026-10-25T02:30", "12:00-13:30/PT45M")
	f.Add("25/10/2026 02:30:59", "23:59-00:01/PT1H")
	f.Add("2026-03-29T02:30:00+01:00", "9:00-9:00/P1D|10:00-11:00/PT5M")
	paris, err := Zone("Europe/Paris")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, start, breaks string) {
		line := csvLine{number: 2, cells: map[string]string{"start": start, "end": start, "breaks": breaks}, faults: &Faults{}}
		at := line.instant("start", start, paris)
		if at.IsZero() {
			if len(*line.faults) == 0 && !strings.HasPrefix(start, "0001-01-01") {
				t.Fatalf("%q is no time, and nobody says so", start)
			}
			return
		}
		for _, part := range line.list("breaks") {
			b, ok := line.pause(part, at, paris)
			if ok && (b.Earliest.Before(at) || b.Latest.Before(b.Earliest) || b.Latest.Sub(at) > 50*time.Hour || b.Seconds < 0) {
				t.Fatalf("the break %q of a shift from %v is %+v", part, at, b)
			}
		}
	})
}
