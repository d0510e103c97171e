package dispatch

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
)

// AlertKind is what is the matter.
type AlertKind string

// The kinds of alert.
const (
	WillBeLate        AlertKind = "will_be_late"       // a visit is expected to begin after what was promised, or after its windows
	SLAAtRisk         AlertKind = "sla_at_risk"        // a visit may not be done by its due time
	SLABroken         AlertKind = "sla_broken"         // its due time is over
	NoProgress        AlertKind = "no_progress"        // nothing is heard of a visit that should have ended
	Deviation         AlertKind = "deviation"          // a technician is elsewhere
	NotAcknowledged   AlertKind = "not_acknowledged"   // a published route begins soon and was not accepted
	OutOfHours        AlertKind = "out_of_hours"       // a route goes on after its shift
	TechnicianOffline AlertKind = "technician_offline" // a phone that sent positions is silent
	UnplannedPromise  AlertKind = "unplanned_promise"  // nobody has a visit that was promised
	UnplannedCrisis   AlertKind = "unplanned_crisis"   // nobody has a visit that cannot wait: what is promised has no room for it
)

// Alert is what somebody should look at. It opens and is resolved by what the day is like; there is one open of a kind for a visit and
// technician.
type Alert struct {
	Record
	Kind           AlertKind
	VisitID        uuid.UUID // nil UUID: it is about the technician's route
	TechnicianID   uuid.UUID // nil UUID: nobody has the visit
	ShiftID        uuid.UUID // nil UUID likewise
	TerritoryID    uuid.UUID // of the visit
	Params         map[string]any
	Remedy         *Remedy // nil: not looked for yet
	AcceptedAt     *time.Time
	AcknowledgedAt *time.Time
	AcknowledgedBy uuid.UUID
	ResolvedAt     *time.Time
}

// RemedyKind is what would help.
type RemedyKind string

// The kinds of remedy. The first two are done when they are accepted; the others are a person's to do.
const (
	Reassign  RemedyKind = "reassign"   // give the visit to that technician, at that cost
	Remind    RemedyKind = "remind"     // tell the technician of the route again
	AskClient RemedyKind = "ask_client" // ask the client whether that window suits, and record the consent
	Call      RemedyKind = "call"       // call the technician
)

// Remedy is what would help, as it stood when the alert opened.
type Remedy struct {
	Kind         RemedyKind `json:"kind"`
	VisitID      uuid.UUID  `json:"visit_id,omitzero"` // to be reassigned
	TechnicianID uuid.UUID  `json:"technician_id,omitzero"`
	Begin        *time.Time `json:"begin,omitempty"` // of the visit there
	Cost         int64      `json:"cost,omitempty"`  // what the visit adds to the plan's cost there, in minor units
	Window       *Span      `json:"window,omitempty"`
}

// ready reports whether accepting the remedy does it.
func (r *Remedy) ready() bool { return r != nil && (r.Kind == Reassign || r.Kind == Remind) }

// sameMatter reports whether two alerts are about the same.
func (a Alert) sameMatter(b Alert) bool {
	return a.Kind == b.Kind && a.VisitID == b.VisitID && a.TechnicianID == b.TechnicianID
}

// watcher looks for what is the matter with one route under way.
type watcher struct {
	now    time.Time
	policy LivePolicy
	shift  Shift
	done   []Visit   // of the route, over
	stops  []Visit   // not over, in order, as expected
	finish time.Time // when the technician is expected back
	fix    *Fix
	places map[uuid.UUID]PlanPlace
}

func (w watcher) about(kind AlertKind, v *Visit, params map[string]any) Alert {
	a := Alert{Kind: kind, TechnicianID: w.shift.TechnicianID, ShiftID: w.shift.ID, Params: params}
	if v != nil {
		a.VisitID, a.TerritoryID = v.ID, v.TerritoryID
	}
	return a
}

func minutes(d time.Duration) map[string]any { return map[string]any{"minutes": int(d.Minutes())} }

// alerts lists what is the matter.
func (w watcher) alerts() (out []Alert) {
	if len(w.stops) == 0 {
		return nil
	}
	for i := range w.stops {
		v := &w.stops[i]
		if v.ActualStart == nil && v.late() {
			out = append(out, w.about(WillBeLate, v, minutes(v.Assignment.Begin.Sub(v.deadline()))))
		}
		if kind, late := owed(*v, w.now); kind != "" {
			out = append(out, w.about(kind, v, minutes(late)))
		}
	}
	over := w.shift.End.Add(time.Duration(w.shift.Rules.Overtime) * time.Second)
	if late := w.finish.Sub(over); late >= time.Duration(w.policy.Threshold)*time.Second {
		out = append(out, w.about(OutOfHours, nil, minutes(late)))
	}
	return append(out, w.silences()...)
}

