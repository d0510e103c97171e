package dispatch

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/scheduler"
)

// sortFrozen gathers, by shift and in order, the visits that stay where they are.
//
// A visit that was told stays with its technician also when his shift is over: he may have done it where there was no network, and tells it
// hours later.
func (t *translator) sortFrozen(shifts freeze) {
	ended := map[uuid.UUID]bool{}
	for _, s := range t.view.Shifts {
		ended[s.ID] = !s.End.After(t.now)
	}
	forced := freeze{}
	for _, v := range t.view.Visits {
		if v.Assignment != nil && v.Assignment.Forced && !v.Status.Over() && !t.view.Thawed {
			forced[v.Assignment.ShiftID] = true
		}
	}
	for _, v := range t.view.Visits {
		if v.Assignment == nil {
			continue
		}
		begun := v.Status.UnderWay() || v.Status == Completed || v.Status == Failed
		leaves := v.Assignment.Begin.Add(-time.Duration(v.Assignment.TravelSeconds) * time.Second)
		if begun || leaves.Before(t.view.Still) || shifts[v.Assignment.ShiftID] || forced[v.Assignment.ShiftID] || (v.told() && ended[v.Assignment.ShiftID]) {
			t.frozen[v.Assignment.ShiftID] = append(t.frozen[v.Assignment.ShiftID], v)
			t.fixed[v.ID] = true
		}
	}
	for _, visits := range t.frozen {
		slices.SortFunc(visits, func(a, b Visit) int {
			return cmp.Or(actualBegin(a).Compare(actualBegin(b)), a.Assignment.Begin.Compare(b.Assignment.Begin))
		})
	}
}

func actualBegin(v Visit) time.Time {
	switch {
	case v.ActualStart != nil:
		return *v.ActualStart
	case v.ActualEnd != nil:
		return earliest(*v.ActualEnd, v.Assignment.Begin) // over before it began
	}
	return v.Assignment.Begin
}

// frozenStops gives a shift's frozen visits their real times where they are known, and never two at once. What is under way ends no
// earlier than now.
func (t *translator) frozenStops(shift uuid.UUID) (stops []scheduler.FrozenStop) {
	free := t.zero
	for _, v := range t.frozen[shift] {
		begin := latest(actualBegin(v), free)
		end := begin.Add(v.Assignment.Depart.Sub(v.Assignment.Begin)) // as planned: setup, and how long it takes whoever does it
		switch {
		case v.ActualEnd != nil:
			end = latest(*v.ActualEnd, begin)
		case v.Status.UnderWay():
			end = latest(end, t.now)
		}
		arrive := latest(earliest(v.Assignment.Arrive, begin), free)
		stops = append(stops, scheduler.FrozenStop{Visit: v.ID.String(), Arrive: t.at(arrive), Begin: t.at(begin), Depart: t.at(end)})
		free = end
	}
	return stops
}

func (t *translator) addShifts() {
	for _, s := range t.view.Shifts {
		frozen := t.frozenStops(s.ID)
		if s.Rules.Pool {
			frozen = nil // what is done counts, see addPool
		}
		rest, free := s.Span, t.now
		if n := len(frozen); n > 0 {
			free = latest(free, t.instant(frozen[n-1].Depart))
		} else {
			rest.Start = latest(rest.Start, t.now)
		}
		span, away := attendance(rest, t.view.Absences, s.TechnicianID)
		absent := !span.Start.Before(span.End)
		if absent && len(frozen) == 0 {
			continue // over, or absent for the rest of it
		}
		if _, here := t.view.Technicians[s.TechnicianID]; !here {
			continue // a technician who left: what he did stays in the records, and is nothing to plan with
		}
		out := scheduler.Shift{
			ID: s.ID.String(), Technician: s.TechnicianID.String(), Start: t.at(span.Start), End: t.at(span.End),
			Mode: s.Transport.String(), StartPlace: scheduler.NoPlace, EndPlace: scheduler.NoPlace, Frozen: frozen,
		}
		if s.Rules.Pool {
			if t.addPool(s, out, away) {
				t.shifts[s.ID] = s
			}
			continue
		}
		t.shifts[s.ID] = s
		if !s.Rules.StartsAnywhere {
			out.StartPlace = t.place(s.StartPlace)
		}
		if !s.Rules.EndsAnywhere {
			out.EndPlace = t.place(s.EndPlace)
		}
		ruleShift(&out, s.Rules)
		if span.End.Before(s.End) {
			out.Overtime = 0 // absent from then on
		}
		switch n := len(frozen); {
		case absent: // only what happened, or is under way, is left of it
			out.Start, out.End = frozen[0].Arrive, frozen[n-1].Depart
		case n > 0: // what happened happened, even before the shift, after its end, or during an absence at its beginning
			out.Start, out.End = min(out.Start, frozen[0].Arrive), max(out.End, frozen[n-1].Depart)
			if rest.Start.Before(span.Start) {
				away = append(away, Span{Start: rest.Start, End: span.Start})
			}
		}
		out.Breaks = t.breaks(s, span, away, free)
		t.Shifts = append(t.Shifts, out)
	}
	t.partShifts()
}

