package dispatch

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"tournee/geo"
	"tournee/scheduler"
)

// AvailabilityQuery asks for the slots in which a piece of work could be done: a visit that waits for one or is to be moved, or work that is
// only described.
type AvailabilityQuery struct {
	VisitID   uuid.UUID
	RequestID uuid.UUID   // instead: the first of its visits that waits for a time or has one
	Work      *NewRequest // instead; its windows are not looked at
	From, To  time.Time   // windows that open in between; zero: as soon and as far as the policy goes
	Reasons   bool        // the slots that are not offered too, each with why
	Limit     int         // how many slots at most; 0: all

	goodFor time.Duration // how long the slots may be taken; 0: offerAge
}

// Availability are the slots of a piece of work, the best for the plan first.
type Availability struct {
	TimeZone string // of the site
	Currency string // of costs
	Slots    []Slot
	Refused  []RefusedSlot // where asked for, in order
	Needs    []string      // fields that are to be filled before one of the slots can be booked
}

// Slot is an arrival window that a client may choose.
type Slot struct {
	Span
	Price          *Price // nil where the organization has no tariff
	Risk           int    // of a technician who arrives after the window, in per cent
	SameTechnician bool   // one who has been with this client before
	Green          bool   // a technician is next door
	Cost           int64  // what it costs the plan, the opportunity included, in minor units; for dispatchers
	Token          string // signed; with it the slot is held
	Expires        time.Time
}

// RefusedSlot is an arrival window that is not offered.
type RefusedSlot struct {
	Span
	Reasons []Reason // distinct, the commonest first
}

// choicesPerSlot is how many of the best places of a slot are looked at: the more technicians could come, the less is lost by giving one away.
const choicesPerSlot = 4

// Availability computes slots against the plan as it is now.
func (s *Service) Availability(ctx context.Context, p Principal, q AvailabilityQuery) (out Availability, err error) {
	err = s.change(ctx, p, func(ctx context.Context) error { // nothing changes, but a board may be spoilt under it
		subject, err := s.subject(ctx, p, q.about())
		if err != nil {
			return err
		}
		out, err = s.availability(ctx, p, subject, q)
		return err
	})
	return out, err
}

func (s *Service) availability(ctx context.Context, p Principal, of subject, q AvailabilityQuery) (Availability, error) {
	out := Availability{TimeZone: of.visit.TimeZone, Currency: of.organization.Currency, Needs: of.needs}
	slots, err := s.slotsFor(of, q)
	if err != nil || len(slots) == 0 {
		return out, err
	}
	offers, err := s.quote(ctx, p.OrganizationID, of, slots)
	if err != nil {
		return out, err
	}
	market, err := s.market(ctx, of, s.clock())
	if err != nil {
		return out, err
	}
	market.goodFor = cmp.Or(q.goodFor, offerAge)
	for i, slot := range slots {
		reason := market.withheld(slot, offers[i])
		switch {
		case reason != nil:
			out.Refused = append(out.Refused, RefusedSlot{Span: slot, Reasons: []Reason{*reason}})
			continue
		case offers[i].best == nil:
			out.Refused = append(out.Refused, RefusedSlot{Span: slot})
			continue
		}
		offered, err := s.offer(of, slot, offers[i], market)
		if err != nil {
			return out, err
		}
		out.Slots = append(out.Slots, offered)
	}
	slices.SortStableFunc(out.Slots, func(a, b Slot) int { return cmp.Or(cmp.Compare(a.Cost, b.Cost), a.Start.Compare(b.Start)) })
	if q.Limit > 0 && len(out.Slots) > q.Limit {
		out.Slots = out.Slots[:q.Limit]
	}
	if !q.Reasons {
		out.Refused = nil
		return out, nil
	}
	out.Refused, err = s.explainRefused(ctx, p.OrganizationID, of, out.Refused)
	return out, err
}

