package dispatch

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// The bounds of the rules' lists and lengths. The contract names them as well.
const (
	maxIDs        = 50
	maxSites      = 10
	maxKinds      = 20
	maxParts      = 50
	maxStock      = 200
	maxAnyOf      = 5
	maxDurations  = 20
	maxQuantity   = 100_000
	maxSetup      = 4 * 3600
	maxOvertime   = 6 * 3600
	maxGap        = 30 * 24 * 3600
	maxTurnaround = 7 * 24 * 3600
	maxRest       = 24 * 3600
	maxMetres     = 10_000_000
	maxVisits     = 1000
	maxPosition   = 100
)

// kindForm is how kinds and codes are written: of technicians, loads, parts, resources, depots.
var kindForm = regexp.MustCompile(`^[a-z0-9_]{1,40}$`)

func (f *Faults) kind(path, kind string) { f.Check(kindForm.MatchString(kind), path, "rules.kind") }

// bounded notes a number outside its bounds.
func bounded[N int | int64 | scheduler.Seconds](f *Faults, path string, n, least, most N) {
	if n < least || n > most {
		f.Add(path, "rules.bounds", map[string]any{"least": least, "most": most})
	}
}

func (f *Faults) price(path string, cents int64) { bounded(f, path, cents, 0, maxWeight) }

// count notes a list that is too long.
func (f *Faults) count(path string, n, most int) {
	if n > most {
		f.Add(path, "rules.count", map[string]any{"most": most})
	}
}

// known notes ids that are unknown or named twice; code is the fault of an unknown one.
func (f *Faults) known(path string, ids []uuid.UUID, living map[uuid.UUID]bool, most int, code string) {
	f.count(path, len(ids), most)
	for i, id := range ids {
		at := fmt.Sprintf("%s/%d", path, i)
		f.Check(living[id], at, code)
		f.Check(slices.Index(ids, id) == i, at, "rules.twice")
	}
}

// quantities notes kinds that are malformed or named twice, and numbers that cannot be.
func (f *Faults) quantities(path string, list []Quantity, most int) {
	f.count(path, len(list), most)
	seen := map[string]bool{}
	for i, q := range list {
		at := fmt.Sprintf("%s/%d", path, i)
		f.kind(at+"/kind", q.Kind)
		f.Check(!seen[q.Kind], at+"/kind", "rules.twice")
		seen[q.Kind] = true
		bounded(f, at+"/quantity", q.Quantity, 1, maxQuantity)
	}
}

func (f *Faults) shiftRules(path string, r ShiftRules) {
	for _, price := range []struct {
		field string
		cents int64
	}{{"shift_price", r.Price}, {"overtime_hour", r.OvertimeHour}, {"work_hour", r.WorkHour}, {"visit_price", r.VisitPrice}} {
		f.price(path+"/"+price.field, price.cents)
	}
	if r.TravelHour != nil {
		f.price(path+"/travel_hour", *r.TravelHour)
	}
	if r.TravelKilometre != nil {
		f.price(path+"/travel_kilometre", *r.TravelKilometre)
	}
	bounded(f, path+"/overtime", r.Overtime, 0, maxOvertime)
	bounded(f, path+"/max_travel", r.MaxTravel, 0, 24*3600)
	bounded(f, path+"/max_distance", r.MaxDistance, 0, maxMetres)
	bounded(f, path+"/max_visits", r.MaxVisits, 0, maxVisits)
	f.quantities(path+"/capacity", r.Capacity, maxKinds)
	f.quantities(path+"/stock", r.Stock, maxStock)
	if r.Pool {
		f.Check(r.MaxVisits > 0, path+"/max_visits", "rules.pool_needs_visits")
		f.Check(r.Overtime == 0, path+"/overtime", "rules.not_in_pool")
		f.Check(r.MaxTravel == 0, path+"/max_travel", "rules.not_in_pool")
		f.Check(r.MaxDistance == 0, path+"/max_distance", "rules.not_in_pool")
	}
}

func (f *Faults) technicianRules(path string, t *Technician, territories map[uuid.UUID]bool) {
	if t.Rules.Kind != "" {
		f.kind(path+"/kind", t.Rules.Kind)
	}
	f.known(path+"/spare_territory_ids", t.Rules.SpareTerritoryIDs, territories, 2*maxIDs, "territory.unknown")
	f.shiftRules(path+"/shifts", t.Rules.Shifts)
}

// known is what the rules of a piece of work may name.
type known struct {
	technicians, sites map[uuid.UUID]bool
}

