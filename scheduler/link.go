package scheduler

import (
	"slices"
	"strings"

	"tournee/scheduler/internal/core"
)

// Rule: a crew begins together, each visit with another technician, or not at
// all; a visit that comes after another keeps the gap to it, and has the same
// technician or another where that is asked.

func (x *index) checkLinks(f *faults) {
	before := len(*f)
	crew := make([]int, len(x.p.Visits)) // per visit, the link that makes it one of a crew, from 1
	for i := range x.p.Links {
		l, path := &x.p.Links[i], at("/links", i)
		eachOnce(f, x.visits, path+"/visits", "visit", l.Visits)
		switch l.Kind {
		case Together:
			x.checkTogether(f, path, l, i, crew)
		case After:
			x.checkAfter(f, path, l)
		default:
			f.addf(path+"/kind", "unknown", "%q is neither %q nor %q", l.Kind, Together, After)
		}
	}
	if len(*f) > before {
		return
	}
	x.checkPairs(f)
	x.checkCycles(f, crew)
	for i := range x.p.Links {
		x.checkLinkPins(f, at("/links", i), &x.p.Links[i])
	}
}

func (x *index) checkTogether(f *faults, path string, l *Link, i int, crew []int) {
	if len(l.Visits) < 2 {
		f.addf(path+"/visits", "missing", "a crew has two visits at least")
	}
	if l.Least != 0 || l.Greatest != 0 || l.Technician != AnyTechnician {
		f.addf(path, "contradiction", "least, greatest and technician are for %q alone", After)
	}
	for j, id := range l.Visits {
		v, ok := x.visits[id]
		if ok && crew[v] > 0 && crew[v] != i+1 {
			f.addf(at(path+"/visits", j), "duplicate", "visit %q is one of a crew already, at %s", id, at("/links", crew[v]-1))
		}
		if ok && crew[v] == 0 {
			crew[v] = i + 1
		}
	}
}

func (x *index) checkAfter(f *faults, path string, l *Link) {
	if len(l.Visits) != 2 {
		f.addf(path+"/visits", "wrong_length", "must name two visits, the first and the one after it, not %d", len(l.Visits))
	}
	duration(f, path+"/least", l.Least, MaxHorizon)
	duration(f, path+"/greatest", l.Greatest, MaxHorizon)
	if l.Greatest > 0 && l.Least > l.Greatest {
		f.addf(path+"/least", "contradiction", "the least gap is above the greatest")
	}
	switch l.Technician {
	case AnyTechnician, SameTechnician, DifferentTechnician:
	default:
		f.addf(path+"/technician", "unknown", "%q is neither %q nor %q", l.Technician, SameTechnician, DifferentTechnician)
	}
}

// checkPairs faults links that ask opposite things of the same two visits.
func (x *index) checkPairs(f *faults) {
	seen := map[[2]string][]int{}
	for i := range x.p.Links {
		b := &x.p.Links[i]
		if b.Kind != After {
			continue
		}
		pair := [2]string(b.Visits)
		for _, j := range seen[pair] {
			a := &x.p.Links[j]
			if (a.Greatest > 0 && b.Least > a.Greatest) || (b.Greatest > 0 && a.Least > b.Greatest) {
				f.addf(at("/links", i)+"/least", "contradiction", "no gap suits this link and %s", at("/links", j))
			}
			if a.Technician != AnyTechnician && b.Technician != AnyTechnician && a.Technician != b.Technician {
				f.addf(at("/links", i)+"/technician", "contradiction", "no technician suits this link and %s", at("/links", j))
			}
		}
		seen[pair] = append(seen[pair], i)
	}
}

