package cell_test

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"sync"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tournee/geo"
	"tournee/geo/cell"
)

var (
	windows = cell.ID{1}
	server  = cell.ID{2}
	rescue  = cell.ID{3}
	tuesday = time.Date(2026, 5, 12, 8, 50, 0, 0, time.UTC)
)

func estimator(t testing.TB) *geo.Estimator {
	t.Helper()
	location, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	e, err := geo.NewEstimator(geo.DefaultParameters(), location)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func id(n int) (id cell.ID) {
	binary.BigEndian.PutUint32(id[12:], uint32(n))
	return id
}

func day() []cell.Shift {
	return []cell.Shift{{Start: tuesday.Add(-2 * time.Hour), End: tuesday.Add(6 * time.Hour)}}
}

// byHand ranks every technician, one by one, with none of the index's shortcuts.
func byHand(e *geo.Estimator, technicians map[cell.ID]cell.Technician, q cell.Query) []cell.Candidate {
	var ranked []cell.Candidate
	for _, t := range technicians {
		metres := geo.Distance(t.Position, q.Position)
		if !eligible(t, q) || q.MaxMetres > 0 && metres > q.MaxMetres {
			continue
		}
		travel := e.Travel(t.Position, q.Position, t.Mode, q.At)
		ranked = append(ranked, cell.Candidate{ID: t.ID, Mode: t.Mode, Travel: travel, Metres: metres})
	}
	slices.SortFunc(ranked, func(a, b cell.Candidate) int {
		return cmp.Or(cmp.Compare(a.Travel, b.Travel), bytes.Compare(a.ID[:], b.ID[:]))
	})
	return ranked[:min(len(ranked), q.Limit)]
}

func eligible(t cell.Technician, q cell.Query) bool {
	for _, need := range q.Needs {
		if !slices.ContainsFunc(t.Skills, func(s cell.Skill) bool { return s.ID == need.ID && s.Level >= need.Level }) {
			return false
		}
	}
	return slices.ContainsFunc(t.Shifts, func(s cell.Shift) bool { return !q.At.Before(s.Start) && q.At.Before(s.End) })
}

// drawPosition draws towns and the country between, so that some cells are crowded and most are empty; some people share a doorstep.
func drawPosition(t *rapid.T) geo.Position {
	town := rapid.SampledFrom([]geo.Position{
		{Lat: 48.853, Lon: 2.350}, {Lat: 48.727, Lon: 2.283}, {Lat: 48.960, Lon: 2.879}, {Lat: 45.76, Lon: 4.85}, {Lat: -20.9, Lon: 55.45},
	}).Draw(t, "town")
	spread := rapid.SampledFrom([]float64{0, 0.01, 0.1, 2}).Draw(t, "spread")
	return geo.Position{
		Lat: town.Lat + spread*rapid.Float64Range(-1, 1).Draw(t, "north"),
		Lon: town.Lon + spread*rapid.Float64Range(-1, 1).Draw(t, "east"),
	}
}

func drawTechnician(t *rapid.T, n int) cell.Technician {
	technician := cell.Technician{
		ID: id(n), Position: drawPosition(t), Mode: geo.Mode(rapid.IntRange(0, 3).Draw(t, "mode")),
	}
	for _, skill := range []cell.ID{windows, server, rescue} {
		if level := rapid.IntRange(0, 4).Draw(t, "level"); level > 0 {
			technician.Skills = append(technician.Skills, cell.Skill{ID: skill, Level: level})
		}
	}
	start := tuesday.Add(time.Duration(rapid.IntRange(-4, 2).Draw(t, "start")) * time.Hour)
	technician.Shifts = []cell.Shift{{Start: start, End: start.Add(3 * time.Hour)}}
	return technician
}

func drawQuery(t *rapid.T) cell.Query {
	q := cell.Query{
		Position:  drawPosition(t),
		At:        tuesday.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "minutes")) * time.Minute),
		Limit:     rapid.IntRange(1, 12).Draw(t, "limit"),
		MaxMetres: rapid.SampledFrom([]float64{0, 500, 20_000, 300_000}).Draw(t, "at most"),
	}
	for _, skill := range []cell.ID{windows, server, rescue} {
		if rapid.IntRange(0, 2).Draw(t, "needed") == 0 {
			q.Needs = append(q.Needs, cell.Skill{ID: skill, Level: rapid.IntRange(1, 4).Draw(t, "at least")})
		}
	}
	return q
}

