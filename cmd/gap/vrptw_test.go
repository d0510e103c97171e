package main

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tournee/scheduler"
)

// village has a depot in the middle and four customers, one of whom wants to be served late.
const village = "village\r\n\r\nVEHICLE\r\nNUMBER     CAPACITY\r\n  3   10\r\n\r\nCUSTOMER\r\n" +
	"CUST NO.  XCOORD.  YCOORD.  DEMAND  READY TIME  DUE DATE  SERVICE TIME\r\n \r\n" +
	`    0  10  10   0    0  100   0
    1  13  14   4    0   90   2
    2  11  11   6    0   90   2
    3   7   6   5   50   60   2
    4   9   9   5    0   90   2
`

func readVillage(t testing.TB) *roads {
	t.Helper()
	r, err := readSolomon(strings.NewReader(village))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestACaseInSolomonsFormatIsRead(t *testing.T) {
	t.Parallel()
	r := readVillage(t)
	want := &roads{name: "village", vehicles: 3, capacity: 10, customers: []customer{
		{10, 10, 0, 0, 100, 0}, {13, 14, 4, 0, 90, 2}, {11, 11, 6, 0, 90, 2}, {7, 6, 5, 50, 60, 2}, {9, 9, 5, 0, 90, 2},
	}}
	if diff := cmp.Diff(want, r, cmp.AllowUnexported(roads{}, customer{})); diff != "" {
		t.Error(diff)
	}
}

func TestEveryWrongLineOfACaseIsTold(t *testing.T) {
	t.Parallel()
	_, err := readSolomon(strings.NewReader("bad\n1 2\nVEHICLE\nNUMBER CAPACITY\n0 5\n2 -1\n1 2 3\nCUSTOMER\n" +
		"0 0 0 0 0 10 0\n2 0 0 1 0 10 0\n2 x 900000 1 0 10 0\n2 0 0 -1 5 4 0\n3 1\n"))
	if err == nil {
		t.Fatal("read without a fault")
	}
	for _, want := range []string{
		"line 2: \"1 2\" stands before", "line 5: 0 vehicles", "line 6: a capacity of -1", "line 7: 3 columns, not 2", "line 10: customer 2 where number 1",
		"line 11: \"x\" is no whole number", "line 11: \"900000\" is no", "line 12: customer 2 has a demand", "line 12: customer 2 is due at 4, before",
		"line 13: 2 columns, not 7", "line 13: no number of vehicles",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told in:\n%v", want, err)
		}
	}
	if _, err := readSolomon(strings.NewReader("")); err == nil || !strings.Contains(err.Error(), "no depot") {
		t.Errorf("an empty file: %v", err)
	}
}

// FuzzReadSolomon: what is read can be written again, made a problem and planned.
func FuzzReadSolomon(f *testing.F) {
	f.Add(village)
	f.Add("x\nVEHICLE\n1 0\nCUSTOMER\n0 0 0 0 0 0 0\n1 180000 -180000 180000 0 180000 180000\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := readSolomon(strings.NewReader(text))
		if err != nil || len(r.customers) > 50 || r.vehicles > 50 {
			return
		}
		if err := scheduler.Validate(r.problem()); err != nil {
			t.Error(err)
		}
	})
}

func TestDistancesAreTruncatedToOneDecimal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		coordinate := rapid.IntRange(-greatest, greatest)
		a := customer{x: coordinate.Draw(t, "ax"), y: coordinate.Draw(t, "ay")}
		b := customer{x: coordinate.Draw(t, "bx"), y: coordinate.Draw(t, "by")}
		dx, dy := big.NewInt(int64(a.x-b.x)), big.NewInt(int64(a.y-b.y))
		square := new(big.Int).Add(new(big.Int).Mul(dx, dx), new(big.Int).Mul(dy, dy))
		want := new(big.Int).Sqrt(square.Mul(square, big.NewInt(100))).Int64()
		if got := tenths(a, b); int64(got) != want {
			t.Fatalf("%d tenths, want %d", got, want)
		}
	})
}

