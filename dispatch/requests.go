package dispatch

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// RequestStore keeps requests.
type RequestStore interface {
	// RequestContext reads what a new request is checked against, in one round trip; a nil UUID is not looked for.
	RequestContext(ctx context.Context, client, site, contact, asset uuid.UUID) (RequestContext, error)
	// InsertRequest writes a request, its first visit and what goes with them in one round trip.
	InsertRequest(ctx context.Context, r Request, v Visit, events []Event, jobs []Job) error
	// UpdateRequests writes requests where the version is one below theirs, else KindStale.
	UpdateRequests(ctx context.Context, requests ...Request) error
	Request(ctx context.Context, id uuid.UUID) (Request, error)
	LockRequests(ctx context.Context, ids []uuid.UUID) ([]Request, error) // in id order, until the transaction ends
	RequestByExternalID(ctx context.Context, e External) (Request, error)
	Requests(ctx context.Context, f RequestFilter, page Page) (Listing[Request], error)
}

// RequestFilter narrows a list of requests; a nil UUID or "" leaves that side open.
type RequestFilter struct {
	ClientID     uuid.UUID
	PartnerID    uuid.UUID
	TechnicianID uuid.UUID // who has or had one of its visits
	Status       RequestStatus
}

// NewRequest is a demand for help as it comes in. Zero values take the defaults that Triage's first version gives.
type NewRequest struct {
	External
	Work
	ClientID     uuid.UUID // a client's own is taken from the principal
	SiteID       uuid.UUID
	ContactID    uuid.UUID
	AssetID      uuid.UUID
	Category     string
	Description  string
	SupportLevel *int
	Severity     Severity
	Impact       Grade
	Urgency      Grade
	Metadata     Metadata
	WaitForPlan  bool // leave the first visit to the next planning run instead of looking for a place at once
	BySlot       bool // the client chooses a slot: until then it is a draft, which no planner looks at; without windows, as far ahead as slots are offered
}

// The bounds of a piece of work.
const (
	minDuration     = 5 * time.Minute
	maxDuration     = 12 * time.Hour
	defaultDuration = time.Hour
	maxWindows      = 10
	maxAhead        = 370 * 24 * time.Hour // a window further away is a slip of the year
)

// CreateRequest takes a demand for help and opens its first visit; a job then finds the visit a place in the live plan.
func (s *Service) CreateRequest(ctx context.Context, p Principal, in NewRequest) (r Request, err error) {
	err = s.store.Join(ctx, p.OrganizationID, func(ctx context.Context) error {
		r, err = s.createRequest(ctx, p, in)
		return err
	})
	return r, err
}

// draft makes a request of what came in, with what it was checked against; nothing is stored.
func (s *Service) draft(ctx context.Context, p Principal, in NewRequest) (Request, RequestContext, error) {
	if p.Role == RoleClient {
		in.ClientID = p.ClientID
	}
	var faults Faults
	faults.externalID(p, &in.External)
	faults.reserved(p, in.Rules)
	if err := faults.Err(); err != nil {
		return Request{}, RequestContext{}, err
	}
	around, err := s.store.RequestContext(ctx, in.ClientID, in.SiteID, in.ContactID, in.AssetID)
	if err != nil {
		return Request{}, RequestContext{}, err
	}
	if in.BySlot && len(in.Windows) == 0 {
		in.Windows = []Span{around.Organization.Policy.Slots.span(s.clock())}
	}
	names, err := s.knownTo(ctx, in.ClientID, in.Rules)
	if err != nil {
		return Request{}, RequestContext{}, err
	}
	r, err := draftRequest(p, in, around, names, checking{now: s.clock()})
	return r, around, err
}

func (s *Service) createRequest(ctx context.Context, p Principal, in NewRequest) (Request, error) {
	r, around, err := s.draft(ctx, p, in)
	if err != nil {
		return Request{}, err
	}
	v := firstVisit(r, around)
	if in.BySlot {
		r.Status, v.Status, v.BySlot = RequestDraft, Draft, true
	}
	events := []Event{
		requestEvent(EventRequestCreated, r, p.Actor(), map[string]any{"mode": r.Mode, "priority": r.Priority}),
		visitEvent(EventVisitCreated, v, p.Actor(), nil),
	}
	var jobs []Job
	if v.Mode != Hotline && !in.WaitForPlan && !in.BySlot {
		jobs = []Job{PlaceVisit{VisitID: v.ID}}
	}
	if len(jobs) > 0 && r.Severity == Crisis {
		if jobs, err = s.crisisJobs(ctx, around.Organization, v); err != nil {
			return Request{}, err
		}
	}
	return r, s.store.InsertRequest(ctx, r, v, events, jobs)
}

