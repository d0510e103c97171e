package vroom_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tournee/scheduler"
	"tournee/scheduler/vroom"
)

// small is two vehicles and three jobs around a depot, a matrix of seconds.
const small = `{
  "vehicles": [{"id": 1, "start_index": 0, "end_index": 0}, {"id": 2, "start_index": 0, "end_index": 0}],
  "jobs": [{"id": 1, "location_index": 1}, {"id": 2, "location_index": 2}, {"id": 3, "location_index": 1, "service": 300}],
  "matrices": {"car": {"durations": [[0, 60, 90], [60, 0, 45], [90, 45, 0]]}}
}`

// with is a JSON text with some of its values replaced: "path: value".
func with(t *testing.T, text string, changes ...string) string {
	t.Helper()
	var root any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&root); err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		path, value, ok := strings.Cut(change, ": ")
		var v any
		if err := json.Unmarshal([]byte(value), &v); !ok || err != nil {
			t.Fatalf("%s: %v", change, err)
		}
		set(t, root, strings.Split(path, "/")[1:], v)
	}
	out, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func set(t *testing.T, in any, path []string, value any) {
	t.Helper()
	switch in := in.(type) {
	case map[string]any:
		if len(path) == 1 {
			in[path[0]] = value
			return
		}
		set(t, in[path[0]], path[1:], value)
	case []any:
		var i int
		if err := json.Unmarshal([]byte(path[0]), &i); err != nil {
			t.Fatal(err)
		}
		if len(path) == 1 {
			in[i] = value
			return
		}
		set(t, in[i], path[1:], value)
	default:
		t.Fatalf("%v leads nowhere", path)
	}
}

