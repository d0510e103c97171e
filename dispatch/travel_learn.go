package dispatch

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
	"tournee/geo/cell"
)

// What is learnt from a road engine.
const (
	travelAhead  = 7 * 24 * time.Hour  // journeys of plans so far ahead
	travelFresh  = 30 * 24 * time.Hour // how long its word is taken before it is asked again
	travelKept   = 90 * 24 * time.Hour // what is not asked for again is forgotten
	learnFor     = 3 * time.Minute     // at a time, well below what the queue lets a job take; the next run goes on
	mostLearnt   = 1000                // cells at a time
	farthestAway = 80_000.             // metres: nobody is sent farther from one visit to the next
	learnBlock   = 50                  // cells by cells in one question
)

// LearnTravel asks the road engine about the ways between the cells that planning sees in the days ahead and of which nothing is known, or nothing
// fresh, and keeps the answers. It ends early when the engine fails: planning goes on with what is known, and the next run tries again. Without a road
// engine there is nothing to do.
func (s *Service) LearnTravel(ctx context.Context, org uuid.UUID) error {
	if s.road == nil {
		return nil
	}
	now := s.clock()
	view, err := s.planView(ctx, org, Span{Start: now.Add(-dayAround), End: now.Add(travelAhead)})
	if err != nil {
		return err
	}
	cells := cellsOf(view.positions())
	cells = cells[:min(len(cells), mostLearnt)]
	l := learning{s: s, org: org, now: now, until: time.Now().Add(learnFor)}
	if zone, err := Zone(view.Organization.TimeZone); err == nil {
		l.zone = zone
	}
	for _, mode := range slices.Sorted(maps.Keys(modesOf(view.Shifts))) {
		if !slices.Contains(s.road.Modes(), mode) {
			continue
		}
		for _, hour := range append([]int{geo.FreeFlow}, s.road.Hours()...) {
			if err := l.learn(ctx, mode, hour, cells); err != nil {
				return err
			}
		}
	}
	return nil
}

func modesOf(shifts []Shift) map[geo.Mode]bool {
	modes := map[geo.Mode]bool{}
	for _, s := range shifts {
		modes[s.Transport] = true
	}
	return modes
}

// cellsOf are the cells of positions, each once, in order: neighbours are near one another in it.
func cellsOf(positions []geo.Position) []int64 {
	seen := map[int64]bool{}
	for _, p := range positions {
		seen[siteCell(p)] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// learning is one run of LearnTravel.
type learning struct {
	s     *Service
	org   uuid.UUID
	now   time.Time
	zone  *time.Location
	until time.Time // of the machine's clock: how long the work takes, no decision hangs on it
	over  bool      // the engine failed, or time is up
}

// learn goes through the ways between the cells block by block.
func (l *learning) learn(ctx context.Context, mode geo.Mode, hour int, cells []int64) error {
	for from := range slices.Chunk(cells, learnBlock) {
		for to := range slices.Chunk(cells, learnBlock) {
			if l.over = l.over || time.Now().After(l.until); l.over {
				return nil
			}
			if err := l.block(ctx, mode, hour, from, to); err != nil {
				return err
			}
		}
	}
	return nil
}

// block asks about the ways of one block that are missing.
func (l *learning) block(ctx context.Context, mode geo.Mode, hour int, from, to []int64) error {
	var known []TravelTime
	err := l.s.store.Tx(ctx, l.org, func(ctx context.Context) (err error) {
		known, err = l.s.store.TravelTimes(ctx, from, to)
		return err
	})
	if err != nil {
		return err
	}
	from, to = l.missing(mode, hour, from, to, known)
	if len(from) == 0 {
		return nil
	}
	legs, err := l.s.road.Table(ctx, mode, centres(from), centres(to), l.leave(hour))
	if err != nil {
		l.over = true
		if ctx.Err() != nil {
			return ctx.Err()
		}
		l.s.log.Warn("no travel times from the road engine; the estimator stands in", "error", err)
		return nil
	}
	times := make([]TravelTime, 0, len(legs))
	for i, a := range from {
		for j, b := range to {
			if a != b {
				times = append(times, learntOf(legs[i*len(to)+j], TravelTime{Mode: mode, From: a, To: b, Hour: hour, LearntAt: l.now}))
			}
		}
	}
	err = l.s.store.Tx(ctx, l.org, func(ctx context.Context) error { return l.s.store.SaveTravelTimes(ctx, times) })
	l.s.remembered.forget(l.org)
	return err
}

// learntOf puts a leg into a travel time.
func learntOf(leg geo.Leg, t TravelTime) TravelTime {
	if leg.Reachable {
		t.Reachable, t.Seconds, t.Metres = true, int(math.Ceil(leg.Seconds)), int(math.Ceil(leg.Metres))
	}
	return t
}

// missing are the cells of a block between which some way is not known, or not freshly.
func (l *learning) missing(mode geo.Mode, hour int, from, to []int64, known []TravelTime) (rows, columns []int64) {
	fresh := map[[2]int64]bool{}
	for _, t := range known {
		if t.Mode == mode && t.Hour == hour && l.now.Sub(t.LearntAt) < travelFresh {
			fresh[[2]int64{t.From, t.To}] = true
		}
	}
	needed := map[int64]bool{}
	for _, a := range from {
		row := false
		for _, b := range to {
			if a != b && !fresh[[2]int64{a, b}] && geo.Distance(cell.Cell(a).Centre(), cell.Cell(b).Centre()) <= farthestAway {
				row, needed[b] = true, true
			}
		}
		if row {
			rows = append(rows, a)
		}
	}
	return rows, slices.Sorted(maps.Keys(needed))
}

func centres(cells []int64) []geo.Position {
	out := make([]geo.Position, len(cells))
	for i, c := range cells {
		out[i] = cell.Cell(c).Centre()
	}
	return out
}

// leave is the hour on the next Tuesday or Thursday, days of ordinary traffic; zero without an hour.
func (l *learning) leave(hour int) time.Time {
	if hour == geo.FreeFlow {
		return time.Time{}
	}
	zone := l.zone
	if zone == nil {
		zone = time.UTC
	}
	day := l.now.In(zone).AddDate(0, 0, 1)
	for day.Weekday() != time.Tuesday && day.Weekday() != time.Thursday {
		day = day.AddDate(0, 0, 1)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, zone)
}
