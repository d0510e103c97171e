package core

import (
	"cmp"
	"math"
	"slices"
)

// noCost is dearer than any plan.
const noCost int64 = math.MaxInt64 / 4

// place is where a visit could go: after position After of a shift's route.
type place struct {
	delta int64
	shift int32
	after int32
}

// best finds the cheapest position of one route for visit v, if any is cheaper
// than bound. A chance of blink/1024 skips a position that would have won
// (Christiaens and Vanden Berghe 2020, section 5.3).
func (m *Model) best(r *route, shift, v int32, bound int64, blink uint32, g *rng) (place, bool) {
	if len(m.Rules) > 0 {
		return m.bestWalk(r, shift, v, bound, blink, g)
	}
	won := place{delta: bound}
	node, sh := &m.Nodes[v], &m.Shifts[shift]
	assign := m.AssignCost(v, shift)
	if assign < 0 || r.closed || !r.fits(node, sh.Capacity) {
		return won, false
	}
	if node.Place == Float {
		return m.bestFloat(r, shift, v, bound, blink, g)
	}
	p, ws, mx := node.Place, node.Windows, &m.Matrices[sh.Matrix]
	to, from := mx.To[p*mx.Size:(p+1)*mx.Size], mx.From[p*mx.Size:(p+1)*mx.Size]
	fixed := sh.Cost + r.legs + r.assign + assign - r.cost
	lastClose, soonest := ws[len(ws)-1].Close, ws[0].Open+node.Service
	stops := r.stops
	found := false
	for k := int(r.first); k+1 < len(stops); k++ {
		at, next := &stops[k], &stops[k+1]
		if at.dep > lastClose {
			break
		}
		j := k + 1
		for stops[j].place == Float {
			j++
		}
		if next.late < soonest && j == k+1 {
			continue
		}
		after := &stops[j]
		inward, onward := to[at.loc], from[after.place]
		delta := fixed + int64(inward.Cost) + int64(onward.Cost) - int64(after.out)
		if delta >= won.delta {
			continue // waiting can only add to it
		}
		if next.room < 1 || next.visits > node.Rank {
			continue
		}
		t, ok := begin(ws, at.dep+inward.Seconds)
		onSite := node.Service
		if at.loc != p {
			onSite += node.Setup
		}
		if t += onSite; ok && j > k+1 {
			t, ok = m.through(r, int32(k)+1, int32(j), t)
		}
		if !ok {
			continue
		}
		t += onward.Seconds
		work := inward.Seconds + onSite + onward.Seconds - (after.arrive - stops[j-1].dep)
		reached := int32(j)
		if m.Setups {
			var more int32
			reached, t, more, ok = m.setUpNext(r, shift, p, reached, t)
			work += more
		}
		if !ok || t > stops[reached].late {
			continue
		}
		if m.WaitingHour > 0 {
			wait := r.frozen.wait + m.finish(r, shift, reached, t) - r.origin - r.work - work
			if delta += m.WaitingCost(wait); delta >= won.delta {
				continue
			}
		}
		if blink > 0 && g.below(1024) < blink {
			continue
		}
		won = place{delta: delta, shift: shift, after: int32(k)}
		found = true
	}
	return won, found
}

// bestFloat is best for a visit without a place: no leg changes.
func (m *Model) bestFloat(r *route, shift, v int32, bound int64, blink uint32, g *rng) (place, bool) {
	won, found := place{delta: bound}, false
	node := &m.Nodes[v]
	fixed := m.Shifts[shift].Cost + r.legs + r.assign + m.AssignCost(v, shift) - r.cost
	for k := r.first; k < int32(len(r.stops)-1); k++ {
		at, next := &r.stops[k], &r.stops[k+1]
		t, ok := begin(node.Windows, at.dep)
		if !ok {
			break
		}
		t += node.Service + next.arrive - at.dep
		if t > next.late || next.visits > node.Rank || next.room < 1 {
			continue
		}
		wait := r.frozen.wait + m.finish(r, shift, k+1, t) - r.origin - r.work - node.Service
		delta := fixed + m.WaitingCost(wait)
		if delta >= won.delta || blink > 0 && g.below(1024) < blink {
			continue
		}
		won, found = place{delta: delta, shift: shift, after: k}, true
	}
	return won, found
}

