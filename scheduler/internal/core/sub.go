package core

import "slices"

// sub is a problem made of whole shifts of another and the visits that go with
// them, numbered densely, with matrices of its own that fit in the cache. Its
// memory is used again by the next.
type sub struct {
	Model
	shifts []int32 // per shift, its number in the whole
	nodes  []int32 // per node, its number in the whole

	shiftOf []int32 // per shift of the whole, its number here, or -1
	nodeOf  []int32 // per node of the whole
	placeOf []int32 // per place of the whole
	places  []int32 // per place but nowhere, its number in the whole

	candidates []int32
	breaks     []int32
	frozen     []Fixed
	legs       []Leg
	ways       []int32
	offline    []bool
	depots     []Depot
	fixed      []Window // per visit, of coupled ones
}

// newSub is a sub-problem of m, still empty.
func newSub(m *Model) *sub {
	places := int32(0)
	for i := range m.Matrices {
		places = max(places, m.Matrices[i].Size)
	}
	b := &sub{
		shiftOf: make([]int32, len(m.Shifts)),
		nodeOf:  make([]int32, len(m.Nodes)),
		placeOf: make([]int32, places),
	}
	for _, list := range [][]int32{b.shiftOf, b.nodeOf, b.placeOf} {
		for i := range list {
			list[i] = -1
		}
	}
	return b
}

// take makes b the sub-problem of m with these shifts, ascending, and these
// visits, among which are all those of frozen prefixes. Classes and
// technicians keep their numbers.
func (b *sub) take(m *Model, shifts, visits []int32) {
	b.release()
	b.shifts = append(b.shifts[:0], shifts...)
	b.nodes = append(b.nodes[:0], visits...)
	for i, s := range shifts {
		b.shiftOf[s] = int32(i)
		b.nodes = append(b.nodes, m.Shifts[s].Breaks...)
		b.nodes = append(b.nodes, m.Shifts[s].Optional...)
		for _, f := range m.Shifts[s].Frozen {
			if f.Node >= m.Visits {
				b.nodes = append(b.nodes, f.Node)
			}
		}
	}
	for i, n := range b.nodes {
		b.nodeOf[n] = int32(i)
	}
	own := b.Model
	b.Model = *m
	b.Visits = int32(len(visits))
	b.Nodes, b.Shifts, b.Matrices = own.Nodes[:0], own.Shifts[:0], own.Matrices[:0]
	b.candidates, b.breaks, b.frozen, b.legs = b.candidates[:0], b.breaks[:0], b.frozen[:0], b.legs[:0]
	b.ways = b.ways[:0]
	b.places = b.places[:0]
	for _, n := range b.nodes {
		node := m.Nodes[n]
		node.Place = b.place(node.Place)
		if len(node.Places) > 0 {
			node.Places = b.placesOf(node.Places)
		}
		if n < m.Visits {
			node.Candidates = b.joint(node.Candidates)
		}
		b.Nodes = append(b.Nodes, node)
	}
	for _, s := range shifts {
		b.Shifts = append(b.Shifts, b.shift(m, s))
	}
	b.Depots = b.depots[:0]
	for _, d := range m.Depots {
		d.Place = b.place(d.Place)
		b.Depots = append(b.Depots, d)
	}
	b.depots = b.Depots
	b.takeMatrices(m)
	b.Offline = b.offline[:0]
	for _, p := range b.places {
		b.Offline = append(b.Offline, int(p) < len(m.Offline) && m.Offline[p])
	}
	b.offline = b.Offline
}

// release forgets the numbers of the last sub-problem.
func (b *sub) release() {
	for _, s := range b.shifts {
		b.shiftOf[s] = -1
	}
	for _, n := range b.nodes {
		b.nodeOf[n] = -1
	}
	for _, p := range b.places {
		b.placeOf[p] = -1
	}
}

// place numbers a place of the whole.
func (b *sub) place(p int32) int32 {
	if p == Float {
		return Float
	}
	if b.placeOf[p] < 0 {
		b.placeOf[p] = int32(len(b.places))
		b.places = append(b.places, p)
	}
	return b.placeOf[p]
}

