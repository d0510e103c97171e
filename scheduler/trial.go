package scheduler

import (
	"slices"

	"tournee/scheduler/internal/core"
)

// trial cuts out of the live plan what decides whether a visit fits in a shift.
// Where visits are linked or share something, that is everything.
func (l *Live) trial(v, s int32) *trial {
	x := l.m.x
	t := l.m.core.Shifts[s].Technician
	out := &trial{visit: x.p.Visits[v].ID, shift: x.p.Shifts[s].ID, person: x.p.Technicians[t].ID, plan: &Plan{}}
	shifts := x.shiftsOf[t]
	if l.m.core.Coupled {
		out.p = l.Problem()
		shifts = nil
		for i := range x.p.Shifts {
			shifts = append(shifts, int32(i))
		}
	}
	visits := map[int32]bool{v: true}
	var read core.Reading
	for _, i := range shifts {
		if !l.s.Used(i) {
			continue
		}
		l.s.Read(i, &read)
		route := l.m.route(i, &read)
		out.plan.Routes = append(out.plan.Routes, route)
		for _, stop := range route.Stops {
			if stop.Visit != "" {
				visits[x.visits[stop.Visit]] = true
			}
		}
	}
	if out.p == nil {
		out.p = x.cut(shifts, visits)
	}
	return out
}

// cut is the problem of some shifts, some visits and the places and people they
// name.
func (x *index) cut(shifts []int32, visits map[int32]bool) *Problem {
	p := *x.p
	p.Shifts, p.Visits, p.Pins, p.Links = nil, nil, nil, nil
	c := &cutting{x: x, p: &p, places: map[int]int{}, people: map[string]bool{}}
	for _, s := range shifts {
		c.people[x.p.Shifts[s].Technician] = true
	}
	p.Places = nil
	for _, s := range shifts {
		shift := x.p.Shifts[s]
		shift.StartPlace, shift.EndPlace = c.place(shift.StartPlace), c.place(shift.EndPlace)
		p.Shifts = append(p.Shifts, shift)
	}
	for v := range x.p.Visits {
		if visits[int32(v)] {
			c.visit(int32(v))
		}
	}
	p.Depots = slices.Clone(p.Depots)
	for i := range p.Depots {
		p.Depots[i].Place = c.place(p.Depots[i].Place)
	}
	p.Technicians = slices.DeleteFunc(slices.Clone(p.Technicians), func(t Technician) bool { return !c.people[t.ID] })
	p.Travel = slices.Clone(p.Travel)
	for i := range p.Travel {
		t := &p.Travel[i]
		t.Seconds, t.Metres, t.Costs = among(c, t.Seconds), among(c, t.Metres), among(c, t.Costs)
	}
	return &p
}

// cutting is a problem being cut out.
type cutting struct {
	x      *index
	p      *Problem
	places map[int]int // number in the whole to number here
	order  []int
	people map[string]bool
}

func (c *cutting) place(p int) int {
	if p == NoPlace {
		return NoPlace
	}
	if _, ok := c.places[p]; !ok {
		c.places[p] = len(c.order)
		c.order = append(c.order, p)
		c.p.Places = append(c.p.Places, c.x.p.Places[p])
	}
	return c.places[p]
}

func (c *cutting) visit(v int32) {
	visit := c.x.p.Visits[v]
	visit.Place = c.place(visit.Place)
	visit.Places = slices.Clone(visit.Places)
	for i := range visit.Places {
		visit.Places[i] = c.place(visit.Places[i])
	}
	for _, list := range [][]string{visit.Required, visit.Preferred, visit.Forbidden} {
		for _, id := range list {
			c.people[id] = true
		}
	}
	for _, d := range visit.Durations {
		if d.Technician != "" {
			c.people[d.Technician] = true
		}
	}
	if visit.Told != nil && visit.Told.Technician != "" {
		c.people[visit.Told.Technician] = true
	}
	if pin := c.x.pins[v]; pin != nil {
		own := *pin
		if own.Technician != "" {
			c.people[own.Technician] = true
		}
		if own.Shift != "" && !slices.ContainsFunc(c.p.Shifts, func(s Shift) bool { return s.ID == own.Shift }) {
			s := c.x.p.Shifts[c.x.shifts[own.Shift]]
			s.StartPlace, s.EndPlace, s.Frozen = c.place(s.StartPlace), c.place(s.EndPlace), nil
			c.people[s.Technician] = true
			c.p.Shifts = append(c.p.Shifts, s)
		}
		c.p.Pins = append(c.p.Pins, own)
	}
	c.p.Visits = append(c.p.Visits, visit)
}

// among is the part of a matrix between the places that are here.
func among[T any](c *cutting, rows [][]T) [][]T {
	if rows == nil {
		return nil
	}
	out := make([][]T, len(c.order))
	for i, p := range c.order {
		for _, q := range c.order {
			out[i] = append(out[i], rows[p][q])
		}
	}
	return out
}
