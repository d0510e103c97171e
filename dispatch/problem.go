package dispatch

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
	"tournee/scheduler"
)

// PlanView is what planning a stretch of time looks at, read at once: every shift that begins in it, and every visit that is in one of
// them or waits with a window in the stretch.
type PlanView struct {
	Span
	Organization Organization
	Territories  []uuid.UUID
	Names        map[uuid.UUID]string // of the territories, for people
	Technicians  map[uuid.UUID]Technician
	Shifts       []Shift
	Absences     []Absence
	Visits       []Visit
	Places       map[uuid.UUID]geo.Position // by site
}

// problem is a view translated for the scheduler, and the way back: the one place where the two languages meet.
type problem struct {
	scheduler.Problem
	now    time.Time
	view   PlanView
	shifts map[uuid.UUID]Shift
	visits map[uuid.UUID]Visit
	missed []uuid.UUID // visits whose windows are all over: nothing can be planned for them
	fixed  map[uuid.UUID]bool
}

// translator builds a problem.
type translator struct {
	problem
	zero      time.Time
	travel    *geo.Estimator
	index     map[geo.Position]int
	positions []geo.Position
	frozen    map[uuid.UUID][]Visit // by shift: visits begun or done, in order
}

// freeze says which assigned visits stay exactly where they are: those under way or done, and every visit of the shifts named.
type freeze map[uuid.UUID]bool

// translate makes the scheduler's problem of a view as it stands now. The visits of the frozen shifts stay where they are.
func translate(view PlanView, now time.Time, travel *geo.Estimator, frozen freeze) *problem {
	t := &translator{problem: problem{now: now}, zero: horizon(view, now), travel: travel, index: map[geo.Position]int{}, frozen: map[uuid.UUID][]Visit{}}
	t.view = view
	t.shifts, t.visits, t.fixed = map[uuid.UUID]Shift{}, map[uuid.UUID]Visit{}, map[uuid.UUID]bool{}
	t.Start = t.zero.Unix()
	t.sortFrozen(frozen)
	for _, id := range view.Territories {
		t.Territories = append(t.Territories, id.String())
	}
	t.addShifts()
	t.addVisits()
	t.addTechnicians()
	t.addTravel()
	t.Length = t.length()
	t.Weights = scheduler.Weights{
		TravelHour:        scheduler.Cost(view.Organization.Weights.TravelHour),
		Kilometre:         scheduler.Cost(view.Organization.Weights.TravelKilometre),
		WaitingHour:       scheduler.Cost(view.Organization.Weights.WaitingHour),
		Overqualification: scheduler.Cost(view.Organization.Weights.Overqualification),
	}
	return &t.problem
}

