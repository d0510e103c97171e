package core

import "slices"

// State is one plan being worked on: routes and the visits left out. It keeps
// what it needs to go back to the last accepted plan by the routes touched.
type State struct {
	m       *Model
	routes  []route
	shift   []int32 // per visit, or -1
	absent  []int32 // visits left out
	slot    []int32 // per visit, index in absent
	cost    int64
	scratch route
	clock   uint64 // last route version given

	touched []int32 // shifts changed since the last keep
	mark    []bool  // per shift
	saved   []route // per shift, valid while marked
	journal []move
	before  int64 // cost at the last keep

	people   []Person  // per technician, where hours or unpleasant visits are shared out
	shiftsOf [][]int32 // per technician, where routes are tied

	needs    []int32     // per kind of part, by the walk under way, less the stock
	chosen   []int32     // per visit, which of its places, where there are several
	held     []held      // per visit, where visits are coupled
	bookings [][]booking // per resource
	clip     Window      // in which the visit clipped is to begin
	clipped  int32
	grouping int32 // the group being placed

	walk, head Walk // of models with rules: what is being walked, and the part that stays
	passing    stop

	board  board // for quotes, once one is asked for
	quotes quotes
}

type move struct {
	visit, shift int32 // the shift it was on, or -1
	held         held
}

// NewState is the empty plan: frozen stops only.
func NewState(m *Model) *State {
	s := &State{}
	s.reset(m)
	return s
}

// reset makes s the empty plan of m, in the memory it has.
func (s *State) reset(m *Model) {
	n, visits := len(m.Shifts), int(m.Visits)
	s.m, s.cost = m, 0
	s.routes, s.saved = resize(s.routes, n), resize(s.saved, n)
	s.shift, s.slot, s.mark = resize(s.shift, visits), resize(s.slot, visits), resize(s.mark, n)
	s.absent, s.touched, s.journal = s.absent[:0], s.touched[:0], s.journal[:0]
	clear(s.mark)
	for v := range m.Visits {
		s.shift[v] = -1
	}
	clear(s.chosen)
	s.tie()
	s.openCouples()
	for i := range s.routes {
		r := &s.routes[i]
		r.plan = s
		m.open(r, int32(i))
		s.cost += r.cost
		for _, f := range m.Shifts[i].Frozen {
			if f.Node < m.Visits {
				s.shift[f.Node] = int32(i)
			}
		}
	}
	for v := range m.Visits {
		if s.shift[v] < 0 {
			s.addAbsent(v)
			s.cost += m.Nodes[v].Drop
		}
	}
	s.recount()
	s.before = s.cost
}

// ShiftOf is the shift of visit v, or -1.
func (s *State) ShiftOf(v int32) int32 { return s.shift[v] }

// Used says whether a shift has any stop but its own breaks.
func (s *State) Used(shift int32) bool { return s.routes[shift].used() }

// Closed says whether a loaded route breaks a rule, so that nothing joins it.
func (s *State) Closed(shift int32) bool { return s.routes[shift].closed }

func (s *State) addAbsent(v int32) {
	s.shift[v] = -1
	s.slot[v] = int32(len(s.absent))
	s.absent = append(s.absent, v)
}

func (s *State) dropAbsent(v, shift int32) {
	last := s.absent[len(s.absent)-1]
	s.absent[s.slot[v]] = last
	s.slot[last] = s.slot[v]
	s.absent = s.absent[:len(s.absent)-1]
	s.shift[v] = shift
}

// copyFrom makes r equal to o in its own memory.
func (r *route) copyFrom(o *route) {
	stops, load := r.stops[:0], r.load[:0]
	stops = append(stops, o.stops...)
	load = append(load, o.load...)
	*r = *o
	r.stops, r.load = stops, load
}

// touch saves a route before its first change since the last keep.
func (s *State) touch(shift int32) {
	if s.mark[shift] {
		return
	}
	s.mark[shift] = true
	s.touched = append(s.touched, shift)
	s.saved[shift].copyFrom(&s.routes[shift])
}

