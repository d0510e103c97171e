package dispatchtest_test

import (
	"testing"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

func TestAClientsRequestIsPlacedWithATechnicianWhoHasTheSkill(t *testing.T) {
	t.Parallel()
	w := dispatchtest.New(t)
	r := w.Request(t, func(in *dispatch.NewRequest) {
		in.RequiredSkills = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 2}}
	})
	w.WorkJobs(t)
	v := w.VisitOf(t, r)
	if v.Status != dispatch.Planned || v.Assignment == nil || v.Assignment.TechnicianID != w.Karim.ID {
		t.Fatalf("the visit is %s with %+v, want it planned with Karim, the only one with network 2", v.Status, v.Assignment)
	}
	if left := w.Jobs(t); len(left) != 0 {
		t.Errorf("the queue still holds %v", left)
	}
}