// horizon is the earliest moment that the problem names.
func horizon(view PlanView, now time.Time) time.Time {
	zero := now
	for _, s := range view.Shifts {
		zero = earliest(zero, s.Start)
	}
	for _, v := range view.Visits {
		if v.Assignment != nil {
			zero = earliest(zero, v.Assignment.Arrive)
		}
		if v.ActualStart != nil {
			zero = earliest(zero, *v.ActualStart)
		}
	}
	return zero.Truncate(time.Minute)
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (t *translator) at(instant time.Time) scheduler.Time {
	return scheduler.Time(instant.Unix() - t.Start)
}

// instant is the scheduler's time as an instant again.
func (p *problem) instant(t scheduler.Time) time.Time { return time.Unix(p.Start+int64(t), 0).UTC() }

func (t *translator) place(p geo.Position) int {
	i, ok := t.index[p]
	if !ok {
		i = len(t.positions)
		t.index[p] = i
		t.positions = append(t.positions, p)
		t.Places = append(t.Places, scheduler.Place{})
	}
	return i
}

// sortFrozen gathers, by shift and in order, the visits that stay where they are.
//
// A visit that was told stays with its technician also when his shift is over: he may have done it where there was no network, and tells it
// hours later.
func (t *translator) sortFrozen(shifts freeze) {
	ended := map[uuid.UUID]bool{}
	for _, s := range t.view.Shifts {
		ended[s.ID] = !s.End.After(t.now)
	}
	for _, v := range t.view.Visits {
		if v.Assignment == nil {
			continue
		}
		begun := v.Status.UnderWay() || v.Status == Completed || v.Status == Failed
		if begun || shifts[v.Assignment.ShiftID] || (v.told() && ended[v.Assignment.ShiftID]) {
			t.frozen[v.Assignment.ShiftID] = append(t.frozen[v.Assignment.ShiftID], v)
			t.fixed[v.ID] = true
		}
	}
	for _, visits := range t.frozen {
		slices.SortFunc(visits, func(a, b Visit) int {
			return cmp.Or(actualBegin(a).Compare(actualBegin(b)), a.Assignment.Begin.Compare(b.Assignment.Begin))
		})
	}
}

func actualBegin(v Visit) time.Time {
	if v.ActualStart != nil {
		return *v.ActualStart
	}
	return v.Assignment.Begin
}

// frozenStops gives a shift's frozen visits their real times where they are known, and never two at once. What is under way ends no
// earlier than now.
func (t *translator) frozenStops(shift uuid.UUID) (stops []scheduler.FrozenStop) {
	free := t.zero
	for _, v := range t.frozen[shift] {
		begin := latest(actualBegin(v), free)
		end := begin.Add(v.Duration)
		switch {
		case v.ActualEnd != nil:
			end = latest(*v.ActualEnd, begin)
		case v.Status.UnderWay():
			end = latest(end, t.now)
		}
		arrive := latest(earliest(v.Assignment.Arrive, begin), free)
		stops = append(stops, scheduler.FrozenStop{Visit: v.ID.String(), Arrive: t.at(arrive), Begin: t.at(begin), Depart: t.at(end)})
		free = end
	}
	return stops
}

func (t *translator) addShifts() {
	for _, s := range t.view.Shifts {
		frozen := t.frozenStops(s.ID)
		rest, free := s.Span, t.now
		if n := len(frozen); n > 0 {
			free = latest(free, t.instant(frozen[n-1].Depart))
		} else {
			rest.Start = latest(rest.Start, t.now)
		}
		span, away := attendance(rest, t.view.Absences, s.TechnicianID)
		absent := !span.Start.Before(span.End)
		if absent && len(frozen) == 0 {
			continue // over, or absent for the rest of it
		}
		if _, here := t.view.Technicians[s.TechnicianID]; !here {
			continue // a technician who left: what he did stays in the records, and is nothing to plan with
		}
		t.shifts[s.ID] = s
		out := scheduler.Shift{
			ID: s.ID.String(), Technician: s.TechnicianID.String(), Start: t.at(span.Start), End: t.at(span.End),
			Mode: s.Transport.String(), StartPlace: t.place(s.StartPlace), EndPlace: t.place(s.EndPlace), Frozen: frozen,
		}
		switch n := len(frozen); {
		case absent: // only what happened, or is under way, is left of it
			out.Start, out.End = frozen[0].Arrive, frozen[n-1].Depart
		case n > 0: // what happened happened, even before the shift, after its end, or during an absence at its beginning
			out.Start, out.End = min(out.Start, frozen[0].Arrive), max(out.End, frozen[n-1].Depart)
			if rest.Start.Before(span.Start) {
				away = append(away, Span{Start: rest.Start, End: span.Start})
			}
		}
		out.Breaks = t.breaks(s, span, away, free)
		t.Shifts = append(t.Shifts, out)
	}
	t.partShifts()
}

// partShifts takes apart the shifts of one technician that overlap because work ran over: the later one begins when the work is done, or,
// when its own has begun by then, the earlier one ends there.
func (t *translator) partShifts() {
	slices.SortStableFunc(t.Shifts, func(a, b scheduler.Shift) int {
		return cmp.Or(cmp.Compare(a.Technician, b.Technician), cmp.Compare(a.Start, b.Start))
	})
	for i := 1; i < len(t.Shifts); i++ {
		before, after := &t.Shifts[i-1], &t.Shifts[i]
		if before.Technician != after.Technician || before.End <= after.Start {
			continue
		}
		if len(after.Frozen) == 0 {
			after.Start = min(before.End, after.End-1)
			before.End = min(before.End, after.Start)
		} else {
			before.End = max(after.Start, before.Start+1)
		}
		for j := range before.Frozen {
			f := &before.Frozen[j]
			f.Arrive, f.Begin, f.Depart = min(f.Arrive, before.End), min(f.Begin, before.End), min(f.Depart, before.End)
		}
		before.Breaks, after.Breaks = insideShift(before), insideShift(after)
	}
}

// insideShift keeps the breaks that can still be taken in what is left of a shift.
func insideShift(s *scheduler.Shift) (kept []scheduler.Break) {
	for _, b := range s.Breaks {
		b.Earliest = max(b.Earliest, s.Start)
		b.Latest = min(b.Latest, s.End-scheduler.Time(b.Duration))
		if b.Earliest <= b.Latest {
			kept = append(kept, b)
		}
	}
	return kept
}

// attendance cuts absences off a shift's ends; one in the middle comes back as time away.
func attendance(span Span, absences []Absence, technician uuid.UUID) (Span, []Span) {
	var away []Span
	for _, a := range merged(absences, technician) {
		if !a.Overlaps(span) {
			continue
		}
		switch {
		case !a.Start.After(span.Start):
			span.Start = latest(span.Start, a.End)
		case !a.End.Before(span.End):
			span.End = earliest(span.End, a.Start)
		default:
			away = append(away, a)
		}
	}
	return span, away
}

// merged joins a technician's absences that overlap or touch, in order.
func merged(absences []Absence, technician uuid.UUID) (out []Span) {
	var all []Span
	for _, a := range absences {
		if a.TechnicianID == technician {
			all = append(all, a.Span)
		}
	}
	slices.SortFunc(all, func(a, b Span) int { return a.Start.Compare(b.Start) })
	for _, a := range all {
		if n := len(out); n > 0 && !a.Start.After(out[n-1].End) {
			out[n-1].End = latest(out[n-1].End, a.End)
			continue
		}
		out = append(out, a)
	}
	return out
}

// breaks lists the pauses that are still to come, and absences in the middle of the shift as pauses at a fixed time, from when the technician
// is free on.
func (t *translator) breaks(s Shift, span Span, away []Span, free time.Time) (out []scheduler.Break) {
	add := func(id string, from, to time.Time, length time.Duration) {
		if from.After(to) || length <= 0 || to.Add(length).After(span.End) {
			return // taken already, or outside what is left of the shift
		}
		out = append(out, scheduler.Break{ID: id, Earliest: t.at(from), Latest: t.at(to), Duration: scheduler.Seconds(length / time.Second)})
	}
	for i, b := range s.Breaks {
		add("break-"+string(rune('a'+i)), latest(b.Earliest, latest(span.Start, t.now)), b.Latest, time.Duration(b.Seconds)*time.Second)
	}
	for i, a := range away {
		from := latest(a.Start, free) // an absence that has begun goes on
		add("absence-"+string(rune('a'+i)), from, from, a.End.Sub(from))
	}
	return out
}

func (t *translator) addVisits() {
	for _, v := range t.view.Visits {
		_, hasShift := t.assignedShift(v)
		if v.Mode == Hotline || (t.fixed[v.ID] && !hasShift) || (v.Status.Over() && !t.fixed[v.ID]) {
			continue
		}
		windows := t.windows(v)
		if len(windows) == 0 && !t.fixed[v.ID] {
			t.missed = append(t.missed, v.ID)
			continue
		}
		t.visits[v.ID] = v
		out := scheduler.Visit{
			ID: v.ID.String(), Place: scheduler.NoPlace, Duration: scheduler.Seconds(v.Duration / time.Second), Windows: windows,
			DropCost: scheduler.Cost(t.view.Organization.Weights.LeftOut[v.Priority-1]),
		}
		if v.Mode == OnSite {
			out.Place = t.place(t.view.Places[v.SiteID])
			out.Territory = v.TerritoryID.String()
		}
		for _, s := range v.RequiredSkills {
			out.Skills = append(out.Skills, scheduler.SkillLevel(s))
		}
		for _, id := range v.RefusedBy {
			if _, here := t.view.Technicians[id]; here && id != v.PinnedTechnician {
				out.Forbidden = append(out.Forbidden, id.String())
			}
		}
		t.Visits = append(t.Visits, out)
		if !t.fixed[v.ID] {
			t.pin(v, windows)
		}
	}
}

func (t *translator) assignedShift(v Visit) (Shift, bool) {
	if v.Assignment == nil {
		return Shift{}, false
	}
	s, ok := t.shifts[v.Assignment.ShiftID]
	return s, ok
}

// windows are what is left of a visit's windows from now on. A visit that its technician has been told of keeps its place even when its
// windows are over: it may then begin as long as the shift lasts, late.
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
	if s, ok := t.assignedShift(v); ok && len(out) == 0 && v.told() && t.now.Before(s.End) {
		out = append(out, scheduler.Window{Open: t.at(t.now), Close: t.at(s.End)})
	}
	return out
}