// checkCycles faults visits that come after themselves, a crew being one.
func (x *index) checkCycles(f *faults, crew []int) {
	group := func(id string) int { // a crew's link, or a visit alone
		if v := int(x.visits[id]); crew[v] == 0 {
			return len(x.p.Links) + v
		}
		return crew[x.visits[id]] - 1
	}
	next := map[int][]int{} // links from a group
	for i := range x.p.Links {
		if l := &x.p.Links[i]; l.Kind == After {
			next[group(l.Visits[0])] = append(next[group(l.Visits[0])], i)
		}
	}
	const open, done = 1, 2
	state := map[int]int{}
	var path []int // the links followed
	var follow func(g int)
	follow = func(g int) {
		state[g] = open
		for _, i := range next[g] {
			path = append(path, i)
			switch to := group(x.p.Links[i].Visits[1]); state[to] {
			case open:
				x.tellCycle(f, path, func(i int) bool { return group(x.p.Links[i].Visits[0]) == to })
			case 0:
				follow(to)
			}
			path = path[:len(path)-1]
		}
		state[g] = done
	}
	for i := range x.p.Links {
		if l := &x.p.Links[i]; l.Kind == After && state[group(l.Visits[0])] == 0 {
			follow(group(l.Visits[0]))
		}
	}
}

// tellCycle faults the last link followed, which leads back to where the path
// came by first.
func (x *index) tellCycle(f *faults, path []int, first func(int) bool) {
	var names []string
	for _, i := range path[slices.IndexFunc(path, first):] {
		names = append(names, x.p.Links[i].ID)
	}
	last := at("/links", path[len(path)-1])
	f.addf(last, "cycle", "visits come after themselves, by the links %s", strings.Join(names, ", "))
}

// checkLinkPins faults what pins make impossible. What is frozen on both sides
// of a link has happened, and is not judged.
func (x *index) checkLinkPins(f *faults, path string, l *Link) {
	for j := range l.Visits {
		for i := range j {
			a, b := x.visits[l.Visits[i]], x.visits[l.Visits[j]]
			if x.pins[a] == nil && x.pins[b] == nil {
				continue
			}
			x.checkPinnedPeople(f, path, l, a, b)
			x.checkPinnedTimes(f, path, l, a, b)
		}
	}
}

func (x *index) checkPinnedPeople(f *faults, path string, l *Link, a, b int32) {
	first, second := x.settledTechnician(a), x.settledTechnician(b)
	if first == "" || second == "" {
		return
	}
	apart := l.Kind == Together || l.Technician == DifferentTechnician
	if apart && first == second {
		f.addf(path, "contradiction", "%q and %q are both fixed to technician %q", x.p.Visits[a].ID, x.p.Visits[b].ID, first)
	}
	if l.Technician == SameTechnician && first != second {
		f.addf(path, "contradiction", "%q and %q are fixed to technicians %q and %q", x.p.Visits[a].ID, x.p.Visits[b].ID, first, second)
	}
}

func (x *index) checkPinnedTimes(f *faults, path string, l *Link, a, b int32) {
	first, ok := x.settledTimes(a)
	second, both := x.settledTimes(b)
	switch {
	case !ok || !both:
	case l.Kind == Together && first.begin != second.begin:
		f.addf(path, "contradiction", "%q and %q are fixed to begin at different times", x.p.Visits[a].ID, x.p.Visits[b].ID)
	case l.Kind == After && second.begin < first.soonest+int64(l.Least),
		l.Kind == After && l.Greatest > 0 && second.begin > first.latest+int64(l.Greatest):
		f.addf(path, "contradiction", "%q and %q are fixed to times without the gap asked", x.p.Visits[a].ID, x.p.Visits[b].ID)
	}
}

// settledTechnician is who is fixed to do a visit, by a pin or what is frozen;
// empty: nobody.
func (x *index) settledTechnician(v int32) string {
	pin := x.pins[v]
	switch {
	case x.frozen[v] >= 0:
		return x.p.Shifts[x.frozen[v]].Technician
	case pin == nil:
		return ""
	case pin.Technician != "":
		return pin.Technician
	case pin.Shift != "":
		if s, ok := x.shifts[pin.Shift]; ok {
			return x.p.Shifts[s].Technician
		}
	}
	return ""
}