// setUpNext follows position j, reached at t from place p, where coming from p
// changes the setup paid there: it is then when position j+1 is reached, and
// how much more setup is paid.
func (m *Model) setUpNext(r *route, shift, p, j, t int32) (int32, int32, int32, bool) {
	at := &r.stops[j]
	if at.node < 0 {
		return j, t, 0, true
	}
	node := &m.Nodes[at.node]
	setup := node.Setup
	if at.place == p {
		setup = 0
	}
	if setup == at.setup {
		return j, t, 0, true
	}
	start, ok := begin(node.Windows, t)
	t = start + setup + node.Service
	if next := &r.stops[j+1]; next.place != Float {
		t += m.Matrices[m.Shifts[shift].Matrix].leg(at.place, next.place).Seconds
	}
	return j + 1, t, setup - at.setup, ok
}

// through is when the floats from position i up to j are behind, begun at t
// or later: after an insertion they follow the new place.
func (m *Model) through(r *route, i, j, t int32) (int32, bool) {
	for ; i < j; i++ {
		node := r.stops[i].node
		start, ok := begin(m.Nodes[node].Windows, t)
		if !ok {
			return 0, false
		}
		t = start + m.Nodes[node].Service
	}
	return t, true
}

// insert puts v after position k; the caller has checked that it fits.
func (m *Model) insert(r *route, shift, v, k int32) bool {
	return m.insertAt(r, shift, v, m.Nodes[v].Place, k)
}

// insertAt is insert at one of the places of v.
func (m *Model) insertAt(r *route, shift, v, at, k int32) bool {
	r.stops = append(r.stops, stop{})
	copy(r.stops[k+2:], r.stops[k+1:])
	r.stops[k+1] = stop{node: v, place: at}
	carries := r.carry(&m.Nodes[v], m.Shifts[shift].Capacity)
	return m.refresh(r, shift) && carries
}

// Option is a place for a visit in the current plan.
type Option struct {
	Shift, After     int32
	Earliest, Latest int32 // when it may begin there
	Delta            int64
}

// Options lists every feasible position of a shift for visit v, in order.
func (s *State) Options(shift, v int32, out []Option) []Option {
	m, r := s.m, &s.routes[shift]
	if m.AssignCost(v, shift) < 0 || r.closed || !s.allows(v, shift) {
		return out
	}
	for k := r.first; k < int32(len(r.stops)-1); k++ {
		if m.Shifts[shift].Pool && k != m.poolSpot(r, shift, v) {
			continue
		}
		if o, ok := s.option(shift, v, k); ok {
			out = append(out, o)
		}
	}
	return out
}

// Quote lists the n cheapest places for an absent visit, cheapest first. They
// lie in the n shifts whose cheapest places are the cheapest, so only those
// are gone through position by position.
func (s *State) Quote(v int32, n int) []Option {
	type offer struct {
		shift int32
		delta int64
	}
	var offers []offer
	for _, shift := range s.m.Nodes[v].Candidates {
		if at, ok := s.m.best(&s.routes[shift], shift, v, noCost, 0, nil); ok {
			offers = append(offers, offer{shift, at.delta})
		}
	}
	slices.SortStableFunc(offers, func(a, b offer) int { return cmp.Compare(a.delta, b.delta) })
	var out []Option
	for _, o := range offers[:max(0, min(n, len(offers)))] {
		out = s.Options(o.shift, v, out)
	}
	slices.SortStableFunc(out, func(a, b Option) int {
		return cmp.Or(cmp.Compare(a.Delta, b.Delta), cmp.Compare(a.Shift, b.Shift), cmp.Compare(a.After, b.After))
	})
	return out[:max(0, min(n, len(out)))]
}

// option prices one position by making the change on a scratch route: slower
// than best, and the reference it is tested against.
func (s *State) option(shift, v, k int32) (Option, bool) {
	m, r := s.m, &s.routes[shift]
	t, p := &s.scratch, s.placeAt(shift, v, k)
	t.copyFrom(r)
	if !m.insertAt(t, shift, v, p, k) {
		return Option{}, false
	}
	at := &t.stops[k+1]
	o := Option{Shift: shift, After: k, Earliest: at.begin, Latest: at.late, Delta: t.cost - r.cost + s.shared(shift, t.own)}
	if len(m.Rules) > 0 {
		o.Latest = m.latestBegin(t, shift, k+1)
	}
	return o, true
}
