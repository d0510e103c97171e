package vroom_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"pgregory.net/rapid"

	"tournee/scheduler"
	"tournee/scheduler/check"
	"tournee/scheduler/vroom"
)

// Whatever comes in is refused as what it is, or planned and answered.
func FuzzRead(f *testing.F) {
	example, err := os.ReadFile("testdata/example.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	f.Add([]byte(small))
	f.Add([]byte(`{"vehicles":[{"id":1,"start_index":0,"time_window":[4294967290,4294967295],"breaks":[{"id":1,"service":3}]}],"jobs":[{"id":18446744073709551615,"location_index":0,"delivery":[]}],"matrix":[[4294967295]]}`))
	f.Add([]byte(`{"vehicles":[{"id":1,"end_index":0,"capacity":[1],"steps":[{"type":"job","id":2,"service_at":9}]}],"jobs":[{"id":2,"location_index":0,"amount":[1],"time_windows":[[0,5],[8,4294967295]]}],"matrices":{"car":{"durations":[[0]],"costs":[[7]]}}}`))
	for i := range 3 {
		f.Add([]byte(rapid.Custom(drawCase).Example(i).text()))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		in, err := vroom.Read(bytes.NewReader(text))
		if err != nil {
			var invalid *scheduler.Invalid
			if code := vroom.Code(err); code == vroom.CodeInternal || errors.As(err, &invalid) && len(invalid.Faults) == 0 {
				t.Fatalf("is refused with code %d: %v", code, err)
			}
			return
		}
		if len(in.Problem.Visits) > 12 || len(in.Problem.Shifts) > 6 {
			return
		}
		plan, err := scheduler.Solve(in.Problem, scheduler.Options{Seed: 1, Iterations: 20, Start: in.Start})
		if err != nil {
			t.Fatal(err)
		}
		if broken, _ := check.Plan(in.Problem, plan); len(broken) > 0 {
			t.Errorf("the plan breaks %v", broken)
		}
		if err := in.Write(io.Discard, plan, vroom.Times{}); err != nil {
			t.Error(err)
		}
	})
}