// settled is when a visit is fixed to begin, and between what times it can end.
type settled struct{ begin, soonest, latest int64 }

func (x *index) settledTimes(v int32) (settled, bool) {
	if s := x.frozen[v]; s >= 0 {
		for _, stop := range x.p.Shifts[s].Frozen {
			if stop.Visit == x.p.Visits[v].ID {
				return settled{int64(stop.Begin), int64(stop.Depart), int64(stop.Depart)}, true
			}
		}
	}
	if x.pins[v] == nil || x.pins[v].Begin == nil {
		return settled{}, false
	}
	visit, begin := &x.p.Visits[v], int64(*x.pins[v].Begin)
	short, long := int64(visit.Duration), int64(visit.Duration)+int64(visit.Setup)
	for _, d := range visit.Durations {
		short = min(short, int64(d.Duration))
		long = max(long, int64(d.Duration)+int64(d.Setup))
	}
	return settled{begin, begin + short, begin + long}, true
}

// compileLinks gives visits their links, and makes groups of those that hang
// together: crews as one step, each step after those it depends on.
func (m *Model) compileLinks() (used bool) {
	m.tieVisits()
	m.compileResources()
	m.compileGroups()
	m.core.Coupled = len(m.core.Groups) > 0
	return m.core.Coupled
}

func (m *Model) tieVisits() {
	x, nodes := m.x, m.core.Nodes
	for i := range x.p.Links {
		l := &x.p.Links[i]
		for j, id := range l.Visits {
			for k, other := range l.Visits {
				if j != k {
					v := x.visits[id]
					nodes[v].Links = append(nodes[v].Links, coreLink(l, x.visits[other], j < k))
				}
			}
		}
	}
}

// unlink takes a visit that is to be forgotten out of its links: a crew goes on
// without it as long as it is one, and other links end with it. Visits that no
// longer fit in the routes they are in, being bound to nothing any more, are
// listed.
func (l *Live) unlink(visit string) (left []int32) {
	x, c := l.m.x, l.m.core
	before := c.Nodes[x.visits[visit]].Links
	if !c.Coupled {
		return nil
	}
	var links []Link
	for _, link := range x.p.Links {
		if slices.Contains(link.Visits, visit) {
			if link.Kind == After || len(link.Visits) == 2 {
				continue
			}
			link.Visits = slices.DeleteFunc(slices.Clone(link.Visits), func(id string) bool { return id == visit })
		}
		links = append(links, link)
	}
	x.p.Links = links
	for v := range c.Visits {
		c.Nodes[v].Links, c.Nodes[v].Group = nil, 0
	}
	c.Nodes[x.visits[visit]].Resources = nil
	c.Groups = nil
	l.m.tieVisits()
	l.m.compileGroups()
	for _, link := range before {
		left = append(left, l.s.Loosen(link.Other)...)
	}
	return left
}

// coreLink is the end of a link that points to another visit, from the first
// or from the second of the two.
func coreLink(l *Link, other int32, first bool) core.Link {
	out := core.Link{Other: other, Kind: core.Together, Who: core.Different}
	if l.Kind == After {
		out = core.Link{Other: other, Kind: core.After, Least: int32(l.Least), Greatest: int32(l.Greatest)}
		if l.Greatest == 0 {
			out.Greatest = core.Never
		}
		if first {
			out.Kind = core.Before
		}
		switch l.Technician {
		case SameTechnician:
			out.Who = core.Same
		case DifferentTechnician:
			out.Who = core.Different
		}
	}
	return out
}

