package scheduler_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tournee/scheduler"
)

// leaves lists every settable value inside v that is no struct, lists and what
// is in them included, and tells which fields of which types are not zero.
func leaves(v reflect.Value, used map[string]bool) []reflect.Value {
	var out []reflect.Value
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().String() + "." + v.Type().Field(i).Name
			used[name] = used[name] || !v.Field(i).IsZero()
			out = append(out, leaves(v.Field(i), used)...)
		}
		return out
	case reflect.Pointer:
		if !v.IsNil() {
			out = leaves(v.Elem(), used)
		}
	case reflect.Slice:
		for i := range v.Len() {
			out = append(out, leaves(v.Index(i), used)...)
		}
	}
	return append(out, v)
}

// disturb changes one value, whatever comes of it.
func disturb(v reflect.Value, g *rand.Rand) {
	switch {
	case g.IntN(3) == 0:
		v.SetZero()
	case v.CanInt():
		for _, n := range []int64{v.Int() + 1, v.Int() - 1, v.Int() / 2, g.Int64N(100_000)}[g.IntN(4):] {
			if !v.OverflowInt(n) {
				v.SetInt(n)
				return
			}
		}
	case v.Kind() == reflect.Bool:
		v.SetBool(!v.Bool())
	case v.Kind() == reflect.Slice && v.Len() > 0:
		v.Set(v.Slice(0, v.Len()-1))
	}
}

// varied is a problem of every field with some of it changed or taken away, and
// still accepted.
func varied(t *rapid.T) *scheduler.Problem {
	g := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 5))
	p := full()
	for range rapid.IntRange(0, 40).Draw(t, "changes") {
		all := leaves(reflect.ValueOf(p).Elem(), map[string]bool{})
		one := all[g.IntN(len(all))]
		before := reflect.New(one.Type()).Elem()
		before.Set(one)
		disturb(one, g)
		if scheduler.Validate(p) != nil {
			one.Set(before)
		}
	}
	return p
}

// readAgain writes a problem and reads it.
func readAgain(t interface {
	Helper()
	Fatalf(string, ...any)
}, p *scheduler.Problem,
) *scheduler.Problem {
	t.Helper()
	var text bytes.Buffer
	if err := scheduler.WriteProblem(&text, p); err != nil {
		t.Fatalf("not written: %v", err)
	}
	q, err := scheduler.ReadProblem(bytes.NewReader(text.Bytes()))
	if err != nil {
		t.Fatalf("not read again: %v\n%s", err, &text)
	}
	return q
}

func TestTheFullProblemUsesEveryFieldThereIs(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	leaves(reflect.ValueOf(full()).Elem(), used)
	for field, is := range used {
		if !is && field != "scheduler.Travel.Costs" { // instead of the prices of the weights, which the town has
			t.Errorf("%s is zero everywhere", field)
		}
	}
}

func TestAProblemWrittenAndReadAgainIsTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := varied(t)
		if rapid.Bool().Draw(t, "costs") {
			p.Travel[0].Costs = [][]scheduler.Cost{{0, 1, 2, 3, 4}, {5, 0, 6, 7, 8}, {9, 9, 0, 9, 9}, {1, 1, 1, 0, 1}, {2, 2, 2, 2, 0}}
			if scheduler.Validate(p) != nil {
				return // some place is gone
			}
		}
		q := readAgain(t, p)
		for i := range p.Places {
			if p.Places[i].ID == "" && q.Places[i].ID != "" {
				q.Places[i].ID = "" // it had to get a name
			}
		}
		if diff := cmp.Diff(p, q, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("written and read again it differs:\n%s", diff)
		}
	})
}

// TestTheExampleOfEveryFieldHasThemAll keeps the file that shows the whole
// format from falling behind it.
func TestTheExampleOfEveryFieldHasThemAll(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/every_field.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p, err := scheduler.ReadProblem(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full(), p, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the example is not the full problem:\n%s", diff)
	}
}

func TestPlacesWithoutIDsGetOnesOfTheirOwn(t *testing.T) {
	t.Parallel()
	p := full()
	p.Places[1].ID, p.Places[2].ID, p.Places[3].ID = "", "place-1", ""
	q := readAgain(t, p)
	want := []string{"depot", "place-1'", "place-1", "place-3", "harbour"}
	for i := range want {
		if q.Places[i].ID != want[i] {
			t.Errorf("place %d is %q, want %q", i, q.Places[i].ID, want[i])
		}
	}
}

func TestARecordedProblemGivesTheSamePlanAgain(t *testing.T) {
	t.Parallel()
	p := city(3, 60, 6, 1)
	for i := range p.Places {
		p.Places[i].ID = ""
	}
	o := scheduler.Options{Seed: 5, Iterations: 1_000}
	if hash(t, solve(t, p, o)) != hash(t, solve(t, readAgain(t, p), o)) {
		t.Error("the plan of the problem as recorded is another")
	}
}

func TestWhatIsWrongIsNotWritten(t *testing.T) {
	t.Parallel()
	p := full()
	p.Visits[0].Place = 99
	var out bytes.Buffer
	err := scheduler.WriteProblem(&out, p)
	wantFaults(t, err, "/visits/0/place unknown")
	if out.Len() > 0 {
		t.Errorf("wrote %s", &out)
	}
}

type fullDisk struct{}

var errFull = errors.New("disk full")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestAWriterThatFailsIsTold(t *testing.T) {
	t.Parallel()
	if err := scheduler.WriteProblem(fullDisk{}, full()); !errors.Is(err, errFull) {
		t.Errorf("error is %v", err)
	}
}
