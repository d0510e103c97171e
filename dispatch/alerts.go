package dispatch

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// AlertStore keeps alerts.
type AlertStore interface {
	// OpenAlerts locks and gives the open alerts of a technician; of the nil UUID: about visits that nobody has.
	OpenAlerts(ctx context.Context, technician uuid.UUID) ([]Alert, error)
	// TechniciansAlerted names who has an open alert.
	TechniciansAlerted(ctx context.Context) ([]uuid.UUID, error)
	InsertAlert(ctx context.Context, a Alert) error
	UpdateAlert(ctx context.Context, a Alert) error // where the version is one below its own, else KindStale
	Alert(ctx context.Context, id uuid.UUID) (Alert, error)
	Alerts(ctx context.Context, f AlertFilter, page Page) (Listing[Alert], error)
	// VisitsOwed gives the visits that nobody has and that were promised, or are due, before an instant; at most limit.
	VisitsOwed(ctx context.Context, before time.Time, limit int) ([]Visit, error)
	// CrisesWaiting gives the visits of requests of severity crisis that nobody has and that have a window before an instant; at most limit.
	CrisesWaiting(ctx context.Context, before time.Time, limit int) ([]Visit, error)
	// VisitsWaiting gives the visits that nobody has and that have a window in the span, of a territory (the nil UUID: of all); at most limit.
	VisitsWaiting(ctx context.Context, territory uuid.UUID, span Span, limit int) ([]Visit, error)
}

// AlertFilter narrows a list of alerts; a zero field leaves that side open.
type AlertFilter struct {
	Resolved     *bool
	Kind         AlertKind
	VisitID      uuid.UUID
	TechnicianID uuid.UUID
}

// The events of alerts.
const (
	EventAlertOpened       = "alert.opened"
	EventAlertUpdated      = "alert.updated" // a remedy was found
	EventAlertAcknowledged = "alert.acknowledged"
	EventAlertAccepted     = "alert.accepted" // its remedy was
	EventAlertResolved     = "alert.resolved"
)

// maxOwed is how many visits that nobody has are looked at.
const maxOwed = 2000

func (a Alert) event(kind string, by Actor) Event {
	data := map[string]any{"alert": a.ID, "kind": a.Kind}
	if a.Remedy != nil {
		data["remedy"] = a.Remedy.Kind
	}
	return Event{Kind: kind, VisitID: a.VisitID, ActorRole: by.Role, ActorID: by.ID, Data: data}
}

// settleAlerts opens what is the matter with a technician's day, or for the nil UUID with visits that nobody has, and resolves what no longer
// is. It may be repeated.
func (s *Service) settleAlerts(ctx context.Context, technician uuid.UUID, matters []Alert) error {
	open, err := s.store.OpenAlerts(ctx, technician)
	if err != nil {
		return err
	}
	var events []Event
	now := s.clock()
	for _, a := range open {
		if slices.ContainsFunc(matters, a.sameMatter) {
			continue
		}
		a.ResolvedAt, a.Record = &now, s.next(a.Record)
		if err := s.store.UpdateAlert(ctx, a); err != nil {
			return overtaken(err)
		}
		events = append(events, a.event(EventAlertResolved, system))
	}
	for _, a := range matters {
		if slices.ContainsFunc(open, a.sameMatter) {
			continue
		}
		a.Record = s.newRecord()
		if err := s.store.InsertAlert(ctx, a); err != nil {
			return err
		}
		open = append(open, a)
		events = append(events, a.event(EventAlertOpened, system))
		if err := s.store.Enqueue(ctx, SuggestRemedy{AlertID: a.ID}); err != nil {
			return err
		}
	}
	return s.store.AppendEvents(ctx, events...)
}

// watchUnplaced settles the alerts about visits that nobody has.
func (s *Service) watchUnplaced(ctx context.Context, org uuid.UUID) error {
	return retry(func() error {
		return s.store.Tx(ctx, org, func(ctx context.Context) error {
			now := s.clock()
			owed, err := s.store.VisitsOwed(ctx, now.Add(2*dayAround), maxOwed)
			if err != nil {
				return err
			}
			crises, err := s.store.CrisesWaiting(ctx, now.Add(2*dayAround), maxOwed)
			if err != nil {
				return err
			}
			return s.settleAlerts(ctx, uuid.Nil, unplaced(now, owed, crises))
		})
	})
}