// owed says whether a visit in a route breaks its service promise, or may, and by how much.
func owed(v Visit, now time.Time) (AlertKind, time.Duration) {
	due := v.Rules.Due
	if due == nil {
		return "", 0
	}
	if now.After(*due) {
		return SLABroken, now.Sub(*due)
	}
	end := v.Assignment.Depart
	if e := v.Expected(); e != nil {
		end = end.Add(e.Latest.Sub(e.Begin))
	}
	if end.After(*due) {
		return SLAAtRisk, end.Sub(*due)
	}
	return "", 0
}

// silences lists what is the matter with the stop that the technician is at, or goes to, and with what is heard of him.
func (w watcher) silences() (out []Alert) {
	next, heard := &w.stops[0], w.heard()
	quiet := w.now.Sub(heard)
	end := next.Assignment.Depart
	begin, depart := next.planned()
	switch {
	case next.ExpectedEnd != nil:
		end = *next.ExpectedEnd
	case next.ActualStart != nil:
		end = next.ActualStart.Add(depart.Sub(begin) + next.Pauses)
	case len(w.done) == 0 || next.Status.UnderWay():
		end = depart
	}
	if silence := time.Duration(w.policy.Silence) * time.Second; next.PausedAt == nil && w.now.Sub(end) > silence && quiet > silence {
		out = append(out, w.about(NoProgress, next, minutes(w.now.Sub(end))))
	}
	if metres, far := w.strayed(*next); far {
		out = append(out, w.about(Deviation, next, map[string]any{"metres": metres}))
	}
	leaves := next.Assignment.Arrive.Add(-time.Duration(next.Assignment.TravelSeconds) * time.Second)
	if w.shift.PublishedAt != nil && next.Status == Published && len(w.done) == 0 && leaves.Sub(w.now) <= time.Duration(w.policy.Acknowledge)*time.Second {
		out = append(out, w.about(NotAcknowledged, nil, minutes(max(0, leaves.Sub(w.now)))))
	}
	sent := w.fix != nil && w.shift.Contains(w.fix.At)
	if sent && w.shift.Contains(w.now) && quiet > time.Duration(w.policy.Offline)*time.Second {
		out = append(out, w.about(TechnicianOffline, nil, minutes(quiet)))
	}
	return out
}

// heard is when the technician was heard of last, as far as this route tells; the shift's beginning at the earliest.
func (w watcher) heard() time.Time {
	last := w.shift.Start
	if w.fix != nil {
		last = latest(last, w.fix.At)
	}
	for _, v := range slices.Concat(w.done, w.stops) {
		for _, at := range []*time.Time{v.SetOffAt, v.ArrivedAt, v.ActualStart, v.PausedAt, v.ActualEnd} {
			if at != nil {
				last = latest(last, *at)
			}
		}
	}
	return last
}

// strayed says how far a technician at work, or on the way, is from where he should be.
func (w watcher) strayed(v Visit) (metres int, far bool) {
	at, known := w.places[assignedSite(v)]
	if !known || w.fix == nil || w.now.Sub(w.fix.At) > fixAge || !v.Status.UnderWay() {
		return 0, false
	}
	since := v.SetOffAt
	if v.Status != EnRoute {
		since = v.ArrivedAt
	}
	if since != nil && w.fix.At.Before(*since) {
		return 0, false
	}
	metres = int(geo.Distance(w.fix.Position, at.Position))
	allowed := int(w.policy.Deviation)
	if v.Status == EnRoute {
		allowed += v.Assignment.TravelMetres
	}
	return metres, metres > allowed
}

// unplaced lists what is the matter with visits that nobody has, and those of crises.
func unplaced(now time.Time, visits, crises []Visit) (out []Alert) {
	for _, v := range crises {
		out = append(out, Alert{Kind: UnplannedCrisis, VisitID: v.ID, TerritoryID: v.TerritoryID, Params: map[string]any{}})
	}
	for _, v := range visits {
		about := func(kind AlertKind, params map[string]any) {
			out = append(out, Alert{Kind: kind, VisitID: v.ID, TerritoryID: v.TerritoryID, Params: params})
		}
		if v.Promise != nil {
			about(UnplannedPromise, map[string]any{})
		}
		switch due := v.Rules.Due; {
		case due == nil:
		case now.After(*due):
			about(SLABroken, minutes(now.Sub(*due)))
		case due.Sub(now) < dayAround:
			about(SLAAtRisk, minutes(due.Sub(now)))
		}
	}
	return out
}
