package core

import "slices"

// Rules that tie visits to one another: crews, visits after others, things that
// visits share. A visit so coupled keeps its moment of beginning once it is
// planned, so that other routes stay what they are when one changes; only
// taking its whole group out and placing it anew moves it (see group.go).

// LinkKind says how a visit depends on another.
type LinkKind uint8

// The kinds of link, from the visit that has it.
const (
	Together LinkKind = iota // begins with the other
	After                    // begins after the other's departure
	Before                   // the other begins after this one's departure
)

// Who says which technician does a visit, by who does the other.
type Who uint8

// Who may do it.
const (
	Anyone Who = iota
	Same
	Different
)

// Link is one end of what ties two visits together.
type Link struct {
	Other           int32
	Kind            LinkKind
	Who             Who
	Least, Greatest int32 // gap, seconds; greatest Never: no limit
}

// Resource is something of which there are only so many.
type Resource struct {
	Quantity   int32
	Turnaround int32 // seconds
}

// Coupling makes routes be walked where visits are coupled; it judges nothing
// by itself.
type Coupling struct{}

// Stop has nothing to say.
func (Coupling) Stop(*Walk, *stop) {}

// Close has nothing to say.
func (Coupling) Close(*Walk) {}

// held is when a coupled visit that is planned begins and departs.
type held struct{ begin, done int32 }

// booking is a resource held by a visit, turnaround included.
type booking struct {
	visit, from, to int32
}

// coupled says whether a node is tied to other visits.
func (n *Node) coupled() bool { return len(n.Links) > 0 || len(n.Resources) > 0 }

// free is a moment that no coupled visit begins at.
const free int32 = -1

// openCouples prepares s for the coupled visits of its model: those frozen
// begin when they did.
func (s *State) openCouples() {
	if !s.m.Coupled {
		return
	}
	s.held = resize(s.held, int(s.m.Visits))
	for v := range s.held {
		s.held[v] = held{free, free}
	}
	s.bookings = make([][]booking, len(s.m.Resources))
	s.clipped = free
	for i := range s.m.Shifts {
		for _, f := range s.m.Shifts[i].Frozen {
			if f.Node < s.m.Visits {
				s.hold(f.Node, f.Begin, f.Depart)
			}
		}
	}
}

// hold fixes when a coupled visit begins.
func (s *State) hold(v, begin, done int32) {
	if !s.m.Coupled || !s.m.Nodes[v].coupled() {
		return
	}
	s.unhold(v)
	s.held[v] = held{begin, done}
	for _, i := range s.m.Nodes[v].Resources {
		s.bookings[i] = append(s.bookings[i], booking{v, begin, done + s.m.Resources[i].Turnaround})
	}
}

// unhold lets a coupled visit begin at any moment again.
func (s *State) unhold(v int32) {
	if !s.m.Coupled || s.held[v].begin == free {
		return
	}
	s.held[v] = held{free, free}
	for _, i := range s.m.Nodes[v].Resources {
		s.bookings[i] = slices.DeleteFunc(s.bookings[i], func(b booking) bool { return b.visit == v })
	}
}

// holdRoute fixes the coupled visits of a route as they are in it.
func (s *State) holdRoute(r *route) {
	if !s.m.Coupled {
		return
	}
	for i := range r.stops {
		if st := &r.stops[i]; st.node >= 0 && st.node < s.m.Visits {
			s.hold(st.node, st.begin, st.dep)
		}
	}
}

// Hold says when a coupled visit is to begin in the route that is filled next.
func (s *State) Hold(v, begin int32) { s.hold(v, begin, begin+s.m.Nodes[v].Service) }

// allows says whether a coupled visit may join a shift, by who does the visits
// it is linked to.
func (s *State) allows(v, shift int32) bool {
	if !s.m.Coupled {
		return true
	}
	_, forbidden := s.LinkForbids(v, shift)
	return !forbidden
}

// LinkForbids says which link forbids a visit that is not planned a shift, or
// any: what it depends on is not planned, or is another technician's.
func (s *State) LinkForbids(v, shift int32) (Link, bool) {
	if !s.m.Coupled {
		return Link{}, false
	}
	for _, l := range s.m.Nodes[v].Links {
		other := s.shift[l.Other]
		if other < 0 {
			if l.Kind == After || l.Kind == Together && s.grouping != s.m.Nodes[v].Group {
				return l, true
			}
			continue
		}
		same := s.m.Shifts[other].Technician == s.m.Shifts[shift].Technician
		if l.Who == Same && !same || l.Who == Different && same {
			return l, true
		}
	}
	return Link{}, false
}

// Loosen lets a visit begin when its route has it begin, once nothing couples it
// any more. Visits that then no longer fit in the route are listed.
func (s *State) Loosen(v int32) []int32 {
	if s.m.Nodes[v].coupled() || s.held[v].begin == free {
		return nil
	}
	s.held[v] = held{free, free}
	if s.shift[v] < 0 {
		return nil
	}
	return s.Rejudge(s.shift[v])
}

