package dispatch

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// SeriesStore keeps series and what was made of them.
type SeriesStore interface {
	Series(ctx context.Context, id uuid.UUID) (Series, error)     // a deleted one too
	LockSeries(ctx context.Context, id uuid.UUID) (Series, error) // the same, until the transaction ends
	SeriesList(ctx context.Context, f SeriesFilter, page Page) (Listing[Series], error)
	InsertSeries(ctx context.Context, v Series) error
	// UpdateSeries writes a series whose version is one above the stored one, else KindStale; nothing counts as made of it yet.
	UpdateSeries(ctx context.Context, v Series) error
	// LivingSeries counts the series, not ended, that name the client, site, contact or asset.
	LivingSeries(ctx context.Context, noun string, id uuid.UUID) (int, error)
	// SeriesToMake lists the series with something to make by a day, or that changed since.
	SeriesToMake(ctx context.Context, today Day) ([]uuid.UUID, error)
	// SaveProgress notes how far a version of a series was made, unless there is a newer one.
	SaveProgress(ctx context.Context, id uuid.UUID, version int, through Day, stuck []Reason) error
	// MadeOccurrences gives the occurrences with a request that fall on the day or later, by day, the latest so many; those taken back too.
	MadeOccurrences(ctx context.Context, series uuid.UUID, from Day, most int) ([]MadeOccurrence, error)
	// MadeOccurrence gives one by its name, or nil.
	MadeOccurrence(ctx context.Context, series uuid.UUID, on Day) (*MadeOccurrence, error)
	// SaveOccurrence writes one, in the place of one that was taken back.
	SaveOccurrence(ctx context.Context, o MadeOccurrence) error
}

// SeriesFilter narrows a list of series; a nil UUID or "" leaves that side open.
type SeriesFilter struct {
	ClientID  uuid.UUID
	PartnerID uuid.UUID
	Status    SeriesStatus
}

// SeriesPatch changes a series; a nil field stays as it is.
type SeriesPatch struct {
	Category, Description *string
	Severity              *Severity
	Impact, Urgency       *Grade
	SupportLevel          *int
	RequiredSkills        *[]SkillLevel
	Duration              *time.Duration
	ContactID, AssetID    *uuid.UUID
	Metadata              Metadata
	Rules                 RulesPatch
	Rule, WindowEnd       *string
	Start                 *time.Time
	Before, After         *int
	Holidays              *HolidayCalendar
	OnHoliday             *HolidayRule
	HorizonDays           *int
	Status                *SeriesStatus
}

// visibleSeries hides a series from those who have no part in it, and refuses a version that is not the present one (0 is any).
func visibleSeries(p Principal, v Series, version int, err error) (Series, error) {
	if err != nil {
		return Series{}, err
	}
	mine := p.Staff() || p.Role == RoleClient && v.ClientID == p.ClientID || p.Role == RolePartner && v.PartnerID == p.PartnerID
	if !mine || v.DeletedAt != nil {
		return Series{}, NotFound("series")
	}
	return v, fresh(v.Version, version, "series")
}

// Series gives one series that the principal may see.
func (s *Service) Series(ctx context.Context, p Principal, id uuid.UUID) (Series, error) {
	return within(ctx, s, p, func(ctx context.Context) (Series, error) {
		v, err := s.store.Series(ctx, id)
		return visibleSeries(p, v, 0, err)
	})
}

// SeriesList lists the series that the principal may see.
func (s *Service) SeriesList(ctx context.Context, p Principal, f SeriesFilter, page Page) (Listing[Series], error) {
	switch p.Role {
	case RoleClient:
		f.ClientID = p.ClientID
	case RolePartner:
		f.PartnerID = p.PartnerID
	case RoleTechnician:
		return Listing[Series]{}, Forbidden()
	}
	return within(ctx, s, p, func(ctx context.Context) (Listing[Series], error) { return s.store.SeriesList(ctx, f, page) })
}

// mayChangeSeries: the organization's people, and partners for their own clients.
func (p Principal) mayChangeSeries() bool { return p.Staff() || p.Role == RolePartner }

