package scheduler_test

import (
	"math/rand/v2"
	"slices"

	"tournee/scheduler"
)

// drawOtherPlaces gives visits one or two places more, so that all choices can
// be tried.
func drawOtherPlaces(p *scheduler.Problem, g *rand.Rand) {
	drawPlaces(p, g)
	for i := range p.Visits {
		if v := &p.Visits[i]; len(v.Places) > 2 {
			g.Shuffle(len(v.Places), func(a, b int) { v.Places[a], v.Places[b] = v.Places[b], v.Places[a] })
			v.Places = v.Places[:1+g.IntN(2)]
		}
	}
	for i := range p.Shifts {
		for j, f := range p.Shifts[i].Frozen {
			p.Shifts[i].Frozen[j].Alternative = min(f.Alternative, len(p.Visits[visitIndex(p, f.Visit)].Places))
		}
	}
}

// drawSubcontractor makes one shift a pool, whatever else was drawn for it.
func drawSubcontractor(p *scheduler.Problem, g *rand.Rand) {
	s := &p.Shifts[g.IntN(len(p.Shifts))]
	if len(s.Frozen) > 0 {
		return
	}
	s.Pool, s.VisitCost = true, draw(g, 4000)
	if chance(g, 60) {
		s.MaxVisits = 1 + g.IntN(3)
	}
	s.Breaks, s.Free, s.Overtime, s.MaxTravel, s.MaxDistance = nil, false, 0, 0, 0
}

// drawCellars takes the connection from places, and makes some work remote.
func drawCellars(p *scheduler.Problem, g *rand.Rand) {
	drawOffline(p, g)
	for i := range p.Visits {
		if v := &p.Visits[i]; len(v.Places) == 0 && !frozen(p, v.ID) && chance(g, 30) {
			v.Place = scheduler.NoPlace
		}
	}
}

// smoothStarts lets every shift start with a connection. Where it does not, all
// remote work depends on some visit that comes before, and when that is not worth
// it alone, it is found only by chance.
func smoothStarts(p *scheduler.Problem) {
	for i := range p.Shifts {
		if place := p.Shifts[i].StartPlace; place != scheduler.NoPlace {
			p.Places[place].Offline = false
		}
	}
}

// smoothPlaces leaves other places to one visit only, which nothing is tied to,
// and all of them with a connection or none. Where a visit is done is chosen by
// what it costs with what else is in the route by then: the search does not find
// that another place pays only with what may come later.
func smoothPlaces(p *scheduler.Problem) {
	one := false
	for i := range p.Visits {
		v := &p.Visits[i]
		if frozen(p, v.ID) {
			continue
		}
		if one || bound(p, i) {
			v.Places = nil
		}
		for _, place := range v.Places {
			one, p.Places[place].Offline = true, p.Places[v.Place].Offline
		}
	}
}

// smoothTied opens the depots all day where visits are tied, so that what could
// be reached sooner can never be reached later only; and takes the connection
// from where tied visits are: without them, remote work must still be possible
// that comes after, or the search keeps them where they are.
func smoothTied(p *scheduler.Problem) {
	if len(p.Links)+len(p.Resources) == 0 {
		return
	}
	for i := range p.Depots {
		p.Depots[i].Windows = nil
	}
	for v := range p.Visits {
		if bound(p, v) && p.Visits[v].Place != scheduler.NoPlace {
			p.Places[p.Visits[v].Place].Offline = slices.ContainsFunc(p.Places, func(o scheduler.Place) bool { return o.Offline })
		}
	}
}
