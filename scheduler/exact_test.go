package scheduler_test

import (
	"math"
	"slices"

	"tournee/scheduler"
)

// rank is what plans are compared by, first things first: mandatory visits left
// out; where it matters, the priorities left out and how many; money.
type rank [4]scheduler.Cost

func (a rank) below(b rank) bool { return slices.Compare(a[:], b[:]) < 0 }

// rankOf is the rank of a plan.
func rankOf(p *scheduler.Problem, plan *scheduler.Plan) rank {
	r := rank{3: plan.Cost.Total() - plan.Cost[scheduler.TermUnassigned]}
	for _, u := range plan.Unassigned {
		r.leave(p, visitIndex(p, u.Visit))
	}
	return r
}

// leave counts a visit as left out.
func (a *rank) leave(p *scheduler.Problem, v int) {
	visit := &p.Visits[v]
	if visit.Mandatory || pinOf(p, visit.ID) != nil {
		a[0]++
		return
	}
	if p.Weights.Lexicographic {
		a[1] += scheduler.Cost(visit.Priority)
		a[2]++
	}
	a[3] += visit.DropCost
}

// round is one order of stops on one side, and what it comes to when all begin
// as soon as they can.
type round struct {
	steps []step
	set   int // of its visits that are not frozen
	trip  trip
}

// exact tries all plans: every assignment and order, every place of a visit,
// every position of every break and which are left out. Visits that are tied
// begin at the least times that satisfy all; of those that share something every
// order is tried.
type exact struct {
	p       *scheduler.Problem
	sides   []*side
	rounds  [][]round // per side; the first is not to use it, or only for what is frozen
	free    int       // visits that are not frozen
	tied    bool      // some visits are
	regular bool      // nothing is cheaper for being later

	best   rank
	won    []*round
	low    []scheduler.Time // per visit, when it begins at the soonest in the best
	chosen []*round         // being tried
}

// cheapest is the best plan of all those that rank no higher than a bound.
func cheapest(p *scheduler.Problem, most rank) *exact {
	e := &exact{p: p, best: most, free: 1<<len(p.Visits) - 1, regular: regular(p)}
	e.best[3]++
	for s := range p.Shifts {
		e.sides = append(e.sides, newSide(p, s))
		for _, f := range p.Shifts[s].Frozen {
			e.free &^= 1 << visitIndex(p, f.Visit)
		}
	}
	e.tied = slices.Contains(e.sides[0].bound, true)
	for _, d := range e.sides {
		e.rounds = append(e.rounds, e.explore(d))
	}
	e.chosen = make([]*round, len(e.sides))
	e.combine(0, 0, 0)
	return e
}

// explore lists the rounds of a side.
func (e *exact) explore(d *side) (out []round) {
	if len(d.shift.Frozen) == 0 {
		out = append(out, round{})
	}
	most := scheduler.Cost(math.MaxInt64)
	if e.best[0]+e.best[1]+e.best[2] == 0 {
		most = e.best[3]
	}
	var steps []step
	var lacks kinds
	var extend func(m trip, set, pauses, owed int)
	extend = func(m trip, set, pauses, owed int) {
		if owed == len(d.owed) && d.van.short[set] == lacks && (set != 0 || len(d.shift.Frozen) > 0) {
			end := m
			if d.home(&end) && e.least(&end) < most {
				out = e.add(out, round{slices.Clone(steps), set, end})
			}
		}
		try := func(st step, set, pauses, owed int) {
			next := m
			if d.step(&next, st, 0) && e.least(&next) < most {
				steps = append(steps, st)
				extend(next, set, pauses, owed)
				steps = steps[:len(steps)-1]
			}
		}
		for _, i := range d.owed {
			if pauses>>i&1 == 0 {
				try(step{-1, i, 0}, set, pauses|1<<i, owed+1)
			}
		}
		for _, i := range d.extra {
			if pauses>>i&1 == 0 {
				try(step{-1, i, 0}, set, pauses|1<<i, owed)
			}
		}
		for v := range e.p.Visits {
			if e.free>>v&1 == 0 || set>>v&1 == 1 {
				continue
			}
			if d.shift.Pool { // one order is as good as another
				if set>>v == 0 {
					try(step{v, -1, 0}, set|1<<v, pauses, owed)
				}
				continue
			}
			for place := range len(e.p.Visits[v].Places) + 1 {
				try(step{v, -1, place}, set|1<<v, pauses, owed)
			}
		}
	}
	for _, lacks = range d.van.shortages(e.free) {
		extend(d.set(lacks), 0, 0, 0)
	}
	return out
}

