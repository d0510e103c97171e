package dispatch

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// memory is the plan as a node remembers it: compiled boards, each of one day and one basin, from which slots are quoted and in which holds
// find their place. It is never the truth. Before a board is used, the versions of its routes are compared with the store's, and whatever is
// decided on it is compared once more when it is committed; so a forgotten or an outdated board costs time and nothing else.
type memory struct {
	mu     sync.Mutex
	basins map[uuid.UUID]*basins // by organization
	boards map[boardKey]*board
}

func newMemory() memory {
	return memory{basins: map[uuid.UUID]*basins{}, boards: map[boardKey]*board{}}
}

type boardKey struct {
	organization uuid.UUID
	basin        uuid.UUID
	day          int64 // Unix seconds of its beginning
}

// The memory's bounds.
const (
	maxBoards = 1000 // about 1.5 MB each for sixty technicians
	basinsAge = 30 * time.Second
	boardAge  = 10 * time.Minute // its idea of "now" grows old

	boardAgeToday = time.Minute
	morePlaces    = 500 // that slots were asked for, before a board is made anew
	smallBasin    = 150 // technicians: work without a place is looked at by all of them
)

// basins are an organization's territories by which of them share technicians.
type basins struct {
	read        time.Time
	of          map[uuid.UUID]uuid.UUID // by territory: the basin it is in, named after its first territory
	technicians map[uuid.UUID][]uuid.UUID
}

// anywhere is the basin of work without a place, where it is everybody's.
var anywhere = uuid.UUID{}

// placeless is the basin that looks after a client's work without a place. In a large organization that is one of the basins, always the same for
// a client, since a board of everybody would be too large; what it has no place for is placed by planning runs.
func (b *basins) placeless(client uuid.UUID) uuid.UUID {
	if len(b.technicians[anywhere]) <= smallBasin || len(b.technicians) < 2 {
		return anywhere
	}
	all := slices.DeleteFunc(slices.SortedFunc(maps.Keys(b.technicians), func(x, y uuid.UUID) int { return slices.Compare(x[:], y[:]) }), func(id uuid.UUID) bool { return id == anywhere })
	return all[(int(client[14])<<8|int(client[15]))%len(all)]
}

// drawBasins joins territories that a technician serves both of; whoever serves all joins all.
func drawBasins(territories []uuid.UUID, technicians map[uuid.UUID]Technician) *basins {
	root := map[uuid.UUID]uuid.UUID{}
	for _, t := range territories {
		root[t] = t
	}
	var find func(t uuid.UUID) uuid.UUID
	find = func(t uuid.UUID) uuid.UUID {
		if root[t] != t {
			root[t] = find(root[t])
		}
		return root[t]
	}
	served := func(t Technician) []uuid.UUID {
		if len(t.TerritoryIDs) == 0 {
			return territories
		}
		return slices.Concat(t.TerritoryIDs, t.Rules.SpareTerritoryIDs)
	}
	for _, t := range technicians {
		first := uuid.Nil
		for _, id := range served(t) {
			if _, known := root[id]; !known {
				continue
			}
			if first == uuid.Nil {
				first = find(id)
				continue
			}
			a, b := find(first), find(id)
			if slices.Compare(a[:], b[:]) > 0 {
				a, b = b, a
			}
			root[b] = a
		}
	}
	out := &basins{of: map[uuid.UUID]uuid.UUID{}, technicians: map[uuid.UUID][]uuid.UUID{}}
	for _, t := range territories {
		out.of[t] = find(t)
	}
	for _, id := range slices.SortedFunc(maps.Keys(technicians), func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }) {
		out.technicians[anywhere] = append(out.technicians[anywhere], id)
		for _, t := range served(technicians[id]) {
			if basin, known := out.of[t]; known {
				out.technicians[basin] = append(out.technicians[basin], id)
				break
			}
		}
	}
	return out
}

