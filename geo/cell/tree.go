package cell

import (
	"slices"

	"tournee/geo"
)

// The trees span these resolutions: a root is as large as Bretagne, a leaf holds a handful of eligible technicians
// even in Paris.
const (
	rootResolution = 2
	leafResolution = 7
)

// tree holds the technicians who have one skill, in the H3 cells that are not empty.
type tree struct {
	roots []*node
	nodes map[Cell]*node
	count [MaxLevel + 1]int // technicians at the level or above
}

// node is one H3 cell that holds somebody.
type node struct {
	cell     Cell
	centre   geo.Vector
	radius   float64 // no technician below has ever been farther from the centre, in metres
	modes    uint8   // a bit for each mode that somebody below has ever had
	count    [MaxLevel + 1]int
	parent   *node
	children []*node
	entries  []entry // of a leaf
}

// entry is a technician in a leaf, with what a look-up reads of every technician it meets kept at hand.
type entry struct {
	place      geo.Place
	technician *technician
	level      int
}

func newTree() *tree { return &tree{nodes: make(map[Cell]*node)} }

func (t *tree) insert(at Cell, e entry) *node {
	leaf := t.grow(at)
	leaf.entries = append(leaf.entries, e)
	for n := leaf; n != nil; n = n.parent {
		n.include(&e)
	}
	for level := range e.level + 1 {
		t.count[level]++
		for n := leaf; n != nil; n = n.parent {
			n.count[level]++
		}
	}
	return leaf
}

// grow finds the node of a cell, and makes it and its ancestors where they lack.
func (t *tree) grow(at Cell) *node {
	if n, ok := t.nodes[at]; ok {
		return n
	}
	n := &node{cell: at, centre: geo.VectorOf(at.Centre())}
	t.nodes[at] = n
	if resolution := at.Resolution(); resolution > rootResolution {
		n.parent = t.grow(at.Parent(resolution - 1))
		n.parent.children = append(n.parent.children, n)
	} else {
		t.roots = append(t.roots, n)
	}
	return n
}

// remove takes a technician out of a leaf, and cuts the nodes that are empty then.
func (t *tree) remove(leaf *node, who *technician) {
	i := leaf.find(who)
	level := leaf.entries[i].level
	last := len(leaf.entries) - 1
	leaf.entries[i] = leaf.entries[last]
	leaf.entries[last] = entry{}
	leaf.entries = leaf.entries[:last]
	for l := range level + 1 {
		t.count[l]--
	}
	for n := leaf; n != nil; n = n.parent {
		for l := range level + 1 {
			n.count[l]--
		}
		if n.count[0] == 0 {
			t.cut(n)
		}
	}
}

func (t *tree) cut(n *node) {
	delete(t.nodes, n.cell)
	siblings := &t.roots
	if n.parent != nil {
		siblings = &n.parent.children
	}
	i := slices.Index(*siblings, n)
	*siblings = slices.Delete(*siblings, i, i+1)
}

// move brings a technician's entry up to date after a move inside the leaf.
func (n *node) move(who *technician) {
	e := &n.entries[n.find(who)]
	e.place = who.place
	for ; n != nil; n = n.parent {
		n.include(e)
	}
}

func (n *node) find(who *technician) int {
	for i := range n.entries {
		if n.entries[i].technician == who {
			return i
		}
	}
	panic("cell: a technician's leaf does not hold the technician")
}

// include widens the node's bounds by one technician. They never narrow while the node lives: an H3 cell bounds them anyway.
func (n *node) include(e *entry) {
	n.radius = max(n.radius, n.centre.Metres(e.place.Vector))
	n.modes |= 1 << e.technician.mode
}
