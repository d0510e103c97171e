package api

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/dispatch/message"
	"tournee/scheduler"
)

// changes reads what a dispatcher wants to be otherwise; local times are the organization's.
func (l *localTimes) changes(list []oapi.Change) []dispatch.Change {
	out := make([]dispatch.Change, len(list))
	for i, c := range list {
		at := pointer("/changes", i)
		out[i] = dispatch.Change{
			Kind: dispatch.ChangeKind(c.Kind), VisitID: c.VisitID, OtherVisitID: c.OtherVisitID, TechnicianID: c.TechnicianID, ShiftID: c.ShiftID, Order: c.Order,
			Overtime: scheduler.Seconds(l.duration(at+"/overtime", c.Overtime) / time.Second),
		}
		if c.Position != nil {
			out[i].Position = *c.Position
		}
		for _, pin := range c.Pins {
			out[i].Pins = append(out[i].Pins, dispatch.PinKind(pin))
		}
		if c.BeginAt != "" {
			begin := l.instant(at+"/begin_at", c.BeginAt, c.Fold)
			out[i].Begin = &begin
		}
	}
	return out
}

func changeOf(zone string) func(c dispatch.Change) oapi.Change {
	return func(c dispatch.Change) oapi.Change {
		out := oapi.Change{
			Kind: oapi.ChangeKind(c.Kind), VisitID: c.VisitID, OtherVisitID: c.OtherVisitID, TechnicianID: c.TechnicianID, ShiftID: c.ShiftID, Order: c.Order, Position: orNil(c.Position),
		}
		for _, pin := range c.Pins {
			out.Pins = append(out.Pins, oapi.PinKind(pin))
		}
		if c.Overtime > 0 {
			out.Overtime = durationText(time.Duration(c.Overtime) * time.Second)
		}
		if c.Begin != nil {
			out.BeginAt = inZone(*c.Begin, zone).Format(time.RFC3339)
		}
		return out
	}
}

func breachesOf(ctx context.Context, breaches []dispatch.Breach) []oapi.Breach {
	locale := callOf(ctx).locale
	return each(breaches, func(b dispatch.Breach) oapi.Breach {
		return oapi.Breach{Code: b.Code, Detail: message.Text(locale, b.Code, b.Params), Forceable: b.Forceable, VisitID: b.VisitID, ShiftID: b.ShiftID}
	})
}

func costsOf(costs []dispatch.TermCost, currency string) (terms []oapi.TermCost, total oapi.Money) {
	total.Currency = currency
	terms = each(costs, func(c dispatch.TermCost) oapi.TermCost {
		total.Amount += c.Cost
		return oapi.TermCost{Term: c.Term, Cost: oapi.Money{Amount: c.Cost, Currency: currency}}
	})
	return terms, total
}

func placeOf(a *dispatch.Assignment, zone string) oapi.MovePlace {
	if a == nil {
		return oapi.MovePlace{}
	}
	return oapi.MovePlace{TechnicianID: a.TechnicianID, ShiftID: a.ShiftID, BeginAt: inZone(a.Begin, zone), Forced: a.Forced}
}

func basisOf(b dispatch.Basis) oapi.Basis {
	out := oapi.Basis{Routes: []oapi.RouteVersion{}, Visits: []oapi.VisitVersion{}}
	for id, version := range b.Routes {
		out.Routes = append(out.Routes, oapi.RouteVersion{ShiftID: id, Version: version})
	}
	for id, version := range b.Visits {
		out.Visits = append(out.Visits, oapi.VisitVersion{VisitID: id, Version: version})
	}
	slices.SortFunc(out.Routes, func(a, b oapi.RouteVersion) int { return slices.Compare(a.ShiftID[:], b.ShiftID[:]) })
	slices.SortFunc(out.Visits, func(a, b oapi.VisitVersion) int { return slices.Compare(a.VisitID[:], b.VisitID[:]) })
	return out
}

func basis(b oapi.Basis) dispatch.Basis {
	out := dispatch.Basis{Routes: map[uuid.UUID]int64{}, Visits: map[uuid.UUID]int{}}
	for _, r := range b.Routes {
		out.Routes[r.ShiftID] = r.Version
	}
	for _, v := range b.Visits {
		out.Visits[v.VisitID] = v.Version
	}
	return out
}

func moveOf(m dispatch.Move) oapi.PlanMove {
	out := oapi.PlanMove{
		VisitID: m.VisitID, Reference: m.Reference, Chosen: m.Dispatcher, ToldTechnician: m.Told, From: placeOf(m.From, m.TimeZone), To: placeOf(m.To, m.TimeZone),
		BreaksPromise: m.Promise != nil && !m.KeepsWord,
	}
	if m.Promise != nil {
		w := windowOf(*m.Promise, m.TimeZone)
		out.Promise = &w
	}
	return out
}

