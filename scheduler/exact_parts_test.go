package scheduler_test

import (
	"math/bits"
	"slices"

	"tournee/scheduler"
)

// kinds is a set of kinds of part.
type kinds int

// van is what a shift's visits use up beside what is in the van.
type van struct {
	needs  []kinds              // per visit, what it uses
	short  []kinds              // per set of visits that are not frozen, what the van has too little of
	depots []kinds              // what each has
	open   [][]scheduler.Window // when each serves
}

func newVan(p *scheduler.Problem, s *scheduler.Shift) van {
	var names []string
	count := func(list []scheduler.Part) []int {
		out := make([]int, 16)
		for _, part := range list {
			if !slices.Contains(names, part.Part) {
				names = append(names, part.Part)
			}
			out[slices.Index(names, part.Part)] += part.Quantity
		}
		return out
	}
	left, uses := count(s.Stock), [][]int{}
	w := van{short: make([]kinds, 1<<len(p.Visits))}
	for v := range p.Visits {
		uses = append(uses, count(p.Visits[v].Parts))
		w.needs = append(w.needs, setOf(uses[v]))
	}
	for i := range p.Depots {
		d := &p.Depots[i]
		var stock []scheduler.Part
		for _, name := range d.Parts {
			stock = append(stock, scheduler.Part{Part: name, Quantity: 1})
		}
		w.depots = append(w.depots, setOf(count(stock)))
		w.open = append(w.open, []scheduler.Window{{Close: scheduler.Time(p.Length)}})
		if len(d.Windows) > 0 {
			w.open[i] = apart(slices.Clone(d.Windows))
		}
	}
	for _, f := range s.Frozen {
		for k, n := range uses[visitIndex(p, f.Visit)] {
			left[k] = max(0, left[k]-n)
		}
	}
	for set := range w.short {
		rest := slices.Clone(left)
		for v := range p.Visits {
			for k, n := range uses[v] {
				if set>>v&1 == 1 && !s.Pool { // a pool brings its own
					rest[k] -= n
				}
			}
		}
		for k := range rest {
			rest[k] = max(0, -rest[k])
		}
		w.short[set] = setOf(rest)
	}
	return w
}

func setOf(counts []int) (out kinds) {
	for k, n := range counts {
		if n > 0 {
			out |= 1 << k
		}
	}
	return out
}

// shortages are all that the van can lack, by the visits it is used for.
func (w *van) shortages(free int) (out []kinds) {
	for set, lacks := range w.short {
		if set&^free == 0 && !slices.Contains(out, lacks) {
			out = append(out, lacks)
		}
	}
	return out
}

// pickUp goes by depots on the way to a place until nothing lacks, and says
// whether everything is to be had.
func (d *side) pickUp(m *trip, to int) bool {
	for m.lacks != 0 {
		i := d.depot(m, to)
		if i < 0 {
			return false
		}
		depot, left, before := &d.p.Depots[i], *m, *m
		d.travel(m, depot.Place)
		begin, room, _ := opens(d.van.open[i], m.now)
		d.wait(m, &left, depot.Place, begin, room)
		m.now = begin + scheduler.Time(depot.Duration)
		m.depart = m.now
		if m.lacks &^= d.van.depots[i]; m.pickups != nil {
			*m.pickups = append(*m.pickups, scheduler.Stop{
				Depot: depot.ID, Arrive: m.arrive, Begin: m.begin, Depart: m.depart,
				Travel: m.travel - before.travel, Distance: m.metres - before.metres,
			})
		}
	}
	return true
}

// depot is the one that has most of what lacks and then is the least way round,
// of those that still serve whoever arrives, or -1.
func (d *side) depot(m *trip, to int) int {
	way := func(from, to int) scheduler.Seconds {
		if from == scheduler.NoPlace || to == scheduler.NoPlace {
			return 0
		}
		return d.mode.Seconds[from][to]
	}
	won, most, least := -1, 0, scheduler.Seconds(0)
	for i := range d.p.Depots {
		place, n := d.p.Depots[i].Place, bits.OnesCount(uint(d.van.depots[i]&m.lacks))
		there, on := way(m.at, place), way(place, to)
		if n < max(1, most) || there < 0 || on < 0 || n == most && there+on >= least {
			continue
		}
		arrive := m.now
		if m.at != scheduler.NoPlace {
			arrive += scheduler.Time(d.takes(m.at, place, m.now))
		}
		if _, _, open := opens(d.van.open[i], arrive); open {
			won, most, least = i, n, there+on
		}
	}
	return won
}
