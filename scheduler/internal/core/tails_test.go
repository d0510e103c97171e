package core

import (
	"slices"
	"testing"
)

// nodesOf lists the stops of every route between its ends.
func nodesOf(s *State) (out [][]int32) {
	for i := range s.routes {
		var nodes []int32
		for _, st := range s.routes[i].stops {
			if st.node >= 0 {
				nodes = append(nodes, st.node)
			}
		}
		out = append(out, nodes)
	}
	return out
}

// crossed is a chain over two vans that change streets at noon: each serves the morning of one street and the afternoon of the other.
func crossed() *chain {
	const street = 1000 // seconds and cost between the two; 10 between neighbours
	at := []int32{0, 0, 10, 20, street, street + 10, street + 20}
	n := int32(len(at)) + 1 // and nowhere
	mx := Matrix{Size: n, From: make([]Leg, n*n), To: make([]Leg, n*n)}
	for i := range at {
		for j := range at {
			d := max(at[i]-at[j], at[j]-at[i])
			mx.From[int32(i)*n+int32(j)], mx.To[int32(j)*n+int32(i)] = Leg{d, d}, Leg{d, d}
		}
	}
	m := &Model{Visits: 6, Technicians: 1, Assign: []int64{0}, Matrices: []Matrix{mx}}
	both := []int32{0, 1}
	for v := range m.Visits {
		open := v % 3 * 10_000
		m.Nodes = append(m.Nodes, Node{Place: v + 1, Service: 600, Rank: NoRank, Drop: 1 << 30, Windows: []Window{{open, open + 5_000}}, Candidates: both})
	}
	for range both {
		m.Shifts = append(m.Shifts, Shift{End: 40_000, From: n - 1, To: n - 1})
	}
	s := NewState(m)
	s.Fill(0, []int32{0, 4, 5})
	s.Fill(1, []int32{3, 1, 2})
	s.keep()
	c := &chain{sub: newSub(m), s: &State{}, near: neighbours(m), keys: sortKeys(m)}
	c.load(m, s, both, []int32{0, 1, 2, 3, 4, 5}, 1, 1)
	c.rememberAll()
	return c
}

func TestTwoVansThatChangeStreetsAtNoonKeepToTheirs(t *testing.T) {
	t.Parallel()
	c := crossed()
	for range 50 {
		c.swapTails(c.s.cost)
	}
	got := nodesOf(c.s)
	slices.SortFunc(got, slices.Compare)
	if want := [][]int32{{0, 1, 2}, {3, 4, 5}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("the routes are %v, want %v", got, want)
	}
}

func TestAnAfternoonIsNotGivenToSomebodyWhoMayNotDoIt(t *testing.T) {
	t.Parallel()
	c := crossed()
	for v := range c.m.Visits {
		c.m.Nodes[v].Candidates = []int32{c.s.shift[v]}
	}
	before := nodesOf(c.s)
	for range 50 {
		c.swapTails(c.s.cost)
	}
	if after := nodesOf(c.s); !slices.EqualFunc(before, after, slices.Equal) {
		t.Errorf("the routes became %v", after)
	}
}

func TestAnExchangeThatIsTakenBackLeavesThePlanAsItWas(t *testing.T) {
	t.Parallel()
	m := grid(60, 8)
	w := newSearch(m, NewState(m), Budget{Seed: 1, Iterations: 1})
	w.construct()
	w.pace.next(&w.result)
	w.split()
	c, p := w.chains[0], &w.parts[0]
	c.load(m, w.s, p.shifts, p.visits, 1, 1)
	c.rememberAll()
	before, cost, tried := nodesOf(c.s), c.s.cost, 0
	for range 2_000 {
		u := c.visits[c.rng.below(uint32(len(c.visits)))]
		at, ok := c.cheapestCrossing(u, 1<<20)
		if !ok {
			continue
		}
		if c.exchange(at) {
			tried++
			c.verifyCost(c.s.cost)
		}
		c.s.back()
		if after := nodesOf(c.s); c.s.cost != cost || !slices.EqualFunc(before, after, slices.Equal) {
			t.Fatalf("cost %d became %d, routes %v became %v", cost, c.s.cost, before, after)
		}
		c.verifyCost(cost)
	}
	if tried == 0 {
		t.Error("no exchange was possible")
	}
}