// insert puts an absent visit into a route, after position k.
func (s *State) insert(v, shift, k int32) {
	s.touch(shift)
	r := &s.routes[shift]
	p := s.placeAt(shift, v, k)
	s.detach(shift)
	s.cost -= s.m.Nodes[v].Drop
	s.m.insertAt(r, shift, v, p, k)
	s.stamp(r)
	s.stale(shift)
	s.attach(shift)
	s.journal = append(s.journal, move{visit: v, shift: -1})
	s.dropAbsent(v, shift)
	if s.m.Coupled {
		s.hold(v, r.stops[k+1].begin, r.stops[k+1].dep)
	}
}

// release takes the visits marked gone out of one route. It reports false when
// the rest no longer fits, which the triangle inequality would have forbidden;
// the caller then goes back.
func (s *State) release(shift int32, gone []bool) bool {
	s.touch(shift)
	r := &s.routes[shift]
	s.detach(shift)
	kept := r.stops[:r.first+1]
	for i := int(r.first) + 1; i < len(r.stops); i++ {
		st := r.stops[i]
		if st.node >= 0 && st.node < s.m.Visits && gone[st.node] {
			was := move{visit: st.node, shift: shift}
			if s.m.Coupled {
				was.held = s.held[st.node]
				s.unhold(st.node)
			}
			s.journal = append(s.journal, was)
			s.addAbsent(st.node)
			s.cost += s.m.Nodes[st.node].Drop
			r.drop(&s.m.Nodes[st.node])
			continue
		}
		kept = append(kept, st)
	}
	r.stops = kept
	ok := s.m.refresh(r, shift)
	s.stamp(r)
	s.stale(shift)
	s.attach(shift)
	return ok
}

// stamp gives a changed route a version that no route had before.
func (s *State) stamp(r *route) {
	s.clock++
	r.version = s.clock
}

// keep makes the current plan the one to go back to.
func (s *State) keep() {
	for _, i := range s.touched {
		s.mark[i] = false
	}
	s.touched = s.touched[:0]
	s.journal = s.journal[:0]
	s.before = s.cost
}

// back undoes everything since the last keep.
func (s *State) back() {
	for _, i := range s.touched {
		s.detach(i)
		s.routes[i], s.saved[i] = s.saved[i], s.routes[i]
		s.attach(i)
	}
	for _, i := range s.touched { // a saved route may be older than what its ties did to its version
		s.stale(i)
	}
	for _, j := range slices.Backward(s.journal) {
		if j.shift < 0 {
			s.unhold(j.visit)
			s.addAbsent(j.visit)
		} else {
			s.dropAbsent(j.visit, j.shift)
			s.hold(j.visit, j.held.begin, j.held.done)
		}
	}
	s.cost = s.before
	s.keep()
}

// Fill loads the stops of a shift's route after its frozen prefix: visits and
// breaks, as nodes in order. Visits must be absent. Breaks that are owed and not
// named go where they fit. It reports false, and closes the route, when a hard
// rule is broken.
func (s *State) Fill(shift int32, nodes []int32) bool {
	r := &s.routes[shift]
	s.detach(shift)
	end := r.stops[len(r.stops)-1]
	r.stops = r.stops[:r.first+1]
	ok := true
	for _, n := range nodes {
		r.stops = append(r.stops, stop{node: n, place: s.chosenPlace(n)})
		if n < s.m.Visits {
			ok = ok && s.m.serves(n, shift)
			s.cost -= s.m.Nodes[n].Drop
			s.dropAbsent(n, shift)
		}
	}
	r.stops = append(r.stops, stop{node: -1, place: end.place})
	for _, b := range s.m.Shifts[shift].Breaks {
		if !slices.Contains(nodes, b) {
			s.fitBreak(shift, b)
		}
	}
	ok = s.m.weigh(r, &s.m.Shifts[shift]) && ok
	ok = s.m.refresh(r, shift) && ok
	r.closed = !ok
	s.holdRoute(r)
	s.stale(shift)
	s.attach(shift)
	s.before = s.cost
	return ok
}