// RequestContext is what a new request is checked against, read at once.
type RequestContext struct {
	Organization Organization
	Client       *Client // nil: there is none
	Site         *Site
	Contact      *Contact
	Asset        *Asset
	Skills       map[string]bool // the codes in use
}

// timeZone is the zone the request's times are told in.
func (a RequestContext) timeZone() string {
	if a.Site != nil {
		return a.Site.TimeZone
	}
	return a.Organization.TimeZone
}

// draftRequest decides on values only: the whole request, or every fault at once.
func draftRequest(p Principal, in NewRequest, around RequestContext, names known, c checking) (Request, error) {
	var faults Faults
	checkParties(&faults, p, in, around)
	work, priorityFaults := in.Work, gradeFaults(in)
	faults = append(faults, priorityFaults...)
	checkWork(&faults, &work, around, names, c)
	text := strings.TrimSpace(in.Description)
	faults.Check(text != "", "/description", "field.required")
	faults.Check(strings.TrimSpace(in.Category) != "", "/category", "field.required")
	level := 1
	if in.SupportLevel != nil {
		level = *in.SupportLevel
		faults.Check(level >= 0 && level <= 4, "/support_level", "request.support_level")
	}
	faults.Check(!in.BySlot || work.Mode != Hotline, "/mode", "visit.hotline")
	if work.Mode == OnSite {
		faults.Check(in.SiteID != uuid.Nil, "/site_id", "request.site_needed")
	}
	if err := faults.Err(); err != nil {
		return Request{}, err
	}
	id := newID()
	impact, urgency := cmp.Or(in.Impact, Medium), cmp.Or(in.Urgency, Medium)
	return Request{
		Record:       Record{ID: id, Version: 1, CreatedAt: c.now, UpdatedAt: c.now},
		External:     External{PartnerID: p.PartnerID, ExternalID: in.ExternalID},
		Work:         work,
		Reference:    reference(id),
		ClientID:     in.ClientID,
		SiteID:       in.SiteID,
		ContactID:    in.ContactID,
		AssetID:      in.AssetID,
		TimeZone:     around.timeZone(),
		Category:     strings.TrimSpace(in.Category),
		Description:  text,
		SupportLevel: level,
		Severity:     cmp.Or(in.Severity, NonBlocking),
		Impact:       impact,
		Urgency:      urgency,
		Priority:     around.Organization.PriorityMatrix.Priority(impact, urgency),
		Status:       RequestOpen,
		CreatedBy:    p.Actor(),
		Metadata:     in.Metadata,
	}, nil
}

// checkParties checks that what the request names exists, belongs together and is the caller's.
func checkParties(faults *Faults, p Principal, in NewRequest, a RequestContext) {
	mine := func(partner uuid.UUID) bool { return p.Role != RolePartner || partner == p.PartnerID }
	if a.Client == nil || !mine(a.Client.PartnerID) {
		faults.Add("/client_id", "request.client_unknown", nil)
		return
	}
	if in.SiteID != uuid.Nil {
		faults.Check(a.Site != nil && a.Site.ClientID == in.ClientID, "/site_id", "request.site_unknown")
	}
	if in.ContactID != uuid.Nil {
		faults.Check(a.Contact != nil && a.Contact.ClientID == in.ClientID, "/contact_id", "request.contact_unknown")
	}
	if in.AssetID != uuid.Nil {
		faults.Check(a.Asset != nil && a.Asset.ClientID == in.ClientID, "/asset_id", "request.asset_unknown")
	}
}

func gradeFaults(in NewRequest) (faults Faults) {
	faults.Check(in.Impact == "" || in.Impact.Valid(), "/impact", "field.enum")
	faults.Check(in.Urgency == "" || in.Urgency.Valid(), "/urgency", "field.enum")
	switch in.Severity {
	case "", NonBlocking, Blocking, Crisis:
	default:
		faults.Add("/severity", "field.enum", nil)
	}
	return faults
}

