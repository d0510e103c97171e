package core

// Rules that look at all routes of a technician: rest between shifts, hours and
// unpleasant visits shared out fairly. What such routes have in common is kept
// by technician; a change of one route makes what is remembered of the others
// stale.

// Person is what counts over all shifts of a technician.
type Person struct {
	Hours      int64 // seconds of paid time
	Unpleasant int32 // visits begun in unpleasant stretches
}

// Shares prices how unevenly hours and unpleasant visits fall.
type Shares struct {
	Hours      int64    // times the square of a technician's hours
	Unpleasant int64    // times the square of a technician's unpleasant visits
	Before     []Person // per technician, in the weeks before the horizon
	Stretches  []Window // in which beginning is unpleasant
}

// cost is what one technician's share costs. Hours are counted in full minutes,
// and the square is rounded to the nearest unit.
func (x *Shares) cost(p Person) (hours, unpleasant int64) {
	minutes := p.Hours / 60
	return (minutes*minutes*x.Hours + 1800) / 3600, int64(p.Unpleasant) * int64(p.Unpleasant) * x.Unpleasant
}

func (x *Shares) sum(p Person) int64 {
	hours, unpleasant := x.cost(p)
	return hours + unpleasant
}

// room is how much later a visit could begin and be as unpleasant.
func (x *Shares) room(begin int32) int32 {
	room := Never
	if x.Unpleasant == 0 {
		return room
	}
	for _, w := range x.Stretches {
		if begin < w.Open {
			room = min(room, w.Open-1-begin)
		} else if begin <= w.Close {
			room = min(room, w.Close-begin)
		}
	}
	return room
}

// Share counts what is shared out on a walk.
type Share struct{}

// Stop counts a visit begun in an unpleasant stretch.
func (Share) Stop(w *Walk, st *stop) {
	if st.node >= w.m.Visits {
		return
	}
	for _, x := range w.m.Shares.Stretches {
		if x.Open <= st.begin && st.begin <= x.Close {
			w.own.Unpleasant++
			return
		}
	}
}

// Close counts the paid time.
func (Share) Close(w *Walk) { w.own.Hours = int64(w.now - w.start) }

// tie prepares s for the ties of its model, before its routes are opened.
func (s *State) tie() {
	if !s.m.Ties {
		return
	}
	n := int(s.m.Technicians)
	for len(s.shiftsOf) < n {
		s.shiftsOf = append(s.shiftsOf, nil)
	}
	for t := range s.shiftsOf {
		s.shiftsOf[t] = s.shiftsOf[t][:0]
	}
	for i := range s.m.Shifts {
		t := s.m.Shifts[i].Technician
		s.shiftsOf[t] = append(s.shiftsOf[t], int32(i))
	}
}

// recount adds up anew what technicians share out, and its cost.
func (s *State) recount() {
	s.people = append(s.people[:0], s.m.Shares.Before...)
	if len(s.people) == 0 {
		return
	}
	for i := range s.routes {
		s.people[s.m.Shifts[i].Technician].add(s.routes[i].own, 1)
	}
	s.cost += s.shares()
}

// shares is what all technicians' shares cost more than before the horizon.
func (s *State) shares() (sum int64) {
	for t, p := range s.people {
		sum += s.m.Shares.sum(p) - s.m.Shares.sum(s.m.Shares.Before[t])
	}
	return sum
}

func (p *Person) add(o Person, sign int64) {
	p.Hours += sign * o.Hours
	p.Unpleasant += int32(sign) * o.Unpleasant
}

// detach takes a route's cost out of the plan's before the route changes, and attach
// puts it back after.
func (s *State) detach(shift int32) { s.weighIn(shift, -1) }

func (s *State) attach(shift int32) { s.weighIn(shift, 1) }

func (s *State) weighIn(shift int32, sign int64) {
	r := &s.routes[shift]
	s.cost += sign * r.cost
	if len(s.people) == 0 {
		return
	}
	p := &s.people[s.m.Shifts[shift].Technician]
	s.cost -= s.m.Shares.sum(*p)
	p.add(r.own, sign)
	s.cost += s.m.Shares.sum(*p)
}

// shared is what it changes in the technician's share when the route of a shift
// becomes one that shares out own.
func (s *State) shared(shift int32, own Person) int64 {
	if s.m.Shares.Before == nil {
		return 0
	}
	p := s.people[s.m.Shifts[shift].Technician]
	before := s.m.Shares.sum(p)
	p.add(s.routes[shift].own, -1)
	p.add(own, 1)
	return s.m.Shares.sum(p) - before
}

// relief is no more than what a change of a route can change in the technician's
// share: a visit more may end a route sooner, where it pays a setup before
// another, and push others out of unpleasant stretches.
func (s *State) relief(shift int32) int64 { return s.shared(shift, Person{}) }

// stale makes what is remembered of the technician's other routes stale.
func (s *State) stale(shift int32) {
	if !s.m.Ties {
		return
	}
	for _, o := range s.shiftsOf[s.m.Shifts[shift].Technician] {
		if o != shift {
			s.clock++
			s.routes[o].version = s.clock
		}
	}
}

// Rest keeps a technician's rest between two shifts in use.
type Rest struct{}

// Stop has nothing to say.
func (Rest) Stop(*Walk, *stop) {}

// Close compares with the technician's other routes in use.
func (Rest) Close(w *Walk) {
	for _, o := range w.plan.shiftsOf[w.shift.Technician] {
		other := &w.plan.routes[o]
		if o == w.index || !other.used() || w.m.Shifts[o].Day == w.shift.Day {
			continue
		}
		rest := other.leaves - w.now
		if w.m.Shifts[o].Start < w.shift.Start {
			rest = w.start - other.stops[len(other.stops)-1].arrive
		}
		if rest < w.m.Rest {
			w.forbid(TooLittleRest, int64(w.m.Rest-rest))
		}
	}
}