func read(t *testing.T, text string) *vroom.Input {
	t.Helper()
	in, err := vroom.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// refused lists "path code" of every fault.
func refused(t *testing.T, text string) []string {
	t.Helper()
	_, err := vroom.Read(strings.NewReader(text))
	var invalid *scheduler.Invalid
	if !errors.As(err, &invalid) {
		t.Fatalf("read with %v, want faults", err)
	}
	var out []string
	for _, f := range invalid.Faults {
		out = append(out, f.Path+" "+f.Code)
		if f.Message == "" || vroom.Code(err) != vroom.CodeInput {
			t.Errorf("%+v has no message, or its code %d is not an input error's", f, vroom.Code(err))
		}
	}
	return out
}

func TestWhatIsWrongIsRefusedAllAtOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		changes []string
		want    []string
	}{
		"ids": {
			[]string{`/jobs/1/id: 1`, `/jobs/2/id: -4`, `/vehicles/1/id: "two"`},
			[]string{"/vehicles/1/id wrong_type", "/jobs/2/id wrong_type"},
		},
		"ids that come twice": {
			[]string{`/jobs/1/id: 1`, `/vehicles/1/id: 1`},
			[]string{"/jobs/1/id duplicate", "/vehicles/1/id duplicate"},
		},
		"numbers": {
			[]string{`/jobs/0/service: 1.5`, `/jobs/0/setup: -1`, `/jobs/1/service: "60"`, `/jobs/1/setup: 4294967296`, `/jobs/2/service: null`},
			[]string{"/jobs/0/setup wrong_type", "/jobs/0/service wrong_type", "/jobs/1/setup wrong_type", "/jobs/1/service wrong_type", "/jobs/2/service wrong_type"},
		},
		"a service longer than any plan": {
			[]string{`/jobs/0/service: 4000000000`, `/jobs/1/setup: 6000000`, `/jobs/2/service_per_type: {"a/b": 6000000}`},
			[]string{"/jobs/0/service out_of_range", "/jobs/1/setup out_of_range", "/jobs/2/service_per_type/a~1b out_of_range"},
		},
		"priority and skills": {
			[]string{`/jobs/0/priority: 101`, `/jobs/1/skills: [1, -2, "x"]`, `/vehicles/0/skills: 3`},
			[]string{"/vehicles/0/skills wrong_type", "/jobs/0/priority out_of_range", "/jobs/1/skills/1 wrong_type", "/jobs/1/skills/2 wrong_type"},
		},
		"time windows": {
			[]string{`/jobs/0/time_windows: []`, `/jobs/1/time_windows: [[10, 5]]`, `/jobs/2/time_windows: [[50, 90], [0, 50]]`, `/vehicles/0/time_window: [1]`},
			[]string{"/vehicles/0/time_window wrong_length", "/jobs/0/time_windows missing", "/jobs/1/time_windows/0 ends_before_start", "/jobs/2/time_windows overlap"},
		},
		"capacities": {
			[]string{`/vehicles/0/capacity: [5]`, `/jobs/0/delivery: [1, 2]`, `/jobs/1/pickup: 3`},
			[]string{"/jobs/0/delivery wrong_length", "/jobs/1/pickup wrong_type", "/jobs/1/pickup wrong_length"},
		},
		"breaks": {
			[]string{
				`/vehicles/0/breaks: [{"id": 1}, {"id": 1}, {"service": 5}]`,
				`/vehicles/1/time_window: [0, 100]`, `/vehicles/1/breaks: [{"id": 1, "service": 50, "time_windows": [[80, 90]]}]`,
			},
			[]string{"/vehicles/0/breaks/2/id missing"},
		},
		"breaks that do not fit": {
			[]string{
				`/vehicles/0/breaks: [{"id": 1}, {"id": 1}]`,
				`/vehicles/1/time_window: [0, 100]`, `/vehicles/1/breaks: [{"id": 1, "service": 50, "time_windows": [[80, 90]]}]`,
			},
			[]string{"/vehicles/0/breaks/1/id duplicate", "/vehicles/1/breaks contradiction"},
		},
		"limits and speed": {
			[]string{
				`/vehicles/0/speed_factor: 0`, `/vehicles/1/speed_factor: "fast"`,
				`/vehicles/0/max_tasks: -1`, `/vehicles/1/max_travel_time: 2.5`,
			},
			[]string{
				"/vehicles/0/max_tasks wrong_type", "/vehicles/0/speed_factor out_of_range",
				"/vehicles/1/max_travel_time wrong_type", "/vehicles/1/speed_factor out_of_range",
			},
		},
		"places": {
			[]string{`/jobs/0/location_index: 3`, `/jobs/1: {"id": 2, "location": [2.3, 48.8]}`, `/vehicles/0: {"id": 1, "start": [2.3, 48.8]}`},
			[]string{"/jobs/0/location_index unknown", "/jobs/1/location_index missing", "/vehicles/0/start_index missing"},
		},
		"no start and no end": {
			[]string{`/vehicles/0: {"id": 1}`, `/jobs/0/location: [2.3]`},
			[]string{"/jobs/0/location wrong_type"},
		},
		"nowhere": {[]string{`/vehicles/0: {"id": 1}`}, []string{"/vehicles/0 missing"}},
		"matrices": {
			[]string{`/matrices/car/durations/0/1: -60`, `/matrices/car/durations/1: [1, 2]`, `/matrices/bike: 5`, `/matrices/foot: {"durations": [[null]]}`},
			[]string{"/matrices/bike wrong_type", "/matrices/car/durations/0/1 wrong_type", "/matrices/car/durations/1 not_square", "/matrices/foot/durations/0/0 wrong_type"},
		},
		"matrices that differ": {
			[]string{`/matrices/car/distances: [[0]]`, `/matrices/car/costs: [[0]]`, `/vehicles/0/costs: {"per_hour": 20}`},
			[]string{"/vehicles/0/costs contradiction", "/matrices/car/distances not_square", "/matrices/car/costs not_square"},
		},
		"what is not taken": {
			[]string{`/shipments: [{}]`, `/options: {"c": true}`, `/vehicles/0/costs: {"per_task_hour": 5}`, `/vehicles/1/steps: [{"type": "pickup", "id": 1}, {"type": "nap"}]`},
			[]string{
				"/vehicles/0/costs/per_task_hour unsupported", "/vehicles/1/steps/0/type unsupported", "/vehicles/1/steps/1/type unknown",
				"/shipments unsupported", "/options/c unsupported",
			},
		},
		"steps": {
			[]string{
				`/vehicles/0/steps: [{"type": "start"}, {"type": "job", "id": 1}, {"type": "job", "id": 9}, {"type": "break", "id": 1}, {"type": "end"}]`,
				`/vehicles/1/steps: [{"type": "job", "id": 1}, {"type": "job", "id": 2, "service_at": 50}]`, `/jobs/1/time_windows: [[60, 70]]`,
			},
			[]string{"/vehicles/0/steps/2/id unknown", "/vehicles/0/steps/3/id unknown", "/vehicles/1/steps/0/id duplicate", "/vehicles/1/steps/1 contradiction"},
		},
		"two months between windows": {
			[]string{`/jobs/0/time_windows: [[0, 10]]`, `/jobs/1/time_windows: [[1750000000, 1750003600]]`},
			[]string{" outside_horizon"},
		},
		"more dimensions than can be counted on the way": {
			[]string{
				`/vehicles: [{"id": 1, "start_index": 0, "capacity": [1, 1, 1, 1, 1]}]`,
				`/jobs: [{"id": 1, "location_index": 1, "delivery": [1, 0, 0, 0, 0], "pickup": [1, 0, 0, 0, 0]}]`,
			},
			[]string{"/jobs/0/pickup wrong_length"},
		},
		"no vehicles": {[]string{`/vehicles: []`}, []string{"/vehicles missing"}},
		"no lists":    {[]string{`/vehicles: {}`, `/jobs: 7`}, []string{"/vehicles wrong_type", "/vehicles missing", "/jobs wrong_type"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, refused(t, with(t, small, c.changes...))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestATextThatIsNoJSONIsRefusedWithItsLine(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{\n\"jobs\": [}", "[]", "null", "{} {}"} {
		if got := refused(t, text); len(got) != 1 {
			t.Errorf("%q is refused with %v, want one fault", text, got)
		}
	}
	_, err := vroom.Read(strings.NewReader("{\n\"jobs\": [}"))
	if !strings.Contains(err.Error(), "line 2") {
		t.Errorf("%v does not say line 2", err)
	}
}

func TestCoordinatesWithoutAMatrixAreARoutingError(t *testing.T) {
	t.Parallel()
	text := `{"vehicles": [{"id": 1, "start": [2.35, 48.86]}, {"id": 2, "profile": "bike", "end": [2.3, 48.8], "costs": {"per_km": 3}}], "jobs": [{"id": 1, "location": [2.37, 48.85]}]}`
	_, err := vroom.Read(strings.NewReader(text))
	var missing *vroom.NoMatrix
	if !errors.As(err, &missing) || vroom.Code(err) != vroom.CodeRouting {
		t.Fatalf("read with %v, code %d, want a routing error", err, vroom.Code(err))
	}
	want := []string{"matrices.car.durations", "matrices.bike.durations", "matrices.bike.distances"}
	if diff := cmp.Diff(want, missing.Missing); diff != "" {
		t.Error(diff)
	}
	var out bytes.Buffer
	if err := vroom.WriteError(&out, vroom.Code(err), err); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.HasPrefix(got, `{"code":3,"error":"there is no routing engine`) || !strings.Contains(got, "matrices.car.durations") {
		t.Errorf("answers %s", got)
	}
}

func TestUnknownFieldsAreLeftAloneAsInVROOM(t *testing.T) {
	t.Parallel()
	read(t, with(t, small, `/comment: "x"`, `/jobs/0/client: {"name": "Dupont"}`, `/vehicles/0/plate: null`, `/options: {"g": true}`, `/shipments: []`))
}

func TestTheExampleIsTaken(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/example.json")
	if err != nil {
		t.Fatal(err)
	}
	p := read(t, string(raw)).Problem
	alice, bruno := p.Shifts[0], p.Shifts[1]
	if alice.Start != 28800 || alice.MaxVisits != 3 || alice.Breaks[0].Earliest != 43200 || alice.Breaks[0].Latest != 48600 {
		t.Errorf("Alice works %+v", alice)
	}
	if bruno.EndPlace != scheduler.NoPlace || bruno.Cost != 60000 || *bruno.TravelHour != 240000 {
		t.Errorf("Bruno works %+v", bruno)
	}
	if got := p.Travel[1].Seconds[0][1]; got != 1001 {
		t.Errorf("Bruno rides %d s, want 1100 at 91 %%", got)
	}
	if v := p.Visits[1]; v.Setup != 300 || v.Durations[0].Kind != "senior" || v.Durations[0].Duration != 2700 || v.Priority != 80 {
		t.Errorf("job 12 is %+v", v)
	}
}
