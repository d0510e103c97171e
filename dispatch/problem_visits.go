package dispatch

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// addVisits adds what can be planned, and what stays where it is. The others are noted as missed, with the reason.
func (t *translator) addVisits(unsound map[uuid.UUID]bool) {
	windows := map[uuid.UUID][]scheduler.Window{} // of the visits that can be planned
	for _, v := range t.view.Visits {
		if !t.plannable(v) {
			continue
		}
		windows[v.ID] = t.windows(v)
		switch {
		case t.fixed[v.ID]:
		case len(windows[v.ID]) == 0:
			t.miss(windows, v.ID, "")
		case unsound[v.ID]:
			t.miss(windows, v.ID, "visit.rules_contradict")
		case len(v.Rules.RequiredTechnicianIDs) > 0 && len(t.living(v.Rules.RequiredTechnicianIDs)) == 0:
			t.miss(windows, v.ID, "visit.required_gone")
		}
	}
	for t.bindOthers(windows) { // until nothing waits for what is not planned
	}
	t.nameLoads(windows)
	for _, v := range t.view.Visits {
		if open, ok := windows[v.ID]; ok {
			t.addVisit(v, open)
		}
	}
	t.addLinks()
}

// plannable reports whether the visit is the scheduler's affair: it has a place in a route, or may still get one.
func (t *translator) plannable(v Visit) bool {
	s, hasShift := t.assignedShift(v)
	if t.fixed[v.ID] {
		return v.Mode != Hotline && hasShift && !s.Rules.Pool
	}
	return v.Mode != Hotline && !v.Status.Over()
}

// miss notes that a visit cannot be planned; code is why, unless its windows are over.
func (t *translator) miss(windows map[uuid.UUID][]scheduler.Window, id uuid.UUID, code string) {
	delete(windows, id)
	t.missed = append(t.missed, id)
	if code != "" {
		t.why[id] = code
	}
}

func (t *translator) addVisit(v Visit, windows []scheduler.Window) {
	t.visits[v.ID] = v
	o, r := t.view.Organization, v.Rules
	out := scheduler.Visit{
		ID: v.ID.String(), Place: scheduler.NoPlace, Duration: seconds(v.Duration), Setup: r.Setup, Windows: windows,
		Priority: 20 * (6 - v.Priority), DropCost: scheduler.Cost(o.Weights.LeftOut[v.Priority-1]), Mandatory: r.Mandatory || v.bound(),
		Preferred: t.living(r.PreferredTechnicianIDs), Required: t.living(r.RequiredTechnicianIDs), Told: t.told(v), Resources: r.Resources,
	}
	t.addPlaces(v, &out)
	for _, s := range v.RequiredSkills {
		out.Skills = append(out.Skills, scheduler.SkillLevel(s))
	}
	for _, list := range r.AnyOf {
		out.AnyOf = append(out.AnyOf, levels(list))
	}
	out.NoneOf = levels(r.NoneOf)
	excluded := slices.Concat(v.RefusedBy, r.ExcludedTechnicianIDs)
	for i, id := range excluded {
		if _, here := t.view.Technicians[id]; here && id != v.PinnedTechnician && slices.Index(excluded, id) == i {
			out.Forbidden = append(out.Forbidden, id.String())
		}
	}
	for _, d := range r.Durations {
		if d.TechnicianID != uuid.Nil && len(t.living([]uuid.UUID{d.TechnicianID})) == 0 || d.Level > 0 && len(v.RequiredSkills) == 0 {
			continue // an exception for nobody
		}
		exception := scheduler.DurationFor{Kind: d.Kind, Level: d.Level, Duration: d.Duration, Setup: d.Setup}
		if d.TechnicianID != uuid.Nil {
			exception.Technician = d.TechnicianID.String()
		}
		out.Durations = append(out.Durations, exception)
	}
	for _, q := range r.Parts {
		out.Parts = append(out.Parts, scheduler.Part{Part: q.Kind, Quantity: q.Quantity})
	}
	if len(r.Loads) > 0 {
		out.Loads = t.dimensions(r.Loads, 0)
	}
	if len(r.Pickups) > 0 {
		out.Pickups = t.dimensions(r.Pickups, 0)
	}
	t.addWishes(v, &out)
	t.Visits = append(t.Visits, out)
	if !t.fixed[v.ID] {
		t.pin(v, windows)
	}
}

func seconds(d time.Duration) scheduler.Seconds { return scheduler.Seconds(d / time.Second) }

func levels(list []SkillLevel) (out []scheduler.SkillLevel) {
	for _, s := range list {
		out = append(out, scheduler.SkillLevel(s))
	}
	return out
}

