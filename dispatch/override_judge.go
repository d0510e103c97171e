package dispatch

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
	"tournee/scheduler/check"
)

// verdict is a draft as it would run, and what the independent checker says of it.
type verdict struct {
	t        *translator
	plan     *scheduler.Plan
	breaches []Breach
	cost     scheduler.Breakdown
}

// judge has a draft's routes run in their order, whatever rules that breaks, and has the result checked.
func (s *Service) judge(d *draft) (verdict, error) {
	t, outside := s.translateDraft(d)
	v := verdict{t: t}
	problem := t.Problem
	plan, err := d.run(t, &problem, d.begins(t))
	if err != nil {
		return v, err
	}
	v.plan = plan
	violations, cost := check.Plan(&problem, plan)
	v.cost = cost
	v.breaches = d.breaches(t, plan, violations, outside)
	return v, nil
}

// translateDraft makes a problem of a draft. A visit that is to begin outside its windows gets a window there; outside says which.
func (s *Service) translateDraft(d *draft) (t *translator, outside map[uuid.UUID]bool) {
	view := d.planned()
	outside = map[uuid.UUID]bool{}
	t = newTranslator(view, s.clock(), nil)
	for i, v := range view.Visits {
		_, known := t.visits[v.ID]
		if v.Assignment == nil || known || t.why[v.ID] != "" || !slices.Contains(t.missed, v.ID) {
			continue
		}
		view.Visits[i].Windows, view.Visits[i].Promise = []Span{d.lasts(d.shifts[v.Assignment.ShiftID])}, nil // its windows are over
		outside[v.ID] = true
	}
	if len(outside) > 0 {
		t = newTranslator(view, s.clock(), nil)
	}
	for _, v := range view.Visits {
		forced := d.timed[v.ID] || v.Assignment != nil && v.Assignment.Forced
		if v.Assignment != nil && v.PinnedStart != nil && forced && !t.fixed[v.ID] && t.holdAt(v.ID, *v.PinnedStart) {
			outside[v.ID] = true
		}
	}
	return t, outside
}

// holdAt has a visit begin at a moment outside its windows; it reports whether that was needed.
func (t *translator) holdAt(id uuid.UUID, begin time.Time) bool {
	name, at := id.String(), t.at(begin)
	i := slices.IndexFunc(t.Visits, func(v scheduler.Visit) bool { return v.ID == name })
	if i < 0 || slices.ContainsFunc(t.Visits[i].Windows, func(w scheduler.Window) bool { return w.Open <= at && at <= w.Close }) {
		return false
	}
	t.Visits[i].Windows = []scheduler.Window{{Open: at, Close: at}}
	j := slices.IndexFunc(t.Pins, func(p scheduler.Pin) bool { return p.Visit == name })
	if j < 0 {
		j = len(t.Pins)
		t.Pins = append(t.Pins, scheduler.Pin{Visit: name})
	}
	t.Pins[j].Begin, t.Pins[j].Shift = &at, ""
	return true
}

// run gives the routes of a draft their times. Visits that are tied to others begin when begins says.
func (d *draft) run(t *translator, p *scheduler.Problem, begins map[string]scheduler.Time) (*scheduler.Plan, error) {
	model, err := scheduler.Compile(p)
	if invalid, bad := errors.AsType[*scheduler.Invalid](err); bad {
		return nil, &Error{Kind: KindConflict, Code: "override.impossible", Err: invalid}
	}
	if err != nil {
		return nil, err
	}
	plan := &scheduler.Plan{}
	for _, shift := range p.Shifts {
		route := scheduler.Route{Shift: shift.ID, Technician: shift.Technician}
		for _, id := range d.order[uuid.MustParse(shift.ID)] {
			if v, here := t.visits[id]; here && v.Assignment != nil {
				stop := t.stop(v)
				stop.Begin = begins[stop.Visit]
				route.Stops = append(route.Stops, stop)
			}
		}
		plan.Routes = append(plan.Routes, route)
	}
	live, err := model.Load(plan)
	if err != nil {
		return nil, err
	}
	return live.Plan(), nil
}

