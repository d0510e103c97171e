package scheduler_test

import (
	"testing"

	"tournee/scheduler"
	"tournee/scheduler/check"
)

// wantSound judges a plan by the independent checker.
func wantSound(t interface {
	Helper()
	Errorf(string, ...any)
}, p *scheduler.Problem, plan *scheduler.Plan,
) {
	t.Helper()
	violations, cost := check.Plan(p, plan)
	for _, v := range violations {
		t.Errorf("the plan breaks %s", v)
	}
	for _, u := range plan.Unassigned {
		for _, why := range u.Why {
			wantTellable(t, why.Reasons)
		}
	}
	if cost != plan.Cost {
		t.Errorf("the plan costs %+v by the checker, %+v by itself", cost, plan.Cost)
	}
}

// solve plans a problem and has the checker judge the plan.
func solve(t testing.TB, p *scheduler.Problem, o scheduler.Options) *scheduler.Plan {
	t.Helper()
	plan, err := scheduler.Solve(p, o)
	if err != nil {
		t.Fatal(err)
	}
	wantSound(t, p, plan)
	return plan
}
