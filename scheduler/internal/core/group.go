package core

import "math"

// Once in so many iterations of an epoch, were all visits coupled, a group is
// taken out and placed anew, and with it at most so many others.
const (
	iterationsPerTry = 5
	groupOthers      = 9
)

// groupVentures is in one try of how many all but the last are inserted even at
// a loss, as in recreate.
const groupVentures = 4

// groups places coupled visits, which the search of sub-problems leaves where
// they are: a group is taken out of the plan with some visits near it, and all
// are inserted again, the group's visits step by step.
type groups struct {
	s       *State
	near    [][]int32
	rng     rng
	gone    []bool  // per visit, taken out
	members []int32 // visits taken out or left out before
	units   []int32 // what to insert: a group's number, or minus a visit less one
	seen    []bool  // per visit, among the members
	step    []int32 // being placed, in the order tried
	blink   uint32  // the chance, of 1024, that a shift is overlooked
	shunned int32   // a shift overlooked all the time, or -1
}

func newGroups(s *State, near [][]int32) *groups {
	return &groups{s: s, near: near, gone: make([]bool, s.m.Visits), seen: make([]bool, s.m.Visits)}
}

// improve makes so many tries, each kept when the plan's cost stays below a
// random bound by the temperature; accept then keeps it.
func (g *groups) improve(tries, heat int64, accept func()) {
	if len(g.s.m.Groups) == 0 || g.near == nil {
		return
	}
	for range tries {
		limit := g.s.cost + (heat*g.rng.minusLog())>>16
		if g.try() && g.s.cost <= limit {
			accept()
		} else {
			g.s.back()
		}
		g.forget()
	}
}

// tries is how many tries are made beside so many iterations.
func (g *groups) tries(iterations int64) int64 {
	coupled := int64(0)
	for _, group := range g.s.m.Groups {
		for _, step := range group {
			coupled += int64(len(step))
		}
	}
	return 1 + iterations*coupled/(max(1, int64(g.s.m.Visits))*iterationsPerTry)
}

// try takes out a group and some others and inserts them again. It reports
// false when what is left breaks a rule.
func (g *groups) try() bool {
	groups := g.s.m.Groups
	seed := groups[g.rng.below(uint32(len(groups)))]
	g.add(seed[0][0])
	if near := g.near[seed[0][g.rng.below(uint32(len(seed[0])))]]; len(near) > 0 {
		for range g.rng.below(groupOthers + 1) {
			g.add(near[min(g.rng.below(uint32(len(near))), g.rng.below(uint32(len(near))))])
		}
	}
	g.shun(seed[0][0])
	g.shakeIdle()
	if !g.release() {
		return false
	}
	g.shake()
	for i := len(g.units) - 1; i > 0; i-- {
		j := g.rng.below(uint32(i + 1))
		g.units[i], g.units[j] = g.units[j], g.units[i]
	}
	venture := g.rng.below(groupVentures) == 0
	if g.blink = blinks; g.rng.below(2) == 0 {
		g.blink = 1 + g.rng.below(ventureBlinks) // the cheapest shift for the first may suit the others worst
	}
	for i, u := range g.units {
		loss := venture && i+1 < len(g.units)
		if u >= 0 {
			g.place(u, loss)
		} else if at, ok := g.cheapest(-u-1, loss); ok {
			g.s.insert(-u-1, at.shift, at.after)
		}
	}
	g.s.takeBreaks()
	return true
}

// add puts a visit, with the group it is of, among what is inserted again.
func (g *groups) add(v int32) {
	if g.seen[v] || g.s.m.Nodes[v].Frozen {
		return
	}
	number := g.s.m.Nodes[v].Group
	if number == 0 {
		g.member(v)
		g.units = append(g.units, -v-1)
		return
	}
	for _, step := range g.s.m.Groups[number-1] {
		for _, u := range step {
			g.member(u)
		}
	}
	g.units = append(g.units, number)
}

func (g *groups) member(v int32) {
	if !g.s.m.Nodes[v].Frozen {
		g.seen[v] = true
		g.members = append(g.members, v)
	}
}

func (g *groups) forget() {
	for _, v := range g.members {
		g.seen[v] = false
	}
	g.members, g.units = g.members[:0], g.units[:0]
}

// shun overlooks, in a quarter of the tries, the shift that a visit is in, or one
// that it could be in: what is taken out with it may be better off elsewhere, but
// only together.
func (g *groups) shun(v int32) {
	g.shunned = -1
	if g.rng.below(4) > 0 {
		return
	}
	if c := g.s.m.Nodes[v].Candidates; g.s.shift[v] >= 0 {
		g.shunned = g.s.shift[v]
	} else if len(c) > 0 {
		g.shunned = c[g.rng.below(uint32(len(c)))]
	}
}

// shakeIdle shakes the breaks of a shift that may be idle.
func (g *groups) shakeIdle() {
	if g.s.m.Optional {
		g.s.shakeIdle(int32(g.rng.below(uint32(len(g.s.m.Shifts)))), &g.rng)
	}
}

// shake moves breaks of half the shifts touched, as settle does.
func (g *groups) shake() {
	for _, shift := range g.s.touched {
		if sh := &g.s.m.Shifts[shift]; len(sh.Breaks)+len(sh.Optional) > 0 && g.rng.below(2) == 0 {
			g.s.shake(shift, &g.rng)
		}
	}
}