func TestTheNearestEligibleTechniciansAreThoseFoundByHand(t *testing.T) {
	t.Parallel()
	e := estimator(t)
	rapid.Check(t, func(t *rapid.T) {
		index, technicians := cell.NewIndex(e), map[cell.ID]cell.Technician{}
		for step := range rapid.IntRange(1, 120).Draw(t, "steps") {
			n := id(rapid.IntRange(0, 60).Draw(t, "technician"))
			held, known := technicians[n]
			switch action := rapid.IntRange(0, 9).Draw(t, "action"); {
			case action == 0:
				if index.Remove(n) != known {
					t.Fatalf("step %d: removing %x: known is not %v", step, n, known)
				}
				delete(technicians, n)
			case action <= 4 && known:
				held.Position = drawPosition(t)
				technicians[n] = held
				if moved, err := index.Move(n, held.Position); !moved || err != nil {
					t.Fatalf("step %d: moving %x: %v, %v", step, n, moved, err)
				}
			default:
				technician := drawTechnician(t, int(binary.BigEndian.Uint32(n[12:])))
				technicians[n] = technician
				if err := index.Put(technician); err != nil {
					t.Fatal(err)
				}
			}
		}
		if index.Len() != len(technicians) {
			t.Fatalf("the index holds %d technicians, want %d", index.Len(), len(technicians))
		}
		for range 10 {
			q := drawQuery(t)
			want := byHand(e, technicians, q)
			if d := diff.Diff(want, index.Nearest(q, nil)); d != "" && len(want) > 0 || len(want) == 0 && len(index.Nearest(q, nil)) > 0 {
				t.Fatalf("%+v: by hand (-), by the index (+):\n%s", q, d)
			}
		}
	})
}

