package dispatch

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
	"tournee/geo/cell"
)

// travel is how long journeys take as far as an organization knows: its estimator, and what a road engine said of some cells.
type travel struct {
	*geo.Estimator
	*roadWords
}

type travelKey struct {
	mode     geo.Mode
	from, to int64
}

// correction is what a road engine's word is of the estimator's, in time and way.
type correction struct{ time, way float64 }

// mostCorrected is how many times longer or shorter than estimated a journey may be believed to be: a cell's centre may lie on the wrong side of
// a fence.
const mostCorrected = 5.

// matrix is the journeys between places at the planning hour.
func (t travel) matrix(positions []geo.Position, mode geo.Mode) geo.Matrix {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.CorrectedMatrix(positions, mode, planningHour, t.correction(positions, mode))
}

// spokes is what the matrix of the places has for the last of them.
func (t travel) spokes(positions []geo.Position, mode geo.Mode) geo.Spokes {
	t.mu.RLock()
	defer t.mu.RUnlock()
	last := len(positions) - 1
	return t.CorrectedSpokes(positions[last], positions[:last], mode, planningHour, t.correction(positions, mode))
}

// correction is what is known better about the journeys between places; nil when nothing is. The caller holds the lock for as long as it uses it.
func (t travel) correction(positions []geo.Position, mode geo.Mode) geo.Correction {
	if len(t.of) == 0 {
		return nil
	}
	cells := make([]int64, len(positions))
	for i, p := range positions {
		cells[i] = siteCell(p)
	}
	return func(i, j int) (time, way float64) {
		if c, ok := t.of[travelKey{mode, cells[i], cells[j]}]; ok {
			return c.time, c.way
		}
		return 1, 1
	}
}

func siteCell(p geo.Position) int64 { return int64(cell.Of(p, cell.SiteResolution)) }

// travelAmong reads, in the transaction, how long journeys among a few places take as far as the organization knows.
func (s *Service) travelAmong(ctx context.Context, positions []geo.Position) (travel, error) {
	estimator, using, err := s.estimator(ctx)
	if err != nil {
		return travel{}, err
	}
	t := travel{estimator, newWords(using, s.clock())}
	return t, s.hear(ctx, t, positions)
}

// travelOf is travelAmong for the many places of a plan: what was read before is remembered for a while, so that a quote reads what concerns the
// cells that are new to this node only.
func (s *Service) travelOf(ctx context.Context, org uuid.UUID, positions []geo.Position) (travel, error) {
	estimator, using, err := s.estimator(ctx)
	if err != nil {
		return travel{}, err
	}
	t := travel{estimator, s.remembered.of(org, using, s.clock())}
	return t, s.hear(ctx, t, positions)
}

// hear reads what a road engine said of the ways between places and all those before, if it said anything.
func (s *Service) hear(ctx context.Context, t travel, positions []geo.Position) error {
	fresh, all := t.without(cellsOf(positions))
	if len(fresh) == 0 {
		return nil
	}
	out, err := s.store.TravelTimes(ctx, fresh, all)
	if err != nil {
		return err
	}
	in, err := s.store.TravelTimes(ctx, all, fresh)
	if err != nil {
		return err
	}
	t.add(t.Estimator, fresh, append(out, in...))
	return nil
}

// hearOn is hear of a site that may come onto boards.
func (s *Service) hearOn(ctx context.Context, boards []*board, site *Site) error {
	if site == nil {
		return nil
	}
	for _, b := range boards {
		b.mu.Lock()
		t := b.t
		b.mu.Unlock()
		if t == nil {
			continue
		}
		if err := s.hear(ctx, t.view.travel, []geo.Position{site.Position}); err != nil {
			return err
		}
	}
	return nil
}

// What a node remembers of a road engine's words: for how long, as other nodes may learn others, and of how many cells of an organization.
const (
	knownAge  = 10 * time.Minute
	mostKnown = 3000
)

// roadWords are what an organization's journeys are known to take, of all pairs of some cells, by one calibration. It is safe for concurrent use.
type roadWords struct {
	inUse
	since time.Time

	mu    sync.RWMutex
	cells map[int64]bool
	of    map[travelKey]correction
}

// remembered keeps what is known, by organization. The zero value is empty.
type remembered struct {
	mu  sync.Mutex
	all map[uuid.UUID]*roadWords
}

// of gives what is remembered, or something empty where that is too old, too much, or of another calibration.
func (r *remembered) of(org uuid.UUID, using inUse, now time.Time) *roadWords {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.all[org]; k != nil && k.inUse == using && now.Sub(k.since).Abs() < knownAge && k.size() <= mostKnown {
		return k
	}
	if r.all == nil || len(r.all) >= mostEstimators {
		r.all = map[uuid.UUID]*roadWords{}
	}
	k := newWords(using, now)
	r.all[org] = k
	return k
}

func newWords(using inUse, now time.Time) *roadWords {
	return &roadWords{inUse: using, since: now, cells: map[int64]bool{}, of: map[travelKey]correction{}}
}

// forget makes the next plan read everything again.
func (r *remembered) forget(org uuid.UUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, org)
}

func (k *roadWords) size() int {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return len(k.cells)
}

// without are the cells of which nothing was read yet, and those together with all that were; none where there is nothing to read.
func (k *roadWords) without(cells []int64) (fresh, all []int64) {
	if !k.words {
		return nil, nil
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, c := range cells {
		if !k.cells[c] {
			fresh = append(fresh, c)
		}
	}
	if len(fresh) > 0 {
		all = append(slices.Collect(maps.Keys(k.cells)), fresh...)
	}
	return fresh, all
}

// add takes in what was read of cells.
func (k *roadWords) add(e *geo.Estimator, cells []int64, times []TravelTime) {
	corrected := corrections(e, times)
	k.mu.Lock()
	defer k.mu.Unlock()
	maps.Copy(k.of, corrected)
	for _, c := range cells {
		k.cells[c] = true
	}
}

// corrections compares what a road engine said with what the estimator thinks of the same ways. Of several hours the one nearest the planning hour counts, and
// any hour more than free flow. A way that was not found says nothing: perhaps no road leads to the cell's centre, and yet one to the place.
func corrections(e *geo.Estimator, times []TravelTime) map[travelKey]correction {
	known, hours := map[travelKey]correction{}, map[travelKey]int{}
	parameters := e.Parameters()
	for _, t := range times {
		key := travelKey{t.Mode, t.From, t.To}
		if hour, seen := hours[key]; !t.Reachable || seen && hourGap(hour) <= hourGap(t.Hour) {
			continue
		}
		work := float64(t.Seconds)
		if t.Hour != geo.FreeFlow {
			work *= float64(parameters.Modes[t.Mode].Hours[t.Hour]) / 1000
		}
		seconds, metres := e.FreeFlow(cell.Cell(t.From).Centre(), cell.Cell(t.To).Centre(), t.Mode)
		if seconds <= 0 || metres <= 0 {
			continue
		}
		hours[key] = t.Hour
		known[key] = correction{believed(work / seconds), believed(float64(t.Metres) / metres)}
	}
	return known
}

// hourGap is how far an hour of a road engine is from the planning hour; free flow is farther than any.
func hourGap(hour int) int {
	if hour == geo.FreeFlow {
		return 24
	}
	gap := max(hour-planningHour, planningHour-hour)
	return min(gap, 24-gap)
}

func believed(ratio float64) float64 { return max(1/mostCorrected, min(mostCorrected, ratio)) }
