package dispatch

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// PlanStore reads what planning looks at and keeps the planning runs.
type PlanStore interface {
	// PlanView reads the shifts that begin in the span with their visits, and the visits that wait with a window in it.
	PlanView(ctx context.Context, q ViewQuery) (PlanView, error)
	// RouteVersions gives the versions of the routes whose shifts begin in the span, of those technicians.
	RouteVersions(ctx context.Context, span Span, technicians []uuid.UUID) ([]RouteVersion, error)
	// Workforce gives the territories and the technicians of the organization.
	Workforce(ctx context.Context) ([]uuid.UUID, map[uuid.UUID]Technician, error)
	InsertPlan(ctx context.Context, r PlanRun) error
	UpdatePlan(ctx context.Context, r PlanRun) error
	Plan(ctx context.Context, id uuid.UUID) (PlanRun, error)
	Plans(ctx context.Context, page Page) (Listing[PlanRun], error)
}

// ViewQuery says what of the plan is looked at.
type ViewQuery struct {
	Span
	Visits      []uuid.UUID // among the visits, whatever their windows
	Technicians []uuid.UUID // not nil: only their shifts, and of the visits that wait only those in Territories
	Territories []uuid.UUID // the nil UUID among them: those without a place
}

// RouteVersion is the version that a route has.
type RouteVersion struct {
	ShiftID uuid.UUID
	Start   time.Time // of the shift
	Version int64
}

// PlanStatus is where a planning run stands.
type PlanStatus string

// The states of a planning run.
const (
	PlanQueued  PlanStatus = "queued"
	PlanRunning PlanStatus = "running"
	PlanDone    PlanStatus = "done"
	PlanFailed  PlanStatus = "failed"
)

// PlanRun is one run of the planner over a stretch of time: what was asked, with what seed and budget, and what came of it.
type PlanRun struct {
	ID uuid.UUID
	Span
	Status      PlanStatus
	Seed        int64
	Iterations  int // 0: a budget that suits the size
	Summary     PlanSummary
	RequestedBy uuid.UUID
	CreatedAt   time.Time
	FinishedAt  *time.Time
}

// PlanSummary is what a run came to.
type PlanSummary struct {
	Decision       uuid.UUID      `json:"decision,omitzero"` // what ReplayDecision makes again
	Planned        int            `json:"planned"`           // visits in routes, remote ones among them
	Remote         int            `json:"remote"`            // of those, without a journey
	Unassigned     int            `json:"unassigned"`        // visits left out
	Reasons        map[string]int `json:"reasons"`           // how often each code stands between a visit left out and a technician
	Changed        int            `json:"changed"`           // visits whose technician or time this run changed
	Shifts         int            `json:"shifts"`            // in use
	TravelSeconds  int64          `json:"travel_seconds"`    // on the road in all
	ServiceSeconds int64          `json:"service_seconds"`   // at work in all
	Cost           int64          `json:"cost"`              // the plan's price in the organization's minor unit
	Iterations     int64          `json:"iterations"`
	SolveMillis    int64          `json:"solve_millis"`
	Failure        string         `json:"failure,omitempty"` // a code, when the run failed
}

// TravelShare is the part of the technicians' time, on the road or at work, that they are on the road: 0 to 1.
func (s PlanSummary) TravelShare() float64 {
	if s.TravelSeconds+s.ServiceSeconds == 0 {
		return 0
	}
	return float64(s.TravelSeconds) / float64(s.TravelSeconds+s.ServiceSeconds)
}

// The longest stretch of time that one run or one search for a place looks at.
const (
	maxPlanSpan = 14 * 24 * time.Hour
	dayAround   = 24 * time.Hour
)

// StartPlan enqueues a planning run.
func (s *Service) StartPlan(ctx context.Context, p Principal, span Span, seed int64, iterations int) (r PlanRun, err error) {
	var faults Faults
	faults.Check(span.Start.Before(span.End), "/end", "window.ends_before_start")
	faults.Check(span.End.Sub(span.Start) <= maxPlanSpan, "/end", "plan.too_long")
	faults.Check(span.End.After(s.clock()), "/end", "window.past")
	faults.Check(iterations >= 0 && iterations <= 10_000_000, "/iterations", "plan.iterations")
	if err := faults.Err(); err != nil {
		return PlanRun{}, err
	}
	r = PlanRun{ID: newID(), Span: span, Status: PlanQueued, Seed: seed, Iterations: iterations, RequestedBy: p.ID, CreatedAt: s.clock()}
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		if err := s.store.InsertPlan(ctx, r); err != nil {
			return err
		}
		return s.store.Enqueue(ctx, RunPlan{PlanID: r.ID})
	})
	return r, err
}

