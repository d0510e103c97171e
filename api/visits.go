package api

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

// visitOf is a visit as the caller may see it: who planned it why, and who refused it, is the dispatchers' affair; a client knows the
// technician by first name.
func visitOf(ctx context.Context, v dispatch.Visit) oapi.Visit {
	p := principal(ctx)
	out := oapi.Visit{
		ID: v.ID, Version: v.Version, CreatedAt: inZone(v.CreatedAt, v.TimeZone), UpdatedAt: inZone(v.UpdatedAt, v.TimeZone), DeletedAt: when(v.DeletedAt, v.TimeZone),
		RequestID: v.RequestID, ClientID: v.ClientID, PartnerID: v.PartnerID, SiteID: v.SiteID, TerritoryID: v.TerritoryID, Mode: oapi.Mode(v.Mode),
		Status: oapi.VisitStatus(v.Status), NextStatuses: nextStatuses(v), Priority: v.Priority, RequiredSkills: skillLevelsOf(v.RequiredSkills),
		Duration: durationText(v.Duration), Windows: windowsOf(v.Windows, v.TimeZone), TimeZone: v.TimeZone,
		ActualStart: when(v.ActualStart, v.TimeZone), ActualEnd: when(v.ActualEnd, v.TimeZone), Outcome: v.Outcome, Assignment: assignmentOf(p, v),
	}
	if v.Promise != nil {
		w := windowOf(*v.Promise, v.TimeZone)
		out.Promise = &w
	}
	out.Cause, out.FollowsID = string(v.Cause), v.FollowsID
	out.Eta, out.SetOffAt, out.ArrivedAt, out.ExpectedEnd = etaOf(p, v), when(v.SetOffAt, v.TimeZone), when(v.ArrivedAt, v.TimeZone), when(v.ExpectedEnd, v.TimeZone)
	out.Rules, out.Due = workRulesOf(p, v.Rules), when(v.Rules.Due, v.TimeZone)
	if w := v.Rules.Prefer; w != nil {
		out.PreferredStart, out.PreferredEnd = inZone(w.Start, v.TimeZone), inZone(w.End, v.TimeZone)
	}
	if !p.Staff() {
		return out
	}
	out.Links, out.PinnedPosition = linksOf(v.Links), v.PinnedPosition
	out.PinnedTechnicianID, out.PinnedStart, out.RefusedBy = v.PinnedTechnician, when(v.PinnedStart, v.TimeZone), v.RefusedBy
	out.UnassignedReasons = each(v.UnassignedReasons, func(t dispatch.TechnicianReasons) oapi.TechnicianReasons {
		return oapi.TechnicianReasons{TechnicianID: t.TechnicianID, Reasons: reasonsOf(ctx, t.Reasons)}
	})
	return out
}

func nextStatuses(v dispatch.Visit) []oapi.VisitStatus {
	return each(v.Status.Moves(v.Mode), func(s dispatch.VisitStatus) oapi.VisitStatus { return oapi.VisitStatus(s) })
}

func assignmentOf(p dispatch.Principal, v dispatch.Visit) *oapi.Assignment {
	a := v.Assignment
	if a == nil {
		return nil
	}
	out := &oapi.Assignment{TechnicianID: a.TechnicianID}
	if !p.Staff() && p.Role != dispatch.RoleTechnician {
		out.TechnicianName, _, _ = strings.Cut(a.Technician, " ")
		return out
	}
	out.ArriveAt, out.BeginAt, out.DepartAt = inZone(a.Arrive, v.TimeZone), inZone(a.Begin, v.TimeZone), inZone(a.Depart, v.TimeZone)
	out.ShiftID, out.TechnicianName, out.DecidedBy, out.Forced = a.ShiftID, a.Technician, oapi.Decider(a.DecidedBy), a.Forced
	out.TravelDistance, out.TravelDuration = a.TravelMetres, durationText(time.Duration(a.TravelSeconds)*time.Second)
	return out
}

