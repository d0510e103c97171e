package dispatch

import (
	"context"
	"slices"

	"github.com/google/uuid"
)

// subject is a piece of work that slots are looked for, with what it takes to price it.
type subject struct {
	visit        Visit
	request      Request
	site         *Site
	organization Organization
	linked       []Visit  // of the same request, where the visit is linked to one
	needs        []string // fields that are still to be filled
}

// about names the work of a subject: by exactly one of its fields.
type about struct {
	visit   uuid.UUID
	request uuid.UUID
	work    *NewRequest
}

func (q AvailabilityQuery) about() about { return about{q.VisitID, q.RequestID, q.Work} }

// check notes when not exactly one of them is given.
func (a about) check() error {
	n := 0
	for _, given := range []bool{a.visit != uuid.Nil, a.request != uuid.Nil, a.work != nil} {
		if given {
			n++
		}
	}
	var faults Faults
	faults.Check(n == 1, "", "slot.work")
	return faults.Err()
}

// subject reads a visit that may be given a slot, or makes one, not stored, of described work. Every fault of described work is told at once.
func (s *Service) subject(ctx context.Context, p Principal, a about) (subject, error) {
	if err := a.check(); err != nil {
		return subject{}, err
	}
	if a.work != nil {
		return s.describedSubject(ctx, p, *a.work)
	}
	v, err := s.bookable(ctx, p, a)
	if err != nil {
		return subject{}, err
	}
	if v.Status.Over() || v.Status.UnderWay() {
		return subject{}, Conflict("visit.has_begun", map[string]any{"status": v.Status})
	}
	if v.Mode == Hotline {
		return subject{}, Conflict("visit.hotline", nil)
	}
	r, err := s.store.Request(ctx, v.RequestID)
	if err != nil {
		return subject{}, err
	}
	around, err := s.store.RequestContext(ctx, r.ClientID, r.SiteID, uuid.Nil, uuid.Nil)
	if err != nil {
		return subject{}, err
	}
	out := subject{visit: v, request: r, site: around.Site, organization: around.Organization}
	if len(v.Links.After)+len(v.Links.Together) > 0 {
		if out.linked, err = s.store.VisitsOf(ctx, v.RequestID); err != nil {
			return out, err
		}
	}
	out.needs = lacking(around.Organization.Policy.Slots, NewRequest{
		Work: r.Work, SiteID: r.SiteID, ContactID: r.ContactID, AssetID: r.AssetID, Category: r.Category, Description: r.Description, Metadata: r.Metadata,
	})
	return out, nil
}

// bookable reads the visit that is meant: of a request, the first that has not begun.
func (s *Service) bookable(ctx context.Context, p Principal, a about) (Visit, error) {
	if a.request == uuid.Nil {
		return s.visibleVisit(ctx, p, a.visit)
	}
	if _, err := s.visibleRequest(ctx, p, a.request); err != nil {
		return Visit{}, err
	}
	visits, err := s.store.VisitsOf(ctx, a.request)
	if err != nil {
		return Visit{}, err
	}
	i := slices.IndexFunc(visits, func(v Visit) bool { return !v.Status.Over() && !v.Status.UnderWay() && v.Mode != Hotline })
	if i < 0 {
		return Visit{}, Conflict("request.nothing_to_book", nil)
	}
	return visits[i], nil
}

func (s *Service) describedSubject(ctx context.Context, p Principal, in NewRequest) (subject, error) {
	in.BySlot = true
	r, around, err := s.draft(ctx, p, in)
	if err != nil {
		return subject{}, err
	}
	v := firstVisit(r, around)
	v.Status, v.BySlot = Draft, true
	return subject{visit: v, request: r, site: around.Site, organization: around.Organization, needs: lacking(around.Organization.Policy.Slots, in)}, nil
}

// lacking lists the fields that a request has to fill before it can be booked.
func lacking(p SlotPolicy, r NewRequest) (out []string) {
	for _, name := range p.needs(r.Mode, r.Category) {
		if has := bookableFields[name]; has != nil && !has(r) {
			out = append(out, name)
		}
	}
	return out
}

// BookingRequirements lists the fields of a request that a kind of work needs before a slot can be booked: in the contract's names, ascending.
func (s *Service) BookingRequirements(ctx context.Context, p Principal, mode Mode, category string) ([]string, error) {
	o, err := s.Organization(ctx, p)
	return o.Policy.Slots.needs(mode, category), err
}