func TestASolutionIsJudgedByDrivingIt(t *testing.T) {
	t.Parallel()
	r := readVillage(t)
	for name, c := range map[string]struct {
		routes [][]int
		tenths float64
		faults string
	}{
		// 0-2 1.4, 2-1 3.6, 1-0 5.0; 0-4 1.4, 4-3 3.6, 3-0 5.0
		"two good routes":      {[][]int{{2, 1}, {4, 3}}, 200, ""},
		"one each is dearer":   {[][]int{{1}, {3}, {2}}, 228, "customer 4 is served 0 times"},
		"too much in one van":  {[][]int{{3, 1, 4}, {2}}, 0, "route 1: a load of 14, capacity 10"},
		"too many vehicles":    {[][]int{{1}, {2}, {3}, {4}}, 0, "4 routes, 3 vehicles"},
		"twice":                {[][]int{{1, 1}, {2}, {4, 3}}, 0, "customer 1 is served 2 times"},
		"a stranger":           {[][]int{{2, 1}, {4, 3, 5}}, 0, "route 2: there is no customer 5"},
		"the depot in between": {[][]int{{2, 0, 1}, {4, 3}}, 0, "route 1: there is no customer 0"},
	} {
		v := r.judge(&solution{Routes: c.routes})
		if !strings.Contains(strings.Join(v.faults, "; "), c.faults) || (c.faults == "") != (len(v.faults) == 0) {
			t.Errorf("%s: faults %q, want %q", name, v.faults, c.faults)
		}
		if c.tenths > 0 && v.objective != c.tenths/10 {
			t.Errorf("%s: %v, want %v", name, v.objective, c.tenths/10)
		}
	}
	r.customers[2].due, r.customers[0].due = 20, 54
	late := r.judge(&solution{Routes: [][]int{{1, 4}, {3, 2}}})
	if diff := cmp.Diff([]string{
		"route 2: customer 2 is reached 384 tenths too late", "route 2: the vehicle is back 78 tenths too late", "route 2: a load of 11, capacity 10",
	}, late.faults); diff != "" {
		t.Error(diff)
	}
}

