package dispatch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// VisitStore keeps visits and their assignments.
type VisitStore interface {
	InsertVisit(ctx context.Context, v Visit) error
	// UpdateVisits writes visits where the version is one below theirs, else KindStale; assignments are SaveAssignments' affair.
	UpdateVisits(ctx context.Context, visits ...Visit) error
	Visit(ctx context.Context, id uuid.UUID) (Visit, error)
	VisitsOf(ctx context.Context, requests ...uuid.UUID) ([]Visit, error)
	LockVisits(ctx context.Context, ids []uuid.UUID) ([]Visit, error) // in id order, until the transaction ends
	Visits(ctx context.Context, f VisitFilter, page Page) (Listing[Visit], error)
}

// VisitFilter narrows a list of visits; a zero field leaves that side open.
type VisitFilter struct {
	RequestID    uuid.UUID
	ClientID     uuid.UUID
	PartnerID    uuid.UUID
	TechnicianID uuid.UUID // who has it now
	Status       VisitStatus
	Within       *Span // planned to begin in it, or waiting with a window in it
}

// Visit gives one visit that the principal may see.
func (s *Service) Visit(ctx context.Context, p Principal, id uuid.UUID) (v Visit, err error) {
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		v, err = s.visibleVisit(ctx, p, id)
		return err
	})
	return v, err
}

// visibleVisit reads a visit and hides it from those who have no part in it.
func (s *Service) visibleVisit(ctx context.Context, p Principal, id uuid.UUID) (Visit, error) {
	v, err := s.store.Visit(ctx, id)
	if err != nil {
		return Visit{}, err
	}
	if !concerns(v, p) {
		return Visit{}, NotFound("visit")
	}
	return v, nil
}

// concerns reports whether the principal has a part in the visit. A technician sees a visit from the moment of being told of it.
func concerns(v Visit, p Principal) bool {
	switch p.Role {
	case RoleDispatcher, RoleAdministrator:
		return true
	case RoleClient:
		return v.ClientID == p.ClientID
	case RolePartner:
		return v.PartnerID == p.PartnerID
	case RoleTechnician:
		return v.Assignment != nil && v.Assignment.TechnicianID == p.TechnicianID && !untold(v.Status)
	}
	return false
}

// Visits lists the visits that the principal may see.
func (s *Service) Visits(ctx context.Context, p Principal, f VisitFilter, page Page) (list Listing[Visit], err error) {
	switch p.Role {
	case RoleClient:
		f.ClientID = p.ClientID
	case RolePartner:
		f.PartnerID = p.PartnerID
	case RoleTechnician:
		f.TechnicianID = p.TechnicianID
	}
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		list, err = s.store.Visits(ctx, f, page)
		return err
	})
	if p.Role == RoleTechnician {
		list.Items = slices.DeleteFunc(list.Items, func(v Visit) bool { return !concerns(v, p) })
	}
	return list, err
}

// lockVisits locks the routes of the visits as read, then the visits; errMoved when one has another route by now.
func (s *Service) lockVisits(ctx context.Context, read []Visit, alsoRoutes ...uuid.UUID) ([]Visit, error) {
	routes := slices.Clone(alsoRoutes)
	ids := make([]uuid.UUID, len(read))
	for i, v := range read {
		ids[i] = v.ID
		if v.Assignment != nil {
			routes = append(routes, v.Assignment.ShiftID)
		}
	}
	if _, err := s.store.LockRoutes(ctx, routes); err != nil {
		return nil, err
	}
	locked, err := s.store.LockVisits(ctx, ids)
	if err != nil {
		return nil, err
	}
	if len(locked) != len(read) {
		return nil, errMoved
	}
	for _, v := range locked {
		if v.Assignment != nil && !slices.Contains(routes, v.Assignment.ShiftID) {
			return nil, errMoved
		}
	}
	return locked, nil
}

// lockVisit locks one visit that the principal may see, and its route.
func (s *Service) lockVisit(ctx context.Context, p Principal, id uuid.UUID, alsoRoutes ...uuid.UUID) (Visit, error) {
	read, err := s.visibleVisit(ctx, p, id)
	if err != nil {
		return Visit{}, err
	}
	locked, err := s.lockVisits(ctx, []Visit{read}, alsoRoutes...)
	if err != nil {
		return Visit{}, err
	}
	return locked[0], nil
}