// CreateSeries makes a series; a job then makes its requests.
func (s *Service) CreateSeries(ctx context.Context, p Principal, v Series) (Series, error) {
	if !p.mayChangeSeries() {
		return Series{}, Forbidden()
	}
	return within(ctx, s, p, func(ctx context.Context) (Series, error) {
		v.Record, v.PartnerID, v.CreatedBy, v.UpdatedBy = s.newRecord(), p.PartnerID, p.Actor(), p.Actor()
		v.Status = cmp.Or(v.Status, SeriesActive)
		var faults Faults
		faults.reserved(p, v.Work.Rules)
		faults.Check(v.Status != SeriesEnded, "/status", "field.enum")
		faults.start(v.Recurrence.Start, s.clock())
		if err := s.checkSeries(ctx, &faults, p, &v); err != nil {
			return Series{}, err
		}
		if err := faults.Err(); err != nil {
			return Series{}, err
		}
		living, err := s.store.LivingSeries(ctx, "client", v.ClientID)
		if err != nil {
			return Series{}, err
		}
		if living >= maxSeries {
			return Series{}, Conflict("series.too_many", map[string]any{"most": maxSeries})
		}
		if err := s.store.InsertSeries(ctx, v); err != nil {
			return Series{}, err
		}
		return v, s.announceSeries(ctx, EventSeriesAdded, p, v)
	})
}

// announceSeries tells of a change and has it carried out.
func (s *Service) announceSeries(ctx context.Context, kind string, p Principal, v Series) error {
	if err := s.store.AppendEvents(ctx, seriesEvent(kind, v, p.Actor(), nil)); err != nil {
		return err
	}
	return s.store.Enqueue(ctx, Materialise{SeriesID: v.ID})
}

func seriesEvent(kind string, v Series, by Actor, more map[string]any) Event {
	data := map[string]any{"id": v.ID}
	maps.Copy(data, more)
	return Event{Kind: kind, ClientID: v.ClientID, PartnerID: v.PartnerID, ActorRole: by.Role, ActorID: by.ID, Data: data}
}

// PatchSeries changes a series of the given version. Requests that nobody was told of follow it; it gives those that stay as they were told although
// the series now says otherwise.
func (s *Service) PatchSeries(ctx context.Context, p Principal, id uuid.UUID, version int, patch SeriesPatch) (Series, []MadeOccurrence, error) {
	return s.changeSeries(ctx, p, id, version, func(faults *Faults, v *Series) error { return patch.apply(faults, p, v) })
}

// ExceptSeries departs from a series' rule for one occurrence, as PatchSeries changes the whole.
func (s *Service) ExceptSeries(ctx context.Context, p Principal, id uuid.UUID, e Exception) (Series, []MadeOccurrence, error) {
	return s.changeSeries(ctx, p, id, 0, func(faults *Faults, v *Series) error {
		if v.Status == SeriesEnded {
			return Conflict("series.ended", nil)
		}
		faults.except(v, e, v.today(s.clock()))
		return nil
	})
}

// DeleteSeries ends a series of the given version and takes it out of the lists.
func (s *Service) DeleteSeries(ctx context.Context, p Principal, id uuid.UUID, version int) error {
	_, _, err := s.changeSeries(ctx, p, id, version, func(_ *Faults, v *Series) error {
		v.Status, v.DeletedAt = SeriesEnded, new(s.clock())
		return nil
	})
	return err
}

func (s *Service) changeSeries(ctx context.Context, p Principal, id uuid.UUID, version int, change func(*Faults, *Series) error) (v Series, kept []MadeOccurrence, err error) {
	if !p.mayChangeSeries() {
		return Series{}, nil, Forbidden()
	}
	err = s.change(ctx, p, func(ctx context.Context) error {
		old, err := s.store.LockSeries(ctx, id)
		if old, err = visibleSeries(p, old, version, err); err != nil {
			return err
		}
		v = old
		v.Work.Metadata, v.Recurrence.Exceptions = maps.Clone(old.Work.Metadata), slices.Clone(old.Recurrence.Exceptions)
		var faults Faults
		if err := change(&faults, &v); err != nil {
			return err
		}
		if !v.Recurrence.Start.Equal(old.Recurrence.Start) {
			faults.start(v.Recurrence.Start, s.clock())
		}
		if v.Status != SeriesEnded { // what ends need not be sound
			if err := s.checkSeries(ctx, &faults, p, &v); err != nil {
				return err
			}
		}
		if err := faults.Err(); err != nil {
			return err
		}
		if reflect.DeepEqual(v, old) {
			return nil
		}
		deleted := v.DeletedAt
		v.Record, v.UpdatedBy, v.MadeThrough, v.Stuck = s.next(old.Record), p.Actor(), "", nil
		v.DeletedAt = deleted
		if err := s.store.UpdateSeries(ctx, v); err != nil {
			return overtaken(err)
		}
		kind := EventSeriesUpdated
		if v.Status == SeriesEnded && old.Status != SeriesEnded {
			kind = EventSeriesEnded
		}
		if kept, err = s.keptOccurrences(ctx, v); err != nil {
			return err
		}
		return s.announceSeries(ctx, kind, p, v)
	})
	return v, kept, err
}

