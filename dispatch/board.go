package dispatch

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
	"tournee/scheduler"
)

// board is the plan of one day and one basin, compiled: the shifts that begin that day.
type board struct {
	span Span
	used time.Time // guarded by the memory

	// writing is held while a place on the board is decided on and committed, so that the next hold sees what came of this one.
	writing  sync.Mutex
	renewing atomic.Bool

	mu          sync.Mutex // guards what follows
	loaded      time.Time
	behind      time.Time // since when it has been found outdated; zero: it was not
	technicians []uuid.UUID
	places      int // when it was made: each address that slots are asked for adds one
	t           *translator
	live        *scheduler.Live
}

// fresh reports whether the board may be used at the moment: made not long ago, of the same people, from these versions of their routes.
func (b *board) fresh(now time.Time, technicians []uuid.UUID, versions []RouteVersion) bool {
	age := boardAge
	if b.span.Contains(now) {
		age = boardAgeToday
	}
	if b.t == nil || len(b.t.positions) > b.places+morePlaces || now.Sub(b.loaded) > age || now.Before(b.loaded) || !slices.Equal(b.technicians, technicians) {
		return false
	}
	n := 0
	for _, v := range versions {
		i, today := b.shift(v.ShiftID), b.span.Contains(v.Start)
		if i < 0 && today || i >= 0 && b.t.view.Shifts[i].RouteVersion != v.Version {
			return false
		}
		if today {
			n++
		}
	}
	for _, sh := range b.t.view.Shifts {
		if b.span.Contains(sh.Start) {
			n--
		}
	}
	return n == 0
}

func (b *board) shift(id uuid.UUID) int {
	return slices.IndexFunc(b.t.view.Shifts, func(s Shift) bool { return s.ID == id })
}

// besideDay is how far from a day the shifts lie whose rest it may shorten.
const besideDay = 48 * time.Hour

// makeBoard reads and compiles a day of a basin. Shifts of the days beside, where they lie so close that rest may be too short, are there as they are.
func (s *Service) makeBoard(ctx context.Context, day Span, technicians []uuid.UUID) (*translator, *scheduler.Live, error) {
	o, err := s.store.Organization(ctx)
	if err != nil {
		return nil, nil, err
	}
	beside, err := s.store.CloseShifts(ctx, day, technicians, time.Duration(o.Policy.Rest)*time.Second)
	if err != nil {
		return nil, nil, err
	}
	read, frozen := day, freeze{}
	if len(beside) > 0 {
		read = Span{Start: day.Start.Add(-besideDay), End: day.End.Add(besideDay)}
	}
	view, err := s.view(ctx, ViewQuery{Span: read, Technicians: technicians})
	if err != nil {
		return nil, nil, err
	}
	view.only(technicians)
	for _, id := range beside {
		frozen[id] = true
	}
	gone := map[uuid.UUID]bool{}
	view.Shifts = slices.DeleteFunc(view.Shifts, func(sh Shift) bool {
		gone[sh.ID] = !day.Contains(sh.Start) && !frozen[sh.ID]
		return gone[sh.ID]
	})
	view.Visits = slices.DeleteFunc(view.Visits, func(v Visit) bool { return v.Assignment != nil && gone[v.Assignment.ShiftID] })
	return s.compile(view, frozen)
}

// install puts a board that was made at a moment in the place of what there is.
func (b *board) install(t *translator, live *scheduler.Live, technicians []uuid.UUID, at time.Time) {
	b.t, b.live, b.technicians, b.loaded, b.behind, b.places = t, live, technicians, at, time.Time{}, len(t.positions)
}

// compile makes a live plan of a view.
func (s *Service) compile(view PlanView, frozen freeze) (*translator, *scheduler.Live, error) {
	t := newTranslator(view, s.clock(), frozen)
	compiled := t.Problem // the translator goes on to number more places and visits
	model, err := scheduler.Compile(&compiled)
	if err != nil {
		return nil, nil, err
	}
	live, err := model.Load(t.present())
	return t, live, err
}

// errAlone says that a visit cannot join a compiled plan: what it asks for binds others, or is something that no visit there asked for.
var errAlone = errors.New("dispatch: the visit must be compiled with the plan")

