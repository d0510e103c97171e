package dispatch

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// RepairDay finds visits that lost their place, or that cannot wait, one on a basin's day, with as little change to what people know as possible.
type RepairDay struct {
	Basin    uuid.UUID   `json:"basin"`
	Start    time.Time   `json:"start"`
	End      time.Time   `json:"end"`
	VisitIDs []uuid.UUID `json:"visit_ids"`
	Crisis   bool        `json:"crisis,omitempty"` // they displace whatever was not promised, nor told
}

// Kind implements Job.
func (RepairDay) Kind() string { return "repair_day" }

// repairsFor groups visits that were just released by the basin and day of their former place.
func (s *Service) repairsFor(ctx context.Context, released []Visit) ([]Job, error) {
	o, err := s.store.Organization(ctx)
	if err != nil {
		return nil, err
	}
	known, err := s.basinsOf(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	var days []RepairDay
	for _, v := range released {
		basin := known.basin(v)
		day := localDay(v.Assignment.Begin, s.organizationZone(o))
		i := slices.IndexFunc(days, func(d RepairDay) bool { return d.Basin == basin && d.Start.Equal(day.Start) })
		if i < 0 {
			i = len(days)
			days = append(days, RepairDay{Basin: basin, Start: day.Start.UTC(), End: day.End.UTC()})
		}
		days[i].VisitIDs = append(days[i].VisitIDs, v.ID)
	}
	jobs := make([]Job, len(days))
	for i, d := range days {
		jobs[i] = d
	}
	return jobs, nil
}

// crisisJobs have a visit that cannot wait placed on the first day that its windows leave, whatever has to make room that was not promised.
func (s *Service) crisisJobs(ctx context.Context, o Organization, v Visit) ([]Job, error) {
	known, err := s.basinsOf(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	day := localDay(latest(s.clock(), v.Windows[0].Start), s.organizationZone(o))
	return []Job{RepairDay{Basin: known.basin(v), Start: day.Start.UTC(), End: day.End.UTC(), VisitIDs: []uuid.UUID{v.ID}, Crisis: true}}, nil
}

// basin is the one that looks after a visit.
func (b *basins) basin(v Visit) uuid.UUID {
	if v.TerritoryID == uuid.Nil {
		return b.placeless(v.ClientID)
	}
	return b.of[v.TerritoryID]
}

// RepairDay places visits on their day together, promised ones first; one that has a place is left alone, so the job may be repeated. What finds
// none there, and what a crisis displaced, is looked for a place by itself, on other days too.
func (s *Service) RepairDay(ctx context.Context, org uuid.UUID, j RepairDay) error {
	return retry(func() error {
		return s.store.Tx(ctx, org, func(ctx context.Context) error {
			view, _, err := s.basinView(ctx, org, BasinDay{j.Basin, Span{Start: j.Start.UTC(), End: j.End.UTC()}})
			if err != nil {
				return err
			}
			placements, err := s.repaired(view, j)
			if err != nil {
				return err
			}
			if _, err := s.commit(ctx, system, view, placements); err != nil {
				return err
			}
			return s.askForTheRest(ctx, j, placements)
		})
	})
}

// repaired is the change that places the job's visits; empty when there is none to place.
func (s *Service) repaired(view PlanView, j RepairDay) ([]placement, error) {
	p := translate(view, s.clock(), nil)
	compiled := p.Problem
	var urgent []scheduler.Visit
	compiled.Visits = nil
	for _, v := range p.Visits {
		id := uuid.MustParse(v.ID)
		if old := p.visits[id]; slices.Contains(j.VisitIDs, id) && old.Assignment == nil && alone(old) {
			v.Mandatory = v.Mandatory || j.Crisis
			urgent = append(urgent, v)
			continue
		}
		compiled.Visits = append(compiled.Visits, v)
	}
	if len(urgent) == 0 || len(p.Shifts) == 0 {
		return nil, nil
	}
	model, err := scheduler.Compile(&compiled)
	if err != nil {
		return nil, err
	}
	live, err := model.Load(p.present())
	if err != nil {
		return nil, err
	}
	before := live.Plan()
	if _, err := live.Repair(&scheduler.Disruption{Urgent: urgent}, scheduler.RepairOptions{Seed: 1}); err != nil {
		if _, refused := errors.AsType[*scheduler.Invalid](err); refused {
			return nil, nil // what it asks for cannot join a plan: it is placed by itself
		}
		return nil, err
	}
	var out []placement
	for _, c := range p.changes(BasinDay{j.Basin, view.Span}, before, live.Plan()) {
		out = append(out, c.placements...)
	}
	if slices.ContainsFunc(out, func(c placement) bool { return c.to == nil && c.old.bound() && c.old.Assignment != nil }) {
		return nil, nil // nobody who was told loses a place to this
	}
	return out, nil
}

// alone reports whether a visit can join a plan by itself: no pin, no link and nothing shared binds it to others.
func alone(v Visit) bool {
	return len(v.Rules.Resources) == 0 && len(v.Links.After)+len(v.Links.Together) == 0 && v.PinnedTechnician == uuid.Nil && v.PinnedPosition == 0 && v.PinnedStart == nil
}

// askForTheRest has what found no place, or lost it, looked for one by itself.
func (s *Service) askForTheRest(ctx context.Context, j RepairDay, placements []placement) error {
	without := slices.Clone(j.VisitIDs)
	for _, c := range placements {
		if c.to != nil {
			without = slices.DeleteFunc(without, func(id uuid.UUID) bool { return id == c.old.ID })
		} else if !slices.Contains(without, c.old.ID) {
			without = append(without, c.old.ID)
		}
	}
	for _, id := range without {
		if err := s.store.Enqueue(ctx, PlaceVisit{VisitID: id}); err != nil {
			return err
		}
	}
	return nil
}
