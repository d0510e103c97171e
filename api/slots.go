package api

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
	"tournee/dispatch/message"
	"tournee/geo"
	"tournee/scheduler"
)

// under puts the faults of a piece of work that stands inside a body where it stands; those of the slot beside it stay.
func under(prefix string, err error) error {
	known, ok := errors.AsType[*dispatch.Error](err)
	if !ok || len(known.Faults) == 0 {
		return err
	}
	moved := *known
	moved.Faults = slices.Clone(known.Faults)
	for i, f := range moved.Faults {
		if strings.HasPrefix(f.Path, "/") && f.Path != "/slot" {
			moved.Faults[i].Path = prefix + f.Path
		}
	}
	return &moved
}

// work reads described work that stands inside a body; nil when it does not.
func (h *handlers) work(ctx context.Context, at string, b *oapi.RequestCreate) (*dispatch.NewRequest, error) {
	if b == nil {
		return nil, nil //nolint:nilnil // what is not given is no fault
	}
	demand, err := h.demand(ctx, *b)
	return &demand, under(at, err)
}

func slotsOf(ctx context.Context, a dispatch.Availability) []oapi.Slot {
	return each(a.Slots, func(s dispatch.Slot) oapi.Slot { return slotOf(ctx, s, a.TimeZone, a.Currency) })
}

// slotOf is a slot as the caller may see it: what it costs the plan is the dispatchers' affair, and not told without a currency.
func slotOf(ctx context.Context, s dispatch.Slot, zone, currency string) oapi.Slot {
	out := oapi.Slot{
		Start: inZone(s.Start, zone), End: inZone(s.End, zone), Price: priceIf(ctx, s.Price), LatenessRisk: s.Risk, SameTechnician: s.SameTechnician,
		Green: s.Green, Token: s.Token, ExpiresAt: inZone(s.Expires, zone),
	}
	if principal(ctx).Staff() && currency != "" {
		out.Cost = &oapi.Money{Amount: s.Cost, Currency: currency}
	}
	return out
}

// priceIf tells a price that there may be.
func priceIf(ctx context.Context, p *dispatch.Price) *oapi.Price {
	if p == nil {
		return nil
	}
	out := priceOf(callOf(ctx).locale, *p)
	return &out
}

func availabilityOf(ctx context.Context, a dispatch.Availability) oapi.Availability {
	return oapi.Availability{
		TimeZone: a.TimeZone, Slots: slotsOf(ctx, a), Needs: each(a.Needs, func(name string) string { return name }),
		Refused: some(a.Refused, func(r dispatch.RefusedSlot) oapi.RefusedSlot {
			return oapi.RefusedSlot{Start: inZone(r.Start, a.TimeZone), End: inZone(r.End, a.TimeZone), Reasons: each(r.Reasons, func(r dispatch.Reason) oapi.Reason { return blockedOf(callOf(ctx).locale, r) })}
		}),
	}
}

// blockedOf gives a reason for which a slot is refused its sentence: what keeps technicians away, and how many; none is named.
func blockedOf(locale string, r dispatch.Reason) oapi.Reason {
	out := oapi.Reason{Code: r.Code, Detail: message.Text(locale, r.Code, r.Params)}
	if n, ok := r.Params["technicians"].(int); ok {
		code := "slot.blocked"
		if n == 1 {
			code += ".one"
		}
		out.Detail = message.Text(locale, code, map[string]any{"technicians": n, "why": message.Text(locale, "summary."+r.Code, nil)})
	}
	return out
}

// FindSlots says when a piece of work could be done.
func (h *handlers) FindSlots(ctx context.Context, in oapi.FindSlotsRequestObject) (oapi.FindSlotsResponseObject, error) {
	b := in.Body
	q := dispatch.AvailabilityQuery{VisitID: b.VisitID, RequestID: b.RequestID, Reasons: b.Reasons, Limit: b.Limit}
	if q.Limit == 0 {
		q.Limit = defaultLimit
	}
	var err error
	if q.Work, err = h.work(ctx, "/work", b.Work); err != nil {
		return nil, err
	}
	if q.From, q.To, err = h.slotSpan(ctx, b); err != nil {
		return nil, err
	}
	a, err := h.dispatch.Availability(ctx, principal(ctx), q)
	if err != nil {
		return nil, under("/work", err)
	}
	return oapi.FindSlots200JSONResponse(availabilityOf(ctx, a)), nil
}

// slotSpan reads between when slots are looked for, by the clocks of the site.
func (h *handlers) slotSpan(ctx context.Context, b *oapi.AvailabilityQuery) (from, to time.Time, err error) {
	if b.From == "" && b.To == "" {
		return from, to, nil
	}
	var zone string
	var site uuid.UUID
	switch {
	case b.VisitID != uuid.Nil:
		var v dispatch.Visit
		if v, err = h.dispatch.Visit(ctx, principal(ctx), b.VisitID); err != nil {
			return from, to, err
		}
		zone = v.TimeZone
	case b.RequestID != uuid.Nil:
		var r dispatch.Request
		if r, err = h.dispatch.Request(ctx, principal(ctx), b.RequestID); err != nil {
			return from, to, err
		}
		zone = r.TimeZone
	case b.Work != nil:
		site = b.Work.SiteID
	}
	l, err := h.localTimes(ctx, zone, site)
	if err != nil {
		return from, to, err
	}
	if b.From != "" {
		from = l.instant("/from", b.From, "")
	}
	if b.To != "" {
		to = l.instant("/to", b.To, "")
	}
	l.faults.Check(b.From == "" || b.To == "" || len(l.faults) > 0 || from.Before(to), "/to", "window.ends_before_start")
	return from, to, l.faults.Err()
}