// partShifts takes apart the shifts of one technician that overlap because work ran over: the later one begins when the work is done, or,
// when its own has begun by then, the earlier one ends there.
func (t *translator) partShifts() {
	slices.SortStableFunc(t.Shifts, func(a, b scheduler.Shift) int {
		return cmp.Or(cmp.Compare(a.Technician, b.Technician), cmp.Compare(a.Start, b.Start))
	})
	for i := 1; i < len(t.Shifts); i++ {
		before, after := &t.Shifts[i-1], &t.Shifts[i]
		if before.Technician != after.Technician {
			continue
		}
		after.Continues = before.End > after.Start || t.sameDay(before.ID, after.ID)
		if before.End <= after.Start {
			before.Overtime = min(before.Overtime, scheduler.Seconds(after.Start-before.End))
			continue
		}
		before.Overtime = 0
		if len(after.Frozen) == 0 {
			after.Start = min(before.End, after.End-1)
			before.End = min(before.End, after.Start)
		} else {
			before.End = max(after.Start, before.Start+1)
		}
		for j := range before.Frozen {
			f := &before.Frozen[j]
			f.Arrive, f.Begin, f.Depart = min(f.Arrive, before.End), min(f.Begin, before.End), min(f.Depart, before.End)
		}
		before.Breaks, after.Breaks = insideShift(before), insideShift(after)
	}
}

// sameDay reports whether two shifts of one technician begin on the same day there: a working day in two parts, which owes no rest between them.
func (t *translator) sameDay(before, after string) bool {
	a, b := t.shifts[uuid.MustParse(before)], t.shifts[uuid.MustParse(after)]
	zone := t.zone
	if own, err := Zone(t.view.Technicians[b.TechnicianID].TimeZone); err == nil {
		zone = own
	}
	return a.Start.In(zone).Format(time.DateOnly) == b.Start.In(zone).Format(time.DateOnly)
}

// insideShift keeps the breaks that can still be taken in what is left of a shift.
func insideShift(s *scheduler.Shift) (kept []scheduler.Break) {
	for _, b := range s.Breaks {
		var ways []scheduler.Window
		for _, w := range append([]scheduler.Window{{Open: b.Earliest, Close: b.Latest}}, b.Windows...) {
			w = scheduler.Window{Open: max(w.Open, s.Start), Close: min(w.Close, s.End-scheduler.Time(b.Duration))}
			if w.Open <= w.Close {
				ways = append(ways, w)
			}
		}
		if len(ways) > 0 {
			b.Earliest, b.Latest, b.Windows = ways[0].Open, ways[0].Close, ways[1:]
			kept = append(kept, b)
		}
	}
	return kept
}

// attendance cuts absences off a shift's ends; one in the middle comes back as time away.
func attendance(span Span, absences []Absence, technician uuid.UUID) (Span, []Span) {
	var away []Span
	for _, a := range merged(absences, technician) {
		if !a.Overlaps(span) {
			continue
		}
		switch {
		case !a.Start.After(span.Start):
			span.Start = latest(span.Start, a.End)
		case !a.End.Before(span.End):
			span.End = earliest(span.End, a.Start)
		default:
			away = append(away, a)
		}
	}
	return span, away
}

