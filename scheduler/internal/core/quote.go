package core

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// board is a plan laid out for quotes: the positions of all routes in a row,
// by the start of their shifts, what every quote reads apart from what few do.
type board struct {
	lanes []lane
	row   []int32 // per shift, its lane
	area  []uint8 // per place
	hot   []spot
	cold  []gap
}

// lane is one route on a board.
type lane struct {
	shift, technician, matrix int32
	start, end                int32
	at, n, room               int32 // its positions, and how many it has space for
	base                      int32 // waiting after an insertion, less its finish and more its work
	longest                   int32 // the dearest leg that an insertion can save
	fixed                     int64 // of the cost difference: all but legs, assignment and waiting
	areas                     uint64
}

// spot is a position: the places before and after it, by what the technician
// leaves the one and what the leg that an insertion saves costs.
type spot struct{ loc, next, out, dep int32 }

// gap is what else an insertion at a position needs.
type gap struct {
	k                   int32 // after this position of the route
	late, tail, floor   int32 // of the next stop that has a place
	saved               int32 // seconds of the leg that an insertion saves
	pause, wake, bedded int32 // floats between: their seconds, when they end at the earliest, when to begin at the latest
	setup               bool  // the next stop has a setup, which may change
	slow                bool  // alternatives after it: only walking the route is exact
}

// relay brings a route that has changed up to date on the board.
func (s *State) relay(shift int32) {
	b := &s.board
	if len(b.lanes) == 0 {
		return
	}
	l := &b.lanes[b.row[shift]]
	need := int32(len(s.routes[shift].stops))
	if need > l.room {
		l.at, l.room = int32(len(b.hot)), need+4
		b.hot = append(b.hot, make([]spot, l.room)...)
		b.cold = append(b.cold, make([]gap, l.room)...)
	}
	s.layRoute(l)
}

// lay sets up the whole board.
func (s *State) lay() {
	b := &s.board
	*b = board{row: make([]int32, len(s.routes)), lanes: make([]lane, len(s.routes)), area: areas(s.m)}
	total := int32(0)
	for i := range s.m.Shifts {
		sh := &s.m.Shifts[i]
		b.lanes[i] = lane{shift: int32(i), technician: sh.Technician, matrix: sh.Matrix, start: sh.Start, end: sh.End}
	}
	slices.SortStableFunc(b.lanes, func(a, c lane) int { return cmp.Compare(a.start, c.start) })
	for i := range b.lanes {
		l := &b.lanes[i]
		b.row[l.shift] = int32(i)
		l.at, l.room = total, int32(len(s.routes[l.shift].stops))+2
		total += l.room
	}
	b.hot, b.cold = make([]spot, total), make([]gap, total)
	for i := range b.lanes {
		s.layRoute(&b.lanes[i])
	}
}

func (s *State) layRoute(l *lane) {
	m, r := s.m, &s.routes[l.shift]
	l.n, l.longest, l.areas = 0, 0, 0
	l.base = r.frozen.wait - r.origin - r.work
	l.fixed = m.Shifts[l.shift].Cost + m.Shifts[l.shift].VisitCost + r.legs + r.assign - r.cost
	if r.closed {
		return
	}
	for k := r.first; k < int32(len(r.stops)-1); k++ {
		if r.stops[k+1].room < 1 {
			continue
		}
		j := k + 1
		g := gap{k: k, wake: minTime, bedded: Never}
		for ; r.stops[j].place == Float; j++ {
			node := &m.Nodes[r.stops[j].node]
			g.slow = g.slow || len(node.Windows) != 1
			g.bedded = min(g.bedded, node.Windows[len(node.Windows)-1].Close-g.pause)
			g.pause += node.Service
			g.wake = max(g.wake, node.Windows[0].Open) + node.Service
		}
		at, next := &r.stops[k], &r.stops[j]
		g.late, g.tail, g.floor = next.late, next.tail, next.floor
		g.saved = next.arrive - r.stops[j-1].dep
		g.setup = next.node >= 0 && m.Nodes[next.node].Setup > 0
		g.slow = g.slow || (next.multi && m.WaitingHour > 0)
		b := &s.board
		b.hot[l.at+l.n] = spot{loc: at.loc, next: next.place, out: next.out, dep: at.dep}
		b.cold[l.at+l.n] = g
		l.n++
		l.longest = max(l.longest, next.out)
		l.areas |= 1<<b.area[at.loc] | 1<<b.area[next.place]
	}
}

