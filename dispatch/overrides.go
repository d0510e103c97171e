package dispatch

import (
	"context"
	"reflect"
	"slices"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// proposal is an override thought out: what it would make of the plan, and how that is written.
type proposal struct {
	draft      *draft
	outcome    Outcome
	placements []placement
	extended   []Shift // as they are to be
}

// PreviewOverride says what changes would break, cost and move; nothing is changed.
func (s *Service) PreviewOverride(ctx context.Context, p Principal, changes []Change) (Outcome, error) {
	if err := s.mayOverride(p, changes); err != nil {
		return Outcome{}, err
	}
	return within(ctx, s, p, func(ctx context.Context) (Outcome, error) {
		made, err := s.propose(ctx, changes, false)
		return made.outcome, err
	})
}

func (s *Service) mayOverride(p Principal, changes []Change) error {
	if !p.Staff() {
		return Forbidden()
	}
	return s.checkChanges(changes)
}

// propose thinks changes out on the plan as it stands. Forced, the routes that break a rule are to stay as they then are.
func (s *Service) propose(ctx context.Context, changes []Change, force bool) (proposal, error) {
	d, err := s.readDraft(ctx, changes)
	if err != nil {
		return proposal{}, err
	}
	before, err := s.judge(d)
	if err != nil {
		return proposal{}, err
	}
	if err := s.apply(d, changes); err != nil {
		return proposal{}, err
	}
	after, err := s.judge(d)
	if err != nil {
		return proposal{}, err
	}
	made := proposal{draft: d, outcome: Outcome{
		Currency: d.view.Organization.Currency, TimeZone: d.view.Organization.TimeZone, Breaches: more(before.breaches, after.breaches),
		Costs: difference(before.cost, after.cost),
	}}
	d.touchLinked(after.t.Links)
	made.place(after, d.stands(after, made.outcome.Breaches, force))
	return made, nil
}

func difference(before, after scheduler.Breakdown) (out []TermCost) {
	for _, term := range scheduler.Terms() {
		if by := after[term] - before[term]; by != 0 {
			out = append(out, TermCost{Term: term.String(), Cost: int64(by)})
		}
	}
	return out
}

// stands lists the shifts whose routes the planner has to leave as they are: those that newly break a rule by force, and those forced before
// that still break one.
func (d *draft) stands(after verdict, breaches []Breach, force bool) map[uuid.UUID]bool {
	out := map[uuid.UUID]bool{}
	for _, b := range breaches {
		out[b.ShiftID] = force
		if b.Code != "breach.link" {
			continue
		}
		for _, l := range after.t.Links { // whoever it is tied to could not stay either
			if slices.Contains(l.Visits, b.VisitID.String()) {
				for _, shift := range d.shiftsOf(l) {
					out[shift] = force
				}
			}
		}
	}
	before := map[uuid.UUID]bool{}
	for _, v := range d.view.Visits {
		if v.Assignment != nil && v.Assignment.Forced {
			before[v.Assignment.ShiftID] = true
		}
	}
	for _, b := range after.breaches {
		if before[b.ShiftID] {
			out[b.ShiftID] = true
		}
	}
	return out
}

// place writes down what becomes of every visit that the changes touch.
func (made *proposal) place(after verdict, stands map[uuid.UUID]bool) {
	d := made.draft
	assigned := after.t.assignments(after.plan, ByPlanner)
	made.outcome.Basis = Basis{Routes: map[uuid.UUID]int64{}, Visits: map[uuid.UUID]int{}}
	for _, old := range d.view.Visits {
		v := d.visits[old.ID]
		here := v.Assignment != nil && d.touched[v.Assignment.ShiftID]
		there := old.Assignment != nil && d.touched[old.Assignment.ShiftID]
		if after.t.fixed[old.ID] || (!here && !there && !d.named[old.ID]) {
			continue
		}
		made.outcome.Basis.Visits[old.ID] = old.Version
		_, placed := assigned[old.ID]
		if v.Assignment != nil && !placed {
			continue // it stays where it is: a breach says why
		}
		c := placement{old: old, why: old.UnassignedReasons, as: d.asChanged(old)}
		if a := assigned[old.ID]; placed {
			c.to, c.why = d.decided(old, a, stands), nil
		} else if old.Assignment != nil {
			c.why = nil
		}
		if c.keeps() {
			continue
		}
		made.placements = append(made.placements, c)
		made.outcome.Moves = append(made.outcome.Moves, d.moved(old, c.to))
	}
	for id := range d.touched {
		was := d.view.shift(id)
		made.outcome.Basis.Routes[id] = was.RouteVersion
		if shift := d.shifts[id]; shift.Rules.Overtime != was.Rules.Overtime {
			made.extended = append(made.extended, shift)
		}
	}
	slices.SortFunc(made.extended, func(a, b Shift) int { return slices.Compare(a.ID[:], b.ID[:]) })
}

func (v PlanView) shift(id uuid.UUID) Shift {
	return v.Shifts[slices.IndexFunc(v.Shifts, func(s Shift) bool { return s.ID == id })]
}

// decided says by whom a visit is where it is, and whether its route has to stay so.
func (d *draft) decided(old Visit, a Assignment, stands map[uuid.UUID]bool) *Assignment {
	a.Forced = stands[a.ShiftID]
	switch {
	case d.named[old.ID]:
		a.DecidedBy = ByDispatcher
	case old.Assignment != nil:
		a.DecidedBy = old.Assignment.DecidedBy
	}
	return &a
}

// asChanged is what the changes make of a visit beside its place; nil when nothing.
func (d *draft) asChanged(old Visit) func(*Visit) {
	v := d.visits[old.ID]
	samePins := v.PinnedTechnician == old.PinnedTechnician && v.PinnedPosition == old.PinnedPosition &&
		(v.PinnedStart == nil) == (old.PinnedStart == nil) && (v.PinnedStart == nil || v.PinnedStart.Equal(*old.PinnedStart))
	if samePins && reflect.DeepEqual(stored(v.Links), stored(old.Links)) {
		return nil
	}
	return func(to *Visit) {
		to.PinnedTechnician, to.PinnedPosition, to.PinnedStart, to.Links = v.PinnedTechnician, v.PinnedPosition, v.PinnedStart, stored(v.Links)
	}
}

func (d *draft) moved(old Visit, to *Assignment) Move {
	return Move{
		VisitID: old.ID, Reference: old.Reference, TimeZone: old.TimeZone, From: old.Assignment, To: to, Told: old.told(), Promise: old.Promise,
		KeepsWord: to != nil && old.Promise != nil && awayFrom([]Span{*old.Promise}, to.Begin) == 0, Dispatcher: d.named[old.ID],
	}
}

// NewOverride is an override as a dispatcher asks for it.
type NewOverride struct {
	Changes []Change
	Basis   Basis  // as the preview gave it
	Reason  string // wanted with Force
	Force   bool   // hard rules may be broken, but for one person's time
}

// MakeOverride changes the plan as a dispatcher wants it. It is a conflict with every hard rule that it would break, unless it is forced, and
// KindStale when the plan is no longer what the preview saw.
func (s *Service) MakeOverride(ctx context.Context, p Principal, n NewOverride) (Override, error) {
	if err := s.mayOverride(p, n.Changes); err != nil {
		return Override{}, err
	}
	var faults Faults
	faults.tidy("/reason", &n.Reason, 0, maxOverrideReason, true)
	faults.Check(!n.Force || n.Reason != "", "/reason", "override.reason")
	if err := faults.Err(); err != nil {
		return Override{}, err
	}
	return changing(ctx, s, p, func(ctx context.Context) (Override, error) {
		made, err := s.propose(ctx, n.Changes, n.Force)
		if err != nil {
			return Override{}, err
		}
		if !made.outcome.Basis.within(n.Basis) {
			return Override{}, Stale("plan")
		}
		if err := refused(made.outcome.Breaches, n.Force); err != nil {
			return Override{}, err
		}
		return s.makeOverride(ctx, p, n, made)
	})
}

// within reports whether all of a basis is as another has it.
func (b Basis) within(seen Basis) bool {
	for id, version := range b.Routes {
		if seen.Routes[id] != version {
			return false
		}
	}
	for id, version := range b.Visits {
		if seen.Visits[id] != version {
			return false
		}
	}
	return true
}

// refused is the conflict of an override with the rules it would break, if it may not.
func refused(breaches []Breach, force bool) error {
	refusal := &Error{Kind: KindConflict, Code: "override.breaks_rules"}
	stop := false
	for _, b := range breaches {
		stop = stop || !force || !b.Forceable
		refusal.Faults = append(refusal.Faults, Fault{Path: "/changes", Code: b.Code, Params: b.Params})
		if !b.Forceable {
			refusal.Code = "override.impossible"
		}
	}
	if !stop {
		return nil
	}
	return refusal
}

// makeOverride writes a proposal and remembers what it touched, before and after.
func (s *Service) makeOverride(ctx context.Context, p Principal, n NewOverride, made proposal) (Override, error) {
	o := Override{
		Changes: n.Changes, Reason: n.Reason, Forced: len(made.outcome.Breaches) > 0, Breaches: made.outcome.Breaches, Costs: made.outcome.Costs, MadeBy: p.Actor(),
	}
	routes := made.routes()
	if err := s.lockUnmoved(ctx, routes, made.outcome.Basis); err != nil {
		return o, err
	}
	return s.recorded(ctx, o, routes, visitsOf(made.placements), func() error {
		if _, err := s.commit(ctx, p.Actor(), made.draft.view, made.placements); err != nil {
			return err
		}
		for _, shift := range made.extended {
			shift.Record = s.next(shift.Record)
			if err := s.store.UpdateShift(ctx, shift); err != nil {
				return overtaken(err)
			}
			if err := s.store.AppendEvents(ctx, shiftEvent(shift, p)); err != nil {
				return err
			}
		}
		return nil
	})
}

func visitsOf(placements []placement) (out []uuid.UUID) {
	for _, c := range placements {
		if !c.keeps() {
			out = append(out, c.old.ID)
		}
	}
	return out
}

// recorded makes a change of some routes and visits and keeps it as an override that can be undone.
func (s *Service) recorded(ctx context.Context, o Override, routes, visits []uuid.UUID, do func() error) (Override, error) {
	if _, err := s.store.LockRoutes(ctx, routes); err != nil {
		return o, err
	}
	var err error
	if o.Before, err = s.lockState(ctx, routes, visits); err != nil {
		return o, err
	}
	if err := do(); err != nil {
		return o, err
	}
	if o.After, err = s.lockState(ctx, routes, visits); err != nil {
		return o, err
	}
	o.Record, o.Status, o.ChangedBy = s.newRecord(), OverrideMade, o.MadeBy
	if err := s.store.InsertOverride(ctx, o); err != nil {
		return o, err
	}
	return o, s.store.AppendEvents(ctx, overrideEvent(EventOverrideMade, o))
}

// lockState locks visits and gives the state of them and of their routes, which the caller has locked.
func (s *Service) lockState(ctx context.Context, routes, visits []uuid.UUID) (PlanState, error) {
	locked, err := s.store.LockVisits(ctx, visits)
	if err != nil {
		return PlanState{}, err
	}
	return s.planState(ctx, locked, routes)
}

// routes are the routes that a proposal touches, in id order.
func (made proposal) routes() []uuid.UUID {
	var out []uuid.UUID
	for id := range made.draft.touched {
		out = append(out, id)
	}
	slices.SortFunc(out, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return out
}

// lockUnmoved locks routes; errMoved when one is not as the basis has it.
func (s *Service) lockUnmoved(ctx context.Context, routes []uuid.UUID, basis Basis) error {
	versions, err := s.store.LockRoutes(ctx, routes)
	if err != nil {
		return err
	}
	for id, version := range basis.Routes {
		if versions[id] != version {
			return errMoved
		}
	}
	return nil
}

// overrideEvent is what the organization hears of an override: ids and kinds.
func overrideEvent(kind string, o Override) Event {
	var visits, shifts []uuid.UUID
	for _, v := range o.After.Visits {
		visits = append(visits, v.VisitID)
	}
	for _, shift := range o.After.Shifts {
		shifts = append(shifts, shift.ShiftID)
	}
	var kinds []ChangeKind
	for _, c := range o.Changes {
		kinds = append(kinds, c.Kind)
	}
	e := Event{
		Kind: kind, ActorRole: o.ChangedBy.Role, ActorID: o.ChangedBy.ID,
		Data: map[string]any{"override": o.ID, "kinds": kinds, "visits": visits, "shifts": shifts, "forced": o.Forced},
	}
	if len(o.Changes) == 1 && o.Changes[0].VisitID != uuid.Nil {
		e.VisitID = o.Changes[0].VisitID
	}
	return e
}

// Override gives one override.
func (s *Service) Override(ctx context.Context, p Principal, id uuid.UUID) (Override, error) {
	if !p.Staff() {
		return Override{}, Forbidden()
	}
	return within(ctx, s, p, func(ctx context.Context) (Override, error) { return s.store.Override(ctx, id) })
}

// Overrides lists the overrides, newest first.
func (s *Service) Overrides(ctx context.Context, p Principal, page Page) (Listing[Override], error) {
	if !p.Staff() {
		return Listing[Override]{}, Forbidden()
	}
	return within(ctx, s, p, func(ctx context.Context) (Listing[Override], error) { return s.store.Overrides(ctx, page) })
}
