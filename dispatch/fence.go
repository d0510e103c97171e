package dispatch

import (
	"context"
	"time"

	"tournee/geo"
)

// EventProposed tells a technician, and dispatchers, which step a position suggests. It is never taken by itself.
const EventProposed = "visit.proposed_transition"

// fenceLead is how long before the expected arrival whoever is at a site counts as there for the visit.
const fenceLead = 45 * time.Minute

// proposes is the step that a position suggests for the stop, or none: at the site whoever comes has arrived; away from it, by twice the fence,
// whoever was at work has ended.
func (n nextStop) proposes(fix Fix, policy LivePolicy) VisitStatus {
	v, fence, away := n.visit, float64(policy.Fence), geo.Distance(fix.Position, n.position)
	switch v.Status {
	case EnRoute:
		if away <= fence {
			return Arrived
		}
	case Published, Accepted:
		if away <= fence && !fix.At.Before(v.Assignment.Arrive.Add(-fenceLead)) {
			return Arrived
		}
	case Started:
		if away > 2*fence && fix.At.After(*v.ActualStart) {
			return Completed
		}
	}
	return ""
}

// proposeStep tells of the step that a position suggests, once.
func (s *Service) proposeStep(ctx context.Context, n nextStop, to VisitStatus) error {
	v := n.visit
	fresh, err := s.store.MarkProposed(ctx, v.ID, v.Status, to)
	if err != nil || !fresh {
		return err
	}
	e := visitEvent(EventProposed, v, system, map[string]any{"from": v.Status, "to": to})
	e.ClientID, e.PartnerID = Event{}.ClientID, Event{}.PartnerID // where a technician seems to be is not for them
	if err := s.store.AppendEvents(ctx, e); err != nil {
		return err
	}
	code := "notice.propose_" + string(to)
	return s.tell(ctx, news{technician: v.Assignment.TechnicianID, code: code, visit: v.ID, collapse: "visit-" + v.ID.String()})
}