// overrideOf is an override in the organization's zone and currency.
func overrideOf(ctx context.Context, o dispatch.Organization) func(dispatch.Override) oapi.Override {
	return func(v dispatch.Override) oapi.Override {
		zone := o.TimeZone
		overridden := func(s dispatch.VisitState) oapi.OverriddenVisit {
			return oapi.OverriddenVisit{
				VisitID: s.VisitID, Status: oapi.VisitStatus(s.Status), Place: placeOf(s.Assignment, zone), PinnedTechnicianID: s.PinnedTechnician, PinnedPosition: s.PinnedPosition,
				PinnedStart: when(s.PinnedStart, zone),
			}
		}
		out := oapi.Override{
			ID: v.ID, Status: oapi.OverrideStatus(v.Status), Changes: each(v.Changes, changeOf(zone)), Reason: v.Reason, Forced: v.Forced, Breaches: breachesOf(ctx, v.Breaches),
			Before: each(v.Before.Visits, overridden), After: each(v.After.Visits, overridden), TimeZone: zone, MadeBy: v.MadeBy.ID, ChangedBy: v.ChangedBy.ID,
			CreatedAt: inZone(v.CreatedAt, zone), UpdatedAt: inZone(v.UpdatedAt, zone),
		}
		out.Costs, out.Cost = costsOf(v.Costs, o.Currency)
		return out
	}
}

// PreviewOverride says what changes would break, cost and move.
func (h *handlers) PreviewOverride(ctx context.Context, in oapi.PreviewOverrideRequestObject) (oapi.PreviewOverrideResponseObject, error) {
	_, changes, err := h.changes(ctx, in.Body.Changes)
	if err != nil {
		return nil, err
	}
	o, err := h.dispatch.PreviewOverride(ctx, principal(ctx), changes)
	if err != nil {
		return nil, err
	}
	out := oapi.PreviewOverride200JSONResponse{Breaches: breachesOf(ctx, o.Breaches), Moves: each(o.Moves, moveOf), Basis: basisOf(o.Basis)}
	out.Costs, out.Cost = costsOf(o.Costs, o.Currency)
	return out, nil
}

// changes reads changes, and the organization whose zone their times are in.
func (h *handlers) changes(ctx context.Context, list []oapi.Change) (o dispatch.Organization, changes []dispatch.Change, err error) {
	if o, err = h.dispatch.Organization(ctx, principal(ctx)); err != nil {
		return o, nil, err
	}
	l, err := h.localTimes(ctx, o.TimeZone, uuid.Nil)
	if err != nil {
		return o, nil, err
	}
	changes = l.changes(list)
	return o, changes, l.faults.Err()
}

// CreateOverride makes changes that were tried out.
func (h *handlers) CreateOverride(ctx context.Context, in oapi.CreateOverrideRequestObject) (oapi.CreateOverrideResponseObject, error) {
	o, changes, err := h.changes(ctx, in.Body.Changes)
	if err != nil {
		return nil, err
	}
	made, err := h.dispatch.MakeOverride(ctx, principal(ctx), dispatch.NewOverride{Changes: changes, Basis: basis(in.Body.Basis), Reason: in.Body.Reason, Force: in.Body.Force})
	if err != nil {
		return nil, err
	}
	return oapi.CreateOverride201JSONResponse(overrideOf(ctx, o)(made)), nil
}

// ListOverrides lists the overrides, newest first.
func (h *handlers) ListOverrides(ctx context.Context, in oapi.ListOverridesRequestObject) (oapi.ListOverridesResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, time.Time{})
	if err != nil {
		return nil, err
	}
	o, err := h.dispatch.Organization(ctx, principal(ctx))
	if err != nil {
		return nil, err
	}
	list, err := h.dispatch.Overrides(ctx, principal(ctx), p)
	if err != nil {
		return nil, err
	}
	return oapi.ListOverrides200JSONResponse{Items: each(list.Items, overrideOf(ctx, o)), NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// overrideBy is the override that a call reads or changes.
func (h *handlers) overrideBy(ctx context.Context, id uuid.UUID, call func(context.Context, dispatch.Principal, uuid.UUID) (dispatch.Override, error)) (out oapi.Override, err error) {
	o, err := h.dispatch.Organization(ctx, principal(ctx))
	if err != nil {
		return out, err
	}
	v, err := call(ctx, principal(ctx), id)
	if err != nil {
		return out, err
	}
	return overrideOf(ctx, o)(v), nil
}

// ReadOverride gives one override.
func (h *handlers) ReadOverride(ctx context.Context, in oapi.ReadOverrideRequestObject) (oapi.ReadOverrideResponseObject, error) {
	v, err := h.overrideBy(ctx, in.ID, h.dispatch.Override)
	return oapi.ReadOverride200JSONResponse(v), err
}

// UndoOverride puts back what an override changed.
func (h *handlers) UndoOverride(ctx context.Context, in oapi.UndoOverrideRequestObject) (oapi.UndoOverrideResponseObject, error) {
	v, err := h.overrideBy(ctx, in.ID, h.dispatch.UndoOverride)
	return oapi.UndoOverride200JSONResponse(v), err
}

// RedoOverride makes an override that was undone again.
func (h *handlers) RedoOverride(ctx context.Context, in oapi.RedoOverrideRequestObject) (oapi.RedoOverrideResponseObject, error) {
	v, err := h.overrideBy(ctx, in.ID, h.dispatch.RedoOverride)
	return oapi.RedoOverride200JSONResponse(v), err
}