func TestAFasterTechnicianBeyondASlowerOneComesFirst(t *testing.T) {
	t.Parallel()
	index := cell.NewIndex(estimator(t))
	put := func(n int, mode geo.Mode, north float64) {
		err := index.Put(cell.Technician{
			ID: id(n), Position: geo.Position{Lat: 48.4 + north, Lon: 2.7}, Mode: mode,
			Skills: []cell.Skill{{ID: windows, Level: 2}}, Shifts: day(),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	put(1, geo.Foot, 0.05)
	put(2, geo.Car, 0.10)
	found := index.Nearest(cell.Query{Position: geo.Position{Lat: 48.4, Lon: 2.7}, At: tuesday, Limit: 1}, nil)
	if len(found) != 1 || found[0].ID != id(2) {
		t.Errorf("found %+v, want the driver eleven kilometres away rather than the walker at five and a half", found)
	}
}

func TestEqualTravelTimesAreOrderedByTechnician(t *testing.T) {
	t.Parallel()
	e := estimator(t)
	here := geo.Position{Lat: 48.85, Lon: 2.35}
	for _, order := range [][]int{{1, 2, 3, 4}, {4, 3, 2, 1}, {3, 1, 4, 2}} {
		index := cell.NewIndex(e)
		for _, n := range order {
			if err := index.Put(cell.Technician{ID: id(n), Position: here, Shifts: day()}); err != nil {
				t.Fatal(err)
			}
		}
		found := index.Nearest(cell.Query{Position: here, At: tuesday, Limit: 3}, nil)
		if len(found) != 3 || found[0].ID != id(1) || found[1].ID != id(2) || found[2].ID != id(3) {
			t.Errorf("put in the order %v: found %+v, want 1, 2, 3", order, found)
		}
	}
}

func TestNearestAppendsToWhatItIsGiven(t *testing.T) {
	t.Parallel()
	index := cell.NewIndex(estimator(t))
	here := geo.Position{Lat: 48.85, Lon: 2.35}
	if err := index.Put(cell.Technician{ID: id(7), Position: here, Shifts: day()}); err != nil {
		t.Fatal(err)
	}
	kept := cell.Candidate{ID: id(99)}
	found := index.Nearest(cell.Query{Position: here, At: tuesday, Limit: 5}, []cell.Candidate{kept})
	if len(found) != 2 || found[0] != kept || found[1].ID != id(7) {
		t.Errorf("found %+v, want technician 99 kept and 7 appended", found)
	}
}

func TestAFaultyTechnicianIsRefusedAndTheFormerOneStays(t *testing.T) {
	t.Parallel()
	index := cell.NewIndex(estimator(t))
	here := geo.Position{Lat: 48.85, Lon: 2.35}
	good := cell.Technician{ID: id(7), Position: here, Skills: []cell.Skill{{ID: windows, Level: 3}}, Shifts: day()}
	if err := index.Put(good); err != nil {
		t.Fatal(err)
	}
	faulty := cell.Technician{
		ID: id(7), Position: geo.Position{Lat: 100}, Mode: 9,
		Skills: []cell.Skill{{ID: windows, Level: 5}, {ID: windows, Level: 1}},
		Shifts: []cell.Shift{{Start: tuesday, End: tuesday}},
	}
	err := index.Put(faulty)
	if err == nil {
		t.Fatal("a faulty technician is accepted")
	}
	for _, words := range []string{"latitude 100", "transport mode 9", "level 5", "given twice", "shift 0 ends"} {
		if !bytes.Contains([]byte(err.Error()), []byte(words)) {
			t.Errorf("the error does not say %q:\n%v", words, err)
		}
	}
	if _, err := index.Move(id(7), geo.Position{Lon: 200}); err == nil {
		t.Error("a move off the Earth is accepted")
	}
	if known, err := index.Move(id(8), here); known || err != nil {
		t.Errorf("moving a technician never put: known %v, error %v", known, err)
	}
	q := cell.Query{Position: here, Needs: []cell.Skill{{ID: windows, Level: 3}}, At: tuesday, Limit: 1}
	if found := index.Nearest(q, nil); len(found) != 1 || found[0].ID != id(7) || found[0].Travel != 0 {
		t.Errorf("found %+v, want the technician as put before", found)
	}
	for _, nobody := range []cell.Query{
		{Position: here, At: tuesday, Limit: 0},
		{Position: geo.Position{Lat: 91}, At: tuesday, Limit: 1},
		{Position: here, At: tuesday, Limit: 1, Needs: []cell.Skill{{ID: windows, Level: 5}}},
		{Position: here, At: tuesday, Limit: 1, Needs: []cell.Skill{{ID: server, Level: 1}}},
	} {
		if found := index.Nearest(nobody, nil); len(found) != 0 {
			t.Errorf("%+v: found %+v, want nobody", nobody, found)
		}
	}
}

func TestLookUpsSeeEveryTechnicianOnceWhileAllMove(t *testing.T) {
	t.Parallel()
	index := cell.NewIndex(estimator(t))
	here, there := geo.Position{Lat: 48.85, Lon: 2.35}, geo.Position{Lat: 45.76, Lon: 4.85}
	const crowd = 40
	for n := range crowd {
		technician := cell.Technician{ID: id(n), Position: here, Skills: []cell.Skill{{ID: server, Level: 1 + n%4}}, Shifts: day()}
		if err := index.Put(technician); err != nil {
			t.Fatal(err)
		}
	}
	var group sync.WaitGroup
	for mover := range 4 {
		group.Go(func() {
			for step := range 500 {
				to := []geo.Position{there, here}[step%2]
				if known, err := index.Move(id((mover+4*step)%crowd), to); !known || err != nil {
					t.Errorf("a move fails: known %v, error %v", known, err)
				}
			}
		})
	}
	for range 2 {
		group.Go(func() {
			var found []cell.Candidate
			for range 200 {
				q := cell.Query{Position: here, Needs: []cell.Skill{{ID: server, Level: 1}}, At: tuesday, Limit: 2 * crowd}
				found = index.Nearest(q, found[:0])
				seen := make(map[cell.ID]bool)
				for _, candidate := range found {
					seen[candidate.ID] = true
				}
				if len(found) != crowd || len(seen) != crowd {
					t.Errorf("found %d candidates, %d different, want all %d once", len(found), len(seen), crowd)
				}
			}
		})
	}
	group.Wait()
}

func TestALookUpAllocatesNothingOnceWarm(t *testing.T) {
	index := cell.NewIndex(estimator(t))
	for n := range 2000 {
		technician := cell.Technician{
			ID: id(n), Position: geo.Position{Lat: 48 + float64(n%50)*0.02, Lon: 2 + float64(n/50)*0.03},
			Skills: []cell.Skill{{ID: server, Level: 1 + n%4}}, Shifts: day(),
		}
		if err := index.Put(technician); err != nil {
			t.Fatal(err)
		}
	}
	q := cell.Query{Position: geo.Position{Lat: 48.5, Lon: 2.5}, Needs: []cell.Skill{{ID: server, Level: 3}}, At: tuesday, Limit: 10}
	found := make([]cell.Candidate, 0, q.Limit)
	// The pool may be emptied once by the collector, so less than one allocation in a look-up is none.
	if allocations := testing.AllocsPerRun(1000, func() { found = index.Nearest(q, found[:0]) }); allocations >= 1 && !raceDetector {
		t.Errorf("a look-up allocates %v times, want 0", allocations)
	}
	if len(found) != 10 {
		t.Errorf("found %d, want 10", len(found))
	}
}
