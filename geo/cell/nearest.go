package cell

import (
	"cmp"
	"math"
	"slices"
	"time"

	"tournee/geo"
)

// Nearest appends to dst the technicians nearest to the place by travel time, nearest first and equals by ID: at most
// q.Limit, all of them on shift at q.At, with every needed skill at its level. It reuses dst's room and allocates nothing
// once warm. An invalid position or a limit below 1 finds nobody.
func (x *Index) Nearest(q Query, dst []Candidate) []Candidate {
	if q.Limit < 1 || q.Position.Validate() != nil {
		return dst
	}
	s := x.scratch.Get().(*search)
	defer x.scratch.Put(s)
	s.begin(x.estimator, q, dst)

	x.mutex.RLock()
	defer x.mutex.RUnlock()
	tree, level, ok := x.rarest(q.Needs)
	if !ok {
		return dst
	}
	s.level = level
	s.offer(tree.root.branches)
	for len(s.heap) > 0 {
		nearest := s.pop()
		if s.full() && nearest.seconds > s.worst {
			break
		}
		s.offer(nearest.node.branches)
		for i := range nearest.entries() {
			s.consider(&nearest.node.entries[i])
		}
	}
	return s.found
}

// rarest is the tree of the needed skill that the fewest technicians have, and the level needed of it; not ok when
// nobody has one of the skills.
func (x *Index) rarest(needs []Skill) (rarest *tree, level uint8, ok bool) {
	rarest = x.everyone
	for _, need := range needs {
		if need.Level < 0 || need.Level > MaxLevel {
			return nil, 0, false
		}
		tree, known := x.trees[need.ID]
		if !known || tree.count[need.Level] == 0 {
			return nil, 0, false
		}
		if tree.count[need.Level] <= rarest.count[level] {
			rarest, level = tree, uint8(need.Level)
		}
	}
	return rarest, level, true
}

// search is the state of one look-up.
type search struct {
	query     Query
	to        geo.Place
	departure geo.Departure
	at        int64 // Unix microseconds
	level     uint8
	heap      []prospect
	found     []Candidate
	first     int   // found[first:] is this look-up's
	worst     int64 // travel seconds of the last one found
}

// prospect is a node yet to be opened, with a lower bound of the travel time from anybody below it.
type prospect struct {
	seconds int64
	node    *node
	skilled int32 // how many technicians below have the skill at the level: in a leaf, the first so many
}

// entries is how many of the node's entries are skilled enough; an inner node has none.
func (p *prospect) entries() int { return min(int(p.skilled), len(p.node.entries)) }

func (s *search) begin(e *geo.Estimator, q Query, dst []Candidate) {
	if q.MaxMetres <= 0 {
		q.MaxMetres = math.Inf(1)
	}
	s.query, s.to, s.departure = q, e.Place(q.Position), e.Leaving(q.At)
	s.at, s.heap, s.found, s.first, s.worst = q.At.UnixMicro(), s.heap[:0], dst, len(dst), math.MaxInt64
}

func (s *search) full() bool { return len(s.found)-s.first == s.query.Limit }

// slack covers the rounding of distances, in metres: far above it, and far below a second of travel.
const slack = 0.001

// offer puts those of the branches' nodes on the heap that may hold a candidate.
func (s *search) offer(branches []branch) {
	for i := range branches {
		b := &branches[i]
		if b.count[s.level] == 0 {
			continue
		}
		metres := b.centre.Metres(s.to.Vector) - b.radius - slack
		if metres > s.query.MaxMetres {
			continue
		}
		if bound := s.departure.AtLeastOf(metres, b.modes); !s.full() || bound <= s.worst {
			s.push(prospect{bound, b.node, b.count[s.level]})
		}
	}
}

// consider keeps a technician who is eligible and better than the worst one found.
func (s *search) consider(e *entry) {
	metres := e.place.Vector.Metres(s.to.Vector)
	if metres > s.query.MaxMetres {
		return
	}
	if s.full() && s.departure.AtLeast(metres-slack, e.mode) > s.worst {
		return
	}
	t := e.technician
	// A single need is that of the tree.
	if !t.onShift(s.at) || len(s.query.Needs) > 1 && !t.has(s.query.Needs) {
		return
	}
	seconds := s.departure.Seconds(e.place, s.to, e.mode)
	if s.full() && seconds > s.worst {
		return
	}
	s.keep(Candidate{t.id, e.mode, time.Duration(seconds) * time.Second, metres})
}

// keep inserts a candidate in order, and drops the last one when there are too many.
func (s *search) keep(c Candidate) {
	ranked := s.found[s.first:]
	i, _ := slices.BinarySearchFunc(ranked, c, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.Travel, b.Travel), a.ID.compare(b.ID))
	})
	if s.full() {
		if i == len(ranked) {
			return
		}
		copy(ranked[i+1:], ranked[i:len(ranked)-1])
		ranked[i] = c
	} else {
		s.found = slices.Insert(s.found, s.first+i, c)
	}
	s.worst = int64(s.found[len(s.found)-1].Travel / time.Second)
}

// push and pop are a binary heap by lower bound. container/heap would box every prospect.
func (s *search) push(p prospect) {
	s.heap = append(s.heap, p)
	i := len(s.heap) - 1
	for i > 0 && s.heap[(i-1)/2].seconds > p.seconds {
		s.heap[i] = s.heap[(i-1)/2]
		i = (i - 1) / 2
	}
	s.heap[i] = p
}

func (s *search) pop() prospect {
	top := s.heap[0]
	last := len(s.heap) - 1
	p := s.heap[last]
	s.heap = s.heap[:last]
	i := 0
	for child := 1; child < last; child = 2*i + 1 {
		if child+1 < last && s.heap[child+1].seconds < s.heap[child].seconds {
			child++
		}
		if p.seconds <= s.heap[child].seconds {
			break
		}
		s.heap[i] = s.heap[child]
		i = child
	}
	if last > 0 {
		s.heap[i] = p
	}
	return top
}
