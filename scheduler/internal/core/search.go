package core

import "math/bits"

// Budget says how long to search. The temperature follows Iterations, so a run
// that was stopped is repeated by the same Iterations and StopAt.
type Budget struct {
	Seed       uint64
	Iterations int64
	StopAt     int64                                   // 0: none
	Stop       func() bool                             // nil, or polled every pollEvery iterations
	Observe    func(iteration, cost int64, absent int) // nil, or told of a better plan at polls
}

const pollEvery = 128

type search struct {
	m       *Model
	s       *State
	rng     rng
	near    [][]int32
	keys    [][]int64
	visits  []int32  // those that are not frozen
	memos   [][]memo // per visit, for each of its candidates
	gone    []bool   // per visit, being removed
	removed []int32
	pending []int32
	order   []int32
	used    int32 // shifts in use when last counted

	best struct {
		cost   int64
		routes []route
		stale  []bool // per shift, differs from the state since the last better plan
		list   []int32
	}
}

// Search improves a plan by ruin and recreate under simulated annealing and
// leaves the best plan found in s.
//
// Sources: Christiaens and Vanden Berghe, "Slack Induction by String Removals
// for Vehicle Routing Problems", Transportation Science 54 (2020), for strings,
// blinks and the schedule; Potvin and Rousseau, EJOR 66 (1993), for the regret
// start; Schrimpf et al., J. Comput. Phys. 159 (2000), for ruin and recreate.
// Every visit is optional at its drop cost, so every plan met is feasible.
func Search(m *Model, s *State, b Budget) (iterations int64, stopped bool) {
	w := newSearch(m, s, b.Seed)
	w.construct()
	s.keep()
	w.rememberAll()
	heat := schedule(s)
	told := s.cost
	iterations = b.Iterations
	for i := range b.Iterations {
		if i%pollEvery == 0 {
			if b.Observe != nil && (i == 0 || w.best.cost < told) {
				told = w.best.cost
				b.Observe(i, told, len(s.absent))
			}
			if (b.Stop != nil && b.Stop()) || (b.StopAt > 0 && i >= b.StopAt) {
				iterations, stopped = i, true
				break
			}
			w.used = s.countUsed()
		}
		limit := s.cost + (heat.at(i, b.Iterations)*w.rng.minusLog())>>16
		if !w.ruin() {
			w.forget()
			s.back()
			continue
		}
		if !w.recreate(limit) || s.cost > limit {
			s.back()
			continue
		}
		w.accept()
	}
	w.restoreBest()
	return iterations, stopped
}

func newSearch(m *Model, s *State, seed uint64) *search {
	w := &search{
		m: m, s: s, rng: rng{seed},
		near: neighbours(m), keys: sortKeys(m),
		gone: make([]bool, m.Visits),
	}
	for v := range m.Visits {
		if !m.Nodes[v].Frozen {
			w.visits = append(w.visits, v)
		}
	}
	w.memos = make([][]memo, m.Visits)
	for v := range w.memos {
		w.memos[v] = make([]memo, len(m.Nodes[v].Candidates))
	}
	for i := range s.routes {
		s.stamp(&s.routes[i])
	}
	w.best.routes = make([]route, len(s.routes))
	w.best.stale = make([]bool, len(s.routes))
	return w
}

// forget clears the marks of a ruin that was given up.
func (w *search) forget() {
	for _, v := range w.removed {
		w.gone[v] = false
	}
}

// accept keeps the current plan, and remembers it if it is the best so far.
func (w *search) accept() {
	for _, i := range w.s.touched {
		if !w.best.stale[i] {
			w.best.stale[i] = true
			w.best.list = append(w.best.list, i)
		}
	}
	w.s.keep()
	if w.s.cost >= w.best.cost {
		return
	}
	w.best.cost = w.s.cost
	for _, i := range w.best.list {
		w.best.routes[i].copyFrom(&w.s.routes[i])
		w.best.stale[i] = false
	}
	w.best.list = w.best.list[:0]
}

func (w *search) rememberAll() {
	w.best.cost = w.s.cost
	for i := range w.s.routes {
		w.best.routes[i].copyFrom(&w.s.routes[i])
	}
}

func (w *search) restoreBest() {
	for i := range w.best.routes {
		w.s.routes[i], w.best.routes[i] = w.best.routes[i], w.s.routes[i]
	}
	w.s.relist()
}

// relist rebuilds what is derived from the routes.
func (s *State) relist() {
	for v := range s.m.Visits {
		s.shift[v] = -1
	}
	s.absent = s.absent[:0]
	s.cost = 0
	for i := range s.routes {
		s.cost += s.routes[i].cost
		for _, st := range s.routes[i].stops {
			if st.node >= 0 && st.node < s.m.Visits {
				s.shift[st.node] = int32(i)
			}
		}
	}
	s.recount()
	for v := range s.m.Visits {
		if s.shift[v] < 0 {
			s.addAbsent(v)
			s.cost += s.m.Nodes[v].Drop
		}
	}
	s.keep()
}

func (s *State) countUsed() int32 {
	n := int32(0)
	for i := range s.routes {
		if s.routes[i].served > 0 {
			n++
		}
	}
	return n
}

// heat is an annealing temperature that falls exponentially from a share of
// the plan's mean leg to a thirtieth of it.
type heat struct{ start int64 }

// halvings is log2 of 30, the fall in temperature, in 1/65536ths.
const halvings = 321577

func schedule(s *State) heat {
	legs, n := int64(0), int64(1)
	for i := range s.routes {
		if r := &s.routes[i]; r.served > 0 {
			legs += r.legs
			n += int64(r.served) + 1
		}
	}
	return heat{legs * 6 / (10 * n) * 16}
}

// at is the temperature of iteration i of n, in sixteenths of a cost unit
// brought back to units: T = start * 30^(-i/n), linear between halvings.
func (h heat) at(i, n int64) int64 {
	hi, lo := bits.Mul64(uint64(i), halvings)
	x, _ := bits.Div64(hi, lo, uint64(n))
	whole := h.start >> (x >> 16)
	return (whole - (whole*int64(x&0xffff))>>17) / 16
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
