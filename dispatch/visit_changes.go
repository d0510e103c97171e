package dispatch

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// VisitPatch changes a visit; a nil field stays as it is.
type VisitPatch struct {
	Windows          *[]Span
	Duration         *time.Duration
	RequiredSkills   *[]SkillLevel
	Priority         *int
	PinnedTechnician *uuid.UUID // the nil UUID takes the pin away
	PinnedStart      *time.Time // the zero time takes the pin away
	PinnedPosition   *int       // 0 takes the pin away
	Rules            RulesPatch
	Links            *VisitLinks
	Promise          **Span // nil behind the pointer takes it back
}

// PatchVisit changes a visit of the given version that has not begun; it is then planned again.
func (s *Service) PatchVisit(ctx context.Context, p Principal, id uuid.UUID, version int, patch VisitPatch) (v Visit, err error) {
	err = s.change(ctx, p, func(ctx context.Context) error {
		old, err := s.lockVisit(ctx, p, id)
		if err != nil {
			return err
		}
		if err := fresh(old.Version, version, "visit"); err != nil {
			return err
		}
		changed, err := s.patchedVisit(ctx, p, old, patch)
		if err != nil {
			return err
		}
		if staysPut(old, changed) {
			err = s.keepPlace(ctx, p.Actor(), old, changed)
		} else {
			err = s.rework(ctx, p.Actor(), old, changed)
		}
		if err != nil {
			return err
		}
		v, err = s.store.Visit(ctx, id)
		return err
	})
	return v, err
}

func (s *Service) patchedVisit(ctx context.Context, p Principal, old Visit, patch VisitPatch) (Visit, error) {
	if old.Status.Over() || old.Status.UnderWay() {
		return Visit{}, Conflict("visit.has_begun", map[string]any{"status": old.Status})
	}
	v := old
	set(&v.Windows, patch.Windows)
	set(&v.Duration, patch.Duration)
	set(&v.RequiredSkills, patch.RequiredSkills)
	set(&v.Priority, patch.Priority)
	set(&v.PinnedTechnician, patch.PinnedTechnician)
	if patch.PinnedStart != nil {
		v.PinnedStart = patch.PinnedStart
		if patch.PinnedStart.IsZero() {
			v.PinnedStart = nil
		}
	}
	set(&v.PinnedPosition, patch.PinnedPosition)
	set(&v.Links, patch.Links)
	set(&v.Promise, patch.Promise)
	if old.Promise != nil && (v.Promise == nil || !v.Promise.Start.Equal(old.Promise.Start) || !v.Promise.End.Equal(old.Promise.End)) {
		return Visit{}, Conflict("visit.promise_needs_consent", nil)
	}
	var faults Faults
	patch.Rules.apply(&faults, p, &v.Rules)
	around, err := s.store.RequestContext(ctx, v.ClientID, v.SiteID, uuid.Nil, uuid.Nil)
	if err != nil {
		return Visit{}, err
	}
	if err := s.checkVisit(ctx, &faults, &v, around, checking{now: s.clock(), windowsKept: patch.Windows == nil}); err != nil {
		return Visit{}, err
	}
	faults.Check(v.Priority >= 1 && v.Priority <= 5, "/priority", "visit.priority")
	if v.PinnedStart != nil {
		faults.Check(slices.ContainsFunc(v.Windows, func(w Span) bool { return w.Contains(*v.PinnedStart) }), "/pinned_start", "visit.pin_outside_windows")
	}
	if v.PinnedTechnician != uuid.Nil {
		if _, err := s.store.Technician(ctx, v.PinnedTechnician); KindOf(err) == KindNotFound && err != nil {
			faults.Add("/pinned_technician_id", "technician.unknown", nil)
		} else if err != nil {
			return Visit{}, err
		}
	}
	return v, faults.Err()
}

// checkVisit notes everything wrong with a visit's work, links and promise, and puts them into the form in which they are kept.
func (s *Service) checkVisit(ctx context.Context, faults *Faults, v *Visit, around RequestContext, c checking) error {
	names, err := s.knownTo(ctx, v.ClientID, v.Rules)
	if err != nil {
		return err
	}
	checkWork(faults, &v.Work, around, names, c)
	bounded(faults, "/pinned_position", v.PinnedPosition, 0, maxPosition)
	if v.Promise != nil {
		faults.Check(v.Promise.Start.Before(v.Promise.End), "/promised_end", "window.ends_before_start")
		faults.Check(slices.ContainsFunc(v.Windows, v.Promise.Overlaps), "/promised_start", "rules.promise_outside")
		v.Promise = &Span{Start: v.Promise.Start.UTC(), End: v.Promise.End.UTC()}
	}
	if v.Links = stored(v.Links); len(v.Links.Together)+len(v.Links.After) == 0 {
		return nil
	}
	of, err := s.store.VisitsOf(ctx, v.RequestID)
	if err != nil {
		return err
	}
	faults.links(*v, of)
	return nil
}

