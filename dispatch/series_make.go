package dispatch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch/message"
)

// Materialise makes the requests of a series that are due: one for each occurrence within its horizon, however often it runs and on how many nodes.
// Requests that nobody was told of follow the series; what was told, begun or cancelled by hand is left alone. The nil UUID enqueues the job for each
// series of the organization that has something to make.
func (s *Service) Materialise(ctx context.Context, org, id uuid.UUID) error {
	if id != uuid.Nil {
		return retry(func() error { return s.materialise(ctx, org, id) })
	}
	return s.store.Tx(ctx, org, func(ctx context.Context) error {
		due, err := s.store.SeriesToMake(ctx, dayOf(s.clock()))
		if err != nil {
			return err
		}
		jobs := make([]Job, len(due))
		for i, id := range due {
			jobs[i] = Materialise{SeriesID: id}
		}
		return s.store.Enqueue(ctx, jobs...)
	})
}

// making is one run over a series as it was read.
type making struct {
	Series
	org    uuid.UUID
	now    time.Time
	made   map[Day]MadeOccurrence // by name, those from today on
	wanted map[Day]Occurrence     // by name
}

// materialise brings the requests into line with the series, each in a transaction of its own, so that a large series holds nobody up.
func (s *Service) materialise(ctx context.Context, org, id uuid.UUID) error {
	m := making{org: org, now: s.clock(), made: map[Day]MadeOccurrence{}}
	err := s.store.Tx(ctx, org, func(ctx context.Context) (err error) {
		if m.Series, err = s.store.Series(ctx, id); err != nil {
			return err
		}
		made, err := s.store.MadeOccurrences(ctx, id, m.today(m.now).plus(-m.Recurrence.After), 2*maxListed)
		if err != nil {
			return err
		}
		for _, o := range made {
			m.made[o.On] = o
		}
		m.wanted, err = m.Series.wanted(made)
		return err
	})
	if err != nil {
		return err
	}
	stuck, err := s.follow(ctx, m)
	through := m.today(m.now)
	if err == nil && len(stuck) == 0 && m.Status == SeriesActive {
		through = through.plus(m.HorizonDays)
		stuck, err = s.makeDue(ctx, m, through)
	}
	if err != nil {
		return err
	}
	return s.progress(ctx, m, through, stuck)
}

// progress notes how far the run came, and tells once when it cannot go on.
func (s *Service) progress(ctx context.Context, m making, through Day, stuck []Reason) error {
	if len(stuck) > 0 {
		through = m.MadeThrough
	}
	return s.store.Tx(ctx, m.org, func(ctx context.Context) error {
		if err := s.store.SaveProgress(ctx, m.ID, m.Version, through, stuck); err != nil {
			return err
		}
		if len(stuck) == 0 || len(m.Stuck) > 0 {
			return nil
		}
		e := seriesEvent(EventSeriesStuck, m.Series, system, map[string]any{"code": stuck[0].Code})
		e.ClientID, e.PartnerID = uuid.Nil, uuid.Nil // the office's to see to
		return s.store.AppendEvents(ctx, e)
	})
}

// obstacles are the reasons in a refusal that only a change of the series can lift; nil for any other error.
func obstacles(err error) (out []Reason) {
	var known *Error
	if errors.As(err, &known) && known.Kind == KindInvalid {
		for _, f := range known.Faults {
			out = append(out, Reason{Code: f.Code, Params: f.Params})
		}
	}
	return out
}

// step runs fn in one transaction in which the series is locked and as it was read. What stands in the way of the request is given, not an error.
func (s *Service) step(ctx context.Context, m making, fn func(ctx context.Context) error) ([]Reason, error) {
	err := retry(func() error {
		return s.store.Tx(ctx, m.org, func(ctx context.Context) error {
			now, err := s.store.LockSeries(ctx, m.ID)
			if err != nil {
				return err
			}
			if now.Version != m.Version {
				return Stale("series")
			}
			return fn(ctx)
		})
	})
	switch stuck := obstacles(err); {
	case stuck != nil:
		return stuck, nil
	case err != nil && KindOf(err) == KindStale:
		return nil, errMoved // somebody changed the series: from the beginning
	}
	return nil, err
}

// follow brings what was made of an earlier version into line with this one.
func (s *Service) follow(ctx context.Context, m making) ([]Reason, error) {
	for _, on := range slices.Sorted(maps.Keys(m.made)) {
		o := m.made[on]
		if o.WithdrawnAt != nil || o.SeriesVersion == m.Version {
			continue
		}
		if stuck, err := s.step(ctx, m, func(ctx context.Context) error { return s.followOne(ctx, m, o) }); stuck != nil || err != nil {
			return stuck, err
		}
	}
	return nil, nil
}