// knownTo reads which of the technicians and sites that the rules name are there; sites are the client's.
func (s *Service) knownTo(ctx context.Context, client uuid.UUID, r WorkRules) (k known, err error) {
	technicians := slices.Concat(r.RequiredTechnicianIDs, r.PreferredTechnicianIDs, r.ExcludedTechnicianIDs)
	for _, d := range r.Durations {
		if d.TechnicianID != uuid.Nil {
			technicians = append(technicians, d.TechnicianID)
		}
	}
	if len(technicians) > 0 {
		if k.technicians, err = s.store.LivingAmong(ctx, technicians); err != nil {
			return k, err
		}
	}
	if len(r.AlternativeSiteIDs) > 0 {
		k.sites, err = s.store.SitesOf(ctx, client, r.AlternativeSiteIDs)
	}
	return k, err
}

// workRules notes everything wrong with the rules of a piece of work whose skills and windows are sound.
func (f *Faults) workRules(w Work, k known, around RequestContext) {
	r := w.Rules
	f.wishes(w)
	f.price("/rules/late_hour", r.LateHour)
	f.count("/rules/any_of", len(r.AnyOf), maxAnyOf)
	for i, list := range r.AnyOf {
		at := fmt.Sprintf("/rules/any_of/%d", i)
		f.Check(len(list) > 0, at, "field.required")
		f.count(at, len(list), maxKinds)
		checkSkills(f, at, list, around.Skills)
	}
	f.count("/rules/none_of", len(r.NoneOf), maxKinds)
	checkSkills(f, "/rules/none_of", r.NoneOf, around.Skills)
	f.known("/rules/required_technician_ids", r.RequiredTechnicianIDs, k.technicians, maxIDs, "technician.unknown")
	f.known("/rules/preferred_technician_ids", r.PreferredTechnicianIDs, k.technicians, maxIDs, "technician.unknown")
	f.known("/rules/excluded_technician_ids", r.ExcludedTechnicianIDs, k.technicians, maxIDs, "technician.unknown")
	for i, id := range r.ExcludedTechnicianIDs {
		f.Check(!slices.Contains(r.RequiredTechnicianIDs, id), fmt.Sprintf("/rules/excluded_technician_ids/%d", i), "rules.contradiction")
	}
	f.known("/rules/alternative_site_ids", r.AlternativeSiteIDs, k.sites, maxSites, "request.site_unknown")
	f.Check(w.Mode == OnSite || len(r.AlternativeSiteIDs) == 0, "/rules/alternative_site_ids", "rules.only_on_site")
	bounded(f, "/rules/setup", r.Setup, 0, maxSetup)
	f.durations(w, k)
	f.quantities("/rules/loads", r.Loads, maxKinds)
	f.quantities("/rules/pickups", r.Pickups, maxKinds)
	f.quantities("/rules/parts", r.Parts, maxParts)
	f.resources(r.Resources, around.Organization.Policy)
}

// wishes notes a preferred window that no window meets, and a service promise that ends before the work may begin.
func (f *Faults) wishes(w Work) {
	if p := w.Rules.Prefer; p != nil {
		switch {
		case !p.Start.Before(p.End):
			f.Add("/preferred_end", "window.ends_before_start", nil)
		case len(w.Windows) > 0 && !slices.ContainsFunc(w.Windows, p.Overlaps):
			f.Add("/preferred_start", "rules.prefer_outside", nil)
		}
	}
	if due := w.Rules.Due; due != nil && len(w.Windows) > 0 {
		f.Check(due.After(w.Windows[0].Start) && due.Before(w.Windows[0].Start.Add(maxAhead)), "/due", "rules.due")
	}
}

func (f *Faults) durations(w Work, k known) {
	f.count("/rules/durations", len(w.Rules.Durations), maxDurations)
	for i, d := range w.Rules.Durations {
		at := fmt.Sprintf("/rules/durations/%d", i)
		named := 0
		if d.TechnicianID != uuid.Nil {
			named++
			f.Check(k.technicians[d.TechnicianID], at+"/technician_id", "technician.unknown")
		}
		if d.Kind != "" {
			named++
			f.kind(at+"/kind", d.Kind)
		}
		if d.Level != 0 {
			named++
			bounded(f, at+"/level", d.Level, scheduler.MinLevel, scheduler.MaxLevel)
		}
		f.Check(named == 1, at, "rules.duration_for")
		f.Check(d.Level == 0 || len(w.RequiredSkills) > 0, at+"/level", "rules.level_without_skill")
		twice := func(o WorkDuration) bool {
			return o.TechnicianID == d.TechnicianID && o.Kind == d.Kind && o.Level == d.Level
		}
		f.Check(slices.IndexFunc(w.Rules.Durations, twice) == i, at, "rules.twice")
		bounded(f, at+"/duration", d.Duration, scheduler.Seconds(minDuration/time.Second), scheduler.Seconds(maxDuration/time.Second))
		bounded(f, at+"/setup", d.Setup, 0, maxSetup)
	}
}