// etaOf is within what a visit that somebody does is expected to begin; nothing once it has.
func etaOf(p dispatch.Principal, v dispatch.Visit) (out oapi.Eta) {
	e := v.Expected()
	if e == nil {
		return out
	}
	out = oapi.Eta{Earliest: inZone(e.Earliest, v.TimeZone), Latest: inZone(e.Latest, v.TimeZone)}
	if !e.At.IsZero() {
		out.UpdatedAt = inZone(e.At, v.TimeZone)
	}
	if p.Staff() || p.Role == dispatch.RoleTechnician {
		out.PlannedBeginAt = inZone(e.PlannedBegin, v.TimeZone)
	}
	return out
}

// ListVisits lists the visits that the caller may see.
func (h *handlers) ListVisits(ctx context.Context, in oapi.ListVisitsRequestObject) (oapi.ListVisitsResponseObject, error) {
	p, err := listPage(in.Params.Limit, in.Params.Cursor, in.Params.UpdatedSince)
	if err != nil {
		return nil, err
	}
	filter := dispatch.VisitFilter{Status: dispatch.VisitStatus(in.Params.Status), TechnicianID: in.Params.TechnicianID, Within: within(in.Params.From, in.Params.To)}
	list, err := h.dispatch.Visits(ctx, principal(ctx), filter, p)
	if err != nil {
		return nil, err
	}
	items := each(list.Items, func(v dispatch.Visit) oapi.Visit { return visitOf(ctx, v) })
	return oapi.ListVisits200JSONResponse{Items: items, NextCursor: cursorText(list.Next), AsOf: list.AsOf}, nil
}

// farFuture stands for "no end" in a stretch of time.
var farFuture = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)

// within is the stretch between two instants, each of which may be left out; nil without either.
func within(from, to time.Time) *dispatch.Span {
	if from.IsZero() && to.IsZero() {
		return nil
	}
	if to.IsZero() {
		to = farFuture
	}
	return &dispatch.Span{Start: from, End: to}
}

