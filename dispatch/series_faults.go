package dispatch

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"tournee/scheduler"
)

// checkSeries fills in what is left open, and notes everything wrong with a series.
func (s *Service) checkSeries(ctx context.Context, faults *Faults, p Principal, v *Series) error {
	in := v.demand()
	around, err := s.store.RequestContext(ctx, in.ClientID, in.SiteID, in.ContactID, in.AssetID)
	if err != nil {
		return err
	}
	names, err := s.knownTo(ctx, in.ClientID, in.Rules)
	if err != nil {
		return err
	}
	r, err := draftRequest(p, in, around, names, checking{now: s.clock(), windowsKept: true})
	known := new(Error)
	switch {
	case errors.As(err, &known):
		*faults = append(*faults, known.Faults...)
	case err != nil:
		return err
	default:
		v.TimeZone = r.TimeZone
		v.Work = SeriesWork{
			Mode: r.Mode, Category: r.Category, Description: r.Description, SupportLevel: r.SupportLevel, Severity: r.Severity, Impact: r.Impact, Urgency: r.Urgency,
			RequiredSkills: r.RequiredSkills, Duration: scheduler.Seconds(r.Duration / time.Second), Rules: r.Rules, Metadata: r.Metadata,
		}
	}
	v.Work = stored(v.Work)
	v.TimeZone = cmp.Or(v.TimeZone, around.timeZone())
	v.HorizonDays = cmp.Or(v.HorizonDays, defaultHorizon)
	bounded(faults, "/horizon_days", v.HorizonDays, 1, maxHorizon)
	switch v.Status {
	case SeriesActive, SeriesPaused, SeriesEnded:
	default:
		faults.Add("/status", "field.enum", nil)
	}
	faults.recurrence(v, s.clock())
	return nil
}

// recurrence notes everything wrong with when a series comes back.
func (f *Faults) recurrence(v *Series, now time.Time) {
	r := &v.Recurrence
	zone, err := Zone(v.TimeZone)
	if err != nil {
		f.Add("/time_zone", "time_zone.unknown", map[string]any{"zone": v.TimeZone})
		return
	}
	r.Rule, r.Start = ruleText(r.Rule), r.Start.UTC().Truncate(time.Minute)
	r.Holidays, r.OnHoliday = cmp.Or(r.Holidays, FranceHolidays), cmp.Or(r.OnHoliday, NextWorkingDay)
	f.Check(r.Holidays.Valid(), "/holidays", "field.enum")
	switch r.OnHoliday {
	case KeepHoliday, SkipHoliday, NextWorkingDay:
	default:
		f.Add("/on_holiday", "field.enum", nil)
	}
	bounded(f, "/days_before", r.Before, 0, maxTolerance)
	bounded(f, "/days_after", r.After, 0, maxTolerance)
	switch closes := clockMinutes(r.WindowEnd); {
	case closes < 0:
		f.Add("/window_end", "rules.clock", nil)
	case closes <= r.Start.Hour()*60+r.Start.Minute():
		f.Add("/window_end", "window.ends_before_start", nil)
	}
	rule := f.rule("/rule", r.Rule, r.Start, zone)
	if rule == nil || len(*f) > 0 {
		return
	}
	f.Check(v.Status == SeriesEnded || len(v.next(now, 1)) > 0, "/rule", "series.never")
}

// start notes a start that is too far away, in either direction: a slip of the year, and days that would be counted for nothing.
func (f *Faults) start(start, now time.Time) {
	if start.Before(now.AddDate(-maxBack, 0, 0)) {
		f.Add("/start", "series.start_past", map[string]any{"years": maxBack})
	}
	if start.After(now.Add(maxAhead)) {
		f.Add("/start", "window.too_far", nil)
	}
}

// yearsAhead are the years that next looks ahead: the rarest day, 29 February, comes back within eight.
const yearsAhead = 9

// next are the occurrences that can still be made, in order, at most so many.
func (s Series) next(now time.Time, most int) (out []Occurrence) {
	from := s.today(now).plus(-s.Recurrence.After)
	for range yearsAhead {
		to := dayOf(from.digits().AddDate(1, 0, 0))
		all, err := s.occurrences(from, to.plus(-1))
		if err != nil {
			return out
		}
		for _, o := range all {
			if len(o.open(now)) == 0 {
				continue
			}
			if out = append(out, o); len(out) == most {
				return out
			}
		}
		from = to
	}
	return out
}