// placesOf numbers the places of a list.
func (b *sub) placesOf(list []int32) []int32 {
	from := len(b.ways)
	for _, p := range list {
		b.ways = append(b.ways, b.place(p))
	}
	return b.ways[from:len(b.ways):len(b.ways)]
}

// joint is the part of a list of candidates that is here.
func (b *sub) joint(candidates []int32) []int32 {
	from := len(b.candidates)
	if len(candidates) < 8*len(b.shifts) {
		for _, s := range candidates {
			if here := b.shiftOf[s]; here >= 0 {
				b.candidates = append(b.candidates, here)
			}
		}
	} else {
		for i, s := range b.shifts {
			if _, found := slices.BinarySearch(candidates, s); found {
				b.candidates = append(b.candidates, int32(i))
			}
		}
	}
	return b.candidates[from:len(b.candidates):len(b.candidates)]
}

// shift is shift s of the whole in the numbers used here. Its place nowhere is
// numbered by takeMatrices.
func (b *sub) shift(m *Model, s int32) Shift {
	shift := m.Shifts[s]
	shift.From, shift.To = b.place(shift.From), b.place(shift.To)
	shift.Breaks, shift.Optional = b.renumbered(shift.Breaks), b.renumbered(shift.Optional)
	first := len(b.frozen)
	for _, f := range shift.Frozen {
		f.Node, f.Place = b.nodeOf[f.Node], b.place(f.Place)
		b.frozen = append(b.frozen, f)
	}
	shift.Frozen = b.frozen[first:len(b.frozen):len(b.frozen)]
	return shift
}

// renumbered is a list of nodes in the numbers used here.
func (b *sub) renumbered(nodes []int32) []int32 {
	from := len(b.breaks)
	for _, n := range nodes {
		b.breaks = append(b.breaks, b.nodeOf[n])
	}
	return b.breaks[from:len(b.breaks):len(b.breaks)]
}

// takeMatrices copies the legs between the places here, by the transport modes
// that the shifts here use. Nowhere, if it is used, is a place like another.
func (b *sub) takeMatrices(m *Model) {
	size := int32(len(b.places))
	b.legs = slices.Grow(b.legs, len(m.Matrices)*2*int(size)*int(size))
	for i := range m.Matrices {
		b.Matrices = append(b.Matrices, Matrix{})
		for j := range b.Shifts {
			if b.Shifts[j].Matrix == int32(i) {
				b.Matrices[i] = b.matrix(&m.Matrices[i], size)
				break
			}
		}
	}
}

func (b *sub) matrix(whole *Matrix, size int32) Matrix {
	cells := int(size * size)
	at := len(b.legs)
	b.legs = b.legs[:at+2*cells]
	out := Matrix{Size: size, From: b.legs[at : at+cells], To: b.legs[at+cells : at+2*cells]}
	if whole.Way != nil {
		out.Way = b.way(whole.Way, whole.Size)
	}
	if whole.Timing != nil {
		out.Timing = b.timing(whole)
	}
	symmetric := true
	for i, p := range b.places {
		row := whole.From[p*whole.Size : (p+1)*whole.Size]
		back := whole.To[p*whole.Size : (p+1)*whole.Size]
		here := out.From[i*int(size) : (i+1)*int(size)]
		there := out.To[i*int(size) : (i+1)*int(size)]
		for j, q := range b.places {
			here[j], there[j] = row[q], back[q]
			symmetric = symmetric && here[j] == there[j]
		}
	}
	if symmetric {
		out.To = out.From // half as much to keep in the cache
	}
	return out
}

// way copies a square of numbers between the places here.
func (b *sub) way(whole []int32, size int32) []int32 {
	from := len(b.ways)
	for _, p := range b.places {
		for _, q := range b.places {
			b.ways = append(b.ways, whole[p*size+q])
		}
	}
	return b.ways[from:len(b.ways):len(b.ways)]
}

// timing copies how the legs between the places here vary.
func (b *sub) timing(whole *Matrix) *Timing {
	out := *whole.Timing
	out.Base, out.Price = b.way(out.Base, whole.Size), b.way(out.Price, whole.Size)
	from := len(b.ways)
	for _, p := range b.places {
		b.ways = append(b.ways, whole.Timing.Zone[p])
	}
	out.Zone = b.ways[from:len(b.ways):len(b.ways)]
	return &out
}
