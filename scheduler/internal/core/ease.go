package core

import "slices"

// In every other epoch before easedUntil, in hundredths of the budget, leaving
// out the median of the visits that are not mandatory costs so many mean legs,
// if it costs at least easedFrom times as much in truth.
const (
	easedLegs  = 5
	easedFrom  = 8
	easedUntil = 85
)

// ease is what the costs of leaving visits out are divided by in this epoch, 1
// or more. Where not all can be done, and what is left out counts before all
// else or very much, no temperature that suits travel lets a plan give one
// visit up for two others: annealing would freeze at once. Divided, these costs
// are of the order of the travel that a visit takes, and the search trades one
// for the other. The epochs between are annealed by true costs, by which the
// best plan is chosen.
func (w *search) ease() int64 {
	if w.pace.epoch%2 == 0 || w.pace.from*100 >= easedUntil*whole || !w.dominated() {
		return 1
	}
	return w.weight()
}

// dominated says whether something is left out and that outweighs travel.
func (w *search) dominated() bool { return len(w.s.absent) > 0 && w.weight() >= easedFrom }

// weight is how many times more it costs to leave out the median visit than
// easedLegs mean legs.
func (w *search) weight() int64 { return w.drop / max(1, easedLegs*meanLeg(w.s)/16) }

// medianDrop is the median cost of leaving out a visit that is not mandatory.
func medianDrop(m *Model) int64 {
	var drops []int64
	for v := range m.Visits {
		if n := &m.Nodes[v]; !n.Mandatory && !n.Frozen {
			drops = append(drops, n.Drop)
		}
	}
	if len(drops) == 0 {
		return 0
	}
	slices.Sort(drops)
	return drops[len(drops)/2]
}

// ease divides the costs of leaving out what is not mandatory.
func (b *sub) ease(by int64) {
	for v := range b.Visits {
		if n := &b.Nodes[v]; !n.Mandatory {
			n.Drop /= by
		}
	}
}
