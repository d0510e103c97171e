package scheduler

import (
	"slices"

	"tournee/scheduler/internal/core"
)

// Options say how to solve. The same problem, seed and iterations give the
// same plan on any machine and with any number of threads, unless Stop ended
// the run.
type Options struct {
	Seed       uint64
	Threads    int   // processors to use at once; 0: one
	Iterations int64 // 0: DefaultIterations
	// Elapsed is nil, or says which share of the time allowed is gone, 0 to 1.
	// It takes the place of Iterations: the search ends, having cooled down,
	// when it says 1. Plan.Elapsed holds its answers: see Replay.
	Elapsed func() float64
	Stop    func() bool // polled now and then by one goroutine at a time; true ends the run with the best plan so far; may be nil
	StopAt  int64       // 0, or the iteration to stop at, to repeat a stopped run: Iterations is then its Plan.Budget
	Start   *Plan       // a plan to start from; may be nil
	Observe func(Progress)
	// Run is nil, or runs work(0) to work(n-1) at once and waits for all: for
	// callers who choose or measure the threads.
	Run func(n int, work func(worker int))
}

// Replay is an Options.Elapsed that answers as it did in an earlier run, in
// Plan.Elapsed.
func Replay(elapsed []int32) func() float64 {
	next := 0
	return func() float64 {
		if next++; next > len(elapsed) {
			return 1
		}
		return float64(elapsed[next-1]) / wholeTime
	}
}

// wholeTime is what Plan.Elapsed counts in.
const wholeTime = 1 << 16

// Progress is told of while solving.
type Progress struct {
	Iteration  int64
	Cost       Cost
	Unassigned int
}

// DefaultIterations is a budget that suits a problem of so many visits: about
// a second of one processor for 600.
func DefaultIterations(visits int) int64 { return 10_000 + 50*int64(visits) }

// Solve plans a problem. Every hard rule holds in the answer; visits that it
// leaves out are unassigned with reasons. The error is an *Invalid.
func Solve(p *Problem, o Options) (*Plan, error) {
	m, err := Compile(p)
	if err != nil {
		return nil, err
	}
	return m.Solve(o)
}

// Solve plans the model's problem; see the function of the same name. Where
// Options.Start breaks a hard rule, only the visits that still fit are kept.
func (m *Model) Solve(o Options) (*Plan, error) {
	state := core.NewState(m.core)
	if o.Start != nil {
		if err := m.fill(state, o.Start); err != nil {
			return nil, err
		}
		state.Mend()
	}
	if o.Iterations <= 0 && o.Elapsed == nil {
		o.Iterations = DefaultIterations(len(m.x.p.Visits))
	}
	budget := core.Budget{Seed: o.Seed, Threads: o.Threads, Iterations: o.Iterations, Stop: o.Stop, StopAt: o.StopAt, Run: o.Run}
	if o.Elapsed != nil {
		budget.Elapsed = func() int32 { return int32(wholeTime * min(1, max(0, o.Elapsed()))) }
	}
	if o.Observe != nil {
		budget.Observe = func(iteration, cost int64, absent int) {
			o.Observe(Progress{Iteration: iteration, Cost: Cost(cost), Unassigned: absent})
		}
	}
	result := core.Search(m.core, state, budget)
	plan := m.plan(state)
	plan.Seed, plan.Budget = o.Seed, o.Iterations
	plan.Iterations, plan.Elapsed, plan.Stopped = result.Iterations, result.Elapsed, result.Stopped
	return plan, nil
}

// plan reads a plan out of the core.
func (m *Model) plan(s *core.State) *Plan {
	x := m.x
	out := &Plan{}
	var read core.Reading
	shares := sharer{x, map[int32]core.Person{}}
	for i := range x.p.Shifts {
		if !s.Used(int32(i)) {
			continue
		}
		r := m.priced(s, int32(i), &read, &shares)
		out.Routes = append(out.Routes, r)
		out.Cost.Add(r.Cost)
	}
	live := &Live{m: m, s: s}
	for i := range x.p.Visits {
		v := int32(i)
		if !s.Absent(v) {
			continue
		}
		u := Unassigned{Visit: x.p.Visits[v].ID, Cost: Cost(m.core.Nodes[v].Drop), Why: live.why(v)}
		out.Unassigned = append(out.Unassigned, u)
		out.Cost[TermUnassigned] += u.Cost
	}
	return out
}

// priced reads one route with its whole cost. Routes of one technician come in
// the problem's order.
func (m *Model) priced(s *core.State, shift int32, read *core.Reading, shares *sharer) Route {
	x := m.x
	s.Read(shift, read)
	r := m.route(shift, read)
	r.Cost[TermWaiting] = Cost(m.core.WaitingCost(read.Wait))
	r.Cost[TermShifts] += x.p.Shifts[shift].Cost
	for _, c := range read.Charges {
		r.Cost[walkedTerms[c.Term]] += Cost(c.Amount)
	}
	if len(m.core.Shares.Before) > 0 {
		shares.add(m.core.Shifts[shift].Technician, read.Own, &r.Cost)
	}
	if !x.p.Shifts[shift].Free {
		r.Cost[TermWork] += x.paidShift(shift)
	}
	return r
}

// route names the stops of one route and prices its legs and who does what.
func (m *Model) route(shift int32, read *core.Reading) Route {
	x := m.x
	s := &x.p.Shifts[shift]
	t := m.core.Shifts[shift].Technician
	r := Route{Shift: s.ID, Technician: s.Technician, Start: Time(read.Start), Finish: Time(read.End.Arrive)}
	for i, st := range read.Stops {
		stop := Stop{Arrive: Time(st.Arrive), Begin: Time(st.Begin), Depart: Time(st.Depart), Frozen: i < len(s.Frozen)}
		switch {
		case st.Depot >= 0:
			stop.Depot = x.p.Depots[st.Depot].ID
		case st.Node < m.core.Visits:
			stop.Visit = x.p.Visits[st.Node].ID
			stop.Alternative = slices.Index(x.p.Visits[st.Node].Places, int(st.To)) + 1
			r.Cost.Add(x.assignmentTerms(st.Node, t))
			r.Cost[TermVisitPrice] += s.VisitCost
		default:
			stop.Break = m.names[st.Node-m.core.Visits].name
		}
		stop.Travel, stop.Distance = x.leg(shift, st, &r.Cost)
		r.Stops = append(r.Stops, stop)
	}
	r.Missed = missedBreaks(s, r.Stops)
	r.ReturnTravel, r.ReturnDistance = x.leg(shift, read.End, &r.Cost)
	return r
}

func (x *index) leg(shift int32, st core.Stop, b *Breakdown) (Seconds, Metres) {
	t := x.travel(shift)
	from, to, n := int(st.From), int(st.To), len(x.p.Places)
	if to < 0 || from >= n || to >= n {
		return 0, 0
	}
	takes := x.takes(t, from, to, Time(st.Leave))
	time, way := t.price(x.fares[x.fareOf[shift]].rates, from, to, takes)
	b[TermTravel] += time
	b[TermDistance] += way
	if t.Metres == nil {
		return takes, 0
	}
	return takes, t.Metres[from][to]
}
