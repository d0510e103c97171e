package core

import "testing"

// grid is visits on a square of streets with windows and loads, and shifts that
// all start at its middle.
func grid(visits, shifts int32) *Model {
	places := visits + 2
	mx := Matrix{Size: places, From: make([]Leg, places*places), To: make([]Leg, places*places)}
	at := func(p int32) (x, y int32) { return p * 37 % 61, p * 53 % 59 }
	for i := range visits + 1 {
		for j := range visits + 1 {
			x, y := at(i)
			u, v := at(j)
			leg := max(x-u, u-x) + max(y-v, v-y)
			mx.From[i*places+j] = Leg{Seconds: 30 * leg, Cost: leg}
			mx.To[j*places+i] = mx.From[i*places+j]
		}
	}
	m := &Model{Visits: visits, Technicians: 1, Dims: 1, Assign: []int64{0}, Matrices: []Matrix{mx}}
	var all []int32
	for i := range shifts {
		all = append(all, i)
		m.Shifts = append(m.Shifts, Shift{End: 28_800, Cost: 50, Capacity: []int32{40}})
	}
	for v := range visits {
		open := v * 7919 % 20_000
		m.Nodes = append(m.Nodes, Node{
			Place: v + 1, Service: 900 + v%5*300, Rank: NoRank, Drop: 500, Load: []int32{1 + v%7},
			Windows: []Window{{open, open + 7_200}}, Candidates: all,
		})
	}
	return m
}

func TestALargeFleetOfIdenticalVansIsTriedByAFew(t *testing.T) {
	t.Parallel()
	m := grid(60, 250)
	w := newSearch(m, NewState(m), Budget{Seed: 1, Iterations: 1})
	w.construct()
	w.pace.next(&w.result)
	w.split()
	used, taken := int(w.s.countUsed()), 0
	for i := range w.parts {
		taken += len(w.parts[i].shifts)
	}
	if most := used + spares*len(w.parts); taken > most {
		t.Errorf("%d shifts in use, %d looked at, at most %d are worth it", used, taken, most)
	}
}

func TestEveryVisitOfAPlanIsInOnePart(t *testing.T) {
	t.Parallel()
	m := grid(900, 120)
	w := newSearch(m, NewState(m), Budget{Seed: 5, Iterations: 100_000})
	w.construct()
	for range 5 {
		w.pace.next(&w.result)
		w.split()
		if len(w.parts) < 4 {
			t.Fatalf("%d visits are in %d parts", m.Visits, len(w.parts))
		}
		times := make([]int, m.Visits)
		for i := range w.parts {
			for _, v := range w.parts[i].visits {
				times[v]++
			}
		}
		for v, n := range times {
			if planned := w.s.shift[v] >= 0; n > 1 || planned && n == 0 {
				t.Errorf("visit %d is in %d parts", v, n)
			}
		}
	}
}

// BenchmarkIteration is one ruin and recreate among 150 visits.
func BenchmarkIteration(b *testing.B) {
	m := grid(150, 15)
	w := newSearch(m, NewState(m), Budget{Seed: 1, Iterations: 1})
	w.construct()
	w.pace.next(&w.result)
	w.split()
	c, p := w.chains[0], &w.parts[0]
	c.load(m, w.s, p.shifts, p.visits, 1, 1)
	b.ReportAllocs()
	b.ResetTimer()
	c.anneal(int64(b.N), heat{16 * 20}, 0, whole, &stopper{})
}