// Alerts lists alerts, to dispatchers.
func (s *Service) Alerts(ctx context.Context, p Principal, f AlertFilter, page Page) (Listing[Alert], error) {
	if !p.Staff() {
		return Listing[Alert]{}, Forbidden()
	}
	return within(ctx, s, p, func(ctx context.Context) (Listing[Alert], error) { return s.store.Alerts(ctx, f, page) })
}

// AcknowledgeAlert notes that a dispatcher has seen an alert of the given version. One that was seen is answered as done.
func (s *Service) AcknowledgeAlert(ctx context.Context, p Principal, id uuid.UUID, version int) (Alert, error) {
	if !p.Staff() {
		return Alert{}, Forbidden()
	}
	return changing(ctx, s, p, func(ctx context.Context) (Alert, error) {
		a, err := s.store.Alert(ctx, id)
		if err != nil {
			return a, err
		}
		if err := fresh(a.Version, version, "alert"); err != nil || a.AcknowledgedAt != nil {
			return a, err
		}
		err = s.acknowledge(ctx, p, &a, EventAlertAcknowledged)
		return a, err
	})
}

func (s *Service) acknowledge(ctx context.Context, p Principal, a *Alert, event string) error {
	now := s.clock()
	if a.AcknowledgedAt == nil {
		a.AcknowledgedAt, a.AcknowledgedBy = &now, p.ID
	}
	a.Record = s.next(a.Record)
	if err := s.store.UpdateAlert(ctx, *a); err != nil {
		return overtaken(err)
	}
	return s.store.AppendEvents(ctx, a.event(event, p.Actor()))
}

// AcceptAlert does the remedy of an alert of the given version: through the ordinary change of the plan, on its versions. Where the plan has gone
// past it, nothing changes, the answer is a conflict, and another remedy is looked for.
func (s *Service) AcceptAlert(ctx context.Context, p Principal, id uuid.UUID, version int) (a Alert, err error) {
	if !p.Staff() {
		return a, Forbidden()
	}
	err = s.change(ctx, p, func(ctx context.Context) error {
		if a, err = s.store.Alert(ctx, id); err != nil {
			return err
		}
		if err := fresh(a.Version, version, "alert"); err != nil {
			return err
		}
		switch {
		case a.ResolvedAt != nil || a.AcceptedAt != nil:
			return Conflict("alert.over", nil)
		case !a.Remedy.ready():
			return Conflict("alert.no_remedy", nil)
		}
		if err := s.remedy(ctx, p, a); err != nil {
			return err
		}
		now := s.clock()
		a.AcceptedAt = &now
		return s.acknowledge(ctx, p, &a, EventAlertAccepted)
	})
	if err != nil && KindOf(err) == KindConflict && CodeOf(err) != "alert.over" && CodeOf(err) != "alert.no_remedy" {
		again := s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error { return s.store.Enqueue(ctx, SuggestRemedy{AlertID: id}) })
		if again != nil {
			return a, again
		}
	}
	return a, err
}

// remedy does what an alert suggests.
func (s *Service) remedy(ctx context.Context, p Principal, a Alert) error {
	r := a.Remedy
	if r.Kind == Remind {
		return s.tell(ctx, news{technician: a.TechnicianID, code: "notice.remind", collapse: "route-" + a.ShiftID.String()})
	}
	v, err := s.store.Visit(ctx, r.VisitID)
	if err != nil {
		return err
	}
	if who := v.Assignment; (who == nil) != (a.TechnicianID == uuid.Nil) || (who != nil && who.TechnicianID != a.TechnicianID) {
		return Conflict("alert.outdated", nil)
	}
	if _, err := s.AssignVisit(ctx, p, v.ID, v.Version, Choice{TechnicianID: r.TechnicianID}); err != nil {
		return err
	}
	jobs := []Job{Project{TechnicianID: r.TechnicianID}}
	if a.TechnicianID != uuid.Nil {
		jobs = append(jobs, Project{TechnicianID: a.TechnicianID})
	}
	return s.store.Enqueue(ctx, jobs...)
}
