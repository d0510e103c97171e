package scheduler_test

import (
	"slices"

	"tournee/scheduler"
)

// doer is the side that does each visit, or -1.
func (e *exact) doer() []int {
	out := make([]int, len(e.p.Visits))
	for v := range out {
		out[v] = -1
		for s, d := range e.sides {
			if e.chosen[s].set>>v&1 == 1 || e.frozen(d, v) {
				out[v] = s
			}
		}
	}
	return out
}

func (e *exact) frozen(d *side, v int) bool {
	return slices.ContainsFunc(d.shift.Frozen, func(f scheduler.FrozenStop) bool { return f.Visit == e.p.Visits[v].ID })
}

// linked says whether the rounds chosen do crews whole and apart, and nothing
// without what comes before it, by who is asked.
func (e *exact) linked() bool {
	if len(e.p.Links) == 0 {
		return true
	}
	doer := e.doer()
	for i := range e.p.Links {
		l := &e.p.Links[i]
		for j := range l.Visits {
			for k := range j {
				first, second := doer[visitIndex(e.p, l.Visits[k])], doer[visitIndex(e.p, l.Visits[j])]
				if l.Kind == scheduler.Together && (first < 0) != (second < 0) || first < 0 && second >= 0 {
					return false
				}
				if first < 0 || second < 0 {
					continue
				}
				same := e.sides[first].tech == e.sides[second].tech
				apart := l.Kind == scheduler.Together || l.Technician == scheduler.DifferentTechnician
				if apart && same || l.Technician == scheduler.SameTechnician && !same {
					return false
				}
			}
		}
	}
	return true
}

// span is when a visit begins and departs.
type span struct{ begin, depart scheduler.Time }

// turn is that one visit has what both need after another, and so long after.
type turn struct {
	before, after int
	gap           scheduler.Seconds
}

// schedule finds the least times of the rounds chosen that keep every link and
// these turns. Where a thing is then held too often at one moment, it tries
// every turn of two who hold it then.
func (e *exact) schedule(r rank, trips []trip, turns []turn) {
	low, when := make([]scheduler.Time, len(e.p.Visits)), make([]span, len(e.p.Visits))
	doer := e.doer()
	for again := true; again; {
		again = false
		for s := range e.sides {
			if !e.follow(s, low, when, &trips[s]) {
				return
			}
		}
		possible := true
		atLeast := func(v int, t scheduler.Time) {
			if when[v].begin < t {
				possible = possible && e.free>>v&1 == 1
				low[v], again = t, true
			}
		}
		e.push(doer, when, atLeast)
		for _, x := range turns {
			atLeast(x.after, when[x.before].depart+scheduler.Time(x.gap))
		}
		if !possible {
			return
		}
	}
	held, gap := e.conflict(doer, when)
	if held == nil {
		for s := range trips {
			r[3] += trips[s].cost
		}
		e.score(r, trips, low)
		return
	}
	for _, before := range held {
		for _, after := range held {
			if before != after && e.free>>after&1 == 1 {
				e.schedule(r, trips, append(slices.Clone(turns), turn{before, after, gap}))
			}
		}
	}
}

// follow goes a side's round, no visit beginning sooner than low.
func (e *exact) follow(s int, low []scheduler.Time, when []span, m *trip) bool {
	d := e.sides[s]
	if *m = (trip{}); len(e.chosen[s].steps)+len(d.shift.Frozen) == 0 {
		return true
	}
	*m = d.set(d.van.short[e.chosen[s].set])
	for _, f := range d.shift.Frozen {
		when[visitIndex(e.p, f.Visit)] = span{f.Begin, f.Depart}
	}
	for _, st := range e.chosen[s].steps {
		soonest := scheduler.Time(0)
		if st.visit >= 0 {
			soonest = low[st.visit]
		}
		if !d.step(m, st, soonest) {
			return false
		}
		if st.visit >= 0 {
			when[st.visit] = span{m.begin, m.depart}
		}
	}
	return d.home(m)
}

// push tells by when the links let each visit begin at the soonest.
func (e *exact) push(doer []int, when []span, atLeast func(int, scheduler.Time)) {
	for i := range e.p.Links {
		l := &e.p.Links[i]
		for j := range l.Visits {
			for k := range j {
				a, b := visitIndex(e.p, l.Visits[k]), visitIndex(e.p, l.Visits[j])
				if doer[a] < 0 || doer[b] < 0 || e.free>>a&1+e.free>>b&1 == 0 {
					continue
				}
				if l.Kind == scheduler.Together {
					atLeast(a, when[b].begin)
					atLeast(b, when[a].begin)
					continue
				}
				atLeast(b, when[a].depart+scheduler.Time(l.Least))
				if l.Greatest > 0 {
					atLeast(a, when[b].begin-scheduler.Time(l.Greatest)-(when[a].depart-when[a].begin))
				}
			}
		}
	}
}