// occurs reports whether the series has an occurrence of that name.
func (s Series) occurs(on Day) bool {
	all, err := s.occurrences(on.plus(-maxMove-longestHoliday), on.plus(maxMove+longestHoliday))
	return err == nil && slices.ContainsFunc(all, func(o Occurrence) bool { return o.On == on })
}

// falls reports whether an occurrence falls on the day.
func (s Series) falls(on Day) bool {
	all, err := s.occurrences(on, on)
	return err == nil && len(all) > 0
}

// exception is the day's exception; the zero Exception when there is none.
func (r Recurrence) exception(on Day) Exception {
	for _, e := range r.Exceptions {
		if e.On == on {
			return e
		}
	}
	return Exception{}
}

// put makes e the only exception of its day.
func (r *Recurrence) put(e Exception) {
	r.remove(e.On)
	r.Exceptions = append(r.Exceptions, e)
	slices.SortFunc(r.Exceptions, func(a, b Exception) int { return compareDays(a.On, b.On) })
}

func (r *Recurrence) remove(on Day) {
	r.Exceptions = slices.DeleteFunc(slices.Clone(r.Exceptions), func(e Exception) bool { return e.On == on })
	if len(r.Exceptions) == 0 {
		r.Exceptions = nil
	}
}

// drop takes the day's occurrence out of v, whose recurrence r is: an added one goes with its exception, unless the rule gives the day as well.
func (r *Recurrence) drop(v *Series, on Day, old Exception) {
	if r.remove(on); old.Kind != AddOccurrence || v.occurs(on) {
		r.put(Exception{Kind: DropOccurrence, On: on})
	}
}

// except departs from the rule for one occurrence, or notes what is wrong. Exceptions of more than a year ago are forgotten.
func (f *Faults) except(v *Series, e Exception, today Day) {
	before := len(*f)
	f.Check(e.On.Valid(), "/on", "series.day")
	switch {
	case e.Kind != MoveOccurrence:
		f.Check(e.To == "", "/to", "series.to_only_moves")
	case !e.To.Valid():
		f.Add("/to", "series.day", nil)
	case e.On.Valid() && (e.To < e.On.plus(-maxMove) || e.To > e.On.plus(maxMove)):
		f.Add("/to", "series.move_far", map[string]any{"most": maxMove})
	}
	if len(*f) > before {
		return
	}
	r := &v.Recurrence
	r.Exceptions = slices.DeleteFunc(slices.Clone(r.Exceptions), func(e Exception) bool { return max(e.On, e.To) < today.plus(-366) })
	old := r.exception(e.On)
	switch e.Kind {
	case DropOccurrence:
		f.Check(v.occurs(e.On), "/on", "series.no_occurrence")
		r.drop(v, e.On, old)
	case AddOccurrence:
		f.ahead("/on", e.On, today)
		f.Check(!v.falls(e.On) && old.Kind != MoveOccurrence, "/on", "series.day_taken")
		r.put(e)
	case MoveOccurrence:
		f.ahead("/to", e.To, today)
		f.move(v, e, old)
	case RestoreOccurrence:
		f.Check(old.Kind != "", "/on", "series.no_exception")
		r.remove(e.On)
	default:
		f.Add("/kind", "field.enum", nil)
	}
	f.count("/kind", len(r.Exceptions), maxExceptions)
}

// ahead notes a day that is past, or more than a year away.
func (f *Faults) ahead(path string, day, today Day) {
	f.Check(day >= today, path, "window.past")
	f.Check(day <= today.plus(maxHorizon), path, "window.too_far")
}

// move moves one occurrence to another day; one that was added is added there instead.
func (f *Faults) move(v *Series, e, old Exception) {
	f.Check(v.occurs(e.On), "/on", "series.no_occurrence")
	r := &v.Recurrence
	r.drop(v, e.On, old)
	taken := v.falls(e.To)
	if old.Kind == AddOccurrence {
		taken = taken || r.exception(e.To).Kind == MoveOccurrence
		e = Exception{Kind: AddOccurrence, On: e.To}
	}
	f.Check(!taken, "/to", "series.day_taken")
	r.put(e)
}