// slotsFor are the arrival windows that the policy lets the work be offered in.
func (s *Service) slotsFor(of subject, q AvailabilityQuery) ([]Span, error) {
	policy := of.organization.Policy.Slots
	zone, err := Zone(of.visit.TimeZone)
	if err != nil {
		return nil, err
	}
	now := s.clock()
	span := Span{Start: latest(q.From, now.Add(time.Duration(policy.Lead)*time.Second)), End: now.AddDate(0, 0, policy.Days)}
	if !q.To.IsZero() {
		span.End = earliest(span.End, q.To)
	}
	if !span.Start.Before(span.End) {
		return nil, nil
	}
	return policy.slots(zone, span), nil
}

// The bounds of what is said of refused slots: each that is explained is a search of all technicians.
const (
	maxExplained = 40
	maxRefused   = 200
)

// explainRefused says why the work fits in none of the refused slots: the codes of all technicians, the commonest first. It gives those that have
// a reason; where there are too many, the earliest.
func (s *Service) explainRefused(ctx context.Context, org uuid.UUID, of subject, refused []RefusedSlot) ([]RefusedSlot, error) {
	refused = refused[:min(len(refused), maxRefused)]
	explained := 0
	for i := range refused {
		if len(refused[i].Reasons) > 0 {
			continue
		}
		if explained++; explained > maxExplained {
			return refused[:i], nil
		}
		days, dayOf := daysOf([]Span{refused[i].Span}, s.organizationZone(of.organization))
		boards, err := s.boards(ctx, org, of.visit, days, false)
		if err != nil {
			return nil, err
		}
		if err := s.hearOn(ctx, boards, of.site); err != nil {
			return nil, err
		}
		if refused[i].Reasons, err = s.whyNot(boards[dayOf[0]], of, refused[i].Span); err != nil {
			return nil, err
		}
	}
	return refused, nil
}

// whyNot is why the work fits nowhere on a board in a slot.
func (s *Service) whyNot(b *board, of subject, slot Span) ([]Reason, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	nobody := []Reason{{Code: "visit.no_shift_yet"}}
	if b.t == nil {
		return nil, errMoved
	}
	if len(b.t.Shifts) == 0 {
		return nobody, nil
	}
	v := of.visit
	v.ID, v.Status, v.Assignment, v.HeldUntil, v.Promise = newID(), Unassigned, nil, nil, &slot
	scratch, err := b, b.take(v, placesOf(of.site))
	if errors.Is(err, errAlone) {
		scratch, err = s.apart(b, v, of)
	} else if err == nil {
		defer b.leave(v.ID)
	}
	switch {
	case CodeOf(err) == "slot.none":
		return nobody, nil
	case err != nil:
		return nil, err
	}
	why, err := scratch.live.Explain(v.ID.String())
	if err != nil {
		return nil, err
	}
	var out []Reason
	for _, b := range scheduler.Summary(why) {
		out = append(out, Reason{Code: "scheduler." + b.Code, Params: map[string]any{"technicians": b.Technicians}})
	}
	return out, nil
}

// quoted is what the board says of one slot.
type quoted struct {
	best       []scheduler.Insertion // nil: it fits nowhere
	technician uuid.UUID             // of the best
	choices    int                   // technicians who could come
	slack      time.Duration         // from the begin in the best place to the end of the window
	before     int                   // visits of that route before it
	next       float64               // great-circle metres to the nearer neighbour in the best place
	idle       []time.Duration       // by reserve of the policy, see board.idle
}