// Plan gives one planning run.
func (s *Service) Plan(ctx context.Context, p Principal, id uuid.UUID) (r PlanRun, err error) {
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		r, err = s.store.Plan(ctx, id)
		return err
	})
	return r, err
}

// Plans lists the planning runs, newest first.
func (s *Service) Plans(ctx context.Context, p Principal, page Page) (list Listing[PlanRun], err error) {
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		list, err = s.store.Plans(ctx, page)
		return err
	})
	return list, err
}

// RunPlan works a planning run off: it reads the plan as it stands, solves, and commits the difference; when somebody changed what it
// had read, it starts again from there. A run that is done is left alone, so the job may be repeated.
func (s *Service) RunPlan(ctx context.Context, org, id uuid.UUID) error {
	by := system
	var run PlanRun
	err := s.store.Tx(ctx, org, func(ctx context.Context) (err error) {
		if run, err = s.store.Plan(ctx, id); err != nil || run.Status == PlanDone || run.Status == PlanFailed {
			return err
		}
		run.Status = PlanRunning
		return s.store.UpdatePlan(ctx, run)
	})
	if err != nil || run.Status != PlanRunning {
		return err
	}
	err = retry(func() error {
		solved, err := s.solveSpan(ctx, org, run)
		if err != nil {
			return err
		}
		return s.store.Tx(ctx, org, func(ctx context.Context) error { return s.commitRun(ctx, by, &run, solved) })
	})
	if err == nil || KindOf(err) == KindUnavailable {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return err // the program is stopping: the job comes again
	}
	told, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second) // the run's own time may be what is over
	defer cancel()
	return errors.Join(s.failRun(told, org, run, err), err)
}

// failRun says that a run came to nothing, unless only the database was away.
func (s *Service) failRun(ctx context.Context, org uuid.UUID, run PlanRun, cause error) error {
	now := s.clock()
	run.Status, run.FinishedAt, run.Summary.Failure = PlanFailed, &now, CodeOf(cause)
	return s.store.Tx(ctx, org, func(ctx context.Context) error { return s.store.UpdatePlan(ctx, run) })
}

// solution is a solved view.
type solution struct {
	problem  *problem
	plan     *scheduler.Plan
	took     time.Duration
	decision Decision
}

// solveTime ends a run with the best plan so far, well before the queue would end the job.
const solveTime = 3 * time.Minute

// solveSpan reads a stretch of time and solves it. A visit that somebody counts on is never taken out: where the solver finds no
// place for one, its whole shift stays as it is, and the rest is solved again.
func (s *Service) solveSpan(ctx context.Context, org uuid.UUID, run PlanRun) (solution, error) {
	view, err := s.planView(ctx, org, run.Span)
	if err != nil {
		return solution{}, err
	}
	begun := time.Now() // how long the processor worked, told in the summary; no decision hangs on it
	frozen := freeze{}
	for {
		p := translate(view, s.clock(), frozen)
		start := p.present()
		if err := s.turn(ctx); err != nil {
			return solution{}, err
		}
		plan, err := scheduler.Solve(&p.Problem, scheduler.Options{
			Seed: uint64(run.Seed), Iterations: int64(run.Iterations), Start: start, Run: s.beside,
			Stop: func() bool { return ctx.Err() != nil || time.Since(begun) > solveTime },
		})
		<-s.solving
		if err != nil {
			return solution{}, err
		}
		if ctx.Err() != nil {
			return solution{}, ctx.Err()
		}
		if !p.dropsTold(plan, frozen) {
			d, err := s.decision(DecidedByRun, p, frozen, start, plan)
			return solution{problem: p, plan: plan, took: time.Since(begun), decision: d}, err
		}
	}
}

