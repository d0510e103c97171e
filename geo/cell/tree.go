package cell

import (
	"slices"

	"tournee/geo"
)

// The trees span these resolutions: a top cell is as large as Bretagne, a leaf holds a handful of eligible technicians
// even in Paris.
const (
	topResolution  = 2
	leafResolution = 7
)

// tree holds the technicians who have one skill, in the H3 cells that are not empty.
type tree struct {
	root  *node // the whole Earth; its branches are the top cells
	nodes map[Cell]*node
	count [MaxLevel + 1]int32 // technicians at the level or above
}

// node is one H3 cell that holds somebody.
type node struct {
	cell     Cell
	parent   *node
	place    int      // the node is parent.branches[place].node
	branches []branch // of an inner node
	entries  []entry  // of a leaf, by falling level: the first count[l] have level l or above
}

// branch is what a look-up must know of a node before it opens it. A node's branches lie side by side, and each fills one line of
// the processor's cache: following a pointer to every one of them made look-ups three times slower.
type branch struct {
	centre geo.Vector
	radius float64             // no technician below has ever been farther from the centre, in metres
	count  [MaxLevel + 1]int32 // technicians at the level or above
	modes  uint8               // a bit for each mode that somebody below has ever had
	node   *node
}

// entry is a technician in a leaf, with what a look-up reads of every technician it meets kept at hand; it fills
// one line of the processor's cache too.
type entry struct {
	place      geo.Place
	technician *technician
	level      uint8
	mode       geo.Mode
}

func newTree() *tree { return &tree{root: new(node), nodes: make(map[Cell]*node)} }

func (t *tree) insert(at Cell, e entry) *node {
	leaf := t.grow(at)
	above := leaf.parent.branches[leaf.place].count[e.level]
	leaf.entries = slices.Insert(leaf.entries, int(above), e)
	leaf.include(&e)
	t.add(leaf, e.level, 1)
	return leaf
}

// grow finds the node of a cell, and makes it and its ancestors where they lack.
func (t *tree) grow(at Cell) *node {
	if n, ok := t.nodes[at]; ok {
		return n
	}
	parent := t.root
	if resolution := at.Resolution(); resolution > topResolution {
		parent = t.grow(at.Parent(resolution - 1))
	}
	n := &node{cell: at, parent: parent, place: len(parent.branches)}
	t.nodes[at] = n
	parent.branches = append(parent.branches, branch{centre: geo.VectorOf(at.Centre()), node: n})
	return n
}

// add counts one technician of a level more or less, from the leaf up.
func (t *tree) add(leaf *node, level uint8, change int32) {
	for l := range level + 1 {
		t.count[l] += change
		for n := leaf; n != t.root; n = n.parent {
			n.parent.branches[n.place].count[l] += change
		}
	}
}

// remove takes a technician out of a leaf, and cuts the nodes that are empty then.
func (t *tree) remove(leaf *node, who *technician) {
	i := leaf.find(who)
	t.add(leaf, leaf.entries[i].level, -1)
	leaf.entries = slices.Delete(leaf.entries, i, i+1)
	for n := leaf; n != t.root && n.parent.branches[n.place].count[0] == 0; n = n.parent {
		delete(t.nodes, n.cell)
		n.parent.cut(n.place)
	}
}

// cut drops a branch; the last one takes its place.
func (n *node) cut(place int) {
	last := len(n.branches) - 1
	n.branches[place] = n.branches[last]
	n.branches[place].node.place = place
	n.branches[last] = branch{}
	n.branches = n.branches[:last]
}

// move brings a technician's entry up to date after a move inside the leaf.
func (n *node) move(who *technician) {
	e := &n.entries[n.find(who)]
	e.place = who.place
	n.include(e)
}

func (n *node) find(who *technician) int {
	for i := range n.entries {
		if n.entries[i].technician == who {
			return i
		}
	}
	panic("cell: a technician's leaf does not hold the technician")
}

// include widens the bounds of a leaf and its ancestors by one technician. They never narrow while the node
// lives: an H3 cell bounds them anyway.
func (n *node) include(e *entry) {
	for ; n.parent != nil; n = n.parent {
		b := &n.parent.branches[n.place]
		b.radius = max(b.radius, b.centre.Metres(e.place.Vector))
		b.modes |= 1 << e.mode
	}
}