// merged joins a technician's absences that overlap or touch, in order.
func merged(absences []Absence, technician uuid.UUID) (out []Span) {
	var all []Span
	for _, a := range absences {
		if a.TechnicianID == technician {
			all = append(all, a.Span)
		}
	}
	slices.SortFunc(all, func(a, b Span) int { return a.Start.Compare(b.Start) })
	for _, a := range all {
		if n := len(out); n > 0 && !a.Start.After(out[n-1].End) {
			out[n-1].End = latest(out[n-1].End, a.End)
			continue
		}
		out = append(out, a)
	}
	return out
}

// breaks lists the pauses that are still to come, and absences in the middle of the shift as pauses at a fixed time, from when the technician
// is free on.
func (t *translator) breaks(s Shift, span Span, away []Span, free time.Time) (out []scheduler.Break) {
	add := func(b scheduler.Break, length time.Duration, begins ...Span) {
		b.Duration = scheduler.Seconds(length / time.Second)
		var ways []scheduler.Window
		for _, w := range begins {
			if !w.Start.After(w.End) && length > 0 && !w.End.Add(length).After(span.End) {
				ways = append(ways, scheduler.Window{Open: t.at(w.Start), Close: t.at(w.End)})
			}
		}
		if len(ways) == 0 {
			return // taken already, or outside what is left of the shift
		}
		b.Earliest, b.Latest, b.Windows = ways[0].Open, ways[0].Close, ways[1:]
		out = append(out, b)
	}
	for i, b := range s.Breaks {
		begins := b.begins(s.Start)
		left := make([]Span, len(begins))
		for j, w := range begins {
			left[j] = Span{Start: latest(w.Start, latest(span.Start, t.now)), End: w.End}
		}
		own := scheduler.Break{ID: "break-" + string(rune('a'+i)), Optional: b.Optional, SkipCost: scheduler.Cost(b.SkipPrice)}
		add(own, time.Duration(b.Seconds)*time.Second, left...)
	}
	for i, a := range away {
		from := latest(a.Start, free) // an absence that has begun goes on
		add(scheduler.Break{ID: "absence-" + string(rune('a'+i))}, a.End.Sub(from), Span{Start: from, End: from})
	}
	return out
}

// ruleShift takes over what a shift costs and bears.
func ruleShift(out *scheduler.Shift, r ShiftRules) {
	out.Cost, out.VisitCost, out.WorkHour, out.Free = scheduler.Cost(r.Price), scheduler.Cost(r.VisitPrice), scheduler.Cost(r.WorkHour), r.FreeStart
	out.Overtime, out.OvertimeHour = r.Overtime, scheduler.Cost(r.OvertimeHour)
	out.TravelHour, out.Kilometre = costOf(r.TravelHour), costOf(r.TravelKilometre)
	out.MaxTravel, out.MaxDistance, out.MaxVisits = r.MaxTravel, scheduler.Metres(r.MaxDistance), r.MaxVisits
	for _, q := range r.Stock {
		out.Stock = append(out.Stock, scheduler.Part{Part: q.Kind, Quantity: q.Quantity})
	}
}

func costOf(cents *int64) *scheduler.Cost {
	if cents == nil {
		return nil
	}
	c := scheduler.Cost(*cents)
	return &c
}

// addPool adds what is left of a subcontractor's capacity, unless nothing is: visits done or under way are used up, and an absence in the
// middle ends it.
func (t *translator) addPool(s Shift, out scheduler.Shift, away []Span) bool {
	ruleShift(&out, s.Rules)
	out.Pool, out.Overtime, out.MaxTravel, out.MaxDistance = true, 0, 0, 0
	out.MaxVisits -= len(t.frozen[s.ID])
	if len(away) > 0 {
		out.End = min(out.End, t.at(away[0].Start))
	}
	if out.MaxVisits <= 0 || out.End <= out.Start {
		return false
	}
	t.Shifts = append(t.Shifts, out)
	return true
}
