package cell_test

import (
	"math"
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"time"

	"tournee/geo"
	"tournee/geo/cell"
	"tournee/geo/commune"
)

// population draws places as the French live: a commune by its inhabitants, then a point in a disc with the area that so
// many people take at 3,000 to the square kilometre.
type population struct {
	random     *rand.Rand
	communes   []commune.Commune
	cumulative []int
}

func metropolitan(seed uint64) *population {
	p := &population{random: rand.New(rand.NewPCG(seed, 1))}
	total := 0
	for _, c := range commune.France().All() {
		if c.City == "" && c.Position.Lat > 41 && c.Position.Lon > -6 {
			total += c.Population
			p.communes, p.cumulative = append(p.communes, c), append(p.cumulative, total)
		}
	}
	return p
}

func (p *population) draw() geo.Position {
	low, high, target := 0, len(p.cumulative)-1, p.random.IntN(p.cumulative[len(p.cumulative)-1])
	for low < high {
		if middle := (low + high) / 2; p.cumulative[middle] > target {
			high = middle
		} else {
			low = middle + 1
		}
	}
	c := p.communes[low]
	radius := math.Sqrt(float64(c.Population)/3000/math.Pi) / 111.2
	distance, bearing := radius*math.Sqrt(p.random.Float64()), 2*math.Pi*p.random.Float64()
	return geo.Position{
		Lat: c.Position.Lat + distance*math.Cos(bearing),
		Lon: c.Position.Lon + distance*math.Sin(bearing)/math.Cos(c.Position.Lat*math.Pi/180),
	}
}

// cpu is the processor time that the process has used so far: on a busy machine it tells more than the clock.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

const fleet = 100_000

// hundredThousand is a fleet of which one technician in ten has the skill at level 3 or above and half of those are on
// shift: 5 % eligible. All have other skills too. Of ten, six drive, two take trains, one cycles and one walks.
func hundredThousand(b *testing.B, places *population) (*cell.Index, []geo.Position) {
	b.Helper()
	index := cell.NewIndex(estimator(b))
	positions := make([]geo.Position, fleet)
	modes := []geo.Mode{geo.Car, geo.Car, geo.Car, geo.Car, geo.Car, geo.Car, geo.PublicTransport, geo.PublicTransport, geo.Bike, geo.Foot}
	for n := range fleet {
		positions[n] = places.draw()
		technician := cell.Technician{ID: id(n), Position: positions[n], Mode: modes[places.random.IntN(10)]}
		if level := 1 + places.random.IntN(5); level <= 4 {
			technician.Skills = append(technician.Skills, cell.Skill{ID: windows, Level: level})
		}
		switch draw := places.random.IntN(20); {
		case draw < 2:
			technician.Skills = append(technician.Skills, cell.Skill{ID: server, Level: 3 + draw})
		case draw < 6:
			technician.Skills = append(technician.Skills, cell.Skill{ID: server, Level: 1 + draw%2})
		}
		start := tuesday.Add(time.Duration(-8*(n%2))*time.Hour - time.Hour)
		technician.Shifts = []cell.Shift{{Start: start, End: start.Add(8 * time.Hour)}}
		if err := index.Put(technician); err != nil {
			b.Fatal(err)
		}
	}
	return index, positions
}

// drive is a place up to a kilometre or so away.
func (p *population) drive(from geo.Position) geo.Position {
	return geo.Position{Lat: from.Lat + 0.01*(2*p.random.Float64()-1), Lon: from.Lon + 0.015*(2*p.random.Float64()-1)}
}

// BenchmarkNearest is a look-up of the ten nearest of 5 % eligible among 100,000 technicians, spread by population, while
// another goroutine moves them: one move for every four look-ups, so that at 20,000 look-ups a second each
// technician reports every twenty seconds. A look-up that finds fewer than ten fails.
func BenchmarkNearest(b *testing.B) { benchmarkNearest(b, 4) }

// BenchmarkNearestStill is the same look-up while nobody moves.
func BenchmarkNearestStill(b *testing.B) { benchmarkNearest(b, math.MaxInt) }

func benchmarkNearest(b *testing.B, lookupsPerMove int) {
	b.Helper()
	places := metropolitan(1)
	index, positions := hundredThousand(b, places)
	queries := make([]geo.Position, 10_000)
	for i := range queries {
		queries[i] = places.draw()
	}
	due := make(chan int, 1024)
	var mover sync.WaitGroup
	mover.Go(func() {
		for n := range due {
			who := n * 7919 % fleet
			positions[who] = places.drive(positions[who])
			if _, err := index.Move(id(who), positions[who]); err != nil {
				b.Error(err)
			}
		}
	})
	found := make([]cell.Candidate, 0, 10)
	q := cell.Query{Needs: []cell.Skill{{ID: server, Level: 3}}, At: tuesday, Limit: 10}
	b.ReportAllocs()
	n, started := 0, cpu(b)
	for b.Loop() {
		n++
		if n%lookupsPerMove == 0 {
			due <- n
		}
		q.Position = queries[n%len(queries)]
		if found = index.Nearest(q, found[:0]); len(found) < 10 {
			b.Fatalf("%v: found %d, want 10", q.Position, len(found))
		}
	}
	close(due)
	mover.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lookups/s")
	b.ReportMetric(float64(b.N)/(cpu(b)-started).Seconds(), "lookups/cpu-s")
}

// BenchmarkMove moves technicians a kilometre or so.
func BenchmarkMove(b *testing.B) {
	places := metropolitan(1)
	index, positions := hundredThousand(b, places)
	n := 0
	for b.Loop() {
		who := n * 7919 % fleet
		positions[who] = places.drive(positions[who])
		if _, err := index.Move(id(who), positions[who]); err != nil {
			b.Fatal(err)
		}
		n++
	}
}
