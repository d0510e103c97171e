package core

import "math/bits"

// Rule: what a route's visits use up and the van lacks is picked up in a depot,
// right before the first visit that needs any of it: all at once, or in as few
// depots as the nearest that have most of it allow.

// MaxKinds is how many kinds of part there may be.
const MaxKinds = 256

// Kinds is a set of kinds of part.
type Kinds [MaxKinds / 64]uint64

// Add puts a kind into the set.
func (k *Kinds) Add(kind int32) { k[kind/64] |= 1 << (kind % 64) }

func (k *Kinds) has(kind int32) bool { return k[kind/64]>>(kind%64)&1 == 1 }

// common is how many kinds two sets share.
func (k *Kinds) common(o *Kinds) (n int) {
	for i := range k {
		n += bits.OnesCount64(k[i] & o[i])
	}
	return n
}

func (k *Kinds) remove(o *Kinds) {
	for i := range k {
		k[i] &^= o[i]
	}
}

// Part is a number of spare parts of one kind.
type Part struct{ Kind, Quantity int32 }

// Depot is where parts are picked up.
type Depot struct {
	Place, Service int32
	Windows        []Window
	Has            Kinds
}

// Pickup is a stop at a depot.
type Pickup struct {
	Stop                               int32 // right before this position
	Depot                              int32
	From, Leave, Arrive, Begin, Depart int32
}

// Parts walks routes whose visits use up parts.
type Parts struct{}

// Stop has nothing to add: see Walk.pickUp.
func (Parts) Stop(*Walk, *stop) {}

// Close has nothing to add.
func (Parts) Close(*Walk) {}

// lack finds what the van lacks for the visits of r that are not frozen and,
// unless it is below zero, v.
func (w *Walk) lack(r *route, v int32) {
	w.lacking, w.lacks = Kinds{}, false
	if len(w.shift.Stock) == 0 {
		return
	}
	needs := r.plan.needs[:0]
	for _, stock := range w.shift.Stock {
		needs = append(needs, -stock)
	}
	r.plan.needs = needs
	for i := r.first + 1; i < int32(len(r.stops)-1); i++ {
		w.need(needs, r.stops[i].node)
	}
	if v >= 0 {
		w.need(needs, v)
	}
}

func (w *Walk) need(needs []int32, node int32) {
	for _, p := range w.m.Nodes[node].Parts {
		if needs[p.Kind] += p.Quantity; needs[p.Kind] > 0 {
			w.lacking.Add(p.Kind)
			w.lacks = true
		}
	}
}

// uses says whether a node uses up anything that is still lacking.
func (w *Walk) uses(node *Node) bool {
	for _, p := range node.Parts {
		if w.lacking.has(p.Kind) {
			return true
		}
	}
	return false
}

// pickUp fetches all that is lacking on the way to a stop.
func (w *Walk) pickUp(to int32) {
	for first := w.stop == 1; w.lacking != (Kinds{}); first = false {
		d := w.depot(to)
		if d < 0 {
			w.unfetched()
			w.lacking = Kinds{}
			return
		}
		depot := &w.m.Depots[d]
		w.fetched = true
		st := stop{node: -1, place: depot.Place}
		from, leave := w.at, w.now
		w.reach(&st)
		st.begin, _ = begin(depot.Windows, st.arrive)
		if first && w.shift.Free && w.mx.Timing != nil {
			w.depart(&st)
			leave = w.start
		}
		w.wait += st.begin - st.arrive
		for _, x := range depot.Windows {
			if x.Open <= st.begin && st.begin <= x.Close {
				w.leaving = min(w.leaving, w.wait+x.Close-st.begin)
			}
		}
		w.now = st.begin + depot.Service
		w.lacking.remove(&depot.Has)
		if w.tally != nil {
			w.tally.Pickups = append(w.tally.Pickups, Pickup{w.stop, d, from, leave, st.arrive, st.begin, w.now})
		}
	}
}

// depot is the depot that has most of what is lacking and, of these, is the
// least way round; or -1. Those that are not open any more do not count.
func (w *Walk) depot(to int32) int32 {
	won, most, least := int32(-1), 0, Never
	for i := range w.m.Depots {
		d := &w.m.Depots[i]
		n := d.Has.common(&w.lacking)
		if n == 0 || n < most || w.mx.leg(w.at, d.Place).Seconds >= Never {
			continue
		}
		if _, open := begin(d.Windows, w.now+w.leg(d.Place).Seconds); !open {
			continue
		}
		way := w.mx.base(w.at, d.Place)
		if to != Float {
			if w.mx.leg(d.Place, to).Seconds >= Never {
				continue
			}
			way += w.mx.base(d.Place, to)
		}
		if n > most || way < least {
			won, most, least = int32(i), n, way
		}
	}
	return won
}

// base is what a leg takes, whatever the hour.
func (m *Matrix) base(from, to int32) int32 {
	if m.Timing != nil {
		return m.Timing.Base[from*m.Size+to]
	}
	return m.leg(from, to).Seconds
}

// unfetched says which part cannot be fetched, and how many are needed.
func (w *Walk) unfetched() {
	for kind := range int32(len(w.shift.Stock)) {
		if !w.lacking.has(kind) {
			continue
		}
		code := PartMissing
		for i := range w.m.Depots {
			if w.m.Depots[i].Has.has(kind) {
				code = NoPickup
			}
		}
		w.forbid(code, int64(kind)+MaxKinds*int64(w.plan.needs[kind]+w.shift.Stock[kind]))
	}
}