// least is what a trip costs at least, whenever its tied visits begin. Where all
// costs rise with the time, they cost least as soon as they can.
func (e *exact) least(m *trip) scheduler.Cost {
	if e.regular || !e.tied {
		return m.cost
	}
	return m.cost - m.timed
}

// add keeps a round unless another serves the same visits and is no worse in
// any way. Where visits are tied, more than that counts.
func (e *exact) add(list []round, r round) []round {
	worse := func(a, b *trip) bool {
		return a.cost >= b.cost && a.finish >= b.finish && a.start <= b.start && a.bad >= b.bad && a.finish-a.start >= b.finish-b.start
	}
	if e.tied {
		return append(list, r)
	}
	for i := range list {
		if list[i].set == r.set && worse(&r.trip, &list[i].trip) {
			return list
		}
	}
	list = slices.DeleteFunc(list, func(o round) bool { return o.set == r.set && worse(&o.trip, &r.trip) })
	return append(list, r)
}

// combine chooses a round for each side from the given one on.
func (e *exact) combine(s, set int, cost scheduler.Cost) {
	if s == len(e.sides) {
		r := rank{3: cost}
		for v := range e.p.Visits {
			if (e.free&^set)>>v&1 == 1 {
				r.leave(e.p, v)
			}
		}
		if r.below(e.best) && e.linked() {
			e.judge(r)
		}
		return
	}
	for i := range e.rounds[s] {
		o := &e.rounds[s][i]
		least := cost + e.least(&o.trip)
		if o.set&set != 0 || !(rank{3: least}).below(e.best) {
			continue
		}
		e.chosen[s] = o
		e.combine(s+1, set|o.set, least)
	}
}

// judge finds the times of the rounds chosen and keeps them if they rank best.
func (e *exact) judge(r rank) {
	trips := make([]trip, len(e.sides))
	if e.tied {
		for _, o := range e.chosen {
			r[3] -= e.least(&o.trip)
		}
		e.schedule(r, trips, nil)
		return
	}
	for s, o := range e.chosen {
		trips[s] = o.trip
	}
	e.score(r, trips, nil)
}

// score counts what all routes of a technician have in common.
func (e *exact) score(r rank, trips []trip, low []scheduler.Time) {
	for i := range e.p.Technicians {
		t := &e.p.Technicians[i]
		hours, bad := t.Hours, t.Unpleasant
		for s, d := range e.sides {
			if d.tech == t && len(e.chosen[s].steps)+len(d.shift.Frozen) > 0 {
				if !e.rested(s, trips) {
					return
				}
				hours += scheduler.Seconds(trips[s].finish - trips[s].start)
				bad += trips[s].bad
			}
		}
		fair := func(hours scheduler.Seconds) scheduler.Cost {
			minutes := scheduler.Cost(hours / 60)
			return (minutes*minutes*e.p.Weights.Fairness + 1800) / 3600
		}
		r[3] += fair(hours) - fair(t.Hours)
		r[3] += e.p.Weights.Unpleasant * scheduler.Cost(bad*bad-t.Unpleasant*t.Unpleasant)
	}
	if r.below(e.best) {
		e.best, e.won, e.low = r, slices.Clone(e.chosen), slices.Clone(low)
	}
}

// rested says whether a side's route comes long enough after those of the days
// before.
func (e *exact) rested(s int, trips []trip) bool {
	d := e.sides[s]
	for o, other := range e.sides {
		if other.tech != d.tech || other.shift.Start >= d.shift.Start || len(e.chosen[o].steps)+len(other.shift.Frozen) == 0 {
			continue
		}
		apart := false
		for _, x := range e.p.Shifts {
			apart = apart || x.Technician == d.tech.ID && x.Start > other.shift.Start && x.Start <= d.shift.Start && !x.Continues
		}
		if apart && e.chosen[s].set|e.chosen[o].set != 0 && scheduler.Seconds(trips[s].start-trips[o].finish) < e.p.Rest {
			return false
		}
	}
	return true
}
