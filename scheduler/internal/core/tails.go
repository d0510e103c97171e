package core

// An exchange of tails is tried once in so many iterations, over so many visits
// near one.
const (
	tailEvery = 3
	tailNear  = 20
)

// crossing is where two routes could exchange their tails: the first after position
// i, the second from position j on.
type crossing struct{ first, second, i, j int32 }

// swapTails exchanges what follows in two routes (2-opt*: Potvin and Rousseau,
// J. Oper. Res. Soc. 46 (1995)), the cheapest way around a random visit, and
// keeps it if the plan then costs no more than limit. Strings of removed visits
// hardly ever add up to that: a whole half-day changes its technician.
func (w *chain) swapTails(limit int64) {
	if len(w.visits) == 0 {
		return
	}
	at, ok := w.cheapestCrossing(w.visits[w.rng.below(uint32(len(w.visits)))], limit-w.s.cost)
	if !ok {
		return
	}
	if !w.exchange(at) || w.s.cost > limit {
		w.s.back()
		return
	}
	w.verifyCost(w.s.cost)
	w.accept()
}

// cheapestCrossing finds where a visit near u could follow u with all that comes
// after it, for the least change of legs up to bound. Times are judged as far
// as both shifts end alike; exchange judges the rest.
func (w *chain) cheapestCrossing(u int32, bound int64) (won crossing, found bool) {
	s, m := w.s, w.m
	a := s.shift[u]
	if a < 0 || m.Shifts[a].Pool {
		return won, false
	}
	ra, mx := &s.routes[a], &m.Matrices[m.Shifts[a].Matrix]
	i := ra.find(u)
	end, follows := &ra.stops[i], &ra.stops[i+1]
	if follows.place == Float {
		return won, false
	}
	near := w.nearby[u]
	for _, v := range near[:min(tailNear, len(near))] {
		b := s.shift[v]
		if b < 0 || b == a || m.Shifts[b].Pool || m.Shifts[b].Matrix != m.Shifts[a].Matrix {
			continue
		}
		rb := &s.routes[b]
		j := rb.find(v)
		if j < 0 || rb.stops[j].place == Float {
			continue
		}
		before, head := &rb.stops[j-1], &rb.stops[j]
		there, back := mx.leg(end.loc, head.place), mx.leg(before.loc, follows.place)
		delta := int64(there.Cost) + int64(back.Cost) - int64(head.out) - int64(follows.out)
		if delta > bound || end.dep+there.Seconds > head.late || before.dep+back.Seconds > follows.late {
			continue
		}
		at := crossing{a, b, i, j}
		if !w.mayExchange(at) {
			continue
		}
		won, found, bound = at, true, delta-1
	}
	return won, found
}

// mayExchange says whether each tail is all visits that the other technician
// may do, and loads fit. Breaks stay with whoever takes them.
func (w *chain) mayExchange(at crossing) bool {
	ra, rb := &w.s.routes[at.first], &w.s.routes[at.second]
	ta, tb := ra.stops[at.i+1:len(ra.stops)-1], rb.stops[at.j:len(rb.stops)-1]
	if !w.mayMove(ta, at.second) || !w.mayMove(tb, at.first) {
		return false
	}
	for d := range ra.load {
		more := w.m.loadOf(tb, d) - w.m.loadOf(ta, d)
		if more > 0 && ra.load[d]+more > w.m.Shifts[at.first].Capacity[d] ||
			more < 0 && rb.load[d]-more > w.m.Shifts[at.second].Capacity[d] {
			return false
		}
	}
	return true
}

func (w *chain) mayMove(tail []stop, to int32) bool {
	for i := range tail {
		if n := tail[i].node; !w.m.movable(n) || !w.m.serves(n, to) {
			return false
		}
	}
	return true
}

func (m *Model) loadOf(stops []stop, d int) int32 {
	sum := int32(0)
	for i := range stops {
		if l := m.Nodes[stops[i].node].Load; len(l) > 0 {
			sum += l[d]
		}
	}
	return sum
}

// exchange changes the tails and says whether both routes keep every rule.
func (w *chain) exchange(at crossing) bool {
	s := w.s
	ra, rb := &s.routes[at.first], &s.routes[at.second]
	s.touch(at.first)
	s.touch(at.second)
	s.detach(at.first)
	s.detach(at.second)
	w.tail = append(w.tail[:0], ra.stops[at.i+1:]...)
	ra.stops = s.follows(ra.stops[:at.i+1], rb.stops[at.j:], w.tail[len(w.tail)-1], at.second, at.first)
	rb.stops = s.follows(rb.stops[:at.j], w.tail, rb.stops[len(rb.stops)-1], at.first, at.second)
	ok := s.m.weigh(ra, &s.m.Shifts[at.first])
	ok = s.m.weigh(rb, &s.m.Shifts[at.second]) && ok
	ok = s.m.refresh(ra, at.first) && ok
	ok = s.m.refresh(rb, at.second) && ok
	s.changed(at.first)
	s.changed(at.second)
	return ok
}

// follows lets the visits of a tail, its end left out, follow a head, and the
// end given after them.
func (s *State) follows(head, tail []stop, end stop, from, to int32) []stop {
	for i := range tail[:len(tail)-1] {
		v := tail[i].node
		s.journal = append(s.journal, move{visit: v, shift: from}, move{visit: v, shift: -1})
		s.shift[v] = to
		head = append(head, stop{node: v, place: tail[i].place})
	}
	return append(head, stop{node: -1, place: end.place})
}