// quote asks the boards of the days of some slots for the best places of a piece of work in each.
func (s *Service) quote(ctx context.Context, org uuid.UUID, of subject, slots []Span) ([]quoted, error) {
	out := make([]quoted, len(slots))
	days, dayOf := daysOf(slots, s.organizationZone(of.organization))
	boards, err := s.boards(ctx, org, of.visit, days, false)
	if err != nil {
		return nil, err
	}
	if err := s.hearOn(ctx, boards, of.site); err != nil {
		return nil, err
	}
	for d, b := range boards {
		var asked []int
		for i := range slots {
			if dayOf[i] == d || dayOf[i] == d+1 { // a night shift reaches into the next day
				asked = append(asked, i)
			}
		}
		if err := s.quoteOn(b, of, slots, asked, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// daysOf lists the days of some slots and the day before the first, in order, and for each slot the index of its own.
func daysOf(slots []Span, zone *time.Location) (days []Span, of []int) {
	of = make([]int, len(slots))
	for i, slot := range slots {
		day := localDay(slot.Start, zone)
		if len(days) == 0 {
			days = append(days, localDay(day.Start.Add(-time.Hour), zone))
		}
		for !days[len(days)-1].Contains(slot.Start) {
			days = append(days, localDay(days[len(days)-1].End, zone))
		}
		of[i] = len(days) - 1
	}
	return days, of
}

// localDay is the day in a zone in which a moment lies.
func localDay(at time.Time, zone *time.Location) Span {
	local := at.In(zone)
	start := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, zone)
	return Span{Start: start, End: time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, zone)}
}

func (s *Service) organizationZone(o Organization) *time.Location {
	if zone, err := Zone(o.TimeZone); err == nil { // checked when it came in
		return zone
	}
	return time.UTC
}

// quoteOn fills in what one board says of the slots asked for, where it is better than what another said.
func (s *Service) quoteOn(b *board, of subject, slots []Span, asked []int, out []quoted) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.t == nil {
		return errMoved
	}
	if len(b.t.Shifts) == 0 {
		return nil
	}
	first, last := b.t.Shifts[0].Start, scheduler.Time(0)
	for _, sh := range b.t.Shifts {
		first, last = min(first, sh.Start), max(last, sh.End)
	}
	asked = slices.DeleteFunc(slices.Clone(asked), func(i int) bool {
		return slots[i].Start.After(b.t.instant(last)) || slots[i].End.Before(b.t.instant(first))
	})
	if len(asked) == 0 {
		return nil
	}
	v := of.visit
	v.ID, v.Status, v.Assignment, v.Promise, v.HeldUntil = newID(), Unassigned, nil, nil, nil // beside the visit itself, which may be in a route here
	v.Windows = []Span{{Start: slots[asked[0]].Start, End: slots[asked[len(asked)-1]].End}}
	scratch, err := b, b.take(v, placesOf(of.site))
	if errors.Is(err, errAlone) {
		scratch, err = s.apart(b, v, of)
	} else if err == nil {
		defer b.leave(v.ID)
	}
	switch {
	case CodeOf(err) == "slot.none":
		return nil
	case err != nil:
		return err
	}
	windows := make([]scheduler.Window, len(asked))
	for n, i := range asked {
		windows[n] = scheduler.Window{Open: scratch.t.at(slots[i].Start), Close: scratch.t.at(slots[i].End)}
	}
	quotes, err := scratch.live.Quote(v.ID.String(), windows, choicesPerSlot)
	if err != nil {
		return err
	}
	routes := b.routes(of.visit.ID)
	idle := b.idle(of.organization.Policy.Slots.Reserves)
	for n, i := range asked {
		if best := quotes[n].Best; len(best) > 0 && (len(out[i].best) == 0 || best[0].Cost < out[i].best[0].Cost) {
			out[i] = scratch.judge(best, slots[i], of.site, routes)
			out[i].idle = idle
		}
	}
	return nil
}

// apart is a board of its own with a visit that another cannot take up.
func (s *Service) apart(b *board, v Visit, of subject) (*board, error) {
	view := b.t.view
	view.Visits = []Visit{v}
	for _, other := range b.t.view.Visits { // as they are now, with those that came since
		if _, known := b.t.visits[other.ID]; !known && other.ID != v.ID {
			view.Visits = append(view.Visits, other)
		}
	}
	for _, other := range b.t.visits {
		if other.ID != v.ID {
			view.Visits = append(view.Visits, other)
		}
	}
	slices.SortFunc(view.Visits, func(a, b Visit) int { return slices.Compare(a.ID[:], b.ID[:]) })
	view.Shifts = slices.Clone(view.Shifts)
	view.Linked = slices.Concat(view.Linked, of.linked)
	view.Places = placesOf(of.site)
	maps.Copy(view.Places, b.t.view.Places)
	t, live, err := s.compile(view)
	if err != nil {
		return nil, err
	}
	if slices.Contains(t.missed, v.ID) {
		return nil, Conflict("slot.none", nil)
	}
	return &board{span: b.span, t: t, live: live}, nil
}