// Transition is a step in a visit's life.
type Transition struct {
	To      VisitStatus
	At      time.Time // when it happened; zero: now. The phone may tell it hours later
	Reason  string    // wanted for refused, failed and cancelled
	Outcome string    // what was done, for completed
	Version int       // the version the caller saw; 0 when it could not know (a phone that was offline)
	Cause   Cause     // of failed; "": none that anything follows from
	// ExpectedEnd is when whoever is at work expects to be done, for arrived, started and paused; nil: as planned, or as said before.
	ExpectedEnd *time.Time
}

// Limits on when a step may be said to have happened.
const (
	maxLateReport = 36 * time.Hour
	maxClockSkew  = 5 * time.Minute
)

// technicianMoves are the steps a technician takes for his own visits; the others are the dispatcher's.
var technicianMoves = []VisitStatus{Accepted, Refused, EnRoute, Arrived, Started, Paused, Completed, Failed}

// TransitionVisit takes a step in a visit's life. A step already taken is answered as done, so that a phone may repeat itself.
func (s *Service) TransitionVisit(ctx context.Context, p Principal, id uuid.UUID, t Transition) (v Visit, err error) {
	if err := s.checkTransition(p, t); err != nil {
		return Visit{}, err
	}
	err = s.change(ctx, p, func(ctx context.Context) error {
		old, err := s.lockVisit(ctx, p, id)
		if err != nil {
			return err
		}
		if old.Status == t.To && (t.ExpectedEnd == nil || old.ExpectedEnd != nil && old.ExpectedEnd.Equal(*t.ExpectedEnd)) {
			v = old
			return nil
		}
		if err := fresh(old.Version, t.Version, "visit"); err != nil {
			return err
		}
		if old.Status == t.To {
			v, err = s.extend(ctx, p.Actor(), old, *t.ExpectedEnd)
			return err
		}
		v, err = s.move(ctx, p.Actor(), old, t)
		return err
	})
	return v, err
}

func (s *Service) checkTransition(p Principal, t Transition) error {
	var faults Faults
	if p.Role == RoleTechnician && !slices.Contains(technicianMoves, t.To) {
		return Forbidden()
	}
	if slices.Contains([]VisitStatus{Draft, Held, Unassigned, Planned, Published}, t.To) {
		faults.Add("/to", "visit.not_a_transition", map[string]any{"status": t.To})
	}
	faults.cause(t)
	if e := t.ExpectedEnd; e != nil {
		faults.Check(t.To == Arrived || t.To == Started || t.To == Paused, "/expected_end", "visit.expected_end")
		faults.Check(e.After(s.clock()) && e.Before(s.clock().Add(maxDuration)), "/expected_end", "visit.expected_end_when")
	}
	if t.To == Refused || t.To == Failed || t.To == Cancelled {
		faults.Check(t.Reason != "", "/reason", "field.required")
	}
	if now := s.clock(); !t.At.IsZero() && (t.At.After(now.Add(maxClockSkew)) || t.At.Before(now.Add(-maxLateReport))) {
		faults.Add("/at", "visit.at", nil)
	}
	return faults.Err()
}

// move takes a step with a locked visit and carries it on: the route, the request, the events, the notices. The caller has checked who may.
func (s *Service) move(ctx context.Context, by Actor, old Visit, t Transition) (Visit, error) {
	if !old.Status.MayBecome(t.To, old.Mode) {
		return Visit{}, illegalMove(old, t.To)
	}
	now := s.clock()
	at := cmp.Or(t.At, now)
	v := old
	v.Status, v.Version, v.UpdatedAt = t.To, old.Version+1, now
	v.Outcome = cmp.Or(t.Outcome, t.Reason, old.Outcome)
	v.happened(old.Status, t, at)
	if t.To == Refused {
		v.RefusedBy = append(slices.Clone(old.RefusedBy), old.Assignment.TechnicianID)
		if v.PinnedTechnician == old.Assignment.TechnicianID {
			v.PinnedTechnician = uuid.Nil // a dispatcher may pin it again, refusal or not
		}
	}
	if v.Status == Refused || v.Status == Cancelled {
		v.Assignment = nil
	}
	v.endHold()
	if err := s.saveMove(ctx, old, v); err != nil {
		return Visit{}, err
	}
	event := visitEvent(EventVisitMoved+string(t.To), old, by, map[string]any{"from": old.Status, "at": at.UTC().Format(time.RFC3339)})
	if err := s.store.AppendEvents(ctx, event); err != nil {
		return Visit{}, err
	}
	if err := s.tellMove(ctx, by, old, v); err != nil {
		return Visit{}, err
	}
	if v.Status == Refused {
		if err := s.askForPlace(ctx, v); err != nil {
			return Visit{}, err
		}
	}
	if err := s.followUp(ctx, by, v); err != nil {
		return Visit{}, err
	}
	if err := s.settleRequests(ctx, by, []uuid.UUID{v.RequestID}); err != nil {
		return Visit{}, err
	}
	if v.Status == Cancelled {
		if err := s.store.LeaveWaitlist(ctx, v.ID); err != nil {
			return Visit{}, err
		}
	}
	if v.Status == Cancelled && v.BookingID != uuid.Nil {
		if err := s.settleBooking(ctx, by, v.BookingID); err != nil {
			return Visit{}, err
		}
	}
	return v, s.followDay(ctx, old, v)
}