// firstVisit is the visit that answers a request as it came in.
func firstVisit(r Request, around RequestContext) Visit {
	v := Visit{
		Record:    Record{ID: newID(), Version: 1, CreatedAt: r.CreatedAt, UpdatedAt: r.CreatedAt},
		Work:      r.Work,
		RequestID: r.ID,
		Reference: r.Reference,
		ClientID:  r.ClientID,
		PartnerID: r.PartnerID,
		Status:    Unassigned,
		Priority:  r.Priority,
		TimeZone:  r.TimeZone,
	}
	if r.SiteID != uuid.Nil {
		v.SiteID = r.SiteID
		if around.Site != nil { // else its absence is a fault
			v.TerritoryID = around.Site.TerritoryID
		}
	}
	return v
}

// Request gives one request that the principal may see.
func (s *Service) Request(ctx context.Context, p Principal, id uuid.UUID) (r Request, err error) {
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		r, err = s.visibleRequest(ctx, p, id)
		return err
	})
	return r, err
}

// visibleRequest reads a request and hides it from those who have no part in it.
func (s *Service) visibleRequest(ctx context.Context, p Principal, id uuid.UUID) (Request, error) {
	r, err := s.store.Request(ctx, id)
	if err != nil {
		return Request{}, err
	}
	switch {
	case p.Staff():
	case p.Role == RoleClient && r.ClientID == p.ClientID:
	case p.Role == RolePartner && r.PartnerID == p.PartnerID:
	default:
		return Request{}, NotFound("request")
	}
	return r, nil
}

// Requests lists the requests that the principal may see.
func (s *Service) Requests(ctx context.Context, p Principal, f RequestFilter, page Page) (list Listing[Request], err error) {
	switch p.Role {
	case RoleClient:
		f.ClientID = p.ClientID
	case RolePartner:
		f.PartnerID = p.PartnerID
	case RoleTechnician:
		f.TechnicianID = p.TechnicianID
	}
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		list, err = s.store.Requests(ctx, f, page)
		return err
	})
	return list, err
}

// RequestEvents gives the written trace of a request after the cursor, oldest first, at most limit.
func (s *Service) RequestEvents(ctx context.Context, p Principal, id uuid.UUID, after EventCursor, limit int) (events []Event, err error) {
	err = s.store.Tx(ctx, p.OrganizationID, func(ctx context.Context) error {
		if _, err := s.visibleRequest(ctx, p, id); err != nil {
			return err
		}
		events, err = s.store.RequestEvents(ctx, id, after, limit)
		return err
	})
	return events, err
}

// RequestPatch changes a request; a nil field stays as it is.
type RequestPatch struct {
	Category       *string
	Description    *string
	Severity       *Severity
	Impact         *Grade
	Urgency        *Grade
	SupportLevel   *int
	RequiredSkills *[]SkillLevel
	Duration       *time.Duration
	Windows        *[]Span
	ContactID      *uuid.UUID
	AssetID        *uuid.UUID
	Metadata       Metadata
	Rules          RulesPatch
}

// PatchRequest changes a request of the given version. Its visits that nobody has been told of follow it and are planned again.
func (s *Service) PatchRequest(ctx context.Context, p Principal, id uuid.UUID, version int, patch RequestPatch) (r Request, err error) {
	err = s.change(ctx, p, func(ctx context.Context) error {
		tree, err := s.lockTree(ctx, p, id)
		if err != nil {
			return err
		}
		if err := fresh(tree.request.Version, version, "request"); err != nil {
			return err
		}
		r, err = s.changeRequest(ctx, p, tree, patch)
		return err
	})
	return r, err
}

// tree is a request and its visits, locked.
type tree struct {
	request Request
	visits  []Visit
}