func placesOf(site *Site) map[uuid.UUID]PlanPlace {
	out := map[uuid.UUID]PlanPlace{}
	if site != nil {
		out[site.ID] = PlanPlace{Position: site.Position, TerritoryID: site.TerritoryID, NoConnection: site.NoConnection}
	}
	return out
}

// routes are the visits on the board by shift, but for one.
func (b *board) routes(but uuid.UUID) map[uuid.UUID][]Visit {
	out := map[uuid.UUID][]Visit{}
	for _, v := range b.t.visits {
		if v.Assignment != nil && v.ID != but {
			out[v.Assignment.ShiftID] = append(out[v.Assignment.ShiftID], v)
		}
	}
	return out
}

// judge looks at the best places of a slot and at what stands beside the best of them.
func (b *board) judge(best []scheduler.Insertion, slot Span, site *Site, routes map[uuid.UUID][]Visit) quoted {
	out := quoted{best: best, technician: uuid.MustParse(best[0].Technician), slack: slot.End.Sub(b.t.instant(best[0].Earliest)), next: math.Inf(1)}
	seen := map[string]bool{}
	for _, at := range best {
		if !seen[at.Technician] {
			seen[at.Technician] = true
			out.choices++
		}
	}
	begin, shift := b.t.instant(best[0].Earliest), uuid.MustParse(best[0].Shift)
	var before, after *Visit
	for i := range routes[shift] {
		v := &routes[shift][i]
		if v.Assignment.Begin.Before(begin) {
			out.before++
			if before == nil || v.Assignment.Begin.After(before.Assignment.Begin) {
				before = v
			}
		} else if after == nil || v.Assignment.Begin.Before(after.Assignment.Begin) {
			after = v
		}
	}
	for _, v := range []*Visit{before, after} {
		if v == nil || site == nil {
			continue
		}
		if at, there := b.t.view.Places[assignedSite(*v)]; there {
			out.next = min(out.next, geo.Distance(at.Position, site.Position))
		}
	}
	return out
}

// offer prices and signs a slot.
func (s *Service) offer(of subject, slot Span, q quoted, m market) (Slot, error) {
	policy := of.organization.Policy.Slots
	green := q.next <= float64(policy.Green) && policy.Green > 0
	opportunity := m.opportunity(slot, q.choices)
	out := Slot{
		Span: slot, Green: green, SameTechnician: m.knows(q.technician), Risk: lateRisk(q.slack, q.before),
		Cost: int64(q.best[0].Cost) + opportunity, Expires: m.now.Add(m.goodFor),
	}
	o := offer{
		Organization: m.organization, Work: workHash(of.visit, of.request), Start: slot.Start.Unix(), End: slot.End.Unix(),
		Asked: m.now.Unix(), Green: green, Adjustment: opportunity, Expires: out.Expires.Unix(),
	}
	if m.tariff != nil {
		o.Tariff = m.tariff.Version
		price, err := m.tariff.Price(priceQuery(of, o))
		if err != nil {
			return out, err
		}
		out.Price = &price
	}
	var err error
	out.Token, err = s.signer.sign(slotUse, o)
	return out, err
}

// priceQuery is what the tariff is asked for a slot as it was offered: the same whenever it is asked.
func priceQuery(of subject, o offer) PriceQuery {
	return PriceQuery{
		Category: of.request.Category, Mode: of.visit.Mode, Priority: of.visit.Priority, Duration: of.visit.Duration, TerritoryID: of.visit.TerritoryID,
		Begin: o.span().Start, TimeZone: of.visit.TimeZone, Asked: time.Unix(o.Asked, 0).UTC(), Green: o.Green, Adjustment: o.Adjustment,
	}
}
