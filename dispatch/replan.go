package dispatch

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// ReplanStore keeps up to which state of its routes each basin's day was planned again.
type ReplanStore interface {
	// DayStates sums up the routes of days, by technician, and the visits that wait, by territory: other versions, another sum.
	DayStates(ctx context.Context, days []Span) ([]DayState, error)
	// NoticeDay notes the state in which a basin's day was found, and says since when it has been so, since when it has not been as planned last
	// (nil: it is), and whether somebody is planning it or about to.
	NoticeDay(ctx context.Context, d BasinDay, state int64, now time.Time) (NoticedDay, error)
	// AskDay notes that a day's replanning was asked for: until then it need not be asked for again.
	AskDay(ctx context.Context, d BasinDay, until time.Time) error
	// LeaseDay takes the lease of a basin's day, unless another's is still running; false then.
	LeaseDay(ctx context.Context, d BasinDay, lease uuid.UUID, now, until time.Time) (bool, error)
	// RenewDay lengthens a lease; false when it is no longer the day's.
	RenewDay(ctx context.Context, d BasinDay, lease uuid.UUID, until time.Time) (bool, error)
	// SettleDay ends a lease. seen is the state that was planned again; changed keeps the day for the next look.
	SettleDay(ctx context.Context, d BasinDay, lease uuid.UUID, seen int64) error

	InsertPlanChange(ctx context.Context, c PlanChange) error
	UpdatePlanChange(ctx context.Context, c PlanChange) error // where the version is one below its own, else KindStale
	PlanChange(ctx context.Context, id uuid.UUID) (PlanChange, error)
	PlanChanges(ctx context.Context, status PlanChangeStatus, page Page) (Listing[PlanChange], error)
	OutdatePlanChanges(ctx context.Context, d BasinDay, now time.Time) error // those proposed
}

// BasinDay is one day of a basin.
type BasinDay struct {
	Basin uuid.UUID
	Span
}

// DayState sums up a part of a day: the routes of one technician, or the visits that wait in one territory.
type DayState struct {
	Day          int // index of the day asked about
	TechnicianID uuid.UUID
	TerritoryID  uuid.UUID
	Waiting      bool // of visits that wait
	State        int64
}

// NoticedDay is what is known of a day's state.
type NoticedDay struct {
	Since   time.Time  // it has been as it is
	Changed *time.Time // since when it is not as it was planned last; nil: it is
	Leased  bool       // somebody is planning it
	Asked   bool       // somebody is about to
}

// PlanChangeStatus is what became of a change that the planner found.
type PlanChangeStatus string

// The states of a change.
const (
	ChangeProposed PlanChangeStatus = "proposed"
	ChangeMade     PlanChangeStatus = "made"
	ChangeRejected PlanChangeStatus = "rejected" // a dispatcher said no
	ChangeOutdated PlanChangeStatus = "outdated" // the plan went on without it
)

// PlanChange is a change of some routes that exchange visits: what moves, for whom, and what it saves.
type PlanChange struct {
	Record
	BasinDay
	Status    PlanChangeStatus
	Saving    int64 // of the plan's cost, in minor units
	Moves     []PlannedMove
	Routes    map[uuid.UUID]int64 // the versions it was thought out on
	DecidedBy Actor
}

// PlannedMove is what a change makes of one visit.
type PlannedMove struct {
	VisitID  uuid.UUID   `json:"visit_id"`
	Version  int         `json:"version"` // of the visit it was thought out on
	Known    bool        `json:"known"`   // somebody outside the office knows of the place it leaves
	From, To *Assignment // nil: no place
}