// lockTree locks a request that the principal may see, its visits and their routes, in the one order that every change keeps: routes,
// visits, request.
func (s *Service) lockTree(ctx context.Context, p Principal, id uuid.UUID) (tree, error) {
	if _, err := s.visibleRequest(ctx, p, id); err != nil {
		return tree{}, err
	}
	read, err := s.store.VisitsOf(ctx, id)
	if err != nil {
		return tree{}, err
	}
	visits, err := s.lockVisits(ctx, read)
	if err != nil {
		return tree{}, err
	}
	requests, err := s.store.LockRequests(ctx, []uuid.UUID{id})
	if err != nil {
		return tree{}, err
	}
	if again, err := s.store.VisitsOf(ctx, id); err != nil || len(again) != len(visits) {
		return tree{}, errors.Join(err, errMoved)
	}
	return tree{request: requests[0], visits: visits}, nil
}

// changeRequest applies a patch to a locked request and carries it on to its visits.
func (s *Service) changeRequest(ctx context.Context, p Principal, t tree, patch RequestPatch) (Request, error) {
	old := t.request
	if old.Status.Over() {
		return Request{}, Conflict("request.over", map[string]any{"status": old.Status})
	}
	in, err := patched(p, old, patch)
	if err != nil {
		return Request{}, err
	}
	around, err := s.store.RequestContext(ctx, in.ClientID, in.SiteID, in.ContactID, in.AssetID)
	if err != nil {
		return Request{}, err
	}
	now := s.clock()
	names, err := s.knownTo(ctx, in.ClientID, in.Rules)
	if err != nil {
		return Request{}, err
	}
	r, err := draftRequest(p, in, around, names, checking{now: now, windowsKept: patch.Windows == nil})
	if err != nil {
		return Request{}, err
	}
	r.Record, r.External, r.Reference, r.Status, r.CreatedBy, r.Outcome = old.Record, old.External, old.Reference, old.Status, old.CreatedBy, old.Outcome
	r.Version, r.UpdatedAt = old.Version+1, now
	if err := s.store.UpdateRequests(ctx, r); err != nil {
		return Request{}, err
	}
	if err := s.followRequest(ctx, p, t.visits, old, r); err != nil {
		return Request{}, err
	}
	if r, err = s.store.Request(ctx, r.ID); err != nil { // its state may have followed the visits'
		return Request{}, err
	}
	return r, s.store.AppendEvents(ctx, requestEvent(EventRequestUpdated, r, p.Actor(), nil))
}

// followRequest carries a changed request's work to its visits that nobody was told of yet; rules of a visit's own stay while the request's do.
func (s *Service) followRequest(ctx context.Context, p Principal, visits []Visit, old, r Request) error {
	for _, v := range visits {
		if v.Status != Draft && v.Status != Unassigned && v.Status != Planned && v.Status != Refused || v.Promise != nil {
			continue // somebody knows of it, or was promised it as it is
		}
		changed := v
		changed.Priority = r.Priority
		changed.RequiredSkills, changed.Duration, changed.Windows = r.RequiredSkills, r.Duration, r.Windows
		if !reflect.DeepEqual(old.Rules, r.Rules) {
			changed.Rules = r.Rules
		}
		if sameWork(v, changed) {
			continue
		}
		if v.Status == Draft {
			if err := s.keepPlace(ctx, p.Actor(), v, changed); err != nil {
				return err
			}
			continue
		}
		if err := s.rework(ctx, p.Actor(), v, changed); err != nil {
			return err
		}
	}
	return nil
}

func sameWork(a, b Visit) bool {
	return a.Priority == b.Priority && a.Duration == b.Duration && slices.Equal(a.RequiredSkills, b.RequiredSkills) &&
		slices.EqualFunc(a.Windows, b.Windows, func(x, y Span) bool { return x.Start.Equal(y.Start) && x.End.Equal(y.End) }) &&
		reflect.DeepEqual(a.Rules, b.Rules) && reflect.DeepEqual(a.Links, b.Links) && a.PinnedPosition == b.PinnedPosition && a.PinnedTechnician == b.PinnedTechnician && (a.PinnedStart == nil) == (b.PinnedStart == nil) &&
		(a.PinnedStart == nil || a.PinnedStart.Equal(*b.PinnedStart))
}