// basinsOf gives the organization's basins, as they were a moment ago.
func (s *Service) basinsOf(ctx context.Context, org uuid.UUID) (*basins, error) {
	s.memory.mu.Lock()
	known := s.memory.basins[org]
	s.memory.mu.Unlock()
	if now := s.clock(); known == nil || now.Sub(known.read) > basinsAge || now.Before(known.read) {
		territories, technicians, err := s.store.Workforce(ctx)
		if err != nil {
			return nil, err
		}
		known = drawBasins(territories, technicians)
		known.read = now
		s.memory.mu.Lock()
		s.memory.basins[org] = known
		s.memory.mu.Unlock()
	}
	return known, nil
}

// forget drops the boards that were used longest ago, where there are too many.
func (m *memory) forget() {
	if len(m.boards) < maxBoards {
		return
	}
	keys := slices.Collect(maps.Keys(m.boards))
	slices.SortFunc(keys, func(a, b boardKey) int { return m.boards[a].used.Compare(m.boards[b].used) })
	for _, k := range keys[:len(keys)/4+1] {
		delete(m.boards, k)
	}
}

// boards gives the boards of some days of the basin that looks after a visit. Exact ones are made from their routes as they are now; others may be
// behind for the service's patience while they are made anew beside, since whoever takes what is quoted from them is decided on an exact one.
func (s *Service) boards(ctx context.Context, org uuid.UUID, v Visit, days []Span, exact bool) ([]*board, error) {
	known, err := s.basinsOf(ctx, org)
	if _, there := known.of[v.TerritoryID]; err == nil && !there && v.TerritoryID != uuid.Nil { // drawn since
		s.memory.mu.Lock()
		delete(s.memory.basins, org)
		s.memory.mu.Unlock()
		known, err = s.basinsOf(ctx, org)
	}
	if err != nil || len(days) == 0 {
		return nil, err
	}
	basin := known.of[v.TerritoryID]
	if v.TerritoryID == uuid.Nil {
		basin = known.placeless(v.ClientID)
	}
	technicians := append([]uuid.UUID{}, known.technicians[basin]...) // none is not everybody
	versions, err := s.store.RouteVersions(ctx, Span{Start: days[0].Start.Add(-besideDay), End: days[len(days)-1].End.Add(besideDay)}, technicians)
	if err != nil {
		return nil, err
	}
	out := make([]*board, len(days))
	for i, day := range days {
		if out[i], err = s.board(ctx, boardKey{org, basin, day.Start.Unix()}, day, technicians, versions, exact); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Service) board(ctx context.Context, key boardKey, day Span, technicians []uuid.UUID, versions []RouteVersion, exact bool) (*board, error) {
	now := s.clock()
	s.memory.mu.Lock()
	b := s.memory.boards[key]
	if b == nil {
		s.memory.forget()
		b = &board{span: day}
		s.memory.boards[key] = b
	}
	b.used = now
	s.memory.mu.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fresh(now, technicians, versions) {
		b.behind = time.Time{}
		return b, nil
	}
	if !exact && b.t != nil && slices.Equal(b.technicians, technicians) {
		if b.behind.IsZero() {
			b.behind = now
		}
		if now.Sub(b.behind) < s.patience {
			s.renew(ctx, key.organization, b, technicians)
			return b, nil
		}
	}
	t, live, err := s.makeBoard(ctx, day, technicians)
	if err != nil {
		b.spoil()
		return nil, err
	}
	b.install(t, live, technicians, now)
	return b, nil
}

// renewTime bounds the making of a board beside.
const renewTime = 30 * time.Second

// renew makes a board anew beside the one that is in use, unless somebody is at it.
func (s *Service) renew(ctx context.Context, org uuid.UUID, b *board, technicians []uuid.UUID) {
	if !b.renewing.CompareAndSwap(false, true) {
		return
	}
	own, cancel := context.WithTimeout(s.store.Apart(ctx), renewTime)
	go func() {
		defer cancel()
		defer b.renewing.Store(false)
		now := s.clock()
		var t *translator
		var live *scheduler.Live
		err := s.store.Tx(own, org, func(ctx context.Context) (err error) {
			t, live, err = s.makeBoard(ctx, b.span, technicians)
			return err
		})
		if err != nil {
			return // the next use finds it too old, and says why
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.install(t, live, technicians, now)
	}()
}