// Replan plans a basin's day again.
type Replan struct {
	Basin uuid.UUID `json:"basin"`
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// Kind implements Job.
func (Replan) Kind() string { return "replan" }

// The lease of a day: a node that dies is replaced after it.
const (
	leaseTime  = 15 * time.Second
	leaseRenew = 5 * time.Second
	askAgain   = 25 * time.Second // after which a replanning that was asked for and has not begun is asked for once more
)

// EventReplanned tells what a replanning came to.
const EventReplanned = "plan.changed"

// LookForReplans asks for the replanning of every basin's day that has changed since it was planned, once it is quiet. Any node may look at any
// time.
func (s *Service) LookForReplans(ctx context.Context, org uuid.UUID) error {
	return s.store.Tx(ctx, org, func(ctx context.Context) error {
		o, err := s.store.Organization(ctx)
		if err != nil || o.Policy.Replan.Mode == ReplanOff {
			return err
		}
		states, err := s.basinStates(ctx, org, o)
		if err != nil {
			return err
		}
		now, settle := s.clock(), time.Duration(o.Policy.Replan.Settle)*time.Second
		days := slices.SortedFunc(maps.Keys(states), func(a, b BasinDay) int { // in one order, whoever looks
			return cmp.Or(slices.Compare(a.Basin[:], b.Basin[:]), a.Start.Compare(b.Start))
		})
		for _, d := range days {
			noticed, err := s.store.NoticeDay(ctx, d, states[d], now)
			if err != nil {
				return err
			}
			if noticed.Changed == nil || noticed.Leased || noticed.Asked || (now.Sub(noticed.Since) < settle && now.Sub(*noticed.Changed) < 10*settle) {
				continue
			}
			if err := s.store.AskDay(ctx, d, now.Add(askAgain)); err != nil {
				return err
			}
			if err := s.store.Enqueue(ctx, Replan{Basin: d.Basin, Start: d.Start, End: d.End}); err != nil {
				return err
			}
		}
		return nil
	})
}

// basinStates sums up the days of every basin that the policy keeps planned.
func (s *Service) basinStates(ctx context.Context, org uuid.UUID, o Organization) (map[BasinDay]int64, error) {
	var days []Span
	day := localDay(s.clock(), s.organizationZone(o))
	for range o.Policy.Replan.Days {
		days = append(days, Span{Start: day.Start.UTC(), End: day.End.UTC()})
		day = localDay(day.End, s.organizationZone(o))
	}
	known, err := s.basinsOf(ctx, org)
	if err != nil {
		return nil, err
	}
	home := map[uuid.UUID]uuid.UUID{}
	for basin, technicians := range known.technicians {
		for _, id := range technicians {
			if basin != anywhere {
				home[id] = basin
			}
		}
	}
	parts, err := s.store.DayStates(ctx, days)
	if err != nil {
		return nil, err
	}
	out := map[BasinDay]int64{}
	for _, day := range days {
		for basin := range known.technicians {
			if basin != anywhere {
				out[BasinDay{basin, day}] = 0
			}
		}
	}
	for _, p := range parts {
		for d := range out {
			ours := home[p.TechnicianID] == d.Basin
			if p.Waiting {
				ours = p.TerritoryID == uuid.Nil || known.of[p.TerritoryID] == d.Basin // whoever does work without a place may be anybody's
			}
			if ours && d.Span == days[p.Day] {
				out[d] ^= p.State
			}
		}
	}
	return out, nil
}

// Replan plans a basin's day again under a lease, and commits what it finds, or proposes it, each set of routes that exchange visits by itself.
// What is rejected because somebody changed it meanwhile is looked at again from there.
func (s *Service) Replan(ctx context.Context, org uuid.UUID, j Replan) error {
	d, lease := BasinDay{j.Basin, Span{Start: j.Start.UTC(), End: j.End.UTC()}}, newID()
	now := s.clock()
	var got bool
	err := s.store.Tx(ctx, org, func(ctx context.Context) (err error) {
		got, err = s.store.LeaseDay(ctx, d, lease, now, now.Add(leaseTime))
		return err
	})
	if err != nil || !got {
		return err // somebody is at it: the next look finds what they leave
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	go s.keepLease(working, stop, org, d, lease)
	var seen int64
	left := -1 // of the policy's moves
	for range tries {
		var again bool
		if seen, again, err = s.replanOnce(working, org, d, &left); err != nil || !again {
			break
		}
	}
	if err != nil {
		seen = -1 // as if it had not been planned
	}
	settled := s.store.Tx(context.WithoutCancel(ctx), org, func(ctx context.Context) error { return s.store.SettleDay(ctx, d, lease, seen) })
	return errors.Join(err, settled)
}

// keepLease renews a lease until the context is over, and ends the work when it is lost.
func (s *Service) keepLease(ctx context.Context, stop func(), org uuid.UUID, d BasinDay, lease uuid.UUID) {
	ticker := time.NewTicker(leaseRenew)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		var ours bool
		err := s.store.Tx(ctx, org, func(ctx context.Context) (err error) {
			ours, err = s.store.RenewDay(ctx, d, lease, s.clock().Add(leaseTime))
			return err
		})
		if err == nil && !ours {
			stop()
		}
	}
}

// replanOnce looks for a better plan of the day as it is now. seen is the state it looked at; again says that part of what it found was overtaken.
func (s *Service) replanOnce(ctx context.Context, org uuid.UUID, d BasinDay, left *int) (seen int64, again bool, err error) {
	var view PlanView
	err = s.store.Tx(ctx, org, func(ctx context.Context) (err error) {
		view, seen, err = s.basinView(ctx, org, d)
		return err
	})
	if err != nil || len(view.Shifts) == 0 {
		return seen, false, err
	}
	policy := view.Organization.Policy.Replan
	if *left < 0 {
		*left = policy.Moves
	}
	now := s.clock()
	view.Still = now.Add(time.Duration(policy.Still) * time.Second)
	frozen := freeze{}
	for {
		p := translate(view, now, frozen)
		model, err := scheduler.Compile(&p.Problem)
		if err != nil {
			return seen, false, err
		}
		live, err := model.Load(p.present())
		if err != nil {
			return seen, false, err
		}
		before, start := live.Plan(), p.present()
		if err := s.turn(ctx); err != nil {
			return seen, false, err
		}
		after, err := model.Solve(scheduler.Options{
			Seed: uint64(seen), Iterations: int64(policy.Iterations), Start: start, Run: s.beside,
			Stop: func() bool { return ctx.Err() != nil },
		})
		<-s.solving
		if err != nil {
			return seen, false, err
		}
		if ctx.Err() != nil {
			return seen, false, ctx.Err()
		}
		if p.dropsTold(after, frozen) {
			continue // with that shift as it is
		}
		decided, err := s.decision(DecidedByReplan, p, frozen, start, after)
		if err != nil {
			return seen, false, err
		}
		again, err = s.makeChanges(ctx, org, d, p, p.changes(d, before, after), decided, left)
		return seen, again, err
	}
}

// basinView reads a basin's day, and its state.
func (s *Service) basinView(ctx context.Context, org uuid.UUID, d BasinDay) (PlanView, int64, error) {
	o, err := s.store.Organization(ctx)
	if err != nil {
		return PlanView{}, 0, err
	}
	states, err := s.basinStates(ctx, org, o)
	if err != nil {
		return PlanView{}, 0, err
	}
	known, err := s.basinsOf(ctx, org)
	if err != nil {
		return PlanView{}, 0, err
	}
	q := ViewQuery{Span: d.Span, Technicians: known.technicians[d.Basin], Territories: []uuid.UUID{uuid.Nil}}
	for territory, basin := range known.of {
		if basin == d.Basin {
			q.Territories = append(q.Territories, territory)
		}
	}
	view, err := s.view(ctx, q)
	if err != nil {
		return view, 0, err
	}
	view.only(q.Technicians)
	return view, states[d], nil
}

// only leaves out the technicians who are not named.
func (v *PlanView) only(technicians []uuid.UUID) {
	maps.DeleteFunc(v.Technicians, func(id uuid.UUID, _ Technician) bool { return !slices.Contains(technicians, id) })
}

// change is a set of routes that exchange visits, as they are to be.
type change struct {
	PlanChange
	placements []placement
}

// changes takes the difference of two plans apart into sets of routes that can be changed one without the other, the most saving first.
func (p *problem) changes(d BasinDay, before, after *scheduler.Plan) []change {
	assigned := p.assignments(after, ByPlanner)
	group := map[uuid.UUID]uuid.UUID{} // a shift's set, by union
	var find func(id uuid.UUID) uuid.UUID
	find = func(id uuid.UUID) uuid.UUID {
		if up, ok := group[id]; ok && up != id {
			group[id] = find(up)
			return group[id]
		}
		return id
	}
	why := map[uuid.UUID][]TechnicianReasons{}
	for _, u := range after.Unassigned {
		why[uuid.MustParse(u.Visit)] = p.reasons(u.Why)
	}
	var placements []placement
	var bound uuid.UUID // a shift of a visit that depends on others
	for id, v := range p.visits {
		a, has := assigned[id]
		c := placement{old: v, why: why[id]}
		if has {
			c.to = &a
		}
		if p.fixed[id] || (!has && v.Assignment == nil) || c.keeps() {
			continue
		}
		placements = append(placements, c)
		if has && v.Assignment != nil {
			group[find(v.Assignment.ShiftID)] = find(a.ShiftID)
		}
		if len(v.Links.After)+len(v.Links.Together)+len(v.Rules.Resources) > 0 { // what moves one may bind another
			shift := cmp.Or(c.to, v.Assignment).ShiftID
			if bound == uuid.Nil {
				bound = shift
			}
			group[find(shift)] = find(bound)
		}
	}
	costs := map[uuid.UUID]int64{}
	for _, r := range before.Routes {
		costs[uuid.MustParse(r.Shift)] += int64(r.Cost.Total())
	}
	for _, r := range after.Routes {
		costs[uuid.MustParse(r.Shift)] -= int64(r.Cost.Total())
	}
	sets := map[uuid.UUID]*change{}
	for _, c := range placements {
		root := find(cmp.Or(c.to, c.old.Assignment).ShiftID)
		set := sets[root]
		if set == nil {
			set = &change{PlanChange: PlanChange{BasinDay: d, Routes: map[uuid.UUID]int64{}}}
			sets[root] = set
		}
		set.placements = append(set.placements, c)
		set.Moves = append(set.Moves, PlannedMove{VisitID: c.old.ID, Version: c.old.Version, Known: c.old.bound(), From: c.old.Assignment, To: c.to})
		if c.old.Assignment == nil {
			set.Saving += p.leftOut(c.old)
		} else {
			set.Routes[c.old.Assignment.ShiftID] = 0
		}
		if c.to == nil {
			set.Saving -= p.leftOut(c.old)
		} else {
			set.Routes[c.to.ShiftID] = 0
		}
	}
	for root, set := range sets {
		for shift, cost := range costs {
			if find(shift) == root {
				set.Saving += cost
			}
		}
		for shift := range set.Routes {
			set.Routes[shift] = p.shifts[shift].RouteVersion
		}
	}
	out := make([]change, 0, len(sets))
	for _, set := range sets {
		slices.SortFunc(set.Moves, func(a, b PlannedMove) int { return slices.Compare(a.VisitID[:], b.VisitID[:]) })
		out = append(out, *set)
	}
	slices.SortFunc(out, func(a, b change) int {
		return cmp.Or(cmp.Compare(b.Saving, a.Saving), slices.Compare(a.Moves[0].VisitID[:], b.Moves[0].VisitID[:]))
	})
	return out
}

// leftOut is what leaving the visit out of the plan costs.
func (p *problem) leftOut(v Visit) int64 { return p.view.Organization.Weights.LeftOut[v.Priority-1] }

// disrupts counts the moves of a change that somebody outside the office notices: another technician, or another time by more than is told.
func (c change) disrupts() (n int) {
	for _, m := range c.Moves {
		if m.Known && m.From != nil && m.To != nil && (m.From.TechnicianID != m.To.TechnicianID || shifted(m.From.Begin, m.To.Begin)) {
			n++
		}
	}
	return n
}

// makeChanges commits or proposes changes as far as the policy goes, each in a transaction of its own; again says that one was overtaken.
func (s *Service) makeChanges(ctx context.Context, org uuid.UUID, d BasinDay, p *problem, changes []change, decided Decision, left *int) (again bool, err error) {
	policy := p.view.Organization.Policy.Replan
	made, proposed, saved := 0, 0, int64(0)
	if err := s.store.Tx(ctx, org, func(ctx context.Context) error { return s.store.OutdatePlanChanges(ctx, d, s.clock()) }); err != nil {
		return false, err
	}
	for _, c := range changes {
		n := c.disrupts()
		if c.Saving <= 0 || c.Saving < policy.Saving*int64(n) || n > *left {
			continue
		}
		first := made+proposed == 0
		err := s.store.Tx(ctx, org, func(ctx context.Context) error {
			if err := s.makeChange(ctx, p, c, policy.Mode); err != nil || !first {
				return err
			}
			return s.store.InsertDecision(ctx, decided)
		})
		switch {
		case errors.Is(err, errMoved), KindOf(err) == KindStale, CodeOf(err) == "double_booking", CodeOf(err) == "busy":
			again = true
			continue
		case err != nil:
			return again, err
		}
		*left -= n
		saved += c.Saving
		if policy.Mode == ReplanPropose {
			proposed++
		} else {
			made++
		}
	}
	if made+proposed == 0 {
		return again, nil
	}
	return again, s.store.Tx(ctx, org, func(ctx context.Context) error {
		return s.store.AppendEvents(ctx, Event{Kind: EventReplanned, ActorRole: system.Role, Data: map[string]any{
			"basin": d.Basin, "day": d.Start, "made": made, "proposed": proposed, "saved": saved, "decision": decided.ID,
		}})
	})
}

func (s *Service) makeChange(ctx context.Context, p *problem, c change, mode ReplanMode) error {
	now := s.clock()
	c.Record = Record{ID: newID(), Version: 1, CreatedAt: now, UpdatedAt: now}
	c.Status = ChangeProposed
	if mode == ReplanCommit {
		c.Status, c.DecidedBy = ChangeMade, system
		if _, err := s.commit(ctx, system, p.view, c.placements); err != nil {
			return err
		}
	}
	return s.store.InsertPlanChange(ctx, c.PlanChange)
}

// PlanChanges lists the changes that the planner found, newest first; to dispatchers.
func (s *Service) PlanChanges(ctx context.Context, p Principal, status PlanChangeStatus, page Page) (Listing[PlanChange], error) {
	if !p.Staff() {
		return Listing[PlanChange]{}, Forbidden()
	}
	return within(ctx, s, p, func(ctx context.Context) (Listing[PlanChange], error) { return s.store.PlanChanges(ctx, status, page) })
}

// DecidePlanChange makes a proposed change, or puts it aside. A change that the plan has gone past is a conflict, and is outdated from then on.
func (s *Service) DecidePlanChange(ctx context.Context, p Principal, id uuid.UUID, version int, yes bool) (c PlanChange, err error) {
	if !p.Staff() {
		return c, Forbidden()
	}
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		if c, err = s.store.PlanChange(ctx, id); err != nil {
			return err
		}
		if err := fresh(c.Version, version, "plan_change"); err != nil {
			return err
		}
		if c.Status != ChangeProposed {
			return Conflict("plan_change.decided", map[string]any{"status": c.Status})
		}
		c.Status = ChangeRejected
		if yes {
			c.Status = ChangeMade
			if err := s.commitProposed(ctx, p, c); err != nil {
				return err
			}
		}
		c.Record, c.DecidedBy = s.next(c.Record), p.Actor()
		return overtaken(s.store.UpdatePlanChange(ctx, c))
	})
	if errors.Is(err, errMoved) {
		return c, errors.Join(Conflict("plan_change.outdated", nil), s.outdate(ctx, p, id))
	}
	return c, err
}

