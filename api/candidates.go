package api

import (
	"context"

	"tournee/api/internal/oapi"
	"tournee/dispatch"
)

// ListVisitCandidates ranks every technician for a visit.
func (h *handlers) ListVisitCandidates(ctx context.Context, in oapi.ListVisitCandidatesRequestObject) (oapi.ListVisitCandidatesResponseObject, error) {
	c, err := h.dispatch.Candidates(ctx, principal(ctx), in.ID, dispatch.CandidateQuery{Relax: in.Params.Relax, Technician: in.Params.TechnicianID})
	if err != nil {
		return nil, err
	}
	items := each(c.Items, func(o dispatch.Candidate) oapi.Candidate { return candidateOf(ctx, c, o) })
	return oapi.ListVisitCandidates200JSONResponse{VisitID: in.ID, TimeZone: c.TimeZone, Items: items}, nil
}

func candidateOf(ctx context.Context, c dispatch.Candidates, o dispatch.Candidate) oapi.Candidate {
	out := oapi.Candidate{
		TechnicianID: o.TechnicianID, TechnicianName: o.Name, HasIt: o.Has, Feasible: o.Feasible, ShiftID: o.ShiftID,
		EarliestBeginAt: inZone(o.Earliest, c.TimeZone), LatestBeginAt: inZone(o.Latest, c.TimeZone), Reasons: reasonsOf(ctx, o.Reasons),
		Levels: each(o.Levels, func(l dispatch.LevelFit) oapi.LevelFit {
			return oapi.LevelFit{Skill: l.Skill, Needs: l.Needs, Has: l.Has, Fit: l.Has - l.Needs}
		}),
	}
	if o.Feasible {
		out.Cost = &oapi.Money{Amount: o.Cost, Currency: c.Currency}
	}
	if len(o.Relaxations) > 0 {
		out.Relaxations = each(o.Relaxations, func(r dispatch.Relaxation) oapi.Relaxation {
			return oapi.Relaxation{ShiftID: r.ShiftID, Changes: reasonsOf(ctx, r.Changes)}
		})
	}
	return out
}

// ListTechnicianSuggestions ranks the visits that wait for a technician who has become free.
func (h *handlers) ListTechnicianSuggestions(ctx context.Context, in oapi.ListTechnicianSuggestionsRequestObject) (oapi.ListTechnicianSuggestionsResponseObject, error) {
	limit := in.Params.Limit
	if limit == 0 {
		limit = 10
	}
	s, err := h.dispatch.Suggestions(ctx, principal(ctx), in.ID, limit)
	if err != nil {
		return nil, err
	}
	items := each(s.Items, func(n dispatch.NextVisit) oapi.Suggestion {
		zone := n.Visit.TimeZone
		return oapi.Suggestion{
			VisitID: n.Visit.ID, Priority: n.Visit.Priority, ShiftID: n.ShiftID, EarliestBeginAt: inZone(n.Earliest, zone), LatestBeginAt: inZone(n.Latest, zone), TimeZone: zone,
			Cost: oapi.Money{Amount: n.Cost, Currency: s.Currency}, Saves: oapi.Money{Amount: n.Saves, Currency: s.Currency},
		}
	})
	return oapi.ListTechnicianSuggestions200JSONResponse{TechnicianID: in.ID, Items: items}, nil
}