// begins says when the visits that depend on one another, or share something, are to begin: when they do, where that is still possible, else
// as soon as all of a crew are there and what comes before is done.
func (d *draft) begins(t *translator) map[string]scheduler.Time {
	out := map[string]scheduler.Time{}
	if len(t.Links) == 0 && !slices.ContainsFunc(t.Visits, func(v scheduler.Visit) bool { return len(v.Resources) > 0 }) {
		return out
	}
	apart := t.Problem
	apart.Links, apart.Resources, apart.Visits = nil, nil, slices.Clone(t.Visits)
	for i := range apart.Visits {
		apart.Visits[i].Resources = nil
	}
	plan, err := d.run(t, &apart, out)
	if err != nil {
		return out // judged as it is, the draft says the same
	}
	lasts := map[string]scheduler.Time{}
	for _, r := range plan.Routes {
		for _, stop := range r.Stops {
			if stop.Visit == "" {
				continue
			}
			out[stop.Visit], lasts[stop.Visit] = stop.Begin, stop.Depart-stop.Begin
			id := uuid.MustParse(stop.Visit)
			if old := d.read(id); old.Assignment != nil && !d.named[id] && old.Assignment.ShiftID.String() == r.Shift {
				out[stop.Visit] = max(stop.Begin, t.at(old.Assignment.Begin))
			}
		}
	}
	for range t.Links {
		for _, l := range t.Links {
			settleLink(l, out, lasts)
		}
	}
	return out
}

// settleLink moves the visits of a link on until it holds.
func settleLink(l scheduler.Link, begins, lasts map[string]scheduler.Time) {
	last := scheduler.Time(0)
	for _, v := range l.Visits {
		last = max(last, begins[v])
	}
	for i, v := range l.Visits {
		begin, placed := begins[v]
		switch {
		case !placed:
		case l.Kind == scheduler.Together:
			begins[v] = last
		case i > 0:
			if first, before := begins[l.Visits[0]]; before {
				begins[v] = max(begin, first+lasts[l.Visits[0]]+scheduler.Time(l.Least))
			}
		}
	}
}

// putBest places a visit that is in no route where it breaks least, and then costs least, in one of the shifts.
func (s *Service) putBest(d *draft, id uuid.UUID, shifts []uuid.UUID) error {
	var best *draft
	var least verdict
	for _, shift := range shifts {
		places := len(d.order[shift])
		if d.shifts[shift].Rules.Pool {
			places = 0 // they run side by side
		}
		for i := range places + 1 {
			try := d.clone()
			try.put(id, shift, i)
			v, err := s.judge(try)
			if err != nil {
				return err
			}
			if best == nil || v.compare(least) < 0 {
				best, least = try, v
			}
		}
	}
	*d = *best
	return nil
}

// compare puts verdicts into the order of what they break, and then cost.
func (v verdict) compare(o verdict) int {
	never := func(v verdict) (n int, by int64) {
		for _, b := range v.breaches {
			if !b.Forceable {
				n++
			}
			by += b.by
		}
		return n, by
	}
	n, by := never(v)
	m, oby := never(o)
	return cmp.Or(cmp.Compare(n, m), cmp.Compare(len(v.breaches), len(o.breaches)), cmp.Compare(by, oby), cmp.Compare(v.cost.Total(), o.cost.Total()))
}

// broken are the checker's rules that a dispatcher may break, and the code that tells each.
var broken = map[string]string{
	"skill": "breach.skill", "territory": "breach.territory", "technician": "breach.technician", "window": "breach.window", "shift": "breach.shift_end",
	"load": "breach.load", "pickup": "breach.load", "breaks": "breach.break", "pin": "breach.pin", "pool": "breach.pool", "parts": "breach.parts",
	"connection": "breach.connection", "limits": "breach.limits", "lateness": "breach.early", "rest": "breach.rest", "link": "breach.link", "resource": "breach.resource",
}

// breaches tells what a plan breaks, in the order of shifts and visits.
func (d *draft) breaches(t *translator, plan *scheduler.Plan, violations []check.Violation, outside map[uuid.UUID]bool) []Breach {
	stops, routes := stopsOf(plan)
	var out []Breach
	seen := map[string]bool{}
	add := func(b Breach) {
		key := b.Code + b.VisitID.String() + b.ShiftID.String()
		if !seen[key] {
			seen[key] = true
			out = append(out, b)
		}
	}
	for _, v := range violations {
		code, ours := broken[v.Rule]
		if !ours {
			continue
		}
		b := Breach{Code: code, Forceable: true}
		b.ShiftID, _ = uuid.Parse(v.Shift)
		b.VisitID, _ = uuid.Parse(v.Stop)
		add(d.measured(t, b, stops, routes))
	}
	for id := range outside {
		if stop, placed := stops[id]; placed {
			add(d.measured(t, Breach{Code: "breach.window", VisitID: id, ShiftID: stop.shift, Forceable: true}, stops, routes))
		}
	}
	for id := range d.named {
		if a := d.visits[id].Assignment; a != nil && slices.Contains(d.visits[id].Rules.ExcludedTechnicianIDs, a.TechnicianID) {
			add(d.measured(t, Breach{Code: "breach.excluded", VisitID: id, ShiftID: a.ShiftID, Forceable: true}, stops, routes))
		}
	}
	for shift, ids := range d.order {
		for _, id := range ids {
			if _, planned := t.visits[id]; !planned { // no planner can reckon with it
				add(Breach{Code: cmp.Or(t.why[id], "visit.windows_past"), VisitID: id, ShiftID: shift})
			}
		}
	}
	for _, b := range overlaps(plan, d.shifts) {
		add(d.measured(t, b, stops, routes))
	}
	slices.SortStableFunc(out, func(a, b Breach) int {
		return cmp.Or(slices.Compare(a.ShiftID[:], b.ShiftID[:]), slices.Compare(a.VisitID[:], b.VisitID[:]), cmp.Compare(a.Code, b.Code))
	})
	return out
}