// fitBreak puts a break in the last position where the route is feasible, or
// in the last of all.
func (s *State) fitBreak(shift, b int32) {
	r := &s.routes[shift]
	last := int32(len(r.stops) - 2)
	for k := last; k >= r.first; k-- {
		s.scratch.copyFrom(r)
		if s.m.insert(&s.scratch, shift, b, k) {
			r.copyFrom(&s.scratch)
			return
		}
	}
	s.m.insert(r, shift, b, last)
}

// Stop is one stop of a finished route.
type Stop struct {
	Node, Arrive, Begin, Depart int32
	From, To                    int32 // places of the leg into it; To is Float if there is none
	Leave                       int32 // when that leg is begun
	Depot                       int32 // where parts are picked up, the node being -1; or -1
}

// Reading is a route as it will be worked, and what it costs beside its legs
// and assignments.
type Reading struct {
	Start   int32 // leaves the start place
	Stops   []Stop
	End     Stop
	Pickups []Pickup
	Wait    int32
	Own     Person   // what the technician shares out
	Charges []Charge // of walked rules, in the order of the stops; position 0 is the start
}

// Read reads a route into the memory of out.
func (s *State) Read(shift int32, out *Reading) {
	r := &s.routes[shift]
	out.Start, out.Wait, out.Charges, out.Pickups = r.stops[0].dep, r.wait, nil, nil
	if len(s.m.Rules) > 0 {
		r = s.settle(shift, out)
	}
	out.Stops = out.Stops[:0]
	for i := 1; i < len(r.stops); i++ {
		st := r.stops[i]
		from, leave := r.stops[i-1].loc, r.stops[i-1].dep
		if i == 1 {
			leave = out.Start
		}
		for _, p := range out.Pickups {
			if p.Stop == int32(i) {
				place := s.m.Depots[p.Depot].Place
				out.Stops = append(out.Stops, Stop{-1, p.Arrive, p.Begin, p.Depart, p.From, place, p.Leave, p.Depot})
				from, leave = place, p.Depart
			}
		}
		read := Stop{Node: st.node, Arrive: st.arrive, Begin: st.begin, Depart: st.dep, From: from, To: st.place, Leave: leave, Depot: -1}
		if st.node < 0 {
			out.End = read
			return
		}
		out.Stops = append(out.Stops, read)
	}
}

// Cost is what a route costs in all.
func (s *State) Cost(shift int32) int64 { return s.routes[shift].cost }

// follow gives a route other stops after its frozen prefix, without looking
// after what is left out: see relist.
func (s *State) follow(shift int32, nodes []int32) {
	r := &s.routes[shift]
	end := r.stops[len(r.stops)-1].place
	r.stops = r.stops[:r.first+1]
	for _, n := range nodes {
		r.stops = append(r.stops, stop{node: n, place: s.chosenPlace(n)})
	}
	r.stops = append(r.stops, stop{node: -1, place: end})
	s.m.weigh(r, &s.m.Shifts[shift])
	s.m.refresh(r, shift)
	s.stamp(r)
}

// relist rebuilds what is derived from the routes.
func (s *State) relist() {
	for v := range s.m.Visits {
		s.shift[v] = -1
	}
	s.absent = s.absent[:0]
	s.cost = 0
	for i := range s.routes {
		s.cost += s.routes[i].cost
		for _, st := range s.routes[i].stops {
			if st.node >= 0 && st.node < s.m.Visits {
				s.shift[st.node] = int32(i)
			}
		}
	}
	for v := range s.m.Visits {
		if s.shift[v] < 0 {
			s.unhold(v)
			s.addAbsent(v)
			s.cost += s.m.Nodes[v].Drop
		}
	}
	s.recount()
	for i := range s.routes {
		s.holdRoute(&s.routes[i])
	}
	s.keep()
}

func (s *State) countUsed() int32 {
	n := int32(0)
	for i := range s.routes {
		if s.routes[i].served > 0 {
			n++
		}
	}
	return n
}