// turn waits until a search may begin, and leaves it to the caller to give the turn back: searches must leave processors to those who answer
// people.
func (s *Service) turn(ctx context.Context) error {
	select {
	case s.solving <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Service) planView(ctx context.Context, org uuid.UUID, span Span) (view PlanView, err error) {
	err = s.store.Tx(ctx, org, func(ctx context.Context) error {
		view, err = s.view(ctx, ViewQuery{Span: span})
		return err
	})
	return view, err
}

// Problem gives dispatchers the scheduler's problem of a stretch of time as it stands: what a planning run would be asked, for looking at and
// for trying out with `tournee solve`. It holds ids, and no names but those of skills, parts and the like.
func (s *Service) Problem(ctx context.Context, p Principal, span Span) (*scheduler.Problem, error) {
	if !p.Staff() {
		return nil, Forbidden()
	}
	view, err := s.planView(ctx, p.OrganizationID, span)
	if err != nil {
		return nil, err
	}
	return &translate(view, s.clock(), nil).Problem, nil
}

// dropsTold adds to frozen the shifts of visits that somebody counts on, or a dispatcher pinned, and the plan leaves out; it reports whether there are any.
func (p *problem) dropsTold(plan *scheduler.Plan, frozen freeze) bool {
	found := false
	for _, u := range plan.Unassigned {
		v := p.visits[uuid.MustParse(u.Visit)]
		if v.stays() && v.Assignment != nil && !frozen[v.Assignment.ShiftID] {
			frozen[v.Assignment.ShiftID] = true
			found = true
		}
	}
	return found
}

// commitRun commits a solved run and its summary.
func (s *Service) commitRun(ctx context.Context, by Actor, run *PlanRun, solved solution) error {
	p := solved.problem
	assigned := p.assignments(solved.plan, ByPlanner)
	var placements []placement
	for id, v := range p.visits {
		if p.fixed[id] {
			continue
		}
		if a, ok := assigned[id]; ok {
			placements = append(placements, placement{old: v, to: &a})
		}
	}
	reasons := map[string]int{}
	for _, u := range solved.plan.Unassigned {
		v := p.visits[uuid.MustParse(u.Visit)]
		if v.stays() && v.Assignment != nil || p.fixed[v.ID] {
			continue
		}
		for _, b := range scheduler.Summary(u.Why) {
			reasons["scheduler."+b.Code] += b.Technicians
		}
		placements = append(placements, placement{old: v, why: p.reasons(u.Why)})
	}
	for _, id := range p.missed {
		v := p.view.visit(id)
		if v.Assignment != nil && (v.bound() || v.stays() && p.why[id] != "") {
			continue // it stays with who was told, and where a dispatcher put it unless that time is over
		}
		placements = append(placements, placement{old: v, why: p.outOfReach(v)})
		reasons[p.outOfReachCode(v)]++
	}
	done, err := s.commit(ctx, by, p.view, placements)
	if err != nil {
		return err
	}
	if err := s.store.InsertDecision(ctx, solved.decision); err != nil {
		return err
	}
	now := s.clock()
	run.Status, run.FinishedAt, run.Summary = PlanDone, &now, p.summary(solved, reasons, done.changed)
	run.Summary.Decision = solved.decision.ID
	if err := s.store.UpdatePlan(ctx, *run); err != nil {
		return err
	}
	return s.store.AppendEvents(ctx, Event{Kind: EventPlanFinished, ActorRole: by.Role, ActorID: by.ID, Data: map[string]any{"plan": run.ID, "changed": done.changed}})
}

// outOfReachCode is why a visit cannot be planned at all: its rules, or no shift in view meets its windows: they are over, or lie beyond the
// shifts that are known.
func (p *problem) outOfReachCode(v Visit) string {
	switch {
	case p.why[v.ID] != "":
		return p.why[v.ID]
	case v.Windows[len(v.Windows)-1].End.After(p.now):
		return "visit.no_shift_yet"
	}
	return "visit.windows_past"
}

// outOfReach is that reason for every technician.
func (p *problem) outOfReach(v Visit) (out []TechnicianReasons) {
	for id := range p.view.Technicians {
		out = append(out, TechnicianReasons{TechnicianID: id, Reasons: []Reason{{Code: p.outOfReachCode(v)}}})
	}
	slices.SortFunc(out, func(a, b TechnicianReasons) int { return slices.Compare(a.TechnicianID[:], b.TechnicianID[:]) })
	return out
}

func (v PlanView) visit(id uuid.UUID) Visit {
	return v.Visits[slices.IndexFunc(v.Visits, func(v Visit) bool { return v.ID == id })]
}

func (p *problem) summary(solved solution, reasons map[string]int, changed int) PlanSummary {
	out := PlanSummary{
		Reasons: reasons, Changed: changed, Unassigned: len(solved.plan.Unassigned) + len(p.missed), Shifts: len(solved.plan.Routes),
		Cost: int64(solved.plan.Cost.Total()), Iterations: solved.plan.Iterations, SolveMillis: solved.took.Milliseconds(),
	}
	for _, r := range solved.plan.Routes {
		for _, stop := range r.Stops {
			out.TravelSeconds += int64(stop.Travel)
			if stop.Visit == "" {
				continue
			}
			out.Planned++
			out.ServiceSeconds += int64(stop.Depart - stop.Begin)
			if p.visits[uuid.MustParse(stop.Visit)].Mode != OnSite {
				out.Remote++
			}
		}
		out.TravelSeconds += int64(r.ReturnTravel)
	}
	return out
}