// ran is a stop and the shift it is in.
type ran struct {
	scheduler.Stop
	shift uuid.UUID
}

func stopsOf(plan *scheduler.Plan) (map[uuid.UUID]ran, map[uuid.UUID]scheduler.Route) {
	stops, routes := map[uuid.UUID]ran{}, map[uuid.UUID]scheduler.Route{}
	for _, r := range plan.Routes {
		shift := uuid.MustParse(r.Shift)
		routes[shift] = r
		for _, stop := range r.Stops {
			if stop.Visit != "" {
				stops[uuid.MustParse(stop.Visit)] = ran{stop, shift}
			}
		}
	}
	return stops, routes
}

// overlaps are the visits that one person would have to do at the same time: nobody can force that.
func overlaps(plan *scheduler.Plan, shifts map[uuid.UUID]Shift) (out []Breach) {
	busy := map[string][]ran{}
	for _, r := range plan.Routes {
		id := uuid.MustParse(r.Shift)
		if shifts[id].Rules.Pool {
			continue
		}
		for _, stop := range r.Stops {
			if stop.Visit != "" && stop.Depart > stop.Begin {
				busy[r.Technician] = append(busy[r.Technician], ran{stop, id})
			}
		}
	}
	for _, stops := range busy {
		slices.SortFunc(stops, func(a, b ran) int { return cmp.Or(cmp.Compare(a.Begin, b.Begin), cmp.Compare(a.Visit, b.Visit)) })
		for i := 1; i < len(stops); i++ {
			if before := stops[i-1]; stops[i].Begin < before.Depart && (!before.Frozen || !stops[i].Frozen) {
				out = append(out, Breach{Code: "breach.overlap", VisitID: uuid.MustParse(stops[i].Visit), ShiftID: stops[i].shift})
			}
		}
	}
	return out
}

// measured adds to a breach what its sentence needs, and by how much the rule is broken.
func (d *draft) measured(t *translator, b Breach, stops map[uuid.UUID]ran, routes map[uuid.UUID]scheduler.Route) Breach {
	stop, placed := stops[b.VisitID]
	if b.ShiftID == uuid.Nil && placed {
		b.ShiftID = stop.shift
	}
	shift := d.shifts[b.ShiftID]
	visit := d.visits[b.VisitID]
	begin := t.instant(stop.Begin)
	switch {
	case b.Code == "breach.window" && placed:
		b.by = int64(awayFrom(visit.open(), begin) / time.Second)
		if visit.Promise != nil {
			b.Code = "breach.promise"
		}
	case b.Code == "breach.shift_end":
		over := t.instant(routes[b.ShiftID].Finish).Sub(d.lasts(shift).End)
		b.by = int64(over / time.Second)
	case b.Code == "breach.pin" && placed && visit.PinnedStart != nil && !visit.PinnedStart.Equal(begin):
		b.by = int64(begin.Sub(*visit.PinnedStart) / time.Second)
		if d.timed[b.VisitID] {
			b.Code, b.Forceable = "breach.not_there_yet", false
		}
	}
	b.Params = map[string]any{
		"visit": visit.Reference, "technician": t.view.Technicians[shift.TechnicianID].Name, "minutes": (b.by + 59) / 60,
	}
	return b
}

// awayFrom is how long a moment is before or after the nearest of some stretches.
func awayFrom(spans []Span, at time.Time) time.Duration {
	least := time.Duration(-1)
	for _, w := range spans {
		by := max(w.Start.Sub(at), at.Sub(w.End), 0)
		if least < 0 || by < least {
			least = by
		}
	}
	return max(least, 0)
}

// more are the breaches that were not there before, or are worse now.
func more(before, after []Breach) (out []Breach) {
	for _, b := range after {
		if !slices.ContainsFunc(before, func(o Breach) bool {
			return o.Code == b.Code && o.VisitID == b.VisitID && o.ShiftID == b.ShiftID && b.by <= o.by
		}) {
			out = append(out, b)
		}
	}
	return out
}
