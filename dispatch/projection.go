package dispatch

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// fixAge is how old a position may be that says where a technician is.
const fixAge = 15 * time.Minute

// projection is the thinking out of how a route goes on, from what really happened in it.
type projection struct {
	now   time.Time
	view  PlanView
	shift Shift
	free  time.Time // the technician is not before then: another route of his goes on
	fix   *Fix      // where he was last; nil: not known
}

// outlook is how a route is expected to go on.
type outlook struct {
	stops  []Visit   // not over, in order, each with the times that are expected in its assignment
	finish time.Time // when the technician is back
}

// outlook gives the outlook of the route; ok is false where it cannot be told: nothing of it is left, or it is a subcontractor's.
func (p projection) outlook() (out outlook, ok bool, err error) {
	view := p.alone()
	if p.shift.Rules.Pool || !slices.ContainsFunc(view.Visits, func(v Visit) bool { return !v.Status.Over() }) {
		return out, false, nil
	}
	problem := translate(view, p.now, nil)
	model, err := scheduler.Compile(&problem.Problem)
	if err != nil {
		return out, false, err
	}
	live, err := model.Load(problem.present())
	if err != nil {
		return out, false, err
	}
	routes := live.Plan().Routes
	if len(routes) != 1 {
		return out, false, nil
	}
	left := map[string]Visit{}
	for _, v := range p.visits() {
		if !v.Status.Over() {
			left[v.ID.String()] = v
		}
	}
	for _, stop := range routes[0].Stops {
		v, here := left[stop.Visit]
		if !here {
			continue
		}
		a := *v.Assignment
		a.Arrive, a.Begin, a.Depart = problem.instant(stop.Arrive), problem.instant(stop.Begin), problem.instant(stop.Depart)
		if !a.Depart.After(a.Begin) {
			a.Depart = a.Begin.Add(time.Second)
		}
		if !v.Status.UnderWay() {
			a.TravelSeconds, a.TravelMetres = int(stop.Travel), int(stop.Distance)
		}
		v.Assignment = &a
		out.stops = append(out.stops, v)
	}
	out.finish = problem.instant(routes[0].Finish)
	return out, len(out.stops) == len(left), nil
}

// visits are those of the route, as they stand.
func (p projection) visits() (out []Visit) {
	for _, v := range p.view.Visits {
		if v.Assignment != nil && v.Assignment.ShiftID == p.shift.ID && v.Status != Cancelled {
			out = append(out, v)
		}
	}
	return out
}

// alone is the view of this route and nothing else, as it has to go on: everything in it is done in its order, however late, and whatever plans
// ask for. What is under way has the times that are expected of it.
func (p projection) alone() PlanView {
	view := p.view
	view.Linked, view.Past, view.Still, view.Announced, view.Thawed = nil, nil, time.Time{}, nil, true
	view.Places, view.Visits = maps.Clone(p.view.Places), p.visits()
	shift := p.shift
	shift.Start = latest(shift.Start, p.free)
	shift.End = latest(shift.End, p.now).Add(farOff)
	shift.Rules = ShiftRules{StartsAnywhere: shift.Rules.StartsAnywhere, EndsAnywhere: shift.Rules.EndsAnywhere, Stock: shift.Rules.Stock}
	for i, v := range view.Visits {
		switch {
		case v.Status.UnderWay():
			view.Visits[i] = p.foreseen(v)
		case !v.Status.Over():
			view.Visits[i] = p.loosened(v, shift.End)
		}
	}
	p.standsBy(&view, &shift)
	view.Shifts = []Shift{shift}
	return view
}

// farOff is how long a route may run over.
const farOff = 36 * time.Hour

// standsBy has a technician who does nothing now leave from where he is, now.
func (p projection) standsBy(view *PlanView, shift *Shift) {
	last := -1
	for i, v := range view.Visits {
		if v.Status.UnderWay() {
			return
		}
		if v.ActualEnd != nil && (last < 0 || view.Visits[last].ActualEnd.Before(*v.ActualEnd)) {
			last = i
		}
	}
	if last < 0 {
		if fix := p.seen(p.shift.Start); fix != nil {
			shift.StartPlace, shift.Rules.StartsAnywhere = fix.Position, false
		}
		return
	}
	v := &view.Visits[last]
	if fix := p.seen(*v.ActualEnd); fix != nil {
		v.SiteID = newID()
		view.Places[v.SiteID] = PlanPlace{Position: fix.Position, TerritoryID: v.TerritoryID}
		a := *v.Assignment
		a.SiteID = uuid.Nil
		v.Assignment = &a
	}
	now := latest(p.now, *v.ActualEnd)
	v.ActualEnd = &now
}

// seen is where the technician is, if that was heard lately and after an instant.
func (p projection) seen(after time.Time) *Fix {
	if p.fix == nil || p.fix.At.Before(after) || p.now.Sub(p.fix.At) > fixAge {
		return nil
	}
	return p.fix
}

// planned are the times that were planned before anything happened.
func (v Visit) planned() (begin, depart time.Time) {
	if v.ETA != nil && v.ETA.Begin.Equal(v.Assignment.Begin) {
		return v.ETA.PlannedBegin, v.ETA.PlannedDepart
	}
	return v.Assignment.Begin, v.Assignment.Depart
}