func (s *Service) followOne(ctx context.Context, m making, o MadeOccurrence) error {
	p := m.acting(m.org, m.UpdatedBy)
	t, err := s.lockTree(ctx, p, o.RequestID)
	if err != nil {
		return err
	}
	o.SeriesVersion = m.Version
	wanted, still := m.wanted[o.On]
	switch {
	case t.request.Status.Over() || t.known():
	case !still:
		organization, err := s.store.Organization(ctx)
		if err != nil {
			return err
		}
		if _, err := s.CancelRequest(ctx, p, o.RequestID, message.Text(organization.Locale, "series.withdrawn", nil)); err != nil {
			return err
		}
		o.WithdrawnAt = &m.now
	default:
		digests := m.digests(wanted)
		patch, windows := m.revision(o.Applied, digests), wanted.open(m.now)
		if digests["windows"] != o.Applied["windows"] && len(windows) > 0 {
			patch.Windows = &windows
		}
		if !maps.Equal(digests, o.Applied) {
			if _, err := s.changeRequest(ctx, p, t, patch); err != nil {
				return err
			}
		}
		o.Applied, o.Date = digests, wanted.Date
	}
	return s.store.SaveOccurrence(ctx, o)
}

// known reports whether somebody outside the office knows of the request: the client was told a window, a technician has it, or it has begun.
func (t tree) known() bool {
	return slices.ContainsFunc(t.visits, func(v Visit) bool {
		switch v.Status {
		case Draft, Unassigned, Planned, Refused, Cancelled:
			return v.Promise != nil && v.Status != Cancelled
		}
		return true
	})
}

// makeDue makes the requests of the occurrences that have none.
func (s *Service) makeDue(ctx context.Context, m making, through Day) ([]Reason, error) {
	due, err := m.occurrences(m.today(m.now).plus(-m.Recurrence.After), through)
	if err != nil {
		return nil, err
	}
	for _, o := range due {
		windows := o.open(m.now)
		if len(windows) == 0 {
			continue
		}
		if made, ok := m.made[o.On]; ok && made.WithdrawnAt == nil {
			continue
		}
		stuck, err := s.step(ctx, m, func(ctx context.Context) error { return s.makeOne(ctx, m, o, windows) })
		if stuck != nil || err != nil {
			return stuck, err
		}
	}
	return nil, nil
}

// makeOne makes the request of one occurrence, unless another node has.
func (s *Service) makeOne(ctx context.Context, m making, o Occurrence, windows []Span) error {
	there, err := s.store.MadeOccurrence(ctx, m.ID, o.On)
	if err != nil || (there != nil && there.WithdrawnAt == nil) {
		return err
	}
	in := m.demand()
	in.Windows = windows
	r, err := s.createRequest(ctx, m.acting(m.org, m.CreatedBy), in)
	if err != nil {
		return err
	}
	return s.store.SaveOccurrence(ctx, MadeOccurrence{
		SeriesID: m.ID, On: o.On, Date: o.Date, RequestID: r.ID, SeriesVersion: m.Version, Applied: m.digests(o), MadeAt: m.now,
	})
}

// acting is the principal that the engine is when it works on the series' requests: it may what a dispatcher may, and is recorded as who made or
// changed the series.
func (s Series) acting(org uuid.UUID, by Actor) Principal {
	return Principal{OrganizationID: org, Role: RoleDispatcher, ID: by.ID, PartnerID: s.PartnerID, as: by}
}

// digests are what the series gives the request of an occurrence, by field and shortened: when one changes, that field of the request follows, and
// what people changed about the others stays.
func (s Series) digests(o Occurrence) map[string]string {
	out := map[string]string{}
	for field, value := range map[string]any{
		"category": s.Work.Category, "description": s.Work.Description, "support_level": s.Work.SupportLevel, "severity": s.Work.Severity, "impact": s.Work.Impact,
		"urgency": s.Work.Urgency, "required_skills": s.Work.RequiredSkills, "duration": s.Work.Duration, "rules": s.Work.Rules, "metadata": s.Work.Metadata,
		"contact": s.ContactID, "asset": s.AssetID, "windows": o.Windows,
	} {
		raw, err := json.Marshal(value)
		if err != nil {
			panic(err) // documents are plain data
		}
		sum := sha256.Sum256(raw)
		out[field] = hex.EncodeToString(sum[:8])
	}
	return out
}

// revision changes those fields of a request, but for its windows, that the series gave otherwise before.
func (s Series) revision(before, after map[string]string) (c RequestPatch) {
	in := s.demand()
	differs(&c.Category, in.Category, before, after, "category")
	differs(&c.Description, in.Description, before, after, "description")
	differs(&c.SupportLevel, *in.SupportLevel, before, after, "support_level")
	differs(&c.Severity, in.Severity, before, after, "severity")
	differs(&c.Impact, in.Impact, before, after, "impact")
	differs(&c.Urgency, in.Urgency, before, after, "urgency")
	differs(&c.RequiredSkills, in.RequiredSkills, before, after, "required_skills")
	differs(&c.Duration, in.Duration, before, after, "duration")
	differs(&c.ContactID, in.ContactID, before, after, "contact")
	differs(&c.AssetID, in.AssetID, before, after, "asset")
	differs(&c.Rules.Rules, in.Rules, before, after, "rules")
	if before["metadata"] != after["metadata"] {
		c.Metadata = Metadata{}
		maps.Copy(c.Metadata, in.Metadata)
	}
	return c
}

// differs sets a patch's field when its digest is another.
func differs[T any](field **T, value T, before, after map[string]string, name string) {
	if before[name] != after[name] {
		*field = &value
	}
}
