package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestRequiredAndForbiddenTechniciansAreKept(t *testing.T) {
	t.Parallel()
	asked, banned := job("asked", 4), job("banned", 0)
	asked.Required = []string{"alice"}
	banned.Forbidden = []string{"alice"}
	p := town(asked, banned)
	plan := wantRoutes(t, p, "alice-monday: asked; bruno-monday: banned")
	wantWhyNot(t, p, plan, "asked", "bruno", "not_required_technician")
	wantWhyNot(t, p, plan, "banned", "alice", "forbidden")
}

func TestARequiredTechnicianNobodyKnowsIsRefused(t *testing.T) {
	t.Parallel()
	v := job("v", 1)
	v.Required, v.Forbidden = []string{"zoe"}, []string{"alice", "alice"}
	wantFaults(t, scheduler.Validate(town(v)), "/visits/0/required/0 unknown", "/visits/0/forbidden/1 duplicate")
}