// outdate notes that the plan has gone past a proposed change.
func (s *Service) outdate(ctx context.Context, p Principal, id uuid.UUID) error {
	return s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		c, err := s.store.PlanChange(ctx, id)
		if err != nil || c.Status != ChangeProposed {
			return err
		}
		c.Status, c.Record = ChangeOutdated, s.next(c.Record)
		return overtaken(s.store.UpdatePlanChange(ctx, c))
	})
}

// leavesBefore reports whether somebody has to set off for a place by then.
func leavesBefore(a *Assignment, by time.Time) bool {
	return a != nil && a.Begin.Add(-time.Duration(a.TravelSeconds)*time.Second).Before(by)
}

// commitProposed makes a change as it was proposed, on the routes and visits that it was thought out on.
func (s *Service) commitProposed(ctx context.Context, p Principal, c PlanChange) error {
	view := PlanView{}
	for id, version := range c.Routes {
		shift, err := s.store.Shift(ctx, id)
		if err != nil {
			return err
		}
		shift.RouteVersion = version
		view.Shifts = append(view.Shifts, shift)
	}
	var placements []placement
	for _, m := range c.Moves {
		v, err := s.store.Visit(ctx, m.VisitID)
		if err != nil {
			return err
		}
		if v.Version != m.Version || leavesBefore(m.From, s.clock()) || leavesBefore(m.To, s.clock()) {
			return errMoved
		}
		placements = append(placements, placement{old: v, to: m.To, why: v.UnassignedReasons})
	}
	_, err := s.commit(ctx, p.Actor(), view, placements)
	return err
}