// ReadVisit gives one visit.
func (h *handlers) ReadVisit(ctx context.Context, in oapi.ReadVisitRequestObject) (oapi.ReadVisitResponseObject, error) {
	v, err := h.dispatch.Visit(ctx, principal(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return oapi.ReadVisit200JSONResponse{Body: visitOf(ctx, v), Headers: oapi.ReadVisit200ResponseHeaders{ETag: etag(v.Version)}}, nil
}

// UpdateVisit changes a visit.
func (h *handlers) UpdateVisit(ctx context.Context, in oapi.UpdateVisitRequestObject) (oapi.UpdateVisitResponseObject, error) {
	ifMatch, err := version(orNil(in.Params.IfMatch), "visit")
	if err != nil {
		return nil, err
	}
	patch, err := h.visitPatch(ctx, in.ID, in.Body)
	if err != nil {
		return nil, err
	}
	v, err := h.dispatch.PatchVisit(ctx, principal(ctx), in.ID, ifMatch, patch)
	if err != nil {
		return nil, err
	}
	return oapi.UpdateVisit200JSONResponse{Body: visitOf(ctx, v), Headers: oapi.UpdateVisit200ResponseHeaders{ETag: etag(v.Version)}}, nil
}

func (h *handlers) visitPatch(ctx context.Context, id uuid.UUID, b *oapi.VisitPatch) (dispatch.VisitPatch, error) {
	patch := dispatch.VisitPatch{Priority: b.Priority, PinnedTechnician: idPatch(b.PinnedTechnicianID), PinnedPosition: b.PinnedPosition}
	if b.RequiredSkills != nil {
		levels := skillLevels(*b.RequiredSkills)
		patch.RequiredSkills = &levels
	}
	old, err := h.dispatch.Visit(ctx, principal(ctx), id)
	if err != nil {
		return patch, err
	}
	l, err := h.ownZone(ctx, b.TimeZone, old.TimeZone)
	if err != nil {
		return patch, err
	}
	if b.PinnedStart.Given {
		patch.PinnedStart = &time.Time{}
		if b.PinnedStart.Value != nil {
			*patch.PinnedStart = l.instant("/pinned_start", *b.PinnedStart.Value, "")
		}
	}
	patch.Windows, patch.Duration = l.workPatch(b.Windows, b.Duration)
	patch.Rules = l.rulesPatch(b.Rules, b.PreferredStart, b.PreferredEnd, b.Due)
	patch.Promise = l.windowPatch("promised", b.PromisedStart, b.PromisedEnd)
	if b.Links != nil {
		var d durations
		links := d.links(b.Links)
		patch.Links = &links
		l.faults = append(l.faults, d.faults...)
	}
	return patch, l.faults.Err()
}

// AssignVisit gives a visit to a technician, or to the best one.
func (h *handlers) AssignVisit(ctx context.Context, in oapi.AssignVisitRequestObject) (oapi.AssignVisitResponseObject, error) {
	ifMatch, err := version(orNil(in.Params.IfMatch), "visit")
	if err != nil {
		return nil, err
	}
	choice := dispatch.Choice{TechnicianID: in.Body.TechnicianID}
	if in.Body.BeginAt != "" {
		old, err := h.dispatch.Visit(ctx, principal(ctx), in.ID)
		if err != nil {
			return nil, err
		}
		l, err := h.localTimes(ctx, old.TimeZone, uuid.Nil)
		if err != nil {
			return nil, err
		}
		at := l.instant("/begin_at", in.Body.BeginAt, in.Body.Fold)
		if len(l.faults) > 0 {
			return nil, l.faults.Err()
		}
		choice.Begin = &at
	}
	v, err := h.dispatch.AssignVisit(ctx, principal(ctx), in.ID, ifMatch, choice)
	if err != nil {
		return nil, err
	}
	return oapi.AssignVisit200JSONResponse{Body: visitOf(ctx, v), Headers: oapi.AssignVisit200ResponseHeaders{ETag: etag(v.Version)}}, nil
}

// UnassignVisit takes a visit out of its route.
func (h *handlers) UnassignVisit(ctx context.Context, in oapi.UnassignVisitRequestObject) (oapi.UnassignVisitResponseObject, error) {
	ifMatch, err := version(orNil(in.Params.IfMatch), "visit")
	if err != nil {
		return nil, err
	}
	v, err := h.dispatch.UnassignVisit(ctx, principal(ctx), in.ID, ifMatch)
	if err != nil {
		return nil, err
	}
	return oapi.UnassignVisit200JSONResponse{Body: visitOf(ctx, v), Headers: oapi.UnassignVisit200ResponseHeaders{ETag: etag(v.Version)}}, nil
}

// TransitionVisit takes a step in a visit's life. A technician's phone may have been offline and need not name a version.
func (h *handlers) TransitionVisit(ctx context.Context, in oapi.TransitionVisitRequestObject) (oapi.TransitionVisitResponseObject, error) {
	t := dispatch.Transition{To: dispatch.VisitStatus(in.Body.To), At: in.Body.At, Reason: in.Body.Reason, Outcome: in.Body.Outcome, Cause: dispatch.Cause(in.Body.Cause)}
	if !in.Body.ExpectedEnd.IsZero() {
		t.ExpectedEnd = &in.Body.ExpectedEnd
	}
	if in.Params.IfMatch != "" || principal(ctx).Role != dispatch.RoleTechnician {
		var err error
		if t.Version, err = version(orNil(in.Params.IfMatch), "visit"); err != nil {
			return nil, err
		}
	}
	v, err := h.dispatch.TransitionVisit(ctx, principal(ctx), in.ID, t)
	if err != nil {
		return nil, err
	}
	return oapi.TransitionVisit200JSONResponse{Body: visitOf(ctx, v), Headers: oapi.TransitionVisit200ResponseHeaders{ETag: etag(v.Version)}}, nil
}