// manyAreas is in how many areas places are put, the last being nowhere.
const manyAreas = 64

// areas puts each place in the area of the nearest of some places that are far
// from one another (Gonzalez 1985), by the first transport mode.
func areas(m *Model) []uint8 {
	if len(m.Matrices) == 0 {
		return []uint8{manyAreas - 1}
	}
	mx := &m.Matrices[0]
	area, gap := make([]uint8, mx.Size), make([]int32, mx.Size)
	for p := range gap {
		gap[p] = Never
	}
	centre := int32(0)
	for a := range uint8(manyAreas - 1) {
		far := int32(0)
		for p := range mx.Size - 1 {
			if d := mx.leg(centre, p).Seconds; p == centre || d < gap[p] {
				gap[p], area[p] = d, a
			}
			if gap[p] > gap[far] {
				far = p
			}
		}
		centre = far
	}
	area[mx.Size-1] = manyAreas - 1
	return area
}

// reach is the least that a leg from an area to the visit costs, and from the
// visit to the area.
type reach struct{ to, from [manyAreas]int32 }

func (b *board) reach(mx *Matrix, p int32, out *reach) {
	for a := range manyAreas {
		out.to[a], out.from[a] = math.MaxInt32, math.MaxInt32
	}
	to, from := mx.To[p*mx.Size:(p+1)*mx.Size], mx.From[p*mx.Size:(p+1)*mx.Size]
	for q, a := range b.area {
		out.to[a&(manyAreas-1)] = min(out.to[a&(manyAreas-1)], to[q].Cost)
		out.from[a&(manyAreas-1)] = min(out.from[a&(manyAreas-1)], from[q].Cost)
	}
}

// detour is no more than what any detour of the lane to the visit costs.
func (l *lane) detour(r *reach) int64 {
	to, from := int32(math.MaxInt32), int32(math.MaxInt32)
	for rest := l.areas; rest != 0; rest &= rest - 1 {
		a := bits.TrailingZeros64(rest)
		to, from = min(to, r.to[a]), min(from, r.from[a])
	}
	return int64(to) + int64(from) - int64(l.longest)
}

// quotes is a quote being made; its memory is used again by the next.
type quotes struct {
	wanted int
	slots  []slot // those that meet a window of the visit, by their close
	cuts   []Window
	best   []place // per slot, so many as wanted
	reach  []reach // per matrix
}

// slot is one stretch in which the visit may begin.
type slot struct {
	index       int32 // as asked
	open, close int32
	opens       int32    // the earliest open of this slot and those behind
	windows     []Window // of the visit, cut by the slot
	best        []place
	bar         int64 // what is dearer is not wanted
}

// QuoteSlots lists for every slot the n cheapest places of visit v, which is
// left out, if it had to begin in that slot: its windows are cut by the slot.
// The plan must own its model.
func (s *State) QuoteSlots(v int32, slots []Window, n int) [][]Option {
	q := &s.quotes
	q.prepare(s.m.Nodes[v].Windows, slots, n)
	out := make([][]Option, len(slots))
	node := &s.m.Nodes[v]
	whole := node.Windows
	apart := node.Place == Float || node.Rank < NoRank || len(node.Places) > 0 || s.m.Parts
	if !apart {
		s.scan(v)
	}
	for i := range q.slots {
		sl := &q.slots[i]
		node.Windows = sl.windows
		if apart {
			out[sl.index] = s.Quote(v, n)
			continue
		}
		options := make([]Option, 0, len(sl.best))
		for _, at := range sl.best {
			if o, ok := s.option(at.shift, v, at.after); ok {
				options = append(options, o)
			}
		}
		out[sl.index] = options
	}
	node.Windows = whole
	return out
}