func (c SeriesPatch) apply(faults *Faults, p Principal, v *Series) error {
	if v.Status == SeriesEnded {
		return Conflict("series.ended", nil)
	}
	w, r := &v.Work, &v.Recurrence
	set(&w.Category, c.Category)
	set(&w.Description, c.Description)
	set(&w.Severity, c.Severity)
	set(&w.Impact, c.Impact)
	set(&w.Urgency, c.Urgency)
	set(&w.SupportLevel, c.SupportLevel)
	set(&w.RequiredSkills, c.RequiredSkills)
	if c.Duration != nil {
		w.Duration = scheduler.Seconds(*c.Duration / time.Second)
	}
	set(&v.ContactID, c.ContactID)
	set(&v.AssetID, c.AssetID)
	if c.Metadata != nil {
		w.Metadata = c.Metadata
	}
	c.Rules.apply(faults, p, &w.Rules)
	set(&r.Rule, c.Rule)
	set(&r.WindowEnd, c.WindowEnd)
	set(&r.Start, c.Start)
	set(&r.Before, c.Before)
	set(&r.After, c.After)
	set(&r.Holidays, c.Holidays)
	set(&r.OnHoliday, c.OnHoliday)
	set(&v.HorizonDays, c.HorizonDays)
	set(&v.Status, c.Status)
	return nil
}

// maxListed bounds the made occurrences that are read at once: those of a year by day, and some.
const maxListed = 400

// keptOccurrences are those from today on that somebody was told of although the series now says otherwise.
func (s *Service) keptOccurrences(ctx context.Context, v Series) (kept []MadeOccurrence, err error) {
	made, err := s.store.MadeOccurrences(ctx, v.ID, v.today(s.clock()), maxListed)
	if err != nil {
		return nil, err
	}
	wanted, err := v.wanted(made)
	if err != nil {
		return nil, err
	}
	for _, m := range made {
		o, still := wanted[m.On]
		if m.WithdrawnAt == nil && m.Told && !m.RequestStatus.Over() && (!still || !maps.Equal(v.digests(o), m.Applied)) {
			kept = append(kept, m)
		}
	}
	return kept, nil
}

// wanted are the occurrences that the series has on the days around those made, by name; an ended series has none.
func (s Series) wanted(made []MadeOccurrence) (map[Day]Occurrence, error) {
	out := map[Day]Occurrence{}
	if s.Status == SeriesEnded || len(made) == 0 {
		return out, nil
	}
	first, last := made[0].Date, made[0].Date
	for _, m := range made {
		first, last = min(first, m.Date, m.On), max(last, m.Date, m.On)
	}
	all, err := s.occurrences(first.plus(-maxMove-longestHoliday), last.plus(maxMove+longestHoliday))
	for _, o := range all {
		out[o.On] = o
	}
	return out, err
}

// Occurrences gives a series' occurrences by day: those made that fall on from or later ("" is ninety days ago), and the next so many.
func (s *Service) Occurrences(ctx context.Context, p Principal, id uuid.UUID, from Day, next int) (out []Standing, err error) {
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		v, err := s.store.Series(ctx, id)
		if v, err = visibleSeries(p, v, 0, err); err != nil {
			return err
		}
		now := s.clock()
		var faults Faults
		faults.Check(from == "" || from.Valid(), "/from", "series.day")
		if err := faults.Err(); err != nil {
			return err
		}
		made, err := s.store.MadeOccurrences(ctx, id, cmp.Or(from, v.today(now).plus(-90)), maxListed)
		if err != nil {
			return err
		}
		wanted, err := v.wanted(made)
		if err != nil {
			return err
		}
		names := map[Day]*MadeOccurrence{}
		for _, m := range made {
			if m.WithdrawnAt != nil {
				continue
			}
			names[m.On] = &m
			o := Occurrence{On: m.On, Date: m.Date}
			if w := wanted[m.On]; w.Date == m.Date {
				o = w
			}
			out = append(out, Standing{Occurrence: o, Made: &m})
		}
		if v.Status != SeriesEnded {
			for _, o := range v.next(now, next) {
				if names[o.On] == nil {
					out = append(out, Standing{Occurrence: o})
				}
			}
		}
		slices.SortStableFunc(out, func(a, b Standing) int { return compareDays(a.Date, b.Date) })
		return nil
	})
	return out, err
}
