package dispatch

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
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
	Linked       []Visit                 // of the same requests as visits with links, whether among Visits or not
	Places       map[uuid.UUID]PlanPlace // by site
	Past         map[uuid.UUID]PastWork  // by technician, read where the organization shares work out
	Still        time.Time               // whoever has to leave for a visit before then goes there as planned; zero: nobody
	travel       travel                  // among the places
	Announced    map[uuid.UUID]uuid.UUID // by visit that is looked at as if it had no place, or another: the technician who was told
	Thawed       bool                    // forced routes may change
}

// PlanPlace is where a site is.
type PlanPlace struct {
	geo.Position
	TerritoryID  uuid.UUID
	NoConnection bool
}

// PastWork is what a technician did in the weeks before the span, as planned.
type PastWork struct {
	Seconds scheduler.Seconds // from leaving for the first visit to the end of the last, shift by shift
	Begins  []time.Time       // of every visit
}

// ShareWeeks is over how long before a plan hours and unpleasant work count when they are shared out.
const ShareWeeks = 4 * 7 * 24 * time.Hour

// problem is a view translated for the scheduler, and the way back: the one place where the two languages meet.
type problem struct {
	scheduler.Problem
	now    time.Time
	view   PlanView
	shifts map[uuid.UUID]Shift
	visits map[uuid.UUID]Visit
	missed []uuid.UUID               // visits that cannot be planned at all
	why    map[uuid.UUID]string      // their reason's code, where it is not that their windows are over
	sites  map[uuid.UUID][]uuid.UUID // by visit: the alternative sites, in the order of its places
	fixed  map[uuid.UUID]bool
}

// translator builds a problem.
type translator struct {
	problem
	zero      time.Time
	zone      *time.Location // the organization's
	index     map[placeKey]int
	positions []geo.Position
	zones     map[uuid.UUID]int     // by territory with travel hours of its own
	loads     []string              // the kinds of load, in the order of their dimensions
	frozen    map[uuid.UUID][]Visit // by shift: visits begun or done, in order
}

// freeze says which assigned visits stay exactly where they are: those under way or done, and every visit of the shifts named. So do all of a
// shift in which a dispatcher forced a visit that is not over.
type freeze map[uuid.UUID]bool

// translate makes the scheduler's problem of a view as it stands now. The visits of the frozen shifts stay where they are. A visit whose rules
// contradict one another, which the scheduler would refuse with everything else, is set aside with that as its reason.
func translate(view PlanView, now time.Time, frozen freeze) *problem {
	return &newTranslator(view, now, frozen).problem
}

// newTranslator translates, and can go on to translate more.
func newTranslator(view PlanView, now time.Time, frozen freeze) *translator {
	unsound := map[uuid.UUID]bool{}
	for {
		t := draftProblem(view, now, frozen, unsound)
		if !t.ruled() || !t.setAside(scheduler.Validate(&t.Problem), unsound) {
			return t
		}
	}
}

func draftProblem(view PlanView, now time.Time, frozen freeze, unsound map[uuid.UUID]bool) *translator {
	t := &translator{problem: problem{now: now}, zero: horizon(view, now), index: map[placeKey]int{}, frozen: map[uuid.UUID][]Visit{}}
	t.view = view
	t.shifts, t.visits, t.fixed = map[uuid.UUID]Shift{}, map[uuid.UUID]Visit{}, map[uuid.UUID]bool{}
	t.why, t.sites = map[uuid.UUID]string{}, map[uuid.UUID][]uuid.UUID{}
	t.Start = t.zero.Unix()
	t.zone = time.UTC
	if zone, err := Zone(view.Organization.TimeZone); err == nil { // checked when it came in
		t.zone = zone
	}
	t.sortFrozen(frozen)
	for _, id := range view.Territories {
		t.Territories = append(t.Territories, id.String())
	}
	t.addZones()
	t.addShifts()
	t.addVisits(unsound)
	t.Length = t.length()
	t.settleWishes()
	t.addTechnicians()
	t.addPolicy()
	t.addTravel()
	t.addWeights()
	return t
}

func (t *translator) addWeights() {
	w := t.view.Organization.Weights
	t.Weights = scheduler.Weights{
		TravelHour: scheduler.Cost(w.TravelHour), Kilometre: scheduler.Cost(w.TravelKilometre), WaitingHour: scheduler.Cost(w.WaitingHour),
		Overqualification: scheduler.Cost(w.Overqualification), Scarcity: scheduler.Cost(w.Scarcity), NotPreferred: scheduler.Cost(w.NotPreferred),
		SpareTerritory: scheduler.Cost(w.SpareTerritory), PreferHour: scheduler.Cost(w.PreferHour), OtherTechnician: scheduler.Cost(w.TechnicianChange),
		ToldHour: scheduler.Cost(w.ToldHour), Fairness: scheduler.Cost(w.Fairness), Unpleasant: scheduler.Cost(w.Unpleasant), Lexicographic: w.Lexicographic,
	}
}