// folder lays a data folder out with the village as a case of Solomon's.
func folder(t *testing.T, best string) string {
	t.Helper()
	data := t.TempDir()
	cases := filepath.Join(data, "vrptw", "solomon")
	if err := os.MkdirAll(cases, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		filepath.Join(cases, "V101.txt"):               village,
		filepath.Join(data, "vrptw", "bks.csv"):        "instance,dimacs_dist\nV101," + best + "\n",
		filepath.Join(cases, "notes-on-the-cases.pdf"): "",
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

func TestTheVillageIsSolvedJudgedAndKept(t *testing.T) {
	t.Parallel()
	var table, log bytes.Buffer
	out := filepath.Join(t.TempDir(), "solutions")
	args := []string{"-set", "solomon", "-data", folder(t, "16.0"), "-iterations", "500", "-seeds", "2", "-only", "v101", "-sizes", "4", "-out", out}
	if err := gap(args, &table, &log); err != nil {
		t.Fatal(err, log.String())
	}
	for _, want := range []string{"V101            1        20.0        16.0    25.00", "V1               1        20.0   25.00      25.00 - 25.00         25.00 V101"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("%q is not in\n%s", want, table.String())
		}
	}
	text, err := os.ReadFile(filepath.Join(out, "V101-2.json"))
	if err != nil {
		t.Fatal(err)
	}
	var kept solution
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	if v := readVillage(t).judge(&kept); len(v.faults) > 0 || v.objective != kept.Objective || kept.Instance != "V101" {
		t.Errorf("kept %s: %+v", text, v)
	}
	if !strings.Contains(string(text), `"unassigned":[]`) {
		t.Errorf("unassigned is not an empty list in %s", text)
	}
}

func TestCasesAreFoundInTheirFolderToo(t *testing.T) {
	t.Parallel()
	data := folder(t, "10.0")
	for _, below := range []string{"vrptw", filepath.Join("vrptw", "solomon")} {
		var table, log bytes.Buffer
		if err := gap([]string{"-set", "solomon", "-data", filepath.Join(data, below), "-iterations", "300"}, &table, &log); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(table.String(), "20.0        10.0   100.00") {
			t.Errorf("%s:\n%s", below, table.String())
		}
	}
	if err := os.Remove(filepath.Join(data, "vrptw", "bks.csv")); err != nil {
		t.Fatal(err)
	}
	var table, log bytes.Buffer
	if err := gap([]string{"-set", "solomon", "-data", data, "-iterations", "300"}, &table, &log); err != nil || !strings.Contains(table.String(), "20.0           -        -") {
		t.Errorf("without a table of best known values: %v\n%s", err, table.String())
	}
}

func TestGehringAndHombergersCasesComeBySize(t *testing.T) {
	t.Parallel()
	names := []string{"rc1_10_2", "r1_2_1", "c1_10_1", "c1_4_9"}
	slices.SortFunc(names, bySizeThenName)
	if diff := cmp.Diff([]string{"r1_2_1", "c1_4_9", "c1_10_1", "rc1_10_2"}, names); diff != "" {
		t.Error(diff)
	}
	if got := gehringHombergerFamily("RC1_10_2"); got != "RC1_10" {
		t.Errorf("RC1_10_2 is one of %s", got)
	}
}

func TestTheSameIterationsGiveTheSamePlanOnAnyNumberOfThreads(t *testing.T) {
	t.Parallel()
	in, err := openVRPTW(filepath.Join(folder(t, "16"), "vrptw", "solomon"), "V101", solomonFamily)
	if err != nil {
		t.Fatal(err)
	}
	first, err := budget{iterations: 300, threads: 1}.solve(in, 7)
	if err != nil {
		t.Fatal(err)
	}
	again, err := budget{iterations: 300, threads: 3}.solve(in, 7)
	if err != nil {
		t.Fatal(err)
	}
	if first.hash != again.hash || first.iterations != 300 {
		t.Errorf("plans %s and %s after %d iterations", first.hash, again.hash, first.iterations)
	}
}

func TestACaseThatCannotBeServedFailsTheRun(t *testing.T) {
	t.Parallel()
	data := folder(t, "16")
	name := filepath.Join(data, "vrptw", "solomon", "V101.txt")
	if err := os.WriteFile(name, []byte(strings.Replace(village, "  3   10", "  1   10", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	var table, log bytes.Buffer
	err := gap([]string{"-set", "solomon", "-data", data, "-iterations", "100"}, &table, &log)
	if err == nil || !strings.Contains(err.Error(), "1 solutions break the rules") || !strings.Contains(table.String(), "REFUSED: customer") {
		t.Errorf("%v\n%s", err, table.String())
	}
}

func TestWrongDemandsAreRefused(t *testing.T) {
	t.Parallel()
	data := folder(t, "16")
	for args, want := range map[string]string{
		"-set x":                      "-set must be one of solomon, gh",
		"-set solomon -data /nowhere": "the cases of solomon are not there",
		"-set solomon -data " + data + " -only x":  "solomon has no case X",
		"-set solomon -data " + data + " -sizes x": "no number of visits",
		"-set solomon -data " + data + " -sizes 9": "no case of solomon is left",
		"-set solomon -seeds 0":                    "-seeds must be at least 1",
		"-set solomon -threads 0":                  "-threads must be at least 1",
		"-set solomon -time 0s":                    "must not be below zero",
		"-set solomon more":                        "\"more\" is not understood",
		"-nothing":                                 "not defined",
	} {
		var table, log bytes.Buffer
		if err := gap(strings.Fields(args), &table, &log); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}

func TestAMeanOverUnknownGapsIsNone(t *testing.T) {
	t.Parallel()
	known := &run{instance: &instance{name: "A", best: 100}, seed: 1, verdict: verdict{objective: 101}}
	unknown := &run{instance: &instance{name: "B"}, seed: 1, verdict: verdict{objective: 5}}
	if g := known.gap(); math.Abs(g-1) > 1e-9 {
		t.Errorf("gap %v, want 1 %%", g)
	}
	var table bytes.Buffer
	writeMeans(&table, "all", []*run{known, unknown})
	if !strings.Contains(table.String(), "53.0       -              - - -") {
		t.Errorf("the mean of a gap and none:\n%s", table.String())
	}
}