// staysPut reports whether a changed visit keeps its place: only what the client was told is another, and the visit begins as told.
func staysPut(old, changed Visit) bool {
	return sameWork(old, changed) && old.Assignment != nil && (changed.Promise == nil || changed.Promise.Contains(old.Assignment.Begin))
}

// keepPlace writes a changed visit that keeps its place.
func (s *Service) keepPlace(ctx context.Context, by Actor, old, v Visit) error {
	v.Version, v.UpdatedAt = old.Version+1, s.clock()
	if err := s.saveMove(ctx, old, v); err != nil {
		return err
	}
	return s.store.AppendEvents(ctx, visitEvent(EventVisitUpdated, v, by, nil))
}

// rework writes a changed visit that has not begun, takes it off its route and has it placed again.
func (s *Service) rework(ctx context.Context, by Actor, old, changed Visit) error {
	v := changed
	v.Version, v.UpdatedAt = old.Version+1, s.clock()
	v.UnassignedReasons = nil
	if old.Status != Unassigned && old.Status != Draft {
		v.Status, v.Assignment = Unassigned, nil
	}
	v.endHold()
	if err := s.saveMove(ctx, old, v); err != nil {
		return err
	}
	events := []Event{visitEvent(EventVisitUpdated, v, by, nil)}
	if old.Assignment != nil {
		events = append(events, visitEvent(EventVisitUnassigned, old, by, nil))
	}
	if err := s.store.AppendEvents(ctx, events...); err != nil {
		return err
	}
	if err := s.tellMove(ctx, by, old, v); err != nil {
		return err
	}
	if err := s.settleRequests(ctx, by, []uuid.UUID{v.RequestID}); err != nil {
		return err
	}
	return s.askForPlace(ctx, v)
}

// askForPlace enqueues the search for a place in the live plan.
func (s *Service) askForPlace(ctx context.Context, v Visit) error {
	if v.Mode == Hotline || v.Status == Draft {
		return nil
	}
	return s.store.Enqueue(ctx, PlaceVisit{VisitID: v.ID})
}

// AddVisit opens one more visit of a request: the return after a part came, a second attempt.
func (s *Service) AddVisit(ctx context.Context, p Principal, request uuid.UUID, work Work, links VisitLinks) (v Visit, err error) {
	err = s.change(ctx, p, func(ctx context.Context) error {
		t, err := s.lockTree(ctx, p, request)
		if err != nil {
			return err
		}
		if t.request.Status == RequestCancelled {
			return Conflict("request.over", map[string]any{"status": t.request.Status})
		}
		v, err = s.addVisit(ctx, p, t.request, work, links)
		return err
	})
	return v, err
}

func (s *Service) addVisit(ctx context.Context, p Principal, r Request, work Work, links VisitLinks) (Visit, error) {
	around, err := s.store.RequestContext(ctx, r.ClientID, r.SiteID, uuid.Nil, uuid.Nil)
	if err != nil {
		return Visit{}, err
	}
	var faults Faults
	r.Work, r.CreatedAt = work, s.clock()
	v := firstVisit(r, around)
	v.Links = links
	if err := s.checkVisit(ctx, &faults, &v, around, checking{now: s.clock()}); err != nil {
		return Visit{}, err
	}
	faults.Check(work.Mode != OnSite || r.SiteID != uuid.Nil, "/mode", "request.site_needed")
	faults.Check(r.SiteID == uuid.Nil || around.Site != nil, "", "request.site_unknown")
	faults.Check(around.Client != nil, "", "request.client_unknown")
	if err := faults.Err(); err != nil {
		return Visit{}, err
	}
	if err := s.store.InsertVisit(ctx, v); err != nil {
		return Visit{}, err
	}
	if err := s.store.AppendEvents(ctx, visitEvent(EventVisitCreated, v, p.Actor(), nil)); err != nil {
		return Visit{}, err
	}
	if err := s.askForPlace(ctx, v); err != nil {
		return Visit{}, err
	}
	return v, s.settleRequests(ctx, p.Actor(), []uuid.UUID{r.ID})
}
