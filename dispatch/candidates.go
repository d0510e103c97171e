package dispatch

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
	"tournee/scheduler"
)

// Candidates says for every technician whether a visit fits, when and at what cost, or why not.
type Candidates struct {
	TimeZone string // the visit's
	Currency string // of the costs
	Items    []Candidate
}

// Candidate is one technician's line among the candidates for a visit.
type Candidate struct {
	TechnicianID uuid.UUID
	Name         string
	Has          bool // the visit is with this technician now
	Feasible     bool
	ShiftID      uuid.UUID    // when Feasible; so for the next three
	Earliest     time.Time    // service may begin from here
	Latest       time.Time    // to here, without moving another visit out of its window
	Cost         int64        // what the visit at its best place there adds to the plan's cost, that of leaving it out not taken off, in minor units
	Levels       []LevelFit   // by required skill
	Reasons      []Reason     // why not, or what speaks against it
	Relaxations  []Relaxation // what would make it possible, least first; where they were asked for
}

// LevelFit compares the level of a skill that a visit needs with the one that a technician has.
type LevelFit struct {
	Skill string
	Needs int
	Has   int // 0: not at all
}

// Relaxation is one or two changes that together would make room.
type Relaxation struct {
	ShiftID uuid.UUID
	Changes []Reason
}

// CandidateQuery says how much of the candidates is wanted.
type CandidateQuery struct {
	Relax       bool      // also what would make those possible who are not
	Technician  uuid.UUID // only this one's relaxations; else those of the few with the least in their way
	Relaxations int       // of each, at most; 0: three
}

// relaxed is for how many technicians relaxations are looked for at once: each takes dozens of small problems a shift.
const relaxed = 5

// Candidates ranks every technician for a visit: those it fits first, cheapest first, then those with the fewest reasons against it.
func (s *Service) Candidates(ctx context.Context, p Principal, id uuid.UUID, q CandidateQuery) (out Candidates, err error) {
	err = s.change(ctx, p, func(ctx context.Context) error {
		found, err := s.searchFor(ctx, p, id)
		if err != nil {
			return err
		}
		out = Candidates{TimeZone: found.visit.TimeZone, Currency: found.view.Organization.Currency}
		if out.Items, err = found.candidates(); err != nil || !q.Relax || found.live == nil {
			return err
		}
		return s.relax(ctx, found.visit, out.Items, q)
	})
	return out, err
}

// searchFor looks for places of a visit that may still be planned.
func (s *Service) searchFor(ctx context.Context, p Principal, id uuid.UUID) (search, error) {
	v, err := s.visibleVisit(ctx, p, id)
	if err != nil {
		return search{}, err
	}
	if v.Status.Over() || v.Status.UnderWay() {
		return search{}, Conflict("visit.has_begun", map[string]any{"status": v.Status})
	}
	if v.Mode == Hotline {
		return search{}, Conflict("visit.hotline", nil)
	}
	return s.search(ctx, v)
}

// candidates ranks the technicians of the view.
func (f search) candidates() ([]Candidate, error) {
	best := map[uuid.UUID]Candidate{}
	if f.live == nil {
		for _, w := range f.problem.outOfReach(f.visit) {
			best[w.TechnicianID] = Candidate{Reasons: w.Reasons}
		}
	} else if err := f.weigh(best); err != nil {
		return nil, err
	}
	out := make([]Candidate, 0, len(best))
	for id, c := range best {
		technician := f.view.Technicians[id]
		c.TechnicianID, c.Name, c.Levels = id, technician.Name, fits(f.visit.RequiredSkills, technician.Skills)
		c.Has = f.visit.Assignment != nil && f.visit.Assignment.TechnicianID == id
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Candidate) int {
		if a.Feasible != b.Feasible {
			return map[bool]int{true: -1, false: 1}[a.Feasible]
		}
		if !a.Feasible {
			return cmp.Or(cmp.Compare(len(a.Reasons), len(b.Reasons)), cmp.Compare(a.lacks(), b.lacks()), slices.Compare(a.TechnicianID[:], b.TechnicianID[:]))
		}
		return cmp.Or(cmp.Compare(a.Cost, b.Cost), slices.Compare(a.TechnicianID[:], b.TechnicianID[:]))
	})
	return out, nil
}

// lacks is how many levels are missing.
func (c Candidate) lacks() (n int) {
	for _, l := range c.Levels {
		n += max(0, l.Needs-l.Has)
	}
	return n
}

