package main

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tournee/scheduler"
)

// vrptw is a family in Solomon's format: the .txt files in vrptw/NAME or NAME of the data folder, or else in the data folder itself. Best known
// values are the column dimacs_dist of a table bks.csv beside the cases or in the folder above.
//
// The objective is that of the 12th DIMACS implementation challenge: the least total distance, with as many vehicles as the file has. A leg is
// the euclidean distance truncated to one decimal, and takes as long.
func vrptw(name string, family func(instance string) string) set {
	folder := func(data string) string {
		for _, below := range []string{filepath.Join("vrptw", name), name} {
			if info, err := os.Stat(filepath.Join(data, below)); err == nil && info.IsDir() {
				return filepath.Join(data, below)
			}
		}
		return data
	}
	return set{
		name:  name,
		names: func(data string) ([]string, error) { return caseNames(folder(data)) },
		open: func(data, name string) (*instance, error) {
			return openVRPTW(folder(data), name, family)
		},
	}
}

func caseNames(folder string) ([]string, error) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		if base, ok := strings.CutSuffix(f.Name(), ".txt"); ok && !f.IsDir() {
			names = append(names, base)
		}
	}
	slices.SortFunc(names, bySizeThenName)
	return names, nil
}

// bySizeThenName puts c1_2_1 before c1_10_1, and C101 before R101.
func bySizeThenName(a, b string) int {
	size := func(name string) int {
		parts := strings.Split(name, "_")
		n, err := strconv.Atoi(parts[min(1, len(parts)-1)])
		if err != nil {
			return 0
		}
		return n
	}
	return cmp.Or(cmp.Compare(size(a), size(b)), cmp.Compare(a, b))
}

// solomonFamily: R101 is one of R1.
func solomonFamily(name string) string { return name[:max(0, len(name)-2)] }

// gehringHombergerFamily: C1_2_1 is one of C1_2.
func gehringHombergerFamily(name string) string {
	return name[:max(0, strings.LastIndexByte(name, '_'))]
}

func openVRPTW(folder, name string, family func(string) string) (*instance, error) {
	file, err := os.Open(filepath.Join(folder, name+".txt"))
	if err != nil {
		return nil, err
	}
	r, err := readSolomon(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", file.Name(), err)
	}
	name = strings.ToUpper(name)
	best, err := bestKnown(folder, name)
	if err != nil {
		return nil, err
	}
	size := len(r.customers) - 1
	return &instance{
		name: name, size: size, best: best,
		groups:  []string{family(name), strconv.Itoa(size)},
		problem: r.problem(),
		judge:   r.judge,
	}, nil
}

// bestKnown looks a value up in the folder's table or, if it has none, in that of the folder above; 0 when it is not there.
func bestKnown(folder, name string) (float64, error) {
	path := filepath.Join(folder, "bks.csv")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		path = filepath.Join(folder, "..", "bks.csv")
		text, err = os.ReadFile(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil || len(rows) == 0 {
		return 0, errors.Join(fmt.Errorf("%s is no table", path), err)
	}
	column := slices.Index(rows[0], "dimacs_dist")
	if column < 0 {
		return 0, fmt.Errorf("%s has no column dimacs_dist", path)
	}
	for _, row := range rows[1:] {
		if strings.EqualFold(row[0], name) {
			best, err := strconv.ParseFloat(row[column], 64)
			if err != nil || best <= 0 {
				return 0, fmt.Errorf("%s: %q is no distance for %s", path, row[column], name)
			}
			return best, nil
		}
	}
	return 0, nil
}

// tenths is the distance between two customers, truncated, in tenths. The root of a whole number below 2^52 is never rounded up to a whole one.
func tenths(a, b customer) int {
	dx, dy := a.x-b.x, a.y-b.y
	return int(math.Sqrt(float64(100 * (dx*dx + dy*dy))))
}

// problem is the case in the scheduler's terms: a second is a tenth of the file's unit and costs one.
func (r *roads) problem() *scheduler.Problem {
	depot := r.customers[0]
	p := &scheduler.Problem{
		Travel:  []scheduler.Travel{{Mode: "vehicle", Seconds: make([][]scheduler.Seconds, len(r.customers))}},
		Weights: scheduler.Weights{TravelHour: 3600},
	}
	last := 0
	for i, c := range r.customers {
		p.Places = append(p.Places, scheduler.Place{ID: strconv.Itoa(i)})
		row := make([]scheduler.Seconds, len(r.customers))
		for j, to := range r.customers {
			row[j] = scheduler.Seconds(tenths(c, to))
		}
		p.Travel[0].Seconds[i] = row
		last = max(last, 10*c.due)
		if i == 0 {
			continue
		}
		p.Visits = append(p.Visits, scheduler.Visit{
			ID: strconv.Itoa(i), Place: i, Duration: scheduler.Seconds(10 * c.service), Mandatory: true,
			Windows: []scheduler.Window{{Open: scheduler.Time(10 * c.ready), Close: scheduler.Time(10 * c.due)}},
			Loads:   []int{c.demand},
		})
	}
	p.Length = scheduler.Seconds(max(1, last))
	for v := range r.vehicles {
		id := strconv.Itoa(v + 1)
		p.Technicians = append(p.Technicians, scheduler.Technician{ID: id, Mode: "vehicle"})
		p.Shifts = append(p.Shifts, scheduler.Shift{
			ID: id, Technician: id, Start: scheduler.Time(10 * depot.ready), End: scheduler.Time(10 * depot.due),
			Capacity: []int{r.capacity},
		})
	}
	return p
}

// judge drives every route of a solution: every customer is served once, none late, and each vehicle is back in time with no more than it can carry.
func (r *roads) judge(s *solution) verdict {
	j := &journey{roads: r, times: make([]int, len(r.customers))}
	for i, route := range s.Routes {
		j.drive(i+1, route)
	}
	if len(s.Routes) > r.vehicles {
		j.faultf("%d routes, %d vehicles", len(s.Routes), r.vehicles)
	}
	for i, times := range j.times[1:] {
		if times != 1 {
			j.faultf("customer %d is served %d times", i+1, times)
		}
	}
	return verdict{objective: float64(j.length) / 10, note: fmt.Sprintf("%d routes", len(s.Routes)), faults: j.faults}
}

type journey struct {
	*roads

	length int   // of all routes so far, tenths
	times  []int // per customer, served so far
	faults []string
}

func (j *journey) faultf(format string, args ...any) {
	j.faults = append(j.faults, fmt.Sprintf(format, args...))
}

func (j *journey) drive(number int, route []int) {
	depot := j.customers[0]
	from, now, load := depot, 10*depot.ready, 0
	for _, i := range route {
		if i < 1 || i >= len(j.customers) {
			j.faultf("route %d: there is no customer %d", number, i)
			return
		}
		c := j.customers[i]
		leg := tenths(from, c)
		now = max(now+leg, 10*c.ready)
		if late := now - 10*c.due; late > 0 {
			j.faultf("route %d: customer %d is reached %d tenths too late", number, i, late)
		}
		now += 10 * c.service
		load += c.demand
		j.length += leg
		j.times[i]++
		from = c
	}
	back := tenths(from, depot)
	j.length += back
	if late := now + back - 10*depot.due; late > 0 {
		j.faultf("route %d: the vehicle is back %d tenths too late", number, late)
	}
	if load > j.capacity {
		j.faultf("route %d: a load of %d, capacity %d", number, load, j.capacity)
	}
}