// told reports whether the technician knows of the visit: the planner then leaves it with him.
func (v Visit) told() bool { return v.Status == Published || v.Status == Accepted }

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
	if pin.Technician != "" || pin.Begin != nil {
		t.Pins = append(t.Pins, pin)
	}
}

// addTechnicians adds those who have a shift or are named by a visit, with every skill that anybody names.
func (t *translator) addTechnicians() {
	named := map[string]bool{}
	for _, v := range t.Visits {
		for _, s := range v.Skills {
			named[s.Skill] = true
		}
	}
	ids := slices.SortedFunc(maps.Keys(t.view.Technicians), func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range ids {
		tech := t.view.Technicians[id]
		out := scheduler.Technician{ID: id.String(), Mode: tech.Transport.String()}
		for _, s := range tech.Skills {
			named[s.Skill] = true
			out.Skills = append(out.Skills, scheduler.SkillLevel(s))
		}
		territories := tech.TerritoryIDs
		if len(territories) == 0 {
			territories = t.view.Territories
		}
		for _, territory := range territories {
			out.Territories = append(out.Territories, territory.String())
		}
		t.Technicians = append(t.Technicians, out)
	}
	t.Skills = slices.Sorted(maps.Keys(named))
}

// planningHour is the local hour whose speeds price the plan: mid-morning, between the peaks.
const planningHour = 10

func (t *translator) addTravel() {
	modes := map[string]bool{}
	for _, tech := range t.Technicians {
		modes[tech.Mode] = true
	}
	for _, s := range t.Shifts {
		modes[s.Mode] = true
	}
	n := len(t.positions)
	for _, name := range slices.Sorted(maps.Keys(modes)) {
		mode, err := geo.ParseMode(name)
		if err != nil {
			panic(err) // a technician's mode was parsed when it came in
		}
		m := t.travel.Matrix(t.positions, mode, planningHour)
		travel := scheduler.Travel{Mode: name, Seconds: make([][]scheduler.Seconds, n), Metres: make([][]scheduler.Metres, n)}
		for i := range n {
			travel.Seconds[i], travel.Metres[i] = make([]scheduler.Seconds, n), make([]scheduler.Metres, n)
			for j := range n {
				seconds, metres := m.At(i, j)
				travel.Seconds[i][j], travel.Metres[i][j] = scheduler.Seconds(seconds), scheduler.Metres(metres)
			}
		}
		t.Travel = append(t.Travel, travel)
	}
}

// length is the last moment that the problem names.
func (t *translator) length() scheduler.Seconds {
	last := t.at(t.now)
	for _, s := range t.Shifts {
		last = max(last, s.End)
		for _, f := range s.Frozen {
			last = max(last, f.Depart)
		}
	}
	for _, v := range t.Visits {
		for _, w := range v.Windows {
			last = max(last, w.Close)
		}
	}
	return scheduler.Seconds(last) + 1
}

// present is the plan as it stands, for the scheduler.
func (p *problem) present() *scheduler.Plan {
	stops := map[uuid.UUID][]Visit{}
	for _, v := range p.view.Visits {
		if v.Assignment != nil && !p.fixed[v.ID] {
			if _, known := p.visits[v.ID]; known {
				stops[v.Assignment.ShiftID] = append(stops[v.Assignment.ShiftID], v)
			}
		}
	}
	plan := &scheduler.Plan{}
	for _, s := range p.Shifts {
		visits := stops[uuid.MustParse(s.ID)]
		slices.SortFunc(visits, func(a, b Visit) int { return a.Assignment.Begin.Compare(b.Assignment.Begin) })
		route := scheduler.Route{Shift: s.ID, Technician: s.Technician}
		for _, v := range visits {
			route.Stops = append(route.Stops, scheduler.Stop{Visit: v.ID.String()})
		}
		plan.Routes = append(plan.Routes, route)
	}
	return plan
}

// assignments reads the scheduler's plan: who does which visit when, frozen ones left out.
func (p *problem) assignments(plan *scheduler.Plan, by Decider) map[uuid.UUID]Assignment {
	out := map[uuid.UUID]Assignment{}
	for _, r := range plan.Routes {
		shift, technician := uuid.MustParse(r.Shift), uuid.MustParse(r.Technician)
		for _, s := range r.Stops {
			if s.Visit == "" || s.Frozen {
				continue
			}
			id := uuid.MustParse(s.Visit)
			out[id] = Assignment{
				VisitID: id, ShiftID: shift, TechnicianID: technician,
				Arrive: p.instant(s.Arrive), Begin: p.instant(s.Begin), Depart: p.instant(s.Depart),
				TravelSeconds: int(s.Travel), TravelMetres: int(s.Distance), DecidedBy: by,
			}
		}
	}
	return out
}

// reasons reads why a visit is left out, technician by technician.
func (p *problem) reasons(why []scheduler.Why) []TechnicianReasons {
	var out []TechnicianReasons
	at := map[uuid.UUID]int{}
	for _, w := range why {
		id := uuid.MustParse(w.Technician)
		i, seen := at[id]
		if !seen {
			i = len(out)
			at[id] = i
			out = append(out, TechnicianReasons{TechnicianID: id})
		}
		out[i].Reasons = append(out[i].Reasons, p.coded(w.Reasons)...)
	}
	return out
}

// coded gives the scheduler's reasons the codes of the catalogue.
func (p *problem) coded(reasons []scheduler.Reason) []Reason {
	out := make([]Reason, 0, len(reasons))
	for _, r := range reasons {
		out = append(out, Reason{Code: "scheduler." + r.Code, Params: p.named(r.Params)})
	}
	return out
}

// named puts names that people know in the place of ids: territories by name, visits by their request's reference, technicians by name.
func (p *problem) named(params map[string]any) map[string]any {
	out := maps.Clone(params)
	for key, value := range params {
		text, ok := value.(string)
		if !ok {
			continue
		}
		parts := strings.Split(text, ", ")
		for i, part := range parts {
			if id, err := uuid.Parse(part); err == nil {
				parts[i] = cmp.Or(p.view.Names[id], p.visits[id].Reference, p.view.Technicians[id].Name, part)
			}
		}
		out[key] = strings.Join(parts, ", ")
	}
	return out
}
