package scheduler

import (
	"cmp"
	"slices"
)

// Relaxation is a smallest change with which a visit that fits nowhere, as the
// plan stands, fits in a shift: one change, or two where no single one will do.
// Each was tried: with it the visit can be inserted, and with a minute, a
// kilometre or a unit less it cannot.
type Relaxation struct {
	Technician, Shift string
	Changes           []Reason // codes relax_…, with what their sentences need
	steps             []step
}

// Apply makes the changes in a copy of a problem and its plan; a visit that is to
// be moved is left out of the plan, free to go elsewhere.
func (r *Relaxation) Apply(p *Problem, plan *Plan) (*Problem, *Plan) {
	for _, s := range r.steps {
		p, plan = s.apply(p, plan)
	}
	return p, plan
}

// Relax tells the n smallest relaxations with which a visit that is left out
// fits in a shift of a technician. None: it fits already, or takes more than
// two changes, or what no change here can mend. It compiles some dozens of
// small problems for each of the technician's shifts. The error is an *Invalid
// when the visit or technician is unknown, or the visit is in the plan.
func (l *Live) Relax(visit, technician string, n int) ([]Relaxation, error) {
	var f faults
	v, _ := l.absent(&f, visit)
	known(&f, l.m.x.technicians, "/technician", "technician", technician)
	if err := f.err(); err != nil {
		return nil, err
	}
	var out []Relaxation
	for _, s := range l.m.x.shiftsOf[l.m.x.technicians[technician]] {
		t := l.trial(v, s)
		if t.fits() {
			return nil, nil
		}
		out = append(out, t.relaxations()...)
	}
	slices.SortStableFunc(out, func(a, b Relaxation) int {
		return cmp.Or(cmp.Compare(len(a.steps), len(b.steps)), cmp.Compare(effort(a.steps), effort(b.steps)))
	})
	return out[:max(0, min(n, len(out)))], nil
}

// trial is a small problem in which one visit is to fit in one shift: the
// technician's shifts and all visits in them.
type trial struct {
	p      *Problem
	plan   *Plan
	visit  string
	shift  string
	person string
	steps  []step
}

// with is the trial after one more change.
func (t *trial) with(s step) *trial {
	u := *t
	u.p, u.plan = s.apply(t.p, t.plan)
	u.steps = append(slices.Clip(t.steps), s)
	return &u
}

// fits compiles the trial and looks for a position in the shift.
func (t *trial) fits() bool {
	m, err := Compile(t.p)
	if err != nil {
		return false
	}
	l, err := m.Load(t.plan)
	if err != nil || slices.Contains(l.Broken, t.shift) {
		return false
	}
	v, s := m.x.visits[t.visit], m.x.shifts[t.shift]
	return m.x.candidate(m.core, v, s) && len(l.s.Options(s, v, nil)) > 0
}

// relaxations tries what stands between the visit and the person first, then
// each change of the day, then pairs.
func (t *trial) relaxations() (out []Relaxation) {
	allowed, ok := t.allowed()
	if !ok || len(allowed.steps) > 2 {
		return nil
	}
	if len(allowed.steps) > 0 && allowed.fits() {
		return []Relaxation{allowed.relaxation()}
	}
	if len(allowed.steps) == 2 {
		return nil
	}
	for _, kind := range allowed.kinds() {
		if s, ok := allowed.least(kind); ok {
			out = append(out, allowed.with(s).relaxation())
		}
	}
	if len(out) > 0 || len(allowed.steps) > 0 {
		return out
	}
	return allowed.pairs()
}

// pairs tries two changes of time together: the first as small as the second
// at its greatest allows, the second then as small as possible.
func (t *trial) pairs() (out []Relaxation) {
	kinds := slices.DeleteFunc(t.kinds(), func(k step) bool { return k.most == 1 })
	for i, a := range kinds {
		for _, b := range kinds[i+1:] {
			b.amount = b.most
			first, ok := t.with(b).least(a)
			if !ok {
				continue
			}
			half := t.with(first)
			if second, ok := half.least(b); ok {
				out = append(out, half.with(second).relaxation())
			}
		}
	}
	return out
}

// least is the smallest amount of a change with which the visit fits, by
// bisection; a change without amounts is tried as it is.
func (t *trial) least(s step) (step, bool) {
	s.amount = s.most
	if !t.with(s).fits() {
		return s, false
	}
	low := 1
	for low < s.amount {
		middle := s
		middle.amount = low + (s.amount-low)/2
		if t.with(middle).fits() {
			s = middle
		} else {
			low = middle.amount + 1
		}
	}
	return s, true
}

func (t *trial) relaxation() Relaxation {
	r := Relaxation{Technician: t.person, Shift: t.shift, steps: t.steps}
	for _, s := range t.steps {
		r.Changes = append(r.Changes, s.reason())
	}
	return r
}
