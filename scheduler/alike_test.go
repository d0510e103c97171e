package scheduler_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"

	"tournee/scheduler"
)

// copied is a problem that shares nothing with another.
func copied(p *scheduler.Problem) *scheduler.Problem {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	q := &scheduler.Problem{}
	if err := json.Unmarshal(text, q); err != nil {
		panic(err)
	}
	return q
}

// each goes through all values of a type in a problem.
func each[T any](in any, f func(*T)) {
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		if x, ok := reflect.TypeAssert[*T](v.Addr()); ok {
			f(x)
			return
		}
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		default:
		}
	}
	walk(reflect.ValueOf(in).Elem())
}

// renamed gives everything in a problem a longer name: all its texts are names.
func renamed(p *scheduler.Problem, before string) *scheduler.Problem {
	q := copied(p)
	each(q, func(name *string) {
		if *name != "" {
			*name = before + *name
		}
	})
	return q
}

// dearer makes everything in a problem cost so many times as much.
func dearer(p *scheduler.Problem, times scheduler.Cost) *scheduler.Problem {
	q := copied(p)
	each(q, func(c *scheduler.Cost) { *c *= times })
	return q
}

// renumber has all that names a place name another.
func renumber(p *scheduler.Problem, to func(int) int) {
	change := func(place *int) {
		if *place != scheduler.NoPlace {
			*place = to(*place)
		}
	}
	for i := range p.Visits {
		change(&p.Visits[i].Place)
		for j := range p.Visits[i].Places {
			change(&p.Visits[i].Places[j])
		}
	}
	for i := range p.Shifts {
		change(&p.Shifts[i].StartPlace)
		change(&p.Shifts[i].EndPlace)
	}
	for i := range p.Depots {
		change(&p.Depots[i].Place)
	}
}

// reordered lists the same things in another order. Depots keep theirs, which
// decides between two that are as near and have as much.
func reordered(p *scheduler.Problem, g *rand.Rand) *scheduler.Problem {
	q := copied(p)
	old := g.Perm(len(p.Places)) // where each place was
	now := make([]int, len(old))
	for i, o := range old {
		now[o] = i
		q.Places[i] = p.Places[o]
		for t := range p.Travel {
			for j, to := range old {
				q.Travel[t].Seconds[i][j] = p.Travel[t].Seconds[o][to]
				q.Travel[t].Metres[i][j] = p.Travel[t].Metres[o][to]
				if p.Travel[t].Costs != nil {
					q.Travel[t].Costs[i][j] = p.Travel[t].Costs[o][to]
				}
			}
		}
	}
	renumber(q, func(place int) int { return now[place] })
	shuffle(g, q.Skills)
	shuffle(g, q.Territories)
	shuffle(g, q.Travel)
	shuffle(g, q.Technicians)
	shuffle(g, q.Shifts)
	shuffle(g, q.Visits)
	shuffle(g, q.Pins)
	shuffle(g, q.Links)
	shuffle(g, q.Resources)
	return q
}

func shuffle[T any](g *rand.Rand, list []T) {
	g.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// joined is two problems in one, far apart: nobody can go from one to the other
// or do the other's work. They have the same weights and rules for all.
func joined(p, q *scheduler.Problem) *scheduler.Problem {
	p, q = renamed(p, "north-"), renamed(q, "south-")
	shift := len(p.Places)
	renumber(q, func(place int) int { return shift + place })
	size := shift + len(q.Places)
	for _, side := range []struct {
		p    *scheduler.Problem
		from int
	}{{p, 0}, {q, shift}} {
		for t := range side.p.Travel {
			travel := &side.p.Travel[t]
			travel.Seconds = within(travel.Seconds, side.from, size, scheduler.Unreachable)
			travel.Metres = within(travel.Metres, side.from, size, 0)
			if travel.Costs != nil {
				travel.Costs = within(travel.Costs, side.from, size, 0)
			}
		}
		for v := range side.p.Visits {
			if visit := &side.p.Visits[v]; len(visit.Required) == 0 {
				for _, t := range side.p.Technicians {
					visit.Required = append(visit.Required, t.ID)
				}
			}
		}
	}
	p.Places, p.Travel = append(p.Places, q.Places...), append(p.Travel, q.Travel...)
	p.Skills, p.Territories = append(p.Skills, q.Skills...), append(p.Territories, q.Territories...)
	p.Technicians, p.Shifts = append(p.Technicians, q.Technicians...), append(p.Shifts, q.Shifts...)
	p.Visits, p.Pins = append(q.Visits, p.Visits...), append(p.Pins, q.Pins...)
	p.Links, p.Resources = append(p.Links, q.Links...), append(p.Resources, q.Resources...)
	p.Depots = append(p.Depots, q.Depots...)
	return p
}

// within is a matrix as a part of a larger one, which has one value outside it.
func within[T any](part [][]T, from, size int, outside T) (out [][]T) {
	for i := range size {
		row := make([]T, size)
		for j := range row {
			if row[j] = outside; i >= from && i < from+len(part) && j >= from && j < from+len(part) {
				row[j] = part[i-from][j-from]
			}
		}
		out = append(out, row)
	}
	for i := range out {
		if i < from || i >= from+len(part) {
			out[i][i] = *new(T)
		}
	}
	return out
}
