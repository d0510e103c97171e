package scheduler_test

import (
	"testing"

	"tournee/scheduler"
)

func TestWhatTheDispatcherPinnedStays(t *testing.T) {
	t.Parallel()
	p := town(job("a", 4), job("b", 3), job("c", 2))
	begin := scheduler.Time(10 * hour)
	p.Pins = []scheduler.Pin{{Visit: "a", Technician: "alice"}, {Visit: "b", Shift: "alice-monday", Position: 1}, {Visit: "c", Begin: &begin}}
	plan, got := day(t, p)
	if s := stopOf(t, plan, "c"); s.Begin != begin {
		t.Errorf("c begins at %d, pinned to %d", s.Begin, begin)
	}
	if r := plan.Routes[0]; r.Shift != "alice-monday" || r.Stops[0].Visit != "b" {
		t.Errorf("planned %q, want b first on alice-monday", got)
	}
	wantWhyNot(t, p, plan, "a", "bruno", "pinned_to_technician")
}

func TestAPinnedVisitThatCannotBeKeptIsReported(t *testing.T) {
	t.Parallel()
	v := job("switch", 1)
	v.DropCost = 0
	v.Skills = []scheduler.SkillLevel{{Skill: "network", Level: 2}}
	p := town(v)
	p.Pins = []scheduler.Pin{{Visit: "switch", Technician: "bruno"}}
	plan := wantRoutes(t, p, "")
	if len(plan.Unassigned) != 1 || plan.Unassigned[0].Visit != "switch" {
		t.Fatalf("unassigned: %+v", plan.Unassigned)
	}
	wantWhyNot(t, p, plan, "switch", "bruno", "skill_level_too_low")
	wantWhyNot(t, p, plan, "switch", "alice", "pinned_to_technician")
}

func TestAPinnedVisitIsNotPushedOutByDearerOnes(t *testing.T) {
	t.Parallel()
	cheap := job("cheap", 0)
	cheap.Duration, cheap.DropCost = 8*hour, 1
	p := town(cheap, job("a", 1), job("b", 1))
	p.Shifts = p.Shifts[:1]
	p.Pins = []scheduler.Pin{{Visit: "cheap", Shift: "alice-monday"}}
	plan := wantRoutes(t, p, "alice-monday: cheap")
	reasons := wantWhyNot(t, p, plan, "a", "alice", "blocked_by")
	if len(reasons) == 1 && (reasons[0].Params["visits"] != "cheap" || reasons[0].Params["pinned"] != int64(1)) {
		t.Errorf("blocked by %v", reasons[0].Params)
	}
}

func TestPinsThatContradictAreRefused(t *testing.T) {
	t.Parallel()
	v := job("v", 1)
	v.Windows = []scheduler.Window{{Open: 9 * hour, Close: 10 * hour}}
	p := town(v, job("w", 1), job("x", 1))
	noon := scheduler.Time(12 * hour)
	p.Shifts[0].Frozen = []scheduler.FrozenStop{{Visit: "x", Arrive: 8 * hour, Begin: 8 * hour, Depart: 9 * hour}}
	p.Pins = []scheduler.Pin{
		{Visit: "v", Technician: "bruno", Shift: "alice-monday", Begin: &noon},
		{Visit: "v", Position: -1},
		{Visit: "w"},
		{Visit: "x", Technician: "zoe"},
		{Visit: "y", Shift: "never"},
	}
	wantFaults(t, scheduler.Validate(p), "/pins/0 contradiction", "/pins/0/begin contradiction", "/pins/1/visit duplicate",
		"/pins/1/position out_of_range", "/pins/2 missing", "/pins/3/technician unknown", "/pins/3/visit contradiction",
		"/pins/4/visit unknown", "/pins/4/shift unknown")
}