// bounds is between what moments a visit may begin that lasts so long, by the
// visits it is linked to.
func (s *State) bounds(v, lasts int32) (low, high int32) {
	low, high = 0, Never
	if s.clipped == v {
		low, high = s.clip.Open, s.clip.Close
	}
	for _, l := range s.m.Nodes[v].Links {
		other := s.held[l.Other]
		if other.begin == free || s.shift[l.Other] < 0 {
			continue
		}
		switch l.Kind {
		case Together:
			low, high = max(low, other.begin), min(high, other.begin)
		case After:
			low, high = max(low, other.done+l.Least), min(high, plus(other.done, l.Greatest))
		case Before:
			low, high = max(low, other.begin-l.Greatest-lasts), min(high, other.begin-l.Least-lasts)
		}
	}
	return low, high
}

func plus(t, more int32) int32 {
	if more >= Never {
		return Never
	}
	return t + more
}

// latest is the last moment up to limit at which a node may begin, or minTime.
func (s *State) latest(node, limit int32) int32 {
	if !s.m.Coupled || node >= s.m.Visits || s.held[node].begin == free {
		return s.m.latest(node, limit)
	}
	if at := s.held[node].begin; at <= limit {
		return at
	}
	return minTime
}

// beginCoupled is when a coupled visit, reached at t, can begin; or what
// forbids it, and by how much.
func (s *State) beginCoupled(v, t, lasts int32) (start int32, code Code, amount int64, ok bool) {
	node := &s.m.Nodes[v]
	if at := s.held[v].begin; at != free {
		return at, LateStop, int64(t - at), t <= at
	}
	low, high := s.bounds(v, lasts)
	t = max(t, low)
	for {
		start, ok = begin(node.Windows, t)
		if !ok {
			return t, LateStop, int64(t - node.Windows[len(node.Windows)-1].Close), false
		}
		if start > high {
			return start, OutOfGap, int64(start - high), false
		}
		t = s.available(node, start, lasts)
		if t == start {
			return start, 0, 0, true
		}
		if again, ok := begin(node.Windows, t); !ok || again > high {
			return start, Unavailable, int64(t - start), false
		}
	}
}

// available is the first moment from t on at which everything the node needs is
// there for as long as it lasts.
func (s *State) available(node *Node, t, lasts int32) int32 {
	for again := true; again; {
		again = false
		for _, i := range node.Resources {
			for r := s.m.Resources[i]; t < Never && !s.spare(i, t, t+lasts+r.Turnaround); again = true {
				t = s.nextReturn(i, t)
			}
		}
	}
	return t
}

// spare says whether one of a resource is there all the time from one moment up
// to another. No time takes none.
func (s *State) spare(i, from, to int32) bool {
	if from == to {
		return true
	}
	list := s.bookings[i]
	taken := func(t int32) (n int32) {
		for _, b := range list {
			if b.from <= t && t < b.to {
				n++
			}
		}
		return n
	}
	if most := s.m.Resources[i].Quantity; most == 0 || taken(from) >= most {
		return false
	}
	for _, b := range list {
		if from < b.from && b.from < to && taken(b.from) >= s.m.Resources[i].Quantity {
			return false
		}
	}
	return true
}

// nextReturn is when, after t, the next of a resource comes back.
func (s *State) nextReturn(i, t int32) int32 {
	next := Never
	for _, b := range s.bookings[i] {
		if b.to > t {
			next = min(next, b.to)
		}
	}
	return next
}

// dependants are the planned visits that cannot be done without v: the rest of
// its crew, what comes after it, and so on. What is frozen happened.
func (s *State) dependants(v int32) (out []int32) {
	seen := []int32{v}
	for i := 0; i < len(seen); i++ {
		for _, l := range s.m.Nodes[seen[i]].Links {
			u := l.Other
			if l.Kind != After && s.shift[u] >= 0 && !s.m.Nodes[u].Frozen && !slices.Contains(seen, u) {
				seen = append(seen, u)
			}
		}
	}
	return seen[1:]
}

// unfit says whether the links of a planned visit are broken as the plan
// stands, by something that is not frozen.
func (s *State) unfit(v int32) bool {
	if s.shift[v] < 0 {
		return false
	}
	at := s.held[v]
	for _, l := range s.m.Nodes[v].Links {
		other := s.held[l.Other]
		if s.shift[l.Other] < 0 {
			if l.Kind != Before && !s.m.Nodes[v].Frozen {
				return true
			}
			continue
		}
		if s.m.Nodes[v].Frozen && s.m.Nodes[l.Other].Frozen {
			continue
		}
		same := s.m.Shifts[s.shift[v]].Technician == s.m.Shifts[s.shift[l.Other]].Technician
		if l.Who == Same && !same || l.Who == Different && same {
			return true
		}
		switch l.Kind {
		case Together:
			if at.begin != other.begin {
				return true
			}
		case After:
			if gap := at.begin - other.done; gap < l.Least || gap > l.Greatest {
				return true
			}
		case Before:
		}
	}
	return false
}

// fix makes the coupled visits of a sub-problem begin when they do in s, and
// depend on nothing else.
func (b *sub) fix(s *State) {
	if !b.Coupled {
		return
	}
	b.Coupled, b.Groups = false, nil
	b.fixed = b.fixed[:0]
	for range b.Visits {
		b.fixed = append(b.fixed, Window{})
	}
	for i := range b.Visits {
		if v := b.nodes[i]; s.m.Nodes[v].Group > 0 {
			b.fixed[i] = Window{s.held[v].begin, s.held[v].begin}
			node := &b.Nodes[i]
			node.Windows, node.Links, node.Resources = b.fixed[i:i+1], nil, nil
		}
	}
}
