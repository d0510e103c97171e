package dispatch

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
	"tournee/geo/cell"
)

// PositionStore keeps where technicians were.
type PositionStore interface {
	InsertFixes(ctx context.Context, fixes []Fix) error // one already there at the same instant stays as it is
	LastFix(ctx context.Context, technician uuid.UUID) (Fix, error)
	LastFixes(ctx context.Context, since time.Time) ([]Fix, error) // the newest of each technician
	// ForgetBefore deletes what is kept for a limited time: positions, notices, idempotency keys, each before its instant.
	ForgetBefore(ctx context.Context, positions, notices, keys time.Time) error
}

// How long what is kept for a limited time is kept.
const (
	positionsKept = 61 * 24 * time.Hour // two months
	noticesKept   = 30 * 24 * time.Hour
	keysKept      = 24 * time.Hour
)

// maxFixes bounds one report: a phone that was offline for a day sends several.
const maxFixes = 100

// ReportPositions takes a technician's own positions. Those outside a shift of his are left unkept and counted: where somebody is in his
// own time is nobody's business. What is kept is coarsened first, to about a hundred metres.
func (s *Service) ReportPositions(ctx context.Context, p Principal, technician uuid.UUID, fixes []Fix) (kept int, err error) {
	if p.Role != RoleTechnician || p.TechnicianID != technician {
		return 0, NotFound("technician")
	}
	if err := s.checkFixes(fixes); err != nil {
		return 0, err
	}
	var newest Fix
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		shifts, err := s.store.ShiftsOf(ctx, technician, fixSpan(fixes))
		if err != nil {
			return err
		}
		var during []Fix
		for _, f := range fixes {
			if onShift(shifts, f.At) {
				during = append(during, coarsened(technician, f))
			}
		}
		kept = len(during)
		if kept == 0 {
			return nil
		}
		if err := s.store.InsertFixes(ctx, during); err != nil {
			return err
		}
		newest = slices.MaxFunc(during, func(a, b Fix) int { return a.At.Compare(b.At) }) // a phone may send them in any order
		// Events are kept for good, places are not: the event says that there is a newer one to be read, not where.
		if err := s.store.AppendEvents(ctx, Event{Kind: EventPosition, TechnicianID: technician, ActorRole: p.Role, ActorID: p.ID}); err != nil {
			return err
		}
		if s.clock().Sub(newest.At) > fixAge {
			return nil // he may be anywhere by now
		}
		return s.heed(ctx, shifts, newest)
	})
	if err == nil && kept > 0 {
		s.nearby.moved(p.OrganizationID, newest)
	}
	return kept, err
}

func (s *Service) checkFixes(fixes []Fix) error {
	var faults Faults
	faults.Check(len(fixes) > 0 && len(fixes) <= maxFixes, "/positions", "position.count")
	now := s.clock()
	for i, f := range fixes {
		if f.Position.Validate() != nil {
			faults.Add(fmt.Sprintf("/positions/%d", i), "position.coordinates", nil)
		}
		if f.At.After(now.Add(maxClockSkew)) || f.At.Before(now.Add(-maxLateReport)) {
			faults.Add(fmt.Sprintf("/positions/%d/at", i), "position.at", nil)
		}
	}
	return faults.Err()
}

func fixSpan(fixes []Fix) Span {
	span := Span{Start: fixes[0].At, End: fixes[0].At.Add(time.Second)}
	for _, f := range fixes {
		span.Start, span.End = earliest(span.Start, f.At), latest(span.End, f.At.Add(time.Second))
	}
	return span
}

func onShift(shifts []Shift, at time.Time) bool {
	for _, s := range shifts {
		if s.Contains(at) {
			return true
		}
	}
	return false
}

// coarsened rounds a position to a thousandth of a degree, 111 m north and about 73 m east in France.
func coarsened(technician uuid.UUID, f Fix) Fix {
	round := func(x float64) float64 { return math.Round(x*1000) / 1000 }
	position := geo.Position{Lat: round(f.Position.Lat), Lon: round(f.Position.Lon)}
	return Fix{TechnicianID: technician, At: f.At.UTC(), Position: position, Cell: int64(cell.Of(position, cell.SiteResolution))}
}

// LastPosition gives where a technician was last seen, during a shift that is not over: to dispatchers, and to himself.
func (s *Service) LastPosition(ctx context.Context, p Principal, technician uuid.UUID) (f Fix, err error) {
	if p.Role == RoleTechnician && p.TechnicianID != technician {
		return Fix{}, NotFound("technician")
	}
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		now := s.clock()
		shifts, err := s.store.ShiftsOf(ctx, technician, Span{Start: now, End: now.Add(time.Second)})
		if err != nil {
			return err
		}
		f, err = s.store.LastFix(ctx, technician)
		if err == nil && (!onShift(shifts, now) || !onShift(shifts, f.At)) {
			return NotFound("position")
		}
		return err
	})
	return f, err
}

// Forget deletes what the organization keeps for a limited time only.
func (s *Service) Forget(ctx context.Context, org uuid.UUID) error {
	now := s.clock()
	return s.store.Tx(ctx, org, func(ctx context.Context) error {
		o, err := s.store.Organization(ctx)
		if err != nil {
			return err
		}
		return errors.Join(
			s.store.ForgetBefore(ctx, now.Add(-positionsKept), now.Add(-noticesKept), now.Add(-keysKept)),
			s.store.ForgetTravel(ctx, now.Add(-travelKept)),
			s.store.ForgetDecisions(ctx, now.AddDate(0, 0, -o.Policy.Decisions)),
		)
	})
}