// weigh explains the visit for every technician and finds the best place in the routes of those it fits.
func (f search) weigh(best map[uuid.UUID]Candidate) error {
	name := f.visit.ID.String()
	why, err := f.live.Explain(name)
	if err != nil {
		return err
	}
	for _, w := range why {
		id := uuid.MustParse(w.Technician)
		c := Candidate{Feasible: w.Feasible, Cost: int64(w.Cost), Reasons: f.problem.coded(w.Reasons)}
		if c.Feasible {
			c.ShiftID = uuid.MustParse(w.Shift)
		}
		old, seen := best[id]
		best[id] = better(old, c, seen)
	}
	places, err := f.live.Insert(name, everyPlace)
	if err != nil {
		return err
	}
	for _, at := range places { // cheapest first
		id := uuid.MustParse(at.Technician)
		if c := best[id]; c.Feasible && c.Earliest.IsZero() && c.ShiftID.String() == at.Shift {
			c.Earliest, c.Latest = f.problem.instant(at.Earliest), f.problem.instant(at.Latest)
			best[id] = c
		}
	}
	return nil
}

// everyPlace is more places than there are in any plan.
const everyPlace = 1 << 30

// better joins what two shifts of one technician say: the cheaper place, or all that stands in the way of both.
func better(a, b Candidate, seen bool) Candidate {
	switch {
	case !seen, b.Feasible && (!a.Feasible || b.Cost < a.Cost):
		return b
	case a.Feasible:
		return a
	}
	for _, r := range b.Reasons {
		if !slices.ContainsFunc(a.Reasons, func(o Reason) bool { return o.Code == r.Code && maps.Equal(o.Params, r.Params) }) {
			a.Reasons = append(a.Reasons, r)
		}
	}
	return a
}

// fits compares levels, skill by skill.
func fits(needed, owned []SkillLevel) []LevelFit {
	out := make([]LevelFit, len(needed))
	for i, n := range needed {
		out[i] = LevelFit{Skill: n.Skill, Needs: n.Level}
		for _, has := range owned {
			if has.Skill == n.Skill {
				out[i].Has = has.Level
			}
		}
	}
	return out
}

// relax looks for what would make the visit possible with the technician asked for, or with the few with the least in the way. It reads only
// their routes: what it takes grows with everything it reads.
func (s *Service) relax(ctx context.Context, v Visit, items []Candidate, q CandidateQuery) error {
	var who []uuid.UUID
	for _, c := range items {
		if !c.Feasible && len(who) < relaxed && (q.Technician == uuid.Nil || q.Technician == c.TechnicianID) {
			who = append(who, c.TechnicianID)
		}
	}
	if len(who) == 0 {
		return nil
	}
	found, err := s.search(ctx, v, who...)
	if err != nil || found.live == nil {
		return err
	}
	for i := range items {
		if !slices.Contains(who, items[i].TechnicianID) {
			continue
		}
		ways, err := found.live.Relax(v.ID.String(), items[i].TechnicianID.String(), cmp.Or(q.Relaxations, 3))
		if err != nil {
			return err
		}
		for _, w := range ways {
			items[i].Relaxations = append(items[i].Relaxations, Relaxation{ShiftID: uuid.MustParse(w.Shift), Changes: found.problem.coded(w.Changes)})
		}
	}
	return nil
}

// Suggestions are the visits that wait and would suit a technician who is free.
type Suggestions struct {
	TimeZone string // the technician's
	Currency string
	Items    []NextVisit
}

// NextVisit is a visit that waits, and its best place in what is left of a technician's shift.
type NextVisit struct {
	Visit    Visit
	ShiftID  uuid.UUID
	Earliest time.Time // service may begin from here
	Latest   time.Time // to here, without moving another visit out of its window
	Cost     int64     // what it adds to the plan's cost, in minor units
	Saves    int64     // what leaving it out costs, that is no longer due
}

// The looking for work for a technician who is free.
const (
	soon       = 12 * time.Hour // a shift that begins by then is his next
	maxWaiting = 300            // visits looked at: the nearest
)