// living names those of the technicians who are still there.
func (t *translator) living(ids []uuid.UUID) (out []string) {
	for _, id := range ids {
		if _, here := t.view.Technicians[id]; here {
			out = append(out, id.String())
		}
	}
	return out
}

// addPlaces says where a visit is done: at its site or one of the alternatives, and once it has begun, where it is.
func (t *translator) addPlaces(v Visit, out *scheduler.Visit) {
	if v.Mode != OnSite {
		return
	}
	out.Territory = v.TerritoryID.String()
	site := v.SiteID
	if _, there := t.view.Places[assignedSite(v)]; there && t.fixed[v.ID] {
		site = assignedSite(v)
	}
	out.Place = t.site(site)
	if t.fixed[v.ID] {
		return
	}
	for _, id := range v.Rules.AlternativeSiteIDs {
		if _, there := t.view.Places[id]; !there {
			continue // deleted since
		}
		if place := t.site(id); place != out.Place && !slices.Contains(out.Places, place) {
			out.Places = append(out.Places, place)
			t.sites[v.ID] = append(t.sites[v.ID], id)
		}
	}
}

// assignedSite is where a visit is done by its assignment.
func assignedSite(v Visit) uuid.UUID {
	if v.Assignment == nil || v.Assignment.SiteID == uuid.Nil {
		return v.SiteID
	}
	return v.Assignment.SiteID
}

// addWishes takes over the preferred window and the service promise; settleWishes brings them into the horizon.
func (t *translator) addWishes(v Visit, out *scheduler.Visit) {
	if p := v.Rules.Prefer; p != nil {
		wish := scheduler.Window{Open: t.at(p.Start), Close: t.at(p.End)}
		if slices.ContainsFunc(out.Windows, func(w scheduler.Window) bool { return wish.Open <= w.Close && wish.Close >= w.Open }) {
			out.Prefer = &wish
		}
	}
	if due := v.Rules.Due; due != nil {
		at := t.at(*due)
		out.Due, out.LateHour = &at, scheduler.Cost(t.view.Organization.Weights.LateHour)
		if v.Rules.LateHour > 0 {
			out.LateHour = scheduler.Cost(v.Rules.LateHour)
		}
	}
}

// settleWishes brings moments that were wished for or told into the horizon: what is before it counts from its start; a promise after it
// cannot be broken in it.
func (t *translator) settleWishes() {
	for i := range t.Visits {
		t.settleWish(&t.Visits[i])
	}
}

func (t *translator) settleWish(v *scheduler.Visit) {
	last := scheduler.Time(t.Length)
	inside := func(w *scheduler.Window) {
		w.Open, w.Close = max(0, min(w.Open, last)), max(0, min(w.Close, last))
	}
	if v.Prefer != nil {
		inside(v.Prefer)
	}
	if v.Told != nil && v.Told.Window != nil {
		inside(v.Told.Window)
	}
	switch {
	case v.Due == nil:
	case *v.Due > last:
		v.Due, v.LateHour = nil, 0
	default:
		*v.Due = max(0, *v.Due)
	}
}

// nearness says how dear it is to change what a client was told, in per cent of the weights, by how near it is.
var nearness = []struct {
	within  time.Duration
	percent int
}{{4 * time.Hour, 400}, {24 * time.Hour, 200}, {72 * time.Hour, 100}}

// farAway is the same for what is further away.
const farAway = 50

// told is what the client was told of a visit: the technician of a published route, and the promised window.
func (t *translator) told(v Visit) *scheduler.Told {
	technician := t.view.Announced[v.ID]
	begins := v.Windows[0].Start
	if v.told() && v.Assignment != nil {
		technician, begins = v.Assignment.TechnicianID, v.Assignment.Begin
	}
	var out scheduler.Told
	if _, here := t.view.Technicians[technician]; here {
		out.Technician = technician.String()
	}
	if v.Promise != nil {
		out.Window = &scheduler.Window{Open: t.at(v.Promise.Start), Close: t.at(v.Promise.End)}
		begins = v.Promise.Start
	} else if v.told() && v.late() {
		last := v.Windows[len(v.Windows)-1] // what its technician was told is what it is late for
		out.Window = &scheduler.Window{Open: t.at(last.Start), Close: t.at(last.End)}
	}
	if out.Technician == "" && out.Window == nil {
		return nil
	}
	out.Percent = farAway
	for _, n := range nearness {
		if begins.Sub(t.now) <= n.within {
			out.Percent = n.percent
			break
		}
	}
	return &out
}

