package dispatch

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// DayBoard is one territory's day in one look.
type DayBoard struct {
	Span
	TerritoryID uuid.UUID // nil UUID: all of them
	TimeZone    string    // the organization's
	Currency    string
	AsOf        EventCursor // what happens after it is not on the board, or is; the event stream goes on from here
	Routes      []Route     // by technician's name
	Unassigned  []Visit     // nobody has them, with a window that day
	Alerts      []Alert     // open ones
	KPIs        DayFigures
}

// DayFigures are how a day goes so far.
type DayFigures struct {
	Visits      int // in routes
	Done        int // completed
	Failed      int
	Begun       int // visits that began
	OnTime      int // of those, in what was promised, or in their windows
	Late        int // still to come, and expected too late
	Due         int // visits with a service promise that are over, or whose time is
	Kept        int // of those, done by then
	LeftOut     int
	Travel      time.Duration // of the routes
	Service     time.Duration
	Shifts      time.Duration // in length
	Utilisation float64       // the part of the shifts that is travel or service, 0 to 1
}

// maxBoard bounds each list of a day board.
const maxBoard = 2000

// DayBoard gives a territory's day, or everybody's: that of the organization's zone. Routes are those of technicians who serve the territory, or
// have a visit in it.
func (s *Service) DayBoard(ctx context.Context, p Principal, territory uuid.UUID, day func(zone string) Span) (DayBoard, error) {
	if !p.Staff() {
		return DayBoard{}, Forbidden()
	}
	return within(ctx, s, p, func(ctx context.Context) (b DayBoard, err error) {
		if b.AsOf, err = s.store.LastEvent(ctx); err != nil { // first: what is read after it is as new or newer
			return b, err
		}
		o, err := s.store.Organization(ctx)
		if err != nil {
			return b, err
		}
		b.TerritoryID, b.TimeZone, b.Currency, b.Span = territory, o.TimeZone, o.Currency, day(o.TimeZone)
		territories, technicians, err := s.store.Workforce(ctx)
		if err != nil {
			return b, err
		}
		if territory != uuid.Nil && !slices.Contains(territories, territory) {
			return b, NotFound("territory")
		}
		list, err := s.store.Routes(ctx, RouteFilter{Span: b.Span}, Page{Limit: maxBoard})
		if err != nil {
			return b, err
		}
		for _, r := range list.Items {
			if b.Contains(r.Shift.Start) && r.concerns(territory, technicians[r.Shift.TechnicianID]) { // a night shift belongs to the day it begins on
				b.Routes = append(b.Routes, r)
			}
		}
		slices.SortStableFunc(b.Routes, func(a, c Route) int {
			if a.TechnicianName != c.TechnicianName {
				if a.TechnicianName < c.TechnicianName {
					return -1
				}
				return 1
			}
			return a.Shift.Start.Compare(c.Shift.Start)
		})
		if b.Unassigned, err = s.store.VisitsWaiting(ctx, territory, b.Span, maxBoard); err != nil {
			return b, err
		}
		if b.Alerts, err = s.boardAlerts(ctx, b); err != nil {
			return b, err
		}
		b.KPIs = b.figures(s.clock())
		return b, nil
	})
}

// concerns reports whether a route is on a territory's board.
func (r Route) concerns(territory uuid.UUID, t Technician) bool {
	return territory == uuid.Nil || len(t.TerritoryIDs) == 0 || slices.Contains(t.TerritoryIDs, territory) ||
		slices.ContainsFunc(r.Stops, func(s Stop) bool { return s.Visit.TerritoryID == territory })
}

// boardAlerts are the open alerts about what is on a board.
func (s *Service) boardAlerts(ctx context.Context, b DayBoard) (out []Alert, err error) {
	open := false
	page := Page{Limit: 200}
	for len(out) < maxBoard {
		list, err := s.store.Alerts(ctx, AlertFilter{Resolved: &open}, page)
		if err != nil {
			return nil, err
		}
		for _, a := range list.Items {
			route := slices.ContainsFunc(b.Routes, func(r Route) bool { return r.Shift.ID == a.ShiftID })
			waits := slices.ContainsFunc(b.Unassigned, func(v Visit) bool { return v.ID == a.VisitID })
			if route || waits {
				out = append(out, a)
			}
		}
		if list.Next == nil {
			return out, nil
		}
		page.After = list.Next
	}
	return out, nil
}

// Planned are the times that were planned for an assigned visit before the day began.
func (v Visit) Planned() (begin, depart time.Time) { return v.planned() }

// Late reports whether a visit that somebody does began, or is expected to begin, after what was promised or after its windows.
func (v Visit) Late() bool {
	if v.ActualStart != nil {
		return v.ActualStart.After(v.deadline())
	}
	return !v.Status.Over() && v.late()
}

func (b DayBoard) figures(now time.Time) (f DayFigures) {
	for _, r := range b.Routes {
		f.Shifts += r.Shift.End.Sub(r.Shift.Start)
		for _, stop := range r.Stops {
			v, a := stop.Visit, stop.Visit.Assignment
			f.Visits++
			f.Travel += time.Duration(a.TravelSeconds) * time.Second
			f.Service += a.Depart.Sub(a.Begin)
			switch v.Status {
			case Completed:
				f.Done++
			case Failed:
				f.Failed++
			}
			switch {
			case v.ActualStart != nil && v.Late():
				f.Begun++
			case v.ActualStart != nil:
				f.Begun, f.OnTime = f.Begun+1, f.OnTime+1
			case v.Late():
				f.Late++
			}
			f.owe(v, now)
		}
	}
	for _, v := range b.Unassigned {
		f.LeftOut++
		f.owe(v, now)
	}
	if f.Shifts > 0 {
		f.Utilisation = float64(f.Travel+f.Service) / float64(f.Shifts)
	}
	return f
}

// owe counts a visit's service promise, once it is known whether it was kept.
func (f *DayFigures) owe(v Visit, now time.Time) {
	due := v.Rules.Due
	switch {
	case due == nil:
	case v.Status == Completed && v.ActualEnd != nil && !v.ActualEnd.After(*due):
		f.Due, f.Kept = f.Due+1, f.Kept+1
	case v.Status.Over() || now.After(*due):
		f.Due++
	}
}