// compileGroups numbers the visits that hang together, in topological order.
func (m *Model) compileGroups() {
	nodes := m.core.Nodes
	for v := range m.core.Visits {
		if nodes[v].Group > 0 || len(nodes[v].Links)+len(nodes[v].Resources) == 0 {
			continue
		}
		number := int32(len(m.core.Groups) + 1)
		members := []int32{v}
		nodes[v].Group = number
		for i := 0; i < len(members); i++ {
			for _, l := range nodes[members[i]].Links {
				if nodes[l.Other].Group == 0 {
					nodes[l.Other].Group = number
					members = append(members, l.Other)
				}
			}
		}
		slices.Sort(members)
		m.core.Groups = append(m.core.Groups, steps(nodes, members))
	}
}

// steps puts the members of a group in order. Links have no cycles.
func steps(nodes []core.Node, members []int32) (out [][]int32) {
	done := map[int32]bool{}
	for len(done) < len(members) {
		for _, v := range members {
			if done[v] {
				continue
			}
			step := crewOf(nodes, v)
			ready := !slices.ContainsFunc(step, func(u int32) bool {
				return slices.ContainsFunc(nodes[u].Links, func(l core.Link) bool { return l.Kind == core.After && !done[l.Other] })
			})
			if ready {
				out = append(out, step)
				for _, u := range step {
					done[u] = true
				}
			}
		}
	}
	return out
}

// crewOf is the visit and all that begin with it.
func crewOf(nodes []core.Node, v int32) []int32 {
	crew := []int32{v}
	for _, l := range nodes[v].Links {
		if l.Kind == core.Together {
			crew = append(crew, l.Other)
		}
	}
	slices.Sort(crew)
	return crew
}

// linkForbids is why a link keeps a visit from a shift, the other visit being
// planned for a technician, or not at all.
func (x *index) linkForbids(v int32, l core.Link, technician string) Reason {
	id := x.linkBetween(v, l)
	other := x.p.Visits[l.Other].ID
	switch {
	case technician != "" && l.Who == core.Same:
		return Reason{"same_technician", map[string]any{"link": id, "visit": other, "technician": technician}}
	case technician != "":
		return Reason{"different_technician", map[string]any{"link": id, "visit": other}}
	case l.Kind == core.After:
		return Reason{"after_missing", map[string]any{"link": id, "visit": other}}
	}
	return Reason{"crew_incomplete", map[string]any{"link": id, "visits": strings.Join(x.mates(v), ", ")}}
}

// linkBetween is the id of the link that a core link was made from.
func (x *index) linkBetween(v int32, l core.Link) string {
	for i := range x.p.Links {
		p := &x.p.Links[i]
		if (p.Kind == Together) == (l.Kind == core.Together) && slices.Contains(p.Visits, x.p.Visits[v].ID) && slices.Contains(p.Visits, x.p.Visits[l.Other].ID) {
			return p.ID
		}
	}
	return ""
}

// mates are the visits that begin with v.
func (x *index) mates(v int32) (out []string) {
	for i := range x.p.Links {
		p := &x.p.Links[i]
		if p.Kind == Together && slices.Contains(p.Visits, x.p.Visits[v].ID) {
			for _, id := range p.Visits {
				if id != x.p.Visits[v].ID {
					out = append(out, id)
				}
			}
		}
	}
	return out
}

// outOfGap is why v begins too late for the visits it is linked to.
func (x *index) outOfGap(v, _ int32, seconds int64) Reason {
	for i := range x.p.Links {
		p := &x.p.Links[i]
		if j := slices.Index(p.Visits, x.p.Visits[v].ID); p.Kind == After && j >= 0 {
			params := minutes(int32(seconds))
			params["link"], params["visit"] = p.ID, p.Visits[1-j]
			return Reason{"after_gap", params}
		}
	}
	return Reason{"crew_incomplete", map[string]any{"link": x.crewOf(v), "visits": strings.Join(x.mates(v), ", ")}}
}

// crewOf is the link that makes v one of a crew.
func (x *index) crewOf(v int32) string {
	for i := range x.p.Links {
		if p := &x.p.Links[i]; p.Kind == Together && slices.Contains(p.Visits, x.p.Visits[v].ID) {
			return p.ID
		}
	}
	return ""
}