// nameLoads gives every kind of load that a visit has a dimension, and shifts their capacities.
func (t *translator) nameLoads(windows map[uuid.UUID][]scheduler.Window) {
	for _, v := range t.view.Visits {
		if _, planned := windows[v.ID]; !planned {
			continue
		}
		for _, q := range slices.Concat(v.Rules.Loads, v.Rules.Pickups) {
			t.loads = append(t.loads, q.Kind)
		}
	}
	slices.Sort(t.loads)
	t.loads = slices.Compact(t.loads)
	for i := range t.Shifts {
		s := &t.Shifts[i]
		if capacity := t.shifts[uuid.MustParse(s.ID)].Rules.Capacity; len(capacity) > 0 && len(t.loads) > 0 {
			s.Capacity = t.dimensions(capacity, 1<<30)
		}
	}
}

// dimensions lays quantities out by dimension; otherwise is for kinds that are absent.
func (t *translator) dimensions(list []Quantity, otherwise int) []int {
	out := make([]int, len(t.loads))
	for d, kind := range t.loads {
		out[d] = otherwise
		for _, q := range list {
			if q.Kind == kind {
				out[d] = q.Quantity
			}
		}
	}
	return out
}

func (t *translator) assignedShift(v Visit) (Shift, bool) {
	if v.Assignment == nil {
		return Shift{}, false
	}
	s, ok := t.shifts[v.Assignment.ShiftID]
	return s, ok
}

// windows are what is left of a visit's windows from now on. A visit that somebody counts on keeps its place even when it cannot be reached in
// them any more: it may then begin as late as it is expected to, and when they are over as long as the shift lasts. How late it is has a price.
func (t *translator) windows(v Visit) (out []scheduler.Window) {
	windows := v.Windows
	if v.Promise != nil {
		windows = []Span{*v.Promise}
	}
	last := t.now
	for _, s := range t.view.Shifts {
		last = latest(last, s.End)
	}
	for _, w := range windows {
		open, shut := latest(w.Start, t.now), earliest(w.End, last)
		if open.After(shut) {
			continue
		}
		out = append(out, scheduler.Window{Open: t.at(open), Close: t.at(shut)})
	}
	s, ok := t.assignedShift(v)
	switch {
	case !ok || !v.bound() || !t.now.Before(s.End):
	case len(out) == 0:
		out = append(out, scheduler.Window{Open: t.at(t.now), Close: t.at(s.End)})
	case v.late():
		last := &out[len(out)-1]
		last.Close = max(last.Close, t.at(earliest(v.Assignment.Begin.Add(lateRoom), s.End)))
	}
	return out
}

// lateRoom is how much later than expected a plan may have a visit begin that cannot be reached in time any more: what is expected is a little
// older than the plan.
const lateRoom = 15 * time.Minute

// late reports whether a visit is expected to begin after what was promised, or after its windows.
func (v Visit) late() bool { return v.Assignment != nil && v.Assignment.Begin.After(v.deadline()) }

// deadline is until when a visit may begin: what was promised, else its last window.
func (v Visit) deadline() time.Time {
	if v.Promise != nil {
		return v.Promise.End
	}
	return v.Windows[len(v.Windows)-1].End
}

// told reports whether the technician knows of the visit: the planner then leaves it with him.
func (v Visit) told() bool { return v.Status == Published || v.Status == Accepted }

// bound reports whether somebody counts on the visit's place: its technician was told of it, or its client of a window. The planner moves it
// as far as they allow, and never leaves it out.
func (v Visit) bound() bool { return v.told() || v.Status == Held || v.Promise != nil }

// stays reports whether no planner may leave the visit out while it has a place: it is bound, or a dispatcher pinned it.
func (v Visit) stays() bool {
	return v.bound() || v.PinnedTechnician != uuid.Nil || v.PinnedStart != nil || v.PinnedPosition > 0
}

// pin fixes what a dispatcher pinned, and the technician of what was published.
func (t *translator) pin(v Visit, windows []scheduler.Window) {
	pin := scheduler.Pin{Visit: v.ID.String()}
	if s, ok := t.assignedShift(v); ok && v.told() {
		pin.Technician, pin.Shift = s.TechnicianID.String(), s.ID.String()
	}
	if _, here := t.view.Technicians[v.PinnedTechnician]; here {
		pin.Technician = v.PinnedTechnician.String()
		if pin.Shift != "" && t.shifts[v.Assignment.ShiftID].TechnicianID != v.PinnedTechnician {
			pin.Shift = ""
		}
	}
	if v.PinnedStart != nil {
		begin := t.at(*v.PinnedStart)
		if slices.ContainsFunc(windows, func(w scheduler.Window) bool { return w.Open <= begin && begin <= w.Close }) {
			pin.Begin = &begin
		}
	}
	pin.Position = v.PinnedPosition
	if pin.Technician != "" || pin.Position > 0 || pin.Begin != nil {
		t.Pins = append(t.Pins, pin)
	}
}