// prepare cuts the windows by the slots.
func (q *quotes) prepare(windows, slots []Window, n int) {
	q.wanted = max(0, n)
	q.slots, q.cuts = q.slots[:0], slices.Grow(q.cuts[:0], len(slots)*len(windows))
	for i, w := range slots {
		from := len(q.cuts)
		q.cuts = cut(q.cuts, windows, w)
		if cut := q.cuts[from:]; len(cut) > 0 && n > 0 {
			q.slots = append(q.slots, slot{index: int32(i), open: cut[0].Open, close: cut[len(cut)-1].Close, windows: cut, bar: noCost})
		}
	}
	slices.SortFunc(q.slots, func(a, b slot) int { return cmp.Or(cmp.Compare(a.close, b.close), cmp.Compare(a.index, b.index)) })
	q.best = slices.Grow(q.best[:0], len(q.slots)*(q.wanted+1))
	opens := Never
	for i := len(q.slots) - 1; i >= 0; i-- {
		sl := &q.slots[i]
		opens = min(opens, sl.open)
		sl.opens = opens
		from := i * (q.wanted + 1)
		sl.best = q.best[from : from : from+q.wanted+1]
	}
}

// scan goes once through the positions of every route that may serve v, for
// all slots that its shift meets.
func (s *State) scan(v int32) {
	if len(s.board.lanes) == 0 {
		s.lay()
	}
	m, b, q := s.m, &s.board, &s.quotes
	node := &m.Nodes[v]
	q.reach = slices.Grow(q.reach[:0], len(m.Matrices))[:len(m.Matrices)]
	for i := range m.Matrices {
		b.reach(&m.Matrices[i], node.Place, &q.reach[i])
	}
	assign := m.Assign[node.Class*m.Technicians : (node.Class+1)*m.Technicians]
	first := 0
	for i := range b.lanes {
		l := &b.lanes[i]
		for first < len(q.slots) && q.slots[first].close < l.start {
			first++
		}
		if first == len(q.slots) {
			return
		}
		if assign[l.technician] < 0 || l.n == 0 {
			continue
		}
		low, bar := first, int64(-1)
		for low < len(q.slots) && q.slots[low].opens <= l.end {
			bar = max(bar, q.slots[low].bar)
			low++
		}
		if m.Shifts[l.shift].Pool {
			s.scanPool(l.shift, v, q.slots[first:low])
			continue
		}
		fixed := l.fixed + assign[l.technician] + s.relief(l.shift)
		if !m.Falling && fixed+l.detour(&q.reach[l.matrix]) > bar {
			continue
		}
		if len(node.Load) > 0 && !s.routes[l.shift].fits(node, m.Shifts[l.shift].Capacity) {
			continue
		}
		s.scanRoute(l, v, fixed, bar, q.slots[first:low])
	}
}

// scanPool prices v in a pool, where every position is the same.
func (s *State) scanPool(shift, v int32, slots []slot) {
	node := &s.m.Nodes[v]
	whole := node.Windows
	for i := range slots {
		node.Windows = slots[i].windows
		if at, ok := s.m.best(&s.routes[shift], shift, v, noCost, 0, nil); ok {
			s.offerSlot(&slots[i], v, at)
		}
	}
	node.Windows = whole
}

// scanRoute goes through the positions of one route. Its bar is the highest of
// the slots': no position is looked at twice that is dearer by its legs alone.
func (s *State) scanRoute(l *lane, v int32, fixed, bar int64, slots []slot) {
	m := s.m
	node := &m.Nodes[v]
	mx := &m.Matrices[l.matrix]
	p := node.Place
	to, from := mx.To[p*mx.Size:(p+1)*mx.Size], mx.From[p*mx.Size:(p+1)*mx.Size]
	if m.Falling {
		fixed = -noCost
	}
	hot := s.board.hot[l.at : l.at+l.n]
	for i := range hot {
		h := &hot[i]
		inward, onward := to[h.loc], from[h.next]
		least := fixed + int64(inward.Cost) + int64(onward.Cost) - int64(h.out)
		if least > bar {
			continue
		}
		s.scanSpot(l, v, l.at+int32(i), least, inward.Seconds, onward.Seconds, slots)
		bar = -1
		for j := range slots {
			bar = max(bar, slots[j].bar)
		}
	}
}

