package core

import "slices"

// Budget says how long to search: a count of iterations, or a share of the time
// allowed that is gone, as the caller tells it between two epochs.
type Budget struct {
	Seed       uint64
	Threads    int                                     // sub-problems searched at once; the plan does not depend on it
	Iterations int64                                   // not used with Elapsed
	StopAt     int64                                   // 0, or end with the epoch that reaches so many iterations
	Stop       func() bool                             // nil, or polled by one thread at a time; once true, the epoch under way is void
	Elapsed    func() int32                            // nil, or the share of the time allowed that is gone, in 65536ths, polled between epochs
	Observe    func(iteration, cost int64, absent int) // nil, or told of better plans between epochs
	Run        func(n int, work func(worker int))      // nil, or runs work(0) to work(n-1) at once and waits for all
}

// Result is what a search did.
type Result struct {
	Iterations int64
	Stopped    bool
	Elapsed    []int32 // what Budget.Elapsed answered: the same answers repeat the run
}

// Search improves a plan by ruin and recreate under simulated annealing and
// leaves the best plan found in s. In every epoch the plan is cut anew into
// sub-problems of neighbouring whole routes; each is annealed by itself, with
// random numbers drawn from the seed, the epoch and its index and a fixed count
// of iterations, so that any number of threads gives the same plan.
//
// Sources: Christiaens and Vanden Berghe, "Slack Induction by String Removals
// for Vehicle Routing Problems", Transportation Science 54 (2020), for strings,
// blinks and the schedule; Potvin and Rousseau, EJOR 66 (1993), for the regret
// start; Schrimpf et al., J. Comput. Phys. 159 (2000), for ruin and recreate;
// Santini et al., EJOR 306 (2023), for sub-problems of neighbouring routes.
// Every visit is optional at its drop cost, so every plan met is feasible.
func Search(m *Model, s *State, b Budget) Result {
	w := newSearch(m, s, b)
	w.construct()
	w.remember()
	for w.pace.next(&w.result) {
		w.split()
		if !w.anneal() {
			w.result.Stopped = true
			break
		}
		w.join(func(p *part) *orders { return &p.best })
		w.revisit()
		w.remember()
		w.join(func(p *part) *orders { return &p.last })
		w.revisit()
		w.regroup()
	}
	w.restore()
	return w.result
}

// search is a run on a whole problem.
type search struct {
	m      *Model
	s      *State
	b      Budget
	near   [][]int32
	keys   [][]int64
	pace   pace
	cutter cutter
	parts  []part
	chains []*chain // one per thread
	groups *groups
	result Result

	drop   int64   // the median of leaving out what is not mandatory
	cost   int64   // of the best plan
	routes []route // of the best plan
}

func newSearch(m *Model, s *State, b Budget) *search {
	w := &search{m: m, s: s, b: b, near: neighbours(m), keys: sortKeys(m), routes: make([]route, len(s.routes))}
	w.cost, w.drop = noCost, medianDrop(m)
	w.pace = newPace(m.Visits, b)
	w.cutter = newCutter(m)
	for range max(1, b.Threads) {
		w.chains = append(w.chains, &chain{sub: newSub(m), s: &State{}, near: w.near, keys: w.keys})
	}
	w.groups = newGroups(s, w.near)
	return w
}

// join writes routes of the sub-problems into the plan.
func (w *search) join(of func(*part) *orders) {
	for i := range w.parts {
		p := &w.parts[i]
		o, from := of(p), int32(0)
		for j, shift := range p.shifts {
			for k := from; k < o.ends[j]; k++ {
				if n := o.nodes[k]; n < w.m.Visits {
					w.s.Choose(n, o.alts[k])
				}
			}
			w.s.follow(shift, o.nodes[from:o.ends[j]])
			from = o.ends[j]
		}
	}
	w.s.relist()
}

// revisitLimit bounds the routes looked at per epoch for visits left out.
const revisitLimit = 200_000

// revisit tries the visits left out in every shift they may join, the dearest
// to leave out first: a sub-problem may lack the only shifts that could serve
// them.
func (w *search) revisit() {
	s := w.s
	absent := slices.Clone(s.absent)
	slices.SortStableFunc(absent, func(a, b int32) int { return compare(w.m.Nodes[b].Drop, w.m.Nodes[a].Drop) })
	looked := 0
	for _, v := range absent {
		if looked > revisitLimit {
			break
		}
		looked += len(w.m.Nodes[v].Candidates)
		if at, ok := w.m.cheapest(s, v, w.m.Nodes[v].Drop+1); ok {
			s.insert(v, at.shift, at.after)
		}
	}
	s.keep()
}

// cheapest is the best position for v in all its shifts, if any costs less
// than bound.
func (m *Model) cheapest(s *State, v int32, bound int64) (place, bool) {
	won, found := place{delta: bound}, false
	for _, shift := range m.Nodes[v].Candidates {
		if at, ok := m.best(&s.routes[shift], shift, v, won.delta, 0, nil); ok {
			won, found = at, true
		}
	}
	return won, found
}

// remember keeps the plan if it is the best so far.
func (w *search) remember() {
	if w.s.cost >= w.cost {
		return
	}
	w.cost = w.s.cost
	for i := range w.routes {
		w.routes[i].copyFrom(&w.s.routes[i])
	}
	if w.b.Observe != nil {
		w.b.Observe(w.result.Iterations, w.cost, len(w.s.absent))
	}
}

// restore makes the best plan the current one.
func (w *search) restore() {
	for i := range w.routes {
		w.s.routes[i], w.routes[i] = w.routes[i], w.s.routes[i]
	}
	w.s.relist()
}

func compare(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
