package core

// Rule: what is picked up stays aboard to the end of the shift, beside what is
// not unloaded yet: at no stop is that more than the capacity, and during a
// break no more than the break allows.

// PickupDims is in how many dimensions loads can shrink and grow on one route.
const PickupDims = 4

// Pickups walks the loads of routes that pick up.
type Pickups struct{}

// aboard is what a walk knows of the load in one dimension. How much was loaded
// at the start is known at the end only, so all else is counted from it.
type aboard struct {
	loaded int32 // by the visits so far
	change int32 // picked up less unloaded so far
	most   int32 // the greatest change after a pickup
	picked bool  // there was one
	over   int32 // the greatest change less what a break allows
	rested bool  // there was such a break
}

// Stop unloads, picks up, or rests.
func (Pickups) Stop(w *Walk, st *stop) {
	node := &w.m.Nodes[st.node]
	for d := range w.aboard[:w.m.Dims] {
		a := &w.aboard[d]
		if d < len(node.Load) {
			a.loaded += node.Load[d]
			a.change -= node.Load[d]
		}
		if d < len(node.Pickup) {
			a.change += node.Pickup[d]
			if !a.picked || a.change > a.most {
				a.most, a.picked = a.change, true
			}
		}
		if d < len(node.MaxLoad) {
			if over := a.change - node.MaxLoad[d]; !a.rested || over > a.over {
				a.over, a.rested = over, true
			}
		}
	}
}

// Close forbids what is too much anywhere on the way.
func (Pickups) Close(w *Walk) {
	for d := range w.aboard[:w.m.Dims] {
		a := &w.aboard[d]
		over := int32(0)
		if a.picked {
			over = a.loaded + a.most - w.shift.Capacity[d]
		}
		if a.rested {
			over = max(over, a.loaded+a.over)
		}
		if over > 0 {
			w.forbid(TooFull, int64(over))
		}
	}
}
