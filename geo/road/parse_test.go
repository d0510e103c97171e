package road

import (
	"testing"
)

// Whatever an engine answers, it is a table of the size asked for, of plausible numbers, or an error with a kind.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"code":"Ok","durations":[[0,null],[2.5,0]],"distances":[[0,1],[null,0]]}`,
		`{"sources_to_targets":{"durations":[[0,1],[2,0]],"distances":[[0,1],[2,0]]},"units":"miles"}`,
		`{"sources_to_targets":[[{"time":1,"distance":2},{"time":null}],[{},{"time":1e99,"distance":1}]]}`,
		`{"code":"NoTable"}`, `[]`, `null`, `{"sources_to_targets":null}`, `{"sources_to_targets": [null,[]]}`,
	} {
		f.Add([]byte(seed), uint8(2), uint8(2))
	}
	f.Fuzz(func(t *testing.T, body []byte, rows, columns uint8) {
		for _, d := range []dialect{osrm{}, valhalla{}} {
			legs, err := d.parse(body, int(rows), int(columns))
			if err != nil {
				if k := KindOf(err); k != Malformed && k != Refused {
					t.Fatalf("%T: %v has kind %d", d, err, k)
				}
				continue
			}
			if len(legs) != int(rows)*int(columns) {
				t.Fatalf("%T: %d journeys, want %d times %d", d, len(legs), rows, columns)
			}
			for _, l := range legs {
				if !(l.Seconds >= 0 && l.Seconds <= farthest && l.Metres >= 0 && l.Metres <= farthest) || !l.Reachable && (l.Seconds != 0 || l.Metres != 0) {
					t.Fatalf("%T: believes %v", d, l)
				}
			}
		}
	})
}
