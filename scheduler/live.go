package scheduler

import (
	"slices"

	"tournee/scheduler/internal/core"
)

// Live is a model with a plan loaded, for quotes, changes, repair and
// explanations. It is for one goroutine at a time.
type Live struct {
	m      *Model
	s      *core.State
	owned  bool    // m is no other's
	wide   bool    // so are the lists of its matrices' rows
	vacant []int32 // numbers of visits that were removed
	// Broken lists the shifts whose stops, as given, break a hard rule (a
	// technician runs late, say). They stay as they are: nothing is inserted
	// in them until a Solve has mended them.
	Broken []string
}

// Load takes a plan for this problem. Only the order of its stops counts: times
// and costs are computed anew, frozen stops come from the problem, and owed
// breaks it does not have are put where they fit; optional breaks are taken
// where it has them. Visits it does not mention are unassigned. The error is an *Invalid: unknown ids, or a visit twice.
func (m *Model) Load(plan *Plan) (*Live, error) {
	l := &Live{m: m, s: core.NewState(m.core)}
	if err := m.fill(l.s, plan); err != nil {
		return nil, err
	}
	for i := range m.x.p.Shifts {
		if l.s.Closed(int32(i)) {
			l.Broken = append(l.Broken, m.x.p.Shifts[i].ID)
		}
	}
	return l, nil
}

// Plan reads the loaded plan, with times and costs. Broken shifts are read as
// they would run.
func (l *Live) Plan() *Plan { return l.m.plan(l.s) }

// fill loads a plan's routes into an empty state, or nothing when it has faults.
func (m *Model) fill(s *core.State, plan *Plan) error {
	var f faults
	orders := m.readOrders(plan, &f)
	if err := f.err(); err != nil {
		return err
	}
	m.holdCoupled(s, plan)
	m.choose(s, plan)
	for i, nodes := range orders {
		if len(nodes) > 0 || nodes != nil && s.Used(int32(i)) {
			s.Fill(int32(i), nodes)
		}
	}
	return nil
}

// holdCoupled has visits that are linked to others, or share something, begin
// when the plan says.
func (m *Model) holdCoupled(s *core.State, plan *Plan) {
	for i := range plan.Routes {
		for _, stop := range plan.Routes[i].Stops {
			if v, ok := m.x.visits[stop.Visit]; ok && m.x.frozen[v] < 0 && m.core.Nodes[v].Group > 0 {
				s.Hold(v, int32(stop.Begin))
			}
		}
	}
}

// readOrders lists per shift the nodes of a plan that are not frozen; nil where
// the plan does not name the shift.
func (m *Model) readOrders(plan *Plan, f *faults) [][]int32 {
	x := m.x
	orders := make([][]int32, len(x.p.Shifts))
	seen := map[int32]bool{}
	for i := range plan.Routes {
		r, path := &plan.Routes[i], at("/routes", i)
		if !known(f, x.shifts, path+"/shift", "shift", r.Shift) {
			continue
		}
		shift := x.shifts[r.Shift]
		if orders[shift] == nil {
			orders[shift] = []int32{}
		}
		ahead := slices.Concat(m.core.Shifts[shift].Breaks, m.core.Shifts[shift].Optional)
		for j, stop := range r.Stops {
			p := at(path+"/stops", j)
			if stop.Depot != "" { // derived from the visits
				known(f, x.depots, p+"/depot", "depot", stop.Depot)
				continue
			}
			var node int32
			if stop.Break != "" {
				n, ok := m.nodes[stopID{shift, stop.Break}]
				if !ok {
					f.addf(p+"/break", "unknown", "shift %q has no break %q", r.Shift, stop.Break)
					continue
				}
				if !slices.Contains(ahead, n) {
					continue
				}
				node = n
			} else {
				if !known(f, x.visits, p+"/visit", "visit", stop.Visit) {
					continue
				}
				node = x.visits[stop.Visit]
				if x.frozen[node] >= 0 || !checkAlternative(f, p, &x.p.Visits[node], stop.Alternative) {
					continue
				}
			}
			if seen[node] {
				f.addf(p, "duplicate", "%q is in the plan twice", stop.Visit+stop.Break)
				continue
			}
			seen[node] = true
			orders[shift] = append(orders[shift], node)
		}
	}
	return orders
}

// Insert finds the best places for an unassigned visit, best first, at most n.
func Insert(p *Problem, plan *Plan, visit string, n int) ([]Insertion, error) {
	m, err := Compile(p)
	if err != nil {
		return nil, err
	}
	l, err := m.Load(plan)
	if err != nil {
		return nil, err
	}
	return l.Insert(visit, n)
}

// Insert finds the best places for an unassigned visit, best first, at most n.
// Stops keep their order. The error is an *Invalid when the visit is unknown
// or is in the plan already.
func (l *Live) Insert(visit string, n int) ([]Insertion, error) {
	var f faults
	v, ok := l.absent(&f, visit)
	if !ok {
		return nil, f.err()
	}
	return l.insertions(l.s.Quote(v, n)), nil
}