// ReadBookingRequirements says what has to be known before a kind of work is booked.
func (h *handlers) ReadBookingRequirements(ctx context.Context, in oapi.ReadBookingRequirementsRequestObject) (oapi.ReadBookingRequirementsResponseObject, error) {
	fields, err := h.dispatch.BookingRequirements(ctx, principal(ctx), dispatch.Mode(in.Params.Mode), in.Params.Category)
	if err != nil {
		return nil, err
	}
	return oapi.ReadBookingRequirements200JSONResponse{Mode: oapi.Mode(in.Params.Mode), Category: in.Params.Category, Fields: fields}, nil
}

// ReadCoverage says whether a place is served.
func (h *handlers) ReadCoverage(ctx context.Context, in oapi.ReadCoverageRequestObject) (oapi.ReadCoverageResponseObject, error) {
	c, err := h.coverage(ctx, in.Params)
	if err != nil {
		return nil, err
	}
	out := oapi.ReadCoverage200JSONResponse{
		Served: c.TerritoryID != uuid.Nil, Label: c.Label, Position: sitePositionOf(c.Position, c.Precision), TimeZone: c.TimeZone,
	}
	if principal(ctx).Staff() {
		out.TerritoryID = c.TerritoryID
	}
	return out, nil
}

func (h *handlers) coverage(ctx context.Context, in oapi.ReadCoverageParams) (dispatch.Coverage, error) {
	var faults dispatch.Faults
	faults.Check(in.Lat != nil || in.Lon == nil, parameterPath("query", "lat"), "field.required")
	faults.Check(in.Lon != nil || in.Lat == nil, parameterPath("query", "lon"), "field.required")
	faults.Check((in.Q == "") != (in.Lat == nil && in.Lon == nil), parameterPath("query", "q"), "coverage.address_or_position")
	faults.Check(in.PostalCode == "" || in.Q != "", parameterPath("query", "postal_code"), "coverage.address_or_position")
	if err := faults.Err(); err != nil {
		return dispatch.Coverage{}, err
	}
	if in.Q == "" {
		return h.dispatch.CoverageAt(ctx, principal(ctx), geo.Position{Lat: *in.Lat, Lon: *in.Lon})
	}
	c, err := h.dispatch.CoverageOf(ctx, principal(ctx), in.Q, in.PostalCode)
	if err != nil && dispatch.KindOf(err) == dispatch.KindNotFound {
		faults.Add(parameterPath("query", "q"), "address.unknown", nil)
		err = faults.Err()
	}
	return c, err
}

// lengthText is a length of the policy.
func lengthText(s scheduler.Seconds) string { return durationText(time.Duration(s) * time.Second) }

func slotPolicyOf(p dispatch.SlotPolicy) *oapi.SlotPolicy {
	return &oapi.SlotPolicy{
		Hours: weeklyOf(p.Hours), Days: p.Days, Lead: lengthText(p.Lead), Hold: lengthText(p.Hold), Change: lengthText(p.Change), Green: &p.Green, Opportunity: &p.Opportunity,
		Reserves: some(p.Reserves, func(r dispatch.Reserve) oapi.Reserve {
			return oapi.Reserve{TerritoryID: r.TerritoryID, Skill: r.Skill, Days: r.Days, Time: lengthText(r.Time), Until: lengthText(r.Until)}
		}),
		Needs: some(p.Needs, func(n dispatch.Need) oapi.Need {
			return oapi.Need{Category: n.Category, Mode: oapi.Mode(n.Mode), Fields: each(n.Fields, func(name string) oapi.NeedFields { return oapi.NeedFields(name) })}
		}),
	}
}

// slotPolicy reads how slots are sold; what is absent has its default.
func (d *durations) slotPolicy(path string, b oapi.SlotPolicy) dispatch.SlotPolicy {
	out := dispatch.DefaultSlotPolicy()
	out.Hours = weekly(b.Hours)
	if b.Days != 0 {
		out.Days = b.Days
	}
	for _, length := range []struct {
		to         *scheduler.Seconds
		name, text string
	}{{&out.Lead, "/lead", b.Lead}, {&out.Hold, "/hold", b.Hold}, {&out.Change, "/change", b.Change}} {
		if length.text != "" {
			*length.to = d.seconds(path+length.name, length.text)
		}
	}
	set(&out.Green, b.Green)
	set(&out.Opportunity, b.Opportunity)
	for i, r := range b.Reserves {
		at := pointer(path+"/reserves", i)
		out.Reserves = append(out.Reserves, dispatch.Reserve{
			TerritoryID: r.TerritoryID, Skill: r.Skill, Days: r.Days, Time: d.seconds(at+"/time", r.Time), Until: d.seconds(at+"/until", r.Until),
		})
	}
	out.Needs = some(b.Needs, func(n oapi.Need) dispatch.Need {
		return dispatch.Need{Category: n.Category, Mode: dispatch.Mode(n.Mode), Fields: each(n.Fields, func(name oapi.NeedFields) string { return string(name) })}
	})
	return out
}
