package scheduler

import "tournee/scheduler/internal/core"

// SlotQuote is what it costs to promise a visit for a slot: the best places,
// cheapest first; none when it cannot be.
type SlotQuote struct {
	Slot Window
	Best []Insertion
}

// Quote prices a visit that is left out for each slot, in their order: its
// windows are cut by the slot, and the n cheapest places are given with their
// Insertion.Cost, as Place then makes it. The error is an
// *Invalid when the visit is unknown or is in the plan already, or when a slot
// ends before it starts.
func (l *Live) Quote(visit string, slots []Window, n int) ([]SlotQuote, error) {
	var f faults
	v, _ := l.absent(&f, visit)
	cuts := make([]core.Window, len(slots))
	for i, w := range slots {
		cuts[i] = core.Window{Open: int32(w.Open), Close: int32(w.Close)}
		if w.Close < w.Open {
			f.addf(at("/slots", i), "ends_before_start", "the slot closes before it opens")
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	l.own()
	out := make([]SlotQuote, len(slots))
	for i, options := range l.s.QuoteSlots(v, cuts, n) {
		out[i] = SlotQuote{Slot: slots[i], Best: l.insertions(options)}
	}
	return out, nil
}

// insertions reads places of the core.
func (l *Live) insertions(options []core.Option) []Insertion {
	out := make([]Insertion, 0, len(options))
	for _, o := range options {
		s := &l.m.x.p.Shifts[o.Shift]
		out = append(out, Insertion{
			Shift: s.ID, Technician: s.Technician, Position: int(o.After),
			Earliest: Time(o.Earliest), Latest: Time(o.Latest), Cost: Cost(o.Delta),
		})
	}
	return out
}
