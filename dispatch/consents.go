package dispatch

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// ConsentWay is how a client's consent was given.
type ConsentWay string

// The ways of consenting.
const (
	ByPhone ConsentWay = "phone"
	ByApp   ConsentWay = "app"
	ByLink  ConsentWay = "link"
)

// Consent is a client's word that another window suits than the one that was promised. It is kept as it was given.
type Consent struct {
	ID         uuid.UUID
	VisitID    uuid.UUID
	Told       *Span // what was promised before; nil: nothing
	Window     Span  // what is promised from then on
	How        ConsentWay
	By         string // who said yes, as whoever wrote it down calls them
	RecordedBy Actor
	At         time.Time
}

// The longest window that a client is asked for, and the longest name of who consented.
const (
	maxConsent   = 24 * time.Hour
	maxConsentBy = 200
)

// Consent writes down that a visit's client agrees to another window, which is promised from then on: nothing else changes a promise. A visit
// of the given version that is planned outside the new window is planned again. A client can consent to a window only in which the visit is
// expected anyway: others are the dispatchers' to offer.
func (s *Service) Consent(ctx context.Context, p Principal, id uuid.UUID, version int, c Consent) (v Visit, err error) {
	err = s.change(ctx, p, func(ctx context.Context) error {
		old, err := s.lockVisit(ctx, p, id)
		if err != nil {
			return err
		}
		if err := fresh(old.Version, version, "visit"); err != nil {
			return err
		}
		if old.Status.Over() || old.Status == Held || old.ActualStart != nil {
			return Conflict("visit.has_begun", map[string]any{"status": old.Status})
		}
		if err := s.checkConsent(p, old, &c); err != nil {
			return err
		}
		c.ID, c.VisitID, c.Told, c.RecordedBy, c.At = newID(), id, old.Promise, p.Actor(), s.clock()
		if err := s.promise(ctx, p.Actor(), old, c); err != nil {
			return err
		}
		v, err = s.store.Visit(ctx, id)
		return err
	})
	return v, err
}

func (s *Service) checkConsent(p Principal, v Visit, c *Consent) error {
	var faults Faults
	c.Window = Span{Start: c.Window.Start.UTC(), End: c.Window.End.UTC()}
	c.By = strings.TrimSpace(c.By)
	faults.Check(c.Window.Start.Before(c.Window.End), "/end", "window.ends_before_start")
	faults.Check(c.Window.End.Sub(c.Window.Start) <= maxConsent, "/end", "consent.too_long")
	faults.Check(c.Window.End.After(s.clock()), "/end", "window.past")
	faults.Check(!c.Window.End.After(s.clock().Add(maxAhead)), "/end", "window.too_far")
	faults.Check(slices.Contains([]ConsentWay{ByPhone, ByApp, ByLink}, c.How), "/how", "field.enum")
	if utf8.RuneCountInString(c.By) > maxConsentBy {
		faults.Add("/by", "field.too_long", map[string]any{"max": maxConsentBy})
	}
	if p.Role == RoleClient {
		faults.Check(c.How != ByPhone, "/how", "consent.own_way")
		faults.Check(v.Assignment != nil && c.Window.Contains(v.Assignment.Begin), "/start", "consent.not_expected")
	} else {
		faults.Check(c.By != "", "/by", "field.required")
	}
	return faults.Err()
}

// promise makes what a client consented to the visit's promise.
func (s *Service) promise(ctx context.Context, by Actor, old Visit, c Consent) error {
	if err := s.store.InsertConsent(ctx, c); err != nil {
		return err
	}
	event := visitEvent(EventVisitConsented, old, by, map[string]any{"consent": c.ID, "start": c.Window.Start, "end": c.Window.End, "how": c.How})
	if err := s.store.AppendEvents(ctx, event); err != nil {
		return err
	}
	v := old
	v.Promise = &c.Window
	if !slices.ContainsFunc(v.Windows, c.Window.Overlaps) {
		v.Windows = append(slices.Clone(v.Windows), c.Window)
		slices.SortFunc(v.Windows, func(a, b Span) int { return a.Start.Compare(b.Start) })
	}
	if len(v.Windows) > maxWindows {
		v.Windows = []Span{c.Window}
	}
	if old.Status.UnderWay() || old.Assignment != nil && c.Window.Contains(old.Assignment.Begin) {
		return s.keepPlace(ctx, by, old, v)
	}
	return s.rework(ctx, by, old, v)
}

// Consents lists what the client of a visit consented to, oldest first.
func (s *Service) Consents(ctx context.Context, p Principal, visit uuid.UUID) ([]Consent, error) {
	return within(ctx, s, p, func(ctx context.Context) ([]Consent, error) {
		if _, err := s.visibleVisit(ctx, p, visit); err != nil {
			return nil, err
		}
		return s.store.Consents(ctx, visit)
	})
}