// illegalMove refuses a step and names those that are open.
func illegalMove(v Visit, to VisitStatus) error {
	legal := v.Status.Moves(v.Mode)
	return Conflict("visit.illegal_move", map[string]any{"from": v.Status, "to": to, "legal": fmt.Sprint(legal)})
}

// saveMove writes the visit, frees the technician's time where it is no longer taken, and moves the route's version on.
func (s *Service) saveMove(ctx context.Context, old, v Visit) error {
	if err := s.store.UpdateVisits(ctx, v); err != nil {
		return err
	}
	if old.Assignment == nil {
		return nil
	}
	switch {
	case v.Assignment == nil:
		if err := s.store.SaveAssignments(ctx, []uuid.UUID{v.ID}, nil); err != nil {
			return err
		}
		if err := s.leaveGap(ctx, old); err != nil {
			return err
		}
	case v.Status == Started && old.ActualStart == nil:
		// From here on the planner reckons with what really happens; the planned time would stand in the way of others.
		if err := s.store.FreeTime(ctx, v.ID, *v.ActualStart); err != nil {
			return err
		}
	case v.Status == Completed || v.Status == Failed:
		if err := s.store.FreeTime(ctx, v.ID, *v.ActualEnd); err != nil {
			return err
		}
	}
	_, err := s.store.BumpRoutes(ctx, []uuid.UUID{old.Assignment.ShiftID})
	return err
}

// settleRequests brings the requests' states in line with their visits. It locks them in id order, after routes and visits.
func (s *Service) settleRequests(ctx context.Context, by Actor, ids []uuid.UUID) error {
	requests, err := s.store.LockRequests(ctx, ids)
	if err != nil {
		return err
	}
	visits, err := s.store.VisitsOf(ctx, ids...)
	if err != nil {
		return err
	}
	of := map[uuid.UUID][]Visit{}
	for _, v := range visits {
		of[v.RequestID] = append(of[v.RequestID], v)
	}
	var changed []Request
	var events []Event
	for _, r := range requests {
		status := statusFrom(of[r.ID])
		if status == r.Status {
			continue
		}
		r.Status, r.Version, r.UpdatedAt = status, r.Version+1, s.clock()
		changed = append(changed, r)
		events = append(events, requestEvent(EventRequestUpdated, r, by, map[string]any{"status": status}))
	}
	if err := s.store.UpdateRequests(ctx, changed...); err != nil {
		return err
	}
	return s.store.AppendEvents(ctx, events...)
}

// statusFrom gives a request's state by its visits: what is under way says most, then what is still to come, then how the last one ended.
func statusFrom(visits []Visit) RequestStatus {
	status := RequestCancelled
	rank := func(r RequestStatus) int {
		return slices.Index([]RequestStatus{RequestCancelled, RequestFailed, RequestCompleted, RequestDraft, RequestOpen, RequestScheduled, RequestInProgress}, r)
	}
	for _, v := range visits {
		var says RequestStatus
		switch {
		case v.Status.UnderWay():
			says = RequestInProgress
		case v.Status == Draft, v.Status == Held && v.BySlot:
			says = RequestDraft
		case v.Status == Held:
			says = RequestOpen
		case v.Status.Assigned():
			says = RequestScheduled
		case v.Status == Completed:
			says = RequestCompleted
		case v.Status == Failed:
			says = RequestFailed
		case v.Status == Cancelled:
			says = RequestCancelled
		default:
			says = RequestOpen
		}
		if rank(says) > rank(status) {
			status = says
		}
	}
	return status
}