// opens is from when on an assigned visit may begin: when what was promised does, else the window that it is planned in.
func (v Visit) opens() time.Time {
	open := v.Windows[0].Start
	for _, w := range v.Windows {
		if !w.Start.After(v.Assignment.Begin) {
			open = w.Start
		}
	}
	if v.Promise != nil {
		open = v.Promise.Start
	}
	if v.PinnedStart != nil {
		open = latest(open, *v.PinnedStart)
	}
	return open
}

// foreseen is a visit under way with the times that are expected of it.
func (p projection) foreseen(v Visit) Visit {
	a := *v.Assignment
	begin, depart := v.planned()
	length := depart.Sub(begin)
	switch v.Status {
	case EnRoute:
		a.Arrive = latest(p.now, p.arrival(v))
		a.Begin = latest(a.Arrive, v.opens())
		a.Depart = a.Begin.Add(length)
	case Arrived:
		a.Arrive = earliest(p.now, *cmp.Or(v.ArrivedAt, &a.Arrive))
		a.Begin = latest(p.now, v.opens())
		a.Depart = a.Begin.Add(length)
	default:
		a.Begin = *cmp.Or(v.ActualStart, &a.Begin)
		a.Arrive = earliest(a.Begin, *cmp.Or(v.ArrivedAt, &a.Arrive))
		a.Depart = latest(p.now, a.Begin.Add(length+v.Pauses))
		if v.PausedAt != nil {
			worked := v.PausedAt.Sub(a.Begin) - v.Pauses
			a.Depart = p.now.Add(max(0, length-worked))
		}
	}
	if v.ExpectedEnd != nil && v.Status != EnRoute {
		a.Depart = latest(latest(p.now, *v.ExpectedEnd), a.Begin)
	}
	v.Assignment = &a
	return v
}

// arrival is when a technician on the way arrives: by where he is, else by when he set off.
func (p projection) arrival(v Visit) time.Time {
	left := *cmp.Or(v.SetOffAt, &p.now)
	at, known := p.view.Places[assignedSite(v)]
	if fix := p.seen(left); fix != nil && known {
		return fix.At.Add(p.view.travel.Travel(fix.Position, at.Position, p.shift.Transport, fix.At))
	}
	return left.Add(time.Duration(v.Assignment.TravelSeconds) * time.Second)
}

// loosened is a visit still to come that may begin from when it opens on, until the end, whatever was promised.
func (p projection) loosened(v Visit, end time.Time) Visit {
	open := v.opens()
	for _, l := range p.view.Linked {
		for _, a := range v.Links.After {
			if ends, known := endOf(l); a.VisitID == l.ID && known {
				open = latest(open, ends.Add(time.Duration(a.Least)*time.Second))
			}
		}
		if slices.Contains(v.Links.Together, l.ID) && l.Assignment != nil && l.ID != v.ID {
			open = latest(open, l.Assignment.Arrive) // whoever of a crew is there first waits
		}
	}
	r := v.Rules
	v.Windows = []Span{{Start: open, End: end}}
	v.Promise, v.PinnedStart, v.PinnedPosition, v.PinnedTechnician, v.RefusedBy, v.Links = nil, nil, 0, uuid.Nil, nil, VisitLinks{}
	v.Rules = WorkRules{Setup: r.Setup, Durations: r.Durations, Parts: r.Parts, AlternativeSiteIDs: r.AlternativeSiteIDs, Prefer: r.Prefer}
	return v
}

// settled completes the outlook's visits with how sure their times are.
func (p projection) settled(out outlook, known map[ErrorKey]ErrorCounts) error {
	for i := range out.stops {
		v := &out.stops[i]
		zone, err := Zone(v.TimeZone)
		if err != nil {
			return err
		}
		begin, ahead := v.Assignment.Begin, min(i, visitsAhead)
		early, late := known[ErrorKey{Mode: v.Mode, Hour: begin.In(zone).Hour(), Ahead: ahead}].interval(ahead)
		switch v.Status {
		case Started, Paused:
			early, late = 0, 0
		case Arrived:
			early = 0
		}
		old := p.view.visit(v.ID)
		e := ETA{ShiftID: p.shift.ID, Begin: begin, Latest: begin.Add(late), At: p.now}
		e.PlannedBegin, e.PlannedDepart = old.planned()
		e.Earliest = earliest(begin, latest(begin.Add(early), latest(p.now, old.opens())))
		if old.ETA != nil && old.ETA.Begin.Equal(old.Assignment.Begin) {
			e.Said = old.ETA.Said
		}
		e.Said[ahead] = &begin
		v.ETA = &e
	}
	return nil
}

// strays reports whether what is expected of a visit now is told.
func strays(old, v Visit, threshold time.Duration) bool {
	was, is := old.ETA, v.ETA
	if was == nil || !was.Begin.Equal(old.Assignment.Begin) {
		return true
	}
	far := func(a, b time.Time) bool { return a.Sub(b).Abs() >= threshold }
	return far(old.Assignment.Begin, is.Begin) || far(old.Assignment.Depart, v.Assignment.Depart) || far(was.Earliest, is.Earliest) || far(was.Latest, is.Latest)
}
