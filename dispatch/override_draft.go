package dispatch

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// draft is a part of the plan that a dispatcher's changes are tried out on.
type draft struct {
	view    PlanView                  // as read
	visits  map[uuid.UUID]Visit       // as they are to be; their assignments as far as shift and technician go
	shifts  map[uuid.UUID]Shift       // as they are to be
	order   map[uuid.UUID][]uuid.UUID // by shift that can still be worked: the visits that have not begun, in order
	done    map[uuid.UUID]int         // by shift: how many have
	touched map[uuid.UUID]bool        // shifts
	named   map[uuid.UUID]bool        // visits that a change names
	timed   map[uuid.UUID]bool        // visits whose beginning a change names
}

// readDraft reads the routes that the changes touch, with the days around them, for the rest between shifts.
func (s *Service) readDraft(ctx context.Context, changes []Change) (*draft, error) {
	span, technicians, visits, err := s.reach(ctx, changes)
	if err != nil {
		return nil, err
	}
	q := ViewQuery{Span: span, Visits: visits, Technicians: technicians}
	view, err := s.view(ctx, q)
	if err != nil {
		return nil, err
	}
	if sharing(view, visits) { // who else holds what they need is to be seen in everybody's routes
		if view, err = s.view(ctx, ViewQuery{Span: span, Visits: visits}); err != nil {
			return nil, err
		}
	}
	view.Thawed, view.Announced = true, map[uuid.UUID]uuid.UUID{}
	d := &draft{
		view: view, visits: map[uuid.UUID]Visit{}, shifts: map[uuid.UUID]Shift{}, order: map[uuid.UUID][]uuid.UUID{}, done: map[uuid.UUID]int{},
		touched: map[uuid.UUID]bool{}, named: map[uuid.UUID]bool{}, timed: map[uuid.UUID]bool{},
	}
	for _, shift := range view.Shifts {
		d.shifts[shift.ID] = shift
	}
	t := newTranslator(view, s.clock(), nil)
	for _, shift := range t.Shifts {
		d.order[uuid.MustParse(shift.ID)] = nil
	}
	for _, v := range view.Visits {
		d.visits[v.ID] = v
		if v.Assignment == nil {
			continue
		}
		if t.fixed[v.ID] {
			d.done[v.Assignment.ShiftID]++
		} else if _, here := d.order[v.Assignment.ShiftID]; here {
			d.order[v.Assignment.ShiftID] = append(d.order[v.Assignment.ShiftID], v.ID)
		}
	}
	for _, ids := range d.order {
		slices.SortFunc(ids, func(a, b uuid.UUID) int { return d.visits[a].Assignment.Begin.Compare(d.visits[b].Assignment.Begin) })
	}
	return d, nil
}

// sharing reports whether one of the visits needs something scarce.
func sharing(view PlanView, visits []uuid.UUID) bool {
	return slices.ContainsFunc(view.Visits, func(v Visit) bool { return len(v.Rules.Resources) > 0 && slices.Contains(visits, v.ID) })
}

// reach is how far the changes reach: when, whose routes, and which visits; unknown ids are faults.
func (s *Service) reach(ctx context.Context, changes []Change) (span Span, technicians, visits []uuid.UUID, err error) {
	r := reaching{s: s}
	for i, c := range changes {
		if err := r.change(ctx, pathOf(i), c); err != nil {
			return span, nil, nil, err
		}
	}
	if err := r.faults.Err(); err != nil {
		return span, nil, nil, err
	}
	if err := r.linked(ctx); err != nil {
		return span, nil, nil, err
	}
	if r.span.Start.IsZero() {
		now := s.clock()
		r.span = Span{Start: now, End: now}
	}
	span = Span{Start: r.span.Start.Add(-dayAround), End: r.span.End.Add(dayAround)}
	if limit := span.Start.Add(maxPlanSpan); span.End.After(limit) {
		span.End = limit
	}
	return span, r.technicians, r.visits, nil
}

// reaching gathers what changes reach.
type reaching struct {
	s           *Service
	faults      Faults
	span        Span // of the starts of shifts
	technicians []uuid.UUID
	visits      []uuid.UUID
	requests    []uuid.UUID
}

func (r *reaching) change(ctx context.Context, path string, c Change) error {
	for field, id := range map[string]uuid.UUID{"/visit_id": c.VisitID, "/other_visit_id": c.OtherVisitID} {
		if err := r.visit(ctx, path+field, id); err != nil {
			return err
		}
	}
	if err := r.shift(ctx, path+"/shift_id", c.ShiftID); err != nil {
		return err
	}
	if c.TechnicianID != uuid.Nil {
		if _, err := r.s.store.Technician(ctx, c.TechnicianID); missing(err) {
			r.faults.Add(path+"/technician_id", "technician.unknown", nil)
		} else if err != nil {
			return err
		}
		r.technician(c.TechnicianID)
	}
	if c.Begin != nil {
		r.at(*c.Begin)
	}
	return nil
}

func (r *reaching) visit(ctx context.Context, path string, id uuid.UUID) error {
	if id == uuid.Nil || slices.Contains(r.visits, id) {
		return nil
	}
	v, err := r.s.store.Visit(ctx, id)
	if missing(err) {
		r.faults.Add(path, "visit.unknown", nil)
		return nil
	}
	if err != nil {
		return err
	}
	r.visits = append(r.visits, id)
	if !slices.Contains(r.requests, v.RequestID) {
		r.requests = append(r.requests, v.RequestID)
	}
	if v.Assignment != nil {
		return r.shift(ctx, path, v.Assignment.ShiftID)
	}
	now := r.s.clock()
	r.at(latest(v.Windows[0].Start, now))
	r.at(latest(v.Windows[len(v.Windows)-1].End, now))
	return nil
}

