package core

import "slices"

// Rule: a visit that may be done at several places is done where it costs the
// least at the position it is given.

// Alternatives walks visits that may be done at several places.
type Alternatives struct{}

// Stop has nothing to add: the place stands in the stop.
func (Alternatives) Stop(*Walk, *stop) {}

// Close has nothing to add.
func (Alternatives) Close(*Walk) {}

// place is one of the places of a node: its Place for 0, else one of Places.
func (n *Node) place(alternative int32) int32 {
	if alternative == 0 {
		return n.Place
	}
	return n.Places[alternative-1]
}

// alternative says which of its node's places a stop is at.
func (m *Model) alternative(st *stop) int32 {
	return int32(slices.Index(m.Nodes[st.node].Places, st.place)) + 1
}

// Choose says at which of its places a visit is done when the route it is in is
// filled next: at its Place for 0, else at one of Places.
func (s *State) Choose(v, alternative int32) {
	if s.m.Alternatives {
		for len(s.chosen) < len(s.shift) {
			s.chosen = append(s.chosen, 0)
		}
		s.chosen[v] = alternative
	}
}

// chosenPlace is where a node of a route that is filled is done.
func (s *State) chosenPlace(n int32) int32 {
	node := &s.m.Nodes[n]
	if len(node.Places) == 0 || int(n) >= len(s.chosen) {
		return node.Place
	}
	return node.place(s.chosen[n])
}

// placeAt is where v costs the least after position k, the first of its places
// where it fits at none.
func (s *State) placeAt(shift, v, k int32) int32 {
	node, r, t := &s.m.Nodes[v], &s.routes[shift], &s.scratch
	if len(node.Places) == 0 {
		return node.Place
	}
	least, won := noCost, node.Place
	for i := range int32(len(node.Places) + 1) {
		t.copyFrom(r)
		if !s.m.insertAt(t, shift, v, node.place(i), k) {
			continue
		}
		if cost := t.cost + s.shared(shift, t.own); cost < least {
			least, won = cost, node.place(i)
		}
	}
	return won
}