// release takes the members out of their routes.
func (g *groups) release() bool {
	for _, v := range g.members {
		g.gone[v] = true
	}
	ok := true
	for _, v := range g.members {
		if shift := g.s.shift[v]; shift >= 0 {
			ok = g.s.release(shift, g.gone) && ok
		}
	}
	for _, v := range g.members {
		g.gone[v] = false
	}
	return ok
}

// place inserts a group's visits step by step, as far as they go, or leaves all
// out where that is cheaper and no loss is taken.
func (g *groups) place(number int32, loss bool) {
	s := g.s
	before := s.cost
	s.grouping = number
	for i, step := range s.m.Groups[number-1] {
		if i > 0 && g.rng.below(16) == 0 {
			break // what comes after may not be worth it
		}
		g.placeStep(step)
	}
	s.grouping = 0
	if s.cost > before && !loss {
		for _, step := range s.m.Groups[number-1] {
			g.takeBack(step)
		}
	}
}

// placeStep inserts the visits of one step: one, or a crew that begins
// together. The first may begin at its soonest or at a random moment; the
// others follow it.
func (g *groups) placeStep(visits []int32) {
	g.step = append(g.step[:0], visits...)
	step := g.step
	for try := range len(step) + 2 {
		for i := len(step) - 1; i > 0; i-- {
			j := g.rng.below(uint32(i + 1))
			step[i], step[j] = step[j], step[i]
		}
		if g.insertAll(step, try > 0 || g.rng.below(2) == 0) {
			return
		}
		g.takeBack(step)
	}
}

func (g *groups) insertAll(step []int32, anyTime bool) bool {
	s := g.s
	for i, v := range step {
		if s.shift[v] >= 0 {
			continue // frozen
		}
		if i == 0 && anyTime {
			g.clip(v)
		}
		at, ok := g.anyPlace(v)
		if ok {
			s.insert(v, at.shift, at.after)
		}
		s.clipped = free
		if !ok {
			return false
		}
	}
	return true
}

// clip makes a visit begin no sooner than a random moment of its windows, or
// than a visit that must come soon after it could follow somewhere.
func (g *groups) clip(v int32) {
	ws := g.s.m.Nodes[v].Windows
	w := ws[g.rng.below(uint32(len(ws)))]
	if w.Close < w.Open {
		return
	}
	from := g.rng.between(w.Open, w.Close)
	if l := g.s.m.Nodes[v].Links; len(l) > 0 && g.rng.below(2) == 0 {
		if l := &l[g.rng.below(uint32(len(l)))]; l.Kind == Before && l.Greatest < Never {
			from = g.reach(l.Other) - l.Greatest - g.s.m.Nodes[v].Service
		}
	}
	g.s.clipped, g.s.clip = v, Window{from, Never}
}

// reach is when a visit could begin at some position of some shift.
func (g *groups) reach(v int32) int32 {
	node := &g.s.m.Nodes[v]
	if len(node.Candidates) == 0 {
		return 0
	}
	shift := node.Candidates[g.rng.below(uint32(len(node.Candidates)))]
	r := &g.s.routes[shift]
	at := &r.stops[g.rng.between(r.first, int32(len(r.stops))-2)]
	t := at.dep
	if node.Place != Float {
		t += g.s.m.Matrices[g.s.m.Shifts[shift].Matrix].leg(at.loc, node.Place).Seconds
	}
	t, _ = begin(node.Windows, min(t, Never))
	return t
}

// takeBack takes the visits of a step out again.
func (g *groups) takeBack(step []int32) {
	for _, v := range step {
		if shift := g.s.shift[v]; shift >= 0 && !g.s.m.Nodes[v].Frozen {
			g.gone[v] = true
			g.s.release(shift, g.gone)
			g.gone[v] = false
		}
	}
}

// anyPlace is the best position of a visit in all its shifts.
func (g *groups) anyPlace(v int32) (place, bool) { return g.best(v, noCost) }

// cheapest is the same, if it costs no more than leaving the visit out, or a
// loss is taken.
func (g *groups) cheapest(v int32, loss bool) (place, bool) {
	if loss {
		return g.anyPlace(v)
	}
	return g.best(v, g.s.m.Nodes[v].Drop+1)
}

func (g *groups) best(v int32, bound int64) (place, bool) {
	won, found := place{delta: bound}, false
	for _, shift := range g.s.m.Nodes[v].Candidates {
		if shift == g.shunned || g.rng.below(1024) < g.blink {
			continue
		}
		if at, ok := g.s.m.best(&g.s.routes[shift], shift, v, won.delta, 0, nil); ok {
			won, found = at, true
		}
	}
	return won, found
}

// disband leaves out the groups whose links are broken as the plan stands.
func (s *State) disband() {
	if !s.m.Coupled {
		return
	}
	g := newGroups(s, nil)
	for _, group := range s.m.Groups {
		broken := false
		for _, step := range group {
			for _, v := range step {
				broken = broken || s.unfit(v)
			}
		}
		if broken {
			g.add(group[0][0])
		}
	}
	g.release()
	s.keep()
}

// regroup places groups anew after an epoch, as many as its iterations allow.
func (w *search) regroup() {
	g := w.groups
	g.rng = stream(w.b.Seed, w.pace.epoch, math.MaxUint64)
	g.improve(g.tries(w.pace.length), schedule(w.s).at(w.pace.to), func() {
		w.s.keep()
		w.remember()
	})
}