// take takes up a visit that is not on the board, and leaves it without a place. places says where its sites are.
func (b *board) take(v Visit, places map[uuid.UUID]PlanPlace) error {
	if !joins(b.t, v) {
		return errAlone
	}
	maps.Copy(b.t.view.Places, places)
	windows := b.t.windows(v)
	if len(windows) == 0 {
		return Conflict("slot.none", nil)
	}
	known := len(b.t.positions)
	visits, pins := b.t.Visits, b.t.Pins
	b.t.addVisit(v, windows)
	added := b.t.Visits[len(visits)]
	b.t.Visits, b.t.Pins = visits, pins
	b.t.settleWish(&added)
	for i := known; i < len(b.t.positions); i++ {
		if err := b.addPlace(i); err != nil {
			b.spoil() // the translator knows of a place that the plan does not
			return err
		}
	}
	if err := b.live.Add(added); err != nil {
		b.leave(v.ID)
		return err
	}
	return nil
}

// leave forgets a visit that was taken up.
func (b *board) leave(id uuid.UUID) {
	delete(b.t.visits, id)
	delete(b.t.sites, id)
	_ = b.live.Remove(id.String()) // it may not have come so far
}

// joins reports whether a compiled plan can take the visit up.
func joins(t *translator, v Visit) bool {
	r := v.Rules
	if len(r.Resources) > 0 || len(v.Links.After)+len(v.Links.Together) > 0 || v.PinnedTechnician != uuid.Nil || v.PinnedPosition > 0 || v.PinnedStart != nil {
		return false
	}
	for _, q := range slices.Concat(r.Loads, r.Pickups) {
		if !slices.Contains(t.loads, q.Kind) {
			return false
		}
	}
	if len(r.Parts) > 0 && len(t.Depots) == 0 {
		return false
	}
	for _, list := range append(slices.Clone(r.AnyOf), v.RequiredSkills, r.NoneOf) {
		for _, s := range list {
			if _, known := slices.BinarySearch(t.Skills, s.Skill); !known {
				return false
			}
		}
	}
	return true
}

// addPlace takes up the translator's ith position.
func (b *board) addPlace(i int) error {
	legs := make([]scheduler.Legs, len(b.t.Travel))
	for n := range b.t.Travel {
		mode, err := geo.ParseMode(b.t.Travel[n].Mode)
		if err != nil {
			return err
		}
		spokes := b.t.view.travel.spokes(b.t.positions[:i+1], mode)
		leg := &legs[n]
		for j := range spokes.To {
			leg.To = append(leg.To, scheduler.Seconds(spokes.To[j]))
			leg.From = append(leg.From, scheduler.Seconds(spokes.From[j]))
			leg.ToMetres = append(leg.ToMetres, scheduler.Metres(spokes.ToMetres[j]))
			leg.FromMetres = append(leg.FromMetres, scheduler.Metres(spokes.FromMetres[j]))
		}
	}
	_, err := b.live.AddPlace(b.t.Places[i], legs)
	return err
}

// found is the board as a search of a place of a visit that it has taken up. The versions in it stay as they are now.
func (b *board) found(v Visit) search {
	view := b.t.view
	view.Shifts = slices.Clone(view.Shifts)
	return search{view: view, problem: &b.t.problem, live: b.live, visit: v}
}

// keep takes over what was committed: visits as written, and the versions that the routes have with that.
func (b *board) keep(written []Visit, routes map[uuid.UUID]int64) {
	for _, v := range written {
		b.t.visits[v.ID] = v
	}
	for id, version := range routes {
		if i := b.shift(id); i >= 0 {
			b.t.view.Shifts[i].RouteVersion = version
		}
	}
}

// spoil makes the next use of the board read it anew.
func (b *board) spoil() { b.t, b.live = nil, nil }

// frozen are the shifts of the days beside.
func (b *board) frozen() freeze {
	out := freeze{}
	for _, sh := range b.t.view.Shifts {
		out[sh.ID] = !b.span.Contains(sh.Start)
	}
	return out
}