// conflict is who holds a thing at a moment when more do than there are, and
// how long after a visit it is there again.
func (e *exact) conflict(doer []int, when []span) (held []int, gap scheduler.Seconds) {
	for i := range e.p.Resources {
		r := &e.p.Resources[i]
		var users []int
		for v := range e.p.Visits {
			if doer[v] >= 0 && slices.Contains(e.p.Visits[v].Resources, r.ID) {
				users = append(users, v)
			}
		}
		for _, v := range users {
			held, planned := []int{}, 0
			for _, u := range users {
				if u == v || when[u].begin <= when[v].begin && when[v].begin < when[u].depart+scheduler.Time(r.Turnaround) {
					held = append(held, u)
					planned |= e.free >> u & 1
				}
			}
			if planned == 1 && len(held) > r.Quantity {
				return held, r.Turnaround
			}
		}
	}
	return nil, 0
}

// plan is the best plan as the checker reads it, but for its prices.
func (e *exact) plan() *scheduler.Plan {
	out := &scheduler.Plan{}
	e.chosen = e.won
	doer := e.doer()
	for v := range e.p.Visits {
		if doer[v] < 0 {
			out.Unassigned = append(out.Unassigned, scheduler.Unassigned{Visit: e.p.Visits[v].ID})
		}
	}
	if e.low == nil {
		e.low = make([]scheduler.Time, len(e.p.Visits))
	}
	for s, d := range e.sides {
		if len(e.won[s].steps)+len(d.shift.Frozen) > 0 {
			out.Routes = append(out.Routes, d.route(e.won[s], e.low))
		}
	}
	return out
}

// route writes down every stop of a round.
func (d *side) route(o *round, low []scheduler.Time) scheduler.Route {
	r := scheduler.Route{Shift: d.shift.ID, Technician: d.tech.ID}
	m, taken := d.leave(o, low), map[int]bool{}
	m.pickups = &r.Stops
	at := trip{at: d.shift.StartPlace, now: d.shift.Start}
	for _, f := range d.shift.Frozen {
		stop := scheduler.Stop{Visit: f.Visit, Alternative: f.Alternative, Arrive: f.Arrive, Begin: f.Begin, Depart: f.Depart, Frozen: true}
		before := at
		d.travel(&at, placeOf(&d.p.Visits[visitIndex(d.p, f.Visit)], f.Alternative))
		stop.Travel, stop.Distance = at.travel-before.travel, at.metres-before.metres
		at.now = f.Depart
		r.Stops = append(r.Stops, stop)
	}
	for _, st := range o.steps {
		before, soonest, stop := m, scheduler.Time(0), scheduler.Stop{Alternative: st.place}
		if st.visit >= 0 {
			soonest, stop.Visit = low[st.visit], d.p.Visits[st.visit].ID
		} else {
			stop.Break, taken[st.pause] = d.shift.Breaks[st.pause].ID, true
		}
		came := len(r.Stops)
		d.step(&m, st, soonest)
		stop.Arrive, stop.Begin, stop.Depart = m.arrive, m.begin, m.depart
		stop.Travel, stop.Distance = m.travel-before.travel, m.metres-before.metres
		for _, depot := range r.Stops[came:] {
			stop.Travel, stop.Distance = stop.Travel-depot.Travel, stop.Distance-depot.Distance
		}
		r.Stops = append(r.Stops, stop)
	}
	for i := range d.shift.Breaks {
		if !taken[i] {
			r.Missed = append(r.Missed, d.shift.Breaks[i].ID)
		}
	}
	end := m
	d.home(&end)
	r.Start, r.Finish = end.start, end.finish
	r.ReturnTravel, r.ReturnDistance = end.travel-m.travel, end.metres-m.metres
	return r
}

// leave is a technician who sets out for a round: as late as it can be left,
// where that is free.
func (d *side) leave(o *round, low []scheduler.Time) trip {
	m := d.set(d.van.short[o.set])
	if !d.late() || len(d.mode.Curves) > 0 {
		return m
	}
	for _, st := range o.steps {
		soonest := scheduler.Time(0)
		if st.visit >= 0 {
			soonest = low[st.visit]
		}
		d.step(&m, st, soonest)
	}
	d.home(&m)
	later := d.set(d.van.short[o.set])
	later.start, later.now = m.start, m.start
	return later
}
