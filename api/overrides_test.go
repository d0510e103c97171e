package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tournee/dispatch"
)

// A dispatcher gives network work to Moussa, who does not know networks: told what that breaks, in his language, he forces it with a reason,
// and takes it back.
func TestADispatcherForcesAChoiceWithAReasonAndTakesItBack(t *testing.T) {
	t.Parallel()
	p := start(t)
	o := p.staffed()
	boss := o.bearer[dispatch.RoleDispatcher]
	visit := p.VisitOf(t, p.Request(t, func(in *dispatch.NewRequest) {
		in.WaitForPlan, in.Windows = true, []dispatch.Span{{Start: p.At(1, 9, 0), End: p.At(1, 16, 0)}}
	})).ID.String()
	changes := []fields{{"kind": "assign", "visit_id": visit, "technician_id": p.Moussa.ID}}

	var seen struct {
		Breaches []struct {
			Code, Detail string
			Forceable    bool
		}
		Basis json.RawMessage
	}
	p.call("POST", "/v1/overrides/preview", boss, fields{"changes": changes}, "Accept-Language", "fr").into(http.StatusOK, &seen)
	if len(seen.Breaches) != 1 || seen.Breaches[0].Code != "breach.skill" || !strings.Contains(seen.Breaches[0].Detail, "Moussa Diarra n’a pas") {
		t.Fatalf("it breaks %+v", seen.Breaches)
	}
	if a := p.post("/v1/overrides", boss, fields{"changes": changes, "basis": seen.Basis}); a.status != http.StatusConflict || a.problemOf().Errors[0].Code != "breach.skill" {
		t.Errorf("without force: %d %s", a.status, a.body)
	}
	if a := p.post("/v1/overrides", o.bearer[dispatch.RoleTechnician], fields{"changes": changes, "basis": seen.Basis}); a.status != http.StatusForbidden {
		t.Errorf("by a technician: %d %s", a.status, a.body)
	}
	var made struct {
		ID, Status string
		Forced     bool
		After      []struct{ Place struct{ Forced bool } }
	}
	p.post("/v1/overrides", boss, fields{"changes": changes, "basis": seen.Basis, "force": true, "reason": "Il apprend."}).into(http.StatusCreated, &made)
	if made.Status != "made" || !made.Forced || len(made.After) != 1 || !made.After[0].Place.Forced {
		t.Errorf("made: %+v", made)
	}
	if a := p.post("/v1/overrides", boss, fields{"changes": changes, "basis": seen.Basis, "force": true, "reason": "Encore."}); a.status != http.StatusPreconditionFailed {
		t.Errorf("on a plan that has moved: %d %s", a.status, a.body)
	}
	for _, step := range [][2]string{{"undo", "undone"}, {"redo", "made"}, {"undo", "undone"}} {
		p.post("/v1/overrides/"+made.ID+"/"+step[0], boss, nil).into(http.StatusOK, &made)
		if made.Status != step[1] {
			t.Errorf("after %s it is %s", step[0], made.Status)
		}
	}
	var v struct{ Status string }
	p.call("GET", "/v1/visits/"+visit, boss, nil).into(http.StatusOK, &v)
	if v.Status != "unassigned" {
		t.Errorf("taken back, the visit is %s", v.Status)
	}
}
