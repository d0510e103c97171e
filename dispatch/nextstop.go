package dispatch

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
)

// nextStop is where a technician is at work, goes, or is to go next.
type nextStop struct {
	visit     Visit
	position  geo.Position
	transport geo.Mode
}

// nextStop gives the next stop, with a place, in the shifts; nil where there is none.
func (s *Service) nextStop(ctx context.Context, shifts []Shift, fix Fix) (*nextStop, error) {
	for _, shift := range shifts {
		if !shift.Contains(fix.At) || shift.Rules.Pool {
			continue
		}
		visits, err := s.store.AssignedVisits(ctx, fix.TechnicianID, shift.ID, Span{})
		if err != nil || len(visits) == 0 {
			return nil, err
		}
		next := slices.MinFunc(visits, func(a, b Visit) int {
			if a.Status.UnderWay() != b.Status.UnderWay() {
				if a.Status.UnderWay() {
					return -1
				}
				return 1
			}
			return a.Assignment.Begin.Compare(b.Assignment.Begin)
		})
		if assignedSite(next) == uuid.Nil {
			return nil, nil //nolint:nilnil // work without a place is nowhere
		}
		site, err := s.store.Site(ctx, assignedSite(next))
		if err != nil {
			return nil, err
		}
		return &nextStop{visit: next, position: site.Position, transport: shift.Transport}, nil
	}
	return nil, nil //nolint:nilnil // nothing to do is no error
}

// unexpected reports whether a technician seen there arrives, or is, elsewhere than expected by more than the policy's threshold or distance.
func (n nextStop) unexpected(fix Fix, travel *geo.Estimator, policy LivePolicy) bool {
	threshold := time.Duration(policy.Threshold) * time.Second
	arrives := fix.At.Add(travel.Travel(fix.Position, n.position, n.transport, fix.At))
	a := n.visit.Assignment
	switch n.visit.Status {
	case EnRoute:
		return arrives.Sub(a.Arrive).Abs() >= threshold
	case Arrived, Started, Paused:
		return geo.Distance(fix.Position, n.position) > float64(policy.Deviation)
	}
	return arrives.Sub(a.Begin) >= threshold // nobody has to leave before it is time
}

// heed proposes the step that a position suggests, and has a technician's day thought out again when he is seen where he was not expected.
func (s *Service) heed(ctx context.Context, shifts []Shift, fix Fix) error {
	next, err := s.nextStop(ctx, shifts, fix)
	if err != nil || next == nil {
		return err
	}
	o, err := s.store.Organization(ctx)
	if err != nil {
		return err
	}
	estimator, _, err := s.estimator(ctx)
	if err != nil {
		return err
	}
	if to := next.proposes(fix, o.Policy.Live); to != "" {
		if err := s.proposeStep(ctx, *next, to); err != nil {
			return err
		}
	}
	if !next.unexpected(fix, estimator, o.Policy.Live) {
		return nil
	}
	return s.store.Enqueue(ctx, Project{TechnicianID: fix.TechnicianID})
}