func (f *Faults) resources(codes []string, policy Policy) {
	f.count("/rules/resources", len(codes), maxKinds)
	for i, code := range codes {
		at := fmt.Sprintf("/rules/resources/%d", i)
		f.Check(slices.ContainsFunc(policy.Resources, func(r Resource) bool { return r.Code == code }), at, "rules.resource_unknown")
		f.Check(slices.Index(codes, code) == i, at, "rules.twice")
	}
}

// reserved notes the rules that somebody in the principal's role may not give.
func (f *Faults) reserved(p Principal, given WorkRules) {
	var own WorkRules
	own.take(p, given)
	if reflect.DeepEqual(own, given) {
		return
	}
	may, gives := fields(own), fields(given)
	for _, name := range slices.Sorted(maps.Keys(gives)) {
		if _, ok := may[name]; !ok {
			path := "/rules/" + name
			if name == "due" {
				path = "/due"
			}
			f.Add(path, "rules.reserved", nil)
		}
	}
}

// fields are the set fields of a document, by their names.
func fields(document any) (set map[string]json.RawMessage) {
	raw, err := json.Marshal(document)
	if err == nil {
		err = json.Unmarshal(raw, &set)
	}
	if err != nil {
		panic(err) // documents are plain data
	}
	return set
}

// links notes what is wrong with a visit's links to the others of its request: an unknown one, itself, a circle.
func (f *Faults) links(v Visit, of []Visit) {
	others := map[uuid.UUID]VisitLinks{}
	for _, o := range of {
		others[o.ID] = o.Links
	}
	others[v.ID] = v.Links
	f.count("/links/together_with", len(v.Links.Together), maxSites)
	f.count("/links/after", len(v.Links.After), maxSites)
	linked := map[uuid.UUID]bool{}
	one := func(at string, id uuid.UUID) {
		_, there := others[id]
		f.Check(there && id != v.ID, at, "rules.visit_unknown")
		f.Check(!linked[id], at, "rules.twice")
		linked[id] = true
	}
	for i, id := range v.Links.Together {
		one(fmt.Sprintf("/links/together_with/%d", i), id)
	}
	for i, a := range v.Links.After {
		at := fmt.Sprintf("/links/after/%d", i)
		one(at+"/visit_id", a.VisitID)
		bounded(f, at+"/least", a.Least, 0, maxGap)
		bounded(f, at+"/greatest", a.Greatest, 0, maxGap)
		f.Check(a.Greatest == 0 || a.Greatest >= a.Least, at+"/greatest", "rules.gap")
	}
	f.Check(!circular(others), "/links", "rules.circle")
}

// circular reports whether a visit would come after itself; the visits of a crew count as one.
func circular(links map[uuid.UUID]VisitLinks) bool {
	crew := crews(links)
	after := map[uuid.UUID][]uuid.UUID{}
	for id, l := range links {
		for _, a := range l.After {
			after[crew[id]] = append(after[crew[id]], crew[a.VisitID])
		}
	}
	const entered, left = 1, 2
	state := map[uuid.UUID]int{}
	var enter func(id uuid.UUID) bool
	enter = func(id uuid.UUID) bool {
		if state[id] != 0 {
			return state[id] == entered
		}
		state[id] = entered
		circle := slices.ContainsFunc(after[id], enter)
		state[id] = left
		return circle
	}
	for id := range after {
		if enter(id) {
			return true
		}
	}
	return false
}

// crews gives every visit the least id of the visits that begin together with it, its own when it is alone. Visits that are not there are
// passed over.
func crews(links map[uuid.UUID]VisitLinks) map[uuid.UUID]uuid.UUID {
	first := map[uuid.UUID]uuid.UUID{}
	for id := range links {
		first[id] = id
	}
	root := func(id uuid.UUID) uuid.UUID {
		for first[id] != id {
			id = first[id]
		}
		return id
	}
	for id, l := range links {
		for _, other := range l.Together {
			if _, there := first[other]; !there {
				continue
			}
			a, b := root(id), root(other)
			if slices.Compare(a[:], b[:]) > 0 {
				a, b = b, a
			}
			first[b] = a
		}
	}
	out := map[uuid.UUID]uuid.UUID{}
	for id := range links {
		out[id] = root(id)
	}
	return out
}