// Suggestions ranks the visits that wait by what giving them to a technician would cost beside leaving them out, in what is left of his
// shift, or in the next when that begins soon. There are none while he is off.
func (s *Service) Suggestions(ctx context.Context, p Principal, technician uuid.UUID, n int) (out Suggestions, err error) {
	if !p.Staff() {
		return out, Forbidden()
	}
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		t, err := s.store.Technician(ctx, technician)
		if err != nil {
			return err
		}
		now := s.clock()
		around := Span{Start: now.Add(-dayAround), End: now.Add(dayAround)}
		all, _, err := s.store.Workforce(ctx)
		if err != nil {
			return err
		}
		served := append(servedBy(t, all), uuid.Nil)
		view, err := s.store.PlanView(ctx, ViewQuery{Span: around, Technicians: []uuid.UUID{technician}, Territories: served})
		if err != nil {
			return err
		}
		out = Suggestions{TimeZone: t.TimeZone, Currency: view.Organization.Currency}
		shift, on := nextShift(view.Shifts, now)
		if !on {
			return nil
		}
		view.keepNear(shift, now)
		if view.travel, err = s.travelOf(ctx, view.Organization.ID, view.positions()); err != nil {
			return err
		}
		out.Items, err = s.suggest(view, shift)
		slices.SortStableFunc(out.Items, func(a, b NextVisit) int {
			return cmp.Or(cmp.Compare(a.Cost-a.Saves, b.Cost-b.Saves), slices.Compare(a.Visit.ID[:], b.Visit.ID[:]))
		})
		out.Items = out.Items[:min(n, len(out.Items))]
		return err
	})
	return out, err
}

// servedBy lists the territories that a technician serves, his spare ones too.
func servedBy(t Technician, all []uuid.UUID) []uuid.UUID {
	if len(t.TerritoryIDs) == 0 {
		return slices.Clone(all)
	}
	return slices.Concat(t.TerritoryIDs, t.Rules.SpareTerritoryIDs)
}

// nextShift is the shift that is on, or begins soon.
func nextShift(shifts []Shift, now time.Time) (Shift, bool) {
	i := slices.IndexFunc(shifts, func(s Shift) bool { return s.End.After(now) && s.Start.Before(now.Add(soon)) })
	if i < 0 {
		return Shift{}, false
	}
	return shifts[i], true
}

// keepNear leaves of the visits that wait those that could begin in what is left of a shift, and of those the nearest.
func (v *PlanView) keepNear(shift Shift, now time.Time) {
	at := shift.StartPlace
	last := time.Time{}
	var waiting, kept []Visit
	left := Span{Start: latest(now, shift.Start), End: shift.End.Add(time.Duration(shift.Rules.Overtime) * time.Second)}
	for _, visit := range v.Visits {
		switch {
		case visit.Assignment != nil:
			kept = append(kept, visit)
			if place, there := v.Places[assignedSite(visit)]; there && visit.Assignment.ShiftID == shift.ID && visit.Assignment.Begin.After(last) && !visit.Assignment.Begin.After(now) {
				at, last = place.Position, visit.Assignment.Begin
			}
		case slices.ContainsFunc(visit.open(), left.Overlaps):
			waiting = append(waiting, visit)
		}
	}
	away := func(visit Visit) float64 {
		if visit.Mode != OnSite {
			return 0
		}
		return geo.Distance(at, v.Places[visit.SiteID].Position)
	}
	slices.SortStableFunc(waiting, func(a, b Visit) int { return cmp.Compare(away(a), away(b)) })
	v.Visits = slices.Concat(kept, waiting[:min(len(waiting), maxWaiting)])
	slices.SortFunc(v.Visits, func(a, b Visit) int { return slices.Compare(a.ID[:], b.ID[:]) })
	places := map[uuid.UUID]PlanPlace{}
	for _, visit := range v.Visits {
		for _, id := range append(slices.Clone(visit.Rules.AlternativeSiteIDs), visit.SiteID, assignedSite(visit)) {
			if at, there := v.Places[id]; there {
				places[id] = at
			}
		}
	}
	v.Places = places
}

// suggest finds the best place of every visit that waits.
func (s *Service) suggest(view PlanView, shift Shift) (out []NextVisit, err error) {
	t, live, err := s.compile(view)
	if err != nil {
		return nil, err
	}
	for _, v := range view.Visits {
		if _, known := t.visits[v.ID]; v.Assignment != nil || !known {
			continue
		}
		places, err := live.Insert(v.ID.String(), everyPlace)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(places, func(at scheduler.Insertion) bool { return at.Shift == shift.ID.String() })
		if i < 0 {
			continue
		}
		out = append(out, NextVisit{
			Visit: v, ShiftID: shift.ID, Earliest: t.instant(places[i].Earliest), Latest: t.instant(places[i].Latest), Cost: int64(places[i].Cost),
			Saves: view.Organization.Weights.LeftOut[v.Priority-1],
		})
	}
	return out, nil
}