// patched is a request as input again, with the patch applied.
func patched(p Principal, r Request, patch RequestPatch) (NewRequest, error) {
	level := r.SupportLevel
	in := NewRequest{
		External: r.External, Work: r.Work, ClientID: r.ClientID, SiteID: r.SiteID, ContactID: r.ContactID, AssetID: r.AssetID,
		Category: r.Category, Description: r.Description, SupportLevel: &level, Severity: r.Severity, Impact: r.Impact, Urgency: r.Urgency, Metadata: r.Metadata,
	}
	set(&in.Category, patch.Category)
	set(&in.Description, patch.Description)
	set(&in.Severity, patch.Severity)
	set(&in.Impact, patch.Impact)
	set(&in.Urgency, patch.Urgency)
	set(&in.RequiredSkills, patch.RequiredSkills)
	set(&in.Duration, patch.Duration)
	set(&in.Windows, patch.Windows)
	set(&in.ContactID, patch.ContactID)
	set(&in.AssetID, patch.AssetID)
	if patch.SupportLevel != nil {
		in.SupportLevel = patch.SupportLevel
	}
	if patch.Metadata != nil {
		in.Metadata = patch.Metadata
	}
	var faults Faults
	patch.Rules.apply(&faults, p, &in.Rules)
	return in, faults.Err()
}

// set writes the new value when there is one.
func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// UpsertRequest creates the request with this external id, or changes the one there is. The caller is the master of the record and
// need not name a version (0).
func (s *Service) UpsertRequest(ctx context.Context, p Principal, version int, in NewRequest) (r Request, created bool, err error) {
	err = s.change(ctx, p, func(ctx context.Context) error {
		found, err := s.store.RequestByExternalID(ctx, External{PartnerID: p.PartnerID, ExternalID: in.ExternalID})
		if KindOf(err) == KindNotFound && err != nil {
			created = true
			r, err = s.createRequest(ctx, p, in)
			return err
		}
		if err != nil {
			return err
		}
		t, err := s.lockTree(ctx, p, found.ID)
		if err != nil {
			return err
		}
		if err := fresh(t.request.Version, version, "request"); err != nil {
			return err
		}
		if in.ClientID != found.ClientID || in.SiteID != found.SiteID || in.Mode != found.Mode {
			return Conflict("request.identity", nil)
		}
		r, err = s.changeRequest(ctx, p, t, RequestPatch{
			Category: &in.Category, Description: &in.Description, Severity: &in.Severity, Impact: &in.Impact, Urgency: &in.Urgency,
			SupportLevel: in.SupportLevel, RequiredSkills: &in.RequiredSkills, Duration: &in.Duration, Windows: &in.Windows,
			ContactID: &in.ContactID, AssetID: &in.AssetID, Metadata: in.Metadata,
			Rules: RulesPatch{Rules: &in.Rules, Prefer: &in.Rules.Prefer, Due: &in.Rules.Due},
		})
		return err
	})
	return r, created, err
}

// CancelRequest ends a request and every visit of it that has not begun; whoever was told of one is told that it is off.
func (s *Service) CancelRequest(ctx context.Context, p Principal, id uuid.UUID, reason string) (r Request, err error) {
	err = s.change(ctx, p, func(ctx context.Context) error {
		t, err := s.lockTree(ctx, p, id)
		if err != nil {
			return err
		}
		r = t.request
		if r.Status == RequestCancelled {
			return nil
		}
		if r.Status.Over() {
			return Conflict("request.over", map[string]any{"status": r.Status})
		}
		if err := s.stillChangeable(ctx, p, t.visits); err != nil {
			return err
		}
		for _, v := range t.visits {
			if v.Status.Over() {
				continue
			}
			if v.Status.UnderWay() && !p.Staff() {
				return Conflict("request.under_way", nil)
			}
			if _, err := s.move(ctx, p.Actor(), v, Transition{To: Cancelled, Reason: reason}); err != nil {
				return err
			}
		}
		settled, err := s.store.LockRequests(ctx, []uuid.UUID{id}) // the visits' moves may have changed it
		if err != nil {
			return err
		}
		r = settled[0]
		r.Status, r.Outcome, r.Version, r.UpdatedAt = RequestCancelled, reason, r.Version+1, s.clock()
		if err := s.store.UpdateRequests(ctx, r); err != nil {
			return err
		}
		return s.store.AppendEvents(ctx, requestEvent(EventRequestCancelled, r, p.Actor(), nil))
	})
	return r, err
}