// ruled reports whether a visit has rules or links, which alone can contradict one another.
func (p *problem) ruled() bool {
	return slices.ContainsFunc(p.view.Visits, func(v Visit) bool {
		return !reflect.DeepEqual(v.Rules, WorkRules{}) || !reflect.DeepEqual(v.Links, VisitLinks{})
	})
}

// setAside adds to unsound the visits at fault when the scheduler refuses the problem; it reports whether there is one that may be set aside.
func (p *problem) setAside(err error, unsound map[uuid.UUID]bool) bool {
	var invalid *scheduler.Invalid
	if !errors.As(err, &invalid) {
		return false
	}
	found := false
	for _, f := range invalid.Faults {
		var i int
		name := ""
		switch {
		case scan(f.Path, "/visits/%d", &i) && i < len(p.Visits):
			name = p.Visits[i].ID
		case scan(f.Path, "/pins/%d", &i) && i < len(p.Pins):
			name = p.Pins[i].Visit
		case scan(f.Path, "/links/%d", &i) && i < len(p.Links):
			name = p.Links[i].Visits[len(p.Links[i].Visits)-1]
		}
		if id, err := uuid.Parse(name); err == nil && !p.fixed[id] && !unsound[id] {
			unsound[id], found = true, true
		}
	}
	return found
}

func scan(path, form string, i *int) bool {
	n, err := fmt.Sscanf(path, form, i)
	return n == 1 && err == nil && *i >= 0
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

// placeKey is what tells places apart: where they are, which hours of travel hold there, and whether there is a connection.
type placeKey struct {
	geo.Position
	zone    int
	offline bool
}

// place is the index of a position of which nothing more is known.
func (t *translator) place(p geo.Position) int { return t.placeAt(placeKey{Position: p}) }

func (t *translator) placeAt(p placeKey) int {
	i, ok := t.index[p]
	if !ok {
		i = len(t.positions)
		t.index[p] = i
		t.positions = append(t.positions, p.Position)
		t.Places = append(t.Places, scheduler.Place{Zone: p.zone, Offline: p.offline})
	}
	return i
}

// site is the index of a site's place.
func (t *translator) site(id uuid.UUID) int {
	at := t.view.Places[id]
	return t.placeAt(placeKey{Position: at.Position, zone: t.zones[at.TerritoryID], offline: at.NoConnection})
}

// addTechnicians adds those who have a shift or are named by a visit, with every skill that anybody names.
func (t *translator) addTechnicians() {
	named := map[string]bool{}
	for _, v := range t.Visits {
		for _, list := range append(slices.Clone(v.AnyOf), v.Skills, v.NoneOf) {
			for _, s := range list {
				named[s.Skill] = true
			}
		}
	}
	ids := slices.SortedFunc(maps.Keys(t.view.Technicians), func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range ids {
		tech := t.view.Technicians[id]
		out := scheduler.Technician{ID: id.String(), Mode: tech.Transport.String(), Kind: tech.Rules.Kind}
		out.Hours, out.Unpleasant = t.past(id)
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
		for _, territory := range tech.Rules.SpareTerritoryIDs {
			if !slices.Contains(territories, territory) {
				out.Spare = append(out.Spare, territory.String())
			}
		}
		t.Technicians = append(t.Technicians, out)
	}
	t.Skills = slices.Sorted(maps.Keys(named))
}

// length is the last moment that the problem names.
func (t *translator) length() scheduler.Seconds {
	last := t.at(t.now)
	for _, s := range t.Shifts {
		last = max(last, s.End+scheduler.Time(s.Overtime))
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
			route.Stops = append(route.Stops, p.stop(v))
		}
		plan.Routes = append(plan.Routes, route)
	}
	return plan
}

// stop is a visit's place for the scheduler. When it begins counts where visits are tied to one another: they keep their moment.
func (p *problem) stop(v Visit) scheduler.Stop {
	a := v.Assignment
	return scheduler.Stop{Visit: v.ID.String(), Alternative: slices.Index(p.sites[v.ID], a.SiteID) + 1, Begin: scheduler.Time(a.Begin.Unix() - p.Start)}
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
			var site uuid.UUID
			if s.Alternative > 0 {
				site = p.sites[id][s.Alternative-1]
			}
			out[id] = Assignment{
				VisitID: id, ShiftID: shift, TechnicianID: technician, SiteID: site,
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