// scanSpot prices one position for every slot that it may still be good for,
// given the seconds to the visit and on from it.
func (s *State) scanSpot(l *lane, v, i int32, least int64, inward, onward int32, slots []slot) {
	m := s.m
	node := &m.Nodes[v]
	h, g, p := &s.board.hot[i], &s.board.cold[i], node.Place
	onSite := node.Service
	if h.loc != p {
		onSite += node.Setup
	}
	work := inward + onSite + onward - g.saved
	walk := g.slow || len(m.Rules) > 0 || (g.setup && (h.next == p || h.next == h.loc))
	for j := range slots {
		sl := &slots[j]
		if least > sl.bar {
			continue
		}
		t, ok := begin(sl.windows, h.dep+inward)
		if !ok {
			continue
		}
		delta := least
		if walk {
			if delta, ok = s.walkIn(l.shift, v, g.k, sl.windows); !ok {
				continue
			}
		} else {
			t += onSite
			if t > g.bedded {
				continue
			}
			if t = max(t+g.pause, g.wake) + onward; t > g.late {
				continue
			}
			if m.WaitingHour > 0 {
				delta += m.WaitingCost(l.base + max(t+g.tail, g.floor) - work)
			}
		}
		s.offerSlot(sl, v, place{delta: delta, shift: l.shift, after: g.k})
	}
}

// walkIn prices a position exactly by making the change.
func (s *State) walkIn(shift, v, k int32, windows []Window) (delta int64, ok bool) {
	node := &s.m.Nodes[v]
	whole := node.Windows
	node.Windows = windows
	if len(s.m.Rules) > 0 {
		delta, ok = s.m.walkAt(&s.routes[shift], shift, v, k)
	} else {
		var o Option
		o, ok = s.option(shift, v, k)
		delta = o.Delta
	}
	node.Windows = whole
	return delta, ok
}

// walkAt prices v after position k of a route by walking it, where the
// necessary tests allow it.
func (m *Model) walkAt(r *route, shift, v, k int32) (int64, bool) {
	if _, ok := m.mayFit(r, &m.Shifts[shift], v, m.Nodes[v].Place, k); !ok {
		return 0, false
	}
	w, st := &r.plan.walk, &r.plan.passing
	w.tally = nil
	w.open(r, shift, 0)
	for i := r.first + 1; i <= k; i++ {
		w.stop = i
		*st = r.stops[i]
		w.step(st)
	}
	if !w.onward(r, v, m.Nodes[v].Place, k) {
		return 0, false
	}
	return w.total() - r.cost + r.plan.shared(shift, w.own), true
}

// offerSlot keeps a place if it is among the best of a slot so far.
func (s *State) offerSlot(sl *slot, v int32, at place) {
	wanted := s.quotes.wanted
	i := len(sl.best)
	for i > 0 && at.before(&sl.best[i-1]) {
		i--
	}
	if i >= wanted || !s.m.serves(v, at.shift) || !s.allows(v, at.shift) {
		return
	}
	sl.best = slices.Insert(sl.best, i, at)[:min(wanted, len(sl.best)+1)]
	if len(sl.best) == wanted {
		sl.bar = sl.best[wanted-1].delta
	}
}

func (a *place) before(b *place) bool {
	return cmp.Or(cmp.Compare(a.delta, b.delta), cmp.Compare(a.shift, b.shift), cmp.Compare(a.after, b.after)) < 0
}

// Cut is the part of some windows that lies in another.
func Cut(windows []Window, by Window) []Window { return cut(nil, windows, by) }

func cut(out, windows []Window, by Window) []Window {
	for _, w := range windows {
		if w.Open, w.Close = max(w.Open, by.Open), min(w.Close, by.Close); w.Open <= w.Close {
			out = append(out, w)
		}
	}
	return out
}