func (r *reaching) shift(ctx context.Context, path string, id uuid.UUID) error {
	if id == uuid.Nil {
		return nil
	}
	shift, err := r.s.store.Shift(ctx, id)
	if missing(err) {
		r.faults.Add(path, "shift.unknown", nil)
		return nil
	}
	if err != nil {
		return err
	}
	r.technician(shift.TechnicianID)
	r.at(shift.Start)
	return nil
}

func (r *reaching) technician(id uuid.UUID) {
	if !slices.Contains(r.technicians, id) {
		r.technicians = append(r.technicians, id)
	}
}

func (r *reaching) at(t time.Time) {
	if r.span.Start.IsZero() {
		r.span = Span{Start: t, End: t}
	}
	r.span.Start, r.span.End = earliest(r.span.Start, t), latest(r.span.End, t)
}

// linked reaches the routes of visits that those named depend on, or that depend on them.
func (r *reaching) linked(ctx context.Context) error {
	if len(r.requests) == 0 {
		return nil
	}
	of, err := r.s.store.VisitsOf(ctx, r.requests...)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(of, func(v Visit) bool { return len(v.Links.Together)+len(v.Links.After) > 0 }) {
		return nil
	}
	for _, v := range of {
		if v.Assignment != nil && !v.Status.Over() {
			r.technician(v.Assignment.TechnicianID)
			r.at(v.Assignment.Begin)
		}
		if !slices.Contains(r.visits, v.ID) && !v.Status.Over() {
			r.visits = append(r.visits, v.ID)
		}
	}
	return nil
}

// clone is a copy that can be changed without changing d.
func (d *draft) clone() *draft {
	c := *d
	c.visits, c.shifts, c.touched, c.named, c.timed = maps.Clone(d.visits), maps.Clone(d.shifts), maps.Clone(d.touched), maps.Clone(d.named), maps.Clone(d.timed)
	c.order = make(map[uuid.UUID][]uuid.UUID, len(d.order))
	for id, visits := range d.order {
		c.order[id] = slices.Clone(visits)
	}
	return &c
}

// pull takes a visit out of its route, if it has one.
func (d *draft) pull(id uuid.UUID) {
	v := d.visits[id]
	if v.Assignment == nil {
		return
	}
	shift := v.Assignment.ShiftID
	d.touched[shift] = true
	d.order[shift] = slices.DeleteFunc(d.order[shift], func(o uuid.UUID) bool { return o == id })
	v.Assignment = nil
	d.visits[id] = v
}

// put places a visit that is in no route before the ith of a shift's visits that have not begun.
func (d *draft) put(id, shift uuid.UUID, i int) {
	v := d.visits[id]
	i = min(max(i, 0), len(d.order[shift]))
	d.order[shift] = slices.Insert(d.order[shift], i, id)
	d.touched[shift] = true
	start := d.shifts[shift].Start // stands for times that are not reckoned yet
	a := Assignment{VisitID: id, ShiftID: shift, TechnicianID: d.shifts[shift].TechnicianID, Arrive: start, Begin: start, Depart: start}
	if old := d.read(id); old.Assignment != nil {
		a.Arrive, a.Begin, a.Depart = old.Assignment.Arrive, old.Assignment.Begin, old.Assignment.Depart
		if old.Assignment.ShiftID == shift {
			a.SiteID = old.Assignment.SiteID
		}
	}
	v.Assignment = &a
	d.visits[id] = v
}

// touchLinked takes the routes of visits that depend on those touched for touched: they may move with them.
func (d *draft) touchLinked(links []scheduler.Link) {
	for range links { // until nothing more is touched
		for _, l := range links {
			shifts := d.shiftsOf(l)
			if slices.ContainsFunc(shifts, func(id uuid.UUID) bool { return d.touched[id] }) {
				for _, id := range shifts {
					d.touched[id] = true
				}
			}
		}
	}
}

// shiftsOf lists the shifts that a link's visits are in.
func (d *draft) shiftsOf(l scheduler.Link) (out []uuid.UUID) {
	for _, name := range l.Visits {
		if a := d.visits[uuid.MustParse(name)].Assignment; a != nil {
			out = append(out, a.ShiftID)
		}
	}
	return out
}

// read is the visit as it was read.
func (d *draft) read(id uuid.UUID) Visit { return d.view.visit(id) }

// planned is the view as the draft has it, for the planner's rules to be asked about.
func (d *draft) planned() PlanView {
	view := d.view
	view.Announced = maps.Clone(view.Announced)
	view.Visits, view.Shifts, view.Linked = slices.Clone(view.Visits), slices.Clone(view.Shifts), slices.Clone(view.Linked)
	for i, old := range view.Visits {
		v := d.visits[old.ID]
		if old.told() && old.Assignment != nil && (v.Assignment == nil || v.Assignment.TechnicianID != old.Assignment.TechnicianID) {
			view.Announced[v.ID] = old.Assignment.TechnicianID
			v.Status = Planned
		}
		if v.Assignment == nil && old.Assignment != nil {
			v.Status = Unassigned
		}
		view.Visits[i] = v
	}
	for i, v := range view.Linked {
		if now, here := d.visits[v.ID]; here {
			view.Linked[i] = now
		}
	}
	for i, shift := range view.Shifts {
		view.Shifts[i] = d.shifts[shift.ID]
	}
	return view
}
